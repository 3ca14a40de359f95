//! Many scenarios side by side, and what to say of them.

use super::expect::in_one_line;
use super::run::{Outcome, command_under_test, run};
use super::scenario::{self, Scenario};
use crate::{namespace, need};
use anyhow::Result;
use std::process::ExitStatus;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many labs stand at a time: most of a check is waiting.
const SIDE_BY_SIDE: usize = 10;

/// So many scenarios that came out weaker than they must are run again, each alone.
const AGAIN: usize = 5;

/// A scenario and how it went.
pub struct Line {
    /// The scenario.
    pub scenario: Scenario,
    /// How it went, or why it could not be run.
    pub outcome: Result<Outcome>,
    /// What was not as it must be beside other labs, where all was when it ran alone.
    pub beside_others: Vec<String>,
}

impl Line {
    /// Whether all came out as it must.
    pub fn is_right(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|outcome| outcome.wrong.is_empty())
    }

    /// Whether it is worth running again with the machine to itself: what came out is less than was expected, and nothing
    /// false. Packets that come late on a loaded machine make a verdict weaker; they must never make it wrong.
    fn may_be_load(&self) -> bool {
        self.outcome.as_ref().map_or(true, |outcome| !outcome.wrong.is_empty() && outcome.unsound.is_empty())
    }

    /// What came out, in one line.
    pub fn got(&self) -> String {
        match &self.outcome {
            Ok(outcome) => in_one_line(&outcome.report),
            Err(error) => format!("{error:#}"),
        }
    }

    /// How long it took, and how much longer than the round trips that it needs: `3.3 s, 1.09 x 3.0 s`.
    pub fn time(&self) -> String {
        let Ok(outcome) = &self.outcome else { return String::new() };
        let took = outcome.took.as_secs_f64();
        let ratio = self.scenario.round_trips.map(|trips| {
            format!(", {:.2} x {} round trips of {} ms", took / trips.seconds(), trips.count, trips.each_ms)
        });
        format!("{took:.1} s{}", ratio.unwrap_or_default())
    }

    /// What was expected, in one line.
    pub fn expected(&self) -> String {
        let expect = &self.scenario.expect;
        let mut faults: Vec<&str> = expect.faults.iter().map(|fault| fault.fault.as_str()).collect();
        let any_of = expect.any_of.join(" or ");
        faults.extend((!any_of.is_empty()).then_some(any_of.as_str()));
        format!("{}: {}", expect.status.all().join(" or "), faults.join(", "))
    }
}

/// Runs this program again where labs can be built, with `arguments`. What needs the world outside is done before:
/// packages fetched, the command under test built.
pub fn step_inside<I: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = I>) -> Result<ExitStatus> {
    for (program, package) in [("ip", "iproute2"), ("nft", "nftables"), ("named", "bind9")] {
        need::command(program, package)?;
    }
    super::exim::find()?;
    super::postfix::find()?;
    super::exporters::find()?;
    need::cargo_lambda()?;
    namespace::step_inside(arguments, &[(super::run::COMMAND, command_under_test()?)])
}

/// Whether this process is where labs can be built. Where it is not, the test of this name is run there, and must pass.
///
/// # Panics
/// Without namespaces, or when the test fails: its words stand above.
pub fn is_inside(test: &str) -> bool {
    if namespace::is_inside() {
        return true;
    }
    let status = step_inside(["--exact", test, "--nocapture"]).expect("the lab needs namespaces");
    assert!(status.success(), "{test} failed: see the lines above");
    false
}

/// Runs every scenario whose name contains `only`, says of each how it went, and gives them in order of name.
pub fn all(only: &str) -> Result<Vec<Line>> {
    let scenarios = scenario::all()?.into_iter().filter(|scenario| scenario.name.contains(only)).collect();
    run_all(scenarios, |_, _| {})
}

/// Runs `scenarios`, has each outcome looked at, says how it went, and gives them in order of name.
pub fn run_all(
    mut scenarios: Vec<Scenario>,
    look: impl Fn(&Scenario, &mut Outcome) + Sync,
) -> Result<Vec<Line>> {
    let noanswer = command_under_test()?;
    // Those that wait longest begin first.
    scenarios.sort_by_key(|scenario| !scenario.patient);
    let next = AtomicUsize::new(0);
    let lines = Mutex::new(Vec::new());
    let one = |scenario: &Scenario| {
        let mut outcome = run(scenario, &noanswer);
        if let Ok(outcome) = &mut outcome {
            look(scenario, outcome);
        }
        let line = Line { scenario: scenario.clone(), outcome, beside_others: Vec::new() };
        say(&line);
        line
    };
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let line = one(scenario);
                    if let Ok(mut lines) = lines.lock() {
                        lines.push(line);
                    }
                }
            });
        }
    });
    let mut lines: Vec<Line> = lines.into_inner()?;
    // Many at once is what a kind does; few are what load does.
    let weaker = lines.iter().filter(|line| line.may_be_load()).count();
    if (1..=AGAIN).contains(&weaker) {
        eprintln!("again, with the machine to themselves:");
        for line in lines.iter_mut().filter(|line| line.may_be_load()) {
            let beside_others = match &line.outcome {
                Ok(outcome) => outcome.wrong.clone(),
                Err(error) => vec![format!("{error:#}")],
            };
            *line = Line { beside_others, ..one(&line.scenario) };
        }
    }
    lines.sort_by(|a, b| a.scenario.name.cmp(&b.scenario.name));
    for line in lines.iter().filter(|line| !line.beside_others.is_empty()) {
        println!("weaker beside other labs: {}: {}", line.scenario.name, line.beside_others.join("; "));
    }
    for line in lines.iter().filter(|line| !line.is_right()) {
        let wrong = line.outcome.as_ref().map_or(String::new(), |outcome| outcome.wrong.join("; "));
        println!("WRONG {}: {}: {wrong}", line.scenario.name, line.got());
    }
    Ok(lines)
}

fn say(line: &Line) {
    let took = line.time();
    let mark = if line.is_right() { "ok   " } else { "WRONG" };
    eprintln!("{mark} {:42} {took:>8}  {}", line.scenario.name, line.got());
    if let Ok(outcome) = &line.outcome {
        for wrong in &outcome.wrong {
            eprintln!("      {wrong}");
        }
        keep(&line.scenario.name, outcome);
    }
}

/// Keeps the report where `NOANSWER_LAB_REPORTS` says, for whoever wants to look.
fn keep(name: &str, outcome: &Outcome) {
    let folder = std::env::var_os("NOANSWER_LAB_REPORTS").filter(|folder| !folder.is_empty());
    let Some(folder) = folder else { return };
    let path = std::path::Path::new(&folder).join(format!("{name}.json"));
    let written = serde_json::to_vec_pretty(&outcome.report).map(|text| std::fs::write(&path, text));
    if !matches!(written, Ok(Ok(()))) {
        eprintln!("      the report could not be written to {}", path.display());
    }
}
