//! The sender's own resolver against DNS-over-HTTPS.

use super::RuledOut;
use super::fault::Fault;
use super::seen::span;
use crate::evidence::{ResolverAnswer, ResolverView};

/// What the world's resolvers say of the domain's MX, as far as it is established.
pub(super) struct World<'a> {
    /// The exchanges, lower case.
    pub(super) exchanges: Vec<&'a str>,
    /// The domain exists and has no MX record.
    pub(super) no_data: bool,
    /// The domain does not exist.
    pub(super) nx_domain: bool,
    /// A second resolver of another operator says the same.
    pub(super) confirmed: bool,
}

/// What follows for the sender's resolver.
pub(super) enum ResolverJudgement {
    /// It agrees.
    Sound(RuledOut),
    /// It fails or lies.
    Broken(String),
    /// It does not answer.
    Silent(String),
    /// It answers of other names, and not of this domain: it, or its way to the domain's own servers, or these.
    OfThisDomain(String),
    /// It says something else, and nobody confirms who is right.
    Contradicts(String),
    /// Nothing can be said.
    Unknown,
}

/// A resolver this slow makes senders give up a lookup: the stub resolver's default timeout (resolv.conf(5)).
const STUB_TIMEOUT_MS: f64 = 5_000.0;

const LAW: &str = "a broken resolver would fail or name other exchanges";

/// Judges the sender's resolver by what the `world` says; `None` when the world's answer is itself a failure.
pub(super) fn judge(view: &ResolverView, world: Option<&World<'_>>) -> ResolverJudgement {
    let Some(world) = world else { return ResolverJudgement::Unknown };
    let servers: Vec<String> = view.servers.iter().map(ToString::to_string).collect();
    let own = match servers.as_slice() {
        [] => "the sending server's own resolver".to_owned(),
        servers => format!("the sending server's own resolver ({})", servers.join(", ")),
    };
    let agrees = match view.answer {
        ResolverAnswer::Exchanges => {
            let same = |name: &String| world.exchanges.iter().any(|other| other.eq_ignore_ascii_case(name));
            !world.no_data
                && !world.nx_domain
                && (view.exchanges.iter().any(same) || view.exchanges.is_empty())
        }
        ResolverAnswer::NoData => world.no_data,
        ResolverAnswer::NxDomain => world.nx_domain,
        failed => {
            let because = format!("{own} {}; DNS-over-HTTPS answers", failure(failed));
            return match failed {
                ResolverAnswer::TimedOut | ResolverAnswer::ServFail if works_elsewhere(view) => {
                    ResolverJudgement::OfThisDomain(because)
                }
                ResolverAnswer::TimedOut => ResolverJudgement::Silent(because),
                _ => ResolverJudgement::Broken(because),
            };
        }
    };
    if !agrees {
        let because = format!("{own} says otherwise than DNS-over-HTTPS: {}", said(view));
        return if world.confirmed {
            ResolverJudgement::Broken(because)
        } else {
            ResolverJudgement::Contradicts(because)
        };
    }
    if view.took_ms >= STUB_TIMEOUT_MS {
        let because = format!("{own} took {} for one answer", span(view.took_ms));
        let judged =
            if works_elsewhere(view) { ResolverJudgement::OfThisDomain } else { ResolverJudgement::Broken };
        return judged(because);
    }
    ResolverJudgement::Sound(RuledOut {
        fault: Fault::SenderDnsBroken,
        because: format!("{LAW}, but {own} agrees with DNS-over-HTTPS after {}", span(view.took_ms)),
        cell: "resolver.agrees".to_owned(),
    })
}

/// Whether it answered of another name meanwhile, and in time.
fn works_elsewhere(view: &ResolverView) -> bool {
    view.control.as_ref().is_some_and(|control| control.answer.works() && control.took_ms < STUB_TIMEOUT_MS)
}

fn failure(answer: ResolverAnswer) -> &'static str {
    match answer {
        ResolverAnswer::ServFail => "failed (SERVFAIL)",
        ResolverAnswer::Refused => "refused to answer (REFUSED)",
        ResolverAnswer::TimedOut => "did not answer in time",
        ResolverAnswer::Unreachable => "could not be reached",
        _ => "answered nonsense",
    }
}

fn said(view: &ResolverView) -> String {
    match view.answer {
        ResolverAnswer::NxDomain => "the domain does not exist".to_owned(),
        ResolverAnswer::NoData => "the domain has no MX".to_owned(),
        _ => format!("the exchanges are {}", view.exchanges.join(", ")),
    }
}
