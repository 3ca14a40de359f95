//! Which of the machine's own addresses connections are made from.

use noanswer_core::smtp::{self, ClientName};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The addresses to connect from: at most one a family. Where a family has none, the system chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    v4: Option<Ipv4Addr>,
    v6: Option<Ipv6Addr>,
}

impl Sources {
    /// Splits `addresses` so that no one of them holds two of one family: the first of each family together, then the
    /// second, and so on. One that leaves all to the system where there is none.
    pub fn split(addresses: &[IpAddr]) -> Vec<Self> {
        let mut v4 =
            addresses.iter().filter_map(|one| if let IpAddr::V4(v4) = one { Some(*v4) } else { None });
        let mut v6 =
            addresses.iter().filter_map(|one| if let IpAddr::V6(v6) = one { Some(*v6) } else { None });
        let mut all = Vec::new();
        loop {
            let next = Self { v4: v4.next(), v6: v6.next() };
            if next == Self::default() && !all.is_empty() {
                return all;
            }
            all.push(next);
        }
    }

    /// The address to connect to `target` from.
    pub(crate) fn toward(self, target: SocketAddr) -> Option<IpAddr> {
        match target {
            SocketAddr::V4(_) => self.v4.map(IpAddr::V4),
            SocketAddr::V6(_) => self.v6.map(IpAddr::V6),
        }
    }

    /// The addresses that were chosen.
    pub(crate) fn chosen(self) -> impl Iterator<Item = IpAddr> {
        self.v4.map(IpAddr::V4).into_iter().chain(self.v6.map(IpAddr::V6))
    }

    /// Whether connections to IPv4 addresses have an address to come from. No packet is sent.
    pub(crate) fn has_ipv4(self) -> bool {
        self.v4.is_some() || source_addresses().iter().any(IpAddr::is_ipv4)
    }

    /// The addresses that connections to the Internet come from, one a family: those that were chosen, or, where none was,
    /// those that the system would use. No packet is sent.
    pub(crate) fn addresses(self) -> Vec<IpAddr> {
        let mut all: Vec<IpAddr> = self.chosen().collect();
        if all.is_empty() {
            all = source_addresses();
        }
        all
    }
}

/// The source addresses that the system would use towards the Internet, one a family. No packet is sent.
fn source_addresses() -> Vec<IpAddr> {
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

/// What this machine introduces itself as when nobody says otherwise: its address, which is the honest name of a host
/// whose own name is not known (RFC 5321 s4.1.3).
pub(crate) fn own_name(sources: Sources) -> ClientName {
    ClientName::Literal(sources.addresses().into_iter().next().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)))
}

/// Whether `address` is one of this machine's own.
///
/// # Errors
/// What the system says where it is not.
pub fn try_source(address: IpAddr) -> io::Result<()> {
    UdpSocket::bind(SocketAddr::new(address, 0)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_of_a_family_are_looked_from_one_after_the_other() {
        let [a, b, six]: [IpAddr; 3] =
            ["192.0.2.1", "192.0.2.2", "2001:db8::1"].map(|text| text.parse().unwrap());
        let split = Sources::split(&[a, b, six]);
        let chosen: Vec<Vec<IpAddr>> = split.iter().map(|one| one.chosen().collect()).collect();
        assert_eq!(chosen, [vec![a, six], vec![b]]);
        assert_eq!(Sources::split(&[]), [Sources::default()]);
        assert_eq!(split[1].toward(SocketAddr::new(six, 25)), None);
        assert_eq!(split[0].toward(SocketAddr::new(b, 25)), Some(a));
    }

    #[test]
    fn an_address_of_somebody_else_is_none_of_ours() {
        assert!(try_source(Ipv4Addr::LOCALHOST.into()).is_ok());
        assert!(try_source(Ipv4Addr::new(192, 0, 2, 1).into()).is_err());
    }
}
