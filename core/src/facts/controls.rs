//! Control hosts, negative controls and public resolvers. No operator is control and resolver at once: where one company's
//! network fails, it must not fail twice.

use super::{Row, Table};
use std::net::IpAddr;

fn with_role(role: &'static str) -> impl Iterator<Item = Row> {
    Table::Controls.rows().filter(move |row| row.cell(0) == role)
}

/// Large public exchanges that speak to everybody, each of another operator: operator and host.
pub fn exchanges() -> impl Iterator<Item = (&'static str, &'static str)> {
    with_role("exchange").map(|row| (row.cell(1), row.cell(2)))
}

/// The hosts of the first three of them that have addresses of a family: what a command asks that people are told to type.
pub fn three(ipv6: bool) -> Vec<&'static str> {
    let family = if ipv6 { "6" } else { "4" };
    let has = |row: &Row| row.cell(3).split(',').any(|one| one == family);
    with_role("exchange").filter(has).map(|row| row.cell(2)).take(3).collect()
}

/// Where the operators take the mail of their own users: operator, host and ports.
pub fn submission() -> impl Iterator<Item = (&'static str, &'static str, Vec<u16>)> {
    with_role("submission").filter_map(|row| {
        let (host, ports) = row.cell(2).split_once(':')?;
        Some((row.cell(1), host, ports.split(',').filter_map(|port| port.parse().ok()).collect()))
    })
}

/// Addresses that are up and never speak mail, two of different operators a family: operator and address. Anycast
/// resolvers: they answer from everywhere, are announced for good, and have no reason to ever listen on port 25. Documentation
/// addresses (RFC 5737) would not do: many networks and every measurement network refuse them at once.
pub fn closed() -> impl Iterator<Item = (&'static str, IpAddr)> {
    with_role("closed").filter_map(|row| Some((row.cell(1), row.cell(2).parse().ok()?)))
}

/// The DoH servers that command line, server and Worker ask where nothing else is set.
pub fn resolvers() -> impl Iterator<Item = &'static str> {
    with_role("resolver").map(|row| row.cell(2))
}

/// The hosts of all DoH servers, each once: controls of port 443, which a mail server need not serve.
pub fn resolver_hosts() -> Vec<&'static str> {
    let host = |url: &'static str| url.strip_prefix("https://")?.split(['/', ':']).next();
    let mut hosts: Vec<&'static str> = resolvers().chain(page_resolvers()).filter_map(host).collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

/// The DoH servers that the page asks: they let pages of other sites ask (CORS).
pub fn page_resolvers() -> impl Iterator<Item = &'static str> {
    with_role("page resolver").map(|row| row.cell(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn operators(role: &'static str) -> BTreeSet<&'static str> {
        with_role(role).map(|row| row.cell(1)).collect()
    }

    #[test]
    fn five_operators_and_both_families_by_three() {
        assert!(operators("exchange").len() >= 5);
        assert_eq!(
            exchanges().count(),
            operators("exchange").len(),
            "several hosts of one operator are one independent source"
        );
        let both = with_role("exchange").filter(|row| row.cell(3) == "4,6").count();
        assert!(both >= 3, "{both} operators carry both families");
        assert_eq!((three(false).len(), three(true).len()), (3, 3));
        for ipv6 in [false, true] {
            let closed: BTreeSet<_> =
                closed().filter(|(_, ip)| ip.is_ipv6() == ipv6).map(|(who, _)| who).collect();
            assert_eq!(closed.len(), 2, "two operators check each other");
        }
    }

    #[test]
    fn who_takes_mail_of_users_is_a_control_too() {
        assert_eq!(submission().count(), with_role("submission").count());
        for (operator, host, ports) in submission() {
            assert!(operators("exchange").contains(operator), "{host}");
            assert!(!ports.is_empty() && ports.iter().all(|port| [465, 587].contains(port)), "{host}");
        }
    }

    #[test]
    fn nobody_is_control_and_resolver_at_once() {
        let asked: BTreeSet<_> = operators("exchange").union(&operators("closed")).copied().collect();
        for role in ["resolver", "page resolver"] {
            let both: Vec<_> = operators(role).intersection(&asked).copied().collect();
            assert!(both.is_empty(), "{both:?}");
            assert_eq!(operators(role).len(), 2);
        }
    }

    #[test]
    fn an_operator_has_the_name_that_its_hosts_give_it() {
        for (operator, host) in exchanges() {
            assert_eq!(crate::operator::operator_of(host), operator, "{host}");
        }
    }
}
