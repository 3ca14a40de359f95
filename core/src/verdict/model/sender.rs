//! The sender's side: its host, its gateway, its provider, its path, and the control hosts as they look from there.

use super::law::*;
use crate::address::Family;
use crate::sorted::Set;
use crate::verdict::fault::Fault;
use crate::verdict::fault::Party::You;
use crate::verdict::observe::OutcomeClass::*;
use crate::verdict::observe::controls::ControlResults;
use crate::verdict::observe::outcome::{CONNECT, ClassSet, SESSION, SPOKE};
use crate::verdict::observe::{Observation, Origin, loss};

/// A connection came about, if only at one time.
const REACHED: ClassSet = SPOKE.with(ClassSet::of(&[ControlsMissed, ControlsMute, Mixed]));

const ODD: ClassSet = ClassSet::of(&[Masked, NoStarttls, OtherCertificate]);

/// Why a rule against one destination is looked for: said where that destination is not reached.
pub(in crate::verdict) const NOT_THIS_ONE: &str = "Your server reaches other hosts on port 25 and not this one: a rule on its own side against this address, or against what comes back from it, looks the same.";

/// What is to be done about a server without IPv6, where the domain's IPv4 serves it.
pub(in crate::verdict) const NO_IPV6: &str = "Nothing need be done while the domain's mail servers have IPv4. Who wants to send over IPv6 gives the server an address and a route.";

