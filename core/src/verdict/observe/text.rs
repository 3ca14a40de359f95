//! The user's text as an observation: which faults of the sender's side could have written it.

use crate::address::Family;
use crate::smtp::{ReplyCode, Stage};
use crate::sorted::Set;
use crate::symptom::{Cause, Finality, LogControls, LogDestination, Symptom, SymptomFamily, WrittenBy};
use crate::timestamp::Timestamp;
use crate::verdict::case::Case;
use crate::verdict::fault::Fault;
use crate::verdict::types::RuledOut;

/// A fault of the sender's side or of the path, and the causes that it can make a sender write.
struct Row {
    fault: Fault,
    id: &'static str,
    writes: &'static [Cause],
    law: &'static str,
}

const UNREACHED: &[Cause] = &[
    Cause::ConnectTimedOut,
    Cause::ConnectRefused,
    Cause::HostUnreachable,
    Cause::NetworkUnreachable,
    Cause::ConnectFailed,
];

const ROWS: &[Row] = &[
    Row {
        fault: Fault::OutboundPort25Blocked,
        id: "text.blocked",
        writes: UNREACHED,
        law: "a block of port 25 lets no connection come about",
    },
    Row {
        fault: Fault::SenderOffline,
        id: "text.offline",
        writes: &[
            Cause::ConnectTimedOut,
            Cause::HostUnreachable,
            Cause::NetworkUnreachable,
            Cause::ConnectFailed,
            Cause::DnsFailed,
        ],
        law: "a sender without Internet reaches nobody, by name or by address",
    },
    Row {
        fault: Fault::OutboundPort25Intercepted,
        id: "text.intercepted",
        writes: &[
            Cause::GreetingTimedOut,
            Cause::DroppedAtGreeting,
            Cause::SessionTimedOut,
            Cause::SessionDropped,
            Cause::TlsFailed,
        ],
        law: "an interceptor accepts the connection",
    },
    Row {
        fault: Fault::SenderDnsBroken,
        id: "text.resolver",
        writes: &[Cause::DnsFailed, Cause::NoSuchDomain, Cause::NoMailHost],
        law: "a broken resolver fails before any connection",
    },
    Row {
        fault: Fault::SenderPathMtu,
        id: "text.mtu",
        writes: &[Cause::SessionTimedOut, Cause::SessionDropped, Cause::TlsFailed],
        law: "an MTU black hole lets the connection and the greeting pass",
    },
    Row {
        fault: Fault::SenderFiltered,
        id: "text.filtered",
        writes: &[
            Cause::ConnectTimedOut,
            Cause::ConnectRefused,
            Cause::HostUnreachable,
            Cause::NetworkUnreachable,
            Cause::ConnectFailed,
            Cause::GreetingTimedOut,
            Cause::DroppedAtGreeting,
            Cause::SessionTimedOut,
            Cause::SessionDropped,
            Cause::TlsFailed,
        ],
        law: "a filter against the sender acts when it connects or speaks",
    },
];

/// Whether the text tells of a failure that somebody's network or DNS made: the reason to look further.
pub(in crate::verdict) fn tells_of_silence(symptoms: &[Symptom]) -> bool {
    symptoms.iter().any(|symptom| {
        matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Expired)
            && symptom.written_by != WrittenBy::Remote
    })
}

/// Whether all that the text tells is that a server spoke and said no.
pub(in crate::verdict) fn tells_of_rejection(symptoms: &[Symptom]) -> bool {
    !symptoms.is_empty() && symptoms.iter().all(|symptom| symptom.family == SymptomFamily::Rejected)
}

/// Whether the text tells of the domain that was asked about, or of no other, what `tells` looks for.
pub(in crate::verdict) fn of_this_domain(case: &Case<'_>, tells: impl Fn(&Symptom) -> bool) -> bool {
    let asked =
        |symptom: &Symptom| symptom.recipient_domain.as_deref().is_none_or(|domain| domain == case.domain);
    case.symptoms.iter().any(|symptom| tells(symptom) && asked(symptom))
}

