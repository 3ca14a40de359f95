//! Whom a line of a log is about.

/// Whom a line is about: hashes of its process and its message, where it names them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Whose {
    pub(super) process: Option<u64>,
    pub(super) message: Option<u64>,
}
