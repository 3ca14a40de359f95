//! What lies between: routes, filters before the target, and lists of whom to keep out.

use super::law::*;
use crate::evidence::NetworkKind;
use crate::sorted::Set;
use crate::verdict::fault::Fault;
use crate::verdict::fault::Party::{Them, You};
use crate::verdict::observe::OutcomeClass::*;
use crate::verdict::observe::outcome::{CONNECT, ClassSet, SESSION, SPOKE};
use crate::verdict::observe::{Observation, Origin, loss};

/// What a filter before the target can make of a connection.
const FILTERED: ClassSet = CONNECT
    .without(ClassSet::of(&[OwnHost, NoFamily]))
    .with(SESSION.without(ClassSet::of(&[TlsUnsupported, TlsRefused])));

/// The same, and its words.
const KEPT_OUT: ClassSet = FILTERED.with(ClassSet::of(&[Busy, Refusing, TlsRefused, LargeLost]));

/// The modes between.
pub(super) const MODES: &[ModeSpec] = &[
    ModeSpec {
        id: "route.sender_to_target",
        title: "there is no route from the sender's network to the target's, or it leads nowhere",
        fault: Some(Fault::RegionalOutage),
        depth: 3,
        reach: Reach::Sender,
        laws: &[explains(
            "route.sender_to_target.lost",
            &[Silent, NoRoute],
            |one| {
                let near = one.origin.is_own_side() && one.class != NoRoute;
                at_target(one) && !one.sibling_passes && !near && one.origin != Origin::Far
            },
            "where a route is missing no packet arrives, on any port",
        )],
        ..ROW
    },
    ModeSpec {
        id: "recipient.keeps_sender_out",
        title: "the mail server, or a filter before it, keeps this sender out",
        fault: Some(Fault::SenderFiltered),
        depth: 4,
        reach: Reach::SenderOrNetwork,
        filter: true,
        laws: &[
            explains_any(
                "recipient.keeps_sender_out.filters",
                FILTERED,
                |one| at_target(one) && !(CONNECT.has(one.class) && one.origin.is_own_side()),
                "a filter at the recipient acts on this sender, or on its whole network, and in one way",
            ),
            explains(
                "recipient.keeps_sender_out.says",
                &[Busy, Refusing, EhloRefused],
                |one| at_target(one) && one.of_sender() && one.of_client,
                "a filter at the recipient may say that it keeps this sender out: for its address, its name or its reputation",
            ),
        ],
        ..ROW
    },
    ModeSpec {
        id: "recipient.lets_one_network_in",
        title: "the recipient lets in one of the networks that looked, and no other",
        fault: Some(Fault::RegionalOutage),
        depth: 4,
        reach: Reach::Sender,
        filter: true,
        requires: &[requires(
            "recipient.lets_one_network_in.one",
            |at| {
                let served = at.all.iter().filter(|one| one.served());
                let networks: Set<&str> =
                    served.clone().filter(|one| !one.of_sender()).map(|one| one.network).collect();
                networks.len() == 1 && !served.clone().any(|one| one.of_sender())
            },
            "who lets one network in is reached from one network alone",
        )],
        laws: &[explains(
            "recipient.lets_one_network_in.others",
            &[Silent, NoRoute, Refused, Prohibited, Dropped],
            |one| at_target(one) && !one.origin.is_own_side(),
            "who lets one network in keeps the others out, in one way",
        )],
        ..ROW
    },
    ModeSpec {
        id: "between.network",
        title: "one of the networks that looked is kept out, or has no route",
        fault: Some(Fault::RegionalOutage),
        cost: Cost::By {
            id: "between.network.cost",
            here: |at| if disagree(at) || lone_word(at) { 2 } else { 1 },
            says: "what keeps a network out acts on all its vantages, in one way, and others are served: here one of them was served too or failed otherwise, or one vantage alone was served, which nobody confirms",
        },
        depth: 4,
        reach: Reach::Network,
        filter: true,
        laws: &[explains_any(
            "between.network.fails",
            KEPT_OUT,
            // A sender of the same network shares its fate.
            |one| !one.served() && kept_out(one),
            "what keeps a network out acts on all its vantages, and in one way",
        )],
        ..ROW
    },
    ModeSpec {
        id: "recipient.keeps_area_out",
        title: "the recipient keeps an area or a list out that several of those who looked are on",
        fault: Some(Fault::RegionalOutage),
        cost: Cost::By {
            id: "recipient.keeps_area_out.cost",
            here: |at| if lone_word(at) { 2 } else { 1 },
            says: "that somebody else is served rests on one vantage's word, which nobody confirms",
        },
        depth: 4,
        reach: Reach::Target,
        filter: true,
        requires: &[requires(
            "recipient.keeps_area_out.several",
            |at| networks(at, |one| kept_out(one) && shows(at, one)) >= 2,
            "who is kept out by an area is not alone",
        )],
        laws: &[explains_any(
            "recipient.keeps_area_out.fails",
            KEPT_OUT,
            |one| at_target(one) && one.address_reached && kept_out(one),
            "an area that is kept out fails where others are served",
        )],
        remedies: &[
            (
                Them,
                "Look for filters by country or network, and for a broken route or anycast site.",
                "Connections from some networks do not arrive.",
            ),
            (
                You,
                "Let the mail wait, and ask the recipient by another way whether networks such as yours are kept out.",
                "Some places reach the host and others do not.",
            ),
        ],
    },
    ModeSpec {
        id: "recipient.keeps_regions_out",
        title: "the recipient keeps out the networks that the other vantages stand in (clouds and hosters)",
        fault: Some(Fault::RegionalOutage),
        cost: Cost::By {
            id: "recipient.keeps_regions_out.cost",
            here: |at| if served_in_other_family(at) { 3 } else { 2 },
            says: "who keeps clouds out does so in both families, and the same vantages are served in the other one",
        },
        depth: 4,
        reach: Reach::Target,
        filter: true,
        requires: &[requires(
            "recipient.keeps_regions_out.several",
            |at| networks(at, |one| may_be_cloud(one) && kept_out(one) && shows(at, one)) >= 2,
            "who keeps clouds out keeps several of them out",
        )],
        laws: &[explains_any(
            "recipient.keeps_regions_out.fails",
            KEPT_OUT,
            |one| may_be_cloud(one) && kept_out(one),
            "clouds that are kept out fail alike, and the sender need not",
        )],
        ..ROW
    },
    ModeSpec {
        id: "region.loses_packets",
        title: "packets are lost on one vantage's path",
        fault: Some(Fault::Intermittent),
        depth: 2,
        reach: Reach::Vantage,
        requires: &[requires(
            "region.loses_packets.sign",
            |at| at.covers.first().is_some_and(|one| loss::loses(one.by)),
            "loss shows in connections that come about only when TCP tries again",
        )],
        laws: &[explains(
            "region.loses_packets.silence",
            &[Silent, Stalled, TlsSilent, LargeLost, NotYetGreeted, ServedLate, Mixed],
            |one| !one.of_sender(),
            "packets that are lost are silence or a wait, now here and now there",
        )],
        ..ROW
    },
    ModeSpec {
        id: "region.box",
        title: "something on one vantage's own way answers in the place of the host, or the vantage is wrong",
        cost: Cost::By {
            id: "region.box.cost",
            here: |at| if alone(at) { 2 } else { 1 },
            says: "nobody else looked who could have met anything else",
        },
        depth: 1,
        reach: Reach::Vantage,
        laws: &[
            explains(
                "region.box.mixed",
                &[Mixed],
                |one| !one.of_sender() && !one.corroborated,
                "a vantage that is wrong may say now this and now that",
            ),
            explains(
                "region.box.late",
                &[ServedLate],
                |one| !one.of_sender() && !one.corroborated,
                "a box may greet late, but not with the host's own certificate",
            ),
            answers(
                "region.box.answers",
                SPOKE.with(SESSION).with(ClassSet::of(&[Mixed])),
                |one| !one.of_sender() && !one.corroborated,
                "a box may answer in the place of the host, but not with the host's own certificate",
            ),
        ],
        ..ROW
    },
    ModeSpec {
        id: "region.box_waits",
        title: "something on one vantage's own way takes the connection in the place of the host, and greets late",
        cost: Cost::Is(2),
        depth: 1,
        reach: Reach::Vantage,
        laws: &[explains(
            "region.box_waits.not_yet",
            &[NotYetGreeted],
            |one| !one.of_sender() && one.address_reached,
            "a box may keep one waiting in the place of a host that serves others",
        )],
        ..ROW
    },
    ModeSpec {
        id: "region.box_session",
        title: "something on one vantage's own way takes the connection in the place of the host, and ends the session",
        depth: 1,
        reach: Reach::Vantage,
        filter: true,
        laws: &[explains_any(
            "region.box_session.ends",
            SESSION.with(ClassSet::of(&[Busy, Refusing])),
            |one| !one.of_sender() && !one.corroborated && !one.address_reached,
            "a box that takes the connection in the place of the host ends the session or says no, in one way",
        )],
        ..ROW
    },
];

