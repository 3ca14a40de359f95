//! Ours, and a bare loop that does as little as can be done.

use crate::world::{LIMIT, TARGETS, target};
use anyhow::Result;
use noanswer::fetch::DohFetch;
use noanswer::probe::{AddressMap, Controls, Prober, Settings, Sources};
use noanswer_core::address::AddressPolicy;
use noanswer_core::evidence::{Grade, NetworkKind, Outcome, Role, Vantage};
use noanswer_core::mx::Target;
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::smtp::ClientName;
use noanswer_site::fleet::OptOut;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Prints how many answered, refused and were silent.
fn print(answered: usize, refused: usize, silent: usize) {
    println!("{answered} {refused} {silent}");
}

/// The prober, as a vantage runs it.
pub fn prober(count: usize) -> Result<()> {
    let settings = Settings {
        vantage: Vantage {
            id: "bench".to_owned(),
            place: String::new(),
            role: Role::Region,
            network: String::new(),
            grade: Grade::Smtp,
            network_kind: NetworkKind::Unknown,
        },
        controls: Controls { open: Vec::new(), closed: Vec::new() },
        resolvers: Vec::new(),
        policy: AddressPolicy::allowing(["127.0.0.0/8".parse()?]),
        name: ClientName::Literal(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        sources: Sources::default(),
        addresses: AddressMap::Direct,
        network: None,
        limits: None,
        opt_out: OptOut::default(),
    };
    // Each target has an operator of its own: a thousand domains are looked at, not one.
    let targets = (0..count.min(TARGETS)).map(|index| Target {
        exchange: format!("mx.target{index}.example"),
        address: target(index).into(),
        preference: 10,
    });
    let request = ProbeRequest {
        domain: "target.example".to_owned(),
        targets: targets.collect(),
        round: 1,
        patience: Patience::Quick,
        deadline_ms: u64::try_from(LIMIT.as_millis())?,
        sender_asn: None,
        trace: None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let prober = Arc::new(Prober::new(settings, DohFetch::new(None)?));
    let evidence = runtime.block_on(prober.probe(&request));
    let ended = |outcome| evidence.attempts.iter().filter(|attempt| attempt.outcome == outcome).count();
    print(ended(Outcome::Completed), ended(Outcome::Refused), ended(Outcome::TimedOut));
    Ok(())
}

/// Connects, reads a greeting, says `EHLO`, reads, says `QUIT`: no limits, no evidence.
pub fn bare(count: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut under_way = JoinSet::new();
        for index in 0..count.min(TARGETS) {
            under_way.spawn(tokio::time::timeout(LIMIT, hello(target(index))));
        }
        let (mut answered, mut refused, mut silent) = (0, 0, 0);
        for result in under_way.join_all().await {
            match result {
                Ok(Ok(())) => answered += 1,
                Ok(Err(_)) => refused += 1,
                Err(_) => silent += 1,
            }
        }
        print(answered, refused, silent);
    });
    Ok(())
}

async fn hello(address: Ipv4Addr) -> io::Result<()> {
    let mut stream = TcpStream::connect((address, 25)).await?;
    let mut buffer = [0; 512];
    for command in ["EHLO [127.0.0.1]\r\n", "QUIT\r\n"] {
        if stream.read(&mut buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        stream.write_all(command.as_bytes()).await?;
    }
    let _reply_to_quit = stream.read(&mut buffer).await?;
    Ok(())
}
