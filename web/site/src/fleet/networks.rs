//! Measurement networks and exporters of others, from the entries of the vantages file.

use super::{Entry, VantagesError};
use crate::sigv4::Env;
use crate::variables::PUBLIC_RESOLVERS;
use noanswer_core::address::AddressPolicy;
use noanswer_core::evidence::VantageKind;
use noanswer_core::vantages::ControlHosts;
use noanswer_core::vantages::atlas::{self, Atlas};
use noanswer_core::vantages::blackbox::{self, Blackbox};
use noanswer_core::vantages::check_host::{self, CheckHost};
use noanswer_core::vantages::globalping::{self, API, Api, Client, Globalping};

/// What panels and exporters are asked beside the targets.
#[derive(Clone, Debug)]
pub struct Networks {
    /// The controls.
    pub controls: ControlHosts,
    /// The DoH servers by which the control hosts' addresses are found.
    pub resolvers: Vec<String>,
    /// Which addresses may be sent to them.
    pub policy: AddressPolicy,
}

impl Default for Networks {
    fn default() -> Self {
        Self {
            controls: ControlHosts::built_in(),
            resolvers: PUBLIC_RESOLVERS.iter().map(|one| (*one).to_owned()).collect(),
            policy: AddressPolicy::default(),
        }
    }
}

/// How many probes a panel has where nobody says.
const PROBES: u16 = 8;

/// The most probes that Globalping gives to whoever has no token, and to others.
const MOST_PROBES: [u16; 2] = [50, 500];

/// How many nodes of check-host.net are asked where nobody says, and how many at most: it has some fifty.
const NODES: u16 = 6;
const MOST_NODES: u16 = 20;

/// How many probes of RIPE Atlas are asked in each country where nobody says, and in all at most: they cost credits.
const PER_COUNTRY: u16 = 3;
const MOST_ATLAS_PROBES: usize = 50;

/// The module that is asked for where the file names none: that of `docs/VANTAGES.md`.
const MODULE: &str = "noanswer_smtp";

/// The variable that holds a token of Globalping, where an operator has one.
const TOKEN: &str = "GLOBALPING_TOKEN";

/// The variable that names an API of Globalping's form in a test network.
const TEST_API: &str = "GLOBALPING_API";

/// The entry of a panel at `locations` (empty: mostly data centres) without a vantages file, with the token of
/// `GLOBALPING_TOKEN` where one is set.
pub fn globalping_entry(locations: Vec<String>, env: Env<'_>) -> Entry {
    let url = env(TEST_API).unwrap_or_default();
    let token_env = env(TOKEN).filter(|token| !token.is_empty()).map(|_| TOKEN.to_owned());
    Entry {
        id: "globalping".to_owned(),
        kind: VantageKind::Globalping,
        place: String::new(),
        url,
        auth: super::Auth::None,
        network_kind: noanswer_core::evidence::NetworkKind::Unknown,
        network: None,
        locations,
        limit: None,
        token_env,
        nodes: None,
        countries: Vec::new(),
        per_country: None,
        module: None,
    }
}

impl Networks {
    /// The panel of an entry. The token is taken from the environment now.
    pub(super) fn globalping(&self, entry: &Entry, env: Env<'_>) -> Result<Globalping, VantagesError> {
        let wrong = |words| VantagesError::Key { id: entry.id.clone(), words };
        let token = match &entry.token_env {
            Some(name) => match env(name).filter(|token| !token.is_empty()) {
                Some(token) => Some(token),
                None => return Err(VantagesError::NoToken { id: entry.id.clone(), name: name.clone() }),
            },
            None => None,
        };
        let limit = entry.limit.unwrap_or(PROBES);
        if limit == 0 || limit > MOST_PROBES[usize::from(token.is_some())] {
            return Err(wrong("limit must be 1 to 50 probes, or to 500 with a token"));
        }
        let sound = |place: &String| {
            !place.trim().is_empty() && place.len() <= 100 && !place.chars().any(char::is_control)
        };
        if !entry.locations.iter().all(sound) {
            return Err(wrong("a location must be words such as \"Germany\" or \"US+datacenter-network\""));
        }
        let origin = if entry.url.is_empty() { API.to_owned() } else { checked(entry)? };
        Ok(Globalping::new(globalping::Settings {
            id: entry.id.clone(),
            locations: entry.locations.clone(),
            limit,
            api: Api { origin, token, client: Client::Program { user_agent: user_agent() } },
            controls: self.controls.clone(),
            resolvers: self.resolvers.clone(),
            policy: self.policy.clone(),
        }))
    }

