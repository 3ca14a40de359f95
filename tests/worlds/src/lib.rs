//! Worlds in memory: a sender, regions, a domain and its exchanges, each with its true state; no kernel, no sockets.
//!
//! A world is simulated into the evidence that its vantages would bring, and the verdict on that evidence is held
//! against the world's truth. Worlds come from data files (`tests/verdict/*.toml`) and from a generator.

mod generate;
mod recorded;
mod simulate;
mod truth;

pub use generate::{Dice, generate, generate_beyond};
pub use recorded::Seen;
pub use simulate::{Simulated, simulate};
pub use truth::{Truth, truth};

use serde::Deserialize;

/// A world and its true state.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// The sending server; absent when nobody looked from it.
    #[serde(default)]
    pub sender: Option<Sender>,
    /// The other vantages.
    #[serde(default)]
    pub regions: Vec<Region>,
    /// The domain's DNS.
    #[serde(default)]
    pub dns: Dns,
    /// The addresses of the exchanges.
    #[serde(default)]
    pub targets: Vec<TargetState>,
    /// What the user's text says, as the sender's mail software would have written it.
    #[serde(default)]
    pub text: Option<String>,
    /// Whether the check waited and looked twice.
    #[serde(default)]
    pub patient: bool,
    /// The port 25 that is said to be closed is open after all.
    #[serde(default)]
    pub closed_is_open: bool,
    /// The control hosts serve port 25 alone: their port 443 refuses.
    #[serde(default)]
    pub https_refused: bool,
}

impl World {
    /// Whether something is wrong here that the model has no mode for.
    pub fn is_beyond_the_model(&self) -> bool {
        let unknown = |target: &TargetState| {
            target.bad_site.is_some() || matches!(target.fate, Fate::DropsKnockers | Fate::DropsLiterals)
        };
        self.sender.as_ref().is_some_and(|sender| sender.sheds) || self.targets.iter().any(unknown)
    }
}

/// The sending server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// Its path in IPv4.
    #[serde(default)]
    pub ipv4: PathState,
    /// Its path in IPv6.
    #[serde(default = "PathState::absent")]
    pub ipv6: PathState,
    /// Large packets are lost.
    #[serde(default)]
    pub mtu_black_hole: bool,
    /// Where a handshake meets silence it tries once more with small packets, if it has the time.
    #[serde(default = "yes")]
    pub tries_small_packets: bool,
    /// Its path loses packets now and then: two of its controls are reached at the second try.
    #[serde(default)]
    pub loses: bool,
    /// Something on its side ends every session when the sender speaks.
    #[serde(default)]
    pub ends_sessions: bool,
    /// Something on its side drops port 25 to the exchanges and to the first control, and to nobody else.
    #[serde(default)]
    pub chooses: bool,
    /// A limit on its side lets only every other connection to port 25 through, by chance. The model has no such mode.
    #[serde(default)]
    pub sheds: bool,
    /// Its resolver.
    #[serde(default)]
    pub resolver: Resolver,
    /// How many control operators it asks.
    #[serde(default = "three")]
    pub controls: usize,
    /// How many of them are down themselves.
    #[serde(default)]
    pub controls_down: usize,
    /// Whether the controls' port 443 is asked too.
    #[serde(default = "yes")]
    pub asks_443: bool,
    /// Whether a negative control is asked.
    #[serde(default = "yes")]
    pub asks_closed: bool,
}

/// Another vantage.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// The network it stands in.
    pub network: String,
    /// Its path in IPv4.
    #[serde(default)]
    pub ipv4: PathState,
    /// Its path in IPv6.
    #[serde(default = "PathState::absent")]
    pub ipv6: PathState,
    /// It could not be asked.
    #[serde(default)]
    pub unreachable: bool,
    /// How many of its controls are down themselves.
    #[serde(default)]
    pub controls_down: usize,
    /// Its path loses packets: two of its controls are reached at the second try, and what it is cut off from it may
    /// only have missed.
    #[serde(default)]
    pub loses: bool,
}

/// A vantage's path to port 25 in one family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathState {
    /// Open.
    #[default]
    Open,
    /// Port 25 is dropped.
    Drops25,
    /// Port 25 is rejected.
    Rejects25,
    /// Something greets in the place of every host.
    Intercepted,
    /// Something accepts in the place of every host and never greets.
    InterceptedSilent,
    /// No address or route of this family.
    NoFamily,
    /// Nothing passes on any port.
    Dead,
}

impl PathState {
    fn absent() -> Self {
        Self::NoFamily
    }
}

fn three() -> usize {
    3
}

fn yes() -> bool {
    true
}

/// The sender's resolver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolver {
    /// It says what the world says.
    #[default]
    Sound,
    /// It fails.
    Fails,
    /// It answers of other names, and fails at the domain's own servers.
    FailsHere,
    /// It does not answer.
    Silent,
    /// It names other exchanges.
    Lies,
    /// It was not asked.
    NotAsked,
}

/// The domain's DNS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dns {
    /// It names the targets.
    #[default]
    Sound,
    /// NXDOMAIN.
    NoSuchDomain,
    /// Null MX.
    NullMx,
    /// Neither MX nor address.
    NoData,
    /// Exchanges without address.
    NoAddress,
    /// Exchanges at special addresses.
    NotPublic,
    /// SERVFAIL.
    Servfail,
    /// DNSSEC bogus.
    Bogus,
    /// No DoH server can be asked: says nothing of the domain.
    ResolverDown,
    /// The two DoH servers disagree, and the first one is wrong: it says NXDOMAIN of a sound domain.
    FirstResolverLies,
}

/// One address of one exchange.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetState {
    /// The exchange.
    pub exchange: String,
    /// The address.
    pub address: std::net::IpAddr,
    /// What is true of the host.
    #[serde(default)]
    pub fate: Fate,
    /// It drops the sender alone.
    #[serde(default)]
    pub drops_sender: bool,
    /// It cannot be reached from these regions (by index).
    #[serde(default)]
    pub cut_off: Vec<usize>,
    /// One of its sites is bad, and some of those who look land there. The model has no such mode.
    #[serde(default)]
    pub bad_site: Option<Site>,
    /// Something on the way of one region answers in its place, and leaves everybody else's connections alone.
    #[serde(default)]
    pub impostor: Option<Impostor>,
}

/// One of the places at which an address stands (anycast), and who lands there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Whether the sender does.
    #[serde(default)]
    pub sender: bool,
    /// The regions that do, by index.
    #[serde(default)]
    pub regions: Vec<usize>,
    /// What its host does.
    pub fate: Fate,
}

/// A box on the way of one region that answers in the place of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impostor {
    /// The region, by index.
    pub region: usize,
    /// What it does.
    #[serde(default)]
    pub fate: Fate,
}

/// What is true of a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It works.
    #[default]
    Healthy,
    /// It is down: silence.
    Down,
    /// It is gone: its last router says so.
    Gone,
    /// Its port 25 is closed.
    Closed,
    /// It accepts and never greets.
    Mute,
    /// It greets after 20 s.
    Slow,
    /// 421.
    Busy,
    /// 554 at the greeting.
    Refusing,
    /// It resets after EHLO.
    Drops,
    /// It works, and closes without a word on an EHLO with an address literal, as our vantages say it.
    DropsLiterals,
    /// Its TLS fails.
    TlsBroken,
    /// It works in the second round and not in the first.
    Intermittent,
    /// It works in the first round, and drops who knocks again within a minute.
    DropsKnockers,
}
