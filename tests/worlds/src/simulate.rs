//! From a world to the evidence that its vantages bring.

use super::{Dns, Fate, PathState, Resolver, Site, TargetState, World};
use noanswer_core::address::{Family, Reachability};
use noanswer_core::dns::{DomainName, HostName};
use noanswer_core::evidence::{
    Attempt, Container, ControlResult, EchoPath, Evidence, Expectation, Firewall, Grade, HostFacts,
    Ipv6Route, MssRetry, NetworkKind, Outcome, PassedHop, ReplySeen, ResolverAnswer, ResolverControl,
    ResolverView, RetryForm, Role, SessionRetry, Sibling, Stops, TlsSeen, Vantage, VantageFailure,
    VantageFailureKind,
};
use noanswer_core::mx::{
    DnsFault, DnsFaultKind, MxPlan, PlanSource, PlanStatus, PlannedAddress, PlannedExchange, SecondOpinion,
};
use noanswer_core::ports::Patience;
use noanswer_core::smtp::{ReplyCode, Stage};
use noanswer_core::symptom::{self, Symptom};
use noanswer_core::verdict::{Case, Trace, Verdict, judge, judge_traced};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a world's vantages bring.
#[derive(Debug)]
pub struct Simulated {
    /// The plan.
    pub plan: MxPlan,
    /// The evidence.
    pub evidence: Vec<Evidence>,
    /// The text's symptoms.
    pub symptoms: Vec<Symptom>,
    /// How long was waited.
    pub patience: Patience,
}

impl Simulated {
    /// The verdict on what the vantages bring.
    pub fn verdict(&self) -> Verdict {
        judge(&self.case())
    }

    /// How that verdict comes about.
    pub fn trace(&self) -> Trace {
        judge_traced(&self.case()).1
    }

    /// Has the sender's own firewall be set to `firewall`, and forbid whatever the program that looks sends to port 25
    /// (Windows: WSAEACCES) where one of its rules stops that.
    pub fn forbidden_by(mut self, firewall: &Firewall) -> Self {
        let forbids =
            firewall.stops_by_default || firewall.rules.iter().any(|rule| rule.stops != Stops::OtherProgram);
        for sender in self.evidence.iter_mut().filter(|one| one.role == Role::Sender) {
            sender.host = Some(HostFacts {
                ipv6_route: Ipv6Route::NotAvailable,
                container: Container::NotAvailable,
                cloud: None,
                hypervisor: None,
                firewall: Some(firewall.clone()),
                security: Vec::new(),
                source_addresses: Vec::new(),
                nat64_prefix: None,
            });
            let controls = sender.controls.iter_mut().map(|control| &mut control.attempt);
            let mail = sender.attempts.iter_mut().chain(controls).filter(|one| one.port == 25);
            for attempt in mail.filter(|_| forbids) {
                let untried =
                    Attempt::untried(&attempt.exchange, attempt.address, attempt.port, attempt.round);
                *attempt = Attempt { outcome: Outcome::PermissionDenied, ..untried };
            }
            sender.derive_sight();
        }
        self
    }

    /// Has ICMP echo requests of the sender be answered at these hops: by the targets, and by the controls.
    pub fn echoing(mut self, target: Option<u8>, control: Option<u8>) -> Self {
        let path = |answered_hop| {
            let router = PassedHop { hop: 1, address: Some([192, 0, 2, 1].into()), network: None };
            EchoPath { limit: 8, passed: vec![router], answered_hop }
        };
        for sender in self.evidence.iter_mut().filter(|one| one.role == Role::Sender) {
            sender.attempts.iter_mut().for_each(|one| one.echo = Some(path(target)));
            sender.controls.iter_mut().for_each(|one| one.attempt.echo = Some(path(control)));
        }
        self
    }

    fn case(&self) -> Case<'_> {
        Case {
            domain: "example.test",
            symptoms: &self.symptoms,
            log: None,
            plan: &self.plan,
            evidence: &self.evidence,
            patience: self.patience,
            as_of: None,
        }
    }
}

