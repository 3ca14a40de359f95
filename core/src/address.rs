//! IP addresses: their family, and whether the public Internet can reach them at all.

mod network;
mod special;

pub use network::{client_network, target_network};
pub use special::{Block, SpecialUse};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address family. Every judgement is made per family first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// IPv4 (RFC 791).
    Ipv4,
    /// IPv6 (RFC 8200).
    Ipv6,
}

impl Family {
    /// Both families, IPv4 first.
    pub const ALL: [Self; 2] = [Self::Ipv4, Self::Ipv6];

    /// The family of `address` as it stands: a v4-mapped IPv6 address is IPv6.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Ipv4,
            IpAddr::V6(_) => Self::Ipv6,
        }
    }

    /// `IPv4` or `IPv6`, as people write it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
        }
    }
}

/// Whether a probe may connect to an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reachability {
    /// Globally reachable, as far as the registries say.
    Public,
    /// Not globally reachable, but let through by `--allow-net`: a test network.
    Allowed,
    /// Set aside for a special use: no public mail can arrive there, and no probe goes there.
    Special(SpecialUse),
}

impl Reachability {
    /// Whether a probe may connect.
    pub fn may_connect(&self) -> bool {
        matches!(self, Self::Public | Self::Allowed)
    }
}

/// Which addresses a probe may connect to. The default: only globally reachable ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    /// Ranges that are let through although they are not globally reachable.
    pub allow: Vec<IpNet>,
}

impl AddressPolicy {
    /// The default with exceptions for `allow`.
    pub fn allowing(allow: impl IntoIterator<Item = IpNet>) -> Self {
        Self { allow: allow.into_iter().collect() }
    }

    /// Judges an address. Pure: the same address always gets the same judgement, whatever DNS says later.
    ///
    /// An IPv6 form that carries an IPv4 address and is let through by `allow` must carry one that may be connected to
    /// itself: `--allow-net 64:ff9b::/96` opens a NAT64, not what lies behind it.
    pub fn judge(&self, address: IpAddr) -> Reachability {
        let Some(block) = special::block_of(address) else {
            return Reachability::Public;
        };
        if !self.allow.iter().any(|net| net.contains(&address)) {
            return Reachability::Special(block.special_use());
        }
        match embedded_ipv4(address).map(|inner| self.judge(inner.into())) {
            Some(Reachability::Special(inner)) => Reachability::Special(inner),
            _ => Reachability::Allowed,
        }
    }
}

