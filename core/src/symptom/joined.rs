//! Lines that mail programs wrapped, as one statement.

use super::cause::SymptomFamily;
use super::classify::{names_others, statement};
use super::line::{begins_with_code, unquoted};
use super::model::Symptom;
use super::{plain, service};

/// Lines as one: their ends and the lines between become spaces, byte for byte, so that a phrase may be wrapped and spans
/// still fit.
pub(super) fn joined(loose: &[(usize, &str)]) -> String {
    let start = loose.first().map_or(0, |(start, _)| *start);
    let mut joined = String::new();
    for (at, line) in loose {
        // A quoted mail marks its lines.
        let words = unquoted(line);
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

#[cfg(test)]
mod tests {
    use super::super::{Cause, read};

    #[test]
    fn a_message_may_be_wrapped_within_its_words() {
        for (text, cause) in [
            (
                "> > connect to mx.example.org[192.0.2.1]:25: Network is\n> > unreachable",
                Cause::NetworkUnreachable,
            ),
            (
                "2026-11-24 08:00:00 1tFabc-0004gI-6W == a@example.org R=dnslookup T=remote_smtp defer (-53): retry time not\nreached for any host",
                Cause::DeferredByQueue,
            ),
            (
                "Nov 24 08:00:00 mx sendmail[1]: 4ABC: to=<a@example.org>, dsn=4.0.0, stat=Deferred: Connection\nrefused by mx.example.org.",
                Cause::ConnectRefused,
            ),
            (
                "From: a@example.com\nSubject: Re: stuck\n\n> it says: connect to mx.example.org[192.0.2.1]:25: No route\n> to host",
                Cause::HostUnreachable,
            ),
        ] {
            let read = read(text);
            assert_eq!(read.iter().map(|one| one.cause).collect::<Vec<_>>(), [cause], "{text}");
        }
    }

    #[test]
    fn who_wrote_what_is_quoted_and_when_is_no_field() {
        let read = read(
            "On Tue, Nov 24, 2026 at 8:00 AM A <a@example.com> wrote:\n> connect to mx.example.org[192.0.2.1]:25:\n> Connection timed out",
        );
        assert_eq!((read[0].at, read[0].recipient_domain.as_deref()), (None, None));
    }
}
