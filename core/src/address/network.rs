//! The network that an address stands for, where requests are counted.

use std::net::{IpAddr, Ipv6Addr};

/// Whom a client's address stands for: an IPv6 client has a whole /64 (RFC 4291 s2.5.4).
pub fn client_network(client: IpAddr) -> IpAddr {
    // A socket on [::] shows IPv4 clients as ::ffff:a.b.c.d: they must not share one network.
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 64 << 64)),
    }
}

/// The network that a target stands in: /24 and /48, as networks are commonly routed.
pub fn target_network(target: IpAddr) -> IpAddr {
    match target {
        IpAddr::V4(address) => IpAddr::V4((u32::from(address) >> 8 << 8).into()),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 80 << 80)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_told_apart_by_address_or_by_their_64() {
        let network = |text: &str| client_network(text.parse().unwrap());
        assert_ne!(network("::ffff:192.0.2.1"), network("::ffff:192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_eq!(network("2001:db8::1"), network("2001:db8::2"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
    }

    #[test]
    fn targets_are_counted_by_network() {
        let network = |text: &str| target_network(text.parse().unwrap());
        assert_eq!(network("198.51.100.7"), network("198.51.100.200"));
        assert_ne!(network("198.51.100.7"), network("198.51.101.7"));
        assert_eq!(network("2001:db8:1:2::3"), network("2001:db8:1:ffff::3"));
    }
}
