//! The lookup: the planner's questions put to DoH servers.

use crate::address::AddressPolicy;
use crate::dns::{Answer, DnsFailure, DomainName, Question, RecordData, RecordKind, doh};
use crate::mx::{DnsView, Limits, MxPlan, MxPlanner};
use crate::ports::{Fetch, FetchError};
use futures_util::future::{Fuse, FusedFuture, FutureExt, join};
use futures_util::select_biased;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::Serialize;
use std::net::IpAddr;
use std::pin::pin;
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

/// How many resolvers are asked at once. Those after them stand in when none of these answers.
const VIEWS: usize = 2;

/// How long all lookups of a plan may take, in milliseconds: enough is left of a first verdict's time to probe.
const LOOKUPS_MS: u64 = 6_000;

/// How long a resolver is waited for after another one has answered all, in milliseconds.
const SECOND_OPINION_MS: u64 = 2_000;

/// Plans where mail for `domain` goes. The first two of `resolvers` are asked at once, for the MX and for the addresses
/// of every exchange, and the plan is the union of what they name; further ones stand in where neither answers.
pub async fn plan<F: Fetch>(
    domain: &DomainName,
    resolvers: &[String],
    policy: &AddressPolicy,
    fetch: &F,
    on_query: impl FnMut(QueryEvent),
) -> MxPlan {
    let asker = Asker { fetch, on_query: Mutex::new(on_query) };
    let nothing = || MxPlanner::new(domain.clone(), Limits::default(), policy.clone()).plan();
    let mut last = None;
    for some in resolvers.chunks(VIEWS) {
        let asked = asker.ask_all(domain, some, policy).await;
        let plan = MxPlan::union(asked).unwrap_or_else(nothing);
        let ours = plan.dns_failure.as_ref().is_some_and(|failure| failure.kind.is_ours());
        last = Some(plan);
        if !ours {
            break;
        }
    }
    last.unwrap_or_else(nothing)
}

/// The addresses of `host`, IPv4 first: for control hosts. All `resolvers` are asked, and the first that names any is
/// believed.
pub async fn addresses<F: Fetch>(host: &DomainName, resolvers: &[String], fetch: &F) -> Vec<IpAddr> {
    let asker = Asker { fetch, on_query: Mutex::new(|_| {}) };
    let mut under_way: FuturesUnordered<_> = resolvers
        .iter()
        .take(VIEWS)
        .map(|resolver| {
            let ask = |kind| {
                let (asker, question) = (&asker, Question::new(host.clone(), kind));
                async move { asker.ask(resolver, &question).await }
            };
            join(ask(RecordKind::A), ask(RecordKind::Aaaa))
        })
        .collect();
    while let Some((ipv4, ipv6)) = under_way.next().await {
        let records = [ipv4, ipv6].into_iter().flatten().flat_map(|answer| answer.records);
        let found: Vec<IpAddr> = records
            .filter_map(|record| match record.data {
                RecordData::A(address) => Some(address.into()),
                RecordData::Aaaa(address) => Some(address.into()),
                _ => None,
            })
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Puts questions to DoH servers.
pub(super) struct Asker<'a, F, E> {
    pub(super) fetch: &'a F,
    pub(super) on_query: Mutex<E>,
}

impl<F: Fetch, E: FnMut(QueryEvent)> Asker<'_, F, E> {
    /// What each of `resolvers` says, asked at once and in the order of the list.
    async fn ask_all(
        &self,
        domain: &DomainName,
        resolvers: &[String],
        policy: &AddressPolicy,
    ) -> Vec<(MxPlan, DnsView)> {
        let planner = |_| Mutex::new(MxPlanner::new(domain.clone(), Limits::default(), policy.clone()));
        let planners: Vec<Mutex<MxPlanner>> = resolvers.iter().map(planner).collect();
        let mut under_way: FuturesUnordered<_> = resolvers
            .iter()
            .zip(&planners)
            .map(|(resolver, planner)| self.drive(resolver, planner))
            .collect();
        let mut limit = pin!(self.fetch.pause(LOOKUPS_MS).fuse());
        let mut grace = pin!(Fuse::terminated());
        loop {
            select_biased! {
                answered = under_way.next() => match answered {
                    Some(true) if grace.is_terminated() => {
                        grace.set(self.fetch.pause(SECOND_OPINION_MS).fuse());
                    }
                    Some(_) => {}
                    None => break,
                },
                () = grace => break,
                () = limit => break,
            }
        }
        drop(under_way);
        let planners =
            planners.into_iter().map(|one| one.into_inner().unwrap_or_else(PoisonError::into_inner));
        let ended = |(resolver, mut planner): (&String, MxPlanner)| {
            planner.give_up();
            let view = planner.view(resolver);
            (planner.plan(), view)
        };
        resolvers.iter().zip(planners).map(ended).collect()
    }

    /// Puts the planner's questions to `resolver` until there are none: whether it answered of the MX.
    async fn drive(&self, resolver: &str, planner: &Mutex<MxPlanner>) -> bool {
        let lock = || planner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut under_way = FuturesUnordered::new();
        loop {
            while let Some(question) = { lock().poll_question() } {
                under_way.push(async {
                    let answer = self.ask(resolver, &question).await;
                    (question, answer)
                });
            }
            let Some((question, answer)) = under_way.next().await else { break };
            lock().handle_answer(&question, answer);
        }
        let view = lock().view(resolver);
        view.mx.is_answer()
    }

    pub(super) async fn ask(&self, resolver: &str, question: &Question) -> Result<Answer, DnsFailure> {
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
            RecordKind::Txt => "TXT",
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
