//! The host that was tried, with its address and port.

use super::host::{host, is_host};
use super::{Read, runs};
use std::net::IpAddr;

/// A host with its address and port, in the forms that mail software prints: `host[addr]:port`, `host (addr)`,
/// `host [addr]:port`, `addr:port`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::symptom) struct Remote {
    pub(in crate::symptom) host: Option<Read<String>>,
    pub(in crate::symptom) address: Option<Read<IpAddr>>,
    pub(in crate::symptom) port: Option<Read<u16>>,
}

/// The last host with an address in `text`.
pub(in crate::symptom) fn remote(text: &str) -> Remote {
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
