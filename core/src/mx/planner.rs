//! The machine that asks and puts the plan together.

use super::lookup::{Lookup, LookupEnd};
use super::{
    DnsFault, DnsFaultKind, DnsView, Finding, FindingCode, Limits, LookupFailure, MxPlan, PlanSource,
    PlanStatus, PlannedAddress, PlannedExchange, SecondOpinion, view,
};
use crate::address::{AddressPolicy, Family};
use crate::dns::{Answer, DnsFailure, DomainName, HostName, Question, Record, RecordData, RecordKind};
use crate::order;
use std::net::IpAddr;

/// Makes an [`MxPlan`] without I/O: take questions from [`poll_question`](Self::poll_question), give the answers to
/// [`handle_answer`](Self::handle_answer) in any order, and take the [`plan`](Self::plan) when
/// [`is_done`](Self::is_done).
#[derive(Clone, Debug)]
pub struct MxPlanner {
    domain: DomainName,
    limits: Limits,
    policy: AddressPolicy,
    mx: Lookup,
    /// What the MX lookup came to; `None` while it is under way.
    source: Option<PlanSource>,
    exchanges: Vec<Exchange>,
    findings: Vec<Finding>,
    /// What was said so far. No question is asked twice, so that no two answers to it can differ.
    answered: Vec<(Question, Result<Answer, DnsFailure>)>,
}

#[derive(Clone, Debug)]
struct Exchange {
    preference: u16,
    host: HostName,
    ttl_s: Option<u32>,
    /// One a family; none where there is no name to ask for.
    lookups: Vec<(Family, Lookup)>,
}

impl MxPlanner {
    /// Starts to plan for `domain`. `public` judges the addresses that are found.
    pub fn new(domain: DomainName, limits: Limits, public: AddressPolicy) -> Self {
        let mx = Lookup::new(domain.clone(), RecordKind::Mx);
        let (exchanges, findings) = (Vec::new(), Vec::new());
        Self { domain, limits, policy: public, mx, source: None, exchanges, findings, answered: Vec::new() }
    }

    /// The next question to ask; `None` when there is none before an answer comes, or none at all.
    pub fn poll_question(&mut self) -> Option<Question> {
        loop {
            let question = self.lookups().find_map(|lookup| lookup.unasked().cloned())?;
            // Lookups whose aliases have met share one question.
            let on_its_way = self.lookups().any(|lookup| lookup.is_waiting_for(&question));
            for lookup in self.lookups_mut().filter(|lookup| lookup.unasked() == Some(&question)) {
                lookup.mark_asked();
            }
            if !on_its_way {
                return Some(question);
            }
        }
    }

    /// Takes the answer to a question. An answer to a question that was not asked, or was answered before, is ignored.
    pub fn handle_answer(&mut self, question: &Question, answer: Result<Answer, DnsFailure>) {
        if !self.lookups().any(|lookup| lookup.is_waiting_for(question)) {
            return;
        }
        for lookup in self.lookups_mut().filter(|lookup| lookup.is_waiting_for(question)) {
            lookup.handle(&answer);
        }
        self.answered.push((question.clone(), answer));
        self.read_mx();
        self.remember();
    }

    /// Answers from memory what was asked before: aliases of several exchanges often meet.
    fn remember(&mut self) {
        let answered = std::mem::take(&mut self.answered);
        for lookup in self.lookups_mut() {
            while let Some((_, answer)) =
                lookup.unasked().and_then(|question| answered.iter().find(|(known, _)| known == question))
            {
                lookup.handle(answer);
            }
        }
        self.answered = answered;
    }

    /// Whether everything that was asked is answered.
    pub fn is_done(&self) -> bool {
        self.lookups().all(|lookup| lookup.end().is_some())
    }

    /// What the resolver at `resolver` says, as far as it was asked.
    pub fn view(&self, resolver: &str) -> DnsView {
        view::of(
            resolver,
            &self.mx,
            self.exchanges.iter().map(|one| (&one.host, one.preference, &*one.lookups)),
        )
    }

