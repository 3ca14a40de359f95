//! What can be read from a statement by its form: codes, hosts, addresses, numbers of errors, times, recipients.

use super::Cause;
use crate::smtp::{EnhancedStatus, ReplyCode, Stage};
use crate::timestamp::Timestamp;
use std::net::IpAddr;
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Something read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read<T> {
    pub(super) value: T,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Calls `each` with the start and end of every run of bytes that `is` accepts.
fn runs(text: &str, is: impl Fn(u8) -> bool) -> impl Iterator<Item = (usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() && !is(bytes[at]) {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && is(bytes[at]) {
            at += 1;
        }
        (start < at).then_some((start, at))
    })
}

/// Every enhanced status code, and every reply code that stands before one or where a reply begins.
pub(super) fn codes(text: &str) -> (Vec<Read<ReplyCode>>, Vec<Read<EnhancedStatus>>) {
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
fn is_bounded(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].bytes().next_back();
    let after = text[end..].bytes().next();
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'/');
    !before.is_some_and(|byte| {
        part(byte)
            || byte == b'-' && text[..start].bytes().nth_back(1).is_some_and(|byte| byte.is_ascii_digit())
    }) && !after.is_some_and(|byte| {
        part(byte) || byte == b':' && text[end + 1..].bytes().next().is_some_and(|byte| byte.is_ascii_digit())
    })
}

/// Whether a reply may begin here: at the start, after a quote, a colon, a bracket or `smtp;`, or with words after it.
fn begins_reply(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].trim_end_matches([' ', '\t']);
    let opened = before.is_empty()
        || before.ends_with([':', ';', '\'', '"', '<', '>', '(', '[', '=', '\n', '\r', '|', ','])
        || before.ends_with("->")
        || before.to_ascii_lowercase().ends_with("error");
    let after = text[end..].bytes().next();
    let worded = matches!(after, Some(b' ' | b'-' | b'\n' | b'\r') | None);
    let next_is_status = text[end..]
        .trim_start_matches([' ', '-', '#'])
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .next()
        .is_some_and(|token| token.parse::<EnhancedStatus>().is_ok());
    (opened && worded) || next_is_status
}

/// A system error number or name, and the cause it stands for, in any language.
pub(super) fn system_error(lower: &str) -> Option<(Read<String>, Cause)> {
    winsock(lower).or_else(|| errno_name(lower)).or_else(|| errno_number(lower))
}

/// Winsock numbers (winerror.h): five digits that mean nothing else where mail software prints them.
const WINSOCK: &[(&str, Cause)] = &[
    ("10013", Cause::SenderLocal),
    ("10048", Cause::SenderLocal),
    ("10049", Cause::SenderLocal),
    ("10050", Cause::NetworkUnreachable),
    ("10051", Cause::NetworkUnreachable),
    ("10052", Cause::SessionDropped),
    ("10053", Cause::SessionDropped),
    ("10054", Cause::SessionDropped),
    ("10055", Cause::SenderLocal),
    ("10060", Cause::ConnectTimedOut),
    ("10061", Cause::ConnectRefused),
    ("10064", Cause::HostUnreachable),
    ("10065", Cause::HostUnreachable),
    ("11001", Cause::NoSuchDomain),
    ("11002", Cause::DnsFailed),
    ("11003", Cause::DnsFailed),
    ("11004", Cause::NoMailHost),
];

fn winsock(lower: &str) -> Option<(Read<String>, Cause)> {
    const NEAR: &[&str] = &[
        "winsock",
        "socket",
        "error",
        "win32",
        "code",
        "wsa",
        "fehler",
        "erreur",
        "エラー",
        "错误",
        "#",
        "(",
        "0x",
    ];
    runs(lower, |byte| byte.is_ascii_digit()).filter(|(start, end)| end - start == 5).find_map(
        |(start, end)| {
            let token = &lower[start..end];
            let cause = WINSOCK.iter().find(|(number, _)| *number == token)?.1;
            let mut from = start.saturating_sub(48);
            while !lower.is_char_boundary(from) {
                from += 1;
            }
            let near = &lower[from..start];
            let named = NEAR.iter().any(|word| near.contains(word))
                && !near.ends_with([':', '['])
                // `id: 10060` of dig and of queues.
                && !near.trim_end().ends_with("id:");
            named.then(|| (Read { value: token.to_owned(), start, end }, cause))
        },
    )
}

/// Names of errno(3).
const NAMES: &[(&str, Cause)] = &[
    ("etimedout", Cause::ConnectTimedOut),
    ("econnrefused", Cause::ConnectRefused),
    ("ehostunreach", Cause::HostUnreachable),
    ("ehostdown", Cause::HostUnreachable),
    ("enetunreach", Cause::NetworkUnreachable),
    ("eaddrnotavail", Cause::SenderLocal),
    ("econnreset", Cause::SessionDropped),
    ("enotfound", Cause::NoSuchDomain),
    ("eservfail", Cause::DnsFailed),
    ("eai_again", Cause::DnsFailed),
];