/// Whether one vantage alone looked at the target.
fn alone(at: &Setting<'_, '_>) -> bool {
    let looked = at.all.iter().filter(|one| !one.of_controls());
    looked.map(|one| one.by.vantage.as_str()).collect::<Set<_>>().len() < 2
}

/// Whether a network's vantages disagree about an address: where one failed in this way, another was served, or failed in
/// another way.
fn disagree(at: &Setting<'_, '_>) -> bool {
    let otherwise = |here: &Observation<'_>| {
        at.covers.iter().any(|one| {
            let passed = one.served() || one.class == Connected && CONNECT.has(here.class);
            let differs = passed || one.asks() && !shows(at, one);
            differs && one.is_at(here) && one.by.vantage != here.by.vantage
        })
    };
    at.covers.iter().any(|one| KEPT_OUT.has(one.class) && shows(at, one) && otherwise(one))
}

/// Whether a filter at the recipient could have made it.
pub(super) fn kept_out(one: &Observation<'_>) -> bool {
    let elsewhere = one.of_sender()
        && (matches!(one.class, Busy | Refusing) || CONNECT.has(one.class) && one.origin.is_own_side());
    KEPT_OUT.has(one.class) && !elsewhere
}

/// Whether an address was reached by one region alone, with a certificate that nobody else met: a box may have answered.
fn lone_word(at: &Setting<'_, '_>) -> bool {
    let mut kept = at.covers.iter().filter(|one| one.address_reached && kept_out(one) && shows(at, one));
    kept.any(|here| rests_on_one_word(at, here))
}

