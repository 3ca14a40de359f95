//! How far a delivery attempt had come.

use serde::{Deserialize, Serialize};

/// The stage of a delivery attempt in which something ended it, in the order of RFC 5321 s3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Finding the exchanges and their addresses (RFC 5321 s5.1).
    Dns,
    /// The TCP handshake.
    Connect,
    /// Waiting for the `220` (RFC 5321 s3.1).
    Greeting,
    /// `EHLO` or `HELO` and its reply (RFC 5321 s4.1.1.1).
    Ehlo,
    /// `STARTTLS`, the TLS handshake and the second `EHLO` (RFC 3207).
    Starttls,
    /// `MAIL FROM` (RFC 5321 s4.1.1.2). A probe never comes this far.
    Mail,
    /// `RCPT TO` (RFC 5321 s4.1.1.3).
    Rcpt,
    /// `DATA`, its text and its final reply (RFC 5321 s4.1.1.4).
    Data,
    /// Not in a session: the sender's queue spoke.
    Queue,
}
