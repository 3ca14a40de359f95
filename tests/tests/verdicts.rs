//! The verdict on worlds that are written down: `tests/verdict/*.toml`. What must be named, what must be ruled out, and
//! what must never be said.

use noanswer_core::evidence::{Firewall, FirewallRule, Stops};
use noanswer_core::report::Served;
use noanswer_core::verdict::{Fault, Party, PartyStanding, Standing, Status, Verdict};
use noanswer_worlds::{Seen, World, simulate};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    story: String,
    expect: Expected,
    world: World,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: Status,
    faults: BTreeSet<Fault>,
    #[serde(default)]
    ruled_out: BTreeSet<Fault>,
    #[serde(default)]
    never: BTreeSet<Fault>,
}

fn objections(written: &Written) -> Vec<String> {
    let verdict = simulate(&written.world).verdict();
    let named: BTreeSet<Fault> = verdict.faults.iter().map(|named| named.fault).collect();
    let ruled_out: BTreeSet<Fault> = verdict.ruled_out.iter().map(|out| out.fault).collect();
    let mut objections = Vec::new();
    if verdict.status != written.expect.status {
        objections.push(format!("status {:?}, not {:?}", verdict.status, written.expect.status));
    }
    if named != written.expect.faults {
        objections.push(format!("names {named:?}, not {:?}", written.expect.faults));
    }
    if let Some(missing) = written.expect.ruled_out.difference(&ruled_out).next() {
        objections.push(format!("does not rule out {missing:?}: only {ruled_out:?}"));
    }
    if let Some(said) = written.expect.never.intersection(&named).next() {
        objections.push(format!("says {said:?}"));
    }
    let possible = verdict.faults.iter().any(|named| named.standing == Standing::Possible);
    if possible != (verdict.status == Status::Ambiguous) {
        objections.push("a fault's standing does not fit the status".to_owned());
    }
    if verdict.faults.iter().any(|named| named.because.is_empty()) {
        objections.push("a fault without a reason".to_owned());
    }
    if verdict.status == Status::Ambiguous && verdict.next.is_none() {
        objections.push("ambiguous, and nothing to do next".to_owned());
    }
    objections
}

