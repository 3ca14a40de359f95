//! The native edge: prober, coordinator, API, command line.

pub mod api;
pub mod cli;
pub mod clock;
pub mod fetch;
pub mod fleet;
pub mod lab;
pub mod pages;
pub mod probe;
pub mod tls;
pub mod told;