/// The modes of the sender's side.
pub(super) const MODES: &[ModeSpec] = &[
    ModeSpec {
        id: "sender.host_rule",
        title: "a rule or a route of the sending host itself",
        fault: Some(Fault::OutboundPort25Blocked),
        depth: 0,
        reach: Reach::Sender,
        laws: &[explains(
            "sender.host_rule.refuses",
            &[OwnHost, ControlsDead],
            |one| one.class == OwnHost || one.origin == Origin::OwnHost,
            "the sending host's own kernel refuses the connection: no packet of it leaves",
        )],
        remedies: &[(
            You,
            "Look on the sending host itself: its firewall's output rules (nft list ruleset; on Windows Get-NetFirewallRule -Direction Outbound -Action Block -Enabled True), its routes to this address (ip route get ADDRESS; Find-NetRoute -RemoteIPAddress ADDRESS), and whether a network of its own uses this range. A rule may let the mail server's own user pass and nobody else (SMTP_BLOCK of CSF): run the check as that user.",
            "Its own kernel refused the connection; nothing else was asked.",
        )],
        ..ROW
    },
    ModeSpec {
        id: "sender.no_ipv6",
        title: "the sending host has no IPv6 of its own",
        fault: Some(Fault::SenderIpv6Broken),
        depth: 0,
        reach: Reach::Sender,
        laws: &[explains(
            "sender.no_ipv6.unroutable",
            &[NoFamily, ControlsNoFamily],
            |one| one.family == Family::Ipv6,
            "without an IPv6 address or route, the own host says at once that there is none",
        )],
        remedies: &[(
            You,
            NO_IPV6,
            "This server has no IPv6 address or no IPv6 route: its mail software goes to IPv4 at once, and loses no time.",
        )],
        ..ROW
    },
    ModeSpec {
        id: "sender.ipv4_by_translation",
        title: "the sending host has IPv6 alone, and reaches IPv4 by translation if at all (NAT64)",
        depth: 0,
        reach: Reach::Sender,
        requires: &[requires(
            "sender.ipv4_by_translation.ipv6_works",
            |at| sender_controls(at, Family::Ipv6).is_some_and(|results| !results.reached.is_empty()),
            "a host with IPv6 alone reaches its controls over IPv6",
        )],
        laws: &[explains(
            "sender.ipv4_by_translation.unroutable",
            &[NoFamily, ControlsNoFamily],
            |one| one.family == Family::Ipv4,
            "without an IPv4 address or route, the own host says at once that there is none",
        )],
        ..ROW
    },
    ModeSpec {
        id: "sender.blocks_25",
        title: "outbound port 25 is blocked on the sender's side: its own firewall, its gateway, or its provider",
        fault: Some(Fault::OutboundPort25Blocked),
        cost: Cost::By {
            id: "sender.blocks_25.cost",
            here: |at| {
                let passes_elsewhere = families(at).any(ControlResults::refused_where_others_are_silent);
                if passes_elsewhere || at.covers.iter().any(left_the_sender) {
                    return 3;
                }
                let dead = at.families.iter().all(|family| https_is_dead(at, *family));
                let resolves = at.scene.resolver_answers() && at.families == [Family::Ipv4];
                match (dead, resolves) {
                    (false, _) => 1,
                    (true, true) => 2,
                    (true, false) => 3,
                }
            },
            says: "a block of port 25 leaves other ports, but port 443 of the control hosts is as dead; and it lets no packet to port 25 leave the sender's network, in one way for all, but one came farther, or a host refused where the others are silent: then only some, or what comes back, would be dropped",
        },
        depth: 1,
        reach: Reach::SenderFamilies,
        requires: &[requires(
            "sender.blocks_25.clear",
            |at| !families(at).any(|results| !results.reached.is_empty() && !results.deceived()),
            "a block on the sender's side stops port 25 to every host",
        )],
        laws: &[
            explains(
                "sender.blocks_25.stops",
                &[Silent, Prohibited, NoRoute, ControlsDead],
                // However far the SYN came: what blocks may drop the answers. What the own kernel refuses meets no block.
                |one| one.origin != Origin::OwnHost,
                "a block lets no connection to port 25 come about",
            ),
            explains(
                "sender.blocks_25.resets",
                &[Refused],
                |one| one.origin != Origin::Far,
                "a block may reset every connection to port 25",
            ),
            forbids(
                "sender.blocks_25.spoken",
                REACHED,
                always,
                "a block on the sender's side lets no connection to port 25 through",
            ),
        ],
        ..ROW
    },
    ModeSpec {
        id: "sender.no_path",
        title: "nothing of this family gets out of the sender's network, on any port",
        fault: Some(Fault::SenderOffline),
        depth: 1,
        reach: Reach::SenderFamilies,
        requires: &[
            requires(
                "sender.no_path.alive",
                |at| !families(at).any(ControlResults::alive),
                "a sender without a path reaches nothing on any port",
            ),
            requires(
                "sender.no_path.family",
                |at| at.families != [Family::Ipv6] || !families(at).all(ControlResults::no_family),
                "a host without an IPv6 address or route of its own has no path to lose",
            ),
            requires(
                "sender.no_path.online",
                |at| {
                    let no_family = || families(at).all(ControlResults::no_family);
                    at.families.len() < 2 || !online(at) || no_family()
                },
                "a sender without Internet reaches neither its resolver nor any other vantage",
            ),
        ],
        laws: &[
            explains_any(
                "sender.no_path.stops",
                CONNECT.with(ClassSet::of(&[ControlsDead, ControlsNoFamily])),
                not_past_the_sender,
                "without a path no connection comes about, on any port",
            ),
            forbids("sender.no_path.spoken", REACHED, always, "a sender without a path is not spoken to"),
        ],
        ..ROW
    },
    ModeSpec {
        id: "sender.intercepts_all",
        title: "something on the sender's side answers port 25 in the place of every host",
        fault: Some(Fault::OutboundPort25Intercepted),
        depth: 1,
        reach: Reach::SenderFamilies,
        requires: &[requires(
            "sender.intercepts_all.voices",
            |at| {
                let voices: Set<&String> = families(at).flat_map(|one| one.voices.keys()).collect();
                let sign = at.covers.iter().any(|one| one.class == ControlsOneVoice);
                sign || voices.len() < 2 || families(at).any(ControlResults::deceived)
            },
            "an interceptor greets in one voice for every host",
        )],
        laws: &[
            explains(
                "sender.intercepts_all.sign",
                &[ControlsOneVoice, ControlsMute, Taken],
                always,
                "an interceptor greets in one voice for every host, or in none",
            ),
            explains_any(
                "sender.intercepts_all.session",
                SESSION.with(ODD).with(ClassSet::of(&[Busy, Refusing, EhloRefused])),
                |one| !(one.named && one.spoke()),
                "what an interceptor does with a session is its own affair, but it does not know the exchange's name",
            ),
            forbids(
                "sender.intercepts_all.dead",
                ClassSet::of(&[ControlsDead]),
                always,
                "an interceptor accepts connections",
            ),
            answers(
                "sender.intercepts_all.answers",
                SPOKE,
                |one| !one.corroborated,
                "an interceptor may answer in the place of a host, but not with the host's own certificate",
            ),
        ],
        ..ROW
    },
    ModeSpec {
        id: "sender.filters_destination",
        title: "a filter on the sender's side that chooses by destination: its own firewall, gateway or provider stops port 25 to this host and not to others",
        fault: Some(Fault::OutboundPort25Blocked),
        cost: Cost::By {
            id: "sender.filters_destination.cost",
            here: |at| {
                let near = |one: &&&Observation<'_>| {
                    at_target(one) && CONNECT.has(one.class) && one.origin == Origin::Near
                };
                if at.covers.iter().any(|one| near(&one)) { 1 } else { 2 }
            },
            says: "a filter that happens to choose this destination is one more thing to be wrong where nothing was seen to end near the sender",
        },
        depth: 1,
        reach: Reach::Sender,
        laws: &[
            explains(
                "sender.filters_destination.misses",
                &[ControlsMissed],
                always,
                "what chooses by destination may stop some controls and not others",
            ),
            explains(
                "sender.filters_destination.stops",
                &[Silent, Prohibited],
                |one| at_target(one) && !matches!(one.origin, Origin::Far | Origin::Middle),
                "a filter near the sender stops what has not yet left the sender's network",
            ),
            explains(
                "sender.filters_destination.unroutes",
                &[NoRoute],
                |one| at_target(one) && matches!(one.origin, Origin::Near | Origin::Unknown),
                "a null route near the sender says that there is no way",
            ),
            explains(
                "sender.filters_destination.resets",
                &[Refused],
                |one| at_target(one) && matches!(one.origin, Origin::Near | Origin::Unknown | Origin::Middle),
                "a filter near the sender may reset in the host's name",
            ),
        ],
        remedies: &[(
            You,
            "Look for a rule against this destination on your own side: block lists of countries or reputation on the firewall (pfBlocker, fail2ban), a null route, a missing hairpin NAT where the address is your own, your provider's filter.",
            NOT_THIS_ONE,
        )],
        ..ROW
    },
    ModeSpec {
        id: "sender.intercepts_destination",
        title: "something on the sender's side answers port 25 in the place of this host, and of others not",
        fault: Some(Fault::OutboundPort25Intercepted),
        depth: 1,
        reach: Reach::Sender,
        laws: &[
            explains(
                "sender.intercepts_destination.taken",
                &[Taken],
                at_target,
                "an interceptor takes the connection before it comes to the host",
            ),
            explains_any(
                "sender.intercepts_destination.odd",
                ODD,
                at_target,
                "an interceptor may mask or withhold STARTTLS, and has no certificate of the host's",
            ),
            explains(
                "sender.intercepts_destination.refuses",
                &[Busy, Refusing],
                |one| at_target(one) && one.has_voice && !one.named,
                "an interceptor refuses in its own name, and not in the exchange's",
            ),
            explains(
                "sender.intercepts_destination.late",
                &[ServedLate],
                |one| at_target(one) && !one.named,
                "an interceptor may greet late, but not in the exchange's name",
            ),
            answers(
                "sender.intercepts_destination.answers",
                SPOKE,
                |one| at_target(one) && !one.corroborated && !one.named,
                "an interceptor may answer in the place of the host, but neither in its name nor with its certificate",
            ),
        ],
        ..ROW
    },
    ModeSpec {
        id: "sender.intercepts_session",
        title: "something on the sender's side takes the connections to this host, and ends their sessions",
        fault: Some(Fault::OutboundPort25Intercepted),
        depth: 1,
        reach: Reach::Sender,
        filter: true,
        laws: &[explains_any(
            "sender.intercepts_session.ends",
            SESSION.without(ClassSet::of(&[TlsRefused])),
            at_target,
            "an interceptor ends the sessions that it takes, in one way",
        )],
        ..ROW
    },
    ModeSpec {
        id: "sender.large_packets_lost",
        title: "large packets are lost between the sender and the host",
        fault: Some(Fault::SenderPathMtu),
        depth: 2,
        reach: Reach::Sender,
        laws: &[explains(
            "sender.large_packets_lost.handshake",
            &[TlsSilent, LargeLost],
            |one| one.small_packets != Some(false),
            "where large packets are lost, the greeting passes and the TLS handshake meets silence",
        )],
        ..ROW
    },
    ModeSpec {
        id: "sender.loses_packets",
        title: "packets are lost on the sender's path",
        fault: Some(Fault::Intermittent),
        depth: 2,
        reach: Reach::Sender,
        requires: &[requires(
            "sender.loses_packets.sign",
            |at| at.scene.case.sender().is_some_and(loss::loses),
            "loss shows in connections that come about only when TCP tries again",
        )],
        laws: &[explains(
            "sender.loses_packets.silence",
            &[Silent, Stalled, TlsSilent, LargeLost, NotYetGreeted, ServedLate, Mixed],
            always,
            "packets that are lost are silence or a wait, now here and now there",
        )],
        ..ROW
    },
    ModeSpec {
        id: "controls.keep_sender_out",
        title: "one operator of the control hosts keeps the sender out",
        depth: 4,
        reach: Reach::SenderFamily,
        requires: &[requires(
            "controls.keep_sender_out.one",
            |at| families_missed(at) == 1,
            "one operator's filter keeps the sender from that operator's hosts alone",
        )],
        laws: &[explains(
            "controls.keep_sender_out.misses",
            &[ControlsMissed],
            always,
            "a control that keeps the sender out fails it and serves others",
        )],
        ..ROW
    },
    ModeSpec {
        id: "controls.down",
        title: "the control hosts are out of order, or the list of them is out of date",
        cost: Cost::By {
            id: "controls.down.cost",
            here: |at| if at.scene.case.regions().count() >= 2 { 1 } else { 3 },
            says: "that all controls are out of order is hard to believe where fewer than two others looked",
        },
        depth: 5,
        reach: Reach::SenderFamily,
        requires: &[requires(
            "controls.down.elsewhere",
            |at| families_missed(at) == 0,
            "a control that is out of order fails everybody",
        )],
        laws: &[explains(
            "controls.down.fails",
            &[ControlsDead, ControlsMute],
            always,
            "controls that are out of order do not answer",
        )],
        ..ROW
    },
    ModeSpec {
        id: "controls.share_a_list",
        title: "the recipient and the control hosts keep the sender out by one list (reputation)",
        fault: Some(Fault::SenderFiltered),
        cost: Cost::Is(3),
        depth: 4,
        reach: Reach::Sender,
        requires: &[requires(
            "controls.share_a_list.several",
            |at| Family::ALL.iter().any(|family| at.scene.missed(*family).count() > 1),
            "one list that many use keeps the sender out of several of the controls that others reach",
        )],
        laws: &[
            explains(
                "controls.share_a_list.controls",
                &[ControlsDead, ControlsMissed],
                |one| !one.origin.is_own_side(),
                "hosts that use one list keep the sender out alike",
            ),
            explains_any(
                "controls.share_a_list.target",
                CONNECT.without(ClassSet::of(&[OwnHost, NoFamily])),
                |one| at_target(one) && !one.origin.is_own_side() && one.controls_failed,
                "a host that uses the same list keeps the sender out too",
            ),
        ],
        ..ROW
    },
    ModeSpec {
        id: "controls.closed_is_open",
        title: "the port that is said to be closed is open to this network",
        depth: 5,
        reach: Reach::Sender,
        laws: &[explains(
            "controls.closed_is_open.voices",
            &[ControlsOneVoice],
            |one| !one.one_voice && one.voices > 1,
            "where controls speak in several voices, a closed port that answers is the list's mistake",
        )],
        ..ROW
    },
];

