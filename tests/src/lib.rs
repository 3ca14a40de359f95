//! The house tried as a whole.

pub mod lab;
pub mod need;
pub mod worlds;
