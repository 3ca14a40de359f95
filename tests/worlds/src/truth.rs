//! What is true of a world: the faults that a judge may name, and those that it must not exclude.

use super::{Dns, Fate, PathState, Resolver, Sender, TargetState, World};
use noanswer_core::address::Family;
use noanswer_core::verdict::{Fault, Party};
use std::collections::BTreeSet;

/// The truth of a world.
#[derive(Debug, Default)]
pub struct Truth {
    /// The faults that are true and that the evidence of this world can show. None of them may be ruled out.
    pub faults: BTreeSet<Fault>,
    /// Other names under which a true fault may be reported: a partial outage for a dead host.
    pub also: BTreeSet<Fault>,
    /// Whether some addresses fail and others work.
    pub partial: bool,
    /// Whether the model has no mode for what is true: a doubt between others may miss it then.
    pub beyond_the_model: bool,
    /// Whether somebody who counts looked at every address that matters, the sender included.
    pub seen_whole: bool,
}

impl Truth {
    /// Whether naming `fault` would be true.
    pub fn allows(&self, fault: Fault) -> bool {
        self.faults.contains(&fault) || self.also.contains(&fault)
    }

    /// The parties that must act.
    pub fn parties(&self) -> BTreeSet<Party> {
        self.faults.iter().map(|fault| fault.party()).collect()
    }
}

/// The truth of `world`.
pub fn truth(world: &World) -> Truth {
    let mut truth = Truth::default();
    if let Some(sender) = &world.sender {
        sender_side(world, sender, &mut truth.faults, &mut truth.also);
    }
    let dns = match world.dns {
        Dns::NoSuchDomain => Some(Fault::NoSuchDomain),
        Dns::NullMx => Some(Fault::NullMx),
        Dns::NoData | Dns::NoAddress => Some(Fault::NoAddressForMx),
        Dns::NotPublic => Some(Fault::MxNotPublic),
        Dns::Servfail | Dns::Bogus => Some(Fault::DnsBroken),
        Dns::Sound | Dns::ResolverDown | Dns::FirstResolverLies => None,
    };
    truth.faults.extend(dns);
    if world.dns == Dns::FirstResolverLies
        && world.sender.as_ref().is_some_and(|sender| sender.resolver == Resolver::FailsHere)
    {
        truth.also.extend([Fault::DnsBroken, Fault::SenderDnsBroken]);
    }
    // What the sender's side does to port 25 shows at its controls, wherever the domain's DNS points.
    if matches!(world.dns, Dns::Sound | Dns::ResolverDown)
        && world.sender.as_ref().is_some_and(|sender| sender.chooses)
    {
        truth.also.insert(Fault::OutboundPort25Blocked);
    }
    if world.dns == Dns::Sound {
        // What a host does is true of it, whether or not enough was seen to demand that it be named.
        truth.also.extend(world.targets.iter().filter_map(|target| state(target.fate)));
        if !world.patient && world.targets.iter().any(|target| target.fate == Fate::Intermittent) {
            truth.also.insert(Fault::HostDown);
        }
        if world.targets.iter().any(|target| !target.cut_off.is_empty()) {
            truth.also.insert(Fault::RegionalOutage);
        }
        if let Some(sender) = &world.sender {
            if sender.mtu_black_hole {
                truth.also.insert(Fault::SenderPathMtu);
            }
            // It does so whether or not enough controls answered to prove it.
            if sender.ends_sessions && world.targets.iter().any(|target| meets(world, target)) {
                truth.also.insert(Fault::OutboundPort25Intercepted);
            }
        }
        // A box that takes one region's connections away keeps that region from a host that others come to.
        if world.targets.iter().any(keeps_a_region_out) {
            truth.also.insert(Fault::RegionalOutage);
        }
        some_fail(&world.targets, world.patient, &mut truth.also);
        // Where the list of controls is wrong, some things are judged all the same by what was seen of the target.
        let listed = as_far_as_anybody_sees(&World { closed_is_open: false, ..world.clone() });
        some_fail(&listed.targets, world.patient, &mut truth.also);
        world.targets.iter().for_each(|target| of_site(target, &mut truth.also));
        let world = &as_far_as_anybody_sees(world);
        for target in &world.targets {
            target_side(world, target, &mut truth);
            impostor(world, target, &mut truth);
        }
        partial(world, &mut truth);
        truth.seen_whole = world.targets.iter().all(|target| seen_by(world, target).next().is_some());
    }
    of_limit(world, &mut truth.also);
    // Packets are lost there, whether or not that hinders anybody.
    let loses = |sender: &Sender| sender.loses;
    if world.sender.as_ref().is_some_and(loses) || world.regions.iter().any(|region| region.loses) {
        truth.also.insert(Fault::Intermittent);
    }
    if world.sender.as_ref().is_some_and(|sender| sender.sheds) {
        truth.beyond_the_model = true;
        // What the sender sees then is chance: nothing of the target must show.
        let (own, other) = truth.faults.iter().partition(|fault| fault.party() == Party::You);
        truth.faults = own;
        truth.also.extend::<BTreeSet<Fault>>(other);
    }
    if truth.faults.is_empty() && world.dns == Dns::Sound {
        truth.faults.insert(Fault::NothingWrongNow);
    }
    truth
}

