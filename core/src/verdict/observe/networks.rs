//! Which vantages stand in one network: they share its filters, its routes and its reputation, and are one source.

use crate::evidence::{Evidence, Role};
use crate::sorted::Map;

/// The network that each vantage is counted in: by the name that its operator gives it, or by the AS that announces its
/// address. One of which neither is known stands alone. The sender's is empty unless another vantage stands in it.
pub(super) fn by_vantage(evidence: &[Evidence]) -> Map<&str, &str> {
    let mut groups: Vec<usize> = (0..evidence.len()).collect();
    for later in 0..evidence.len() {
        for earlier in 0..later {
            if groups[earlier] != groups[later] && are_one(&evidence[earlier], &evidence[later]) {
                let (kept, joined) = (groups[earlier], groups[later]);
                groups.iter_mut().filter(|group| **group == joined).for_each(|group| *group = kept);
            }
        }
    }
    let name = |at: usize| {
        let mut members = evidence.iter().zip(&groups).filter(|(_, group)| **group == groups[at]);
        let region = members.find(|(one, _)| one.role == Role::Region);
        region.map_or("", |(one, _)| if one.network.is_empty() { &one.vantage } else { &one.network })
    };
    evidence.iter().enumerate().map(|(at, one)| (one.vantage.as_str(), name(at))).collect()
}

fn are_one(one: &Evidence, other: &Evidence) -> bool {
    let named = !one.network.is_empty() && one.network == other.network;
    let announced = one.network_seen.as_ref().zip(other.network_seen.as_ref());
    named || announced.is_some_and(|(one, other)| one.asn == other.asn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Grade, NetworkKind, NetworkSeen, NetworkSource, Vantage};

    fn vantage(id: &str, role: Role, network: &str, asn: Option<u32>) -> Evidence {
        let (network, place) = (network.to_owned(), String::new());
        let network_kind = NetworkKind::Unknown;
        let vantage = Vantage { id: id.to_owned(), place, role, network, grade: Grade::Smtp, network_kind };
        let seen = |asn| NetworkSeen { asn, prefix: None, name: None, source: NetworkSource::Dns };
        Evidence { network_seen: asn.map(seen), ..Evidence::new(&vantage, Vec::new(), Vec::new()) }
    }

    #[test]
    fn vantages_of_one_as_or_of_one_name_are_one_source() {
        let all = [
            vantage("local", Role::Sender, "", Some(64_500)),
            vantage("a", Role::Region, "alpha", None),
            vantage("b", Role::Region, "alpha", Some(64_501)),
            vantage("c", Role::Region, "", Some(64_501)),
            vantage("d", Role::Region, "", None),
        ];
        let expected = [("a", "alpha"), ("b", "alpha"), ("c", "alpha"), ("d", "d"), ("local", "")];
        assert_eq!(by_vantage(&all).into_iter().collect::<Vec<_>>(), expected);
        let mut all = all;
        all[3].network_seen = all[0].network_seen.clone();
        assert_eq!(by_vantage(&all).get("local"), Some(&"c"), "the sender stands beside it");
    }
}
