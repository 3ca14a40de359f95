//! The target: the host itself, for everybody who comes to it.

use super::between::networks;
use super::law::*;
use crate::evidence::Who;
use crate::sorted::{Map, Set};
use crate::verdict::fault::Fault;
use crate::verdict::fault::Party::{Them, You};
use crate::verdict::observe::OutcomeClass::*;
use crate::verdict::observe::outcome::{CONNECT, ClassSet, IN_ORDER, SERVED, SESSION};
use crate::verdict::observe::{Observation, OutcomeClass};
use std::net::IpAddr;

const UNCONNECTED: ClassSet = ClassSet::of(&[Silent, NoRoute, Refused, Prohibited, Unconnected]);

/// Whatever an address can show beside what is in `allowed`: that is what a lasting state of the host forbids.
const fn all_but(allowed: ClassSet) -> ClassSet {
    let set = EVERYTHING.without(allowed);
    // A connection of which no more is known contradicts what lets none come about, and nothing else.
    if allowed.has(Silent) { set } else { set.without(ClassSet::of(&[Connected])) }
}

const EVERYTHING: ClassSet = CONNECT.with(SESSION).with(SERVED).with(ClassSet::of(&[
    Busy,
    Refusing,
    EhloRefused,
    Taken,
    Masked,
    NoStarttls,
    OtherCertificate,
    Mixed,
    Connected,
]));

const MUTE: ClassSet = ClassSet::of(&[NotYetGreeted, NeverGreeted, NotSmtp]);
const SLOW: ClassSet = ClassSet::of(&[Served, ServedLate, NotYetGreeted, Stalled]);
const BUSY: ClassSet = SERVED.with(ClassSet::of(&[Busy, Refusing]));
const REFUSING: ClassSet = BUSY.with(ClassSet::of(&[EhloRefused]));
const DROPS: ClassSet = ClassSet::of(&[Dropped, Cut, Stalled]);
const MACHINE: ClassSet = ClassSet::of(&[Refused, NotYetGreeted, NeverGreeted, Dropped]);
const TLS: ClassSet = ClassSet::of(&[TlsFailed, TlsSilent, TlsUnsupported, TlsRefused]);