/// Who looks: the sender, or a region by its index.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Sender,
    Region(usize),
}

/// Simulates `world`.
pub fn simulate(world: &World) -> Simulated {
    let plan = plan(world);
    let patience = if world.patient { Patience::Patient } else { Patience::Quick };
    let reachable = plan.status == PlanStatus::Ok;
    let mut evidence = Vec::new();
    if let Some(sender) = &world.sender {
        let vantage = vantage("local", Role::Sender, "sender-net");
        let mut controls = controls(
            world,
            [sender.ipv4, sender.ipv6],
            sender.controls,
            sender.controls_down,
            sender.asks_443,
        );
        if sender.chooses {
            choose(&mut controls);
        }
        if sender.asks_closed {
            controls.extend(closed_controls(world, [sender.ipv4, sender.ipv6]));
        }
        if sender.loses {
            lose(&mut controls);
        }
        let mut attempts = attempts(world, Who::Sender, sender.ipv4, sender.ipv6, reachable);
        if sender.sheds {
            let controls = controls.iter_mut().map(|control| &mut control.attempt);
            controls.chain(&mut attempts).for_each(shed);
        }
        let mut seen = Evidence::new(&vantage, controls, attempts);
        seen.resolver = resolver(world, sender.resolver);
        evidence.push(seen);
    }
    for (i, region) in world.regions.iter().enumerate() {
        let vantage = vantage(&format!("region-{i}"), Role::Region, &region.network);
        if region.unreachable {
            let failure =
                VantageFailure { kind: VantageFailureKind::TimedOut, words: "no answer in time".to_owned() };
            evidence.push(Evidence::unasked(&vantage, failure));
            continue;
        }
        let mut controls = controls(world, [region.ipv4, region.ipv6], 3, region.controls_down, true);
        if region.loses {
            lose(&mut controls);
        }
        controls.extend(closed_controls(world, [region.ipv4, region.ipv6]));
        let attempts = attempts(world, Who::Region(i), region.ipv4, region.ipv6, reachable);
        evidence.push(Evidence::new(&vantage, controls, attempts));
    }
    let symptoms = world.text.as_deref().map(symptom::read).unwrap_or_default();
    Simulated { plan, evidence, symptoms, patience }
}

fn vantage(id: &str, role: Role, network: &str) -> Vantage {
    Vantage {
        id: id.to_owned(),
        place: String::new(),
        role,
        network: network.to_owned(),
        grade: Grade::Smtp,
        network_kind: NetworkKind::Unknown,
    }
}

fn plan(world: &World) -> MxPlan {
    let domain = DomainName::from_dns("example.test").expect("a domain");
    let failure = |kind| DnsFault {
        kind,
        name: domain.clone(),
        extended_errors: Vec::new(),
        words: format!("{kind:?}"),
    };
    let (status, source, dns_failure) = match world.dns {
        Dns::Sound => (PlanStatus::Ok, PlanSource::Mx, None),
        Dns::NoSuchDomain | Dns::FirstResolverLies => (PlanStatus::NoSuchDomain, PlanSource::None, None),
        Dns::NullMx => (PlanStatus::NullMx, PlanSource::NullMx, None),
        Dns::NoData => (PlanStatus::NoData, PlanSource::None, None),
        Dns::NoAddress => (PlanStatus::NoAddress, PlanSource::Mx, None),
        Dns::NotPublic => (PlanStatus::NotPublic, PlanSource::Mx, None),
        Dns::Servfail => (PlanStatus::DnsFailed, PlanSource::None, Some(failure(DnsFaultKind::Servfail))),
        Dns::Bogus => (PlanStatus::DnsFailed, PlanSource::None, Some(failure(DnsFaultKind::DnssecBogus))),
        Dns::ResolverDown => (PlanStatus::DnsFailed, PlanSource::None, Some(failure(DnsFaultKind::TimedOut))),
    };
    MxPlan {
        domain_unicode: None,
        source,
        status,
        dns_failure,
        authentic_data: false,
        exchanges: if source == PlanSource::Mx { exchanges(world) } else { Vec::new() },
        findings: Vec::new(),
        resolver: Some("https://doh.test/dns-query".to_owned()),
        second_opinion: match world.dns {
            Dns::FirstResolverLies => SecondOpinion::Differs,
            Dns::ResolverDown => SecondOpinion::Failed,
            _ => SecondOpinion::Agrees,
        },
        views: Vec::new(),
        domain,
    }
}

