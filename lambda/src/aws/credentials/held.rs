//! Keys that were found, and why none were.

use noanswer_core::ports::SigningKeys;

/// Keys, and until when they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) keys: SigningKeys,
    /// In seconds since 1970; `None` for keys that do not expire.
    pub(super) until: Option<i64>,
}

/// Why there are no keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// No place has any.
    #[error(
        "no credentials for AWS: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor a profile, a web identity, a \
         container's or an instance's role"
    )]
    None,
    /// One that was to have them does not give them.
    #[error("no credentials for AWS from {from}: {why}")]
    Failed {
        /// The place.
        from: &'static str,
        /// Why.
        why: String,
    },
}

/// What a place says: keys, or that it is not the one (`None`).
pub(super) type Found = Result<Option<Held>, CredentialsError>;
