//! What a mode is, and what a law is.

use crate::address::Family;
use crate::verdict::fault::{Fault, Party};
use crate::verdict::observe::OutcomeClass::{self, *};
use crate::verdict::observe::outcome::ClassSet;
use crate::verdict::observe::{Observation, Scene};

/// What a law says of a kind of observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verdict) enum Does {
    /// The mode alone makes it.
    Explain,
    /// It cannot be while the mode is true, unless something nearer made it.
    Forbid,
    /// It may be of the mode's making, although it needs no explanation: an answer in the place of another.
    Answer,
}

/// A mode and a kind of observation, in one sentence.
pub(in crate::verdict) struct Law {
    /// Its id: the mode's, and a word. Never reused.
    pub(in crate::verdict) id: &'static str,
    /// What it says.
    pub(in crate::verdict) does: Does,
    /// Of which outcomes.
    pub(in crate::verdict) of: ClassSet,
    /// And under which condition.
    pub(in crate::verdict) when: fn(&Observation<'_>) -> bool,
    /// The sentence; for what it forbids, the report adds "but" and the observation.
    pub(in crate::verdict) says: &'static str,
}

/// A condition without which a mode is not thought of.
pub(in crate::verdict) struct Requirement {
    /// Its id: the mode's, and a word. Never reused.
    pub(in crate::verdict) id: &'static str,
    /// Whether it is met.
    pub(in crate::verdict) met: fn(&Setting<'_, '_>) -> bool,
    /// The sentence.
    pub(in crate::verdict) says: &'static str,
}

/// How surprising a mode is by itself, coarsely: 1, 2 or 3 things that would have to be wrong.
pub(in crate::verdict) enum Cost {
    /// Always the same.
    Is(u8),
    /// By what else was seen.
    By {
        /// The id of the law that makes it dearer.
        id: &'static str,
        /// The cost here.
        here: fn(&Setting<'_, '_>) -> u8,
        /// Why it may be dearer, in one sentence.
        says: &'static str,
    },
}

/// Which observations one instance of a mode is about. A mode has as many instances as there are such sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verdict) enum Reach {
    /// All that the sender saw in IPv4, in IPv6, in both.
    SenderFamilies,
    /// All that the sender saw in one family.
    SenderFamily,
    /// All that the sender saw.
    Sender,
    /// All that the sender saw; and where other vantages stand in its network, what they saw of the target too.
    SenderOrNetwork,
    /// What one network's vantages saw of the target.
    Network,
    /// What one vantage saw of the target.
    Vantage,
    /// What all saw of the target.
    Target,
    /// What all saw of a set of the target's addresses.
    Addresses,
    /// What all saw of one exchange.
    Exchange,
}

/// The ways in which one filter acts: one filter, one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verdict) enum Way {
    /// It drops packets.
    Drop,
    /// It resets connections.
    Reset,
    /// It answers by ICMP.
    Icmp,
    /// It lets the connection come about, and no greeting through.
    Greeting,
    /// It ends the session.
    Session,
    /// It ends the TLS handshake.
    Tls,
    /// It says no in words.
    Word,
}

impl Way {
    pub(in crate::verdict) const ALL: [Self; 7] =
        [Self::Drop, Self::Reset, Self::Icmp, Self::Greeting, Self::Session, Self::Tls, Self::Word];

    /// What is seen of a filter that acts in this way.
    pub(in crate::verdict) const fn shows(self) -> ClassSet {
        ClassSet::of(match self {
            // What is dropped next to a dead host is answered by its router now and then: routers limit their ICMP
            // (RFC 1812 s4.3.2.8), so one cause shows as both.
            Self::Drop => &[Silent, NoRoute],
            Self::Reset => &[Refused, Dropped, Unconnected],
            Self::Icmp => &[Prohibited, NoRoute, Unconnected],
            Self::Greeting => &[NeverGreeted, NotYetGreeted, NotSmtp],
            Self::Session => &[Dropped, Cut, Stalled],
            Self::Tls => &[Stalled, TlsFailed, TlsSilent, LargeLost, TlsUnsupported, TlsRefused],
            Self::Word => &[Busy, Refusing, EhloRefused],
        })
    }

    /// Its name in a trace.
    pub(in crate::verdict) const fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Reset => "reset",
            Self::Icmp => "icmp",
            Self::Greeting => "greeting",
            Self::Session => "session",
            Self::Tls => "tls",
            Self::Word => "word",
        }
    }
}

