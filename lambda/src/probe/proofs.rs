//! What was proven of targets: which of them a vantage's own lookup has named.

use super::turns::lock;
use noanswer_core::address::target_network;
use noanswer_core::mx::Target;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// How long a proof holds: the rounds of one check ask for the same targets.
const HOLDS: Duration = Duration::from_secs(180);

/// As many domains are remembered.
const MOST: usize = 1_024;

/// Why a target is not connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unproven {
    /// The lookup does not name it.
    NotNamed,
    /// The lookup failed.
    NoAnswer,
}

impl Unproven {
    /// The same in words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::NotNamed => "by this vantage's own lookup, mail for the domain does not go there",
            Self::NoAnswer => "this vantage could not look the domain up, and takes no address on trust",
        }
    }
}

/// The targets that were proven a while ago, by domain.
#[derive(Debug, Default)]
pub(super) struct Proofs(Mutex<HashMap<String, (Instant, Vec<Target>)>>);

impl Proofs {
    pub(super) fn has(&self, domain: &str, target: &Target) -> bool {
        let known = lock(&self.0);
        known.get(domain).is_some_and(|(until, targets)| {
            *until > Instant::now() && targets.iter().any(|one| is_same(one, target))
        })
    }

    pub(super) fn keep(&self, domain: &str, proven: &[Target]) {
        let now = Instant::now();
        let mut known = lock(&self.0);
        if known.len() >= MOST {
            known.retain(|_, (until, _)| *until > now);
        }
        if known.len() < MOST && !proven.is_empty() {
            known.insert(domain.to_owned(), (now + HOLDS, proven.to_vec()));
        }
    }
}

/// Whether they are the same place.
pub(super) fn is_same(one: &Target, other: &Target) -> bool {
    one.address == other.address && one.exchange == other.exchange
}

/// Whether `named`, which is all that a lookup gave, names `target`, or another address of the same exchange beside it.
pub(super) fn names(named: &[Target], target: &Target) -> bool {
    let network = target_network(target.address);
    named.iter().any(|one| one.exchange == target.exchange && target_network(one.address) == network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(exchange: &str, address: &str) -> Target {
        Target {
            preference: 10,
            exchange: exchange.to_owned(),
            address: address.parse().expect("an address"),
        }
    }

    #[test]
    fn another_address_of_the_same_exchange_and_network_is_named_and_any_other_is_not() {
        let named = [target("mx.a.example", "192.0.2.1"), target("mx.a.example", "2001:db8:1::1")];
        for (exchange, address, is_named) in [
            ("mx.a.example", "192.0.2.1", true),
            ("mx.a.example", "192.0.2.200", true),
            ("mx.a.example", "2001:db8:1:2::1", true),
            ("mx.a.example", "192.0.3.1", false),
            ("mx.a.example", "2001:db8:2::1", false),
            ("mx.b.example", "192.0.2.1", false),
        ] {
            assert_eq!(names(&named, &target(exchange, address)), is_named, "{exchange} {address}");
        }
    }
}
