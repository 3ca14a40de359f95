//! Who asks, behind proxies: the right-most address that no trusted proxy has (`X-Forwarded-For`, and `Forwarded` of
//! RFC 7239).
//!
//! A proxy appends who spoke to it; what stands further left is whatever a client wrote. So the list is read from its
//! end, and only as far as the proxies are trusted.

use http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The client's address, of a connection from `peer` with `headers`.
///
/// Where both headers are there and name different clients, a proxy wrote one of them and the client the other, and
/// nobody can tell which: the proxy itself is taken then.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let named = |name: &str| -> Option<Vec<Option<IpAddr>>> {
        let lines: Vec<&str> =
            headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?")).collect();
        let split = if name == "forwarded" { forwarded } else { x_forwarded_for };
        (!lines.is_empty()).then(|| split(&lines.join(",")))
    };
    let read = |hops: Vec<Option<IpAddr>>| {
        let mut last = peer;
        for hop in hops.into_iter().rev() {
            // What cannot be read was not written by a proxy that is trusted: the one before it is the last known.
            let Some(hop) = hop else { return last };
            last = hop.to_canonical();
            if !is_trusted(last, trusted) {
                break;
            }
        }
        last
    };
    match (named("x-forwarded-for").map(read), named("forwarded").map(read)) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(one), _) | (None, Some(one)) => one,
        (None, None) => peer,
    }
}

/// Whether `address` is one of the proxies whose word counts.
pub fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

fn x_forwarded_for(value: &str) -> Vec<Option<IpAddr>> {
    value.split(',').map(|hop| node(hop.trim())).collect()
}

/// The `for` parameters of a `Forwarded` header (RFC 7239 s4), one an element.
fn forwarded(value: &str) -> Vec<Option<IpAddr>> {
    let of = |element: &str| {
        let pair = split(element, ';').into_iter().find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"').to_owned())
        });
        node(&pair?)
    };
    split(value, ',').iter().map(|element| of(element)).collect()
}

/// `text` at each `at` that stands outside of quotes.
fn split(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    for character in text.chars() {
        quoted ^= character == '"';
        match parts.last_mut() {
            Some(part) if character != at || quoted => part.push(character),
            _ => parts.push(String::new()),
        }
    }
    parts
}

/// An address, with or without a port (RFC 7239 s6); nothing for a name that hides one, or garbage.
fn node(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    text.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let trusted = ["127.0.0.1/32", "10.0.0.0/8", "2001:db8:f::/48"].map(|net| net.parse().expect(net));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a header"));
        }
        client(peer.parse().expect(peer), &map, &trusted).to_string()
    }

    #[test]
    fn the_right_most_address_that_is_not_trusted_is_the_client() {
        let xff = "x-forwarded-for";
        for (peer, headers, client) in [
            ("127.0.0.1", &[(xff, "192.0.2.1")][..], "192.0.2.1"),
            // What a client wrote itself stands further left.
            ("127.0.0.1", &[(xff, "198.51.100.9, 192.0.2.1")], "192.0.2.1"),
            ("127.0.0.1", &[(xff, "198.51.100.9"), (xff, "192.0.2.1, 10.1.2.3")], "192.0.2.1"),
            ("127.0.0.1", &[(xff, "192.0.2.1:4711")], "192.0.2.1"),
            ("127.0.0.1", &[(xff, "garbage, 10.0.0.7")], "10.0.0.7"),
            ("127.0.0.1", &[(xff, "192.0.2.1, garbage")], "127.0.0.1"),
            ("::ffff:127.0.0.1", &[(xff, "192.0.2.1")], "192.0.2.1"),
            // Nobody else is believed.
            ("192.0.2.77", &[(xff, "192.0.2.1"), ("forwarded", "for=192.0.2.1")], "192.0.2.77"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &[("forwarded", "for=192.0.2.1;proto=https;by=10.0.0.1")], "192.0.2.1"),
            ("127.0.0.1", &[("forwarded", "for=198.51.100.9, For=\"[2001:db8::1]:4711\"")], "2001:db8::1"),
            ("127.0.0.1", &[("forwarded", "for=\"a,b;c\", for=_hidden")], "127.0.0.1"),
            ("127.0.0.1", &[("forwarded", "for=192.0.2.1"), (xff, "192.0.2.1")], "192.0.2.1"),
            // One of the two is the client's own invention.
            ("127.0.0.1", &[("forwarded", "for=198.51.100.9"), (xff, "192.0.2.1")], "127.0.0.1"),
            ("2001:db8:f::1", &[(xff, "2001:db8::5, 2001:db8:f::2")], "2001:db8::5"),
        ] {
            assert_eq!(of(peer, headers), client, "{peer} {headers:?}");
        }
    }
}
