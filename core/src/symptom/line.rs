//! Lines of a text: where they stand, and what their form tells.
use super::phrases;
use crate::cut::Cut as _;

/// How much of a line is read, in bytes: no software writes longer ones, and a hostile one must not cost time.
const LINE: usize = 16 * 1024;

/// At most this many symptoms of one text: a longer one is a log, which is read in groups.
pub(super) const MOST: usize = 1_000;

/// The lines of a text with where they start; CR, LF and CRLF end one.
pub(super) fn spans_of_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = Some(0);
    std::iter::from_fn(move || {
        let start = at?;
        let rest = text.after(start);
        let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes());
        at = end.map(|end| start + end + if rest.after(end).starts_with("\r\n") { 2 } else { 1 });
        Some((start, rest.before(end.unwrap_or(rest.len()))))
    })
}

/// What is read of a line.
pub(super) fn cut(line: &str) -> &str {
    if line.len() <= LINE {
        return line;
    }
    let mut end = LINE;
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.before(end)
}

/// Whether a line is a log's: it says all that it says by itself.
pub(super) fn stands_alone(line: &str) -> bool {
    const MARKS: &str = "status=\nstat=\n == \n ** \npostfix/\ndsn=\n H=\ndefer (\n: deferral: \n: failure: \nsmtp-out:\n r=\ndsnDiag=";
    line.has(MARKS)
}

/// A line without what a mail program puts before the lines that it quotes.
pub(super) fn unquoted(line: &str) -> &str {
    line.trim_start_matches(['>', '|', ' ', '\t'])
}

/// Whether a line was wrapped within words that are known, which `next` ends.
pub(super) fn is_folded(line: &str, next: &str) -> bool {
    const NEAR: usize = 64;
    let line = line.trim_end();
    let from = (line.len().saturating_sub(NEAR)..).find(|at| line.is_char_boundary(*at)).unwrap_or_default();
    let mut words = line.after(from).to_ascii_lowercase();
    let cut = words.len();
    words.push(' ');
    words.extend(unquoted(next).chars().take(NEAR).map(|c| c.to_ascii_lowercase()));
    phrases::find(&words).iter().any(|one| one.start < cut && one.end > cut + 1)
}

/// Whether a line begins with three digits, as a reply does.
pub(super) fn begins_with_code(line: &str) -> bool {
    let line = line.trim_start().as_bytes();
    line.len() > 3 && line[..3].iter().all(u8::is_ascii_digit) && matches!(line[3], b' ' | b'-' | b',')
}
