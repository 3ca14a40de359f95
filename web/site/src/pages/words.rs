//! Words of the core as the pages write them.

use maud::{Markup, html};
use noanswer_core::smtp::registry::{self, Kind};
use noanswer_core::symptom::Cause;
use noanswer_core::verdict::Party;
use noanswer_core::words::{self as core_words, capitalized};

/// Who must act: `You, the sending side`.
pub(super) fn party(party: Party) -> String {
    capitalized(core_words::party(party))
}

/// A cause as words: `Connect timed out`.
pub(super) fn cause(cause: Cause) -> String {
    capitalized(&core_words::plain(&cause)).replace("Tls", "TLS")
}

/// `words` as a sentence: its first letter large, a full stop at its end.
pub(super) fn sentence(words: &str) -> String {
    let end = if words.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{}{end}", capitalized(words))
}

/// `text`, in which every RFC that it names is a link to that RFC, and to the section where one is named beside it
/// (`RFC 5321 s4.5.3.2.1`, `RFC 7505`), and every code that is known a link to its page (`421`, `4.4.2`).
pub(super) fn linked(text: &str) -> Markup {
    let mut rest = text;
    let mut parts: Vec<Markup> = Vec::new();
    while let Some(at) = rest.find("RFC ") {
        let count = |text: &str, is: fn(u8) -> bool| text.bytes().take_while(|byte| is(*byte)).count();
        let start = at + "RFC ".len();
        let number = start + count(&rest[start..], |byte| byte.is_ascii_digit());
        let gap = number + count(&rest[number..], |byte| matches!(byte, b' ' | b'('));
        let section = rest[gap..].strip_prefix('s').map_or("", |section| {
            section[..count(section, |byte| byte.is_ascii_digit() || byte == b'.')].trim_end_matches('.')
        });
        let end = if section.is_empty() { number } else { gap + 1 + section.len() };
        let anchor = if section.is_empty() { String::new() } else { format!("#section-{section}") };
        parts.push(html! {
            (with_codes(&rest[..at]))
            @if number > start {
                a href={ "https://www.rfc-editor.org/rfc/rfc" (rest[start..number]) (anchor) } rel="noopener" { (rest[at..end]) }
            } @else { (rest[at..end]) }
        });
        rest = &rest[end..];
    }
    html! { @for part in parts { (part) } (with_codes(rest)) }
}

/// The code that `word` is, punctuation around it left out: a reply code, or an enhanced status code. Other numbers are no
/// codes, whatever the registry has.
fn code_in(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c: char| !c.is_ascii_digit());
    let reply = word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = reply || word.split('.').count() == 3;
    Some(word).filter(|word| shaped && registry::lookup(word).is_some_and(|entry| entry.kind != Kind::System))
}

/// `text`, in which codes of mail link to their pages.
fn with_codes(text: &str) -> Markup {
    html! {
        @for word in text.split_inclusive(' ') {
            @match code_in(word).and_then(|code| Some((code, word.split_once(code)?))) {
                Some((code, (before, after))) => { (before) a href={ "/codes/" (code) } { (code) } (after) },
                None => (word),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rfc_is_a_link_to_its_section() {
        for (text, expected) in [
            (
                "as RFC 5321 (s4.5.3.2.1) asks",
                "as <a href=\"https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.2.1\" rel=\"noopener\">RFC 5321 (s4.5.3.2.1</a>) asks",
            ),
            (
                "(RFC 7505).",
                "(<a href=\"https://www.rfc-editor.org/rfc/rfc7505\" rel=\"noopener\">RFC 7505</a>).",
            ),
            (
                "in RFC 2923 s2.1.",
                "in <a href=\"https://www.rfc-editor.org/rfc/rfc2923#section-2.1\" rel=\"noopener\">RFC 2923 s2.1</a>.",
            ),
            ("no RFC & none", "no RFC &amp; none"),
            ("RFC ", "RFC "),
            (
                "busy (421), port 443, 4.4.2.",
                "busy (<a href=\"/codes/421\">421</a>), port 443, <a href=\"/codes/4.4.2\">4.4.2</a>.",
            ),
        ] {
            assert_eq!(linked(text).into_string(), expected);
        }
    }
}
