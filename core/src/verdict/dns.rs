//! The domain's DNS: what each view says, and who of the domain and the views must be wrong.
//!
//! The same engine as for connections, on a smaller model: the domain may be in a state (one mode each), each view may
//! be wrong by itself, and several views may be wrong in the same way, which is far less likely.

use super::builder::VerdictBuilder;
use super::case::Case;
use super::diagnose::{self, Bits, Diagnosed, Work};
use super::fault::Fault;
use super::observe::words::{span, words};
use super::observe::{Origin, OutcomeClass, Scene, loss};
use super::problem::SLACK;
use super::trace::{TracedMode, TracedObservation, TracedProblem};
use super::types::{RuledOut, Standing};
use crate::dns::ExtendedError;
use crate::evidence::{ResolverAnswer, ResolverView};
use crate::mx::{
    DnsFaultKind, DnsView, ExchangeView, Finding, FindingCode, MxPlan, PlanSource, PlanStatus, SecondOpinion,
    ViewAnswer,
};
use std::net::IpAddr;

/// A resolver this slow makes senders give up a lookup: the stub resolver's default timeout (resolv.conf(5)).
const STUB_TIMEOUT_MS: f64 = 5_000.0;

/// What a view says of the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// Mail can be tried: the exchanges and addresses of the plan.
    Mail,
    /// The domain is in the state of this fault.
    State(Fault),
    /// Other exchanges than the other views name.
    OtherExchanges,
    /// Something else, and it is not known what.
    Other,
    /// No answer, SERVFAIL, or one so late that senders have given up.
    Failed,
    /// The resolver cannot be asked, or refuses: it fails at every name.
    Unusable,
}

/// Whose view it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Viewer {
    Plan,
    Second,
    Own,
    /// The sender's own resolver, asked for a name that has nothing to do with the domain.
    OwnControl,
}

struct View {
    viewer: Viewer,
    claim: Claim,
    said: String,
}

/// What follows from the domain's DNS.
pub(super) struct DnsJudgement {
    /// Addresses of the plan can be judged.
    pub(super) reachable: bool,
    /// Nothing is known of the domain: the sender's own side can still be judged.
    pub(super) unknown: bool,
    /// How it came about.
    pub(super) trace: Option<TracedProblem>,
}

