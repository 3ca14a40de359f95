//! A scenario: one data file that says what is broken, who looks, and what must come out.

use super::dns::Zones;
use super::fault::Fault;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::Path;

/// A scenario of `tests/lab/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name without its ending.
    #[serde(skip)]
    pub name: String,
    /// What happens here, for people.
    pub story: String,
    /// The domain asked for.
    #[serde(default = "domain")]
    pub domain: String,
    /// The failure text, if there is one.
    pub symptom: Option<String>,
    /// Whether the check waits out slow greetings and looks twice.
    #[serde(default)]
    pub patient: bool,
    /// Whether the check runs in a container on the sender.
    #[serde(default)]
    pub container: bool,
    /// How many DoH servers are asked: 1 or 2.
    #[serde(default = "one")]
    pub doh: usize,
    /// Whether resolvers and regions' services are asked over IPv6.
    #[serde(default)]
    pub ipv6_services: bool,
    /// How many regions are asked: 0 to 3.
    #[serde(default = "three")]
    pub vantages: usize,
    /// How many probes of Globalping are asked besides; they stand in the regions by turns.
    #[serde(default)]
    pub globalping: usize,
    /// In how many regions an exporter of Prometheus is asked besides.
    #[serde(default)]
    pub blackbox: usize,
    /// How many nodes of check-host.net are asked besides; they stand in the regions by turns.
    #[serde(default)]
    pub check_host: usize,
    /// How many probes of RIPE Atlas are asked besides, where a patient check's verdict leaves something open; they stand in the
    /// regions by turns.
    #[serde(default)]
    pub atlas: usize,
    /// Whether the regions' services were asked a moment ago what they see.
    #[serde(default)]
    pub vantages_known: bool,
    /// What the regions' services run in.
    #[serde(default)]
    pub runtime: Runtime,
    /// Whether all regions stand in one network, as those of one cloud do.
    #[serde(default)]
    pub one_network: bool,
    /// The control hosts.
    #[serde(default)]
    pub controls: Controls,
    /// The fate of each exchange of the recipient: `exim`, or one of `fate.rs`. None: nothing listens.
    #[serde(default = "greets")]
    pub exchanges: Vec<String>,
    /// Whether the exchanges have IPv6 addresses in the DNS.
    #[serde(default = "yes")]
    pub ipv6: bool,
    /// Whether the exchanges have IPv4 addresses in the DNS.
    #[serde(default = "yes")]
    pub ipv4: bool,
    /// What the DNS knows.
    #[serde(default)]
    pub dns: Zones,
    /// The servers in the sender's `resolv.conf`, in place of the one that there is.
    pub nameservers: Option<Vec<std::net::IpAddr>>,
    /// What is broken.
    #[serde(default, rename = "fault")]
    pub faults: Vec<Fault>,
    /// The round trips that a check of this world cannot do without; the table says how much longer it took.
    pub round_trips: Option<RoundTrips>,
    /// What must come out.
    pub expect: Expect,
}

impl Scenario {
    /// Which of the two addresses of a resolver or a region's service the sender uses.
    pub(super) fn service_family(&self) -> usize {
        usize::from(self.ipv6_services)
    }
}

/// What the control hosts do.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Controls {
    /// The fate of port 25 of each operator's host, one of `fate.rs`; `closed`: nothing listens.
    pub fates: [String; 3],
    /// Whether their port 443 is open.
    pub https: bool,
    /// Whether the port 25 that the controls file calls closed is open after all.
    pub closed_is_open: bool,
}

impl Default for Controls {
    fn default() -> Self {
        Self { fates: [(); 3].map(|()| "greets".to_owned()), https: true, closed_is_open: false }
    }
}

/// What the regions' services run in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Runtime {
    /// `noanswer serve --vantage`, a service of its own.
    #[default]
    Serve,
    /// A Lambda runtime, which calls the function for each probe.
    Lambda,
}

/// Round trips: how many, and how long each is.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundTrips {
    /// How many.
    pub count: u32,
    /// How long each is, in milliseconds.
    pub each_ms: u32,
}

impl RoundTrips {
    /// All of them, in seconds.
    pub fn seconds(self) -> f64 {
        f64::from(self.count) * f64::from(self.each_ms) / 1e3
    }
}

/// What must come out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The verdict's status.
    pub status: OneOrMore,
    /// Faults of which at least one must be named where any is, and nothing beside them: where chance decides what is
    /// seen.
    #[serde(default)]
    pub any_of: Vec<String>,
    /// Faults that may be named beside those as possible, and never as established.
    #[serde(default)]
    pub at_most_possible: Vec<String>,
    /// The faults, no more and no fewer.
    #[serde(default)]
    pub faults: Vec<ExpectedFault>,
    /// Faults that must stand among those ruled out.
    #[serde(default)]
    pub ruled_out: Vec<String>,
    /// Faults that must not stand among those ruled out: what is true here, and what nothing that was seen speaks against.
    #[serde(default)]
    pub not_ruled_out: Vec<String>,
    /// The exit code.
    pub exit_code: Option<u8>,
    /// Who must have ended the sender's attempts at the recipient: `own_host`, `gateway`, `on_path`, `target`.
    pub answered_by: Option<String>,
    /// Words that must stand in a note.
    pub note: Option<String>,
    /// Whether the report must say that the sender is served: `true`, `false` or `unknown`.
    pub served: Option<String>,
    /// Words that must stand in the headline.
    pub headline: Option<String>,
    /// Words that must stand in what somebody is advised to do.
    pub advice: Option<String>,
    /// Parties that must not be called cleared, unless nothing is wrong: `you`, `them`.
    #[serde(default)]
    pub not_cleared: Vec<String>,
    /// Words that must stand in the greeting that the sender was given by the recipient.
    pub greeting: Option<String>,
    /// Faults that may in no case be named.
    #[serde(default)]
    pub never: Vec<String>,
}

/// A status, or several of which chance decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// This one.
    One(String),
    /// One of these.
    More(Vec<String>),
}

impl OneOrMore {
    /// All that are in order.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

/// A fault that must be named.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFault {
    /// Its name on the wire.
    pub fault: String,
    /// In this family, where the report says one.
    pub family: Option<String>,
    /// Of this exchange, where the report says one.
    pub exchange: Option<String>,
}

fn domain() -> String {
    super::plan::DOMAIN.to_owned()
}

fn one() -> usize {
    1
}

fn three() -> usize {
    3
}

fn greets() -> Vec<String> {
    vec!["greets".to_owned()]
}

fn yes() -> bool {
    true
}

/// All scenarios, by name.
pub fn all() -> Result<Vec<Scenario>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lab");
    let mut scenarios = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            scenarios.push(read(&path)?);
        }
    }
    scenarios.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(scenarios)
}

/// Reads one scenario.
pub fn read(path: &Path) -> Result<Scenario> {
    let text = std::fs::read_to_string(path)?;
    let mut scenario: Scenario = toml::from_str(&text).with_context(|| path.display().to_string())?;
    scenario.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(scenario)
}
