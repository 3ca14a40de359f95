//! The faults table of one address of one exchange.
//!
//! For each fault: which outcomes the sender and the other vantages may see if that fault alone is true. A cell that
//! the evidence contradicts eliminates the fault; `law` is the sentence that the report then shows, followed by the
//! observation. Ids of cells are never reused.

use super::fault::Fault;
use super::seen::Seen::{self, *};
use super::seen::SeenSet;

/// A row of the table: a fault, and what may be seen if it alone is true.
pub(super) struct Row {
    pub(super) fault: Fault,
    /// What the sending server may see.
    pub(super) sender: Cell,
    /// What any other clear vantage may see.
    pub(super) others: Cell,
    /// What at least one vantage must have seen for there to be a reason to think of this fault.
    pub(super) sign: Cell,
    /// How the vantages must stand to each other.
    pub(super) pattern: Pattern,
}

/// A cell: an id, the outcomes that are allowed, and the law that a contradiction breaks.
pub(super) struct Cell {
    pub(super) id: &'static str,
    pub(super) allows: SeenSet,
    pub(super) law: &'static str,
}

/// How the vantages must stand to each other if the fault alone is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Nothing is asked.
    Any,
    /// The sender alone fails.
    SenderAlone,
    /// Some vantages reach the host and others do not.
    Split,
    /// The rounds of one vantage disagree.
    RoundsDisagree,
}

/// A shorthand for the table alone.
const fn cell(id: &'static str, allows: &[Seen], law: &'static str) -> Cell {
    Cell { id, allows: SeenSet::of(allows), law }
}

const EVERYTHING: &[Seen] = &[
    Reached,
    ReachedLate,
    Silent,
    Refused,
    RefusedNearby,
    Prohibited,
    NoRoute,
    NotYetGreeted,
    NeverGreeted,
    NotSmtp,
    Busy,
    Refusing,
    Dropped,
    Cut,
    Stalled,
    TlsFailed,
    TlsSilent,
    Foreign,
    NoStarttls,
    OtherCertificate,
];

/// Outcomes in which the host was not reached, or not kept.
const FAILURES: &[Seen] = &[
    Silent,
    Refused,
    RefusedNearby,
    Prohibited,
    NoRoute,
    NotYetGreeted,
    NeverGreeted,
    NotSmtp,
    Dropped,
    Cut,
    Stalled,
    TlsFailed,
    TlsSilent,
];

/// Outcomes of a packet that a filter dropped or rejected.
const FILTERED: &[Seen] = &[
    Silent,
    Refused,
    RefusedNearby,
    Prohibited,
    NoRoute,
    NotYetGreeted,
    NeverGreeted,
    Dropped,
    Cut,
    Stalled,
    TlsFailed,
];

/// Outcomes in which the host spoke SMTP: the road to it is open.
pub(super) const SPOKE: SeenSet =
    SeenSet::of(&[Reached, ReachedLate, Busy, Refusing, NoStarttls, OtherCertificate]);

/// Outcomes that say something of the vantage and nothing of the host.
pub(super) const SAYS_NOTHING: SeenSet = SeenSet::of(&[RefusedAtHome, NoFamily, TakenOnTheWay]);

