//! What a page of blackbox_exporter shows of one connection.

use super::page::{Error, Page};
use crate::evidence::{Attempt, Outcome, ReplySeen};
use crate::scrub;
use crate::smtp::{ReplyCode, Stage};

/// The most that is kept of the exporter's or the server's words, in bytes.
const WORDS: usize = 512;

/// Puts into `attempt`, one that was not made yet, what `text`, the exporter's page, shows.
pub fn probe(attempt: &mut Attempt, text: &str) {
    let Some(page) = Page::read(text) else {
        attempt.detail = Some("the exporter answered with no metrics of a probe".to_owned());
        return;
    };
    attempt.ended_ms = page.took_ms;
    match (greeting(&page), &page.error) {
        // Whatever the module wanted after it: the greeting was said.
        (Some((code, said)), _) => greeted(attempt, code, said, page.took_ms),
        (None, _) if page.first_line.is_some() => {
            attempt.stage = Stage::Greeting;
            attempt.outcome = Outcome::Garbage;
            attempt.detail = page.first_line.as_deref().map(words);
        }
        (None, Some(Error::Dial(said))) => not_connected(attempt, said, page.took_ms),
        (None, Some(Error::Read(said))) => {
            attempt.stage = Stage::Greeting;
            attempt.detail = Some(words(said));
            if said.contains("connection reset") {
                attempt.outcome = Outcome::Reset;
            } else if said.contains("timeout") {
                attempt.outcome = Outcome::TimedOut;
                attempt.limit_ms = page.took_ms.map(|ms| ms as u64);
            } else {
                attempt.stage = Stage::Connect;
                attempt.detail = Some(format!("the exporter could not read: {}", words(said)));
            }
        }
        // It would have read on as long as lines came.
        (None, Some(Error::NoMatch)) => {
            attempt.stage = Stage::Greeting;
            attempt.outcome = Outcome::Closed;
        }
        (None, None) if page.success == Some(true) => {
            // A module that expects nothing.
            attempt.outcome = Outcome::Connected;
            attempt.connect_ms = page.took_ms;
        }
        (None, None) => {
            attempt.detail = Some("the exporter does not say why the probe failed".to_owned());
        }
    }
}

/// The greeting's code and text, by the labels or by the log.
fn greeting(page: &Page) -> Option<(ReplyCode, String)> {
    let code = |text: &str| {
        let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|code| is_code && (200..600).contains(code)).map(ReplyCode)
    };
    if let Some((said, text)) = &page.labels {
        return Some((code(said)?, format!("{said} {text}")));
    }
    let line = page.first_line.as_deref()?;
    let is_reply = line.get(3..4).is_none_or(|separator| matches!(separator, " " | "-"));
    Some((code(line.get(..3)?).filter(|_| is_reply)?, line.to_owned()))
}

fn greeted(attempt: &mut Attempt, code: ReplyCode, said: String, took_ms: Option<f64>) {
    let said = words(&said);
    attempt.stage = Stage::Greeting;
    attempt.greeting_ms = took_ms;
    attempt.greeting = Some(said.clone());
    // "421" is a success to the exporter, and none to a mail server.
    if code.0 < 400 {
        attempt.outcome = Outcome::Completed;
    } else {
        attempt.outcome = Outcome::Replied;
        let text = said.get(4..).unwrap_or_default().to_owned();
        attempt.reply = Some(ReplySeen { code, enhanced: None, text });
    }
}

/// By the system's words, as Go prints them.
fn not_connected(attempt: &mut Attempt, said: &str, took_ms: Option<f64>) {
    let is = |part: &str| said.contains(part);
    attempt.outcome = if is("connection refused") {
        Outcome::Refused
    } else if is("i/o timeout") || is("connection timed out") {
        attempt.limit_ms = took_ms.map(|ms| ms as u64);
        Outcome::TimedOut
    } else if is("no route to host") {
        // ICMP "administratively prohibited" as well.
        Outcome::HostUnreachable
    } else if is("network is unreachable") {
        Outcome::NetworkUnreachable
    } else if is("permission denied") || is("operation not permitted") {
        Outcome::PermissionDenied
    } else if is("cannot assign requested address") || is("address family not supported") {
        Outcome::AddressNotAvailable
    } else if is("connection reset") {
        Outcome::Reset
    } else if is("invalid argument") {
        Outcome::LocalError
    } else {
        Outcome::NotTried
    };
    attempt.detail = Some(words(said));
}

fn words(said: &str) -> String {
    scrub::visible(&scrub::bounded(said, WORDS)).into_owned()
}