fn errno_name(lower: &str) -> Option<(Read<String>, Cause)> {
    NAMES.iter().find_map(|(name, cause)| {
        let start = lower.find(name)?;
        let end = start + name.len();
        is_bounded(lower, start, end).then(|| (Read { value: name.to_ascii_uppercase(), start, end }, *cause))
    })
}

/// Numbers of errno(3) on Linux, where they stand in brackets before or after their words.
const NUMBERS: &[(&str, Cause)] = &[
    ("(99)", Cause::SenderLocal),
    ("(101)", Cause::NetworkUnreachable),
    ("(104)", Cause::SessionDropped),
    ("(110)", Cause::ConnectTimedOut),
    ("(111)", Cause::ConnectRefused),
    ("(113)", Cause::HostUnreachable),
];

/// Numbers where they stand after `errno`: Linux, then BSD and macOS, whose numbers for these do not overlap.
const ERRNO: &[(&str, Cause)] = &[
    ("13", Cause::SenderLocal),
    ("99", Cause::SenderLocal),
    ("101", Cause::NetworkUnreachable),
    ("104", Cause::SessionDropped),
    ("110", Cause::ConnectTimedOut),
    ("111", Cause::ConnectRefused),
    ("113", Cause::HostUnreachable),
    ("49", Cause::SenderLocal),
    ("51", Cause::NetworkUnreachable),
    ("54", Cause::SessionDropped),
    ("60", Cause::ConnectTimedOut),
    ("61", Cause::ConnectRefused),
    ("65", Cause::HostUnreachable),
];

/// `connect:errno=111` of OpenSSL, `[Errno 111]` of Python.
fn errno_named(lower: &str) -> Option<(Read<String>, Cause)> {
    let at = lower.find("errno")? + "errno".len();
    let digits = lower[at..].strip_prefix(['=', ' ', ':'])?.trim_start();
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let start = lower.len() - digits.len();
    let cause = ERRNO.iter().find(|(number, _)| *number == &digits[..length])?.1;
    Some((Read { value: digits[..length].to_owned(), start, end: start + length }, cause))
}

fn errno_number(lower: &str) -> Option<(Read<String>, Cause)> {
    if let Some(named) = errno_named(lower) {
        return Some(named);
    }
    NUMBERS.iter().find_map(|(number, cause)| {
        let start = lower.find(number)?;
        // `port (110)` is no error.
        let port = lower[..start].trim_end().ends_with("port");
        let value = number.trim_matches(['(', ')']).to_owned();
        (!port).then(|| (Read { value, start: start + 1, end: start + number.len() - 1 }, *cause))
    })
}

/// A host with its address and port, in the forms that mail software prints: `host[addr]:port`, `host (addr)`,
/// `host [addr]:port`, `addr:port`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remote {
    pub(super) host: Option<Read<String>>,
    pub(super) address: Option<Read<IpAddr>>,
    pub(super) port: Option<Read<u16>>,
}

/// The last host with an address in `text`.
pub(super) fn remote(text: &str) -> Remote {
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
    let mut best = Remote::default();
    for (start, end) in runs(text, is_part) {
        let (address, port) = match address_and_port(&text[start..end]) {
            Some(found) => found,
            None => continue,
        };
        let mut before = text[..start].bytes();
        if before
            .next_back()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b'@'))
        {
            continue;
        }
        let length = address.len();
        let Ok(value) = address.parse::<IpAddr>() else { continue };
        let address = Read { value, start, end: start + length };
        let port = port
            .map(|port| Read { value: port, start: start + length + 1, end })
            .or_else(|| port_after(text, end));
        let host = host_before(text, start);
        let better = best.address.is_none() || host.is_some() || best.host.is_none();
        if better {
            best = Remote { host, address: Some(address), port };
        }
    }
    best
}

/// Splits `192.0.2.1:25`; a whole IPv6 address carries no port without brackets.
fn address_and_port(token: &str) -> Option<(&str, Option<u16>)> {
    let token = token.trim_end_matches(['.', ':']);
    if token.parse::<IpAddr>().is_ok() {
        return Some((token, None));
    }
    let (address, port) = token.rsplit_once(':')?;
    let port = port.parse().ok()?;
    address.parse::<std::net::Ipv4Addr>().is_ok().then_some((address, Some(port)))
}