/// Judges the domain's DNS and the sender's own resolver.
pub(super) fn judge(scene: &Scene<'_>, draft: &mut VerdictBuilder) -> DnsJudgement {
    let case = &scene.case;
    let plan = case.plan;
    let fault = state(plan);
    let looked_up = plan.status != PlanStatus::DnsFailed || fault.is_some();
    if !looked_up {
        let words = plan.dns_failure.as_ref().map_or("the lookup failed", |failure| &failure.words);
        draft.note(&format!(
            "Where mail for {} goes could not be looked up: {words}. That says nothing of the domain.",
            case.domain
        ));
        draft.unjudged = scene.targets.is_empty();
    }
    let views = views(scene, fault, looked_up);
    let (problem, modes) = question(scene, &views);
    let reachable = plan.status == PlanStatus::Ok;
    if !reachable {
        draft.unjudged |= fault.is_none() && scene.targets.is_empty();
    }
    let Diagnosed::Explained { least, diagnoses } =
        diagnose::diagnose(&problem, SLACK, &mut Work::of_a_verdict())
    else {
        draft.unjudged = true;
        return DnsJudgement { reachable, unknown: !looked_up, trace: None };
    };
    let because = |fault: Fault| -> Vec<String> {
        let about_own = fault == Fault::SenderDnsBroken;
        let mut lines: Vec<String> = views
            .iter()
            .filter(|view| view.claim != Claim::Mail || about_own)
            .filter(|view| view.viewer != Viewer::OwnControl)
            .map(|view| view.said.clone())
            .collect();
        lines.dedup();
        if about_own {
            lines.extend(case.met_where_own_resolver_leads().filter_map(|attempt| {
                let class = OutcomeClass::of(attempt, Origin::Unknown)?;
                Some(format!("where that resolver leads, the sending server {}", words(attempt, class)))
            }));
        }
        lines
    };
    let mut named = Vec::new();
    for one in modes.iter().filter_map(|mode| mode.fault) {
        let holds = |found: &&diagnose::Diagnosis| found.modes.iter().any(|at| modes[*at].fault == Some(one));
        let in_some = diagnoses.iter().filter(holds).count();
        if in_some == 0 || named.contains(&one) {
            continue;
        }
        named.push(one);
        let cheapest = diagnoses.iter().filter(holds).map(|found| found.cost).min().unwrap_or_default();
        let views_alone = |found: &diagnose::Diagnosis| {
            found.cost < cheapest && found.modes.iter().all(|at| modes[*at].fault.is_none())
        };
        if !reachable && diagnoses.iter().any(views_alone) {
            // That a view is wrong is the simpler story: of the domain nothing is known.
            continue;
        }
        let every = in_some == diagnoses.len();
        let standing = if every { Standing::Established } else { Standing::Possible };
        let cost = diagnoses.iter().filter(holds).map(|found| found.cost).min().unwrap_or_default();
        draft.name_all(one, standing, cost, because(one));
    }
    let first_wrong = |found: &diagnose::Diagnosis| found.modes.iter().any(|at| modes[*at].doubts_the_plan);
    draft.unjudged |= reachable && diagnoses.iter().any(first_wrong);
    if let Some(fault) = fault.filter(|fault| !named.contains(fault)) {
        draft.keep_alive(&[fault]);
        draft.unjudged = true;
        draft.note(&format!(
            "The views of DNS disagree about {}, and the one that was asked first is not taken for the truth.",
            case.domain
        ));
    }
    notes(case, &views, draft);
    if reachable {
        draft.rule_out(sound(plan, &named));
    }
    let trace = (!views.is_empty()).then(|| TracedProblem {
        about: format!("the DNS of {}", case.domain),
        observations: views.iter().map(traced).collect(),
        modes: modes
            .iter()
            .zip(&problem.modes)
            .map(|(mode, engine)| mode.traced(engine, views.len()))
            .collect(),
        least: Some(least),
        diagnoses: diagnoses
            .iter()
            .map(|one| (one.cost, one.modes.iter().map(|at| modes[*at].id.clone()).collect()))
            .collect(),
    });
    DnsJudgement { reachable, unknown: !looked_up, trace }
}

fn traced(view: &View) -> TracedObservation {
    TracedObservation {
        said: view.said.clone(),
        class: format!("{:?}", view.claim),
        asks: view.claim != Claim::Mail,
        discarded: None,
    }
}

/// The state in which the plan's own view sees the domain, where mail cannot be tried.
fn state(plan: &MxPlan) -> Option<Fault> {
    match plan.status {
        PlanStatus::Ok => None,
        PlanStatus::NoSuchDomain => Some(Fault::NoSuchDomain),
        PlanStatus::NullMx => Some(Fault::NullMx),
        PlanStatus::NoData | PlanStatus::NoAddress => Some(Fault::NoAddressForMx),
        PlanStatus::NotPublic => Some(Fault::MxNotPublic),
        PlanStatus::DnsFailed => {
            let kind = plan.dns_failure.as_ref()?.kind;
            let of_domain = matches!(
                kind,
                DnsFaultKind::Servfail
                    | DnsFaultKind::DnssecBogus
                    | DnsFaultKind::Lame
                    | DnsFaultKind::CnameEndless
            );
            of_domain.then_some(Fault::DnsBroken)
        }
    }
}