fn exchanges(world: &World) -> Vec<PlannedExchange> {
    let mut exchanges: Vec<PlannedExchange> = Vec::new();
    for target in &world.targets {
        let reachability = if world.dns == Dns::NotPublic { special() } else { Reachability::Public };
        let address = PlannedAddress {
            address: target.address,
            family: Family::of(target.address),
            ttl_s: 300,
            reachability,
        };
        let known = exchanges.iter_mut().find(|one| one.exchange.as_str() == target.exchange);
        let addresses = if world.dns == Dns::NoAddress { Vec::new() } else { vec![address] };
        match known {
            Some(known) => known.addresses.extend(addresses),
            None => exchanges.push(PlannedExchange {
                preference: 10 * (u16::try_from(exchanges.len()).unwrap_or(0) + 1),
                exchange: HostName::from_dns(&target.exchange),
                ttl_s: 300,
                cname: None,
                is_literal: false,
                addresses,
                lookup_failures: Vec::new(),
            }),
        }
    }
    exchanges
}

fn special() -> Reachability {
    noanswer_core::address::AddressPolicy::default().judge(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)))
}

fn resolver(world: &World, state: Resolver) -> Option<ResolverView> {
    let exchanges: Vec<String> =
        exchanges(world).iter().map(|one| one.exchange.as_str().to_owned()).collect();
    let (answer, exchanges) = match (state, world.dns) {
        (Resolver::NotAsked, _) => return None,
        (Resolver::Fails | Resolver::FailsHere, _) => (ResolverAnswer::ServFail, Vec::new()),
        (Resolver::Silent, _) => (ResolverAnswer::TimedOut, Vec::new()),
        (Resolver::Lies, _) => (ResolverAnswer::Exchanges, vec!["elsewhere.test".to_owned()]),
        (Resolver::Sound, Dns::NoSuchDomain) => (ResolverAnswer::NxDomain, Vec::new()),
        (Resolver::Sound, Dns::NullMx) => (ResolverAnswer::Exchanges, Vec::new()),
        (Resolver::Sound, Dns::NoData) => (ResolverAnswer::NoData, Vec::new()),
        (Resolver::Sound, Dns::Servfail | Dns::Bogus) => (ResolverAnswer::ServFail, Vec::new()),
        (Resolver::Sound, _) => (ResolverAnswer::Exchanges, exchanges),
    };
    let control = |answer| ResolverControl { name: "mx.operator-0.test".to_owned(), answer, took_ms: 12.0 };
    let control = match state {
        Resolver::Fails => Some(control(ResolverAnswer::ServFail)),
        Resolver::FailsHere => Some(control(ResolverAnswer::NxDomain)),
        _ => None,
    };
    let servers = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    Some(ResolverView { servers, answer, exchanges, took_ms: 12.0, view: None, control })
}

