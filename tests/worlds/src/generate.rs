//! Worlds by dice: any number of them, the same ones for the same seed.

use super::{Dns, Fate, Impostor, PathState, Region, Resolver, Sender, Site, TargetState, World};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Dice that fall the same way for the same seed (SplitMix64).
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap_or(0)]
    }
}

const PATHS: &[PathState] = &[
    PathState::Drops25,
    PathState::Rejects25,
    PathState::Intercepted,
    PathState::InterceptedSilent,
    PathState::NoFamily,
    PathState::Dead,
];

const FATES: &[Fate] = &[
    Fate::Down,
    Fate::Gone,
    Fate::Closed,
    Fate::Mute,
    Fate::Slow,
    Fate::Busy,
    Fate::Refusing,
    Fate::Drops,
    Fate::TlsBroken,
    Fate::Intermittent,
];

/// What a box does that answers in the place of a host.
const IMPOSTORS: &[Fate] =
    &[Fate::Healthy, Fate::Healthy, Fate::Mute, Fate::Slow, Fate::Busy, Fate::Refusing, Fate::Drops];

const DNS: &[Dns] = &[
    Dns::NoSuchDomain,
    Dns::NullMx,
    Dns::NoData,
    Dns::NoAddress,
    Dns::NotPublic,
    Dns::Servfail,
    Dns::Bogus,
    Dns::ResolverDown,
    Dns::FirstResolverLies,
];

const TEXTS: &[&str] = &[
    "connect to mx1.example.test[198.51.100.10]:25: Connection timed out",
    "connect to mx1.example.test[198.51.100.10]:25: Connection refused",
    "connect to mx1.example.test[2001:db8::10]:25: Network is unreachable",
    "status=deferred (conversation with mx1.example.test[198.51.100.10] timed out while receiving the initial server greeting)",
    "status=deferred (lost connection with mx1.example.test[198.51.100.10] while performing the EHLO handshake)",
];

/// A world by dice.
pub fn generate(dice: &mut Dice) -> World {
    let regions = dice.below(4);
    let sender = dice.chance(75).then(|| sender(dice));
    // An MTU black hole touches every address, and so does what ends sessions or lets only some through: beside them,
    // none has a fault of its own.
    let sound_targets =
        sender.as_ref().is_some_and(|sender| sender.mtu_black_hole || sender.ends_sessions || sender.chooses);
    World {
        sender,
        regions: (0..regions).map(|_| region(dice)).collect(),
        dns: if dice.chance(12) { dice.pick(DNS) } else { Dns::Sound },
        targets: targets(dice, regions, sound_targets),
        text: dice.chance(40).then(|| dice.pick(TEXTS).to_owned()),
        patient: dice.chance(50),
        closed_is_open: dice.chance(4),
        https_refused: dice.chance(20),
    }
}

/// A world by dice, with something in it that the model has no mode for.
pub fn generate_beyond(dice: &mut Dice) -> World {
    let mut world = generate(dice);
    let regions = world.regions.len();
    if let Some(sender) = world.sender.as_mut().filter(|one| one.ipv4 == PathState::Open && one.controls > 2)
    {
        let alone = !sender.loses && !sender.mtu_black_hole && !sender.ends_sessions && !sender.chooses;
        sender.sheds = alone && dice.chance(30);
    }
    let sound = |one: &&mut TargetState| {
        one.fate == Fate::Healthy && !one.drops_sender && one.cut_off.is_empty() && one.impostor.is_none()
    };
    if let Some(target) = world.targets.iter_mut().find(sound) {
        match dice.below(3) {
            0 => target.fate = Fate::DropsLiterals,
            1 => target.fate = Fate::DropsKnockers,
            _ => {
                let here = (0..regions).filter(|_| dice.chance(50)).collect();
                target.bad_site = Some(Site { sender: dice.chance(50), regions: here, fate: dice.pick(BAD) });
            }
        }
    }
    world
}

