//! Linux: the socket's error queue (ip(7), IP_RECVERR) and the routing table (rtnetlink(7)). Neither needs privileges.

use super::IcmpMessage;
use netlink_packet_core::{
    DecodeError, Emitable, NLM_F_REQUEST, NetlinkDeserializable, NetlinkHeader, NetlinkMessage,
    NetlinkPayload, NetlinkSerializable, Parseable,
};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::route::{RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteType};
use netlink_sys::{Socket as NetlinkSocket, SocketAddr as Kernel, protocols::NETLINK_ROUTE};
use nix::libc;
use nix::net::if_::{InterfaceFlags, if_nametoindex};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt};
use noanswer_core::evidence::{IcmpSeen, Ipv6Route, RouteKind};
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

/// Has the kernel keep ICMP messages for the socket (ip(7), IP_RECVERR). It makes them fatal at once, too.
pub(crate) fn keep_icmp(socket: &impl AsFd, address: SocketAddr) -> io::Result<()> {
    set_error_queue(socket, address, true)
}

/// Has ICMP messages be hints again, as they are to a mail server's established connection (RFC 1122 s4.2.3.9).
pub(crate) fn icmp_as_hint(stream: &impl AsFd, address: SocketAddr) -> io::Result<()> {
    set_error_queue(stream, address, false)
}

fn set_error_queue(socket: &impl AsFd, address: SocketAddr, on: bool) -> io::Result<()> {
    match address {
        SocketAddr::V4(_) => setsockopt(socket, sockopt::Ipv4RecvErr, &on)?,
        SocketAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvErr, &on)?,
    }
    Ok(())
}

/// The first ICMP message in the socket's error queue.
pub(crate) fn icmp_message(socket: &impl AsRawFd) -> Option<IcmpMessage> {
    let mut data = [0_u8; 512];
    let mut parts = [IoSliceMut::new(&mut data)];
    let mut space = vec![0_u8; 512];
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let message = recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, Some(&mut space), flags).ok()?;
    message.cmsgs().ok()?.find_map(|control| match control {
        ControlMessageOwned::Ipv4RecvErr(error, from) if error.ee_origin == libc::SO_EE_ORIGIN_ICMP => {
            Some(IcmpMessage {
                icmp: IcmpSeen { kind: error.ee_type, code: error.ee_code },
                from: from.map(|from| IpAddr::V4(u32::from_be(from.sin_addr.s_addr).into())),
            })
        }
        ControlMessageOwned::Ipv6RecvErr(error, from) if error.ee_origin == libc::SO_EE_ORIGIN_ICMP6 => {
            Some(IcmpMessage {
                icmp: IcmpSeen { kind: error.ee_type, code: error.ee_code },
                from: from.map(|from| IpAddr::V6(from.sin6_addr.s6_addr.into())),
            })
        }
        _ => None,
    })
}

/// The route that the kernel would take to `address` now, policy rules included (`ip route get`).
pub(crate) fn route_to(address: IpAddr) -> RouteKind {
    match ask_kernel(address) {
        Ok(route) => kind_of(&route),
        Err(error) => match error.raw_os_error() {
            // What rtnetlink(7) answers is what connect(2) would fail with.
            Some(libc::EINVAL) => RouteKind::Blackhole,
            Some(libc::EACCES) => RouteKind::Prohibit,
            Some(libc::EHOSTUNREACH) => RouteKind::Unreachable,
            Some(libc::ENETUNREACH) => RouteKind::None,
            _ => RouteKind::NotAvailable,
        },
    }
}

fn kind_of(route: &RouteMessage) -> RouteKind {
    let by_gateway = route
        .attributes
        .iter()
        .any(|attribute| matches!(attribute, RouteAttribute::Gateway(_) | RouteAttribute::Via(_)));
    match route.header.kind {
        RouteType::Local => RouteKind::Local,
        RouteType::BlackHole => RouteKind::Blackhole,
        RouteType::Prohibit => RouteKind::Prohibit,
        RouteType::Unreachable => RouteKind::Unreachable,
        RouteType::Unicast | RouteType::Anycast if by_gateway => RouteKind::Unicast,
        RouteType::Unicast | RouteType::Anycast => on_link_or_tunnel(route),
        _ => RouteKind::NotAvailable,
    }
}

/// A route without a gateway leads to a neighbour, or through a tunnel, whose far end is the gateway. A tunnel has no
/// link-layer address to ask a neighbour for (IFF_NOARP, netdevice(7)).
fn on_link_or_tunnel(route: &RouteMessage) -> RouteKind {
    let interface = route.attributes.iter().find_map(|attribute| match attribute {
        RouteAttribute::Oif(index) => Some(*index),
        _ => None,
    });
    let without_neighbours = interface.is_some_and(has_no_neighbours);
    if without_neighbours { RouteKind::Unicast } else { RouteKind::OnLink }
}