/// What a host of this fate does.
fn state(fate: Fate) -> Option<Fault> {
    match fate {
        Fate::Healthy | Fate::DropsLiterals => None,
        Fate::Down | Fate::Gone => Some(Fault::HostDown),
        Fate::Closed => Some(Fault::PortClosed),
        Fate::Mute => Some(Fault::NoGreeting),
        Fate::Slow => Some(Fault::SlowGreeting),
        Fate::Busy => Some(Fault::TooBusy),
        Fate::Refusing => Some(Fault::Refusing),
        Fate::Drops => Some(Fault::DropsSession),
        Fate::TlsBroken => Some(Fault::TlsBroken),
        Fate::Intermittent | Fate::DropsKnockers => Some(Fault::Intermittent),
    }
}

/// What may be said of an address that is one host here and another there: the bad one's state of those who met it, or
/// that some places reach the host and others do not. Who alone lands there may be kept out as well.
fn of_site(target: &TargetState, also: &mut BTreeSet<Fault>) {
    let Some(site) = &target.bad_site else { return };
    also.extend(state(site.fate));
    also.extend([Fault::RegionalOutage, Fault::SenderFiltered, Fault::SomeExchangesDown]);
    if target.address.is_ipv6() {
        also.insert(Fault::RecipientIpv6Broken);
    }
}

/// What may be said where a limit on the sender's side drops every other connection: it is its own side's doing, and it
/// shows now and then. Where every control came through, it looks as if the target alone dropped the sender.
fn of_limit(world: &World, also: &mut BTreeSet<Fault>) {
    if world.sender.as_ref().is_some_and(|sender| sender.sheds) {
        also.extend([Fault::OutboundPort25Blocked, Fault::Intermittent, Fault::NothingWrongNow]);
    }
}

/// Whether mail passes at a host of this fate.
fn serves(fate: Fate) -> bool {
    matches!(fate, Fate::Healthy | Fate::Slow | Fate::DropsLiterals | Fate::DropsKnockers)
}

