//! The house tried as a whole.

pub mod lab;
pub mod worlds;
