//! What is read from a text: [`Symptom`].

use super::cause::{Cause, SymptomFamily};
use crate::smtp::{EnhancedStatus, ReplyCode, Stage};
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What one failure in a text says, and where in the text it says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    /// The family of `cause`; always [`Cause::family`] of it.
    pub family: SymptomFamily,
    /// The innermost cause that the text states.
    pub cause: Cause,
    /// Whether the message was given up: may stand beside any cause.
    pub expired: bool,
    /// How far delivery had come.
    pub stage: Stage,
    /// Which side wrote the text: not which side is at fault.
    pub written_by: WrittenBy,
    /// The SMTP reply code, as said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_code: Option<ReplyCode>,
    /// The enhanced status code, as said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enhanced_status: Option<EnhancedStatus>,
    /// The operating system's own number or name of the error, in any language: `10060`, `ETIMEDOUT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_error: Option<String>,
    /// The software or service that wrote the text: `postfix`, `exchange`, `gmail`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mta: Option<String>,
    /// The domain that the mail was for, lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_domain: Option<String>,
    /// The host that was tried, lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_host: Option<String>,
    /// The address that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_address: Option<IpAddr>,
    /// The port that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// When it happened; the first time, in a log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// When it happened last, in a log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// Until when the sender says it will retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_until: Option<Timestamp>,
    /// What became of the message, where the text itself says so; see [`finality`](super::finality) for what its code and cause leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finality: Option<Finality>,
    /// How long the message had been in the queue at `at`, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_s: Option<u64>,
    /// Where in the text each field was read from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// How many lines say the same, in a log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl Symptom {
    /// A symptom that states its cause and nothing else.
    pub fn of(cause: Cause, stage: Stage, written_by: WrittenBy) -> Self {
        Self {
            family: cause.family(),
            cause,
            expired: false,
            stage,
            written_by,
            reply_code: None,
            enhanced_status: None,
            system_error: None,
            mta: None,
            recipient_domain: None,
            remote_host: None,
            remote_address: None,
            port: None,
            at: None,
            last_at: None,
            retry_until: None,
            finality: None,
            queued_s: None,
            spans: Vec::new(),
            count: None,
        }
    }
}

/// Which side wrote the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WrittenBy {
    /// The sending server, about its own attempt.
    Sender,
    /// The remote server: it spoke.
    Remote,
    /// The text does not tell.
    Unknown,
}

/// A part of the text, in bytes of its UTF-8, and the field that was read from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The name of the [`Symptom`] field.
    pub field: String,
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// What became of the message, where the text says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Finality {
    /// It is still tried: a delay notice, a deferred log line.
    Delayed,
    /// It was given up, or refused for good: the sender must send again.
    Failed,
}