/// Whether a packet to port 25 of this address was seen to leave the sender's network, and met silence.
fn left_the_sender(one: &&Observation<'_>) -> bool {
    at_target(one) && (one.class, one.origin) == (Silent, Origin::Far)
}

/// Whether a packet to this address was not seen to leave the sender's side.
fn not_past_the_sender(one: &Observation<'_>) -> bool {
    one.of_controls() || !matches!((one.class, one.origin), (Silent, Origin::Far | Origin::Middle))
}

fn sender_controls<'s, 'a>(at: &Setting<'s, 'a>, family: Family) -> Option<&'s ControlResults<'a>> {
    Some(at.scene.controls(at.scene.case.sender()?, family))
}

fn families<'s, 'a>(at: &Setting<'s, 'a>) -> impl Iterator<Item = &'s ControlResults<'a>> {
    at.families.iter().filter_map(|family| sender_controls(at, *family)).collect::<Vec<_>>().into_iter()
}

/// How many control operators the sender missed, in all families, that others reached.
fn families_missed(at: &Setting<'_, '_>) -> usize {
    at.families.iter().map(|family| at.scene.missed(*family).count()).sum()
}

/// Whether the controls' port 443 is as dead as their port 25, where others reach it.
fn https_is_dead(at: &Setting<'_, '_>, family: Family) -> bool {
    let Some(results) = sender_controls(at, family) else { return false };
    let elsewhere = at.scene.https_elsewhere.get(&family).filter(|reached| !reached.is_empty());
    let dead = match elsewhere {
        Some(elsewhere) => results.https_failed.intersection(elsewhere).count(),
        None => results.https_failed.len(),
    };
    results.https_reached.is_empty() && !results.https_refused && dead >= 2
}

/// Whether anything far away answered the sender: another vantage, or its resolver.
fn online(at: &Setting<'_, '_>) -> bool {
    at.scene.case.regions().next().is_some() || at.scene.resolver_answers()
}