fn views(scene: &Scene<'_>, fault: Option<Fault>, looked_up: bool) -> Vec<View> {
    let case = &scene.case;
    let plan = case.plan;
    let mut views = Vec::new();
    if looked_up {
        let claim = fault.map_or(Claim::Mail, Claim::State);
        let said = plan_in_words(plan);
        views.push(View { viewer: Viewer::Plan, claim, said: said.clone() });
        let second = match plan.second_opinion {
            // Of the addresses it says the same where it answered of them all.
            SecondOpinion::Agrees
                if plan.status == PlanStatus::NoAddress
                    && !plan.has(FindingCode::ExchangeIsLiteral)
                    && (plan.views.len() < 2
                        || others(plan).any(|view| without_address(view) != Some(true))) =>
            {
                None
            }
            SecondOpinion::Agrees if others(plan).any(|view| names_other_addresses(plan, view)) => Some((
                claim,
                "a second resolver, of another operator, names the same exchange at another address",
            )),
            SecondOpinion::Agrees => Some((claim, "a second resolver, of another operator, says the same")),
            // Where the first sees no way to mail the domain, otherwise is most likely the sound state.
            SecondOpinion::Differs => {
                let claim = if fault.is_some() { Claim::Mail } else { claim_of_others(plan) };
                let bogus = others(plan).any(|view| view.mx == ViewAnswer::DnssecBogus);
                let said = match bogus && claim == Claim::Other {
                    true => {
                        "a second resolver, of another operator, finds the domain's DNSSEC signatures bogus"
                    }
                    false => "a second resolver, of another operator, says otherwise",
                };
                Some((claim, said))
            }
            SecondOpinion::NotAsked | SecondOpinion::Failed => None,
        };
        views.extend(second.map(|(claim, said)| View {
            viewer: Viewer::Second,
            claim,
            said: said.to_owned(),
        }));
    }
    let Some(own) = case.sender().and_then(|sender| sender.resolver.as_ref()) else { return views };
    if !looked_up {
        return views;
    }
    // A name server may answer each place with addresses of its own: where those serve the sender in the exchange's name,
    // the resolver leads to the domain's mail server too.
    let claim = own_claim(own, plan, fault).map(|claim| match claim {
        Claim::OtherExchanges if scene.own_resolver_leads_to_the_exchange() => Claim::Mail,
        claim => claim,
    });
    if let Some(claim) = claim {
        views.push(View { viewer: Viewer::Own, claim, said: own_in_words(own, claim) });
        let control = own.control.as_ref();
        let fails = control.filter(|control| !works(control.answer, control.took_ms));
        let unusable =
            claim == Claim::Unusable || control.is_none() && own.answer == ResolverAnswer::TimedOut;
        if fails.is_some() || unusable && matches!(claim, Claim::Failed | Claim::Unusable) {
            let said = match fails {
                Some(control) => format!("it does not answer of {} either", control.name),
                None => "it was not seen to answer of any name".to_owned(),
            };
            views.push(View { viewer: Viewer::OwnControl, claim: Claim::Unusable, said });
        }
    }
    views
}

/// What the resolvers say whose view is not the plan's, where they contradict it in one way.
fn claim_of_others(plan: &MxPlan) -> Claim {
    let mut states = others(plan).filter_map(state_in);
    let first = states.next();
    match first {
        Some(state) if states.all(|other| other == state) => Claim::State(state),
        _ => Claim::Other,
    }
}

/// The views of the resolvers that the plan was not begun with.
fn others(plan: &MxPlan) -> impl Iterator<Item = &DnsView> {
    plan.views.iter().filter(|view| Some(&view.resolver) != plan.resolver.as_ref())
}

/// Whether `view` names an exchange of the plan's first resolver, and none of the addresses that that one has for it.
fn names_other_addresses(plan: &MxPlan, view: &DnsView) -> bool {
    let first = plan.views.iter().find(|one| Some(&one.resolver) == plan.resolver.as_ref());
    let elsewhere = |one: &ExchangeView| {
        let theirs =
            first.and_then(|first| first.exchange(&one.exchange)).map_or(&[][..], |one| &one.addresses);
        !theirs.is_empty()
            && !one.addresses.is_empty()
            && theirs.iter().all(|known| !one.addresses.contains(known))
    };
    view.exchanges.iter().any(elsewhere)
}

/// Whether none of the exchanges has an address; `None` where that was not answered of all.
fn without_address(view: &DnsView) -> Option<bool> {
    if view.exchanges.iter().any(|one| !one.addresses.is_empty()) {
        return Some(false);
    }
    let answered = view.exchanges.iter().all(|one| one.ipv4.is_answer() && one.ipv6.is_answer());
    (answered && !view.exchanges.is_empty()).then_some(true)
}

