//! Addresses that one view of DNS names alone: the view may be stale, and the address no longer the domain's.

use super::case::Case;
use super::scope::Place;
use crate::address::Family;
use crate::mx::DnsView;

/// Whether one view alone names `place`, and another has addresses of that exchange and family without it, or other
/// exchanges. Or whether the sender's own resolver leads its mail elsewhere altogether.
///
/// Where resolvers give each a part of a pool, every address may be disputed: then a fault at some of them is possible
/// and no more, which is true of who is given only the others.
pub(super) fn disputed(case: &Case<'_>, (exchange, address): Place<'_>) -> bool {
    if case.own_resolver_leads_away() && case.own_addresses().all(|own| own != address) {
        return true;
    }
    let own = case.sender().and_then(|sender| sender.resolver.as_ref()?.view.as_ref());
    let views = || case.plan.views.iter().chain(own);
    let addresses = |view: &'_ DnsView| {
        let there = view.exchange(exchange).map(|there| there.addresses.clone()).unwrap_or_default();
        there.into_iter().filter(|one| Family::of(*one) == Family::of(address)).collect::<Vec<_>>()
    };
    let named = views().filter(|view| addresses(view).contains(&address)).count();
    let otherwise = views().any(|view| match view.exchange(exchange) {
        Some(_) => {
            let there = addresses(view);
            !there.is_empty() && !there.contains(&address)
        }
        None => view.exchanges.iter().any(|other| !other.addresses.is_empty()),
    });
    named == 1 && otherwise
}