/// Whether every region that may have been kept out was served by the same exchange in the other family.
fn served_in_other_family(at: &Setting<'_, '_>) -> bool {
    let mut kept =
        at.covers.iter().filter(|one| may_be_cloud(one) && kept_out(one) && shows(at, one)).peekable();
    let elsewhere = |here: &&&Observation<'_>| {
        at.covers.iter().any(|one| {
            let exchange = one.place().map(|place| place.0);
            let same = one.by.vantage == here.by.vantage && exchange == here.place().map(|place| place.0);
            same && one.family != here.family && one.served()
        })
    };
    kept.peek().is_some() && kept.all(|one| elsewhere(&one))
}

/// Whether it was seen by a region whose network may be a cloud: a list of clouds does not hold the others.
fn may_be_cloud(one: &Observation<'_>) -> bool {
    !one.of_sender() && one.by.network_kind != NetworkKind::Access
}

fn shows(at: &Setting<'_, '_>, one: &Observation<'_>) -> bool {
    at.way.is_none_or(|way| way.shows().has(one.class))
}

pub(super) fn networks<'s>(at: &Setting<'s, '_>, wanted: impl Fn(&Observation<'_>) -> bool) -> usize {
    let here = at.covers.iter().filter(|one| at_target(one) && wanted(one));
    here.map(|one| one.network).collect::<Set<_>>().len()
}
