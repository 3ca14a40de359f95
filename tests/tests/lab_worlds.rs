//! The worlds themselves, tried by the smallest probe: each fault must look to a connection as kernels make it look,
//! or a scenario that comes out right would prove nothing.

use anyhow::Result;
use noanswer_tests::lab::fault::{Families, Fault, Refusal, Whom};
use noanswer_tests::lab::hosts;
use noanswer_tests::lab::observe::{Met, observe};
use noanswer_tests::lab::plan::{CONTROL_HOST, EXCHANGES, OFFICE, TARGET, at};
use noanswer_tests::lab::scenario::Controls;
use noanswer_tests::lab::world::World;
use noanswer_tests::namespace;
use std::net::IpAddr;
use std::time::Duration;

/// Longer than a neighbour that does not answer is waited for: 3 s for ARP, and twice that for IPv6 now and then.
const WAIT: Duration = Duration::from_secs(8);

/// What the sender meets at the target's port 25, what a region meets there, and what the sender meets at a control.
struct Look {
    sender: Met,
    region: Met,
    control: Met,
    https: Met,
}

fn greeting(name: &str) -> Met {
    Met::Said(format!("220 {name} ESMTP ready"))
}

fn look(world: &World, family: usize) -> Result<Look> {
    let target: IpAddr = at(TARGET, EXCHANGES[0])[family];
    let control = at(21, CONTROL_HOST)[family];
    Ok(Look {
        sender: observe(world.subject(), target, 25, WAIT)?,
        region: observe(&world.regions[0], target, 25, WAIT)?,
        control: observe(world.subject(), control, 25, WAIT)?,
        https: observe(world.subject(), control, 443, WAIT)?,
    })
}

/// Builds `fault` in a healthy world, and holds what is met against what must be, in both families.
fn check(fate: &str, fault: Option<Fault>, expected: [(Met, Met, Met); 2]) -> Result<()> {
    let mut world = World::new(false)?;
    hosts::controls(&mut world, &Controls::default())?;
    hosts::exchanges(&mut world, &[fate.to_owned()])?;
    if let Some(fault) = &fault {
        fault.build(&mut world)?;
    }
    for (family, (sender, region, control)) in expected.into_iter().enumerate() {
        let met = look(&world, family)?;
        assert_eq!(met.sender, sender, "{fate} {fault:?}: the sender at the target, family {family}");
        assert_eq!(met.region, region, "{fate} {fault:?}: a region at the target, family {family}");
        assert_eq!(met.control, control, "{fate} {fault:?}: the sender at a control, family {family}");
        assert_eq!(
            met.https,
            Met::Dropped,
            "{fate} {fault:?}: the sender at 443 of a control, family {family}"
        );
    }
    Ok(())
}

#[test]
fn worlds() {
    if !namespace::is_inside() {
        let status = namespace::step_inside(["--exact", "worlds", "--nocapture"], &[])
            .expect("the lab needs namespaces");
        assert!(status.success(), "a world is not as it is told");
        return;
    }
    let worlds: Vec<fn() -> Result<()>> = vec![
        healthy,
        gateway_drops,
        gateway_resets,
        gateway_prohibits,
        gateway_intercepts,
        target_gone,
        target_closed,
        target_drops_sender,
        gateway_chooses,
        gateway_lets_greetings_in,
        target_treats_sender,
        first_syns_are_lost,
        closes_first,
        never_greets,
        accept_queue_full,
    ];
    std::thread::scope(|scope| {
        for world in worlds {
            scope.spawn(move || world().unwrap_or_else(|error| panic!("{error:#}")));
        }
    });
}

fn mx() -> Met {
    greeting("mx1.recipient.test")
}

fn alpha() -> Met {
    greeting("mx.alpha.test")
}

fn both(sender: Met, region: Met, control: Met) -> [(Met, Met, Met); 2] {
    [(sender.clone(), region.clone(), control.clone()), (sender, region, control)]
}

fn gateway(how: Refusal) -> Option<Fault> {
    Some(Fault::GatewayBlocks25 { family: Families::Both, how })
}

fn healthy() -> Result<()> {
    check("greets", None, both(mx(), mx(), alpha()))
}

fn gateway_drops() -> Result<()> {
    check("greets", gateway(Refusal::Drop), both(Met::Silence, mx(), Met::Silence))
}

fn gateway_resets() -> Result<()> {
    check("greets", gateway(Refusal::Reset), both(Met::Refused, mx(), Met::Refused))
}

/// IPv4 says `EHOSTUNREACH`, IPv6 `EACCES`.
fn gateway_prohibits() -> Result<()> {
    let [v4, v6] = [Met::HostUnreachable, Met::Denied];
    check("greets", gateway(Refusal::Admin), [(v4.clone(), mx(), v4), (v6.clone(), mx(), v6)])
}

fn gateway_intercepts() -> Result<()> {
    let fault = Fault::GatewayIntercepts25 { family: Families::Both, fate: "greets_plain".to_owned() };
    let proxy = greeting("proxy.access-provider.test");
    check("closed", Some(fault), both(proxy.clone(), Met::Refused, proxy))
}

fn target_gone() -> Result<()> {
    let fault = Fault::TargetGone { family: Families::Both, exchange: None };
    check("greets", Some(fault), both(Met::HostUnreachable, Met::HostUnreachable, alpha()))
}

fn target_closed() -> Result<()> {
    check("closed", None, both(Met::Refused, Met::Refused, alpha()))
}

fn target_drops_sender() -> Result<()> {
    assert_eq!(Whom::Sender.net(), OFFICE);
    let fault = Fault::TargetBlocks {
        family: Families::Both,
        whom: Some(Whom::Sender),
        how: Refusal::Drop,
        exchange: None,
        until: None,
    };
    check("greets", Some(fault), both(Met::Silence, mx(), alpha()))
}

fn never_greets() -> Result<()> {
    check("never_greets", None, both(Met::Mute, Met::Mute, alpha()))
}

fn accept_queue_full() -> Result<()> {
    check("queue_full", None, both(Met::Silence, Met::Silence, alpha()))
}

/// What the gateway lets through is told by the host that others reach.
fn gateway_chooses() -> Result<()> {
    check("greets", Some(Fault::GatewayChooses), both(Met::Silence, mx(), Met::Silence))
}

/// Whoever says nothing notices nothing.
fn gateway_lets_greetings_in() -> Result<()> {
    let fault = Fault::GatewayEndsSessions { how: Refusal::Reset };
    check("greets", Some(fault), both(mx(), mx(), alpha()))
}

fn target_treats_sender() -> Result<()> {
    let fault = Fault::TargetTreats { whom: Whom::Sender, fate: "never_greets".to_owned() };
    check("greets", Some(fault), both(Met::Mute, mx(), alpha()))
}

/// TCP makes up for it.
fn first_syns_are_lost() -> Result<()> {
    check("greets", Some(Fault::LosesFirstSyns { whom: Whom::Sender }), both(mx(), mx(), alpha()))
}

/// Each address is another stranger.
fn closes_first() -> Result<()> {
    check("closes_first", None, both(Met::Dropped, Met::Dropped, alpha()))
}
