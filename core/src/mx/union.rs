//! One plan of what several resolvers say: every address that any of them names is tried.

use super::{
    DnsView, FindingCode, Limits, MxPlan, PlanSource, PlanStatus, PlannedExchange, SecondOpinion, ViewAnswer,
};
use crate::order;

impl MxPlan {
    /// The plan of several resolvers' plans, each with its view; the first is the one that is asked first. The plan of
    /// the first that leads anywhere is kept, and what the others name besides is added.
    ///
    /// `None` when there are none.
    pub fn union(mut asked: Vec<(Self, DnsView)>) -> Option<Self> {
        let answered = |plan: &Self| plan.dns_failure.as_ref().is_none_or(|failure| !failure.kind.is_ours());
        let best = asked
            .iter()
            .position(|(plan, _)| plan.status == PlanStatus::Ok)
            .or_else(|| asked.iter().position(|(plan, _)| answered(plan)))
            .unwrap_or(0);
        let views: Vec<DnsView> = asked.iter().map(|(_, view)| view.clone()).collect();
        if asked.is_empty() {
            return None;
        }
        let (mut plan, own) = asked.remove(best);
        let opinions = asked.iter().map(|(_, view)| opinion(&plan, &own, view));
        // One that contradicts counts more than one that agrees, and that more than one that did not answer.
        let order = [SecondOpinion::Differs, SecondOpinion::Agrees, SecondOpinion::Failed];
        let opinions: Vec<SecondOpinion> = opinions.collect();
        plan.second_opinion =
            order.into_iter().find(|one| opinions.contains(one)).unwrap_or(SecondOpinion::NotAsked);
        plan.resolver = Some(own.resolver);
        if plan.status == PlanStatus::Ok {
            for (other, _) in asked {
                plan.add(other);
            }
        }
        plan.views = views;
        Some(plan)
    }

    /// Adds the exchanges and addresses of `other`, as far as the limits allow.
    fn add(&mut self, other: Self) {
        let limits = Limits::default();
        if other.source != PlanSource::Mx && other.source != PlanSource::ImplicitMx {
            return;
        }
        for theirs in other.exchanges {
            match self.exchanges.iter().position(|ours| ours.exchange == theirs.exchange) {
                Some(at) => self.add_addresses(at, theirs, limits),
                None if self.exchanges.len() < limits.exchanges => {
                    let bare = PlannedExchange { addresses: Vec::new(), ..theirs.clone() };
                    self.exchanges.push(bare);
                    self.add_addresses(self.exchanges.len() - 1, theirs, limits);
                }
                None => {}
            }
        }
        order::sort_by(&mut self.exchanges, |one, other| {
            (one.preference, &one.exchange).cmp(&(other.preference, &other.exchange))
        });
    }

    fn add_addresses(&mut self, at: usize, theirs: PlannedExchange, limits: Limits) {
        let had_none = self.exchanges[at].addresses.is_empty();
        for address in theirs.addresses {
            let known = self.exchanges[at].addresses.iter().any(|one| one.address == address.address);
            let all: usize = self.exchanges.iter().map(|one| one.addresses.len()).sum();
            if !known && all < limits.addresses {
                self.exchanges[at].addresses.push(address);
            }
        }
        let ours = &mut self.exchanges[at];
        order::sort_by_key(&mut ours.addresses, |one| (one.family, one.address));
        let found = |family| ours.addresses.iter().any(|one| one.family == family);
        let failed = std::mem::take(&mut ours.lookup_failures);
        let (answered, open): (Vec<_>, Vec<_>) =
            failed.into_iter().partition(|failure| found(failure.family));
        ours.lookup_failures = open;
        // Nothing is known of the domain by a resolver that did not answer, once another one did.
        let is_answered = ours.lookup_failures.is_empty()
            && !answered.is_empty()
            && answered.iter().all(|failure| failure.failure.kind.is_ours());
        let has_one_now = had_none && !ours.addresses.is_empty();
        let name = ours.exchange.as_str();
        self.findings.retain(|finding| {
            finding.exchange.as_deref() != Some(name)
                || !(has_one_now && says_no_address(finding.code)
                    || is_answered && finding.code == FindingCode::AddressLookupFailed)
        });
    }
}

fn says_no_address(code: FindingCode) -> bool {
    matches!(
        code,
        FindingCode::ExchangeNoSuchName
            | FindingCode::ExchangeWithoutAddress
            | FindingCode::AddressLookupFailed
    )
}

