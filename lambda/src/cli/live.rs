//! How a check goes, on one line of the terminal that is written over: who has answered, and how long it may still take.
//! In a pipe it is silent.

use super::words;
use noanswer_core::check::Event;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// How often the seconds are counted down.
const TICK: Duration = Duration::from_millis(500);

/// How wide the line is at most: one that a terminal breaks cannot be written over.
const WIDE: usize = 78;

/// The line, until it is dropped.
pub(crate) struct Live {
    state: Arc<Mutex<State>>,
    ticking: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct State {
    what: String,
    answered: Vec<String>,
    until: Instant,
}

impl Live {
    /// Begins to tell of `what`, which takes `limit` at most.
    pub(crate) fn begin(what: &str, limit: Duration) -> Self {
        let until = Instant::now() + limit;
        let state = State { what: what.to_owned(), answered: Vec::new(), until };
        let state = Arc::new(Mutex::new(state));
        let ticking = io::stderr().is_terminal().then(|| {
            let state = state.clone();
            tokio::spawn(async move {
                let mut ticks = tokio::time::interval(TICK);
                loop {
                    ticks.tick().await;
                    let line = lock(&state).line();
                    // Erased to its end (ECMA-48 EL), so that a shorter line leaves nothing of a longer one.
                    let _ = write!(anstream::stderr().lock(), "\r{line}\u{1b}[K");
                }
            })
        });
        Self { state, ticking }
    }

    /// Takes what happened.
    pub(crate) fn tell(&self, event: &Event) {
        let mut state = lock(&self.state);
        match event {
            Event::Plan(plan) => {
                state.what = format!("{}: {}", plan.domain, words::addresses(plan.targets().len()));
            }
            Event::Evidence(seen) if !state.answered.contains(&seen.vantage) => {
                state.answered.push(seen.vantage.clone());
            }
            Event::Verdict(verdict) => state.what = format!("so far: {}", verdict.headline),
            Event::Evidence(_) | Event::Report(_) => {}
        }
    }
}

impl State {
    fn line(&self) -> String {
        let left = self.until.saturating_duration_since(Instant::now()).as_secs();
        let answered = if self.answered.is_empty() {
            String::new()
        } else {
            format!(" · answered: {}", self.answered.join(", "))
        };
        let left = if left == 0 { String::new() } else { format!(" · {left} s at most") };
        let room = WIDE.saturating_sub(left.chars().count());
        format!("{}{left}", words::cut(&format!("{}{answered}", self.what), room))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(ticking) = self.ticking.take() {
            ticking.abort();
            let _ = write!(anstream::stderr().lock(), "\r\u{1b}[K");
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
