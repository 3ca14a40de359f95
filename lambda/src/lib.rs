//! The native edge: prober, coordinator, API, command line.

pub mod fetch;
pub mod probe;
pub mod tls;
