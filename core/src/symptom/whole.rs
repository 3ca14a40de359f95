//! A text that is no failure but the name of something: a code, a mail address, a domain, a host, a URL.

use super::tokens;
use crate::smtp::registry::{self, Entry};
use serde::Serialize;
use std::net::IpAddr;

/// What a text is as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whole {
    /// A code or a number of the registry: `4.4.1`, `441`, `10060`, `0x800CCC0E`.
    Code(Entry),
    /// A domain or a host, as it was written or taken from an address or a URL.
    Domain(String),
    /// An IP address: mail goes to domains, whose exchanges are what can be checked.
    Address(IpAddr),
}

/// The longest text that is looked at, in bytes: a URL.
const LONGEST: usize = 2_000;

/// `text` as the name of one thing; `None` where it is more than that, or none.
pub fn whole(text: &str) -> Option<Whole> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    if let Some(entry) = registry::lookup(text) {
        return Some(Whole::Code(entry));
    }
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let text = text.trim_start_matches('<').trim_end_matches('>');
    if text.contains(char::is_whitespace) {
        return None;
    }
    let place =
        text.split_once("://").map_or(text, |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
    // `[192.0.2.1]:25`, `192.0.2.1:25`, `2001:db8::1`.
    let bare = host.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or(host);
    let ported = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let name = ported.map_or(host, |(name, _)| name);
    if let Ok(address) = bare.parse().or_else(|_| name.parse()) {
        return Some(Whole::Address(address));
    }
    let name = name.trim_end_matches('.');
    if name.is_ascii() {
        return tokens::host(name).filter(|host| host.len() == name.len()).map(Whole::Domain);
    }
    // Names in other scripts are left as they are: whoever looks them up makes A-labels of them.
    let labels = name
        .split('.')
        .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'));
    (labels && name.contains('.')).then(|| Whole::Domain(name.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_alone_is_understood() {
        let code = |text: &str| match whole(text) {
            Some(Whole::Code(entry)) => entry.title.to_owned(),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(code(" 4.4.1\n"), "No answer from host");
        assert_eq!(code("10060"), code("0x8007274C"));
        assert_eq!(code("0x800ccc0e"), "Cannot connect to the server");
        for text in [
            "example.org",
            "Example.ORG.",
            "user@example.org",
            "<user@example.org>",
            "mailto:user@example.org",
            "https://example.org/contact?x#y",
            "smtp://user@example.org:587",
            "example.org:25",
        ] {
            assert_eq!(whole(text), Some(Whole::Domain("example.org".to_owned())), "{text}");
        }
        assert_eq!(whole("bücher.example"), Some(Whole::Domain("bücher.example".to_owned())));
        for text in
            ["192.0.2.1", "[192.0.2.1]", "192.0.2.1:25", "2001:db8::1", "[2001:db8::1]:25", "u@[192.0.2.1]"]
        {
            assert!(matches!(whole(text), Some(Whole::Address(_))), "{text}");
        }
        for text in ["", "timeout", "550 5.1.1 User unknown", "connect to mx.example.org: refused", "a..b"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }
}
