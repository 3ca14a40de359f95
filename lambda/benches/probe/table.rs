//! The table.

use crate::contenders::{Contender, Run};
use crate::world::World;

/// Prints what each contender took, and how it compares with ours.
pub fn print(world: World, rows: &[(Contender, Run)]) {
    let ours = rows.iter().find(|(contender, _)| *contender == Contender::Ours).map(|(_, run)| run);
    println!("\n{}: answering / refusing / silent", world.name());
    println!(
        "{:20} {:>10} {:>8} {:>12} {:>8} {:>9} {:>8}   told apart (truth)",
        "", "targets/s", "ours x", "CPU-s/1,000", "ours x", "peak MiB", "ours x"
    );
    for (contender, run) in rows {
        let [rate, cpu, peak] = figures(run);
        let ratio = |of: fn([f64; 3]) -> f64| match ours.map(|run| of(figures(run)) / of([rate, cpu, peak])) {
            Some(ratio) if ratio.is_finite() => format!("{ratio:.2}"),
            _ => "-".to_owned(),
        };
        println!(
            "{:20} {rate:>10.0} {:>8} {cpu:>12.3} {:>8} {peak:>9.1} {:>8}   {} ({})",
            contender.name(),
            ratio(|figures| figures[0]),
            ratio(|figures| figures[1]),
            ratio(|figures| figures[2]),
            slashed(&run.told),
            slashed(&world.truth(run.targets)),
        );
    }
}

/// Targets a second, CPU seconds a thousand targets, MiB.
fn figures(run: &Run) -> [f64; 3] {
    let targets = run.targets as f64;
    [targets / run.taken.wall_s, run.taken.cpu_s * 1_000.0 / targets, run.taken.peak_mib]
}

fn slashed(counts: &[usize]) -> String {
    counts.iter().map(usize::to_string).collect::<Vec<_>>().join("/")
}
