//! The IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190): complete as of 2025-10-09.
//!
//! A mail exchange is a unicast host that anyone can reach, so the table is stricter than the registries' column
//! "Globally Reachable": the protocol anycast addresses within `192.0.0.0/24` and `2001::/23` lead to the nearest router,
//! perhaps the vantage's own, and the forms that carry an IPv4 address lead into whatever network translates them.
//! The AS112 and AMT blocks are globally reachable and stay out of the table. Multicast, the deprecated IPv6 forms and
//! what lies outside of `2000::/3` (the only IPv6 unicast space that IANA allocates from) are added.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One row: a range that no public mail exchange can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first address.
    pub first: IpAddr,
    /// How many leading bits make the range.
    pub prefix: u8,
    /// The use as it stands in reports.
    pub slug: &'static str,
    /// The name in the registry.
    pub name: &'static str,
    /// The document that set it aside.
    pub reference: &'static str,
}

impl Block {
    /// The use that this range is set aside for.
    pub const fn special_use(&self) -> SpecialUse {
        SpecialUse(Cow::Borrowed(self.slug))
    }

    fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let differing = u32::from(first) ^ u32::from(address);
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let differing = u128::from(first) ^ u128::from(address);
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            _ => false,
        }
    }
}

/// The special use of an address, such as `private-use`. One that a newer noanswer knows survives reading and writing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct SpecialUse(Cow<'static, str>);

impl SpecialUse {
    /// The first row of the table with this use: its name and reference; `None` when the use is unknown here.
    pub fn block(&self) -> Option<&'static Block> {
        BLOCKS.iter().find(|block| block.slug == self.0)
    }
}

impl fmt::Display for SpecialUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The narrowest row that holds `address`; `None` when it is globally reachable unicast.
pub(super) fn block_of(address: IpAddr) -> Option<&'static Block> {
    let row = BLOCKS.iter().filter(|block| block.contains(address)).max_by_key(|block| block.prefix)?;
    // 2000::/3 is what the widest row, all of IPv6, leaves out.
    let allocated = matches!(address, IpAddr::V6(address) if address.segments()[0] >> 13 == 1);
    (row.prefix > 0 || !allocated).then_some(row)
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8, row: [&'static str; 3]) -> Block {
    let [slug, name, reference] = row;
    Block { first: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix, slug, name, reference }
}

const fn v6(s: [u16; 8], prefix: u8, row: [&'static str; 3]) -> Block {
    let [slug, name, reference] = row;
    let first = IpAddr::V6(Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]));
    Block { first, prefix, slug, name, reference }
}

#[rustfmt::skip]
const BLOCKS: &[Block] = &[
    v4(0, 0, 0, 0, 8,        ["this-network", "\"This network\"", "RFC 791 s3.2"]),
    v4(10, 0, 0, 0, 8,       ["private-use", "Private-Use", "RFC 1918"]),
    v4(100, 64, 0, 0, 10,    ["shared-address-space", "Shared Address Space", "RFC 6598"]),
    v4(127, 0, 0, 0, 8,      ["loopback", "Loopback", "RFC 1122 s3.2.1.3"]),
    v4(169, 254, 0, 0, 16,   ["link-local", "Link Local", "RFC 3927"]),
    v4(172, 16, 0, 0, 12,    ["private-use", "Private-Use", "RFC 1918"]),
    v4(192, 0, 0, 0, 24,     ["ietf-protocol-assignments", "IETF Protocol Assignments", "RFC 6890 s2.1"]),
    v4(192, 0, 2, 0, 24,     ["documentation", "Documentation (TEST-NET-1)", "RFC 5737"]),
    v4(192, 88, 99, 0, 24,   ["6to4-relay-anycast", "Deprecated (6to4 Relay Anycast)", "RFC 7526"]),
    v4(192, 168, 0, 0, 16,   ["private-use", "Private-Use", "RFC 1918"]),
    v4(198, 18, 0, 0, 15,    ["benchmarking", "Benchmarking", "RFC 2544"]),
    v4(198, 51, 100, 0, 24,  ["documentation", "Documentation (TEST-NET-2)", "RFC 5737"]),
    v4(203, 0, 113, 0, 24,   ["documentation", "Documentation (TEST-NET-3)", "RFC 5737"]),
    v4(224, 0, 0, 0, 4,      ["multicast", "Multicast", "RFC 5771"]),
    v4(240, 0, 0, 0, 4,      ["reserved", "Reserved", "RFC 1112 s4"]),
    v4(255, 255, 255, 255, 32, ["limited-broadcast", "Limited Broadcast", "RFC 8190"]),

    v6([0; 8], 0,                               ["not-allocated", "Reserved by IETF", "RFC 4291 s2.4"]),
    v6([0; 8], 128,                             ["unspecified", "Unspecified Address", "RFC 4291 s2.5.2"]),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128,           ["loopback", "Loopback Address", "RFC 4291 s2.5.3"]),
    v6([0; 8], 96,                              ["ipv4-compatible", "IPv4-Compatible Address, deprecated", "RFC 4291 s2.5.5.1"]),
    v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96,       ["ipv4-mapped", "IPv4-mapped Address", "RFC 4291 s2.5.5.2"]),
    v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96,       ["ipv4-translated", "IPv4-translated Address", "RFC 2765 s2.1"]),
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96,    ["nat64", "IPv4-IPv6 Translation", "RFC 6052"]),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48,    ["nat64-local-use", "IPv4-IPv6 Translation, local use", "RFC 8215"]),
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64,        ["discard-only", "Discard-Only Address Block", "RFC 6666"]),
    v6([0x100, 0, 0, 1, 0, 0, 0, 0], 64,        ["dummy-prefix", "Dummy IPv6 Prefix", "RFC 9780"]),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23,       ["ietf-protocol-assignments", "IETF Protocol Assignments", "RFC 2928"]),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32,       ["teredo", "TEREDO", "RFC 4380"]),
    v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48,       ["benchmarking", "Benchmarking", "RFC 5180"]),
    v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28,    ["orchid", "Deprecated (previously ORCHID)", "RFC 4843"]),
    v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28,    ["orchid", "ORCHIDv2", "RFC 7343"]),
    v6([0x2001, 0x30, 0, 0, 0, 0, 0, 0], 28,    ["drone-remote-id", "Drone Remote ID Protocol Entity Tags (DETs) Prefix", "RFC 9374"]),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32,   ["documentation", "Documentation", "RFC 3849"]),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16,       ["6to4", "6to4", "RFC 3056"]),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20,       ["documentation", "Documentation", "RFC 9637"]),
    v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16,       ["srv6-sids", "Segment Routing (SRv6) SIDs", "RFC 9602"]),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7,        ["unique-local", "Unique-Local", "RFC 4193"]),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10,       ["link-local", "Link-Local Unicast", "RFC 4291 s2.5.6"]),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10,       ["site-local", "Site-Local Unicast, deprecated", "RFC 3879"]),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8,        ["multicast", "Multicast", "RFC 4291 s2.7"]),
];
