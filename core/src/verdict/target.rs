//! One address of one exchange: which faults survive what the vantages saw of it.

use super::fault::{Fault, Party};
use super::seen::{self, Seen, SeenSet};
use super::table::{Cell, Pattern, ROWS, Row, SAYS_NOTHING, SPOKE};
use super::{RuledOut, loss, peers};
use crate::address::Family;
use crate::evidence::{Attempt, Evidence, Outcome, Role, Sight};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What one vantage that counts saw of one address.
pub(super) struct Sighting<'a> {
    pub(super) evidence: &'a Evidence,
    /// The latest attempt that says something.
    pub(super) attempt: &'a Attempt,
    pub(super) seen: Seen,
    /// Whether an earlier round said the opposite: reached then and not now, or the other way round.
    pub(super) rounds_disagree: bool,
}

impl Sighting<'_> {
    fn is_sender(&self) -> bool {
        self.evidence.role == Role::Sender
    }

    /// The observation as a sentence's end: "us-east-1 was greeted by …".
    pub(super) fn words(&self) -> String {
        let who = if self.is_sender() { "the sending server" } else { &self.evidence.vantage };
        format!("{who} {}", seen::words(self.attempt))
    }
}

/// The judgement of one address.
pub(super) struct TargetJudgement<'a> {
    pub(super) exchange: &'a str,
    pub(super) address: IpAddr,
    pub(super) sightings: Vec<Sighting<'a>>,
    /// Regions that met what nobody else met, and without whose word more faults survive.
    pub(super) doubted: Vec<&'a str>,
    /// The faults that survive; empty when nobody who counts looked, or when no single fault explains what was seen.
    pub(super) survivors: Vec<Fault>,
    pub(super) ruled_out: Vec<RuledOut>,
}

impl TargetJudgement<'_> {
    /// Whether no vantage that counts said anything of this address.
    pub(super) fn unseen(&self) -> bool {
        self.sightings.is_empty()
    }

    /// Whether every survivor lets mail pass at this address.
    pub(super) fn passes(&self) -> bool {
        !self.survivors.is_empty() && self.survivors.iter().all(|fault| fault.mail_passes())
    }

    /// The family of the address.
    pub(super) fn family(&self) -> Family {
        Family::of(self.address)
    }

    /// What was seen, in sentences.
    pub(super) fn because(&self) -> Vec<String> {
        self.sightings.iter().map(Sighting::words).collect()
    }
}

/// The sender's own road, as far as an address is judged by what the sender met there.
#[derive(Clone, Copy)]
pub(super) struct SenderRoad {
    /// It is open in the family of the address: what the sender met counts.
    pub(super) open: bool,
    /// It loses packets: silence that the sender alone met may be loss.
    pub(super) loses: bool,
    /// It does not lead to a control host that others reach: what the sender alone met may be its own side's doing.
    pub(super) chooses: bool,
}

/// Judges `address` of `exchange`.
pub(super) fn judge<'a>(
    exchange: &'a str,
    address: IpAddr,
    evidence: &'a [Evidence],
    road: SenderRoad,
) -> TargetJudgement<'a> {
    let family = Family::of(address);
    let mut sightings: Vec<Sighting<'_>> = evidence
        .iter()
        .filter(|one| one.role == Role::Region || road.open)
        .filter(|one| one.sight_in(family) == Sight::Clear)
        .filter_map(|one| sighting(one, exchange, address))
        .collect();
    peers::mark_different(&mut sightings);
    // A region whose answer differs from everybody else's met something on its own way: it does not count.
    let differs = |seen: Seen| matches!(seen, Seen::Foreign | Seen::NoStarttls | Seen::OtherCertificate);
    sightings.retain(|one| one.is_sender() || !differs(one.seen));
    let everybody: Vec<&Sighting<'_>> = sightings.iter().collect();
    let mut sifted = Sifted::of(&everybody);
    let mut doubted = Vec::new();
    for odd in everybody.iter().filter(|one| stands_alone(one, &sightings) && !corroborated(one, evidence)) {
        let vantage = odd.evidence.vantage.as_str();
        let others = everybody.iter().copied().filter(|one| one.evidence.vantage != vantage);
        if sifted.or(&Sifted::of(&others.collect::<Vec<_>>())) {
            doubted.push(vantage);
        }
    }
    let lost = (road.loses && silent_to_sender_alone(&sifted.survivors, &everybody))
        || silent_to_lossy_alone(&sifted.survivors, &everybody);
    if lost {
        sifted.admit(&[Fault::Intermittent]);
    }
    if road.chooses && sifted.survivors.contains(&Fault::SenderFiltered) {
        sifted.admit(&[Fault::OutboundPort25Blocked]);
    }
    // When no fault alone explains what was seen there are several, and what "alone" ruled out is not ruled out.
    let ruled_out = if sifted.survivors.is_empty() { Vec::new() } else { sifted.ruled_out };
    TargetJudgement { exchange, address, doubted, survivors: sifted.survivors, ruled_out, sightings }
}

