//! The port that was tried, where it does not stand at an address.

use super::read::Read;
use crate::cut::Cut as _;
use crate::order;
use crate::symptom::marks::Marks;

/// How many mentions of a host are looked at.
const MOST: usize = 20;

/// The port right after a mention of the host: `host:25`, `host port 25`, `host, port: 25`.
pub(in crate::symptom) fn port_of_host(text: &str, lower: &str, host: &Read<String>) -> Option<Read<u16>> {
    // A web page's link names the port of that page.
    let linked =
        |at: &usize| lower.before(*at).ends_with("http://") || lower.before(*at).ends_with("https://");
    let mentions = lower.match_indices(host.value.as_str()).filter(|(at, _)| !linked(at));
    let mentions = mentions.map(|(at, name)| at + name.len()).take(MOST);
    mentions.into_iter().find_map(|end| port_after(text, end))
}

fn port_after(text: &str, end: usize) -> Option<Read<u16>> {
    let rest = text.after(end).trim_start_matches(['.', '"', '\'']);
    // An address that was made unreadable, or Zone's `[domain->MX]`: `host[X.X.X.X]:25`.
    let bracket = rest.find(']').filter(|at| *at < 48 && rest.starts_with(['[', '-']));
    let rest = bracket.map_or(rest, |at| rest.after(at)).trim_start_matches([']', ')']);
    let digits = rest.strip_prefix([':', '/']).unwrap_or_else(|| {
        let listed = rest.strip_prefix(", ").unwrap_or("");
        let rest = rest.trim_start_matches([',', ' ']);
        rest.strip_prefix("port").map_or(listed, |rest| rest.trim_start_matches([':', ' ']))
    });
    // In a list of arguments (`host, 25`) the number alone tells: those of mail.
    let is_list = rest.starts_with(", ") && rest.after(2).starts_with(|c: char| c.is_ascii_digit());
    let is_group = |rest: &str| {
        let next = rest.strip_prefix(':').and_then(|rest| rest.bytes().next());
        next.is_some_and(|byte| byte == b':' || byte.is_ascii_hexdigit())
    };
    number(text, text.len() - digits.len())
        // `host/2001:db8::1`.
        .filter(|port| !rest.starts_with('/') || !is_group(text.after(port.end)))
        .filter(|port| !is_list || matches!(port.value, 25 | 465 | 587 | 2525))
}

/// The port that some other word names: `on port 25`, `RemotePort : 25`, `"port": 25`, in the languages of telnet.
pub(in crate::symptom) fn named_port(text: &str, lower: &str) -> Option<Read<u16>> {
    const WORDS: &[&str] = &["port", "puerto", "porta", "ポート", "端口", "poort", "орт", "dial tcp"];
    static MARKS: Marks = Marks::new();
    let mut marks = MARKS.find(WORDS.iter().copied(), lower);
    order::sort_by_key(&mut marks, |mark| mark.start);
    marks.into_iter().find_map(|mark| {
        let before = lower.before(mark.start);
        // `report`, `support`, `transport`; `localPort`, `source port`.
        let whole = !before.ends_with(|c: char| c.is_ascii_alphabetic()) || before.ends_with("remote");
        let own = [
            "local",
            "local ",
            "source",
            "source ",
            "src",
            "src ",
            "listening on ",
            "listen on ",
            "running on ",
            "started on ",
            "listening at ",
        ]
        .iter()
        .any(|own| before.ends_with(own));
        if !whole || own {
            return None;
        }
        let rest = text.after(mark.end);
        // JavaMail: `host, port: localhost, 25`.
        let listed = rest
            .strip_prefix(": ")
            .filter(|_| before.ends_with("host, "))
            .and_then(|rest| rest.split_once(", "));
        if let Some((host, after)) = listed.filter(|(host, _)| host.bytes().all(super::host::is_host)) {
            let at = mark.end + 2 + host.len() + 2;
            return number(text, at).filter(|_| after.starts_with(|c: char| c.is_ascii_digit()));
        }
        let digits = rest.trim_start_matches([' ', ':', '=', '"', '\'', '#', '\t']);
        if digits.len() == rest.len() || rest.len() - digits.len() > 24 {
            return None;
        }
        number(text, text.len() - digits.len()).filter(|port| !works(lower.after(port.end)))
    })
}

/// Whether the words after a port say that it is none that failed: `port 25 works`.
fn works(rest: &str) -> bool {
    rest.trim_start().begins("work\nis open\nis fine\nfunktioniert\nfonctionne\nfunciona")
}

/// The port of what Go dialled, whatever stands for the host: `dial tcp IP_ADDR:25: connect: …`.
pub(in crate::symptom) fn dialled_port(text: &str, lower: &str) -> Option<Read<u16>> {
    let word = lower.find("dial tcp ")? + "dial tcp ".len();
    let end = word + lower.after(word).find(": ")?;
    let colon = lower.within(word, end).rfind(':').filter(|_| !lower.within(word, end).contains(' '))?;
    number(text, word + colon + 1).filter(|port| port.end == end)
}

/// A port number at `start`: one to five digits, and nothing that makes them another number.
pub(super) fn number(text: &str, start: usize) -> Option<Read<u16>> {
    let rest = text.after(start);
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let value = rest.before(length).parse().ok().filter(|port| *port > 0)?;
    let after = &rest.as_bytes()[length..];
    // A word, or an address.
    let more = matches!(after, [b'%' | b'A'..=b'Z' | b'a'..=b'z', ..] | [b'.', b'0'..=b'9', ..]);
    (!more).then_some(Read { value, start, end: start + length })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_told_from_other_numbers() {
        let named = |text: &str| named_port(text, &text.to_ascii_lowercase()).map(|port| port.value);
        assert_eq!(named("SourcePort: 40112, RemotePort : 25"), Some(25));
        assert_eq!(named("see the report 441, on port 25 all"), Some(25));
        assert_eq!(named("Verbindung zum Host auf Port 25: Verbinden"), Some(25));
        assert_eq!(named("transport 25"), None);
        assert_eq!(named("host, port: 192.0.2.7, 25"), Some(25));
        assert_eq!(named("port25"), None);
        let after = |text: &str| port_after(text, 14).map(|port| port.value);
        assert_eq!(after("mx.example.org:25:"), Some(25));
        assert_eq!(after("mx.example.org, port: 587; nested"), Some(587));
        assert_eq!(after("mx.example.org: 25 tries"), None);
        assert_eq!(after("mx.example.org 250"), None);
    }
}
