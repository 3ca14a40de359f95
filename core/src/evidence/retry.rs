//! The same session once more in another form, to tell the form's fault from the server's.

use super::outcome::{Outcome, ReplySeen, TlsSeen};
use crate::smtp::Stage;
use serde::{Deserialize, Serialize};

/// One more connection with a smaller maximum segment size (RFC 9293 s3.7.1), where TLS met silence: the server's
/// certificate then comes in packets that pass any path. It works so and not otherwise: the path loses large packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MssRetry {
    /// The size that was announced, in bytes: 536 in IPv4, 1220 in IPv6.
    pub mss: u16,
    /// The stage in which it ended.
    pub stage: Stage,
    /// How it ended.
    pub outcome: Outcome,
}

/// One more session with the same server in another form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionRetry {
    /// What was done otherwise.
    pub form: RetryForm,
    /// The stage in which it ended.
    pub stage: Stage,
    /// How it ended.
    pub outcome: Outcome,
    /// The reply that ended it, for `replied`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<ReplySeen>,
    /// The TLS session, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSeen>,
}

/// What a further session did otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RetryForm {
    /// `EHLO` with a host name instead of an address literal.
    EhloName,
    /// `EHLO` with an address literal (RFC 5321 s4.1.3) instead of a host name.
    EhloLiteral,
    /// `HELO` instead of `EHLO`.
    Helo,
    /// No server name in the TLS handshake (SNI, RFC 6066 s3): most mail servers send none.
    #[serde(rename = "no_sni")]
    NoSni,
    /// TLS 1.2 at most.
    #[serde(rename = "tls1_2")]
    Tls12,
    /// The first form again, after another one was served: whether it was the form, or one of several servers behind the
    /// address.
    Again,
}

/// Why a TLS handshake failed, as the prober's library tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsFailure {
    /// Whose limit it is.
    pub kind: TlsFailureKind,
    /// The library's words.
    pub words: String,
}

/// Whose limit a failed TLS handshake shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TlsFailureKind {
    /// The prober's: no version, suite or signature scheme in common, or a certificate of a form that its library does
    /// not read. Other senders may well succeed: it accuses nobody.
    ProberLacks,
    /// The server ended the handshake with an alert (RFC 8446 s6) that does not speak of what the prober lacks.
    Alert,
    /// The server closed the connection in the handshake, without an alert. TLS 1.0 servers do that, too.
    Closed,
    /// What the server sent is not TLS.
    NotTls,
    /// The server broke the protocol: a wrong signature, a message out of order.
    Misbehaved,
    /// Something else.
    Other,
}