fn controls(
    world: &World,
    [ipv4, ipv6]: [PathState; 2],
    count: usize,
    down: usize,
    asks_443: bool,
) -> Vec<ControlResult> {
    let mut all = Vec::new();
    for i in 0..count {
        let last = u8::try_from(i).unwrap_or(0) + 1;
        let addresses = [
            (IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)), ipv4),
            (IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0xc, 0, 0, 0, 0, last.into())), ipv6),
        ];
        for (address, path) in addresses {
            let host = format!("mx.operator-{i}.test");
            let is_down = i < down;
            let fate = if is_down { Fate::Down } else { Fate::Healthy };
            let at_25 = over(path, &host, address, 25, 1, |attempt| host_does(attempt, fate, 1, false));
            all.push(control(i, Expectation::Open, at_25));
            if asks_443 {
                let fate = if world.https_refused && !is_down { Fate::Closed } else { fate };
                let at_443 = over(path, &host, address, 443, 1, |attempt| host_does(attempt, fate, 1, false));
                all.push(control(i, Expectation::Open, at_443));
            }
        }
    }
    all
}

/// Has what is said to the first operator's port 25 be dropped on the way out.
fn choose(controls: &mut [ControlResult]) {
    let first = controls.iter_mut().filter(|one| one.operator == "operator-0" && one.attempt.port == 25);
    for control in first.filter(|one| one.attempt.server_spoke()) {
        let seen = &control.attempt;
        control.attempt = Attempt {
            outcome: Outcome::TimedOut,
            limit_ms: Some(10_000),
            ..Attempt::untried(&seen.exchange, seen.address, 25, seen.round)
        };
    }
}

/// Has every other connection to port 25 be dropped on the way out, as if by chance.
fn shed(attempt: &mut Attempt) {
    let IpAddr::V4(address) = attempt.address else { return };
    let lot = u32::from(address).wrapping_add(attempt.round.into()).wrapping_mul(0x9e37_79b9) >> 31;
    if attempt.port == 25 && attempt.outcome != Outcome::NotTried && lot == 1 {
        *attempt = Attempt {
            outcome: Outcome::TimedOut,
            limit_ms: Some(10_000),
            ..Attempt::untried(&attempt.exchange, attempt.address, 25, attempt.round)
        };
    }
}

/// Has two operators be reached at the second try.
fn lose(controls: &mut [ControlResult]) {
    let connected = controls.iter_mut().filter(|control| control.attempt.port == 25);
    for control in
        connected.filter(|control| matches!(control.operator.as_str(), "operator-0" | "operator-1"))
    {
        control.attempt.connect_ms = control.attempt.connect_ms.map(|ms| ms + 1_000.0);
    }
}

fn closed_controls(world: &World, [ipv4, ipv6]: [PathState; 2]) -> Vec<ControlResult> {
    let fate = if world.closed_is_open { Fate::Healthy } else { Fate::Closed };
    let addresses = [
        (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 99)), ipv4),
        (IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0xc, 0, 0, 0, 0, 0x99)), ipv6),
    ];
    let look = |(address, path)| {
        let attempt = over(path, "closed.test", address, 25, 1, |attempt| host_does(attempt, fate, 1, false));
        control(99, Expectation::Closed, attempt)
    };
    addresses.map(look).to_vec()
}

fn control(operator: usize, expected: Expectation, attempt: Attempt) -> ControlResult {
    ControlResult { operator: format!("operator-{operator}"), expected, attempt }
}

fn attempts(world: &World, who: Who, ipv4: PathState, ipv6: PathState, reachable: bool) -> Vec<Attempt> {
    if !reachable {
        return Vec::new();
    }
    let rounds = if world.patient { 2 } else { 1 };
    let mut all = Vec::new();
    for target in &world.targets {
        let path = if target.address.is_ipv4() { ipv4 } else { ipv6 };
        for round in 1..=rounds {
            all.push(over(path, &target.exchange, target.address, 25, round, |attempt| {
                target_does(world, who, target, attempt, round);
            }));
        }
    }
    all
}

