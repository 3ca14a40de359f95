//! A host that has IPv6 alone reaches IPv4 by translation (NAT64, RFC 6146), where its network has one: its mail server
//! connects to what the network's resolver makes of an IPv4 address (DNS64, RFC 6147), and so does the prober.

use super::resolver::{self, OwnView};
use noanswer_core::mx::{Target, ViewAnswer};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// The IPv4 addresses of `ipv4only.arpa` (RFC 7050 s2.2): whoever names an IPv6 address for it has made that of these.
const WELL_KNOWN: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 0, 0, 170), Ipv4Addr::new(192, 0, 0, 171)];

/// The lengths that a prefix may have, in bits, the usual one first (RFC 6052 s2.2).
const LENGTHS: [u8; 6] = [96, 64, 56, 48, 40, 32];

/// How long the resolver may take to tell the prefix.
const ASKED: Duration = Duration::from_secs(2);

/// The IPv6 prefix by which the network translates to IPv4 (`Pref64::/n`, RFC 7050 s2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    bits: [u8; 16],
    length: u8,
}

impl Prefix {
    /// The prefix by which this host's own resolver makes IPv6 addresses of IPv4 ones; none where it makes none.
    pub(super) async fn of_own_resolver() -> Option<Self> {
        Self::found_in(resolver::addresses_of_ipv4only(ASKED).await)
    }

    /// The prefix by which a resolver made `addresses` of those of `ipv4only.arpa` (RFC 7050 s3).
    fn found_in(addresses: impl IntoIterator<Item = Ipv6Addr>) -> Option<Self> {
        let of = |address: Ipv6Addr| {
            let prefixes = LENGTHS.into_iter().map(move |length| Self::new(address, length));
            prefixes
                .into_iter()
                .find(|prefix| prefix.ipv4_in(address).is_some_and(|v4| WELL_KNOWN.contains(&v4)))
        };
        addresses.into_iter().find_map(of)
    }

    fn new(address: Ipv6Addr, length: u8) -> Self {
        let mut bits = address.octets();
        bits[usize::from(length / 8)..].fill(0);
        Self { bits, length }
    }

    /// Where the four bytes of an IPv4 address stand: behind the prefix, but for bits 64 to 71, which are zero (RFC 6052
    /// s2.2).
    fn places(self) -> impl Iterator<Item = usize> {
        let skips = self.length < 96;
        (usize::from(self.length / 8)..16).filter(move |place| *place != 8 || !skips).take(4)
    }

    /// What `address` is as an IPv6 address of this prefix.
    fn embed(self, address: Ipv4Addr) -> Ipv6Addr {
        let mut bits = self.bits;
        self.places().zip(address.octets()).for_each(|(place, byte)| bits[place] = byte);
        bits.into()
    }

    /// The IPv4 address that `address` is made of.
    fn ipv4_in(self, address: Ipv6Addr) -> Option<Ipv4Addr> {
        let bits = address.octets();
        let mut octets = [0; 4];
        octets.iter_mut().zip(self.places()).for_each(|(byte, place)| *byte = bits[place]);
        let found = Ipv4Addr::from(octets);
        (self.embed(found) == address).then_some(found)
    }

    /// Where a packet to `address` has to go.
    pub(super) fn way_to(self, address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(v4) => self.embed(v4).into(),
            IpAddr::V6(_) => address,
        }
    }

    /// Whose address `address` is.
    pub(super) fn untranslated(self, address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V6(v6) => self.ipv4_in(v6).map_or(address, IpAddr::V4),
            IpAddr::V4(_) => address,
        }
    }

    /// What the resolver made of IPv4 addresses is those addresses again: the exchange has no others.
    pub(super) fn undo_in(self, own: &mut OwnView) {
        let exchanges =
            own.view.iter_mut().filter_map(|view| view.view.as_mut()).flat_map(|view| &mut view.exchanges);
        for exchange in exchanges {
            let mut seen = Vec::new();
            exchange.addresses.retain_mut(|address| {
                *address = self.untranslated(*address);
                let is_new = !seen.contains(address);
                seen.push(*address);
                is_new
            });
            if exchange.ipv6 == ViewAnswer::Records && exchange.addresses.iter().all(IpAddr::is_ipv4) {
                exchange.ipv6 = ViewAnswer::NoData;
            }
        }
        let mut seen: Vec<Target> = Vec::new();
        own.targets.retain_mut(|target| {
            target.address = self.untranslated(target.address);
            let is_new = !seen.contains(target);
            seen.push(target.clone());
            is_new
        });
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", Ipv6Addr::from(self.bits), self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v6(text: &str) -> Ipv6Addr {
        text.parse().expect(text)
    }

    /// The table of RFC 6052 s2.4.
    #[test]
    fn an_address_stands_where_rfc_6052_has_it() {
        let address = Ipv4Addr::new(192, 0, 2, 33);
        let table = [
            ("2001:db8::", 32, "2001:db8:c000:221::"),
            ("2001:db8:100::", 40, "2001:db8:1c0:2:21::"),
            ("2001:db8:122::", 48, "2001:db8:122:c000:2:2100::"),
            ("2001:db8:122:300::", 56, "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::", 64, "2001:db8:122:344:c0:2:2100::"),
            ("2001:db8:122:344::", 96, "2001:db8:122:344::192.0.2.33"),
            ("64:ff9b::", 96, "64:ff9b::192.0.2.33"),
        ];
        for (prefix, length, whole) in table {
            let prefix = Prefix::new(v6(prefix), length);
            assert_eq!(prefix.embed(address), v6(whole), "/{length}");
            assert_eq!(prefix.untranslated(v6(whole).into()), IpAddr::V4(address), "/{length}");
            assert_eq!(prefix.way_to(address.into()), IpAddr::V6(v6(whole)), "/{length}");
        }
    }

    #[test]
    fn a_prefix_is_found_by_what_a_resolver_makes_of_the_well_known_name() {
        for length in LENGTHS {
            let prefix = Prefix::new(v6("2001:db8:122:344::"), length);
            let found = Prefix::found_in([v6("2001:db8::1"), prefix.embed(WELL_KNOWN[1])]);
            assert_eq!(found, Some(prefix), "/{length}");
        }
        assert_eq!(Prefix::found_in([v6("2001:db8::1"), v6("::1")]), None);
        assert_eq!(Prefix::found_in([v6("64:ff9b::c000:aa")]).unwrap().to_string(), "64:ff9b::/96");
    }

    #[test]
    fn an_address_of_another_prefix_is_its_own() {
        let prefix = Prefix::new(v6("64:ff9b::"), 96);
        let other: IpAddr = v6("2001:db8::c000:221").into();
        assert_eq!((prefix.untranslated(other), prefix.way_to(other)), (other, other));
    }
}
