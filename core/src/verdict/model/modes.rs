//! The list of modes.

use super::law::ModeSpec;
use super::{between, nobody, sender, target};

/// Every mode, in the order in which packets meet the components.
pub(in crate::verdict) fn all() -> impl Iterator<Item = &'static ModeSpec> {
    [sender::MODES, between::MODES, target::MODES, nobody::MODES].into_iter().flatten()
}

/// What the law of this id says, in a sentence; empty where none of the modes has it.
pub(in crate::verdict) fn says(id: &str) -> &'static str {
    let laws = all().flat_map(|mode| mode.laws);
    laws.filter(|law| law.id == id).map(|law| law.says).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::fault::Fault;
    use crate::verdict::model::law::{Cost, Does};
    use crate::verdict::observe::discard;
    use crate::verdict::observe::outcome::{ClassSet, IN_ORDER, OutcomeClass};
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_no_law_is_empty() {
        let mut ids = BTreeSet::new();
        for rule in discard::ALL {
            assert!(ids.insert(rule.id.to_owned()) && rule.says.len() > 20, "{}", rule.id);
        }
        for mode in all() {
            assert!(ids.insert(mode.id.to_owned()), "{} twice", mode.id);
            assert!(
                mode.laws.iter().any(|law| law.does == Does::Explain || law.does == Does::Answer),
                "{} explains nothing",
                mode.id
            );
            assert!(!mode.title.is_empty(), "{}", mode.id);
            if let Cost::By { id, says, .. } = mode.cost {
                assert!(ids.insert(id.to_owned()), "{id} twice");
                assert!(says.len() > 20 && id.starts_with(mode.id), "{id}");
            }
            for law in mode.laws {
                assert!(ids.insert(law.id.to_owned()), "{} twice", law.id);
                assert!(law.of != ClassSet::default() && law.says.len() > 20, "{} says nothing", law.id);
                assert!(law.id.starts_with(mode.id), "{} is no law of {}", law.id, mode.id);
            }
            for need in mode.requires {
                assert!(ids.insert(need.id.to_owned()), "{} twice", need.id);
                assert!(need.says.len() > 20 && need.id.starts_with(mode.id), "{}", need.id);
            }
        }
    }

    #[test]
    fn every_outcome_that_asks_for_an_explanation_has_one_beside_the_unknown() {
        for class in OutcomeClass::ALL.iter().filter(|class| !IN_ORDER.has(**class)) {
            let explains = |mode: &&ModeSpec| {
                mode.id != "unknown.target"
                    && mode.id != "unknown.controls"
                    && mode.laws.iter().any(|law| law.does == Does::Explain && law.of.has(*class))
            };
            assert!(all().any(|mode| explains(&mode)), "{class:?}");
        }
    }

    #[test]
    fn every_fault_of_a_connection_has_a_mode() {
        use Fault::*;
        // These are of DNS, names of a scope, or the absence of a fault.
        let elsewhere = [
            SenderDnsBroken,
            NoSuchDomain,
            NullMx,
            NoAddressForMx,
            MxNotPublic,
            DnsBroken,
            RecipientIpv6Broken,
            SomeExchangesDown,
            NothingWrongNow,
        ];
        for fault in Fault::ALL.iter().filter(|fault| !elsewhere.contains(fault)) {
            assert!(all().any(|mode| mode.faults().any(|one| one == *fault)), "{fault:?}");
        }
    }
}