/// The state without mail that a resolver's answer to the MX question is.
fn state_in(view: &DnsView) -> Option<Fault> {
    match view.mx {
        ViewAnswer::Records if view.exchanges.is_empty() => Some(Fault::NullMx),
        ViewAnswer::NxDomain => Some(Fault::NoSuchDomain),
        _ => None,
    }
}

fn works(answer: ResolverAnswer, took_ms: f64) -> bool {
    answer.works() && took_ms < STUB_TIMEOUT_MS
}

/// Whether every answer came, late, within the time in which a stub resolver asks each server of its list in turn: the
/// first one may be dead, and another answers.
fn answers_by_another_server(own: &ResolverView) -> bool {
    let in_turn = STUB_TIMEOUT_MS * own.servers.len() as f64;
    let came = |answer: ResolverAnswer, took_ms| answer.works() && took_ms < in_turn;
    own.servers.len() > 1
        && came(own.answer, own.took_ms)
        && own.control.as_ref().is_some_and(|control| came(control.answer, control.took_ms))
}

/// What the sender's own resolver says; `None` where it speaks neither for nor against the others.
fn own_claim(own: &ResolverView, plan: &MxPlan, fault: Option<Fault>) -> Option<Claim> {
    let same_names = own.exchanges.is_empty()
        || own.exchanges.iter().any(|name| {
            plan.exchanges.iter().any(|planned| planned.exchange.as_str().eq_ignore_ascii_case(name))
        });
    let slow = own.took_ms >= STUB_TIMEOUT_MS;
    let claim = match own.answer {
        ResolverAnswer::NxDomain => Claim::State(Fault::NoSuchDomain),
        ResolverAnswer::NoData if plan.source == PlanSource::ImplicitMx => Claim::Mail,
        ResolverAnswer::NoData => match fault {
            Some(fault @ (Fault::NoAddressForMx | Fault::NullMx)) => Claim::State(fault),
            _ => Claim::State(Fault::NoAddressForMx),
        },
        ResolverAnswer::Exchanges => match fault {
            None if own.view.as_ref().and_then(state_in) == Some(Fault::NullMx) => {
                Claim::State(Fault::NullMx)
            }
            None if same_names && plan.source != PlanSource::ImplicitMx => addresses_of_own(own, plan),
            None => Claim::OtherExchanges,
            Some(Fault::NullMx) if own.exchanges.is_empty() => Claim::State(Fault::NullMx),
            // Asked for the exchanges alone: of their addresses it says nothing.
            Some(Fault::MxNotPublic) if same_names => Claim::State(Fault::MxNotPublic),
            Some(fault @ Fault::NoAddressForMx) if plan.status == PlanStatus::NoAddress && same_names => {
                let none = own.view.as_ref().and_then(without_address)?;
                return Some(if none { Claim::State(fault) } else { Claim::Mail });
            }
            Some(_) => Claim::Mail,
        },
        ResolverAnswer::ServFail if fault == Some(Fault::DnsBroken) => Claim::State(Fault::DnsBroken),
        ResolverAnswer::ServFail | ResolverAnswer::TimedOut => Claim::Failed,
        ResolverAnswer::Refused | ResolverAnswer::Unreachable | ResolverAnswer::Nonsense => Claim::Unusable,
    };
    Some(if claim == Claim::Mail && slow { Claim::Failed } else { claim })
}

/// What the sender's own resolver says of the exchanges' addresses, where it was asked: the mail goes there.
fn addresses_of_own(own: &ResolverView, plan: &MxPlan) -> Claim {
    let Some(view) = &own.view else { return Claim::Mail };
    let mut claim = Claim::Mail;
    for exchange in &view.exchanges {
        let planned =
            plan.exchanges.iter().find(|one| one.exchange.as_str().eq_ignore_ascii_case(&exchange.exchange));
        let Some(planned) = planned.filter(|one| !one.addresses.is_empty()) else { continue };
        let same = |address: &IpAddr| planned.addresses.iter().any(|one| one.address == *address);
        let failed =
            |answer| matches!(answer, ViewAnswer::ServFail | ViewAnswer::DnssecBogus | ViewAnswer::Refused);
        if exchange.addresses.iter().any(same) {
            return Claim::Mail;
        }
        let denied = |answer| matches!(answer, ViewAnswer::NxDomain | ViewAnswer::NoData);
        if !exchange.addresses.is_empty() {
            claim = Claim::OtherExchanges;
        } else if denied(exchange.ipv4) && denied(exchange.ipv6) && claim == Claim::Mail {
            // It names the exchange and says that there is no such host: mail that goes by it goes nowhere.
            claim = Claim::State(Fault::NoAddressForMx);
        } else if failed(exchange.ipv4) || failed(exchange.ipv6) {
            claim = Claim::Failed;
        }
    }
    claim
}

