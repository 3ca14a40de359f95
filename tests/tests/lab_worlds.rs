//! The worlds themselves, tried by the smallest probe: each fault must look as kernels make it look.

use anyhow::Result;
use noanswer_tests::lab::fate::Server;
use noanswer_tests::lab::net;
use noanswer_tests::lab::dns::{self, Servers, Zones};
use noanswer_tests::lab::observe::{Met, observe};
use noanswer_tests::lab::plan::{self, at};
use noanswer_tests::lab::world::World;
use std::net::SocketAddr;
use std::time::Duration;

#[test]
fn worlds() {
    if !net::is_inside() {
        let status = net::step_inside(["--exact", "worlds", "--nocapture"], &[]).unwrap();
        assert!(status.success(), "a world is not as it is told");
        return;
    }
    inside().unwrap();
}

fn inside() -> Result<()> {
    let start = std::time::Instant::now();
    let mut world = World::new(true)?;
    eprintln!("up {:?}", start.elapsed());
    let servers: Vec<Server> = at(plan::TARGET, 10)
        .iter()
        .map(|ip| Server::new(SocketAddr::new(*ip, 25), "greets", "mx1.recipient.test"))
        .collect::<Result<_>>()?;
    world.serve(|world| &world.target, &servers)?;
    eprintln!("serving {:?}", start.elapsed());
    for ip in at(plan::TARGET, 10) {
        let met = observe(world.subject(), ip, 25, Duration::from_secs(3))?;
        eprintln!("{ip} {met:?} {:?}", start.elapsed());
        let met = observe(&world.sender, ip, 25, Duration::from_secs(3))?;
        eprintln!("{ip} {met:?} {:?}", start.elapsed());
        assert_eq!(met, Met::Said("220 mx1.recipient.test ESMTP ready".to_owned()));
    }
    for servers in [Servers::Answer, Servers::Fail, Servers::Unheard, Servers::Lame, Servers::Bogus] {
    let mut world = World::new(false)?;
    dns::start(&mut world, &Zones { servers, ..Zones::default() }, &dns::usual(2, [true, true]))?;
    for opt in ["+nocd", "+cdflag"] {
    let out = world.sender.command("dig").args(["@198.18.30.2", "+https", opt, "recipient.test", "MX"]).output()?;
    eprintln!("{servers:?} {}", String::from_utf8_lossy(&out.stdout));
    }
    eprintln!("dns {:?}", start.elapsed());
    }
    Ok(())
}
