//! Vantages of every kind in the same worlds: each kind alone never rules the truth out nor establishes what is false, and
//! all kinds together say what our own probers say, and nothing weaker.

use anyhow::Result;
use noanswer_tests::lab::expect::unsound;
use noanswer_tests::lab::scenario::{self, Scenario};
use noanswer_tests::lab::suite;

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
const KINDS: [(&str, Ask); 3] = [
    ("blackbox", |one| one.blackbox = 3),
    ("globalping", |one| one.globalping = 8),
    ("check-host", |one| one.check_host = 6),
];

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
        all.push(together);
    }
    Ok(all)
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
        }
    });
    let lines = lines.expect("labs can be built");
    let wrong: Vec<&str> =
        lines.iter().filter(|line| !line.is_right()).map(|line| line.scenario.name.as_str()).collect();
    assert!(wrong.is_empty(), "{} of {} scenarios: {wrong:?}", wrong.len(), lines.len());
}
