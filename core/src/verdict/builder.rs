//! A verdict in the making.

use super::case::Case;
use super::fault::{Fault, Party};
use super::observe::text;
use super::types::{DiagnosisSeen, Known, ModeNamed, NamedFault, RuledOut, Standing, Status, Verdict};
use crate::address::Family;
use crate::sorted::{Map, Set};

/// How far down a fault is listed: by what its cheapest diagnosis costs, and by how many things it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// The cost.
    pub(super) cost: u8,
    /// How many modes are in it.
    pub(super) modes: usize,
}

impl Rank {
    /// The rank of one thing that costs so much.
    pub(super) fn of(cost: u8) -> Self {
        Self { cost, modes: 1 }
    }
}

/// A verdict in the making.
#[derive(Default)]
pub(super) struct VerdictBuilder {
    named: Vec<(NamedFault, Rank)>,
    ruled_out: Vec<RuledOut>,
    notes: Vec<String>,
    /// Faults that must not be called ruled out, although none of them is named.
    alive: Set<Fault>,
    /// Faults that a longer look could still show.
    pub(super) patience: Set<Fault>,
    /// What works, in sentences: the verdict when nothing else is named.
    pub(super) works: Vec<String>,
    /// Something that matters could not be judged.
    pub(super) unjudged: bool,
    /// The sender itself was served, or nobody looked from it and another place was.
    pub(super) served: bool,
    pub(super) known: Vec<Known>,
    pub(super) diagnoses: Vec<DiagnosisSeen>,
}

impl VerdictBuilder {
    /// Says something beside the faults, once.
    pub(super) fn note(&mut self, note: &str) {
        if !self.notes.iter().any(|known| known == note) {
            self.notes.push(note.to_owned());
        }
    }

    /// Rules faults out; those that turn out to stand somewhere are left out at the end.
    pub(super) fn rule_out(&mut self, ruled_out: Vec<RuledOut>) {
        self.ruled_out.extend(ruled_out);
    }

    /// Faults that nothing eliminated, although nothing points to them either.
    pub(super) fn keep_alive(&mut self, faults: &[Fault]) {
        self.alive.extend(faults);
    }

    /// Names a fault of the whole.
    pub(super) fn name_all(&mut self, fault: Fault, standing: Standing, cost: u8, because: Vec<String>) {
        self.name(
            NamedFault {
                fault,
                party: fault.party(),
                standing,
                family: None,
                exchange: None,
                vantage: None,
                modes: Vec::new(),
                because,
            },
            Rank::of(cost),
        );
    }

    /// Names a fault; the same fault at the same place is named once, with all its reasons.
    pub(super) fn name(&mut self, fault: NamedFault, rank: Rank) {
        let same = |(named, _): &&mut (NamedFault, Rank)| {
            named.fault == fault.fault && named.family == fault.family && named.exchange == fault.exchange
        };
        let Some((named, known_rank)) = self.named.iter_mut().find(same) else {
            self.named.push((fault, rank));
            return;
        };
        *known_rank = rank.min(*known_rank);
        if fault.standing == Standing::Established {
            named.standing = Standing::Established;
        }
        let add = |list: &mut Vec<String>, more: Vec<String>| {
            more.into_iter().for_each(|one| {
                if !list.contains(&one) {
                    list.push(one)
                }
            });
        };
        add(&mut named.because, fault.because);
        for mode in fault.modes {
            if !named.modes.iter().any(|known: &ModeNamed| known.id == mode.id) {
                named.modes.push(mode);
            }
        }
    }

    /// The faults that are named so far.
    pub(super) fn faults(&self) -> impl Iterator<Item = &NamedFault> {
        self.named.iter().map(|(named, _)| named)
    }

