//! Who lives where. Every lab has the same addresses: namespaces keep them apart.
//!
//! Network `n` is 198.18.n.0/24 (RFC 2544) and 2001:db8:n::/64 (RFC 3849), where numbers
//! are hexadecimal: host 10 of network 40 is 198.18.40.10 and 2001:db8:28::a.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Host `host` of network `net`, in both families.
pub const fn at(net: u8, host: u8) -> [IpAddr; 2] {
    [
        IpAddr::V4(Ipv4Addr::new(198, 18, net, host)),
        IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, net as u16, 0, 0, 0, 0, host as u16)),
    ]
}

/// Between the router and the sender's gateway.
pub const UPLINK: u8 = 0;
/// Behind the sender's gateway.
pub const OFFICE: u8 = 1;
/// The first region; the others follow.
pub const REGION: u8 = 11;
/// The AS of the first region; the others follow. Whatever looks from one region is one source.
pub const REGION_ASN: u32 = 64_511;
/// Between the router and the control hosts.
pub const CONTROLS: u8 = 20;
/// The networks of the operators of control hosts; the last one's port 25 is closed.
pub const OPERATORS: [(&str, u8); 4] = [("alpha", 21), ("beta", 22), ("gamma", 23), ("closed", 24)];
/// The resolvers.
pub const DNS: u8 = 30;
/// The recipient.
pub const TARGET: u8 = 40;

/// The host number of a control host.
pub const CONTROL_HOST: u8 = 10;
/// The host numbers of the two DoH servers and of the sender's own resolver.
pub const DOH: [u8; 2] = [2, 3];
/// The sender's own resolver.
pub const RESOLVER: u8 = 53;
/// The recipient's exchanges: `mx1`, `mx2`.
pub const EXCHANGES: [u8; 2] = [10, 11];

/// The domain that mail is for.
pub const DOMAIN: &str = "recipient.test";
/// Where the vantages listen.
pub const VANTAGE_PORT: u16 = 4410;
/// What `--allow-net` must name.
pub const NETS: [&str; 2] = ["198.18.0.0/15", "2001:db8::/32"];
