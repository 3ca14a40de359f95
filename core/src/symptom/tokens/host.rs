//! Host names.

use super::Read;

pub(super) fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// A token as a host name with at least one dot; `None` for what is none.
pub(in crate::symptom) fn host(token: &str) -> Option<String> {
    let token = token.trim_matches(|c: char| c == '.' || c == '-' || c == '_');
    let labels = token.split('.').count();
    let last = token.rsplit('.').next().unwrap_or_default();
    let sound = labels >= 2
        && token.len() <= 253
        && token.split('.').all(|label| !label.is_empty() && label.len() <= 63)
        && last.bytes().any(|byte| byte.is_ascii_alphabetic())
        && last.len() >= 2;
    sound.then(|| token.to_ascii_lowercase())
}

/// The host that stands after one of these words, where no address does: `H=host`, `relay=host`, `with host.`.
pub(in crate::symptom) fn named_host(text: &str, lower: &str) -> Option<Read<String>> {
    const BEFORE: &[&str] = &[
        " h=",
        "relay=",
        "connect to ",
        "connecting to ",
        "connection refused by ",
        "connection timed out with ",
        "reset by ",
        "lost connection with ",
        "conversation with ",
        "host named ",
        "mx server ",
        "lastattemptedservername=",
        "{fqdn=",
        "server at ",
        "refused by ",
        "transferring to ",
        "remote-mta: dns; ",
        "remote-mta: dns;",
        "contact destination ",
        "last attempted server name: ",
        "result wait with ",
        "dialing ",
        "connected to ",
    ];
    BEFORE.iter().find_map(|word| {
        let start = lower.find(word)? + word.len();
        let length = text[start..].bytes().take_while(|byte| is_host(*byte)).count();
        let value = host(&text[start..start + length])?;
        Some(Read { value, start, end: start + length })
    })
}
