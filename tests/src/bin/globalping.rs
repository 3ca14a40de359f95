//! `globalping [--blind N] ADDRESS=HOST:PORT…`: the API of Globalping on a port of loopback, for tests in other languages.
//! Eight probes in eight networks, the first N of them blind; each ADDRESS leads to the HOST, all others swallow everything. It
//! ends with its standard input.

use anyhow::{Context, Result};
use noanswer_tests::globalping::{Emulator, Hosts, Probe, Rules};
use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

fn main() -> Result<()> {
    let mut blind = 0;
    let mut hosts = HashMap::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--blind" {
            blind = arguments.next().context("how many?")?.parse()?;
        } else {
            let (address, host) = argument.split_once('=').context("ADDRESS=HOST:PORT")?;
            hosts.insert(address.parse()?, host.parse()?);
        }
    }
    let probe = |index: u32| Probe {
        country: "DE".to_owned(),
        city: format!("Place {index}"),
        asn: 64_500 + index,
        network: format!("Network {index}"),
        tags: vec![if index > 5 { "eyeball-network" } else { "datacenter-network" }.to_owned()],
        connector: Arc::new(Hosts(if index < blind { HashMap::new() } else { hosts.clone() })),
    };
    let emulator = Emulator::on_loopback((0..8).map(probe).collect(), Rules::default())?;
    println!("listening on {}", emulator.origin);
    std::io::stdin().read_to_end(&mut Vec::new())?;
    println!(
        "{}",
        serde_json::json!({ "spent": emulator.spent(), "too_soon": emulator.too_soon(), "asked": emulator.bodies() })
    );
    Ok(())
}