/// What the target, or a box in its place, does to a connection that has come through the vantage's own path.
fn target_does(world: &World, who: Who, target: &TargetState, attempt: &mut Attempt, round: u8) {
    if let Some(impostor) = target.impostor.filter(|one| who == Who::Region(one.region)) {
        host_does(attempt, impostor.fate, round, false);
        if let Some(tls) = &mut attempt.tls {
            // It speaks in the host's name, and has not the host's key.
            tls.fingerprint_sha256 = format!("{:063x}{}", 0xb0, impostor.region);
        }
        return;
    }
    let kept_out = match who {
        Who::Sender => target.drops_sender || chooses(world),
        Who::Region(i) => target.cut_off.contains(&i),
    };
    let mtu = who == Who::Sender && world.sender.as_ref().is_some_and(|sender| sender.mtu_black_hole);
    let fate = if kept_out { Fate::Down } else { fate_for(target, who) };
    host_does(attempt, fate, round, mtu);
    if who == Who::Sender
        && target.drops_sender
        && world.patient
        && !chooses(world)
        && attempt.outcome == Outcome::TimedOut
    {
        trace_to_target(attempt);
    }
    let small = who == Who::Sender && world.sender.as_ref().is_some_and(|sender| sender.tries_small_packets);
    if small && mtu && attempt.outcome == Outcome::TimedOut && attempt.stage == Stage::Starttls {
        // Segments that fit any path (RFC 9293 s3.7.1, RFC 8200 s5) come through.
        let mss = if attempt.address.is_ipv4() { 536 } else { 1_220 };
        attempt.mss_retry = Some(MssRetry { mss, stage: Stage::Starttls, outcome: Outcome::Completed });
    }
    let ended = who == Who::Sender && world.sender.as_ref().is_some_and(|sender| sender.ends_sessions);
    if ended && attempt.outcome == Outcome::Completed {
        (attempt.outcome, attempt.stage, attempt.tls) = (Outcome::Reset, Stage::Ehlo, None);
        attempt.retries = vec![by_name(Stage::Ehlo, Outcome::Reset)];
        attempt.keywords.clear();
    }
}

fn chooses(world: &World) -> bool {
    world.sender.as_ref().is_some_and(|sender| sender.chooses)
}

/// Has hop-limited SYNs show that the packets come as far as the last router, and those to another port to the host.
fn trace_to_target(attempt: &mut Attempt) {
    let hop = |hop| PassedHop { hop, address: None, network: None };
    let routers: Vec<PassedHop> = (1..=4).map(hop).collect();
    attempt.trace_limit = Some(8);
    attempt.sibling =
        Some(Sibling { port: 443, passed: routers.clone(), answered: true, answered_hop: Some(5) });
    attempt.passed = routers;
}

/// What is true of the host that somebody lands at.
fn fate_for(target: &TargetState, who: Who) -> Fate {
    let lands = |site: &&Site| match who {
        Who::Sender => site.sender,
        Who::Region(at) => site.regions.contains(&at),
    };
    target.bad_site.as_ref().filter(lands).map_or(target.fate, |site| site.fate)
}

/// A connection over a path: the path's own doing, or what `host` does when it comes through.
fn over(
    path: PathState,
    host: &str,
    address: IpAddr,
    port: u16,
    round: u8,
    arrive: impl FnOnce(&mut Attempt),
) -> Attempt {
    let mut attempt = Attempt {
        outcome: Outcome::TimedOut,
        limit_ms: Some(10_000),
        ..Attempt::untried(host, address, port, round)
    };
    match path {
        PathState::Open => arrive(&mut attempt),
        PathState::Dead => {}
        PathState::NoFamily => attempt.outcome = Outcome::NetworkUnreachable,
        PathState::Drops25 | PathState::Rejects25 | PathState::Intercepted | PathState::InterceptedSilent
            if port != 25 =>
        {
            arrive(&mut attempt)
        }
        PathState::Drops25 => {}
        PathState::Rejects25 => attempt.outcome = Outcome::Refused,
        PathState::Intercepted => greet(&mut attempt, "220 proxy.provider.test ESMTP", 2.0, false),
        PathState::InterceptedSilent => silent_after_connect(&mut attempt, round),
    }
    attempt
}

