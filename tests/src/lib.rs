//! The house tried as a whole.

pub mod worlds;
