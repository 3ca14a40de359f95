//! The domain's own DNS: what the MX plan alone establishes.

use super::RuledOut;
use super::fault::Fault;
use super::resolver::World;
use crate::dns::ExtendedError;
use crate::mx::{DnsFaultKind, MxPlan, PlanSource, PlanStatus, SecondOpinion};

/// What follows from the plan.
pub(super) enum DomainJudgement<'a> {
    /// There are addresses to try.
    Reachable(Vec<RuledOut>),
    /// The domain is at fault, and this is why.
    AtFault { fault: Fault, because: Vec<String>, confirmed: bool },
    /// Nothing can be said of the domain: the resolver could not be asked, or two of them disagree.
    Unknown(&'a str),
}

/// Judges the plan.
pub(super) fn judge(plan: &MxPlan) -> DomainJudgement<'_> {
    let resolver = match &plan.resolver {
        Some(url) => format!("by {url}"),
        None => "by DNS-over-HTTPS".to_owned(),
    };
    let confirmed = plan.second_opinion != SecondOpinion::Differs;
    let at_fault =
        |fault, because: String| DomainJudgement::AtFault { fault, because: vec![because], confirmed };
    match plan.status {
        PlanStatus::Ok => DomainJudgement::Reachable(sound(plan, &resolver)),
        PlanStatus::NoSuchDomain => at_fault(
            Fault::NoSuchDomain,
            format!("{} does not exist: NXDOMAIN, asked {resolver}", plan.domain),
        ),
        PlanStatus::NullMx => at_fault(
            Fault::NullMx,
            format!("{} publishes a null MX: it accepts no mail (RFC 7505)", plan.domain),
        ),
        PlanStatus::NoData => at_fault(
            Fault::NoAddressForMx,
            format!("{} exists but has neither MX nor address, asked {resolver}", plan.domain),
        ),
        PlanStatus::NoAddress => at_fault(
            Fault::NoAddressForMx,
            format!("none of the exchanges of {} has an address: {}", plan.domain, exchanges(plan)),
        ),
        PlanStatus::NotPublic => at_fault(
            Fault::MxNotPublic,
            format!(
                "no address of the exchanges of {} is globally reachable: {}",
                plan.domain,
                addresses(plan)
            ),
        ),
        PlanStatus::DnsFailed => failed(plan),
    }
}

/// What the world says of the domain's MX, for the comparison with the sender's own resolver.
pub(super) fn world(plan: &MxPlan) -> Option<World<'_>> {
    match plan.status {
        PlanStatus::DnsFailed => None,
        _ if plan.second_opinion == SecondOpinion::Differs => None,
        _ => Some(World {
            exchanges: match plan.source {
                PlanSource::Mx => plan.exchanges.iter().map(|one| one.exchange.as_str()).collect(),
                _ => Vec::new(),
            },
            no_data: matches!(plan.source, PlanSource::ImplicitMx) || plan.status == PlanStatus::NoData,
            nx_domain: plan.status == PlanStatus::NoSuchDomain,
            confirmed: plan.second_opinion == SecondOpinion::Agrees,
        }),
    }
}

fn failed(plan: &MxPlan) -> DomainJudgement<'_> {
    let Some(failure) = &plan.dns_failure else { return DomainJudgement::Unknown("the lookup failed") };
    let which = match failure.kind {
        DnsFaultKind::Servfail => "SERVFAIL, with DNSSEC checks and without",
        DnsFaultKind::DnssecBogus => "its DNSSEC signatures are bogus: it answers when they are not checked",
        DnsFaultKind::Lame => "its name servers do not answer, or do not serve it (lame)",
        DnsFaultKind::CnameEndless => "its aliases (CNAME) lead in a circle or never end",
        _ => return DomainJudgement::Unknown(&failure.words),
    };
    let mut because = vec![format!("the lookup of {} fails: {which}", failure.name)];
    because
        .extend(failure.extended_errors.iter().map(|error| format!("the resolver adds: {}", spoken(error))));
    DomainJudgement::AtFault {
        fault: Fault::DnsBroken,
        because,
        confirmed: plan.second_opinion != SecondOpinion::Differs,
    }
}

/// An extended error (RFC 8914) as the resolver said it.
fn spoken(error: &ExtendedError) -> String {
    let text = &error.text;
    if text.is_empty() {
        format!("extended error {}", error.code)
    } else {
        format!("{text} (extended error {})", error.code)
    }
}

fn sound(plan: &MxPlan, resolver: &str) -> Vec<RuledOut> {
    let found = format!("but {} has {} to try, asked {resolver}", plan.domain, addresses(plan));
    let out = |fault, cell: &str, law: &str| RuledOut {
        fault,
        because: format!("{law}, {found}"),
        cell: cell.to_owned(),
    };
    vec![
        out(Fault::NoSuchDomain, "dns.exists", "a domain that does not exist has no records"),
        out(Fault::NullMx, "dns.takes_mail", "a domain that takes no mail names no exchange"),
        out(Fault::NoAddressForMx, "dns.address", "exchanges without address cannot be tried"),
        out(Fault::MxNotPublic, "dns.public", "exchanges that are not public cannot be tried"),
        out(Fault::DnsBroken, "dns.answers", "broken DNS gives no addresses"),
    ]
}

fn exchanges(plan: &MxPlan) -> String {
    plan.exchanges.iter().map(|one| one.exchange.as_str()).collect::<Vec<_>>().join(", ")
}

fn addresses(plan: &MxPlan) -> String {
    let all: Vec<String> =
        plan.exchanges.iter().flat_map(|one| &one.addresses).map(|one| one.address.to_string()).collect();
    match all.as_slice() {
        [] => "no address".to_owned(),
        few if few.len() <= 4 => few.join(", "),
        many => format!("{} and {} more", many[..3].join(", "), many.len() - 3),
    }
}
