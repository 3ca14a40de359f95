//! How a connection or a session ended, and what was met in it.

use crate::smtp::{EnhancedStatus, ReplyCode};
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// How an attempt ended. What the remote did is data; `not_tried` is our own doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every stage that was wanted was passed, and `QUIT` was said.
    Completed,
    /// Silence until the stage's deadline.
    TimedOut,
    /// The connection was refused: a reset in answer to the SYN, or ICMP port unreachable.
    Refused,
    /// Reset after the handshake.
    Reset,
    /// Closed by the other side after the handshake.
    Closed,
    /// `EHOSTUNREACH`: no route to the host, or nobody answers for it.
    HostUnreachable,
    /// `ENETUNREACH`: no route to the network.
    NetworkUnreachable,
    /// ICMP administratively prohibited.
    Prohibited,
    /// `EPERM` or `EACCES` with no ICMP: a rule on the vantage's own host.
    PermissionDenied,
    /// `EADDRNOTAVAIL`: the vantage has no address of this family.
    AddressNotAvailable,
    /// The server ended it with a reply: 4xx or 5xx, in `reply`.
    Replied,
    /// What came is not SMTP.
    Garbage,
    /// The TLS handshake failed; `timed_out` in stage `starttls` is silence instead.
    TlsFailed,
    /// Not tried: refused address, limit, deadline, or no resources. `detail` says which.
    NotTried,
    /// The vantage's own system would not send, with another error than those above: `EINVAL`, as a blackhole route
    /// gives it (ip-route(8)). No packet left.
    LocalError,
    /// The TCP handshake was done; nothing was read, for this vantage cannot. It says that port 25 answers, never that
    /// a server greets.
    Connected,
    /// Answered at once, and not with a connection: a reset, an ICMP error or no route; this vantage cannot tell which.
    Unconnected,
}

/// A reply as it was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReplySeen {
    /// The reply code.
    pub code: ReplyCode,
    /// The enhanced status code, where it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enhanced: Option<EnhancedStatus>,
    /// The text, lines joined by a line feed.
    pub text: String,
}

/// A TLS session as it was seen. The certificate is looked at, not trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsSeen {
    /// The protocol version: `TLSv1.3`.
    pub version: String,
    /// SHA-256 of the certificate (DER), lower-case hex.
    pub fingerprint_sha256: String,
    /// The issuer's name (RFC 4514).
    pub issuer: String,
    /// The subject's name (RFC 4514).
    pub subject: String,
    /// From when the certificate is valid (RFC 5280 s4.1.2.5), where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Until when the certificate is valid (RFC 5280 s4.1.2.5), where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
}