#[test]
fn every_written_world_is_judged_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("verdict");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("tests/verdict").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    assert!(files.len() >= 15, "the worlds are there");
    let mut wrong = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).expect("readable");
        let written: Written =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for objection in objections(&written) {
            wrong.push(format!("{} ({}): {objection}", file.display(), written.story));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A world of real kernels: what its vantages saw, and what may be said of it by somebody who did not know the verdict.
#[derive(Deserialize)]
struct Recorded {
    id: String,
    world: String,
    may_establish: BTreeSet<Fault>,
    must_not_rule_out: BTreeSet<Fault>,
    never_healthy: bool,
    /// What may not even be possible.
    #[serde(default)]
    never_named: BTreeSet<Fault>,
    /// What must be named, whatever else may be.
    #[serde(default)]
    named_at_least: BTreeSet<Fault>,
    /// What the headline must say.
    #[serde(default)]
    headline_has: String,
    /// What some letter must say.
    #[serde(default)]
    letter_has: String,
    /// What some note must say.
    #[serde(default)]
    note_has: String,
    /// What no advice may say.
    #[serde(default)]
    advice_lacks: Option<String>,
    /// What the next step must not say.
    #[serde(default)]
    never_next: Option<String>,
    /// How the command line must end.
    #[serde(default)]
    exit_code: Option<u8>,
    /// What must be said of the sender: whether it is served.
    #[serde(default)]
    served: Option<Served>,
    /// Who may not be cleared.
    #[serde(default)]
    not_cleared: Option<Party>,
    report: Seen,
}

impl Recorded {
    fn objections(self) -> Vec<String> {
        let report = self.report.judged();
        let exit_code = report.exit_code();
        let served = report.sender.served;
        let verdict = report.verdict;
        let established = verdict.faults.iter().filter(|named| named.standing == Standing::Established);
        let false_ones =
            established.map(|named| named.fault).filter(|fault| !self.may_establish.contains(fault));
        let ruled_out = verdict.ruled_out.iter().map(|out| out.fault);
        let true_ones = ruled_out.filter(|fault| self.must_not_rule_out.contains(fault));
        let healthy = self.never_healthy && verdict.status == Status::Healthy;
        let named = verdict.faults.iter().map(|named| named.fault);
        let all: BTreeSet<Fault> = named.clone().collect();
        let missed = self.named_at_least.difference(&all);
        let untold = !verdict.headline.contains(&self.headline_has);
        let unwritten = !self.letter_has.is_empty()
            && !verdict.messages.iter().any(|letter| letter.body.contains(&self.letter_has));
        let unnoted =
            !self.note_has.is_empty() && !verdict.notes.iter().any(|note| note.contains(&self.note_has));
        let untrue = self.advice_lacks.as_deref().is_some_and(|words| {
            verdict.advice.iter().any(|one| one.action.contains(words) || one.why.contains(words))
        });
        let next = verdict.next.as_ref().map_or("", |next| next.observe.as_str());
        let useless = self.never_next.as_deref().is_some_and(|words| next.contains(words));
        let ends = self.exit_code.is_some_and(|wanted| wanted != exit_code);
        let unlike = self.served.is_some_and(|wanted| wanted != served);
        let cleared = verdict
            .known
            .iter()
            .any(|known| known.standing == PartyStanding::Cleared && Some(known.party) == self.not_cleared);
        let absurd = named.filter(|fault| self.never_named.contains(fault));
        absurd
            .map(|fault| format!("names {fault:?}"))
            .chain(false_ones.map(|fault| format!("establishes {fault:?}")))
            .chain(true_ones.map(|fault| format!("rules {fault:?} out")))
            .chain(missed.map(|fault| format!("does not name {fault:?}")))
            .chain(untold.then(|| format!("says \"{}\"", verdict.headline)))
            .chain(unwritten.then(|| "no letter says what it must".to_owned()))
            .chain(unnoted.then(|| "no note says what it must".to_owned()))
            .chain(untrue.then(|| "advises what is not so".to_owned()))
            .chain(useless.then(|| format!("advises \"{next}\"")))
            .chain(ends.then(|| format!("ends with {exit_code}")))
            .chain(unlike.then(|| format!("says served: {served:?}")))
            .chain(cleared.then(|| "clears who may be guilty".to_owned()))
            .chain(healthy.then(|| "calls it healthy".to_owned()))
            .map(|objection| format!("{} ({}): {objection}", self.id, self.world))
            .collect()
    }
}

#[test]
fn no_recorded_world_is_misjudged() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/verdict/worlds.jsonl");
    let lines = fs::read_to_string(file).expect("readable");
    let worlds: Vec<Recorded> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a recorded world")).collect();
    assert!(worlds.len() >= 50, "the worlds are there");
    let wrong: Vec<String> = worlds.into_iter().flat_map(Recorded::objections).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn written(name: &str) -> World {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("verdict").join(name);
    let text = fs::read_to_string(file).expect("it is there");
    toml::from_str::<Written>(&text).expect("a world").world
}

fn firewall(stops: &[Stops]) -> Firewall {
    let rule = |stops: &Stops| FirewallRule { name: "Block SMTP".to_owned(), stops: *stops, program: None };
    Firewall { always_on: true, stops_by_default: false, rules: stops.iter().map(rule).collect() }
}

fn says(verdict: &Verdict, words: &str) -> bool {
    verdict.notes.iter().any(|note| note.contains(words))
}

/// A rule of the own firewall is the own host's word where it met a connection; one that names what looked alone is nobody's
/// fault, whatever it met, and one that names another program is told of and changes nothing.
#[test]
fn a_rule_of_the_own_firewall_accuses_by_what_it_met_and_whom_it_names() {
    let blocked =
        |stops: &[Stops]| simulate(&written("healthy.toml")).forbidden_by(&firewall(stops)).verdict();
    let own = |verdict: &Verdict| verdict.faults.iter().any(|one| one.fault == Fault::OutboundPort25Blocked);

    let all = blocked(&[Stops::Everyone]);
    assert!(own(&all) && says(&all, "stops port 25 for every program: Block SMTP"), "{all:#?}");
    let some = blocked(&[Stops::Some]);
    assert!(own(&some) && says(&some, "may be what stops port 25"), "{some:#?}");

    let looker = blocked(&[Stops::ThisProgram]);
    assert!(!own(&looker) && says(&looker, "names the program that looked"), "{looker:#?}");
    let accused = looker.faults.iter().any(|one| one.party == Party::You);
    assert!(!accused, "{looker:#?}");

    let other = blocked(&[Stops::OtherProgram]);
    let untouched = simulate(&written("healthy.toml")).verdict();
    assert_eq!(other.status, untouched.status);
    assert!(says(&other, "and not for the program that looked"), "{other:#?}");
    assert!(own(&blocked(&[Stops::ThisProgram, Stops::Everyone])));
}

/// An echo request is no SYN: an answer to it says that the way is open, and no answer says nothing.
#[test]
fn echo_requests_rule_out_a_missing_route_and_name_nobody() {
    let world = written("sender-alone.toml");
    let faults = |verdict: &Verdict| verdict.faults.iter().map(|one| one.fault).collect::<BTreeSet<Fault>>();
    let plain = simulate(&world).verdict();
    let deaf = simulate(&world).echoing(None, Some(5)).verdict();
    assert_eq!((faults(&deaf), deaf.status), (faults(&plain), plain.status));
    let answered = simulate(&world).echoing(Some(6), Some(5));
    let (without, with) = (simulate(&world).trace(), answered.trace());
    let explains = |trace: &noanswer_core::verdict::Trace| {
        serde_json::to_string(trace).expect("JSON").contains("route.sender_to_target.lost")
    };
    assert!(explains(&without) && !explains(&with));
}