/// What the host of a bad site does.
const BAD: &[Fate] = &[Fate::Down, Fate::Closed, Fate::Mute, Fate::Drops, Fate::Busy];

fn sender(dice: &mut Dice) -> Sender {
    let mut sender = Sender {
        ipv4: path(dice, 30),
        ipv6: path(dice, 50),
        mtu_black_hole: dice.chance(8),
        tries_small_packets: true,
        loses: dice.chance(10),
        ends_sessions: dice.chance(5),
        chooses: dice.chance(5),
        sheds: false,
        resolver: dice.pick(&[
            Resolver::Sound,
            Resolver::Sound,
            Resolver::Sound,
            Resolver::NotAsked,
            Resolver::Fails,
            Resolver::FailsHere,
            Resolver::Silent,
            Resolver::Lies,
        ]),
        controls: if dice.chance(85) { 3 } else { dice.pick(&[0, 1, 2]) },
        controls_down: 0,
        asks_443: dice.chance(85),
        asks_closed: dice.chance(70),
    };
    // Loss shows on a path that leads somewhere, beside what is not lost.
    sender.loses &= sender.ipv4 == PathState::Open && sender.controls > 2;
    // One of them at a time.
    sender.ends_sessions &= !sender.mtu_black_hole;
    sender.chooses &= !sender.mtu_black_hole && !sender.ends_sessions && !sender.loses && sender.controls > 2;
    sender
}

fn region(dice: &mut Dice) -> Region {
    let mut region = Region {
        network: dice.pick(&["alpha", "beta", "gamma"]).to_owned(),
        ipv4: path(dice, 30),
        ipv6: path(dice, 60),
        unreachable: dice.chance(8),
        controls_down: usize::from(dice.chance(10)),
        loses: dice.chance(15),
    };
    region.loses &= region.ipv4 == PathState::Open && region.controls_down == 0;
    region
}

fn path(dice: &mut Dice, broken_percent: u64) -> PathState {
    if dice.chance(broken_percent) { dice.pick(PATHS) } else { PathState::Open }
}

fn targets(dice: &mut Dice, regions: u64, sound: bool) -> Vec<TargetState> {
    let mut all = Vec::new();
    for exchange in 1..=(1 + dice.below(2)) {
        let last = u8::try_from(exchange).unwrap_or(1) * 10;
        let mut addresses = vec![IpAddr::V4(Ipv4Addr::new(198, 51, 100, last))];
        if dice.chance(50) {
            addresses.push(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into())));
        }
        for address in addresses {
            let exchange = format!("mx{exchange}.example.test");
            all.push(if sound {
                sound_target(&exchange, address)
            } else {
                target(dice, regions, &exchange, address)
            });
        }
    }
    all
}

/// An address with one fault at most, and perhaps a box that hides it from one region: that is what the table of an address is made for. Faults stand together across
/// addresses, families, the sender's path, its resolver and the domain.
fn target(dice: &mut Dice, regions: u64, exchange: &str, address: IpAddr) -> TargetState {
    let mut target = sound_target(exchange, address);
    match dice.below(100) {
        0..40 => target.fate = dice.pick(FATES),
        40..50 => target.drops_sender = true,
        50..60 => {
            target.cut_off =
                (0..regions).filter(|_| dice.chance(50)).filter_map(|i| usize::try_from(i).ok()).collect();
        }
        60..70 if regions > 0 => {
            let region = usize::try_from(dice.below(regions)).unwrap_or(0);
            target.impostor = Some(Impostor { region, fate: dice.pick(IMPOSTORS) });
            if dice.chance(70) {
                target.fate = dice.pick(FATES);
            }
        }
        _ => {}
    }
    target
}

fn sound_target(exchange: &str, address: IpAddr) -> TargetState {
    TargetState {
        exchange: exchange.to_owned(),
        address,
        fate: Fate::Healthy,
        drops_sender: false,
        cut_off: Vec::new(),
        bad_site: None,
        impostor: None,
    }
}