fn sender_side(world: &World, sender: &Sender, faults: &mut BTreeSet<Fault>, also: &mut BTreeSet<Fault>) {
    for (family, path) in [(Family::Ipv4, sender.ipv4), (Family::Ipv6, sender.ipv6)] {
        // A path in a family without an address to try is not looked at.
        let matters = match world.dns {
            Dns::Sound => world.targets.iter().any(|target| Family::of(target.address) == family),
            Dns::ResolverDown => family == Family::Ipv4,
            _ => false,
        };
        if !matters {
            continue;
        }
        match (path, family) {
            (PathState::Open, _) => {
                if closed_deceives(world, sender, family) {
                    also.insert(Fault::OutboundPort25Intercepted);
                }
            }
            (PathState::Drops25 | PathState::Rejects25, _) => {
                faults.insert(Fault::OutboundPort25Blocked);
            }
            (PathState::Intercepted | PathState::InterceptedSilent, _) => {
                faults.insert(Fault::OutboundPort25Intercepted);
            }
            (PathState::NoFamily | PathState::Dead, Family::Ipv4) => {
                faults.insert(Fault::SenderOffline);
            }
            // A host without IPv6 goes to IPv4 at once, where there is any.
            (PathState::NoFamily, Family::Ipv6)
                if world.dns == Dns::Sound && world.targets.iter().any(|one| one.address.is_ipv4()) =>
            {
                also.insert(Fault::SenderIpv6Broken);
            }
            (PathState::NoFamily | PathState::Dead, Family::Ipv6) => {
                faults.insert(Fault::SenderIpv6Broken);
            }
        }
    }
    match sender.resolver {
        Resolver::Fails | Resolver::Lies => {
            faults.insert(Fault::SenderDnsBroken);
        }
        // Where packets get lost, one that does not answer may be one that was not heard.
        Resolver::Silent => {
            faults.insert(if sender.loses { Fault::Intermittent } else { Fault::SenderDnsBroken });
        }
        // Which of both it is, nobody can see.
        Resolver::FailsHere if domain_known(world) => {
            faults.insert(Fault::DnsBroken);
            faults.insert(Fault::SenderDnsBroken);
        }
        Resolver::Sound | Resolver::NotAsked | Resolver::FailsHere => {}
    }
}

/// Whether the world's resolvers say something of the domain that the sender's can be held against.
fn domain_known(world: &World) -> bool {
    !matches!(world.dns, Dns::Servfail | Dns::Bogus | Dns::ResolverDown | Dns::FirstResolverLies)
}

/// The same world, but for what nobody can know: where a box answers everybody who looked, its word is the host's.
fn as_far_as_anybody_sees(world: &World) -> World {
    let mut world = world.clone();
    for i in 0..world.targets.len() {
        let target = &world.targets[i];
        let Some(impostor) = target.impostor else { continue };
        let deceived = asked(&world, target).any(|region| region == impostor.region);
        let others = seen_by(&world, target).next().is_some()
            || sender_open(&world, target).is_some()
            || sender_hears(&world, target);
        if !deceived || !others {
            let target = &mut world.targets[i];
            target.impostor = None;
            if deceived {
                // The sender, whose word does not count, met the host itself: it may be told that it alone is dropped.
                target.drops_sender |= target.fate != Fate::Healthy;
                target.fate = impostor.fate;
            }
        }
    }
    world
}

/// What a box makes one region see, beside what all the others see.
fn impostor(world: &World, target: &TargetState, truth: &mut Truth) {
    let Some(impostor) = target.impostor else { return };
    let shows = !matches!(target.fate, Fate::Down | Fate::Gone | Fate::Intermittent);
    match impostor.fate {
        Fate::Mute | Fate::Drops if shows => {
            truth.also.insert(Fault::RegionalOutage);
        }
        // It is spoken to as a host that has enough of one place speaks.
        Fate::Busy | Fate::Refusing if shows => {
            truth.also.extend([Fault::TooBusy, Fault::Refusing, Fault::NothingWrongNow]);
        }
        Fate::Slow => {
            truth.also.insert(Fault::SlowGreeting);
            if shows && !world.patient {
                truth.also.insert(Fault::RegionalOutage);
            }
        }
        _ => {}
    }
}

/// The regions whose own path to `target` is open, whose connections no box takes away, and that could be asked, by
/// index.
fn seen_by<'a>(world: &'a World, target: &'a TargetState) -> impl Iterator<Item = usize> + 'a {
    asked(world, target).filter(|region| target.impostor.is_none_or(|one| one.region != *region))
}

