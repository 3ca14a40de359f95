//! The address that was tried, with its host and port, in the forms that mail software prints.

use super::host::{host, host_at, is_host};
use super::port::number;
use super::read::{Read, runs};
use crate::cut::Cut as _;
use std::net::{IpAddr, Ipv6Addr};

/// A host with its address and port: `host[addr]:port`, `host (addr)`, `addr:port (host)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::symptom) struct Remote {
    pub(in crate::symptom) host: Option<Read<String>>,
    pub(in crate::symptom) address: Option<Read<IpAddr>>,
    pub(in crate::symptom) port: Option<Read<u16>>,
}

/// How many addresses of a statement are looked at.
const MOST: usize = 200;

/// The last address with a host in `text`, or the last address; `lower` is the text in lower case. Where a server speaks,
/// `until` is where its words begin: the addresses in them are those that it speaks of, not its own.
pub(in crate::symptom) fn remote(text: &str, lower: &str, until: Option<usize>) -> Remote {
    let all: Vec<Remote> = addresses(text, lower).take(MOST).collect();
    // Exchange: what it tried at last, whatever else it names.
    const LAST: &str = "last endpoint attempted was ";
    if let Some(at) = lower.rfind(LAST).map(|at| at + LAST.len())
        && let Some(one) = all
            .iter()
            .find(|one| one.address.as_ref().is_some_and(|read| read.start >= at && read.start <= at + 2))
    {
        let address = one.address.as_ref().map(|read| read.value);
        let same = || all.iter().filter(|other| other.address.as_ref().map(|read| read.value) == address);
        let host = same().find_map(|other| other.host.clone());
        return Remote { host, address: one.address.clone(), port: one.port.clone() };
    }
    let stands = |one: &Remote| one.address.as_ref().map_or(0, |address| address.start);
    // Amazon SES gives the server's address beside its words.
    let named = |one: &Remote| lower.before(stands(one)).ends_with("remotemtaip\":\"");
    let tried = || all.iter().filter(|one| until.is_none_or(|until| stands(one) < until || named(one)));
    let last = tried().rfind(|one| one.host.is_some()).or_else(|| tried().next_back());
    let Some(last) = last else { return Remote::default() };
    // What one mention leaves out, another may say.
    let address = last.address.as_ref().map(|address| address.value);
    let same = || tried().filter(|one| one.address.as_ref().map(|address| address.value) == address);
    let host = last.host.clone().or_else(|| same().find_map(|one| one.host.clone()));
    let port = last.port.clone().or_else(|| same().find_map(|one| one.port.clone()));
    Remote { host, address: last.address.clone(), port }
}

fn addresses<'t>(text: &'t str, lower: &'t str) -> impl Iterator<Item = Remote> + 't {
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
    runs(text, is_part).filter_map(move |(start, end)| {
        let (value, length, port) = address_and_port(text, start, end)?;
        let host = host_before(text, start);
        let joined = text.before(start).bytes().next_back().is_some_and(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'_' | b'@')
                || (byte == b'/' && host.is_none() && !is_of_mail(lower.before(start)))
        });
        if joined || is_own(lower, start, end) {
            return None;
        }
        let stop = start + length;
        let port = match port {
            Some(value) => Some(Read { value, start: stop + 1, end: stop + 1 + digits(text, stop + 1) }),
            None => port_after(text, stop),
        };
        // Port 53 is a resolver's: not what was tried.
        if port.as_ref().is_some_and(|port| port.value == 53) {
            return None;
        }
        let host = host.or_else(|| host_after(text, port.as_ref().map_or(stop, |port| port.end)));
        Some(Remote { host, address: Some(Read { value, start, end: stop }), port })
    })
}

/// Whether an address here stands in a mail server's URL.
fn is_of_mail(before: &str) -> bool {
    before.ends("smtp://\nsmtps://\nlmtp://\ntelnet://\ntcp://")
}

fn digits(text: &str, start: usize) -> usize {
    text.after(start).bytes().take_while(u8::is_ascii_digit).count()
}

/// Whether the address is the sender's own end: `local=`, `source="`, `interface: `, or what stands before an arrow.
fn is_own(lower: &str, start: usize, end: usize) -> bool {
    const OWN: &str = "local\nlocalip\nlocal_addr\nlocal address\nsource\nsrc\ninterface\nclient\nclient host\n\
             sourceip\n\"ip\nsending_ip\nsending-ip\nsendingip\nyour ip\nthe mail server\n\
             messages from\nmail from ip\noriginating ip\ncannot find your hostname,\nremoteip_info\n\
             \"peer\ndns server\nversion\n;ip\n;oip";
    let before = lower.before(start).trim_end_matches(['=', ':', '"', '\'', ' ', '[', '(', '<']);
    let word = before.len() < start && before.ends(OWN);
    // A front end of Exchange, which stands for the sender.
    let front = lower.before(start).ends_with("{ip=") && lower.contains("on frontend");
    // Nextcloud's log: who asked for the page.
    let asked = before.ends_with("remoteaddr") && lower.contains("\"reqid\"");
    // dig(1) tells which resolver it asked.
    let resolver = lower.after(end).starts_with("#53(") || before.ends_with("#53");
    // An access log of a web server tells who asked.
    let asked = asked || lower.after(end).starts_with(" - - [");
    word || asked || resolver || front || lower.after(end).starts_with("->") || is_client(lower, start)
}