/// The faults of a host that alone explain what one vantage met there.
pub(super) fn explaining(evidence: &Evidence, attempt: &Attempt) -> Vec<Fault> {
    let Some(seen) = Seen::of(attempt).filter(|seen| !SAYS_NOTHING.has(*seen)) else { return Vec::new() };
    let sighting = Sighting { evidence, attempt, seen, rounds_disagree: false };
    let survivors = Sifted::of(&[&sighting]).survivors;
    survivors.into_iter().filter(|fault| fault.party() == Party::Them).collect()
}

/// What the table leaves of the faults.
struct Sifted {
    survivors: Vec<Fault>,
    ruled_out: Vec<RuledOut>,
}

impl Sifted {
    fn of(sightings: &[&Sighting<'_>]) -> Self {
        let mut sifted = Self { survivors: Vec::new(), ruled_out: Vec::new() };
        if sightings.is_empty() {
            return sifted;
        }
        for row in ROWS {
            match contradiction(row, sightings) {
                Contradiction::None => sifted.survivors.push(row.fault),
                Contradiction::NotAsked => {}
                Contradiction::By { cell, because } => {
                    sifted.ruled_out.push(RuledOut { fault: row.fault, because, cell: cell.to_owned() });
                }
            }
        }
        sifted
    }

    /// Keeps what survives either here or there, and says whether that is more than survived here.
    fn or(&mut self, other: &Self) -> bool {
        let new = |fault: &&Fault| **fault != Fault::NothingWrongNow && !self.survivors.contains(fault);
        let new: Vec<Fault> = other.survivors.iter().filter(new).copied().collect();
        self.admit(&new);
        !new.is_empty()
    }

    /// Takes in faults that did not survive.
    fn admit(&mut self, faults: &[Fault]) {
        self.ruled_out.retain(|out| !faults.contains(&out.fault));
        self.survivors.extend(faults);
        self.survivors.sort_unstable();
        self.survivors.dedup();
    }
}

/// Whether what survives rests on silence that the sender alone met.
fn silent_to_sender_alone(survivors: &[Fault], sightings: &[&Sighting<'_>]) -> bool {
    let silent = |one: &&&Sighting<'_>| one.is_sender() && one.attempt.outcome == Outcome::TimedOut;
    survivors.iter().any(|fault| matches!(fault, Fault::SenderFiltered | Fault::SenderPathMtu))
        && sightings.iter().any(|one| silent(&one))
}

/// Whether an outage that survives rests on silence that nobody met but over roads that lose packets.
fn silent_to_lossy_alone(survivors: &[Fault], sightings: &[&Sighting<'_>]) -> bool {
    let lost = |one: &&Sighting<'_>| one.attempt.outcome == Outcome::TimedOut && loss::loses(one.evidence);
    let mut failing = sightings.iter().copied().filter(|one| !SPOKE.has(one.seen)).peekable();
    survivors.contains(&Fault::RegionalOutage) && failing.peek().is_some() && failing.all(|one| lost(&one))
}

/// Whether `one` is a region that connected to something and met there what nobody else met. A box on its own way that
/// answers in the place of this one host leaves its controls in order: then what the others met is the truth. (Nobody
/// doubts a region that looked alone: there is nothing that its word stands against.)
fn stands_alone(one: &Sighting<'_>, sightings: &[Sighting<'_>]) -> bool {
    let like = |other: &&Sighting<'_>| other.seen == one.seen;
    !one.is_sender()
        && one.attempt.connected()
        && sightings.len() > 1
        && sightings.iter().filter(like).count() == 1
}

/// Whether another vantage met the same certificate at any address: who holds its key is no impostor.
fn corroborated(one: &Sighting<'_>, evidence: &[Evidence]) -> bool {
    let Some(tls) = &one.attempt.tls else { return false };
    let others = evidence.iter().filter(|other| other.vantage != one.evidence.vantage);
    others
        .filter(|other| other.sight == Sight::Clear)
        .flat_map(|other| &other.attempts)
        .filter_map(|attempt| attempt.tls.as_ref())
        .any(|other| other.fingerprint_sha256 == tls.fingerprint_sha256)
}

fn sighting<'a>(evidence: &'a Evidence, exchange: &str, address: IpAddr) -> Option<Sighting<'a>> {
    let mut tries: Vec<(&Attempt, Seen)> = evidence
        .attempts
        .iter()
        .filter(|attempt| attempt.address == address && attempt.port == 25 && attempt.exchange == exchange)
        .filter_map(|attempt| Some((attempt, Seen::of(attempt)?)))
        .collect();
    // It never was the host, in whichever round that came out.
    if tries.iter().any(|(_, seen)| *seen == Seen::TakenOnTheWay) {
        return None;
    }
    tries.retain(|(_, seen)| !SAYS_NOTHING.has(*seen));
    tries.sort_by_key(|(attempt, _)| attempt.round);
    let &(attempt, seen) = tries.last()?;
    let rounds_disagree = tries.iter().any(|&earlier| disagree(earlier, (attempt, seen)));
    Some(Sighting { evidence, attempt, seen, rounds_disagree })
}