/// One mode in one place: what its requirements and its cost look at.
pub(in crate::verdict) struct Setting<'s, 'a> {
    /// The scene.
    pub(in crate::verdict) scene: &'s Scene<'a>,
    /// The observations that are judged together: the sender's controls, and one operator's exchanges.
    pub(in crate::verdict) all: &'s [&'s Observation<'a>],
    /// Those of them that this instance is about.
    pub(in crate::verdict) covers: Vec<&'s Observation<'a>>,
    /// The families that it is about.
    pub(in crate::verdict) families: Vec<Family>,
    /// The way in which it acts, of a filter.
    pub(in crate::verdict) way: Option<Way>,
}

/// Advice: who, what, why.
pub(in crate::verdict) type Remedy = (Party, &'static str, &'static str);

/// One way in which one component misbehaves. A new one is a row here, a scenario of the lab and a world.
pub(in crate::verdict) struct ModeSpec {
    /// The component and a word: never reused.
    pub(in crate::verdict) id: &'static str,
    /// What it is, as the end of "it may be …".
    pub(in crate::verdict) title: &'static str,
    /// The public fault that it is a case of; none for what accuses nobody.
    pub(in crate::verdict) fault: Option<Fault>,
    /// How surprising it is.
    pub(in crate::verdict) cost: Cost,
    /// How far from the sender it acts.
    pub(in crate::verdict) depth: u8,
    /// Which observations one instance is about.
    pub(in crate::verdict) reach: Reach,
    /// Whether it is a filter: one instance for each way of acting.
    pub(in crate::verdict) filter: bool,
    /// Without what it is not thought of.
    pub(in crate::verdict) requires: &'static [Requirement],
    /// What it explains, forbids and answers.
    pub(in crate::verdict) laws: &'static [Law],
    /// What to do, where that differs from what the fault's own advice says.
    pub(in crate::verdict) remedies: &'static [Remedy],
}

impl ModeSpec {
    /// The faults that it may be called, beside those that its place gives it.
    #[cfg(test)]
    pub(in crate::verdict) fn faults(&self) -> impl Iterator<Item = Fault> {
        let offline = (self.id == "sender.no_path").then_some(Fault::SenderIpv6Broken);
        self.fault.into_iter().chain(offline)
    }
}

/// An empty row, to be filled.
pub(super) const ROW: ModeSpec = ModeSpec {
    id: "",
    title: "",
    fault: None,
    cost: Cost::Is(1),
    depth: 5,
    reach: Reach::Target,
    filter: false,
    requires: &[],
    laws: &[],
    remedies: &[],
};

/// A law that explains.
pub(super) const fn explains(
    id: &'static str,
    of: &[OutcomeClass],
    when: fn(&Observation<'_>) -> bool,
    says: &'static str,
) -> Law {
    Law { id, does: Does::Explain, of: ClassSet::of(of), when, says }
}

/// A law that explains any of a set.
pub(super) const fn explains_any(
    id: &'static str,
    of: ClassSet,
    when: fn(&Observation<'_>) -> bool,
    says: &'static str,
) -> Law {
    Law { id, does: Does::Explain, of, when, says }
}

/// A law that forbids.
pub(super) const fn forbids(
    id: &'static str,
    of: ClassSet,
    when: fn(&Observation<'_>) -> bool,
    says: &'static str,
) -> Law {
    Law { id, does: Does::Forbid, of, when, says }
}

/// A law by which a mode answers in the place of another.
pub(super) const fn answers(
    id: &'static str,
    of: ClassSet,
    when: fn(&Observation<'_>) -> bool,
    says: &'static str,
) -> Law {
    Law { id, does: Does::Answer, of, when, says }
}

/// A condition.
pub(super) const fn requires(
    id: &'static str,
    met: fn(&Setting<'_, '_>) -> bool,
    says: &'static str,
) -> Requirement {
    Requirement { id, met, says }
}

/// Whenever it is seen.
pub(super) fn always(_: &Observation<'_>) -> bool {
    true
}

/// Where the observation is of an address.
pub(super) fn at_target(one: &Observation<'_>) -> bool {
    !one.of_controls()
}

/// Whether that the address of `here` works rests on one region's word, whose certificate nobody else met: a box may have
/// answered. What an interceptor on the sender's side serves is no word for it.
pub(super) fn rests_on_one_word(at: &Setting<'_, '_>, here: &Observation<'_>) -> bool {
    let feigned = |one: &Observation<'_>| {
        let controls = at.all.iter().filter(|other| other.of_controls() && other.family == one.family);
        let deceived = controls.filter(|other| other.class == ControlsOneVoice).count() > 0;
        one.of_sender() && !one.named && !one.corroborated && deceived
    };
    let served = at.all.iter().filter(|one| one.served() && one.is_at(here) && !feigned(one));
    let served: Vec<_> = served.collect();
    matches!(served.as_slice(), [one] if !one.of_sender() && !one.corroborated)
}