    /// The plan. Questions that are still open count as timed out.
    pub fn plan(mut self) -> MxPlan {
        self.give_up();
        let authentic_data = self.lookups().all(|lookup| lookup.authentic_data);
        self.find_in_domain();
        let mut exchanges: Vec<PlannedExchange> = Vec::new();
        for exchange in std::mem::take(&mut self.exchanges) {
            exchanges.push(self.planned(exchange));
        }
        self.cut_addresses(&mut exchanges);
        let source = self.source.unwrap_or(PlanSource::None);
        let (status, dns_failure) = self.status(source, &exchanges);
        // An implicit MX is only one when the domain has an address.
        let implicit_nothing = source == PlanSource::ImplicitMx && status == PlanStatus::NoData;
        if implicit_nothing {
            exchanges.clear();
        }
        MxPlan {
            domain_unicode: self.domain.unicode(),
            domain: self.domain,
            source: if implicit_nothing { PlanSource::None } else { source },
            status,
            dns_failure,
            authentic_data,
            exchanges,
            findings: self.findings,
            resolver: None,
            second_opinion: SecondOpinion::NotAsked,
            views: Vec::new(),
        }
    }

    /// Ends every lookup that is still open: nobody answered in time.
    pub fn give_up(&mut self) {
        self.mx.give_up();
        self.read_mx();
        self.lookups_mut().for_each(Lookup::give_up);
    }

    fn lookups(&self) -> impl Iterator<Item = &Lookup> {
        let addresses = self.exchanges.iter().flat_map(|exchange| &exchange.lookups);
        std::iter::once(&self.mx).chain(addresses.map(|(_, lookup)| lookup))
    }

    fn lookups_mut(&mut self) -> impl Iterator<Item = &mut Lookup> {
        let addresses = self.exchanges.iter_mut().flat_map(|exchange| &mut exchange.lookups);
        std::iter::once(&mut self.mx).chain(addresses.map(|(_, lookup)| lookup))
    }

    /// Once the MX lookup has ended: which exchanges there are.
    fn read_mx(&mut self) {
        if self.source.is_some() {
            return;
        }
        let source = match self.mx.end() {
            None => return,
            Some(LookupEnd::NxDomain | LookupEnd::Failed(_)) => PlanSource::None,
            Some(LookupEnd::NoData) => {
                let host = HostName::Name(self.domain.clone());
                self.exchanges = vec![Exchange::new(0, host, None)];
                PlanSource::ImplicitMx
            }
            Some(LookupEnd::Records(records)) => {
                let listed = listed(records);
                if listed.iter().all(|exchange| exchange.host == HostName::Root) {
                    PlanSource::NullMx
                } else {
                    self.take_exchanges(listed);
                    PlanSource::Mx
                }
            }
        };
        self.source = Some(source);
    }

    fn take_exchanges(&mut self, mut listed: Vec<Exchange>) {
        let before = listed.len();
        listed.retain(|exchange| exchange.host != HostName::Root);
        if listed.len() < before {
            self.findings.push(Finding::domain(FindingCode::NullMxNotAlone, ""));
        }
        order::sort_by(&mut listed, |one, other| {
            (one.preference, &one.host).cmp(&(other.preference, &other.host))
        });
        let mut taken: Vec<Exchange> = Vec::new();
        let mut twice: Vec<HostName> = Vec::new();
        let mut left_out = crate::sorted::Set::new();
        for exchange in listed {
            if taken.iter().any(|known| known.host == exchange.host) {
                if !twice.contains(&exchange.host) {
                    twice.push(exchange.host);
                }
            } else if taken.len() < self.limits.exchanges {
                taken.push(exchange);
            } else {
                left_out.insert(exchange.host);
            }
        }
        for host in twice {
            self.findings.push(Finding::exchange(FindingCode::ExchangeListedTwice, host.as_str(), ""));
        }
        if !left_out.is_empty() {
            let detail = format!("{} of {}", taken.len(), taken.len() + left_out.len());
            self.findings.push(Finding::domain(FindingCode::TooManyExchanges, &detail));
        }
        self.exchanges = taken;
    }

