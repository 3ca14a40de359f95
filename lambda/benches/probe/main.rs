//! The prober beside blackbox_exporter, nmap and swaks: a thousand targets, healthy and mixed, in one run.
//!
//! All of it happens in a network namespace of its own, where 127/8 is the Internet: nothing is sent elsewhere, and no
//! root is needed. Each contender is a process of its own, so that its CPU time and memory are its own too. They run one
//! after the other, against the same server, with the same time limit.

mod contenders;
mod measure;
mod ours;
mod table;
mod world;

use anyhow::{Context, Result, bail};
use contenders::Contender;
use world::World;

fn main() -> Result<()> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => world::enter_namespace(),
        ["inside"] => inside(),
        ["serve"] => world::serve(),
        ["ours", count] => ours::prober(count.parse()?),
        ["bare", count] => ours::bare(count.parse()?),
        ["measured", program @ ..] => measure::child(program),
        _ => bail!("the bench takes no arguments"),
    }
}

fn inside() -> Result<()> {
    world::raise_limits()?;
    println!(
        "Each waits {} s for a silent target; nmap takes the liberty to give up sooner.",
        world::LIMIT.as_secs()
    );
    let _server = world::start_server()?;
    for world in [World::Healthy, World::Mixed] {
        world.install().context("cannot set up the packet filter")?;
        let mut rows = Vec::new();
        for contender in Contender::ALL {
            eprintln!("{}: {} …", world.name(), contender.name());
            rows.push((contender, contender.run().with_context(|| contender.name())?));
        }
        table::print(world, &rows);
    }
    Ok(())
}
