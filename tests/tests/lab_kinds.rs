//! Vantages of every kind in the same worlds: each kind alone never rules the truth out nor establishes what is false, and
//! all kinds together say what our own probers say, and nothing weaker.

use anyhow::Result;
use noanswer_core::evidence::{Grade, Role};
use noanswer_core::report::Report;
use noanswer_core::verdict::{Fault, Standing};
use noanswer_tests::lab::expect::unsound;
use noanswer_tests::lab::scenario::{self, Scenario};
use noanswer_tests::lab::suite;
use std::collections::BTreeSet;

/// Worlds in which what a vantage can read makes a difference.
const WORLDS: [&str; 11] = [
    "healthy",
    "target-gone",
    "target-port-closed",
    "target-prohibits",
    "target-drops-sender",
    "target-drops-region",
    "never-greets",
    "too-busy",
    "gateway-drops-25",
    "some-regions-blind",
    "region-deceived",
];

/// How a scenario asks for a kind.
type Ask = fn(&mut Scenario);

/// The kinds, and how a scenario asks for each.
const KINDS: [(&str, Ask); 4] = [
    ("blackbox", |one| one.blackbox = 3),
    ("globalping", |one| one.globalping = 8),
    ("check-host", |one| one.check_host = 6),
    // It is asked in a patient check alone, after a verdict that leaves something open.
    ("atlas", |one| (one.atlas, one.patient) = (6, true)),
];

/// Worlds in which the sender alone cannot tell, so that a kind that is asked last is asked.
const ASKED_LAST: [&str; 3] = ["target-gone", "target-port-closed", "target-drops-sender"];

/// Each world by each kind alone, and by all of them beside our own probers.
fn scenarios() -> Result<Vec<Scenario>> {
    let mut all = Vec::new();
    for mut world in scenario::all()?.into_iter().filter(|one| WORLDS.contains(&one.name.as_str())) {
        // That is about the sender's own evidence.
        world.expect.answered_by = None;
        let mut together = Scenario { name: format!("{} by all kinds", world.name), ..world.clone() };
        for (kind, add) in KINDS {
            let mut alone =
                Scenario { name: format!("{} by {kind} alone", world.name), vantages: 0, ..world.clone() };
            add(&mut alone);
            add(&mut together);
            all.push(alone);
        }
        // What must come out is written for a quick look.
        together.patient = world.patient;
        all.push(together);
    }
    Ok(all)
}

/// What was established by the sender alone, and is not with the rows of others beside it. That nothing is wrong as far as the
/// sender sees is no fault: others see more.
fn weaker(report: &Report) -> Vec<String> {
    let established = |report: &Report| -> BTreeSet<String> {
        let faults = report.verdict.faults.iter().filter(|named| named.fault != Fault::NothingWrongNow);
        let named = faults.filter(|named| named.standing == Standing::Established);
        named.map(|named| format!("{:?}", named.fault)).collect()
    };
    let mut alone = report.clone();
    alone.evidence.retain(|row| row.role == Role::Sender);
    alone.judge_again();
    let lost = established(&alone);
    lost.difference(&established(report))
        .map(|fault| format!("established without this kind alone: {fault}"))
        .collect()
}

#[test]
fn no_kind_accuses_and_no_world_is_weaker_with_all_kinds() {
    if !suite::is_inside("no_kind_accuses_and_no_world_is_weaker_with_all_kinds") {
        return;
    }
    let scenarios = scenarios().expect("the scenarios can be read");
    assert_eq!(scenarios.len(), WORLDS.len() * (KINDS.len() + 1), "a world has another name now");
    let lines = suite::run_all(scenarios, |scenario, outcome| {
        if scenario.vantages == 0 {
            outcome.wrong = unsound(&scenario.expect, &outcome.report);
            outcome.wrong.extend(weaker(&outcome.report));
            let packets = outcome.report.evidence.iter().any(|row| row.grade == Grade::Packet);
            // Where the sender is served nothing is open, and what is asked last is not asked.
            outcome
                .wrong
                .retain(|wrong| scenario.atlas == 0 || packets || !wrong.contains("nothing_wrong_now"));
            let asked_last =
                ASKED_LAST.iter().any(|world| scenario.name == format!("{world} by atlas alone"));
            outcome.wrong.extend((asked_last && !packets).then(|| "RIPE Atlas has no row".to_owned()));
        }
    });
    let lines = lines.expect("labs can be built");
    let wrong: Vec<&str> =
        lines.iter().filter(|line| !line.is_right()).map(|line| line.scenario.name.as_str()).collect();
    assert!(wrong.is_empty(), "{} of {} scenarios: {wrong:?}", wrong.len(), lines.len());
}
