//! A text that is no bounce: log lines, an error text that may be wrapped, a terminal's output.

use super::classify::statement;
use super::{Cause, Symptom, SymptomFamily};

/// The longest text whose loose lines are read together as one statement, in bytes.
const PARAGRAPH: usize = 16 * 1024;

/// How much of a line is read, in bytes: no software writes longer ones, and a hostile one must not cost time.
const LINE: usize = 16 * 1024;

/// At most this many symptoms of one text: a longer one is a log, which is read in groups.
pub(super) const MOST: usize = 1_000;

/// Reads `text`.
pub(super) fn read(text: &str) -> Vec<Symptom> {
    let mut symptoms = Vec::new();
    let mut loose: Vec<(usize, &str)> = Vec::new();
    for (start, line) in spans_of_lines(text) {
        let line = cut(line);
        if stands_alone(line) {
            symptoms.extend(statement(line, start));
        } else if !line.trim().is_empty() {
            match statement(line, start).filter(says_all) {
                Some(symptom) => symptoms.push(symptom),
                None => loose.push((start, line)),
            }
        }
        if symptoms.len() >= MOST {
            break;
        }
    }
    symptoms.extend(together(text, &loose));
    merged(symptoms)
}

/// The lines of a text with where they start; CR, LF and CRLF end one.
pub(super) fn spans_of_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = Some(0);
    std::iter::from_fn(move || {
        let start = at?;
        let rest = &text[start..];
        let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes());
        at = end.map(|end| start + end + if rest[end..].starts_with("\r\n") { 2 } else { 1 });
        Some((start, &rest[..end.unwrap_or(rest.len())]))
    })
}

fn cut(line: &str) -> &str {
    if line.len() <= LINE {
        return line;
    }
    let mut end = LINE;
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

/// Whether a line is a log's: it says all that it says by itself.
fn stands_alone(line: &str) -> bool {
    const MARKS: &[&str] = &[
        "status=",
        "stat=",
        " == ",
        " ** ",
        "postfix/",
        "dsn=",
        " H=",
        "defer (",
        "smtp-out:",
        " r=",
        "dsnDiag=",
    ];
    MARKS.iter().any(|mark| line.contains(mark))
}

/// Whether a line by itself names a host that was tried and what came of it.
fn says_all(symptom: &Symptom) -> bool {
    symptom.cause != Cause::Expired
        && symptom.remote_address.is_some()
        && matches!(symptom.family, SymptomFamily::NoAnswer)
}

/// Reads lines that do not stand alone as one statement: error texts are wrapped by mail programs.
fn together(text: &str, loose: &[(usize, &str)]) -> Option<Symptom> {
    let (first, last) = (loose.first()?, loose.last()?);
    let (start, end) = (first.0, last.0 + last.1.len());
    let whole = text.get(start..end)?;
    if whole.len() > PARAGRAPH {
        return loose.iter().find_map(|(start, line)| statement(line, *start));
    }
    // Line ends become spaces, byte for byte, so that a phrase may be wrapped and spans still fit.
    let joined: String =
        whole.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).collect();
    statement(&joined, start)
}

/// "Given up" beside what it was given up for is one symptom, not two.
pub(super) fn merged(mut symptoms: Vec<Symptom>) -> Vec<Symptom> {
    let expired = symptoms.iter().any(|symptom| symptom.cause == Cause::Expired);
    let inner = |symptom: &Symptom| {
        matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Busy)
    };
    if expired && symptoms.iter().any(inner) {
        symptoms.retain(|symptom| symptom.cause != Cause::Expired);
        for symptom in symptoms.iter_mut().filter(|symptom| inner(symptom)) {
            symptom.expired = true;
        }
    }
    symptoms
}