/// Whether the interface with this index is marked IFF_NOARP.
fn has_no_neighbours(index: u32) -> bool {
    nix::ifaddrs::getifaddrs().into_iter().flatten().any(|interface| {
        interface.flags.contains(InterfaceFlags::IFF_NOARP)
            && if_nametoindex(interface.interface_name.as_str()).is_ok_and(|one| one == index)
    })
}

/// A message about one route. The library's own type for it would link every kind of message that rtnetlink has, 300 kB.
struct Route(RouteMessage);

impl NetlinkSerializable for Route {
    fn message_type(&self) -> u16 {
        libc::RTM_GETROUTE
    }

    fn buffer_len(&self) -> usize {
        self.0.buffer_len()
    }

    fn serialize(&self, buffer: &mut [u8]) {
        self.0.emit(buffer);
    }
}

impl NetlinkDeserializable for Route {
    type Error = DecodeError;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> Result<Self, DecodeError> {
        match header.message_type {
            libc::RTM_NEWROUTE => RouteMessage::parse(payload).map(Self),
            _ => Err(DecodeError::from("no route")),
        }
    }
}

fn ask_kernel(address: IpAddr) -> io::Result<RouteMessage> {
    let (family, length) = match address {
        IpAddr::V4(_) => (AddressFamily::Inet, 32),
        IpAddr::V6(_) => (AddressFamily::Inet6, 128),
    };
    let mut route = RouteMessage::default();
    route.header =
        RouteHeader { address_family: family, destination_prefix_length: length, ..Default::default() };
    route.attributes.push(RouteAttribute::Destination(RouteAddress::from(address)));
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST;
    let mut request = NetlinkMessage::new(header, NetlinkPayload::InnerMessage(Route(route)));
    request.finalize();
    let mut bytes = vec![0; request.buffer_len()];
    request.serialize(&mut bytes);
    let mut socket = NetlinkSocket::new(NETLINK_ROUTE)?;
    socket.bind_auto()?;
    socket.connect(&Kernel::new(0, 0))?;
    socket.send(&bytes, 0)?;
    // The kernel answers within the call that sent the request: nothing is waited for.
    let (reply, _) = socket.recv_from_full()?;
    let reply = NetlinkMessage::<Route>::deserialize(&reply)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
    match reply.payload {
        NetlinkPayload::InnerMessage(Route(route)) => Ok(route),
        NetlinkPayload::Error(error) => Err(error.to_io()),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// The default gateways.
pub(crate) fn gateways() -> Vec<IpAddr> {
    let mut gateways = ipv4_gateways(&read("/proc/net/route"));
    gateways.extend(ipv6_gateways(&read("/proc/net/ipv6_route")));
    gateways
}

/// Whether there is a default route for IPv6.
pub(crate) fn ipv6_route() -> Ipv6Route {
    if has_ipv6_default(&read("/proc/net/ipv6_route")) { Ipv6Route::Present } else { Ipv6Route::Absent }
}

/// The firmware's words for the machine (DMI): clouds write their name there.
pub(crate) fn firmware() -> String {
    let field = |field| read(&format!("/sys/class/dmi/id/{field}"));
    ["sys_vendor", "board_vendor", "bios_vendor", "product_name", "chassis_asset_tag"].map(field).join(" ")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The default gateways of `/proc/net/route`: destination and mask 0, the gateway in host order.
fn ipv4_gateways(routes: &str) -> Vec<IpAddr> {
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

fn ipv6_gateways(routes: &str) -> Vec<IpAddr> {
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
        assert_eq!(ipv4_gateways(v4), ["192.0.2.1".parse::<IpAddr>().unwrap()]);
        let any = "0".repeat(32);
        let gateway = "20010db8000000000000000000000001";
        let route = |gateway: &str, flags: &str| {
            format!("{any} 00 {any} 00 {gateway} 00000400 00000001 00000000 {flags} eth0\n")
        };
        assert_eq!(ipv6_gateways(&route(gateway, "00000003")), ["2001:db8::1".parse::<IpAddr>().unwrap()]);
        assert!(has_ipv6_default(&route(gateway, "00000003")));
        assert!(!has_ipv6_default(&route(&any, "00200200")), "the kernel's own unreachable route is none");
    }

    #[test]
    fn the_loopback_address_is_the_systems_own() {
        assert_eq!(route_to("127.0.0.1".parse().unwrap()), RouteKind::Local);
    }
}
