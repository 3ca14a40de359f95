//! `cargo xtask bench`: what is promised in figures, measured on this machine and printed as a table.

mod lambda;
mod page;
mod probe;
mod queue;
mod soak;
mod symptom;
mod verdict;
mod worker;

use anyhow::Result;
use clap::Subcommand;

/// What can be measured.
#[derive(Subcommand)]
pub enum Bench {
    /// The page: bytes of a first visit, the reader's speed, a large log, Lighthouse
    Page,
    /// The symptom reader: scores on the corpus, throughput, memory
    Symptom,
    /// The function for AWS Lambda: its zip, its start, its memory
    Lambda,
    /// The prober beside blackbox_exporter, nmap and swaks: 1,000 targets, healthy and mixed
    Probe,
    /// Queues of 100,000 messages, in the forms that mail servers list them in
    Queue,
    /// A server under 10,000 connections that ask nothing, and under 60 s of requests: time of `/healthz`, memory
    Soak,
    /// The verdict: milliseconds for one case, the largest too
    Verdict,
    /// The Worker: size of the upload, CPU time of a start in workerd
    Worker,
}

impl Bench {
    /// Measures, prints a table, and fails when a budget is not kept.
    pub fn run(self) -> Result<()> {
        match self {
            Self::Page => page::run(),
            Self::Symptom => symptom::run(),
            Self::Lambda => lambda::run(),
            Self::Probe => probe::run(),
            Self::Queue => queue::run(),
            Self::Soak => soak::run(),
            Self::Verdict => verdict::run(),
            Self::Worker => worker::run(),
        }
    }
}