/// Whether it is a lookup that failed.
pub(in crate::verdict) fn is_of_dns(symptom: &Symptom) -> bool {
    symptom.cause == Cause::DnsFailed
}

/// Whether it is a message that was not taken in time. No check sends one: of the large packets that it takes, and of the
/// filter that looks at it, nothing is seen.
pub(in crate::verdict) fn is_stalled_message(symptom: &Symptom) -> bool {
    symptom.stage == Stage::Data && symptom.cause == Cause::SessionTimedOut
}

/// Whether the message was given up.
pub(in crate::verdict) fn is_given_up(symptom: &Symptom) -> bool {
    symptom.expired || symptom.finality == Some(Finality::Failed)
}

/// What a text tells of that no check asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::verdict) enum Beyond {
    /// The relay (smarthost) that the sender hands its mail to, on a port of submission (RFC 6409, RFC 8314).
    Relay,
    /// What a server answered to the message: a check ends before it.
    Deferral,
}

/// What the text tells, of the domain that was asked about, that no check asks; nothing where it tells of what one does.
pub(in crate::verdict) fn beyond_a_check(case: &Case<'_>) -> Option<Beyond> {
    let relay = |symptom: &Symptom| {
        symptom.submission_port().is_some()
            && symptom.written_by != WrittenBy::Remote
            && matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns)
    };
    let deferral = |symptom: &Symptom| {
        symptom.written_by == WrittenBy::Remote
            && symptom.cause == Cause::TooBusy
            && symptom.stage == Stage::Data
    };
    if of_this_domain(case, relay) {
        Some(Beyond::Relay)
    } else {
        of_this_domain(case, deferral).then_some(Beyond::Deferral)
    }
}

/// The faults of the unseen sender's side that could have written the text, and those that could not.
pub(in crate::verdict) fn survivors(symptoms: &[Symptom]) -> (Vec<Fault>, Vec<RuledOut>) {
    let told: Vec<&Symptom> = symptoms
        .iter()
        .filter(|symptom| {
            matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns)
                && symptom.written_by != WrittenBy::Remote
                && !is_bare_code(symptom)
        })
        .collect();
    let mut survivors = Vec::new();
    let mut ruled_out = Vec::new();
    for row in ROWS {
        match told.iter().find(|symptom| row.writes.contains(&symptom.cause)) {
            Some(_) => survivors.push(row.fault),
            // A text that states no cause eliminates nothing.
            None if told.is_empty() => survivors.push(row.fault),
            None => ruled_out.push(RuledOut {
                fault: row.fault,
                because: format!("{}, but the text says {}", row.law, spoken(told[0].cause)),
                cell: row.id.to_owned(),
            }),
        }
    }
    if ipv6_alone(&told) {
        survivors.push(Fault::SenderIpv6Broken);
    } else if told
        .iter()
        .any(|symptom| symptom.remote_address.is_some_and(|address| Family::of(address) == Family::Ipv4))
    {
        ruled_out.push(RuledOut {
            fault: Fault::SenderIpv6Broken,
            because: "broken IPv6 at the sender fails at IPv6 addresses alone, but the text tells of IPv4"
                .to_owned(),
            cell: "text.ipv6".to_owned(),
        });
    }
    (survivors, ruled_out)
}

/// Whether the text holds a code for "no answer from host" (441, X.4.0, X.4.1) and no words of what happened. Senders write it
/// of whatever ended their attempt, the greeting and the session among it: it eliminates nothing.
fn is_bare_code(symptom: &Symptom) -> bool {
    let no_answer = symptom.enhanced_status.is_some_and(|status| status.subject == 4 && status.detail <= 1);
    let code = no_answer || symptom.reply_code == Some(ReplyCode(441));
    symptom.cause == Cause::ConnectFailed && symptom.system_error.is_none() && code
}

/// What a log establishes of the sender by itself.
pub(in crate::verdict) struct Told {
    pub(in crate::verdict) fault: Fault,
    pub(in crate::verdict) family: Option<Family>,
    pub(in crate::verdict) because: Vec<String>,
}