/// Whether two rounds tell two stories.
fn disagree((earlier, saw): (&Attempt, Seen), (later, sees): (&Attempt, Seen)) -> bool {
    if earlier.connected() != later.connected() {
        return true;
    }
    if saw == Seen::NotYetGreeted {
        // Not yet greeted and then greeted later than that is one story.
        let waited = earlier.limit_ms.map(|ms| ms as f64);
        return later.greeting_delay_ms().zip(waited).is_some_and(|(delay, waited)| delay < waited);
    }
    let silent = |attempt: &Attempt| attempt.outcome == Outcome::TimedOut;
    SPOKE.has(saw) != SPOKE.has(sees) || (silent(earlier) && silent(later) && earlier.stage != later.stage)
}

enum Contradiction {
    None,
    /// The row asks for an observation that nobody made: it is neither alive nor eliminated.
    NotAsked,
    By {
        cell: &'static str,
        because: String,
    },
}

fn contradiction(row: &Row, sightings: &[&Sighting<'_>]) -> Contradiction {
    let sender = sightings.iter().find(|one| one.is_sender());
    if row.pattern == Pattern::SenderAlone && sender.is_none() {
        return Contradiction::NotAsked;
    }
    let disagreeing = sightings.iter().find(|one| one.rounds_disagree);
    match (row.pattern, disagreeing) {
        (Pattern::RoundsDisagree, Some(_)) => return Contradiction::None,
        (Pattern::RoundsDisagree, None) => {
            let law = "an intermittent fault shows as rounds that disagree";
            let because = match sightings.iter().map(|one| one.attempt.round).max() {
                Some(rounds) if rounds > 1 => format!("{law}, but all {rounds} rounds agree"),
                _ => return Contradiction::NotAsked,
            };
            return Contradiction::By { cell: "intermittent.rounds", because };
        }
        (_, Some(one)) => {
            let because = format!(
                "a lasting state shows in every round, but the rounds of {} disagree",
                one.evidence.vantage
            );
            return Contradiction::By { cell: "lasting.rounds", because };
        }
        (_, None) => {}
    }
    for one in sightings {
        let cell = if one.is_sender() { &row.sender } else { &row.others };
        if !cell.allows.has(one.seen) {
            return broken(cell, &one.words());
        }
    }
    let all = sightings.iter().fold(SeenSet::NONE, |all, one| all.with(SeenSet::of(&[one.seen])));
    if !row.sign.allows.meets(all) {
        return broken(&row.sign, &nobody(sightings));
    }
    if row.pattern == Pattern::Split { split(sightings) } else { Contradiction::None }
}

fn broken(cell: &Cell, observation: &str) -> Contradiction {
    Contradiction::By { cell: cell.id, because: format!("{}, but {observation}", cell.law) }
}

/// What everybody saw, in few words, for a law that asks for a sign which nobody saw.
fn nobody(sightings: &[&Sighting<'_>]) -> String {
    match sightings {
        [one] => one.words(),
        [first, rest @ ..] => format!("{}, and {} more saw no such sign either", first.words(), rest.len()),
        [] => "nobody looked".to_owned(),
    }
}

/// An outage of some regions: eliminated only when several networks agree with each other.
fn split(sightings: &[&Sighting<'_>]) -> Contradiction {
    let (reaching, failing): (Vec<&Sighting<'_>>, Vec<&Sighting<'_>>) =
        sightings.iter().copied().partition(|one| SPOKE.has(one.seen));
    let others: Vec<_> = reaching.iter().filter(|one| !one.is_sender()).collect();
    let failing_others = failing.iter().any(|one| !one.is_sender());
    let networks =
        |list: &[&Sighting<'_>]| list.iter().map(|one| network(one)).collect::<BTreeSet<_>>().len();
    let cell = "regional.split";
    if reaching.is_empty() && networks(&failing) >= 2 {
        let because = format!("an outage of one region leaves others, but {}", nobody_reached(&failing));
        return Contradiction::By { cell, because };
    }
    let reaching_networks = others.iter().map(|one| network(one)).collect::<BTreeSet<_>>().len();
    if !failing_others && reaching_networks >= 2 {
        let because = format!(
            "an outage of one region shows in other places of it too, but every other place that looked reached the host ({})",
            others.iter().map(|one| one.evidence.vantage.as_str()).collect::<Vec<_>>().join(", "),
        );
        return Contradiction::By { cell, because };
    }
    Contradiction::None
}

fn nobody_reached(failing: &[&Sighting<'_>]) -> String {
    let who: Vec<_> = failing
        .iter()
        .map(|one| if one.is_sender() { "the sending server" } else { &one.evidence.vantage })
        .collect();
    format!("none of {} reached the host", who.join(", "))
}

/// The network a vantage stands in: a vantage that names none stands alone.
pub(super) fn network<'a>(one: &Sighting<'a>) -> &'a str {
    if one.evidence.network.is_empty() { &one.evidence.vantage } else { &one.evidence.network }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::Stage;

    /// An attempt that was silent at `stage` for as long as was waited.
    fn silent(stage: Stage, limit_ms: u64) -> Attempt {
        Attempt {
            outcome: Outcome::TimedOut,
            stage,
            connect_ms: Some(100.0),
            limit_ms: Some(limit_ms),
            ..Attempt::untried("mx.example.test", "192.0.2.1".parse().unwrap(), 25, 1)
        }
    }

    fn greeted_after(mut attempt: Attempt, delay_ms: f64) -> Attempt {
        attempt.greeting_ms = attempt.connect_ms.map(|connected| connected + delay_ms);
        attempt
    }

    fn disagree(earlier: &Attempt, later: &Attempt) -> bool {
        let seen = |attempt| Seen::of(attempt).unwrap();
        super::disagree((earlier, seen(earlier)), (later, seen(later)))
    }

    #[test]
    fn greeted_later_than_was_waited_is_one_story_and_greeted_sooner_is_two() {
        let not_yet = silent(Stage::Greeting, 9_000);
        let mut reached = greeted_after(silent(Stage::Starttls, 0), 20_000.0);
        reached.outcome = Outcome::Completed;
        assert!(!disagree(&not_yet, &reached));
        let reached = greeted_after(reached, 200.0);
        assert!(disagree(&not_yet, &reached));
        assert!(!disagree(&not_yet, &silent(Stage::Greeting, 60_000)));
    }

    #[test]
    fn silence_now_here_and_now_there_is_two_stories() {
        let tls = greeted_after(silent(Stage::Starttls, 30_000), 100.0);
        let ehlo = greeted_after(silent(Stage::Ehlo, 30_000), 100.0);
        assert!(disagree(&ehlo, &tls));
        assert!(!disagree(&tls, &tls));
    }

    #[test]
    fn who_crawled_before_the_handshake_is_not_silent_in_it_alone() {
        let mut tls = greeted_after(silent(Stage::Starttls, 30_000), 100.0);
        tls.ehlo_ms = Some(400.0);
        assert_eq!(Seen::of(&tls), Some(Seen::TlsSilent));
        tls.ehlo_ms = Some(28_000.0);
        assert_eq!(Seen::of(&tls), Some(Seen::Stalled));
    }
}
