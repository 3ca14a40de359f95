//! check-host.net as vantages: its nodes, most of them in data centres, connect and say the system's error (grade `errno`).
//!
//! The nodes are chosen by the check of one control; every further check names them. A node is known by its name. What may
//! be asked of the service is not published, so little is: `docs/VANTAGES.md`.

mod calls;
mod panel;
#[cfg(test)]
mod panel_tests;
mod reading;
mod running;
mod wire;

pub use calls::API;
pub use panel::{CheckHost, Settings, vantage};
pub use reading::read;
pub use wire::{Accepted, NodeResult, results};
