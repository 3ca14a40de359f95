//! Lines that mail programs wrapped, as one statement.

use super::cause::SymptomFamily;
use super::classify::{names_others, statement};
use super::line::begins_with_code;
use super::model::Symptom;
use super::{plain, service};

/// Lines as one: their ends and the lines between become spaces, byte for byte, so that a phrase may be wrapped and spans
/// still fit.
pub(super) fn joined(loose: &[(usize, &str)]) -> String {
    let start = loose.first().map_or(0, |(start, _)| *start);
    let mut joined = String::new();
    for (at, line) in loose {
        // A quoted mail marks its lines.
        let words = line.trim_start_matches(['>', '|', ' ', '\t']);
        joined.extend(std::iter::repeat_n(' ', at - start - joined.len() + line.len() - words.len()));
        // A reply is one where a line begins with its code.
        if begins_with_code(words) && joined.pop().is_some() {
            joined.push('\n');
        }
        joined.extend(words.chars().map(|c| if c == '\t' { ' ' } else { c }));
    }
    joined
}

/// Reads lines as one statement.
pub(super) fn statement_of(lines: &[(usize, &str)]) -> Option<Symptom> {
    statement_of_joined(&joined(lines), lines.first()?.0).or_else(|| statement_in(lines))
}

/// Reads the line of `lines` that speaks of mail, where another speaks of something else: beside a failure stands what has
/// nothing to do with it.
pub(super) fn statement_in(lines: &[(usize, &str)]) -> Option<Symptom> {
    let whole = || joined(lines).to_ascii_lowercase();
    if lines.len() < 2 || !names_others(&whole()) {
        return None;
    }
    lines
        .iter()
        .filter(|(_, line)| service::speaks_of_mail(&line.to_ascii_lowercase()))
        .filter_map(|(start, line)| statement(line, *start))
        .find(|symptom| matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns))
}

/// Reads lines that were made one as one statement; they stood at `start`.
pub(super) fn statement_of_joined(joined: &str, start: usize) -> Option<Symptom> {
    let plain = plain::one_line(joined);
    let mut symptom = plain.back(statement(&plain.text, 0).into_iter().collect()).pop()?;
    for span in &mut symptom.spans {
        (span.start, span.end) = (span.start + start, span.end + start);
    }
    Some(symptom)
}