/// Whether `other` says the same of the domain's MX as `own`, whose plan this is. Sets that share an exchange are the
/// same: zones change.
fn opinion(plan: &MxPlan, own: &DnsView, other: &DnsView) -> SecondOpinion {
    let fails = |answer| matches!(answer, ViewAnswer::ServFail | ViewAnswer::DnssecBogus);
    let same = match (own.mx, other.mx) {
        (_, unanswered) if !unanswered.is_answer() && !fails(unanswered) => return SecondOpinion::Failed,
        (ViewAnswer::Records, ViewAnswer::Records) if plan.source == PlanSource::NullMx => {
            other.exchanges.is_empty()
        }
        (ViewAnswer::Records, ViewAnswer::Records) => {
            other.exchanges.iter().any(|one| own.exchange(&one.exchange).is_some())
        }
        (ours, theirs) if fails(ours) => fails(theirs),
        (ours, theirs) => ours == theirs,
    };
    if same { SecondOpinion::Agrees } else { SecondOpinion::Differs }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::address::{AddressPolicy, Family};
    use crate::dns::{Answer, DomainName, HostName, Outcome, Question, Record, RecordData, RecordKind};
    use crate::mx::{DnsFault, DnsFaultKind, Finding, LookupFailure, MxPlanner};

    const EXCHANGE: &str = "mx.example.test";

    /// A resolver that names one exchange with this address; without one it has no MX for the domain.
    fn resolver(url: &str, mx: Outcome, address: Option<&str>) -> (MxPlan, DnsView) {
        let domain: DomainName = "example.test".parse().unwrap();
        let mut planner = MxPlanner::new(domain.clone(), Limits::default(), AddressPolicy::default());
        while let Some(question) = planner.poll_question() {
            let Question { name, kind, .. } = question.clone();
            let data = match (kind, address) {
                (RecordKind::Mx, _) if mx == Outcome::Records => {
                    Some(RecordData::Mx { preference: 10, exchange: HostName::from_dns(EXCHANGE) })
                }
                (RecordKind::A | RecordKind::Aaaa, Some(address)) if name != domain => {
                    match (kind, address.parse().unwrap()) {
                        (RecordKind::A, IpAddr::V4(address)) => Some(RecordData::A(address)),
                        (RecordKind::Aaaa, IpAddr::V6(address)) => Some(RecordData::Aaaa(address)),
                        _ => None,
                    }
                }
                _ => None,
            };
            let none = if kind == RecordKind::Mx && mx != Outcome::Records { mx } else { Outcome::NoData };
            let mut answer = Answer::empty(if data.is_some() { Outcome::Records } else { none });
            answer.records = data.map(|data| Record { name, ttl_s: 300, data }).into_iter().collect();
            planner.handle_answer(&question, Ok(answer));
        }
        let view = planner.view(url);
        (planner.plan(), view)
    }

    fn addresses(plan: &MxPlan) -> Vec<String> {
        plan.targets().iter().map(|target| target.address.to_string()).collect()
    }

    #[test]
    fn every_address_that_any_resolver_names_is_tried() {
        let stale = resolver("a", Outcome::Records, Some("8.8.4.4"));
        let fresh = resolver("b", Outcome::Records, Some("8.8.8.8"));
        let plan = MxPlan::union(vec![stale, fresh]).unwrap();
        assert_eq!(addresses(&plan), ["8.8.4.4", "8.8.8.8"]);
        assert_eq!((plan.second_opinion, plan.views.len()), (SecondOpinion::Agrees, 2));
        assert_eq!(plan.views[1].exchanges[0].addresses, ["8.8.8.8".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn what_one_did_not_answer_in_time_and_another_did_is_no_failure_of_the_domain() {
        let failing = |kind| {
            let (mut plan, view) = resolver("a", Outcome::Records, Some("8.8.4.4"));
            let name = EXCHANGE.parse().unwrap();
            let failure = DnsFault { kind, name, extended_errors: Vec::new(), words: "it failed".to_owned() };
            plan.findings.push(Finding::exchange(FindingCode::AddressLookupFailed, EXCHANGE, &failure.words));
            plan.exchanges[0].lookup_failures.push(LookupFailure { family: Family::Ipv6, failure });
            (plan, view)
        };
        let both = resolver("b", Outcome::Records, Some("2606:4700::1"));
        let plan = |kind, other| MxPlan::union(vec![failing(kind), other]).unwrap();
        assert!(!plan(DnsFaultKind::TimedOut, both.clone()).has(FindingCode::AddressLookupFailed));
        assert!(plan(DnsFaultKind::Servfail, both).has(FindingCode::AddressLookupFailed));
        let alike = resolver("b", Outcome::Records, Some("8.8.4.4"));
        assert!(plan(DnsFaultKind::TimedOut, alike).has(FindingCode::AddressLookupFailed));
    }

    #[test]
    fn one_that_has_no_address_takes_none_away() {
        let without = resolver("a", Outcome::Records, None);
        let with = resolver("b", Outcome::Records, Some("8.8.8.8"));
        for asked in [vec![without.clone(), with.clone()], vec![with, without]] {
            let plan = MxPlan::union(asked).unwrap();
            assert_eq!((plan.status, addresses(&plan)), (PlanStatus::Ok, vec!["8.8.8.8".to_owned()]));
            assert!(plan.findings.is_empty(), "{:?}", plan.findings);
        }
    }

    #[test]
    fn one_that_knows_no_such_domain_is_told_and_not_believed_alone() {
        let none = resolver("a", Outcome::NxDomain, None);
        let with = resolver("b", Outcome::Records, Some("8.8.8.8"));
        let plan = MxPlan::union(vec![none.clone(), with]).unwrap();
        assert_eq!((plan.status, plan.second_opinion), (PlanStatus::Ok, SecondOpinion::Differs));
        assert_eq!(plan.resolver.as_deref(), Some("b"));
        let plan = MxPlan::union(vec![none.clone(), none]).unwrap();
        assert_eq!((plan.status, plan.second_opinion), (PlanStatus::NoSuchDomain, SecondOpinion::Agrees));
    }
}