fn host_does(attempt: &mut Attempt, fate: Fate, round: u8, mtu_black_hole: bool) {
    let greeting = format!("220 {} ESMTP", attempt.exchange);
    match fate {
        Fate::Healthy => greet(attempt, &greeting, 20.0, true),
        Fate::Intermittent if round > 1 => greet(attempt, &greeting, 20.0, true),
        Fate::DropsKnockers if round == 1 => greet(attempt, &greeting, 20.0, true),
        Fate::Down | Fate::Intermittent | Fate::DropsKnockers => {}
        Fate::Gone => attempt.outcome = Outcome::HostUnreachable,
        Fate::Closed => attempt.outcome = Outcome::Refused,
        Fate::Mute => silent_after_connect(attempt, round),
        Fate::Slow if round > 1 => greet(attempt, &greeting, 20_000.0, true),
        Fate::Slow => silent_after_connect(attempt, round),
        Fate::Busy => reply(attempt, 421, Stage::Greeting),
        Fate::Refusing => reply(attempt, 554, Stage::Greeting),
        Fate::Drops => {
            greet(attempt, &greeting, 20.0, false);
            (attempt.outcome, attempt.stage) = (Outcome::Reset, Stage::Ehlo);
            attempt.retries = vec![by_name(Stage::Ehlo, Outcome::Reset)];
        }
        // The first look has no time for another name.
        Fate::DropsLiterals => {
            greet(attempt, &greeting, 20.0, false);
            (attempt.outcome, attempt.stage) = (Outcome::Closed, Stage::Ehlo);
            if round > 1 {
                attempt.retries = vec![by_name(Stage::Starttls, Outcome::Completed)];
            }
        }
        Fate::TlsBroken => {
            greet(attempt, &greeting, 20.0, false);
            (attempt.outcome, attempt.stage) = (Outcome::TlsFailed, Stage::Starttls);
        }
    }
    if mtu_black_hole && attempt.outcome == Outcome::Completed {
        (attempt.outcome, attempt.stage, attempt.tls) = (Outcome::TimedOut, Stage::Starttls, None);
    }
}

/// One more session, in which a host name is given.
fn by_name(stage: Stage, outcome: Outcome) -> SessionRetry {
    SessionRetry { form: RetryForm::EhloName, stage, outcome, reply: None, tls: None }
}

fn greet(attempt: &mut Attempt, greeting: &str, after_ms: f64, tls: bool) {
    attempt.outcome = Outcome::Completed;
    attempt.stage = if tls { Stage::Starttls } else { Stage::Ehlo };
    attempt.connect_ms = Some(10.0);
    attempt.greeting_ms = Some(10.0 + after_ms);
    attempt.greeting = Some(greeting.to_owned());
    attempt.keywords = vec!["PIPELINING".to_owned()];
    if tls {
        attempt.keywords.push("STARTTLS".to_owned());
        attempt.tls = Some(TlsSeen {
            version: "TLSv1.3".to_owned(),
            fingerprint_sha256: format!("{:064x}", attempt.exchange.len()),
            issuer: "CN=Test CA".to_owned(),
            subject: format!("CN={}", attempt.exchange),
            not_before: None,
            not_after: None,
        });
    }
}

fn silent_after_connect(attempt: &mut Attempt, round: u8) {
    attempt.connect_ms = Some(10.0);
    attempt.stage = Stage::Greeting;
    attempt.limit_ms = Some(if round > 1 { 60_000 } else { 10_500 });
}

fn reply(attempt: &mut Attempt, code: u16, stage: Stage) {
    attempt.connect_ms = Some(10.0);
    attempt.greeting_ms = Some(20.0);
    attempt.stage = stage;
    attempt.outcome = Outcome::Replied;
    let text = format!("{} says no", attempt.exchange);
    attempt.greeting = Some(format!("{code} {text}"));
    attempt.reply = Some(ReplySeen { code: ReplyCode(code), enhanced: None, text });
}
