//! The API of Globalping on a port of ours. Its probes really connect, each from where its [`Connector`] starts, so that
//! blindness, rejection and interception are the world's and not a script's. The shapes of requests and answers are held
//! to recordings of the real API (`tests/recordings/globalping/`).

mod api;
mod measurement;
mod probe;

pub use api::{Emulator, Rules};
pub use probe::{ConnectResult, Connector, Hosts, Probe, Reached};