/// The table.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    Row {
        fault: Fault::NothingWrongNow,
        sender: cell("ok.sender", &[Reached, NoStarttls, OtherCertificate], "if nothing is wrong, the sending server reaches the host"),
        others: cell("ok.others", &[Reached, Busy, Refusing], "if nothing is wrong, every place that sees port 25 reaches the host"),
        sign: cell("ok.sign", &[Reached, NoStarttls, OtherCertificate], "to say that nothing is wrong, somebody must have reached the host"),
        pattern: Pattern::Any,
    },
    Row {
        fault: Fault::SlowGreeting,
        sender: cell("slow.sender", &[Reached, ReachedLate, NotYetGreeted, Stalled], "a host that greets late still accepts the connection and greets in the end"),
        others: cell("slow.others", &[Reached, ReachedLate, NotYetGreeted, Stalled], "a host that greets late still accepts the connection and greets in the end"),
        sign: cell("slow.sign", &[ReachedLate, NotYetGreeted, Stalled], "a slow greeting would have been late somewhere"),
        pattern: Pattern::Any,
    },
    Row {
        fault: Fault::Intermittent,
        sender: cell("intermittent.sender", EVERYTHING, ""),
        others: cell("intermittent.others", EVERYTHING, ""),
        sign: cell("intermittent.sign", FAILURES, "an intermittent fault shows as a failure in some round"),
        pattern: Pattern::RoundsDisagree,
    },
    Row {
        fault: Fault::HostDown,
        sender: cell("down.sender", &[Silent, NoRoute, Refused, RefusedNearby, Prohibited], "a host that is down answers nobody"),
        others: cell("down.others", &[Silent, NoRoute, Refused, RefusedNearby, Prohibited], "a host that is down answers nobody"),
        sign: cell("down.sign", &[Silent, NoRoute, Prohibited], "a host that is down leaves at least one connection without any answer"),
        pattern: Pattern::Any,
    },
    Row {
        fault: Fault::PortClosed,
        sender: cell("closed.sender", &[Refused, RefusedNearby, Prohibited, Silent, NoRoute], "a closed port lets nobody in"),
        others: cell("closed.others", &[Refused, RefusedNearby, Prohibited, Silent, NoRoute], "a closed port lets nobody in"),
        sign: cell("closed.sign", &[Refused, RefusedNearby, Prohibited], "a closed port refuses connections"),
        pattern: Pattern::Any,
    },
    Row {
        fault: Fault::NoGreeting,
        sender: cell("mute.sender", &[NotYetGreeted, NeverGreeted, NotSmtp], "a host that never greets greets nobody"),
        others: cell("mute.others", &[NotYetGreeted, NeverGreeted, NotSmtp], "a host that never greets greets nobody"),
        sign: cell("mute.sign", &[NotYetGreeted, NeverGreeted, NotSmtp], "a host that never greets accepts connections first"),
        pattern: Pattern::Any,
    },
    Row {
        fault: Fault::TooBusy,
        sender: cell("busy.sender", &[Busy], "a host that is too busy says so to the sending server"),
        others: cell("busy.others", &[Busy, Refusing, Reached, ReachedLate], "a host that says 421 is up and speaks"),
        sign: cell("busy.sign", &[Busy], "a host that is too busy says so (421)"),
        pattern: Pattern::Any,
    },
    Row {
        fault: Fault::Refusing,
        sender: cell("refusing.sender", &[Refusing], "a host that refuses in its greeting says so to the sending server"),
        others: cell("refusing.others", &[Refusing, Busy, Reached, ReachedLate], "a host that refuses in its greeting is up and speaks"),
        sign: cell("refusing.sign", &[Refusing], "a host that refuses in its greeting says so (554, 521)"),
        pattern: Pattern::Any,
    },
    Row {
        fault: Fault::DropsSession,
        sender: cell("drops.sender", &[Dropped, Cut, Stalled], "a host that drops sessions drops everybody's"),
        others: cell("drops.others", &[Dropped, Cut, Stalled], "a host that drops sessions drops everybody's"),
        sign: cell("drops.sign", &[Dropped, Cut, Stalled], "a dropped session shows as one"),
        pattern: Pattern::Any,
    },
    Row {
        fault: Fault::TlsBroken,
        sender: cell("tls.sender", &[TlsFailed, TlsSilent], "broken TLS at the host fails for everybody"),
        others: cell("tls.others", &[TlsFailed, TlsSilent], "broken TLS at the host fails for everybody"),
        sign: cell("tls.sign", &[TlsFailed, TlsSilent], "broken TLS shows in the handshake"),
        pattern: Pattern::Any,
    },
    Row {
        fault: Fault::SenderPathMtu,
        sender: cell("mtu.sender", &[TlsSilent], "an MTU black hole lets the greeting and EHLO pass and swallows the large packets of the TLS handshake"),
        others: cell("mtu.others", &[Reached, ReachedLate], "an MTU black hole on the sender's path does not touch other places"),
        sign: cell("mtu.sign", &[TlsSilent], "an MTU black hole shows as silence in the TLS handshake"),
        pattern: Pattern::SenderAlone,
    },
    Row {
        fault: Fault::SenderFiltered,
        sender: cell("filtered.sender", FILTERED, "a filter against this sender keeps it out"),
        others: cell("filtered.others", &[Reached, ReachedLate, Busy, Refusing], "a filter against this sender alone lets other places through"),
        sign: cell("filtered.sign", FILTERED, "a filter shows as a connection that is dropped or refused"),
        pattern: Pattern::SenderAlone,
    },
    Row {
        fault: Fault::OutboundPort25Blocked,
        sender: cell("rule.sender", &[RefusedNearby], "a rule at the sender's own gateway against this address would answer from there"),
        others: cell("rule.others", EVERYTHING, ""),
        sign: cell("rule.sign", &[RefusedNearby], "a rule at the sender's own gateway against this address would answer from there"),
        pattern: Pattern::SenderAlone,
    },
    Row {
        fault: Fault::OutboundPort25Intercepted,
        sender: cell("foreign.sender", &[Foreign, NoStarttls, OtherCertificate, NotSmtp, TlsFailed, Cut, Stalled], "an interceptor answers in its own words or with its own certificate, or ends the session"),
        others: cell("foreign.others", &[Reached, ReachedLate, Busy, Refusing], "an interceptor at the sender does not touch other places"),
        sign: cell("foreign.sign", &[Foreign, NoStarttls, OtherCertificate, NotSmtp, TlsFailed, Cut, Stalled], "an interceptor answers in its own words or with its own certificate, or ends the session"),
        pattern: Pattern::SenderAlone,
    },
    Row {
        fault: Fault::RegionalOutage,
        sender: cell("regional.sender", EVERYTHING, ""),
        others: cell("regional.others", EVERYTHING, ""),
        sign: cell("regional.sign", FAILURES, "a regional outage shows as a failure from somewhere"),
        pattern: Pattern::Split,
    },
];
