//! Lanes of steps beside each other: what computes, what waits, what draws.

use super::step::Step;
use super::tally::Tally;
use std::sync::Mutex;

/// Steps that run beside each other, lane by lane; each lane one step after the other.
#[derive(Default)]
pub struct Stage {
    /// Shown as it comes.
    pub front: Vec<Step>,
    /// Shown when a step ends: a lane each.
    pub beside: Vec<Vec<Step>>,
}

impl Stage {
    /// The step of this name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.front.iter().chain(self.beside.iter().flatten()).find(|step| step.name == name)
    }

    /// A stage of one lane.
    pub fn alone(front: Vec<Step>) -> Self {
        Self { front, beside: Vec::new() }
    }
}

/// Runs the steps of `stage` that are `wanted`, all lanes to their end.
pub fn run(stage: &Stage, wanted: &(dyn Fn(&str) -> bool + Sync)) -> Vec<(&'static str, Tally)> {
    let done = Mutex::new(Vec::new());
    let lane = |steps: &[Step], live: bool| {
        for step in steps.iter().filter(|step| wanted(step.name)) {
            if live {
                println!("\n── {} ──", step.name);
            }
            let (tally, output) = step.run(live);
            if !live {
                println!("\n── {}, beside it ──\n{output}", step.name);
            }
            done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((step.name, tally));
        }
    };
    std::thread::scope(|scope| {
        for steps in &stage.beside {
            scope.spawn(|| lane(steps, false));
        }
        lane(&stage.front, true);
    });
    done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
