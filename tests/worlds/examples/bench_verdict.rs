//! How long one case takes to judge: 5 ms at most, whatever was seen. The worlds that strangers built and recorded, worlds by
//! dice, and cases as large as the limits allow.

use noanswer_core::address::Reachability;
use noanswer_core::dns::HostName;
use noanswer_core::evidence::{Attempt, Evidence, Role};
use noanswer_core::mx::{Limits, PlannedAddress, PlannedExchange};
use noanswer_worlds::{Dice, Seen, generate, simulate};
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// The most milliseconds for one case.
const BUDGET_MS: f64 = 5.0;

/// How often each is judged: the quickest counts, since others use the machine, too.
const TIMES: usize = 5;

/// How many worlds by dice.
const DICE: usize = 5_000;

/// How many large cases, and the vantages of each beside the sender.
const LARGE: usize = 200;
const VANTAGES: usize = 10;

#[derive(Deserialize)]
struct Recorded {
    report: Seen,
}

/// Milliseconds of judging what was seen.
fn judged_ms(seen: &Seen) -> f64 {
    quickest_ms(|| drop(std::hint::black_box(seen.clone().judged())))
}

/// Milliseconds of the quickest of some times.
fn quickest_ms(once: impl Fn()) -> f64 {
    let timed = |_| {
        let began = Instant::now();
        once();
        began.elapsed().as_secs_f64() * 1e3
    };
    (0..TIMES).map(timed).fold(f64::INFINITY, f64::min)
}

/// A case as large as the limits allow: every vantage met something at every address, each time as some recorded one did.
fn large(recorded: &[Seen], number: usize) -> Seen {
    let limits = Limits::default();
    let mut seen = recorded[number % recorded.len()].clone();
    let pool: Vec<&Attempt> =
        recorded.iter().flat_map(|one| &one.evidence).flat_map(|one| &one.attempts).collect();
    let each = limits.addresses / limits.exchanges;
    let name = |at: usize| format!("mx{at}.target.example");
    let address = |at: usize| Ipv4Addr::new(185, 40, 40, u8::try_from(at).unwrap_or(u8::MAX));
    seen.plan.exchanges = (0..limits.exchanges)
        .map(|at| PlannedExchange {
            preference: 10,
            exchange: HostName::Name(name(at).parse().expect("a name")),
            addresses: (0..each)
                .map(|one| PlannedAddress {
                    address: IpAddr::V4(address(at * each + one)),
                    reachability: Reachability::Public,
                    ..seen_address(&recorded[0])
                })
                .collect(),
            ..recorded[0].plan.exchanges[0].clone()
        })
        .collect();
    let region = recorded.iter().flat_map(|one| &one.evidence).find(|one| one.role == Role::Region);
    let region = region.expect("a region is recorded").clone();
    seen.evidence.retain(|one| one.role == Role::Sender);
    seen.evidence.extend((0..VANTAGES).map(|at| Evidence {
        vantage: format!("region-{at}"),
        network: format!("AS{}", 64_500 + at),
        ..region.clone()
    }));
    for (who, evidence) in seen.evidence.iter_mut().enumerate() {
        evidence.attempts = (0..limits.addresses)
            .map(|at| Attempt {
                exchange: name(at / each),
                address: IpAddr::V4(address(at)),
                ..pool[(number * 31 + who * 17 + at * (who + 7)) % pool.len()].clone()
            })
            .collect();
    }
    seen
}

fn seen_address(recorded: &Seen) -> PlannedAddress {
    recorded.plan.exchanges[0].addresses[0].clone()
}

/// Prints one row, and says whether the budget is kept.
fn row(about: &str, mut all: Vec<f64>) -> bool {
    all.sort_by(f64::total_cmp);
    let (median, most) = (all[all.len() / 2], all[all.len() - 1]);
    let kept = most <= BUDGET_MS;
    println!(
        "{about:<44} {:>6}  median {median:>6.3} ms  most {most:>6.3} ms  {}",
        all.len(),
        if kept { "kept" } else { "OVER" }
    );
    kept
}

fn main() -> ExitCode {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings/verdict/worlds.jsonl");
    let lines = std::fs::read_to_string(file).expect("the recorded worlds");
    let recorded: Vec<Seen> = lines
        .lines()
        .map(|line| serde_json::from_str::<Recorded>(line).expect("a recorded world").report)
        .collect();
    let mut dice = Dice::new(441);
    let by_dice = |dice: &mut Dice| {
        let simulated = simulate(&generate(dice));
        quickest_ms(|| drop(std::hint::black_box(simulated.verdict())))
    };
    println!("one case judged, {BUDGET_MS} ms at most\n");
    let kept = [
        row("recorded worlds", recorded.iter().map(judged_ms).collect()),
        row("worlds by dice", (0..DICE).map(|_| by_dice(&mut dice)).collect()),
        row(
            &format!("large: 20 addresses, {VANTAGES} vantages and the sender"),
            (0..LARGE).map(|number| judged_ms(&large(&recorded, number))).collect(),
        ),
    ];
    if kept.iter().all(|kept| *kept) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
