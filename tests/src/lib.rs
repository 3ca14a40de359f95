//! The house tried as a whole.