/// The IPv4 address that an IPv6 address leads to: v4-mapped, v4-compatible, NAT64, 6to4 or Teredo.
fn embedded_ipv4(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else {
        return None;
    };
    let low = |address: Ipv6Addr| Ipv4Addr::from(u128::from(address) as u32);
    match address.segments() {
        // ::1 and :: carry none.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        // ::/96 (RFC 4291 s2.5.5.1), ::ffff:0:0/96 (s2.5.5.2), ::ffff:0:0:0/96 (RFC 2765 s2.1)
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => Some(low(address)),
        // RFC 6052 s2.1; RFC 8215 with a /96 of its /48, the form in use
        [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0x64, 0xff9b, 1, ..] => Some(low(address)),
        // RFC 3056 s2
        [0x2002, high, low, ..] => Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))),
        // RFC 4380 s4: the client's address, every bit flipped
        [0x2001, 0, ..] => Some(Ipv4Addr::from(!(u128::from(address) as u32))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(policy: &AddressPolicy, address: &str) -> String {
        match policy.judge(address.parse().expect(address)) {
            Reachability::Public => "public".to_owned(),
            Reachability::Allowed => "allowed".to_owned(),
            Reachability::Special(special) => special.to_string(),
        }
    }

    #[test]
    fn every_special_form_is_refused() {
        for (address, verdict) in [
            ("8.8.8.8", "public"),
            ("0.0.0.0", "this-network"),
            ("0.1.2.3", "this-network"),
            ("9.255.255.255", "public"),
            ("10.0.0.0", "private-use"),
            ("10.255.255.255", "private-use"),
            ("11.0.0.0", "public"),
            ("100.63.255.255", "public"),
            ("100.64.0.1", "shared-address-space"),
            ("100.128.0.0", "public"),
            ("127.0.0.53", "loopback"),
            ("169.254.169.254", "link-local"),
            ("172.15.255.255", "public"),
            ("172.31.255.255", "private-use"),
            ("172.32.0.0", "public"),
            ("192.0.0.9", "ietf-protocol-assignments"),
            ("192.0.2.1", "documentation"),
            ("192.88.99.1", "6to4-relay-anycast"),
            ("192.168.1.1", "private-use"),
            ("198.17.255.255", "public"),
            ("198.19.0.1", "benchmarking"),
            ("198.51.100.10", "documentation"),
            ("203.0.113.1", "documentation"),
            ("224.0.0.251", "multicast"),
            ("240.0.0.1", "reserved"),
            ("255.255.255.255", "limited-broadcast"),
            ("2600::1", "public"),
            ("2a00:1450::1", "public"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::2", "ipv4-compatible"),
            ("::8.8.8.8", "ipv4-compatible"),
            ("::ffff:8.8.8.8", "ipv4-mapped"),
            ("::ffff:127.0.0.1", "ipv4-mapped"),
            ("::ffff:0:8.8.8.8", "ipv4-translated"),
            ("64:ff9b::808:808", "nat64"),
            ("64:ff9b:1::a00:1", "nat64-local-use"),
            ("100::1", "discard-only"),
            ("2001::1", "teredo"),
            ("2001:2::1", "benchmarking"),
            ("2001:10::1", "orchid"),
            ("2001:20::1", "orchid"),
            ("2001:1::1", "ietf-protocol-assignments"),
            ("2001:200::1", "public"),
            ("2001:db8::10", "documentation"),
            ("2002:808:808::1", "6to4"),
            ("3fff:1000::1", "public"),
            ("3fff:fff::1", "documentation"),
            ("5f00::1", "srv6-sids"),
            ("4000::1", "not-allocated"),
            ("fc00::1", "unique-local"),
            ("fd12::1", "unique-local"),
            ("fe80::1", "link-local"),
            ("fec0::1", "site-local"),
            ("ff02::1", "multicast"),
        ] {
            assert_eq!(judged(&AddressPolicy::default(), address), verdict, "{address}");
        }
    }

    #[test]
    fn exceptions_let_through_what_they_name_and_nothing_behind_it() {
        let nets = ["10.1.0.0/16", "64:ff9b::/96", "::ffff:0:0/96", "2002::/16", "2001::/32"];
        let policy = AddressPolicy::allowing(nets.map(|net| net.parse().expect(net)));
        for (address, verdict) in [
            ("10.1.2.3", "allowed"),
            ("10.2.2.3", "private-use"),
            ("8.8.8.8", "public"),
            ("64:ff9b::808:808", "allowed"),
            ("64:ff9b::a01:203", "allowed"),
            ("64:ff9b::7f00:1", "loopback"),
            ("::ffff:192.168.0.1", "private-use"),
            ("2002:a9fe:a9fe::1", "link-local"),
            ("2001:0:808:808::80ff:fffe", "loopback"),
            ("2001:0:808:808::f7f7:f7f7", "allowed"),
        ] {
            assert_eq!(judged(&policy, address), verdict, "{address}");
        }
    }

    #[test]
    fn wire_form() {
        let json = |address: &str| {
            serde_json::to_string(&AddressPolicy::default().judge(address.parse().expect(address)))
                .expect("json")
        };
        assert_eq!(json("8.8.8.8"), r#""public""#);
        assert_eq!(json("10.0.0.1"), r#"{"special":"private-use"}"#);
        let unknown = r#"{"special":"from-the-future"}"#;
        let read: Reachability = serde_json::from_str(unknown).expect("an unknown use survives");
        assert_eq!(serde_json::to_string(&read).expect("json"), unknown);
        assert!(!read.may_connect());
    }
}
