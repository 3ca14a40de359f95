//! Globalping (jsDelivr) as vantages: one panel of probes looks at the controls and at the targets.
//!
//! The panel is chosen by the measurement of one control; every further measurement names that one's id and so has the
//! same probes in the same order. A probe has no other name than its index: index `i` of each measurement is vantage `i`.
//! A probe connects and reads nothing (grade `connect`). `docs/VANTAGES.md` says what that can clear.

mod budget;
mod failure;
mod panel;
#[cfg(test)]
mod panel_tests;
mod polling;
mod reading;
mod request;
mod rows;
mod wire;

pub use panel::{Globalping, Settings, vantage};
pub use reading::{Clocks, ping, trace};
pub use request::{API, Api, Client, Create, Kind, Place, Probes};
pub use wire::{Created, Hop, Measurement, Probe, ProbeResult, Problem, Stats, Status, Test, Timing};