    /// Not every exchange was looked at: what the others' state is can only be possible for the whole domain.
    pub(super) fn weaken_host_faults(&mut self) -> bool {
        let mut any = false;
        for (named, _) in &mut self.named {
            if named.party == Party::Them && !matches!(named.fault, Fault::DnsBroken) {
                any = true;
                named.standing = Standing::Possible;
            }
        }
        any
    }

    /// Takes `fault`, where it is named, for no more than possible: whether it was.
    pub(super) fn doubt(&mut self, fault: Fault) -> bool {
        let mut any = false;
        for (named, _) in self.named.iter_mut().filter(|(named, _)| named.fault == fault) {
            any = true;
            named.standing = Standing::Possible;
        }
        any
    }

    /// How far the evidence carries.
    fn status(&self) -> Status {
        let possible = self.faults().any(|named| named.standing == Standing::Possible);
        let fault = self.faults().any(|named| named.fault != Fault::NothingWrongNow);
        match (possible, fault) {
            (true, _) => Status::Ambiguous,
            (false, true) => Status::Named,
            (false, false) if self.named.is_empty() || self.unjudged => Status::Undetermined,
            (false, false) => Status::Healthy,
        }
    }

    /// The verdict without what is said of it: headline, next, advice, messages.
    pub(super) fn finish(mut self, case: &Case<'_>) -> Verdict {
        if self.named.is_empty() && !self.unjudged && self.served && !self.works.is_empty() {
            let works = std::mem::take(&mut self.works);
            self.name_all(Fault::NothingWrongNow, Standing::Established, 0, works);
        }
        self.one_standing_for_the_senders_side();
        self.alive.extend(self.named.iter().map(|(named, _)| named.fault));
        self.alive.extend(self.patience.iter().copied());
        // Another name of what stands: partial faults are faults of hosts.
        if [Fault::SomeExchangesDown, Fault::RecipientIpv6Broken]
            .iter()
            .any(|fault| self.alive.contains(fault))
        {
            let hosts = Fault::ALL.iter().filter(|fault| is_of_host(**fault));
            self.alive.extend(hosts);
        }
        let mut seen = Set::new();
        let alive = &self.alive;
        self.ruled_out.retain(|out| {
            out.fault != Fault::NothingWrongNow && !alive.contains(&out.fault) && seen.insert(out.fault)
        });
        self.ruled_out.sort_by_key(|out| out.fault);
        if text::tells_of_rejection(case.symptoms) {
            self.note("The text is a rejection: a server spoke and said no. That is not \"no answer from host\"; what it said is explained with the text.");
        }
        let status = self.status();
        // What costs least first; what is established before what is possible.
        self.named.sort_by_key(|(named, rank)| (named.standing == Standing::Possible, *rank));
        Verdict {
            status,
            headline: String::new(),
            known: self.known,
            faults: self.named.into_iter().map(|(named, _)| named).collect(),
            diagnoses: self.diagnoses,
            ruled_out: self.ruled_out,
            next: None,
            advice: Vec::new(),
            notes: self.notes,
            patience_could_show: self.patience.into_iter().collect(),
            messages: Vec::new(),
        }
    }

    /// What is established of the sender's own side in one place is not merely possible in another of the same family.
    fn one_standing_for_the_senders_side(&mut self) {
        let mut established: Map<Fault, Vec<Option<Family>>> = Map::new();
        for named in self.faults().filter(|named| named.party == Party::You) {
            if named.standing == Standing::Established {
                established.get_or_default(named.fault).push(named.family);
            }
        }
        self.named.retain(|(named, _)| {
            let known = established.get(&named.fault);
            let covered = known.is_some_and(|families| {
                families.iter().any(|family| family.is_none() || *family == named.family)
            });
            named.standing == Standing::Established || !covered
        });
    }
}

/// Whether a fault is the host's own, by which no mail passes there.
pub(super) fn is_of_host(fault: Fault) -> bool {
    use Fault::*;
    matches!(fault, HostDown | PortClosed | NoGreeting | TooBusy | Refusing | DropsSession | TlsBroken)
}