/// A mode of this model.
struct DnsMode {
    id: String,
    fault: Option<Fault>,
    /// If it is true, the addresses that were looked at are not the domain's.
    doubts_the_plan: bool,
}

impl DnsMode {
    fn traced(&self, engine: &diagnose::Mode, views: usize) -> TracedMode {
        let which = |bits: &Bits| (0..views).filter(|at| bits.has(*at)).map(|at| at + 1).collect::<Vec<_>>();
        let laws =
            [("explains", &engine.explains), ("answers", &engine.answers), ("forbids", &engine.forbids)];
        TracedMode {
            id: self.id.clone(),
            cost: engine.cost,
            unmet: None,
            laws: laws
                .into_iter()
                .map(|(law, bits)| (format!("{}.{law}", self.id), which(bits)))
                .filter(|(_, at)| !at.is_empty())
                .collect(),
        }
    }
}

/// How near a view lies: its mistake is seen before the domain's own state.
const VIEW_DEPTH: u8 = 0;
const DOMAIN_DEPTH: u8 = 5;

fn question(scene: &Scene<'_>, views: &[View]) -> (diagnose::Problem, Vec<DnsMode>) {
    let mut problem = diagnose::Problem::default();
    let mut modes = Vec::new();
    let bits = |wanted: &dyn Fn(&View) -> bool| {
        let mut bits = Bits::default();
        views.iter().enumerate().filter(|(_, view)| wanted(view)).for_each(|(at, _)| bits.set(at));
        bits
    };
    let asks = |view: &View| view.claim != Claim::Mail;
    problem.needs = bits(&asks);
    let mut add = |id: String, fault, cost, depth, explains: Bits, forbids: Bits, answers: Bits| {
        problem.modes.push(diagnose::Mode { cost, depth, explains, forbids, answers });
        let doubts_the_plan = answers.has(0) && views.first().is_some_and(|view| view.viewer == Viewer::Plan);
        modes.push(DnsMode { id, fault, doubts_the_plan });
    };
    let none = Bits::default();
    // The domain's own state: whoever says otherwise is wrong.
    let mut states: Vec<Fault> = Vec::new();
    for view in views {
        if let Claim::State(fault) = view.claim
            && !states.contains(&fault)
        {
            states.push(fault);
        }
    }
    let kind = scene.case.plan.dns_failure.as_ref().map(|failure| failure.kind);
    let greeted = scene.counting().any(|one| one.spoke() && (one.named || one.corroborated));
    for fault in states {
        // Whoever does not check signatures finds the mail of a domain whose signatures are bogus (RFC 4035 s5.5). Whoever
        // still knows an answer finds that of a domain whose servers are gone: where it leads, the exchange greets in its name.
        let unchecked = |view: &View| {
            let known = view.viewer == Viewer::Own && greeted;
            fault == Fault::DnsBroken
                && view.claim == Claim::Mail
                && (known || kind == Some(DnsFaultKind::DnssecBogus))
        };
        let says = |view: &View| view.claim == Claim::State(fault);
        let otherwise = |view: &View| !says(view) && !unchecked(view) && view.viewer != Viewer::OwnControl;
        add(
            format!("domain.{}", fault.name()),
            Some(fault),
            1,
            DOMAIN_DEPTH,
            bits(&says),
            bits(&otherwise),
            none,
        );
    }
    if views.iter().any(|view| view.claim == Claim::Other) {
        // Some other state, of which no more is known.
        let other = |view: &View| view.claim == Claim::Other;
        let otherwise = |view: &View| !other(view) && view.viewer != Viewer::OwnControl;
        add("domain.another_state".to_owned(), None, 1, DOMAIN_DEPTH, bits(&other), bits(&otherwise), none);
    }
    // A server that greets in the exchange's name shows that the addresses are right.
    let disputed = views.iter().any(|view| view.viewer == Viewer::Second && asks(view));
    let confirmed = !disputed && greeted;
    // One resolver finds the domain's signatures bogus, and the own one fails of it.
    let checked = scene.case.plan.views.iter().any(|view| view.mx == ViewAnswer::DnssecBogus);
    let fails = |view: &View| view.viewer == Viewer::Own && view.claim == Claim::Failed;
    let bogus = checked && views.iter().any(fails);
    for view in views.iter().filter(|view| view.viewer != Viewer::OwnControl) {
        let (name, fault) = match view.viewer {
            Viewer::Own => ("own", Some(Fault::SenderDnsBroken)),
            Viewer::Second => ("second", None),
            Viewer::Plan | Viewer::OwnControl => ("first", None),
        };
        let alike = views.iter().filter(|other| other.claim == view.claim).count();
        let shared = alike > 1 && matches!(view.claim, Claim::State(_) | Claim::Mail);
        let own = |other: &View| other.viewer == view.viewer;
        let whole = |other: &View| own(other) || name == "own" && other.viewer == Viewer::OwnControl;
        if !shared {
            let cost = match view.claim {
                Claim::Mail if confirmed => 3,
                // Who says which signature fails has looked.
                Claim::Other if bogus => 2,
                _ => 1,
            };
            let explains = bits(&|other| whole(other) && asks(other));
            add(format!("view.{name}.wrong"), fault, cost, VIEW_DEPTH, explains, none, bits(&own));
        }
    }
    let mut shared: Vec<Claim> = Vec::new();
    for view in views {
        let alike = views.iter().filter(|other| other.claim == view.claim).count();
        let may_share = matches!(view.claim, Claim::State(_) | Claim::Mail);
        if alike < 2 || !may_share || shared.contains(&view.claim) {
            continue;
        }
        shared.push(view.claim);
        let of_own = views.iter().any(|other| other.claim == view.claim && other.viewer == Viewer::Own);
        let says = |other: &View| other.claim == view.claim;
        add(
            "views.wrong_alike".to_owned(),
            of_own.then_some(Fault::SenderDnsBroken),
            2 * alike as u8 - 1,
            VIEW_DEPTH,
            bits(&|other| says(other) && asks(other)),
            none,
            bits(&says),
        );
    }
    let own = views.iter().find(|view| view.viewer == Viewer::Own).map(|view| view.claim);
    let whole = views.iter().any(|view| view.viewer == Viewer::OwnControl);
    let of_own = bits(&|view| view.viewer == Viewer::Own);
    if own == Some(Claim::OtherExchanges) && scene.case.own_resolver_finds_mail() {
        // Within its time to live an answer may be old, and a network may keep a view of its own on purpose.
        add("view.own.another".to_owned(), None, 1, VIEW_DEPTH, of_own, none, of_own);
    }
    if bogus && views.iter().any(|view| view.claim == Claim::Other) {
        // Whoever checks signatures finds the domain broken, and who does not finds its mail (RFC 4035 s5.5).
        let checks = |view: &View| view.viewer == Viewer::Second && view.claim == Claim::Other || fails(view);
        add("domain.bogus".to_owned(), Some(Fault::DnsBroken), 1, DOMAIN_DEPTH, bits(&checks), none, none);
    }
    if own == Some(Claim::Failed) && !whole {
        add("domain.fails_some".to_owned(), Some(Fault::DnsBroken), 1, DOMAIN_DEPTH, of_own, none, none);
    }
    let resolver = scene.case.sender().and_then(|sender| sender.resolver.as_ref());
    if own == Some(Claim::Failed) && resolver.is_some_and(answers_by_another_server) {
        // A stub resolver waits for the first server and then asks the next: the lookup is slow, and it comes.
        let both = bits(&|view| matches!(view.viewer, Viewer::Own | Viewer::OwnControl));
        add("view.own.next_server".to_owned(), None, 1, VIEW_DEPTH, both, none, none);
    }
    let lossy = scene.case.sender().is_some_and(loss::loses);
    if own == Some(Claim::Failed) && lossy {
        let both = bits(&|view| matches!(view.viewer, Viewer::Own | Viewer::OwnControl));
        add("sender.loses_packets".to_owned(), Some(Fault::Intermittent), 1, VIEW_DEPTH, both, none, none);
    }
    (problem, modes)
}

