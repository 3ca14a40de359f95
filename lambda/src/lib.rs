//! The native edge: prober, coordinator, API, command line.

pub mod api;
pub mod aws;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod fetch;
pub mod fleet;
pub mod function;
pub mod log;
pub mod probe;
mod random;
pub mod store;
pub mod tls;