/// Whether sendmail says that the message was received from there.
fn is_client(lower: &str, start: usize) -> bool {
    let before =
        lower.before(start).trim_end_matches(['[', '(', ' ']).trim_end_matches(|c: char| is_host_char(c));
    let Some(before) = before.trim_end().strip_suffix("from") else { return false };
    before.rfind("was received at").is_some_and(|at| before.len() - at < 100)
}

fn is_host_char(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_host)
}

/// Reads `192.0.2.1:25`, `2001:db8::1`, `2001:db8::1:25` at a token: the address, its length, and the port.
fn address_and_port(text: &str, start: usize, end: usize) -> Option<(IpAddr, usize, Option<u16>)> {
    let token = text.within(start, end).trim_end_matches(['.', ':']);
    let split =
        || token.rsplit_once(':').and_then(|(address, port)| Some((address, port.parse::<u16>().ok()?)));
    if let Ok(address) = token.parse::<IpAddr>() {
        // An IPv6 address without brackets and its port can look like a longer address.
        let bracketed = text.after(end).starts_with(']');
        if let Some((shorter, port @ (25 | 465 | 587 | 2525))) = split().filter(|_| !bracketed)
            && let Ok(shorter_address) = shorter.parse::<Ipv6Addr>()
        {
            return Some((shorter_address.into(), shorter.len(), Some(port)));
        }
        return Some((address, token.len(), None));
    }
    let (address, port) = split()?;
    let value = address.parse::<std::net::Ipv4Addr>().ok()?;
    Some((value.into(), address.len(), Some(port)))
}

/// `]:25`, `] port 25`, ` : 25`, ` port: 25`, `] 25 (smtp)`.
fn port_after(text: &str, end: usize) -> Option<Read<u16>> {
    let rest = text.after(end).trim_start_matches([']', ')', '"', '}']);
    let after = rest.strip_prefix(':').or_else(|| rest.strip_prefix(" : "));
    let worded = || {
        let rest = rest.trim_start_matches([' ', ',', '}']).trim_start_matches("on ");
        rest.strip_prefix("port ").or_else(|| rest.strip_prefix("port: "))
    };
    // Netcat's own form.
    let bare = || {
        rest.strip_prefix(' ').filter(|rest| {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            length > 0 && rest.after(length).starts_with(" (")
        })
    };
    let digits = after.or_else(worded).or_else(bare)?;
    number(text, text.len() - digits.len())
}

/// The host name that stands before an address: `host[`, `host [`, `host (`, `host: `, `host/`.
fn host_before(text: &str, start: usize) -> Option<Read<String>> {
    let before = text.before(start).trim_end_matches(['[', '(', ' ', ':', '<', '/', '\'']);
    // Between name and address there may be brackets and one space, not words.
    if start - before.len() > 4 || before.len() == start {
        return None;
    }
    // `host:25 (address)`.
    let ported = before.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0));
    let before = ported.map_or(before, |(before, _)| before);
    let length = before.bytes().rev().take_while(|byte| is_host(*byte)).count();
    let from = before.len() - length;
    host(before.after(from)).map(|value| Read { value, start: from, end: before.len() })
}

/// The host name that stands after an address in brackets: `192.0.2.1:25 (host)`, and after a dash: `192.0.2.1 - host`.
fn host_after(text: &str, end: usize) -> Option<Read<String>> {
    let rest = text.after(end).strip_prefix(" (").or_else(|| text.after(end).strip_prefix(" - "))?;
    host_at(text, text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<String>, Option<String>, Option<u16>) {
        let read = remote(text, &text.to_ascii_lowercase(), None);
        let address = read.address.map(|address| address.value.to_string());
        (read.host.map(|host| host.value), address, read.port.map(|port| port.value))
    }

    #[test]
    fn every_form_of_host_address_and_port() {
        let whole = |address: &str| (Some("mx.example.org".to_owned()), Some(address.to_owned()), Some(25));
        for text in [
            "connect to mx.example.org[192.0.2.1]:25: refused",
            "mx.example.org [192.0.2.1]:25",
            "mx.example.org [192.0.2.1] 25 (smtp) : refused",
            "mx.example.org (192.0.2.1) port 25 (tcp) failed",
            "mx.example.org/192.0.2.1:25",
            "192.0.2.1:25 (mx.example.org)",
            "(192.0.2.1 : 25) of mx.example.org[192.0.2.1]",
            "at mx.example.org (192.0.2.1): the last endpoint attempted was 192.0.2.1:25'",
            "local=198.51.100.4:40112 remote=mx.example.org[192.0.2.1]:25",
            "connect to mx.example.org[192.0.2.1]:25: lookup on 127.0.0.53:53",
        ] {
            assert_eq!(read(text), whole("192.0.2.1"), "{text}");
        }
        for text in ["mx.example.org[2001:db8::1]:25: x", "2001:db8::1:25 (mx.example.org)"] {
            assert_eq!(read(text), whole("2001:db8::1"), "{text}");
        }
        assert_eq!(read("connect to [2001:db8::1:25]:465").1.as_deref(), Some("2001:db8::1:25"));
        assert_eq!(
            read("dial tcp 198.51.100.4:0->192.0.2.1:25: i/o timeout").1.as_deref(),
            Some("192.0.2.1")
        );
    }
}
