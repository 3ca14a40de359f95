//! What pasting and terminals add to a text, taken out again: colours, characters that nobody sees, typographic quotes.

use super::model::Symptom;
use crate::cut::Cut as _;

/// A text as it was meant, and where each part of it stood.
pub(super) struct Plain {
    pub(super) text: String,
    parts: Vec<Part>,
}

/// A part of the plain text: `length` bytes at `new` stood in `stood` bytes at `old`.
#[derive(Clone, Copy)]
struct Part {
    new: usize,
    old: usize,
    length: usize,
    stood: usize,
}

/// `text` without what was added; `None` where nothing was.
pub(super) fn plain(text: &str) -> Option<Plain> {
    let mut at = next(text, 0)?;
    let mut plain = Plain { text: String::with_capacity(text.len()), parts: Vec::new() };
    plain.keep(text, 0, at);
    while at < text.len() {
        let (skipped, instead) = added(text.after(at)).unwrap_or((0, ""));
        plain.push(instead, at, skipped);
        at += skipped;
        let end = next(text, at).unwrap_or(text.len());
        plain.keep(text, at, end);
        at = end;
    }
    Some(plain)
}

/// `text` with one space where several stood: a phrase may be wrapped and its next line moved in.
pub(super) fn one_line(text: &str) -> Plain {
    let mut plain = Plain { text: String::with_capacity(text.len()), parts: Vec::new() };
    let mut at = 0;
    while let Some(found) = text.after(at).find("  ") {
        let spaces = text.after(at + found).bytes().take_while(|byte| *byte == b' ').count();
        plain.keep(text, at, at + found);
        plain.push(" ", at + found, spaces);
        at += found + spaces;
    }
    plain.keep(text, at, text.len());
    plain
}

/// Where the next added thing stands, from `from`.
fn next(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let suspicious = |byte: u8| {
        byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
            || matches!(byte, 0x7f | 0xc2 | 0xe2 | 0xef | b'\\' | b'^')
    };
    (from..bytes.len()).find(|at| suspicious(bytes[*at]) && added(text.after(*at)).is_some())
}

/// What begins `rest` and was added: its length, and what it stands for.
fn added(rest: &str) -> Option<(usize, &'static str)> {
    const ESCAPES: &[&str] = &["\\x1b", "\\u001b", "\\033", "\\e", "^["];
    let first = rest.chars().next()?;
    let nothing = |length| Some((length, ""));
    match first {
        '\u{1b}' => nothing(1 + sequence(rest.after(1)).unwrap_or(0)),
        '\t' | '\n' | '\r' => None,
        '\0'..='\u{1f}' | '\u{7f}' => nothing(1),
        '\u{a0}' | '\u{2007}' | '\u{202f}' => Some((first.len_utf8(), " ")),
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}' => nothing(first.len_utf8()),
        '\u{2018}' | '\u{2019}' => Some((first.len_utf8(), "'")),
        '\u{201c}' | '\u{201d}' => Some((first.len_utf8(), "\"")),
        '\u{2010}' | '\u{2011}' => Some((first.len_utf8(), "-")),
        // A control character that was shown as an escape.
        '\\' | '^' => {
            let escape = ESCAPES.iter().find(|escape| rest.starts_with(**escape));
            let coloured = escape.and_then(|escape| Some(escape.len() + sequence(rest.after(escape.len()))?));
            coloured.or_else(|| shown_control(rest)).and_then(nothing)
        }
        _ => None,
    }
}

/// The length of what follows an escape (ECMA-48 s5.4): a control sequence, or a command to the terminal.
fn sequence(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    match bytes.first()? {
        b'[' => {
            let length = bytes[1..].iter().take_while(|byte| (0x20..=0x3f).contains(*byte)).take(64).count();
            let ends = bytes.get(1 + length).is_some_and(|byte| (0x40..=0x7e).contains(byte));
            ends.then_some(length + 2)
        }
        b']' => bytes.iter().take(256).position(|byte| *byte == 0x07).map(|end| end + 1),
        _ => None,
    }
}

/// `\x00` to `\x1f` and `\x7f`, spelt out; not what ends a line.
fn shown_control(rest: &str) -> Option<usize> {
    let value = u8::from_str_radix(rest.strip_prefix("\\x")?.get(..2)?, 16).ok()?;
    let control = (value < 0x20 && !matches!(value, 0x09 | 0x0a | 0x0d)) || value == 0x7f;
    control.then_some(4)
}

impl Plain {
    fn push(&mut self, instead: &str, old: usize, stood: usize) {
        if !instead.is_empty() {
            self.parts.push(Part { new: self.text.len(), old, length: instead.len(), stood });
            self.text.push_str(instead);
        }
    }

    fn keep(&mut self, text: &str, start: usize, end: usize) {
        if start < end {
            self.push(text.within(start, end), start, end - start);
        }
    }

    /// The symptoms of the plain text, with their spans where they stood.
    pub(super) fn back(&self, mut symptoms: Vec<Symptom>) -> Vec<Symptom> {
        for span in symptoms.iter_mut().flat_map(|symptom| &mut symptom.spans) {
            span.end = self.old(span.end.max(1) - 1, true).max(self.old(span.start, false));
            span.start = self.old(span.start, false);
        }
        symptoms
    }

    /// Where the byte at `new` stood; with `after`, where what it belongs to ended.
    fn old(&self, new: usize, after: bool) -> usize {
        let index = self.parts.partition_point(|part| part.new <= new).max(1) - 1;
        let Some(part) = self.parts.get(index) else { return 0 };
        let within = new.saturating_sub(part.new) + usize::from(after);
        if part.length == part.stood {
            part.old + within.min(part.length)
        } else {
            part.old + if after { part.stood } else { 0 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn colours_and_what_nobody_sees_are_taken_out() {
        let text = |text: &str| plain(text).map(|plain| plain.text);
        assert_eq!(text("mx\u{1b}[1m.example\u{200b}.org"), Some("mx.example.org".to_owned()));
        assert_eq!(text(r"mx\x1b[0;31m.example.org\x00"), Some("mx.example.org".to_owned()));
        assert_eq!(text("d\u{2019}attente\u{a0}:"), Some("d'attente :".to_owned()));
        assert_eq!(text("\u{1b}]0;title\u{7}telnet"), Some("telnet".to_owned()));
        assert_eq!(text("a^b \\d \\xzz é £ ™\r\n\t"), None);
    }

    #[test]
    fn spans_lie_where_the_words_stood() {
        let text = "\u{a0}connect to \u{1b}[1mmx\u{1b}[0m.example.org[192.0.2.1]:25: Connection\u{a0}timed out\u{1b}[0m";
        let symptom = read(text).remove(0);
        let span = |field: &str| {
            let span = symptom.spans.iter().find(|span| span.field == field).expect(field);
            &text[span.start..span.end]
        };
        assert_eq!(span("remote_host"), "mx\u{1b}[0m.example.org");
        assert_eq!(span("remote_address"), "192.0.2.1");
        assert_eq!(span("cause"), "Connection\u{a0}timed out");
    }
}
