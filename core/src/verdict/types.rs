//! The verdict as it stands on the wire.

use super::fault::{Fault, Party};
use crate::address::Family;
use serde::{Deserialize, Serialize};

/// What the evidence carries, and what it does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdict {
    /// How far the evidence carries.
    pub status: Status,
    /// The whole in one sentence, for people.
    pub headline: String,
    /// What holds whatever remains open: a party that is at fault for certain, or that is cleared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<Known>,
    /// The faults that stand: established ones, or all that survive; the likeliest first.
    pub faults: Vec<NamedFault>,
    /// The diagnoses: each a smallest set of misbehaviours that agrees with everything that was observed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnoses: Vec<DiagnosisSeen>,
    /// The faults that were eliminated, each by one observation.
    pub ruled_out: Vec<RuledOut>,
    /// The next observation that would split what survives best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
    /// What each party can do.
    #[serde(default)]
    pub advice: Vec<Advice>,
    /// What must be said beside the faults: conflicts, blind vantages, the limits of the evidence.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What a longer look could still change, after a quick pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patience_could_show: Vec<Fault>,
    /// Texts ready to send, filled with the evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
}

impl Verdict {
    /// Whether it is established that something on the sender's side answers port 25 in the place of others.
    pub(crate) fn is_intercepted(&self) -> bool {
        self.faults.iter().any(|named| {
            named.fault == Fault::OutboundPort25Intercepted && named.standing == Standing::Established
        })
    }
}

/// Whether the sending server is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Served {
    /// It was, by at least one address.
    True,
    /// It looked, and was not.
    False,
    /// It was not looked at, did not look, or did not look long enough: mail servers wait five minutes for a greeting
    /// (RFC 5321 s4.5.3.2.1).
    #[default]
    Unknown,
}

/// How far the evidence carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every fault that is listed is established.
    Named,
    /// Several faults survive; the evidence cannot tell them apart.
    Ambiguous,
    /// The evidence carries no answer.
    Undetermined,
    /// Nothing is wrong now, as far as was looked.
    Healthy,
}

/// How sure a fault is. Two words, no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Without it, at least two more independent things would have to be wrong at the same time than with it.
    Established,
    /// It survives beside others.
    Possible,
}

/// A fault that stands, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NamedFault {
    /// The fault.
    pub fault: Fault,
    /// The party who must act.
    pub party: Party,
    /// How sure.
    pub standing: Standing,
    /// The family it is about, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Family>,
    /// The exchange it is about, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// The vantage it is about, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vantage: Option<String>,
    /// The ways in which it may have come about, by their ids in the model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modes: Vec<ModeNamed>,
    /// The observations that carry it, in sentences.
    pub because: Vec<String>,
}

/// One way in which a fault may have come about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModeNamed {
    /// Its id in the model.
    pub id: String,
    /// What it is, in words.
    pub title: String,
}

/// Something that holds in every diagnosis that is not far-fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Known {
    /// Of whom.
    pub party: Party,
    /// What is known of them.
    pub standing: PartyStanding,
    /// In a sentence.
    pub because: String,
}

/// What is known of a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PartyStanding {
    /// Every diagnosis has a fault of theirs.
    Established,
    /// No diagnosis has.
    Cleared,
}

/// A diagnosis: a smallest set of misbehaviours that agrees with everything that was observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DiagnosisSeen {
    /// What it is of: an operator's exchanges, or the domain's DNS.
    pub about: String,
    /// How many independent things would have to be wrong at once, coarsely.
    pub cost: u8,
    /// The modes in it, by their ids in the model.
    pub modes: Vec<String>,
}

impl NamedFault {
    /// The fault in a few words, for people: of the address it is about, where it is about one family alone.
    pub fn title(&self) -> std::borrow::Cow<'static, str> {
        if is_absence(self.fault, &self.modes) {
            return "The sending server has no IPv6".into();
        }
        let Some(family) = self.family.map(Family::label) else { return self.fault.title().into() };
        match self.fault {
            Fault::HostDown => format!("The mail server's {family} address does not answer").into(),
            Fault::PortClosed => format!("Port 25 of the mail server's {family} address is closed").into(),
            Fault::NoGreeting => {
                format!("The mail server's {family} address accepts connections but never greets").into()
            }
            Fault::SenderOffline => format!("The sender has no Internet over {family}").into(),
            fault => fault.title().into(),
        }
    }
}

/// Whether `fault`, as these modes explain it, is no more than that the sending host has no IPv6 of its own: what was never
/// there is not broken.
pub(super) fn is_absence(fault: Fault, modes: &[ModeNamed]) -> bool {
    fault == Fault::SenderIpv6Broken
        && !modes.is_empty()
        && modes.iter().all(|mode| mode.id == "sender.no_ipv6")
}

/// A fault that was eliminated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RuledOut {
    /// The fault.
    pub fault: Fault,
    /// The observation that contradicts it, in a sentence.
    pub because: String,
    /// The id of the law.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cell: String,
}

/// The next observation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Next {
    /// What to observe, and what it would tell.
    pub observe: String,
    /// The command that does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// What a party can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Advice {
    /// Who.
    pub party: Party,
    /// What to do.
    #[serde(rename = "do")]
    pub action: String,
    /// Why.
    pub why: String,
}

/// A text ready to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// To whom: `provider` or `postmaster`.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The body.
    pub body: String,
}
