//! Measurement networks of others as vantages: what is asked of them, and what their answers are worth.
//!
//! No I/O here: the hosts (`lambda`, `wasm/worker`, `wasm/browser`) bring it as a [`Transport`](crate::ports::Transport). An
//! error of a network's API is a failure of the vantage, never evidence about the target.

pub mod atlas;
pub mod blackbox;
pub mod check_host;
mod controls;
mod failure;
pub mod globalping;
mod rows;
#[cfg(test)]
mod service_in_memory;
mod until;

pub use controls::{ControlAddress, ControlAddresses, ControlHosts, OpenHost};
