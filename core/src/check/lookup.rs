//! The lookup: the planner's questions put to DoH servers.

use crate::address::AddressPolicy;
use crate::dns::{
    Answer, DnsFailure, DomainName, HostName, Outcome, Question, Record, RecordData, RecordKind, doh,
};
use crate::mx::{Limits, MxPlan, MxPlanner, PlanSource, PlanStatus, SecondOpinion};
use crate::ports::{Fetch, FetchError};
use futures_util::future::join;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::Serialize;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// One question on its way, for those who watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueryEvent {
    /// The DoH server.
    pub resolver: String,
    /// The name that is asked for.
    pub name: String,
    /// The kind of record: `MX`, `A`, `AAAA`.
    pub kind: &'static str,
    /// How far it is.
    pub state: QueryState,
    /// What went wrong, with `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// How far a question is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryState {
    /// Sent.
    Asked,
    /// Answered, whatever was said.
    Answered,
    /// No answer could be had.
    Failed,
}

/// Plans where mail for `domain` goes. The first of `resolvers` is asked; when the trouble is its own, the next one
/// stands in for it; when it answers, the next one gives a second opinion.
pub async fn plan<F: Fetch>(
    domain: &DomainName,
    resolvers: &[String],
    policy: &AddressPolicy,
    fetch: &F,
    on_query: impl FnMut(QueryEvent),
) -> MxPlan {
    let asker = Asker { fetch, on_query: Mutex::new(on_query) };
    let mut rest = resolvers.iter();
    let mut last = MxPlanner::new(domain.clone(), Limits::default(), policy.clone()).plan();
    while let Some(resolver) = rest.next() {
        let second = rest.clone().next();
        let opinion = async {
            match second {
                Some(second) => Some(asker.ask(second, &Question::new(domain.clone(), RecordKind::Mx)).await),
                None => None,
            }
        };
        let (plan, opinion) = join(asker.plan(domain, resolver, policy), opinion).await;
        let ours = plan.dns_failure.as_ref().is_some_and(|failure| failure.kind.is_ours());
        last = MxPlan {
            resolver: Some(resolver.clone()),
            second_opinion: opinion.map_or(SecondOpinion::NotAsked, |opinion| compare(&plan, opinion)),
            ..plan
        };
        if !ours {
            break;
        }
    }
    last
}

/// The addresses of `host`, IPv4 first: for control hosts. The first of `resolvers` that answers is believed.
pub async fn addresses<F: Fetch>(host: &DomainName, resolvers: &[String], fetch: &F) -> Vec<IpAddr> {
    let asker = Asker { fetch, on_query: Mutex::new(|_| {}) };
    for resolver in resolvers {
        let ask = |kind| {
            let (asker, question) = (&asker, Question::new(host.clone(), kind));
            async move { asker.ask(resolver, &question).await }
        };
        let (ipv4, ipv6) = join(ask(RecordKind::A), ask(RecordKind::Aaaa)).await;
        if ipv4.is_err() && ipv6.is_err() {
            continue;
        }
        let answers = [ipv4, ipv6].into_iter().flatten();
        return answers
            .flat_map(|answer| answer.records)
            .filter_map(|record| match record.data {
                RecordData::A(address) => Some(address.into()),
                RecordData::Aaaa(address) => Some(address.into()),
                _ => None,
            })
            .collect();
    }
    Vec::new()
}

struct Asker<'a, F, E> {
    fetch: &'a F,
    on_query: Mutex<E>,
}

impl<F: Fetch, E: FnMut(QueryEvent)> Asker<'_, F, E> {
    async fn plan(&self, domain: &DomainName, resolver: &str, policy: &AddressPolicy) -> MxPlan {
        let mut planner = MxPlanner::new(domain.clone(), Limits::default(), policy.clone());
        let mut under_way = FuturesUnordered::new();
        loop {
            while let Some(question) = planner.poll_question() {
                under_way.push(async {
                    let answer = self.ask(resolver, &question).await;
                    (question, answer)
                });
            }
            let Some((question, answer)) = under_way.next().await else { break };
            planner.handle_answer(&question, answer);
        }
        planner.plan()
    }

    async fn ask(&self, resolver: &str, question: &Question) -> Result<Answer, DnsFailure> {
        self.tell(resolver, question, QueryState::Asked, None);
        let answer = self.answer(resolver, question).await;
        match &answer {
            Ok(_) => self.tell(resolver, question, QueryState::Answered, None),
            Err(failure) => self.tell(resolver, question, QueryState::Failed, Some(failure.to_string())),
        }
        answer
    }

    async fn answer(&self, resolver: &str, question: &Question) -> Result<Answer, DnsFailure> {
        let unreachable = |words: String| DnsFailure::Unreachable { words };
        let request = doh::request(resolver, question).map_err(|error| unreachable(error.to_string()))?;
        let response = self.fetch.fetch(&request).await.map_err(|error| match error {
            FetchError::TimedOut => DnsFailure::TimedOut,
            FetchError::TooLarge => DnsFailure::BadAnswer(doh::DohError::TooLarge),
            other => unreachable(other.to_string()),
        })?;
        Ok(doh::decode(question, response.status, response.content_type.as_deref(), &response.body)?)
    }

    fn tell(&self, resolver: &str, question: &Question, state: QueryState, words: Option<String>) {
        let kind = match question.kind {
            RecordKind::Mx => "MX",
            RecordKind::A => "A",
            RecordKind::Aaaa => "AAAA",
        };
        let (resolver, name) = (resolver.to_owned(), question.name.to_string());
        (self.on_query.lock().unwrap_or_else(PoisonError::into_inner))(QueryEvent {
            resolver,
            name,
            kind,
            state,
            words,
        });
    }
}

/// Whether a second resolver says the same of the domain's MX. Sets that share an exchange are the same: zones change.
fn compare(plan: &MxPlan, opinion: Result<Answer, DnsFailure>) -> SecondOpinion {
    let Ok(answer) = opinion else { return SecondOpinion::Failed };
    let named =
        |host: &str| plan.exchanges.iter().any(|one| one.exchange.as_str().eq_ignore_ascii_case(host));
    let same = match (answer.outcome, plan.status, plan.source) {
        (Outcome::NxDomain, status, _) => status == PlanStatus::NoSuchDomain,
        (Outcome::NoData, status, source) => source == PlanSource::ImplicitMx || status == PlanStatus::NoData,
        (Outcome::ServFail, status, _) => status == PlanStatus::DnsFailed,
        (Outcome::Records, PlanStatus::NullMx, _) => answer.records.iter().all(is_null_mx),
        (Outcome::Records, _, PlanSource::Mx) => answer.records.iter().any(|record| match &record.data {
            RecordData::Mx { exchange, .. } => named(exchange.as_str()),
            _ => false,
        }),
        (Outcome::Records, ..) => false,
        (Outcome::Refused | Outcome::Other(_), ..) => return SecondOpinion::Failed,
    };
    if same { SecondOpinion::Agrees } else { SecondOpinion::Differs }
}

/// "No mail here" (RFC 7505): an MX that names the root.
fn is_null_mx(record: &Record) -> bool {
    matches!(&record.data, RecordData::Mx { exchange: HostName::Root, .. })
}
