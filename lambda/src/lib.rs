//! The native edge.