fn port_after(text: &str, end: usize) -> Option<Read<u16>> {
    let rest = &text[end..];
    let skipped = rest.len() - rest.trim_start_matches([']', ')', '"']).len();
    let digits = rest[skipped..].strip_prefix(':').or_else(|| rest[skipped..].strip_prefix(" port "))?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let start = text.len() - digits.len();
    let value = digits[..length].parse().ok()?;
    Some(Read { value, start, end: start + length })
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// The host name that stands before an address: `host[`, `host [`, `host (`, `host: `.
fn host_before(text: &str, start: usize) -> Option<Read<String>> {
    let before = text[..start].trim_end_matches(['[', '(', ' ', ':', '<']);
    // Between name and address there may be brackets and one space, not words.
    if start - before.len() > 4 {
        return None;
    }
    let length = before.bytes().rev().take_while(|byte| is_host(*byte)).count();
    let from = before.len() - length;
    host(&before[from..]).map(|value| Read { value, start: from, end: before.len() })
}

/// A token as a host name with at least one dot; `None` for what is none.
pub(super) fn host(token: &str) -> Option<String> {
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
pub(super) fn named_host(text: &str, lower: &str) -> Option<Read<String>> {
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

/// The domain of the recipient: `to=<user@domain>`, `== user@domain`, `rfc822; user@domain`, or the first mail address.
pub(super) fn recipient_domain(text: &str, lower: &str) -> Option<Read<String>> {
    const BEFORE: &[&str] = &[
        "to=<",
        "final-recipient:",
        "original-recipient:",
        "== ",
        "** ",
        "for <",
        "=> ",
        "recipient: ",
        "delivered to ",
        "to: <",
        "=== ",
    ];
    let after = |from: usize| {
        let at = from + text[from..].find('@')?;
        if at - from > 200 {
            return None;
        }
        domain_at(text, at)
    };
    let marked = BEFORE.iter().find_map(|word| after(lower.find(word)? + word.len()));
    marked.or_else(|| dns_name(text, lower)).or_else(|| {
        let mut at = 0;
        while let Some(found) = text[at..].find('@') {
            if let Some(domain) = domain_at(text, at + found) {
                return Some(domain);
            }
            at += found + 1;
        }
        None
    })
}

fn domain_at(text: &str, at: usize) -> Option<Read<String>> {
    let start = at + 1;
    let length = text[start..].bytes().take_while(|byte| is_host(*byte)).count();
    let value = host(&text[start..start + length])?;
    Some(Read { value, start, end: start + length })
}

/// The name that a lookup was for.
fn dns_name(text: &str, lower: &str) -> Option<Read<String>> {
    const BEFORE: &[&str] = &[
        "name=",
        "lookup of ",
        "host named ",
        "because the domain ",
        "name server: ",
        "destination domain: ",
        "domain=",
        "for domain ",
        "domain name not found: ",
        "no mx for ",
        "no mx record found for domain=",
        "servers were available for ",
        "querymx eservfail ",
        "querymx enotfound ",
        "destination domain ",
        "domain ",
    ];
    BEFORE.iter().find_map(|word| {
        let at = lower.find(word)?;
        // `LastAttemptedServerName=` is no `name=`.
        if lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let start = at + word.len();
        let length = text[start..].bytes().take_while(|byte| is_host(*byte)).count();
        let value = host(&text[start..start + length])?;
        Some(Read { value, start, end: start + length })
    })
}

/// The first date and time in ISO 8601 form; UTC where no zone is given.
pub(super) fn time(text: &str) -> Option<Read<Timestamp>> {
    let is_part =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'T' | b'.' | b'Z' | b'+' | b'/');
    runs(text, is_part).find_map(|(start, end)| {
        if end - start < 10 || !text.is_char_boundary(start) {
            return None;
        }
        let whole = text.get(start..end)?;
        if let Some(moment) = Timestamp::parse(whole) {
            return Some(Read { value: moment, start, end });
        }
        // `2016-08-22 13:35:02`, `2026-11-24T09:01:02+0100` and the like.
        let plain = text.get(start..start + 19)?.replace('T', " ");
        let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
        let moment = PrimitiveDateTime::parse(&plain, format).ok()?.assume_utc();
        Some(Read { value: Timestamp::from_unix(moment.unix_timestamp()), start, end: start + 19 })
    })
}

/// The date of a mail header (RFC 5322 s3.3), comments left out.
pub(super) fn header_date(text: &str) -> Option<Timestamp> {
    let plain = text.split('(').next().unwrap_or_default().trim();
    let moment = OffsetDateTime::parse(plain, &Rfc2822).ok()?;
    Some(Timestamp::from_unix(moment.unix_timestamp()))
}

/// The stage that a command names, in a reply to it.
pub(super) fn stage_of_command(lower: &str) -> Option<Stage> {
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
