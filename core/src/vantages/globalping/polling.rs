//! Measurements under way, asked for by the API's rules: 500 ms after each answer, by `ETag`, and later where it says so.

use super::failure::{nonsense, number, refused};
use super::reading::Clocks;
use super::request::{Api, Create};
use super::wire::{Created, Limits, Measurement, Probe, Status, Test};
use crate::evidence::VantageFailure;
use crate::ports::{HttpAnswer, Transport};
use crate::vantages::failure::unsent;
use futures_util::future::join_all;

/// How long after an answer the next may be asked for, in milliseconds.
const POLL_MS: u64 = 500;

/// A measurement that was made, and what is known of it.
#[derive(Debug)]
pub(super) struct Running {
    /// Its id.
    pub(super) id: String,
    /// How many probes take part.
    pub(super) probes: usize,
    /// When it was asked for, on the transport's clock.
    pub(super) since_ms: f64,
    /// The tests, by index: `None` as long as one is under way.
    pub(super) tests: Vec<Option<Ended>>,
    /// The probes, as soon as they are known.
    pub(super) who: Vec<Probe>,
    limit_ms: u64,
    etag: Option<String>,
    not_before_ms: f64,
    over: bool,
}

/// A test that ended, and when that was seen.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) test: Test,
    pub(super) clocks: Clocks,
}

/// A measurement that was made, and how many tests the API says are left.
pub(super) struct Made {
    pub(super) running: Running,
    pub(super) left: Option<Left>,
}

/// A measurement that was not made, and how many tests the API says are left.
pub(super) struct NotMade {
    pub(super) failure: VantageFailure,
    pub(super) status: u16,
    pub(super) left: Option<Left>,
}

/// Makes a measurement.
pub(super) async fn create<T: Transport>(transport: &T, api: &Api, create: &Create) -> Result<Made, NotMade> {
    let since_ms = transport.elapsed_ms();
    let response = transport.send(&api.create(create)).await.map_err(|error| NotMade {
        failure: unsent("Globalping", &error),
        status: 0,
        left: None,
    })?;
    let left = left(&response, transport.elapsed_ms());
    let not_made = |failure| NotMade { failure, status: response.status, left };
    if response.status != 202 {
        return Err(not_made(refused(&response)));
    }
    let created: Created = serde_json::from_slice(&response.body).map_err(|_| not_made(nonsense()))?;
    // It becomes a part of URLs.
    let sound = !created.id.is_empty() && created.id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !sound || created.probes == 0 || usize::from(created.probes) > MOST_PROBES {
        return Err(not_made(nonsense()));
    }
    let probes = usize::from(created.probes);
    let running = Running {
        id: created.id,
        probes,
        since_ms,
        tests: vec![None; probes],
        who: Vec::new(),
        limit_ms: u64::from(create.timeout_s) * 1_000,
        etag: None,
        not_before_ms: 0.0,
        over: false,
    };
    Ok(Made { running, left })
}

/// More probes than the API gives anybody.
const MOST_PROBES: usize = 500;

/// How many tests are left, and until when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub(super) tests: u64,
    pub(super) until_ms: f64,
}

/// How many tests are left, where the API says so.
pub(super) async fn limits<T: Transport>(transport: &T, api: &Api) -> Option<Left> {
    let response = transport.send(&api.limits()).await.ok().filter(|response| response.status == 200)?;
    let limits: Limits = serde_json::from_slice(&response.body).ok()?;
    let create = limits.rate_limit.measurements.create;
    let until_ms = transport.elapsed_ms() + create.reset.min(3_600) as f64 * 1e3;
    Some(Left { tests: create.remaining.saturating_add(limits.credits.remaining), until_ms })
}

/// What is left of the hour's tests, with what credits buy.
fn left(response: &HttpAnswer, now_ms: f64) -> Option<Left> {
    let free = number(response, "x-ratelimit-remaining")?;
    let tests = free.saturating_add(number(response, "x-credits-remaining").unwrap_or(0));
    let reset_s = number(response, "x-ratelimit-reset").unwrap_or(0).min(3_600);
    Some(Left { tests, until_ms: now_ms + reset_s as f64 * 1e3 })
}

/// Polls all of `running` until `enough` says so, all are over, or `until_ms` has come.
pub(super) async fn poll<T: Transport>(
    transport: &T,
    api: &Api,
    running: &mut [Running],
    until_ms: f64,
    enough: impl Fn(&[Running], f64) -> bool,
) {
    loop {
        let left_ms = until_ms - transport.elapsed_ms();
        if left_ms <= 0.0 || running.iter().all(|one| one.over) {
            return;
        }
        transport.pause(POLL_MS.min(left_ms.ceil() as u64)).await;
        let now_ms = transport.elapsed_ms();
        let due = running.iter_mut().filter(|one| !one.over && one.not_before_ms <= now_ms);
        join_all(due.map(|one| one.ask(transport, api))).await;
        if enough(running, transport.elapsed_ms()) {
            return;
        }
    }
}

impl Running {
    async fn ask<T: Transport>(&mut self, transport: &T, api: &Api) {
        // What did not come this time may come the next.
        let Ok(response) = transport.send(&api.read(&self.id, self.etag.as_deref())).await else { return };
        let now_ms = transport.elapsed_ms();
        match response.status {
            200 => {
                self.etag = response.header("etag").map(str::to_owned);
                if let Ok(measurement) = serde_json::from_slice(&response.body) {
                    self.take(measurement, now_ms);
                }
            }
            304 => {}
            429 => {
                let seconds = number(&response, "retry-after").unwrap_or(1).min(60);
                self.not_before_ms = now_ms + seconds as f64 * 1e3;
            }
            // It is gone, or not ours to read.
            400..=499 => self.over = true,
            _ => {}
        }
    }

    fn take(&mut self, measurement: Measurement, now_ms: f64) {
        // Another measurement, or one whose probes cannot be told apart by their index, is none of ours.
        if measurement.id != self.id || measurement.results.len() != self.probes {
            return;
        }
        let clocks = Clocks { limit_ms: self.limit_ms, seen_ended_ms: now_ms - self.since_ms };
        if self.who.is_empty() {
            self.who = measurement.results.iter().map(|result| result.probe.clone()).collect();
        }
        for (kept, result) in self.tests.iter_mut().zip(measurement.results) {
            if kept.is_none() && result.result.status != Status::InProgress {
                *kept = Some(Ended { test: result.result, clocks });
            }
        }
        self.over = measurement.status != Status::InProgress || self.tests.iter().all(Option::is_some);
    }

    /// Whether the test of that index was made by another probe than `who`: the order that the API promises was not kept.
    pub(super) fn is_by_another(&self, index: usize, who: &Probe) -> bool {
        self.who.get(index).is_some_and(|probe| !probe.may_be(who))
    }

    /// Whether this probe's test has ended.
    pub(super) fn ended(&self, index: usize) -> bool {
        self.over || self.tests.get(index).is_none_or(Option::is_some)
    }
}