    fn find_in_domain(&mut self) {
        if let Some(LookupEnd::Failed(DnsFault { kind: DnsFaultKind::CnameEndless, words, .. })) =
            self.mx.end()
        {
            self.findings.push(Finding::domain(FindingCode::DomainCnameEndless, words));
        } else if let Some(target) = self.mx.aliases.last() {
            self.findings.push(Finding::domain(FindingCode::DomainIsCname, target.as_str()));
        }
    }

    fn planned(&mut self, exchange: Exchange) -> PlannedExchange {
        let implicit = self.source == Some(PlanSource::ImplicitMx);
        let alias = exchange.lookups.iter().find_map(|(_, lookup)| lookup.aliases.last().cloned());
        let mut planned = PlannedExchange {
            preference: exchange.preference,
            ttl_s: 0,
            cname: alias.map(HostName::Name),
            is_literal: exchange.host.as_ip_literal().is_some(),
            addresses: Vec::new(),
            lookup_failures: Vec::new(),
            exchange: exchange.host,
        };
        let mut no_such_name = false;
        for (family, lookup) in exchange.lookups {
            match lookup.end() {
                Some(LookupEnd::Records(records)) => {
                    planned.addresses.extend(self.addresses(family, records))
                }
                Some(LookupEnd::Failed(failure)) => {
                    planned.lookup_failures.push(LookupFailure { family, failure: failure.clone() });
                }
                Some(LookupEnd::NxDomain) => no_such_name = true,
                Some(LookupEnd::NoData) | None => {}
            }
        }
        let least = planned.addresses.iter().map(|address| address.ttl_s).min();
        planned.ttl_s = exchange.ttl_s.or(least).unwrap_or(0);
        if !implicit {
            self.find_in_name(&planned);
        }
        self.find_in_addresses(&planned, implicit, no_such_name);
        planned
    }

    fn find_in_name(&mut self, planned: &PlannedExchange) {
        let host = planned.exchange.as_str();
        if planned.is_literal {
            self.findings.push(Finding::exchange(FindingCode::ExchangeIsLiteral, host, host));
        } else if planned.exchange.name().is_none() {
            self.findings.push(Finding::exchange(FindingCode::ExchangeUnusable, host, host));
        }
        if let Some(target) = &planned.cname {
            let detail = format!("{host} is an alias of {target}");
            self.findings.push(Finding::exchange(FindingCode::ExchangeIsCname, host, &detail));
        }
    }

    fn find_in_addresses(&mut self, planned: &PlannedExchange, implicit: bool, no_such_name: bool) {
        let host = planned.exchange.as_str();
        let mut find = |code, detail: &str| self.findings.push(Finding::exchange(code, host, detail));
        for LookupFailure { failure, .. } in &planned.lookup_failures {
            let endless = failure.kind == DnsFaultKind::CnameEndless;
            let code =
                if endless { FindingCode::ExchangeCnameEndless } else { FindingCode::AddressLookupFailed };
            find(code, &failure.words);
        }
        if planned.addresses.is_empty() {
            let asked = planned.exchange.name().is_some() && !planned.is_literal;
            if asked && !implicit && planned.lookup_failures.is_empty() {
                let absent = FindingCode::ExchangeWithoutAddress;
                find(if no_such_name { FindingCode::ExchangeNoSuchName } else { absent }, host);
            }
            return;
        }
        let closed = planned.addresses.iter().filter(|address| !address.reachability.may_connect());
        let closed: Vec<String> = closed.map(|address| address.address.to_string()).collect();
        if closed.len() == planned.addresses.len() {
            find(FindingCode::ExchangeNotPublic, &first_few(&closed));
        } else if !closed.is_empty() {
            find(FindingCode::AddressNotPublic, &first_few(&closed));
        }
    }

    fn addresses(&self, family: Family, records: &[Record]) -> Vec<PlannedAddress> {
        let mut found: Vec<PlannedAddress> = Vec::new();
        for record in records {
            let address: IpAddr = match record.data {
                RecordData::A(address) => address.into(),
                RecordData::Aaaa(address) => address.into(),
                RecordData::Mx { .. } | RecordData::Cname(_) | RecordData::Txt(_) => continue,
            };
            let reachability = self.policy.judge(address);
            found.push(PlannedAddress { address, family, ttl_s: record.ttl_s, reachability });
        }
        // Resolvers turn the order round; reports must be comparable.
        order::sort_by_key(&mut found, |address| address.address);
        found.dedup_by_key(|address| address.address);
        found
    }