fn notes(case: &Case<'_>, views: &[View], draft: &mut VerdictBuilder) {
    let own = views.iter().find(|view| view.viewer == Viewer::Own);
    match own.map(|view| view.claim) {
        Some(Claim::OtherExchanges) => draft.note("The sending server's resolver names other exchanges or addresses than DNS-over-HTTPS does: an answer that is old by its time to live, a view of this domain that is kept on purpose, or a wrong one. The mail goes where the sending server's resolver says."),
        Some(Claim::Failed) if !views.iter().any(|view| view.viewer == Viewer::OwnControl) => draft.note("The sending server's resolver answers of other names at the same time: its way to the domain's own name servers may be at fault, or one of these."),
        _ => {}
    }
    if own.is_some() && case.own_resolver_answers_of_ipv4_alone() {
        draft.note("The sending server's resolver answers of the exchanges' IPv4 addresses and did not answer, in the time of a check, of their IPv6 addresses (AAAA): mail software that asks for both waits for it at every delivery, and some takes the name for not resolvable (RFC 4074 s4.1).");
    }
    if case.plan.has(FindingCode::NullMxNotAlone) {
        draft.note("A null MX (\"no mail here\") stands beside other MX records, where it must stand alone (RFC 7505 s3): mail servers ignore it, or take it at its word.");
    }
    if case.plan.status == PlanStatus::Ok {
        passed_over(case.plan).for_each(|note| draft.note(&note));
    }
    if case.plan.second_opinion == SecondOpinion::Differs {
        draft.note(&format!(
            "Two resolvers of different operators disagree about {}, and neither is taken for the truth. One says: {}.",
            case.domain,
            plan_in_words(case.plan)
        ));
    }
}

