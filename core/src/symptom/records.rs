//! Where one record of a text ends and the next begins: no field is taken over that border.

use super::cause::Cause;
use super::joined::statement_of;
use super::line::is_folded;
use super::model::Symptom;
use crate::cut::Cut as _;

/// A line, and where it starts.
type Line<'t> = (usize, &'t str);

/// What each record of `lines` states, where they state different things; nothing where they are one, or state the same:
/// people paste one failure with blank lines in it, and in several wordings.
pub(super) fn told_apart(text: &str, lines: &[Line]) -> Vec<Symptom> {
    let records = records(text, lines);
    if records.len() < 2 {
        return Vec::new();
    }
    let mut told: Vec<Symptom> = Vec::new();
    let mut apart = false;
    for symptom in records.into_iter().filter_map(statement_of) {
        match told.last_mut().filter(|last| agree(last, &symptom)) {
            Some(last) => *last = joined(last.clone(), symptom),
            None => {
                apart |= !told.is_empty();
                told.push(symptom);
            }
        }
    }
    if apart { told } else { Vec::new() }
}

/// Cuts at blank lines, at lines that are moved out again, and where a key stands that the record has already.
fn records<'a, 't>(text: &str, lines: &'a [Line<'t>]) -> Vec<&'a [Line<'t>]> {
    let is_trace = lines.iter().any(|(_, line)| is_of_trace(line));
    let (mut from, mut records) = (0, Vec::new());
    let mut keys: Vec<(usize, &str)> = Vec::new();
    for (at, (start, line)) in lines.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| lines[before]);
        let blank = before.is_some_and(|(at, before)| ends(text.within(at + before.len(), *start)) > 1);
        let outer = before.is_some_and(|(_, before)| {
            is_moved(before)
                && !is_moved(line)
                && !line.starts_with(['}', ']', ')'])
                && !is_folded(before, line)
        });
        let key = key(line);
        let again = key.is_some_and(|key| keys.contains(&key));
        if at > 0 && (blank || again || outer && !is_trace) {
            records.push(&lines[from..at]);
            from = at;
            keys.clear();
        }
        keys.extend(key);
    }
    records.push(&lines[from..]);
    records
}

/// How many lines end in `between`.
fn ends(between: &str) -> usize {
    between
        .bytes()
        .filter(|byte| *byte == b'\n')
        .count()
        .max(between.bytes().filter(|byte| *byte == b'\r').count())
}

fn is_moved(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

/// Whether a line is of an exception's trace, whose causes are one failure.
fn is_of_trace(line: &str) -> bool {
    let line = line.trim_start();
    line.begins("at \nCaused by\nTraceback\nFile \"\nnested exception\n---> \n#0 ")
}

/// How far a line is moved in, and the key that it gives a value: `key = value`, `key: value`, `"key": value`.
fn key(line: &str) -> Option<(usize, &str)> {
    let trimmed = line.trim_start();
    let name = trimmed.split(['=', ':']).next().filter(|name| name.len() < trimmed.len())?;
    let value = trimmed.after(name.len() + 1);
    let name = name.trim_matches([' ', '"', '\'', '\t']);
    let word = (2..=30).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        && name.starts_with(|c: char| c.is_ascii_alphabetic());
    (word && value.starts_with([' ', '\t', '"'])).then_some((line.len() - trimmed.len(), name))
}

/// Whether two records may state the same failure: nothing in the one contradicts the other.
fn agree(one: &Symptom, other: &Symptom) -> bool {
    fn differ<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
        one.is_some() && other.is_some() && one != other
    }
    let places = differ(&one.remote_address, &other.remote_address)
        || differ(&one.remote_host, &other.remote_host)
        || differ(&one.recipient_domain, &other.recipient_domain);
    let codes =
        differ(&one.reply_code, &other.reply_code) || differ(&one.enhanced_status, &other.enhanced_status);
    !places && (says_little(one) || says_little(other) || (one.cause == other.cause && !codes))
}

/// Whether a symptom may be the summary of another.
fn says_little(symptom: &Symptom) -> bool {
    matches!(
        symptom.cause,
        Cause::Expired
            | Cause::ConnectFailed
            | Cause::DeferredByQueue
            | Cause::RejectedOther
            | Cause::Unknown
    )
}

/// Two records of one failure: what the one leaves out, the other says.
fn joined(one: Symptom, other: Symptom) -> Symptom {
    let (mut first, second) =
        if says_little(&one) && !says_little(&other) { (other, one) } else { (one, other) };
    first.expired |= second.expired;
    first.remote_host = first.remote_host.or(second.remote_host);
    first.remote_address = first.remote_address.or(second.remote_address);
    first.port = first.port.or(second.port);
    first.recipient_domain = first.recipient_domain.or(second.recipient_domain);
    first.mta = first.mta.or(second.mta);
    first
}
