//! The path of a message in five places, and what a report knows of each: for a picture that cannot say more than the
//! verdict does.

use crate::evidence::{self, Attempt, Evidence, Outcome, Sight};
use crate::report::Report;
use crate::verdict::{Fault, Standing};
use serde::{Deserialize, Serialize};

/// A place on the path of a message, from the sender to the recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The sending server.
    YourServer,
    /// The network it stands in, with its provider's filters.
    YourNetwork,
    /// What lies between the two networks.
    Internet,
    /// The recipient's network and DNS.
    TheirNetwork,
    /// The recipient's mail servers.
    TheirServer,
}

impl Place {
    /// Every place, in the order of the path.
    pub const ALL: [Self; 5] =
        [Self::YourServer, Self::YourNetwork, Self::Internet, Self::TheirNetwork, Self::TheirServer];

    /// The place where `fault` lies, if it lies anywhere.
    pub const fn of(fault: Fault) -> Option<Self> {
        use Fault::*;
        match fault {
            SenderDnsBroken => Some(Self::YourServer),
            OutboundPort25Blocked
            | OutboundPort25Intercepted
            | SenderIpv6Broken
            | SenderOffline
            | SenderPathMtu => Some(Self::YourNetwork),
            RegionalOutage => Some(Self::Internet),
            NoSuchDomain | NullMx | NoAddressForMx | MxNotPublic | DnsBroken | RecipientIpv6Broken
            | SenderFiltered => Some(Self::TheirNetwork),
            HostDown | PortClosed | NoGreeting | TooBusy | Refusing | DropsSession | TlsBroken
            | SomeExchangesDown | SlowGreeting => Some(Self::TheirServer),
            NothingWrongNow | Intermittent => None,
        }
    }
}

/// What is known of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// It was seen to work.
    Good,
    /// An established fault lies here.
    Bad,
    /// A possible fault lies here.
    Suspect,
    /// Nothing is known of it.
    Unknown,
}

/// A place, what is known of it, and from what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The place.
    pub place: Place,
    /// What is known of it.
    pub state: Known,
    /// From what, in a few words.
    pub because: String,
}

/// The path that `report` tells of, one entry a place.
pub fn stretches(report: &Report) -> [Stretch; 5] {
    Place::ALL.map(|place| {
        let (state, because) = at_fault(report, place).unwrap_or_else(|| seen(report, place));
        Stretch { place, state, because }
    })
}

fn at_fault(report: &Report, place: Place) -> Option<(Known, String)> {
    let here = || report.verdict.faults.iter().filter(|named| Place::of(named.fault) == Some(place));
    let established = here().find(|named| named.standing == Standing::Established);
    let (named, state) = match established {
        // Late is not broken.
        Some(named) if named.fault == Fault::SlowGreeting => (named, Known::Suspect),
        Some(named) => (named, Known::Bad),
        None => (here().next()?, Known::Suspect),
    };
    Some((state, named.fault.title().to_owned()))
}

fn seen(report: &Report, place: Place) -> (Known, String) {
    match place {
        Place::YourServer | Place::YourNetwork => senders_side(report, place),
        Place::Internet | Place::TheirNetwork => {
            reached(report, |evidence| evidence.attempts.iter().any(came_to_them))
        }
        Place::TheirServer => reached(report, |evidence| {
            evidence.attempts.iter().any(|attempt| attempt.outcome == Outcome::Completed)
        }),
    }
}

fn senders_side(report: &Report, place: Place) -> (Known, String) {
    let sender = evidence::of_sender(&report.evidence);
    match sender {
        None => (Known::Unknown, "The sending server has not been looked at".to_owned()),
        Some(sender) if sender.sight == Sight::Clear => {
            (Known::Good, "Port 25 of hosts that are known to work answers it".to_owned())
        }
        // Something is wrong further on: whether the server itself is sound was not tried apart.
        Some(sender) if place == Place::YourServer && sender.sight == Sight::Blind => {
            (Known::Unknown, "Nothing answers it on port 25".to_owned())
        }
        Some(_) => (Known::Unknown, "Too few control hosts answered it".to_owned()),
    }
}

/// Whether an attempt came to the recipient's network: a server spoke or took the connection, or refused it, and not
/// something nearer in its place.
fn came_to_them(attempt: &Attempt) -> bool {
    !attempt.answered_before_target()
        && (attempt.server_spoke() || attempt.connected() || attempt.outcome == Outcome::Refused)
}

fn reached(report: &Report, good: impl Fn(&Evidence) -> bool) -> (Known, String) {
    let clear = || report.evidence.iter().filter(|one| one.sight == Sight::Clear);
    match (clear().filter(|one| good(one)).count(), clear().count()) {
        (_, 0) => (Known::Unknown, "No place that sees port 25 has looked".to_owned()),
        (0, _) => (Known::Unknown, "No place has come through".to_owned()),
        (through, all) => (Known::Good, format!("{through} of {all} places that see port 25 came through")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_the_place_of_its_party() {
        use crate::verdict::Party;
        for fault in Fault::ALL {
            let place = Place::of(*fault);
            let fits = match fault.party() {
                Party::You => matches!(place, Some(Place::YourServer | Place::YourNetwork)),
                Party::Them => matches!(place, Some(Place::TheirNetwork | Place::TheirServer)),
                Party::Between => matches!(place, Some(Place::Internet | Place::TheirNetwork)),
                Party::Nobody => matches!(place, None | Some(Place::TheirServer)),
            };
            assert!(fits, "{fault:?} lies at {place:?}");
        }
    }
}