/// The regions whose own path to `target` is open and that could be asked, by index.
fn asked<'a>(world: &'a World, target: &'a TargetState) -> impl Iterator<Item = usize> + 'a {
    let open = move |ipv4: PathState, ipv6: PathState| if target.address.is_ipv4() { ipv4 } else { ipv6 } == PathState::Open;
    let regions = world.regions.iter().enumerate();
    regions
        .filter(move |(_, region)| {
            // The list of controls is wrong: everybody who uses it takes themselves for deceived.
            !world.closed_is_open
                && !region.unreachable
                && region.controls_down <= 1
                && open(region.ipv4, region.ipv6)
        })
        .map(|(i, _)| i)
}

/// Whether the sender's own path to `target` is open.
fn sender_open<'a>(world: &'a World, target: &TargetState) -> Option<&'a Sender> {
    let sender = world.sender.as_ref()?;
    let path = if target.address.is_ipv4() { sender.ipv4 } else { sender.ipv6 };
    let deceived = world.closed_is_open && sender.asks_closed;
    (path == PathState::Open && !deceived && sender.controls >= sender.controls_down + 2).then_some(sender)
}

fn target_side(world: &World, target: &TargetState, truth: &mut Truth) {
    let fault = match target.fate {
        // In the first round alone it is down, as far as anybody can tell.
        Fate::Intermittent if !world.patient => Some(Fault::HostDown),
        // Nobody who does not knock again notices.
        Fate::DropsKnockers => None,
        fate => state(fate),
    };
    let regions: Vec<usize> = seen_by(world, target).collect();
    let sender = sender_open(world, target);
    if sender.is_some() || !regions.is_empty() {
        truth.faults.extend(fault);
    }
    let shows = !matches!(target.fate, Fate::Down | Fate::Gone | Fate::Intermittent);
    let cut_off = regions.iter().any(|i| target.cut_off.contains(i));
    let reached = sender.is_some() || regions.iter().any(|i| !target.cut_off.contains(i));
    let lost = |i: &usize| target.cut_off.contains(i) && world.regions[*i].loses;
    if shows && cut_off && reached {
        // What nobody misses but over paths that lose packets may be nothing but lost.
        let all_lost = regions.iter().filter(|i| target.cut_off.contains(i)).all(lost);
        truth.faults.insert(if all_lost { Fault::Intermittent } else { Fault::RegionalOutage });
    }
    if down_to_all(world, target) {
        truth.faults.insert(Fault::HostDown);
    }
    if shows && target.drops_sender && sender.is_none() && world.sender.is_some() {
        truth.also.insert(Fault::SenderFiltered);
    }
    if let Some(sender) = sender {
        if shows && target.drops_sender {
            truth.faults.insert(Fault::SenderFiltered);
        }
        if sender.chooses {
            truth.also.insert(Fault::SenderFiltered);
            if others_reach_first_control(world, Family::of(target.address)) {
                truth.also.remove(&Fault::SenderFiltered);
                truth.faults.insert(Fault::OutboundPort25Blocked);
            }
        }
        if sender.ends_sessions {
            truth.faults.insert(Fault::OutboundPort25Intercepted);
        }
        let handshakes = matches!(target.fate, Fate::Healthy) || (target.fate == Fate::Slow && world.patient);
        if sender.mtu_black_hole && handshakes && !target.drops_sender {
            truth.faults.insert(Fault::SenderPathMtu);
        }
    }
}

/// Whether a region whose path is open reached the control that the sender's side drops.
fn others_reach_first_control(world: &World, family: Family) -> bool {
    world.regions.iter().any(|region| {
        let path = if family == Family::Ipv4 { region.ipv4 } else { region.ipv6 };
        path == PathState::Open && !region.unreachable && region.controls_down == 0 && !world.closed_is_open
    })
}