/// The modes of the target.
pub(super) const MODES: &[ModeSpec] = &[
    ModeSpec {
        id: "target.down",
        title: "the host is down, or a firewall before it drops everybody",
        fault: Some(Fault::HostDown),
        reach: Reach::Addresses,
        requires: &[requires(
            "target.down.sign",
            |at| sign(at, &[Silent, NoRoute, Prohibited], |one| !by_target(one)),
            "a host that is down shows in silence, or in a router that says so",
        )],
        laws: &[
            explains(
                "target.down.silent",
                &[Silent, NoRoute, Prohibited, Unconnected],
                |one| !by_target(one) && from_target(one),
                "a host that is down answers nobody",
            ),
            forbids(
                "target.down.answers",
                all_but(UNCONNECTED),
                always,
                "a host that is down answers nobody",
            ),
        ],
        ..ROW
    },
    ModeSpec {
        id: "target.closed",
        title: "the host is up and refuses port 25",
        fault: Some(Fault::PortClosed),
        reach: Reach::Addresses,
        requires: &[requires(
            "target.closed.sign",
            |at| sign(at, &[Refused, Prohibited], |_| true),
            "a closed port shows in a refusal",
        )],
        laws: &[
            explains(
                "target.closed.refuses",
                &[Refused, Prohibited, Unconnected],
                from_target,
                "a host whose port 25 is closed refuses the connection",
            ),
            explains(
                "target.closed.drops",
                &[Silent, NoRoute],
                |one| one.address_refused && from_target(one),
                "a host that refuses some connections to an address may drop others there",
            ),
            forbids("target.closed.answers", all_but(UNCONNECTED), always, "a closed port lets nobody in"),
        ],
        ..ROW
    },
    ModeSpec {
        id: "target.mute",
        title: "the host accepts connections and never greets",
        fault: Some(Fault::NoGreeting),
        reach: Reach::Addresses,
        requires: &[requires(
            "target.mute.sign",
            |at| sign(at, &[NotYetGreeted, NeverGreeted, NotSmtp], |_| true),
            "a mute host shows in a connection without a greeting",
        )],
        laws: &[
            explains_any("target.mute.waits", MUTE, always, "a mute host accepts and does not greet"),
            forbids(
                "target.mute.speaks",
                all_but(MUTE),
                always,
                "a mute host greets nobody and turns nobody away",
            ),
        ],
        ..ROW
    },
    ModeSpec {
        id: "target.drops",
        title: "the host closes, resets or stalls sessions",
        fault: Some(Fault::DropsSession),
        reach: Reach::Addresses,
        requires: &[requires(
            "target.drops.sign",
            |at| sign(at, &[Dropped, Cut, Stalled], |_| true),
            "a host that drops sessions shows in sessions that end early",
        )],
        laws: &[
            explains_any("target.drops.ends", DROPS, always, "a host that drops sessions ends them early"),
            forbids(
                "target.drops.serves",
                all_but(DROPS),
                always,
                "a host that drops sessions drops everybody's",
            ),
        ],
        ..ROW
    },
    ModeSpec {
        id: "target.tls",
        title: "the host's TLS fails",
        fault: Some(Fault::TlsBroken),
        reach: Reach::Addresses,
        requires: &[requires(
            "target.tls.sign",
            |at| sign(at, &[TlsFailed, TlsSilent, TlsUnsupported, TlsRefused], |one| !one.prober_lacks()),
            "broken TLS shows in handshakes that fail",
        )],
        laws: &[
            explains_any(
                "target.tls.fails",
                TLS,
                |one| !one.prober_lacks(),
                "where the host's TLS is broken, handshakes fail",
            ),
            forbids(
                "target.tls.serves",
                all_but(TLS),
                always,
                "a host whose TLS is broken greets, and fails everybody's handshake",
            ),
        ],
        ..ROW
    },
    ModeSpec {
        id: "target.large_packets_lost",
        title: "large packets are lost before the mail server, whoever sends them",
        fault: Some(Fault::DropsSession),
        reach: Reach::Addresses,
        requires: &[requires(
            "target.large_packets_lost.sign",
            |at| sign(at, &[LargeLost], |_| true),
            "lost large packets show in a handshake that passes with small ones",
        )],
        laws: &[
            explains(
                "target.large_packets_lost.handshake",
                &[TlsSilent, LargeLost],
                |one| one.small_packets != Some(false),
                "where large packets are lost before the host, everybody's handshake meets silence",
            ),
            forbids(
                "target.large_packets_lost.serves",
                all_but(ClassSet::of(&[TlsSilent, LargeLost])),
                always,
                "where large packets are lost before the host, nobody's handshake passes",
            ),
        ],
        remedies: &[
            (
                Them,
                "Let ICMP 'fragmentation needed' and ICMPv6 'packet too big' reach the mail server, or lower its interface's MTU or clamp the MSS on the way to it.",
                "Small packets pass between it and everybody who looked, and large ones do not: a handshake's certificates are large (RFC 2923 s2.1).",
            ),
            (You, "Let the mail wait in the queue.", "A retry helps as soon as large packets pass."),
        ],
        ..ROW
    },
    ModeSpec {
        id: "target.one_machine",
        title: "one of several machines behind the address fails those whose connections it gets (anycast, a balancer)",
        fault: Some(Fault::SomeExchangesDown),
        cost: Cost::Is(2),
        reach: Reach::Target,
        requires: &[requires(
            "target.one_machine.several",
            |at| networks(at, by_a_machine) >= 2,
            "one of several machines fails more than one network, and others are served",
        )],
        laws: &[explains_any(
            "target.one_machine.fails",
            MACHINE,
            by_a_machine,
            "a machine that is closed or mute fails those whose connections come to it",
        )],
        ..ROW
    },
    ModeSpec {
        id: "target.slow",
        title: "the host answers, but late",
        fault: Some(Fault::SlowGreeting),
        cost: Cost::By {
            id: "target.slow.cost",
            here: |at| if prompt(at) { 2 } else { 1 },
            says: "a slow host lets everybody wait, but somebody was greeted at once at the same address",
        },
        reach: Reach::Addresses,
        requires: &[requires(
            "target.slow.sign",
            |at| sign(at, &[ServedLate, NotYetGreeted, Stalled], |_| true),
            "a slow host shows in a late greeting, or in a wait for one",
        )],
        laws: &[
            explains(
                "target.slow.waits",
                &[ServedLate, NotYetGreeted, Stalled],
                always,
                "a slow host lets one wait",
            ),
            forbids("target.slow.fails", all_but(SLOW), always, "a slow host serves in the end"),
        ],
        ..ROW
    },
    ModeSpec {
        id: "target.busy",
        title: "the host puts senders off for now",
        fault: Some(Fault::TooBusy),
        reach: Reach::Addresses,
        requires: &[requires(
            "target.busy.sign",
            |at| sign(at, &[Busy], |_| true),
            "a busy host says so with 421",
        )],
        laws: &[
            explains(
                "target.busy.says",
                &[Busy, Refusing],
                meant_for_all,
                "a busy host turns some away in words",
            ),
            forbids("target.busy.silent", all_but(BUSY), always, "a host that is too busy says so"),
        ],
        ..ROW
    },
    ModeSpec {
        id: "target.refuses",
        title: "the host refuses in words",
        fault: Some(Fault::Refusing),
        reach: Reach::Addresses,
        requires: &[requires(
            "target.refuses.sign",
            |at| sign(at, &[Refusing, EhloRefused], |_| true),
            "a host that refuses says so with 554 or another 5xx",
        )],
        laws: &[
            explains(
                "target.refuses.says",
                &[Refusing, EhloRefused, Busy],
                meant_for_all,
                "a host that refuses says no in words",
            ),
            forbids("target.refuses.silent", all_but(REFUSING), always, "a host that refuses says so"),
        ],
        ..ROW
    },
    ModeSpec {
        id: "target.fails_at_times",
        title: "some connections to the host succeed and others fail, whoever asks",
        fault: Some(Fault::Intermittent),
        cost: Cost::By {
            id: "target.fails_at_times.cost",
            here: chance,
            says: "chance follows no vantage, no address and no family, and does not repeat itself",
        },
        reach: Reach::Exchange,
        requires: &[requires(
            "target.fails_at_times.both",
            |at| {
                let cells = || at.covers.iter().filter(|one| by_chance(one) && there(one));
                cells().any(|one| one.class == Mixed)
                    || cells().any(|one| one.served())
                        && cells().any(|one| !one.served())
                        && !repeats_itself(at)
            },
            "an intermittent fault shows as connections that disagree",
        )],
        laws: &[explains(
            "target.fails_at_times.fails",
            &[Silent, Refused, Mixed, Busy, Dropped, Cut, NotYetGreeted, NeverGreeted],
            |one| by_chance(one) && one.address_reached,
            "where some connections fail by chance, others to the same address succeed",
        )],
        ..ROW
    },
    ModeSpec {
        id: "target.flaps",
        title: "the host serves at one time and not at another",
        fault: Some(Fault::Intermittent),
        reach: Reach::Addresses,
        requires: &[requires(
            "target.flaps.sign",
            |at| at.covers.iter().all(|one| one.address_mixed),
            "a host that flaps was seen to serve and to fail from the same place",
        )],
        laws: &[explains_any(
            "target.flaps.fails",
            SESSION.with(CONNECT).with(ClassSet::of(&[Mixed, Busy])),
            by_chance,
            "what serves and fails by turns may fail in any way",
        )],
        ..ROW
    },
];

