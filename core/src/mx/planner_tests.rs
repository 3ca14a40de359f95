//! Whatever resolvers say, a plan comes of it: soon, within the limits, and the same in any order.

use super::{Limits, MxPlan, MxPlanner, PlanStatus};
use crate::address::AddressPolicy;
use crate::dns::{
    Answer, DnsFailure, DomainName, ExtendedError, HostName, Outcome, Question, Record, RecordData,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Few names, so that aliases meet and turn in circles.
const NAMES: [&str; 7] = ["a.test", "b.test", "c.test", "d.test", "192.0.2.1", "localhost", "_x.test"];

fn domain_name() -> impl Strategy<Value = DomainName> {
    prop::sample::select(&NAMES).prop_map(|text| DomainName::from_dns(text).expect("a name"))
}

fn host_name() -> impl Strategy<Value = HostName> {
    prop_oneof![
        8 => domain_name().prop_map(HostName::Name),
        1 => Just(HostName::Root),
        1 => Just(HostName::Unusable("a+b.test".to_owned())),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    let data = prop_oneof![
        3 => (0..3_u16, host_name()).prop_map(|(preference, exchange)| RecordData::Mx { preference, exchange }),
        3 => any::<[u8; 4]>().prop_map(|octets| RecordData::A(octets.into())),
        2 => any::<[u8; 16]>().prop_map(|octets| RecordData::Aaaa(octets.into())),
        3 => host_name().prop_map(RecordData::Cname),
    ];
    (domain_name(), any::<u32>(), data).prop_map(|(name, ttl_s, data)| Record { name, ttl_s, data })
}

fn answer() -> impl Strategy<Value = Result<Answer, DnsFailure>> {
    let outcome = prop_oneof![
        6 => Just(Outcome::Records),
        2 => Just(Outcome::NoData),
        1 => Just(Outcome::NxDomain),
        2 => Just(Outcome::ServFail),
        1 => Just(Outcome::Refused),
        1 => any::<u16>().prop_map(Outcome::Other),
    ];
    let errors =
        prop::collection::vec((0..30_u16).prop_map(|code| ExtendedError { code, text: String::new() }), 0..2);
    let records = prop::collection::vec(record(), 0..8);
    let said = (outcome, records, any::<bool>(), errors, prop::option::of(any::<u32>()));
    let said = said.prop_map(|(outcome, records, authentic_data, extended_errors, negative_ttl_s)| {
        Ok(Answer { outcome, records, authentic_data, extended_errors, negative_ttl_s })
    });
    prop_oneof![9 => said, 1 => Just(Err(DnsFailure::TimedOut))]
}

/// The most questions that a plan can take: the domain and 10 exchanges in two families, each with all its aliases,
/// each asked again once without checks.
const QUESTIONS: usize = (1 + 2 * 10) * (crate::dns::CNAME_HOPS + 1) * 2;

/// Plans with answers that depend on the question alone; `pick` chooses which open question is answered next.
fn planned(
    answers: &[Result<Answer, DnsFailure>],
    limits: Limits,
    mut pick: impl FnMut(usize) -> usize,
) -> (MxPlan, usize) {
    let domain: DomainName = "a.test".parse().expect("a domain");
    let mut planner = MxPlanner::new(domain, limits, AddressPolicy::default());
    let mut numbers: BTreeMap<(String, u8, bool), usize> = BTreeMap::new();
    let mut open: Vec<Question> = Vec::new();
    loop {
        open.extend(std::iter::from_fn(|| planner.poll_question()));
        if open.is_empty() {
            break;
        }
        let question = open.swap_remove(pick(open.len()));
        let key = (question.name.to_string(), question.kind as u8, question.checking_disabled);
        // Which answer a question gets does not depend on when it is asked.
        let at = key
            .0
            .bytes()
            .fold(usize::from(key.1) + usize::from(key.2) * 3, |sum, byte| sum * 7 + byte as usize);
        *numbers.entry(key).or_default() += 1;
        planner.handle_answer(&question, answers[at % answers.len()].clone());
        assert!(numbers.len() <= QUESTIONS, "no end in sight");
    }
    assert!(numbers.values().all(|&times| times == 1), "a question was asked twice: {numbers:?}");
    assert!(planner.is_done());
    (planner.plan(), numbers.len())
}

proptest! {
    #[test]
    fn a_plan_comes_of_any_answers(
        answers in prop::collection::vec(answer(), 1..20),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..20),
        limits in (0..4_usize, 0..6_usize).prop_map(|(exchanges, addresses)| Limits { exchanges, addresses }),
    ) {
        let (plan, _) = planned(&answers, limits, |_| 0);
        let mut turn = 0;
        let (other, _) = planned(&answers, limits, |open| {
            turn += 1;
            picks[turn % picks.len()].index(open)
        });
        prop_assert_eq!(&plan, &other, "the order of the answers must not matter");
        // An implicit MX is not listed, so that no limit can cut it.
        prop_assert!(plan.exchanges.len() <= limits.exchanges.max(1));
        let addresses = plan.exchanges.iter().map(|exchange| exchange.addresses.len()).sum::<usize>();
        prop_assert!(addresses <= limits.addresses);
        prop_assert!(plan.exchanges.is_sorted_by_key(|exchange| exchange.preference));
        prop_assert_eq!(plan.status == PlanStatus::Ok, !plan.targets().is_empty());
        prop_assert_eq!(plan.status == PlanStatus::DnsFailed, plan.dns_failure.is_some());
        prop_assert!(plan.targets().iter().all(|target| AddressPolicy::default().judge(target.address).may_connect()));
        let json = serde_json::to_string(&plan).expect("json");
        prop_assert_eq!(serde_json::from_str::<MxPlan>(&json).expect("a plan"), plan);
    }
}

#[test]
fn what_was_not_asked_is_not_heard() {
    let domain: DomainName = "a.test".parse().expect("a domain");
    let question = Question::new(domain.clone(), crate::dns::RecordKind::Mx);
    let mut planner = MxPlanner::new(domain, Limits::default(), AddressPolicy::default());
    planner.handle_answer(&question, Ok(Answer::empty(Outcome::NxDomain)));
    assert!(!planner.is_done(), "an answer before the question");
    assert_eq!(planner.poll_question().as_ref(), Some(&question));
    assert_eq!(planner.poll_question(), None, "one question at first");
    planner.handle_answer(&question, Ok(Answer::empty(Outcome::NxDomain)));
    planner.handle_answer(&question, Ok(Answer::empty(Outcome::ServFail)));
    assert_eq!(planner.plan().status, PlanStatus::NoSuchDomain, "the first answer stands");
}

#[test]
fn a_plan_broken_off_says_so() {
    let domain: DomainName = "a.test".parse().expect("a domain");
    let plan = MxPlanner::new(domain, Limits::default(), AddressPolicy::default()).plan();
    assert_eq!(plan.status, PlanStatus::DnsFailed);
    assert!(plan.dns_failure.is_some_and(|fault| fault.kind.is_ours()));
}

#[test]
fn a_thousand_exchanges_cost_no_more_than_ten() {
    let domain: DomainName = "a.test".parse().expect("a domain");
    let mut planner = MxPlanner::new(domain.clone(), Limits::default(), AddressPolicy::default());
    let mut answer = Answer::empty(Outcome::Records);
    for number in 0..1000_u16 {
        let exchange = HostName::from_dns(&format!("mx{number}.test"));
        let data = RecordData::Mx { preference: 1000 - number, exchange };
        answer.records.push(Record { name: domain.clone(), ttl_s: 60, data });
    }
    let question = planner.poll_question().expect("the MX");
    planner.handle_answer(&question, Ok(answer));
    let mut asked = 0;
    while let Some(question) = planner.poll_question() {
        asked += 1;
        let mut answer = Answer::empty(Outcome::Records);
        for last in 0..200 {
            let data = RecordData::A([198, 51, 100, last].into());
            answer.records.push(Record { name: question.name.clone(), ttl_s: 60, data });
        }
        planner.handle_answer(&question, Ok(answer));
    }
    assert_eq!(asked, 20, "two families of ten exchanges");
    let plan = planner.plan();
    assert_eq!(plan.exchanges[0].exchange.as_str(), "mx999.test");
    assert!(plan.exchanges.iter().all(|exchange| exchange.addresses.len() == 2), "{:?}", plan.exchanges);
}
