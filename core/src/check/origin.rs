//! Which network announces an address: the zone of Team Cymru that maps addresses to origin AS numbers, by DoH.

use super::lookup::Asker;
use crate::dns::{DomainName, Question, RecordData, RecordKind};
use crate::evidence::{NetworkSeen, NetworkSource};
use crate::ports::Fetch;
use std::net::IpAddr;
use std::sync::Mutex;

/// The network that announces `address`, without its name; `None` where no resolver knows one.
pub async fn origin<F: Fetch>(address: IpAddr, resolvers: &[String], fetch: &F) -> Option<NetworkSeen> {
    let texts = texts(&origin_name(address), resolvers, fetch).await;
    // Of several announcements the most specific one carries the packets.
    texts.iter().filter_map(|text| announced(text)).max_by_key(|(_, length)| *length).map(|(seen, _)| seen)
}

/// The same with the network's name.
pub async fn network<F: Fetch>(address: IpAddr, resolvers: &[String], fetch: &F) -> Option<NetworkSeen> {
    let seen = origin(address, resolvers, fetch).await?;
    let texts = texts(&format!("AS{}.asn.cymru.com", seen.asn), resolvers, fetch).await;
    let name = texts.first().and_then(|text| text.split('|').nth(4)).map(|name| name.trim().to_owned());
    Some(NetworkSeen { name: name.filter(|name| !name.is_empty()), ..seen })
}

/// The address backwards, as in `in-addr.arpa` and `ip6.arpa`, in the zone of its family.
fn origin_name(address: IpAddr) -> String {
    let backwards = |labels: Vec<String>| labels.into_iter().rev().collect::<Vec<_>>().join(".");
    match address {
        IpAddr::V4(address) => {
            let octets = address.octets().iter().map(u8::to_string).collect();
            format!("{}.origin.asn.cymru.com", backwards(octets))
        }
        IpAddr::V6(address) => {
            let nibbles = format!("{:032x}", u128::from(address)).chars().map(String::from).collect();
            format!("{}.origin6.asn.cymru.com", backwards(nibbles))
        }
    }
}

/// Reads `64500 | 192.0.2.0/24 | ZZ | arin | 2000-01-01`: the network, and the length of its prefix. Of several origins
/// the first is taken.
fn announced(text: &str) -> Option<(NetworkSeen, u8)> {
    let mut fields = text.split('|').map(str::trim);
    let asn = fields.next()?.split_whitespace().next()?.parse().ok()?;
    let prefix: ipnet::IpNet = fields.next()?.parse().ok()?;
    let seen = NetworkSeen { asn, prefix: Some(prefix.to_string()), name: None, source: NetworkSource::Dns };
    Some((seen, prefix.prefix_len()))
}

async fn texts<F: Fetch>(name: &str, resolvers: &[String], fetch: &F) -> Vec<String> {
    let Ok(name) = DomainName::from_dns(name) else { return Vec::new() };
    let asker = Asker { fetch, on_query: Mutex::new(|_| {}) };
    for resolver in resolvers {
        let Ok(answer) = asker.ask(resolver, &Question::new(name.clone(), RecordKind::Txt)).await else {
            continue;
        };
        let text = |data| match data {
            RecordData::Txt(text) => Some(text),
            _ => None,
        };
        return answer.records.into_iter().filter_map(|record| text(record.data)).collect();
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_asked_for_backwards() {
        let name = |text: &str| origin_name(text.parse().unwrap());
        assert_eq!(name("192.0.2.1"), "1.2.0.192.origin.asn.cymru.com");
        let v6 = name("2001:db8::1");
        assert!(v6.starts_with("1.0.0.0.") && v6.ends_with(".8.b.d.0.1.0.0.2.origin6.asn.cymru.com"), "{v6}");
        assert!(DomainName::from_dns(&v6).is_ok());
    }

    #[test]
    fn an_announcement_is_read() {
        let (seen, length) = announced("64500 64501 | 192.0.2.0/24 | ZZ | arin | 2000-01-01").unwrap();
        assert_eq!((seen.asn, seen.prefix.as_deref(), length), (64_500, Some("192.0.2.0/24"), 24));
        assert_eq!(announced("v=spf1 -all"), None);
    }
}
