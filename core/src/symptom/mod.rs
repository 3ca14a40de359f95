//! From a failure text to what it says: [`Symptom`].

mod bounce;
mod cause;
mod classify;
mod connection_test;
mod controls;
mod decode;
mod explain;
mod finality;
mod lines;
mod log;
mod marks;
mod mta;
mod phrases;
mod plain;
mod records;
mod reply;
pub mod retry;
mod service;
mod sieve;
mod syslog;
mod systems;
mod terminal;
mod tokens;

pub use cause::{Cause, SymptomFamily};
pub use controls::{LogControls, LogDestination};
pub use decode::decode;
pub use explain::{Explanation, explain};
pub use finality::{Finality, finality};
pub use log::{Log, LogSummary};

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
    /// What became of the message, where the text itself says so; see [`finality`] for what its code and cause leave.
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

/// Reads every failure that `text` states: a line, an error, a bounce, a log excerpt, a terminal's output. An empty
/// list means that no failure could be read in it. Spans are bytes of `text`.
///
/// For a whole log of any size, use [`Log`].
pub fn read(text: &str) -> Vec<Symptom> {
    match plain::plain(text) {
        Some(plain) => plain.back(read_plain(&plain.text)),
        None => read_plain(text),
    }
}

/// Reads `text` as [`read`] does, at `now`: a date without a year, which syslog writes, is in the latest year in which
/// it does not lie ahead.
pub fn read_as_of(text: &str, now: Timestamp) -> Vec<Symptom> {
    let mut symptoms = read(text);
    symptoms.iter_mut().for_each(|symptom| syslog::date(symptom, text, now));
    symptoms
}

fn read_plain(text: &str) -> Vec<Symptom> {
    if bounce::is_bounce(text) {
        return bounce::read(text);
    }
    if let Some((mut symptoms, rest)) = connection_test::read(text) {
        symptoms.extend(lines::read(&rest));
        return symptoms;
    }
    let symptoms = terminal::read(text).unwrap_or_else(|| lines::read(text));
    service::of_mail(text, symptoms)
}

/// Reads bytes: decodes them with [`decode`], then reads. Spans are bytes of the decoded text.
pub fn read_bytes(bytes: &[u8]) -> Vec<Symptom> {
    read(&decode(bytes))
}
