//! RIPE Atlas as vantages: its probes send a SYN and read the packet that answers (grade `packet`): SYN-ACK, reset, or ICMP
//! and its sender. Nothing is ever said on a connection: the handshake is not even completed.
//!
//! All that one check asks is asked in one request, so that it has the same probes, which take minutes: the panel is a late
//! vantage ([`Probe::is_late`](crate::ports::Probe::is_late)). It costs credits of the operator's.

mod panel;
#[cfg(test)]
mod panel_tests;
mod reading;
mod request;
mod wire;

pub use panel::{Atlas, Settings, vantage};
pub use reading::read;
pub use request::{API, Wanted};
pub use wire::{Created, Hop, MeasurementResult, Reply};
