//! From a failure text to what it says: [`Symptom`].

mod bounce;
mod cause;
mod classify;
mod connection_test;
mod controls;
mod decode;
mod explain;
mod finality;
mod joined;
mod line;
mod lines;
mod log;
mod marks;
mod model;
mod mta;
mod phrases;
mod plain;
mod read;
mod records;
mod reply;
pub mod retry;
mod service;
mod sieve;
mod syslog;
mod systems;
mod terminal;
mod tokens;

pub use cause::{Cause, SymptomFamily};
pub use controls::{LogControls, LogDestination};
pub use decode::decode;
pub use explain::{Explanation, explain, explain_beside};
pub use finality::finality;
pub use log::{Log, LogSummary};
pub use model::{Finality, Span, Symptom, WrittenBy};
pub use read::{read, read_as_of, read_bytes};