/// The exchanges that no mail can go to, beside others: mail servers go on to the next (RFC 5321 s5.1).
fn passed_over(plan: &MxPlan) -> impl Iterator<Item = String> {
    let unusable = |finding: &&Finding| {
        matches!(
            finding.code,
            FindingCode::ExchangeUnusable
                | FindingCode::ExchangeNoSuchName
                | FindingCode::ExchangeWithoutAddress
                | FindingCode::ExchangeCnameEndless
                | FindingCode::ExchangeNotPublic
        )
    };
    plan.findings.iter().filter(unusable).filter_map(|finding| {
        let exchange = finding.exchange.as_ref()?;
        Some(format!("No mail can go to {exchange}, which stands in the MX: {}. Mail servers go on to the next exchange.", finding.words))
    })
}

fn plan_in_words(plan: &MxPlan) -> String {
    let resolver = match &plan.resolver {
        Some(url) => format!("by {url}"),
        None => "by DNS-over-HTTPS".to_owned(),
    };
    match plan.status {
        PlanStatus::Ok => format!("{} has {} to try, asked {resolver}", plan.domain, addresses(plan)),
        PlanStatus::NoSuchDomain => format!("{} does not exist: NXDOMAIN, asked {resolver}", plan.domain),
        PlanStatus::NullMx => {
            format!("{} publishes a null MX: it accepts no mail (RFC 7505)", plan.domain)
        }
        PlanStatus::NoData => {
            format!("{} exists but has neither MX nor address, asked {resolver}", plan.domain)
        }
        PlanStatus::NoAddress => {
            format!("none of the exchanges of {} has an address: {}", plan.domain, exchanges(plan))
        }
        PlanStatus::NotPublic => format!(
            "no address of the exchanges of {} is globally reachable: {}",
            plan.domain,
            addresses(plan)
        ),
        PlanStatus::DnsFailed => failed_in_words(plan),
    }
}