    /// Takes addresses in turns, one of each exchange and family, so that a long list does not crowd out the others.
    /// Those that may be connected to come first.
    fn cut_addresses(&mut self, exchanges: &mut [PlannedExchange]) {
        let all: usize = exchanges.iter().map(|exchange| exchange.addresses.len()).sum();
        if all <= self.limits.addresses {
            return;
        }
        let mut turns: Vec<(bool, usize, usize, usize)> = Vec::new();
        for (nth, exchange) in exchanges.iter().enumerate() {
            let mut rounds = [0; Family::ALL.len()];
            for (at, address) in exchange.addresses.iter().enumerate() {
                let round = &mut rounds[address.family as usize];
                turns.push((!address.reachability.may_connect(), *round, nth, at));
                *round += 1;
            }
        }
        order::sort_by_key(&mut turns, |turn| *turn);
        turns.truncate(self.limits.addresses);
        for (nth, exchange) in exchanges.iter_mut().enumerate() {
            let mut at = 0;
            exchange.addresses.retain(|_| {
                at += 1;
                turns.iter().any(|&(_, _, of, kept)| of == nth && kept + 1 == at)
            });
        }
        let detail = format!("{} of {all}", self.limits.addresses);
        self.findings.push(Finding::domain(FindingCode::TooManyAddresses, &detail));
    }

    fn status(&self, source: PlanSource, exchanges: &[PlannedExchange]) -> (PlanStatus, Option<DnsFault>) {
        match self.mx.end() {
            Some(LookupEnd::Failed(fault)) => return (PlanStatus::DnsFailed, Some(fault.clone())),
            Some(LookupEnd::NxDomain) => return (PlanStatus::NoSuchDomain, None),
            _ if source == PlanSource::NullMx => return (PlanStatus::NullMx, None),
            _ => {}
        }
        let mut addresses = exchanges.iter().flat_map(|exchange| &exchange.addresses).peekable();
        let any = addresses.peek().is_some();
        if addresses.any(|address| address.reachability.may_connect()) {
            return (PlanStatus::Ok, None);
        }
        // What failed might have had a public address: nothing may be concluded from the rest.
        let mut failures = exchanges.iter().flat_map(|exchange| &exchange.lookup_failures);
        match failures.next() {
            Some(LookupFailure { failure, .. }) => (PlanStatus::DnsFailed, Some(failure.clone())),
            None if any => (PlanStatus::NotPublic, None),
            None if source == PlanSource::ImplicitMx => (PlanStatus::NoData, None),
            None => (PlanStatus::NoAddress, None),
        }
    }
}

impl Exchange {
    fn new(preference: u16, host: HostName, ttl_s: Option<u32>) -> Self {
        let name = host.name().filter(|name| name.as_ip_literal().is_none());
        let lookups = name.map_or_else(Vec::new, |name| {
            let lookup = |kind| Lookup::new(name.clone(), kind);
            vec![(Family::Ipv4, lookup(RecordKind::A)), (Family::Ipv6, lookup(RecordKind::Aaaa))]
        });
        Self { preference, host, ttl_s, lookups }
    }
}

fn listed(records: &[Record]) -> Vec<Exchange> {
    let exchange = |record: &Record| match &record.data {
        RecordData::Mx { preference, exchange } => {
            Some(Exchange::new(*preference, exchange.clone(), Some(record.ttl_s)))
        }
        _ => None,
    };
    records.iter().filter_map(exchange).collect()
}

/// Names a few of a list that a stranger may have made long.
fn first_few(words: &[String]) -> String {
    const FEW: usize = 5;
    match words.len().checked_sub(FEW) {
        Some(more @ 1..) => format!("{} and {more} more", words[..FEW].join(", ")),
        _ => words.join(", "),
    }
}