/// How many unrelated operators must be silent in a log, and none of any other speak, before the log alone accuses.
///
/// More than the controls need: a pasted excerpt may leave out what worked, and dead hosts come in pairs.
const SILENT_OPERATORS: usize = 3;

/// What the log's own controls establish of the sender: unrelated operators that all were silent, and none that spoke.
pub(in crate::verdict) fn log_tells(log: Option<&LogControls>) -> Option<Told> {
    let log = log?;
    let spoke = |family: Option<Family>| {
        let here =
            move |one: &&LogDestination| family.is_none() || one.family.is_none() || one.family == family;
        log.destinations.iter().filter(here).any(|one| one.spoke > 0)
    };
    let silent = |family: Family| -> Set<&str> {
        let here = log.destinations.iter().filter(|one| one.unreached > 0 && one.family == Some(family));
        here.map(|one| one.operator.as_str()).collect()
    };
    let (silent_v4, silent_v6) = (silent(Family::Ipv4), silent(Family::Ipv6));
    let listed = |operators: &Set<&str>| operators.iter().copied().take(5).collect::<Vec<_>>().join(", ");
    if silent_v4.len() >= SILENT_OPERATORS && !spoke(None) {
        let because = format!(
            "the log shows {} unrelated operators that all were silent ({}), and none that spoke",
            silent_v4.len(),
            listed(&silent_v4)
        );
        return Some(Told { fault: Fault::OutboundPort25Blocked, family: None, because: vec![because] });
    }
    let spoke_v4 = log.destinations.iter().any(|one| one.spoke > 0 && one.family != Some(Family::Ipv6));
    if silent_v6.len() >= SILENT_OPERATORS && !spoke(Some(Family::Ipv6)) && spoke_v4 {
        let because = format!(
            "the log shows {} unrelated operators silent in IPv6 ({}), and others that spoke in IPv4",
            silent_v6.len(),
            listed(&silent_v6)
        );
        return Some(Told {
            fault: Fault::SenderIpv6Broken,
            family: Some(Family::Ipv6),
            because: vec![because],
        });
    }
    None
}

/// How old the last line of a log may be that speaks of now, in seconds.
const LOG_OF_NOW: u64 = 3600;

/// The operators that spoke to the sending server in a log that ends within the hour before the check: what stops the
/// check, and not them, need not stop the mail server. At most three.
pub(in crate::verdict) fn spoke_in_log_of_now<'a>(case: &Case<'a>) -> Vec<&'a str> {
    let Some((log, now)) = case.log.zip(case.as_of) else { return Vec::new() };
    let fresh = |last: Timestamp| now.since(last).as_secs() <= LOG_OF_NOW && last <= now;
    if !log.last.is_some_and(fresh) {
        return Vec::new();
    }
    let spoke = log.destinations.iter().filter(|one| one.spoke > 0);
    spoke.map(|one| one.operator.as_str()).take(3).collect()
}

/// A log in which others spoke: the sender's port 25 was open then.
pub(in crate::verdict) fn log_clears(log: Option<&LogControls>) -> Option<RuledOut> {
    let spoke: Vec<&str> = log?
        .destinations
        .iter()
        .filter(|one| one.spoke > 0)
        .map(|one| one.operator.as_str())
        .take(3)
        .collect();
    (!spoke.is_empty()).then(|| RuledOut {
        fault: Fault::OutboundPort25Blocked,
        because: format!(
            "a block on the sender's side stops port 25 to every host, but in the log servers of {} spoke",
            spoke.join(", ")
        ),
        cell: "log.spoke".to_owned(),
    })
}

/// Whether the text tells of IPv6 addresses alone.
fn ipv6_alone(told: &[&Symptom]) -> bool {
    !told.is_empty()
        && told.iter().all(|symptom| {
            UNREACHED.contains(&symptom.cause)
                && symptom.remote_address.is_some_and(|address| Family::of(address) == Family::Ipv6)
        })
}

/// A cause as it is spoken of: `connect_timed_out` as "connect timed out".
pub(in crate::verdict) fn spoken(cause: Cause) -> String {
    let mut words = String::new();
    for letter in format!("{cause:?}").chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}
