//! `noanswer self` in worlds of the lab: whether this machine can send on port 25, in which family, and what stops it.

use anyhow::{Context, Result};
use noanswer_tests::lab::plan::{OFFICE, at};
use noanswer_tests::lab::run::{SelfOutcome, command_under_test, run_self};
use noanswer_tests::lab::scenario;
use noanswer_tests::lab::suite;
use noanswer_tests::lab::world::World;
use std::process::Command;

/// A world, the exit code, and what must be said of IPv4 and IPv6.
const WORLDS: [(&str, i32, &str, &str); 8] = [
    ("healthy", 0, "yes", "yes"),
    ("target-gone", 0, "yes", "yes"),
    ("gateway-drops-25", 2, "no", "no"),
    ("gateway-drops-25-ipv4", 1, "no", "yes"),
    ("gateway-intercepts-live-target", 2, "intercepted", "intercepted"),
    ("sender-offline", 2, "no", "no"),
    ("gateway-rejects-25-reset", 2, "no", "no"),
    ("some-controls-down", 3, "not_told", "not_told"),
];

fn look(name: &str, code: i32, expected: [&str; 2]) -> Result<Vec<String>> {
    let scenarios = scenario::all()?;
    let Some(scenario) = scenarios.iter().find(|one| one.name == name) else {
        return Ok(vec![format!("no scenario is called {name} any more")]);
    };
    let outcome = run_self(scenario, &command_under_test()?, |_, _| Ok(()))?;
    let mut wrong = Vec::new();
    if outcome.code != Some(code) {
        wrong.push(format!("{name}: the exit code is {:?}, expected {code}", outcome.code));
    }
    let mut said = Vec::new();
    for (family, wanted) in ["ipv4", "ipv6"].into_iter().zip(expected) {
        let families = outcome.printed["families"].as_array().cloned().unwrap_or_default();
        let found = families.iter().find(|one| one["family"] == family);
        let sends = found.and_then(|one| one["sends"].as_str()).unwrap_or("nothing").to_owned();
        if sends != wanted {
            wrong.push(format!("{name}: {family} sends: {sends}, expected {wanted}"));
        }
        said.push(sends);
    }
    eprintln!("{name:28} {:5.1} s  {}", outcome.took.as_secs_f64(), said.join(", "));
    Ok(wrong)
}

#[test]
fn this_machine_is_told_whether_it_can_send() {
    if !suite::is_inside("this_machine_is_told_whether_it_can_send") {
        return;
    }
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let looks: Vec<_> = WORLDS
            .iter()
            .map(|(name, code, ipv4, ipv6)| scope.spawn(move || look(name, *code, [ipv4, ipv6])))
            .collect();
        let ended = looks.into_iter().map(|one| one.join().expect("a look ends"));
        ended.flat_map(|one| one.unwrap_or_else(|error| vec![format!("{error:#}")])).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Looks in the world of that name, after `prepare` has changed what it likes.
fn prepared(name: &str, prepare: impl FnOnce(&World, &mut Command) -> Result<()>) -> Result<SelfOutcome> {
    let scenarios = scenario::all()?;
    let world = scenarios.iter().find(|one| one.name == name).context("no such scenario")?;
    run_self(world, &command_under_test()?, prepare)
}

#[test]
fn each_source_address_is_looked_from() {
    if !suite::is_inside("each_source_address_is_looked_from") {
        return;
    }
    let outcome = prepared("healthy", |world, command| {
        for host in [2, 77] {
            let [address, _] = at(OFFICE, host);
            world.sender.ip(&format!("addr replace {address}/24 dev gateway\n"))?;
            command.args(["--source", &address.to_string()]);
        }
        Ok(())
    });
    let outcome = outcome.expect("a look");
    let each = outcome.printed["sources"].as_array().cloned().unwrap_or_default();
    let seen: Vec<_> = each.iter().map(|one| (&one["source"][0], &one["families"][0]["sends"])).collect();
    let [one, other] = [2, 77].map(|host| serde_json::json!(at(OFFICE, host)[0]));
    let yes = serde_json::json!("yes");
    assert_eq!(seen, [(&one, &yes), (&other, &yes)], "{}", outcome.printed);
    assert_eq!(outcome.code, Some(0), "{}", outcome.printed);
}

#[test]
fn a_container_says_that_it_is_one() {
    if !suite::is_inside("a_container_says_that_it_is_one") {
        return;
    }
    let outcome = prepared("container-nat", |_, command| {
        command.env("KUBERNETES_SERVICE_HOST", "10.96.0.1");
        Ok(())
    });
    let outcome = outcome.expect("a look");
    assert_eq!(outcome.printed["evidence"]["host"]["container"], "inside", "{}", outcome.printed);
    assert_eq!(outcome.code, Some(0), "{}", outcome.printed);
}