/// Whether a port 25 that is open, and said to be closed, must make the sender believe that something intercepts: no
/// other place says that it answers there too, or too few controls spoke in their own words.
fn closed_deceives(world: &World, sender: &Sender, family: Family) -> bool {
    let answers = |path: PathState| {
        matches!(path, PathState::Open | PathState::Intercepted | PathState::InterceptedSilent)
    };
    let elsewhere = world.regions.iter().any(|region| {
        let path = if family == Family::Ipv4 { region.ipv4 } else { region.ipv6 };
        !region.unreachable && answers(path)
    });
    world.closed_is_open
        && sender.asks_closed
        && (!elsewhere || sender.controls < sender.controls_down + 2 + usize::from(sender.chooses))
}

/// Cut off from everybody who looked is down, as far as anybody can tell.
fn down_to_all(world: &World, target: &TargetState) -> bool {
    // A list of controls that is wrong takes the weight from what is heard, and not from silence.
    let listed = World { closed_is_open: false, ..world.clone() };
    let mut regions = seen_by(&listed, target).peekable();
    regions.peek().is_some()
        && regions.all(|i| target.cut_off.contains(&i))
        && sender_open(world, target).is_none()
        && !sender_hears(world, target)
}

/// Whether the sender's connections come to the host.
fn meets(world: &World, target: &TargetState) -> bool {
    world.sender.as_ref().is_some_and(|sender| {
        let path = if target.address.is_ipv4() { sender.ipv4 } else { sender.ipv6 };
        path == PathState::Open && !target.drops_sender && !sender.chooses
    })
}

/// Whether the host itself speaks to the sender, in its own name: that needs no control, and who speaks is neither down
/// nor mute.
fn sender_hears(world: &World, target: &TargetState) -> bool {
    let speaks = match target.fate {
        Fate::Healthy
        | Fate::Busy
        | Fate::Refusing
        | Fate::Drops
        | Fate::DropsLiterals
        | Fate::DropsKnockers
        | Fate::TlsBroken => true,
        Fate::Slow => world.patient,
        Fate::Down | Fate::Gone | Fate::Closed | Fate::Mute | Fate::Intermittent => false,
    };
    speaks && meets(world, target)
}

/// Whether a box withholds the greeting of a host that others may come to from one region, or ends its sessions.
fn keeps_a_region_out(target: &TargetState) -> bool {
    let shows = !matches!(target.fate, Fate::Down | Fate::Gone | Fate::Intermittent);
    shows && target.impostor.is_some_and(|one| matches!(one.fate, Fate::Mute | Fate::Drops))
}

/// Where hosts fail beside hosts that work, the names of a partial fault are true, whoever saw it.
fn some_fail(targets: &[TargetState], patient: bool, also: &mut BTreeSet<Fault>) {
    let works = |target: &&TargetState| serves(target.fate) || target.fate == Fate::Intermittent && patient;
    if targets.iter().any(|target| works(&target)) {
        for target in targets.iter().filter(|target| !works(target)) {
            also.insert(Fault::SomeExchangesDown);
            if target.address.is_ipv6() {
                also.insert(Fault::RecipientIpv6Broken);
            }
        }
    }
}

/// A host's fault beside something that works may be reported as the partial fault that it is.
fn partial(world: &World, truth: &mut Truth) {
    let flaps = |target: &TargetState| target.fate == Fate::Intermittent && world.patient;
    let bad = |target: &&TargetState| (!serves(target.fate) && !flaps(target)) || down_to_all(world, target);
    if !world.targets.iter().any(|target| bad(&target)) || world.targets.iter().all(|target| bad(&target)) {
        return;
    }
    truth.partial = true;
    if world.targets.iter().filter(bad).any(|target| target.address.is_ipv6()) {
        truth.also.insert(Fault::RecipientIpv6Broken);
    }
    truth.also.insert(Fault::SomeExchangesDown);
}