    /// The nodes of check-host.net of an entry.
    pub(super) fn check_host(&self, entry: &Entry) -> Result<CheckHost, VantagesError> {
        let nodes = entry.nodes.unwrap_or(NODES);
        if !(1..=MOST_NODES).contains(&nodes) {
            let words = "nodes must be 1 to 20";
            return Err(VantagesError::Key { id: entry.id.clone(), words });
        }
        Ok(CheckHost::new(check_host::Settings {
            id: entry.id.clone(),
            nodes,
            origin: if entry.url.is_empty() { check_host::API.to_owned() } else { checked(entry)? },
            user_agent: user_agent(),
            controls: self.controls.clone(),
            resolvers: self.resolvers.clone(),
            policy: self.policy.clone(),
        }))
    }

    /// The probes of RIPE Atlas of an entry. The key is taken from the environment now.
    pub(super) fn atlas(&self, entry: &Entry, env: Env<'_>) -> Result<Atlas, VantagesError> {
        let wrong = |words| VantagesError::Key { id: entry.id.clone(), words };
        let name =
            entry.token_env.as_ref().ok_or_else(|| wrong("token-env must name the variable of a key"))?;
        let key = env(name).filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| VantagesError::NoToken { id: entry.id.clone(), name: name.clone() })?;
        let is_country = |one: &String| one.len() == 2 && one.bytes().all(|byte| byte.is_ascii_uppercase());
        if !entry.countries.iter().all(is_country) {
            return Err(wrong("countries must be of two letters, such as \"DE\""));
        }
        let each = entry.per_country.unwrap_or(PER_COUNTRY);
        if each == 0 || usize::from(each) * entry.countries.len().max(1) > MOST_ATLAS_PROBES {
            return Err(wrong("per-country must be at least 1, and 50 probes in all countries at most"));
        }
        Ok(Atlas::new(atlas::Settings {
            id: entry.id.clone(),
            wanted: atlas::Wanted { countries: entry.countries.clone(), each },
            origin: if entry.url.is_empty() { atlas::API.to_owned() } else { checked(entry)? },
            key,
            user_agent: user_agent(),
            controls: self.controls.clone(),
            resolvers: self.resolvers.clone(),
            policy: self.policy.clone(),
        }))
    }

    /// The exporter of an entry.
    pub(super) fn blackbox(&self, entry: &Entry) -> Result<Blackbox, VantagesError> {
        let module = entry.module.clone().unwrap_or_else(|| MODULE.to_owned());
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if module.is_empty() || !module.bytes().all(is_word) {
            let words = "module must be a name of letters, digits, \"_\" and \"-\"";
            return Err(VantagesError::Key { id: entry.id.clone(), words });
        }
        Ok(Blackbox::new(blackbox::Settings {
            vantage: entry.vantage(),
            url: checked(entry)?,
            module,
            controls: self.controls.clone(),
            resolvers: self.resolvers.clone(),
            policy: self.policy.clone(),
        }))
    }
}

/// How programs introduce themselves to an API, by its rules.
fn user_agent() -> String {
    format!("noanswer/{} (asks whether mail servers answer)", env!("CARGO_PKG_VERSION"))
}

fn checked(entry: &Entry) -> Result<String, VantagesError> {
    let url = url::Url::parse(&entry.url)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    let url = url.ok_or_else(|| VantagesError::Url { id: entry.id.clone(), url: entry.url.clone() })?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}
