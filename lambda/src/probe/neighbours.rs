//! Who is near: the host's own addresses and its gateways, so that the sender of an ICMP message can be placed.

use super::os;
use super::sources::Sources;
use noanswer_core::evidence::Who;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// The host's own addresses and its default gateways.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    own: BTreeSet<IpAddr>,
    gateways: BTreeSet<IpAddr>,
    /// Which of the own addresses connections are made from.
    pub(super) sources: Sources,
}

impl Neighbours {
    /// Looks at the system's interfaces and routes; connections are made from `sources`.
    pub(super) fn look(sources: Sources) -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let mut gateways = ipv4_gateways(&read("/proc/net/route"));
        gateways.extend(ipv6_gateways(&read("/proc/net/ipv6_route")));
        Self { own: os::own_addresses().into_iter().collect(), gateways, sources }
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
