//! Who is near: the host's own addresses and its gateways, so that the sender of an ICMP message can be placed.

use super::os;
use noanswer_core::evidence::Who;
use noanswer_core::smtp::{self, ClientName};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The host's own addresses and its default gateways.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    own: BTreeSet<IpAddr>,
    gateways: BTreeSet<IpAddr>,
}

impl Neighbours {
    /// Looks at the system's interfaces and routes.
    pub fn look() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let mut gateways = ipv4_gateways(&read("/proc/net/route"));
        gateways.extend(ipv6_gateways(&read("/proc/net/ipv6_route")));
        Self { own: os::own_addresses().into_iter().collect(), gateways }
    }

    /// Who `from` is, seen from here, when `target` was connected to.
    pub(crate) fn who(&self, from: IpAddr, target: IpAddr) -> Who {
        if self.own.contains(&from) {
            Who::OwnHost
        } else if from == target {
            Who::Target
        } else if self.gateways.contains(&from) {
            Who::Gateway
        } else {
            Who::OnPath
        }
    }

    /// Whether `address` is one of the host's own.
    pub(crate) fn is_own(&self, address: IpAddr) -> bool {
        self.own.contains(&address)
    }

    /// Whether there is a default route for IPv6.
    pub(crate) fn has_ipv6_route(&self) -> bool {
        has_ipv6_default(&std::fs::read_to_string("/proc/net/ipv6_route").unwrap_or_default())
    }
}

/// The source addresses that the system would use towards the Internet, one a family. No packet is sent.
pub(crate) fn source_addresses() -> Vec<IpAddr> {
    // Addresses of the documentation ranges: any address behind the default route does.
    let toward = [
        (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))),
        (IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))),
    ];
    let source = |(any, toward)| {
        let socket = UdpSocket::bind(SocketAddr::new(any, 0)).ok()?;
        socket.connect(SocketAddr::new(toward, smtp::PORT)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    toward.into_iter().filter_map(source).collect()
}

/// The address that this machine would introduce itself with.
pub(crate) fn source_address() -> Option<ClientName> {
    source_addresses().into_iter().next().map(ClientName::Literal)
}

/// What this machine introduces itself as when nobody says otherwise: its address, which is the honest name of a host
/// whose own name is not known (RFC 5321 s4.1.3).
pub(crate) fn own_name() -> ClientName {
    ClientName::Literal(source_addresses().into_iter().next().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)))
}

/// The default gateways of `/proc/net/route`: destination and mask 0, the gateway in host order.
fn ipv4_gateways(routes: &str) -> BTreeSet<IpAddr> {
    let gateway = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (destination, gateway, mask) = (fields.get(1)?, fields.get(2)?, fields.get(7)?);
        let number = u32::from_str_radix(gateway, 16).ok()?;
        (*destination == "00000000" && *mask == "00000000" && number != 0)
            .then(|| IpAddr::V4(Ipv4Addr::from(u32::from_be(number))))
    };
    routes.lines().skip(1).filter_map(gateway).collect()
}

/// The lines of `/proc/net/ipv6_route` for `::/0` that lead somewhere.
fn ipv6_defaults(routes: &str) -> impl Iterator<Item = Vec<&str>> {
    let any = "0".repeat(32);
    routes.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(move |fields| {
        // RTF_REJECT (0x0200) marks "unreachable", which every kernel has for ::/0.
        let flags = fields.get(8).and_then(|flags| u32::from_str_radix(flags, 16).ok()).unwrap_or(0x0200);
        fields.first() == Some(&any.as_str()) && fields.get(1) == Some(&"00") && flags & 0x0200 == 0
    })
}

fn ipv6_gateways(routes: &str) -> BTreeSet<IpAddr> {
    let gateway = |fields: Vec<&str>| {
        let number = u128::from_str_radix(fields.get(4)?, 16).ok()?;
        (number != 0).then(|| IpAddr::V6(number.into()))
    };
    ipv6_defaults(routes).filter_map(gateway).collect()
}

fn has_ipv6_default(routes: &str) -> bool {
    ipv6_defaults(routes).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_kernels_routes() {
        let v4 = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                  eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
                  eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        assert_eq!(ipv4_gateways(v4), BTreeSet::from(["192.0.2.1".parse().unwrap()]));
        let any = "0".repeat(32);
        let gateway = "20010db8000000000000000000000001";
        let route = |gateway: &str, flags: &str| {
            format!("{any} 00 {any} 00 {gateway} 00000400 00000001 00000000 {flags} eth0\n")
        };
        assert_eq!(
            ipv6_gateways(&route(gateway, "00000003")),
            BTreeSet::from(["2001:db8::1".parse().unwrap()])
        );
        assert!(has_ipv6_default(&route(gateway, "00000003")));
        assert!(!has_ipv6_default(&route(&any, "00200200")), "the kernel's own unreachable route is none");
    }
}
