//! A text of any kind: a line, an error, a bounce, a log excerpt, a terminal's output.

use super::decode::decode;
use super::model::Symptom;
use super::{bounce, connection_test, exchange, lines, plain, service, syslog, terminal};
use crate::timestamp::Timestamp;

/// Reads every failure that `text` states: a line, an error, a bounce, a log excerpt, a terminal's output. An empty
/// list means that no failure could be read in it. Spans are bytes of `text`.
///
/// For a whole log of any size, use [`Log`](super::Log).
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
    if let Some((mut symptoms, rest)) = exchange::read(text).or_else(|| connection_test::read(text)) {
        symptoms.extend(lines::read(&rest));
        return symptoms;
    }
    let symptoms = terminal::read(text).unwrap_or_else(|| lines::read(text));
    if symptoms.is_empty() {
        return bounce::refusal_in_words(text).into_iter().collect();
    }
    service::of_mail(text, symptoms)
}

/// Reads bytes: decodes them with [`decode`], then reads. Spans are bytes of the decoded text.
pub fn read_bytes(bytes: &[u8]) -> Vec<Symptom> {
    read(&decode(bytes))
}