fn failed_in_words(plan: &MxPlan) -> String {
    let Some(failure) = &plan.dns_failure else { return "the lookup failed".to_owned() };
    let which = match failure.kind {
        DnsFaultKind::Servfail => "SERVFAIL, with DNSSEC checks and without",
        DnsFaultKind::DnssecBogus => "its DNSSEC signatures are bogus: it answers when they are not checked",
        DnsFaultKind::Lame => "its name servers do not answer, or do not serve it (lame)",
        DnsFaultKind::CnameEndless => "its aliases (CNAME) lead in a circle or never end",
        _ => &failure.words,
    };
    let added: Vec<String> = failure.extended_errors.iter().map(spoken).collect();
    let added =
        if added.is_empty() { String::new() } else { format!("; the resolver adds: {}", added.join("; ")) };
    format!("the lookup of {} fails: {which}{added}", failure.name)
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

fn own_in_words(own: &ResolverView, claim: Claim) -> String {
    let servers: Vec<String> = own.servers.iter().map(ToString::to_string).collect();
    let who = match servers.as_slice() {
        [] => "the sending server's own resolver".to_owned(),
        servers => format!("the sending server's own resolver ({})", servers.join(", ")),
    };
    let did = match own.answer {
        ResolverAnswer::NxDomain => "says that the domain does not exist".to_owned(),
        ResolverAnswer::NoData => "says that the domain has no MX".to_owned(),
        ResolverAnswer::Exchanges if claim == Claim::Failed => match own.took_ms >= STUB_TIMEOUT_MS {
            true => format!("took {} for one answer", span(own.took_ms)),
            false => "fails at the addresses of the exchanges".to_owned(),
        },
        ResolverAnswer::Exchanges if claim == Claim::OtherExchanges => {
            let view = own.view.iter().flat_map(|view| &view.exchanges);
            let addresses: Vec<String> =
                view.flat_map(|one| &one.addresses).map(ToString::to_string).collect();
            let at =
                if addresses.is_empty() { String::new() } else { format!(" at {}", addresses.join(", ")) };
            format!("names the exchanges {}{at}", own.exchanges.join(", "))
        }
        ResolverAnswer::Exchanges if claim == Claim::State(Fault::NullMx) => {
            "says that the domain publishes a null MX".to_owned()
        }
        ResolverAnswer::Exchanges if claim == Claim::State(Fault::NoAddressForMx) => {
            format!("names the exchanges {} and says that they have no address", own.exchanges.join(", "))
        }
        ResolverAnswer::Exchanges => format!("names the exchanges {}", own.exchanges.join(", ")),
        ResolverAnswer::ServFail => "failed (SERVFAIL)".to_owned(),
        ResolverAnswer::Refused => "refused to answer (REFUSED)".to_owned(),
        ResolverAnswer::TimedOut => "did not answer in time".to_owned(),
        ResolverAnswer::Unreachable => "could not be reached".to_owned(),
        ResolverAnswer::Nonsense => "answered nonsense".to_owned(),
    };
    format!("{who} {did}")
}

/// What a plan with addresses rules out.
fn sound(plan: &MxPlan, named: &[Fault]) -> Vec<RuledOut> {
    if plan.second_opinion == SecondOpinion::Differs {
        return Vec::new();
    }
    let found = format!("but {}", plan_in_words(plan));
    let partly = plan.has(FindingCode::AddressLookupFailed);
    let laws = [
        (Fault::NoSuchDomain, "dns.exists", "a domain that does not exist has no records"),
        (Fault::NullMx, "dns.takes_mail", "a domain that takes no mail names no exchange"),
        (Fault::NoAddressForMx, "dns.address", "exchanges without address cannot be tried"),
        (Fault::MxNotPublic, "dns.public", "exchanges that are not public cannot be tried"),
        (Fault::DnsBroken, "dns.answers", "broken DNS gives no addresses"),
    ];
    laws.into_iter()
        .filter(|(fault, ..)| !(named.contains(fault) || partly && *fault == Fault::DnsBroken))
        .map(|(fault, cell, law)| RuledOut {
            fault,
            because: format!("{law}, {found}"),
            cell: cell.to_owned(),
        })
        .collect()
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