/// Whether words that turn somebody away are not about this sender alone: others are served, and it is told of itself.
fn meant_for_all(one: &Observation<'_>) -> bool {
    !(one.of_sender() && one.of_client && one.address_reached)
}

/// Whether a machine behind an address at which others are served may have ended it.
fn by_a_machine(one: &Observation<'_>) -> bool {
    MACHINE.has(one.class)
        && one.address_reached
        && at_target(one)
        && !(one.of_sender() && one.origin.is_own_side())
}

/// Whether the target's own ICMP ended it.
fn by_target(one: &Observation<'_>) -> bool {
    let by = one.attempt.and_then(|attempt| attempt.answered_by.as_ref());
    by.is_some_and(|by| by.who == Who::Target) && one.class == Prohibited
}

/// Whether it may be the target's doing: what ended on the sender's own side never came there. That there is no route is told
/// by the first router that knows all routes, however near it stands, where the target's network is not announced.
fn from_target(one: &Observation<'_>) -> bool {
    !(one.of_sender() && CONNECT.has(one.class) && one.origin.is_own_side() && one.class != NoRoute)
}

/// Whether anybody saw a sign that may be the target's doing.
fn sign(at: &Setting<'_, '_>, of: &[OutcomeClass], also: fn(&Observation<'_>) -> bool) -> bool {
    at.covers.iter().any(|one| of.contains(&one.class) && also(one) && from_target(one))
}

/// Whether somebody was greeted at once where another waited.
fn prompt(at: &Setting<'_, '_>) -> bool {
    let waits = at.covers.iter().filter(|one| matches!(one.class, ServedLate | NotYetGreeted | Stalled));
    let places: Set<_> = waits.filter_map(|one| one.place()).collect();
    at.covers
        .iter()
        .any(|one| one.class == Served && one.place().is_some_and(|place| places.contains(&place)))
}

/// Whether chance at the target could have made it.
fn by_chance(one: &Observation<'_>) -> bool {
    let never = IN_ORDER.without(SERVED).has(one.class)
        || matches!(one.class, OwnHost | NoFamily | Taken | Prohibited | NoRoute);
    let own_side = one.of_sender() && CONNECT.has(one.class) && one.origin.is_own_side();
    at_target(one) && !never && !own_side && !one.of_client
}

/// Whether its address was seen to work at all.
fn there(one: &Observation<'_>) -> bool {
    one.address_reached || one.class == Mixed
}

/// Whether every vantage met again what it had met before, at the addresses that serve some and fail others, more often
/// than chance would have it: each that looks twice could have seen both outcomes there, and none did. A server that is
/// busy is so for a while: that it says so twice in a second tells nothing.
fn repeats_itself(at: &Setting<'_, '_>) -> bool {
    let cells: Vec<_> = at.covers.iter().filter(|one| by_chance(one) && there(one)).collect();
    let fails = cells.iter().filter(|one| !one.served());
    let busy: Set<_> = fails.clone().filter(|one| one.class == Busy).filter_map(|one| one.place()).collect();
    let failing: Set<_> = fails.filter_map(|one| one.place()).collect();
    let lasting: Set<_> = failing.difference(&busy).collect();
    let here = cells.iter().filter(|one| one.place().is_some_and(|place| lasting.contains(&place)));
    let again: Vec<usize> = here.map(|one| one.tries.saturating_sub(1)).collect();
    again.iter().all(|times| *times > 0) && again.iter().sum::<usize>() >= SURE
}

/// How surprising chance would be: it has one cause, which shows in one way, and is dearer where no more than one region's
/// word tells that the address works at all.
fn chance(at: &Setting<'_, '_>) -> u8 {
    let fails = at.covers.iter().filter(|one| by_chance(one) && there(one) && !one.served());
    let ways: Set<u8> = fails
        .clone()
        .filter_map(|one| match one.class {
            Silent => Some(0),
            Refused => Some(1),
            Busy => Some(2),
            Dropped | Cut => Some(3),
            NotYetGreeted | NeverGreeted => Some(4),
            _ => None,
        })
        .collect();
    let doubtful = fails.clone().any(|one| rests_on_one_word(at, one));
    (pattern(at) + u8::from(ways.len() > 1) + u8::from(doubtful)).min(3)
}

/// So many connections that end alike are no chance: where every second one fails, one in 64 times.
const SURE: usize = 6;

/// How surprising chance would be by where it struck: failures that follow a vantage, an address or a family are no
/// chance, where each was tried more than once; nor are two rounds that agree.
fn pattern(at: &Setting<'_, '_>) -> u8 {
    let cells: Vec<&Observation<'_>> =
        at.covers.iter().copied().filter(|one| by_chance(one) && there(one)).collect();
    let mut addresses: Map<IpAddr, Vec<&Observation<'_>>> = Map::new();
    for one in &cells {
        if let Some((_, address)) = one.place() {
            addresses.get_or_default(address).push(one);
        }
    }
    let mixed = |cells: &[&Observation<'_>]| cells.iter().any(|one| one.class == Mixed);
    let lasting = |cells: &Vec<&Observation<'_>>| {
        let fails = cells.iter().any(|one| !one.served());
        let twice = cells.iter().filter(|one| !one.served()).all(|one| connections_like(one, cells) > 1);
        !mixed(cells) && fails && (twice || follows(cells, |one| one.by.vantage.clone()))
    };
    if addresses.values().any(lasting) {
        // Twice the same may be chance still; three times at intervals is hardly, nor are many at once.
        let sure = |one: &Observation<'_>| {
            let here = one.place().and_then(|(_, address)| addresses.get(&address));
            one.tries > 2 || here.is_some_and(|cells| connections_like(one, cells) >= SURE)
        };
        return if cells.iter().filter(|one| !one.served()).all(|one| sure(one)) { 3 } else { 2 };
    }
    if mixed(&cells) {
        return 1;
    }
    let by_vantage = follows(&cells, |one| one.by.vantage.clone());
    let by_address = follows(&cells, |one| format!("{:?}", one.place().map(|place| place.1)));
    let by_family = follows(&cells, |one| one.family.label().to_owned());
    if by_vantage || by_address || by_family { 3 } else { 1 }
}

/// How many connections to the address of `cells` failed as `one` did: its own, and those of the other vantages in its
/// network, where none of them was served. Some kinds of vantages connect once alone.
fn connections_like(one: &Observation<'_>, cells: &[&Observation<'_>]) -> usize {
    let beside = || cells.iter().filter(|other| !one.network.is_empty() && other.network == one.network);
    if one.network.is_empty() || beside().any(|other| other.served()) {
        return one.connections;
    }
    beside().map(|other| other.connections).sum()
}

/// Whether success and failure follow `key`: each value of it has one of them alone, and of each there is one that was
/// tried twice or more.
fn follows(cells: &[&Observation<'_>], key: impl Fn(&Observation<'_>) -> String) -> bool {
    let mut lines: Map<String, Vec<bool>> = Map::new();
    for one in cells {
        // Each try counts: one that was made again and ended alike is two.
        lines.get_or_default(key(one)).extend(std::iter::repeat_n(one.served(), one.tries.max(1)));
    }
    let pure = lines.values().all(|line| line.iter().all(|served| *served == line[0]));
    let repeated = |served| lines.values().any(|line| line[0] == served && line.len() > 1);
    pure && repeated(true) && repeated(false)
}
