//! A text of any kind: a line, an error, a bounce, a log excerpt, a terminal's output.

use super::decode::decode;
use super::model::Symptom;
use super::{bounce, connection_test, exchange, lines, mention, plain, service, syslog, terminal};
use crate::order;
use crate::smtp::EnhancedStatus;
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
    if is_list_of_codes(text) {
        return Vec::new();
    }
    if bounce::is_bounce(text) {
        return mention::of_mail(text, bounce::read(text));
    }
    if let Some((mut symptoms, rest)) = exchange::read(text).or_else(|| connection_test::read(text)) {
        symptoms.extend(lines::read(&rest));
        return symptoms;
    }
    let symptoms = terminal::read(text).unwrap_or_else(|| lines::read(text));
    if symptoms.is_empty() {
        return mention::left_out(text, bounce::refusal_in_words(text).into_iter().collect());
    }
    mention::left_out(text, service::of_mail(text, symptoms))
}

/// Whether `text` explains codes, one a line, as help pages do: three different ones or more, and nothing that was tried.
fn is_list_of_codes(text: &str) -> bool {
    const LONGEST: usize = 64 * 1024;
    // What tells of an attempt: an address, a host in brackets, a session.
    if text.len() > LONGEST || text.contains(['@', '[']) || text.contains("220 ") || text.contains("said:") {
        return false;
    }
    let code = |line: &str| {
        let word = line.trim_start().split([' ', '\t', '|', ':', ';']).next().unwrap_or_default().to_owned();
        let is_code = word.len() == 3 && word.parse::<u16>().is_ok_and(|code| (400..600).contains(&code))
            || word.parse::<EnhancedStatus>().is_ok_and(|status| status.class > 2);
        is_code.then_some(word)
    };
    let mut codes: Vec<String> = text.lines().filter_map(code).collect();
    order::sort_by(&mut codes, Ord::cmp);
    codes.dedup();
    codes.len() > 2
}

/// Reads bytes: decodes them with [`decode`], then reads. Spans are bytes of the decoded text.
pub fn read_bytes(bytes: &[u8]) -> Vec<Symptom> {
    read(&decode(bytes))
}
