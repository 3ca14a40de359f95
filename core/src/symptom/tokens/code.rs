//! Reply codes, enhanced status codes, and the commands that a reply was to.

use super::{Read, runs};
use crate::smtp::{EnhancedStatus, ReplyCode, Stage};

/// Every enhanced status code, and every reply code that stands before one or where a reply begins.
pub(in crate::symptom) fn codes(text: &str) -> (Vec<Read<ReplyCode>>, Vec<Read<EnhancedStatus>>) {
    let (mut replies, mut statuses) = (Vec::new(), Vec::new());
    for (start, end) in runs(text, |byte| byte.is_ascii_digit() || byte == b'.') {
        let (token, bounded) = (&text[start..end], is_bounded(text, start, end));
        let trimmed = token.trim_end_matches('.');
        if !bounded {
            continue;
        }
        if let Ok(status) = trimmed.parse() {
            statuses.push(Read { value: status, start, end: start + trimmed.len() });
        } else if is_reply_code(trimmed) && begins_reply(text, start, start + 3) {
            let value = ReplyCode(trimmed.parse().unwrap_or_default());
            replies.push(Read { value, start, end: start + 3 });
        }
    }
    (replies, statuses)
}

/// Whether three digits can be a reply code (RFC 5321 s4.2.1), or one of the codes that services made up: 498, 499, 612.
fn is_reply_code(token: &str) -> bool {
    match token.as_bytes() {
        [b'2' | b'4' | b'5', b'0'..=b'5', b'0'..=b'9'] => true,
        _ => matches!(token, "498" | "499" | "571" | "612"),
    }
}

/// Whether no letter, digit or separator of a longer token stands on either side.
pub(super) fn is_bounded(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].bytes().next_back();
    let after = text[end..].bytes().next();
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'/');
    !before.is_some_and(|byte| part(byte) || byte == b'-' && is_range(&text[..start - 1]))
        && !after.is_some_and(|byte| {
            part(byte)
                || byte == b':' && text[end + 1..].bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        })
}

/// Whether what stands before a hyphen makes a range or a name of it (`2-4.4.1`); a reply of several lines is none
/// (`421-4.7.28`).
fn is_range(before: &str) -> bool {
    let digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
    digits > 0 && !is_reply_code(&before[before.len() - digits..])
}

fn ends_with_error(before: &str) -> bool {
    before.len() >= 5 && before.as_bytes()[before.len() - 5..].eq_ignore_ascii_case(b"error")
}

/// Whether a code is one of HTTP (RFC 9110 s15) as well.
fn is_of_the_web(code: &str) -> bool {
    matches!(code.parse(), Ok(400..=418 | 421..=429 | 451 | 500..=511))
}

/// Whether a reply may begin here: at the start, after a quote, a colon, a bracket or `smtp;`, or with words after it.
fn begins_reply(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].trim_end_matches([' ', '\t']);
    // `RemotePort : 443`, `port 587`, `size=459`, `S=459`.
    let word = before.trim_end_matches([':', '=', ' ', '"']);
    let measure = |name: &&[u8]| {
        word.len() >= name.len() && word.as_bytes()[word.len() - name.len()..].eq_ignore_ascii_case(name)
    };
    if [&b"port"[..], b"size", b"delay", b"bytes", b"pid", b" s"].iter().any(measure) {
        return false;
    }
    let after_error = ends_with_error(before);
    // `Error 503` of the web.
    if after_error && is_of_the_web(&text[start..end]) && !text.to_ascii_lowercase().contains("smtp") {
        return false;
    }
    let opened = before.is_empty()
        || before.ends_with([':', ';', '\'', '"', '<', '>', '(', '[', '=', '\n', '\r', '|', ','])
        || before.ends_with("->")
        || after_error;
    let after = text[end..].bytes().next();
    let worded = matches!(after, Some(b' ' | b'-' | b',' | b'\n' | b'\r') | None);
    let next_is_status = text[end..]
        .trim_start_matches([' ', '-', '#', ':'])
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .next()
        .is_some_and(|token| token.parse::<EnhancedStatus>().is_ok());
    (opened && worded) || next_is_status
}

/// The stage that a command names, in a reply to it.
pub(in crate::symptom) fn stage_of_command(lower: &str) -> Option<Stage> {
    const COMMANDS: &[(&str, Stage)] = &[
        (">>> rcpt", Stage::Rcpt),
        (">>> mail", Stage::Mail),
        (">>> data", Stage::Data),
        (">>> ehlo", Stage::Ehlo),
        (">>> helo", Stage::Ehlo),
        ("rcpt to", Stage::Rcpt),
        ("mail from", Stage::Mail),
        ("end of data", Stage::Data),
    ];
    COMMANDS.iter().find(|(word, _)| lower.contains(word)).map(|(_, stage)| *stage)
}
