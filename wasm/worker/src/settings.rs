//! What the operator says, by variables and secrets of the Worker.

use crate::environment::value;
use crate::fleet::{EdgeTransport, Fleet};
use noanswer_core::address::AddressPolicy;
use noanswer_site::api::{Clients, ClientsError};
use noanswer_site::fleet::{Networks, OptOut, OptOutError, VantagesError, VantagesFile};
use noanswer_site::variables;
use std::cell::RefCell;
use worker::Env;

thread_local! {
    /// The fleet of this isolate. Variables and secrets are the same as long as it lives: a change is another version.
    static FLEET: RefCell<Option<Fleet>> = const { RefCell::new(None) };
}

/// A Worker that is configured wrongly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("NOANSWER_ALLOW_NET must hold address ranges, separated by spaces: {0}")]
    Net(#[from] ipnet::AddrParseError),
    #[error("NOANSWER_OPT_OUT: {0}")]
    OptOut(#[from] OptOutError),
    #[error("NOANSWER_CLIENTS: {0}")]
    Clients(#[from] ClientsError),
    #[error(transparent)]
    Vantages(#[from] VantagesError),
}

/// What the operator says.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `NOANSWER_DOH`: the DoH servers, separated by spaces. They are the relay's allow-list as well.
    pub(crate) resolvers: Vec<String>,
    /// `NOANSWER_ALLOW_NET`: networks that may be probed although they are not globally reachable, for test networks.
    pub(crate) policy: AddressPolicy,
    /// `NOANSWER_TOKEN`: what a check must carry.
    pub(crate) token: Option<String>,
    /// `NOANSWER_PUBLIC=1`: checks are open to everybody, within limits.
    pub(crate) public: bool,
    /// `NOANSWER_LAB`: the URL of a `noanswer serve --lab` that this Worker stands before.
    pub(crate) lab: Option<String>,
    /// `NOANSWER_CLIENTS`: clients with tokens of their own.
    pub(crate) clients: Clients,
    /// `TURNSTILE_SITE_KEY`: the public key of the widget that the page shows.
    pub(crate) turnstile: Option<String>,
    /// `NOANSWER_VANTAGES`: the text of a vantages file.
    vantages: String,
}

impl Settings {
    /// Reads the variables.
    ///
    /// # Errors
    /// When a network is none.
    pub(crate) fn of(env: &Env) -> Result<Self, SettingsError> {
        Ok(Self {
            resolvers: variables::resolvers(value(env, "NOANSWER_DOH")),
            policy: variables::policy(value(env, "NOANSWER_ALLOW_NET").as_deref())?,
            token: value(env, "NOANSWER_TOKEN"),
            public: value(env, "NOANSWER_PUBLIC").as_deref() == Some("1"),
            lab: value(env, "NOANSWER_LAB"),
            clients: Clients::parse(&value(env, "NOANSWER_CLIENTS").unwrap_or_default(), &|name| {
                value(env, name)
            })?,
            turnstile: value(env, "TURNSTILE_SITE_KEY"),
            vantages: value(env, "NOANSWER_VANTAGES").unwrap_or_default(),
        })
    }

    /// Whom to ask, with their tokens out of the secrets that the file names. Requests of one isolate share what is
    /// remembered: a panel's probes and their controls, and who is blind.
    ///
    /// # Errors
    /// When the file is not of the form, or a secret that it names is not there.
    pub(crate) fn fleet(&self, env: &Env) -> Result<Fleet, SettingsError> {
        let transport = EdgeTransport { env: env.clone() };
        if let Some(kept) = FLEET.with_borrow(Clone::clone) {
            return Ok(kept.over(transport));
        }
        let fleet = self.new_fleet(env)?;
        FLEET.set(Some(fleet.clone()));
        Ok(fleet)
    }

    fn new_fleet(&self, env: &Env) -> Result<Fleet, SettingsError> {
        let file = VantagesFile::parse(&self.vantages, "NOANSWER_VANTAGES")?;
        let mut fleet = Fleet::new(EdgeTransport { env: env.clone() });
        fleet.set_networks(Networks {
            resolvers: self.resolvers.clone(),
            policy: self.policy.clone(),
            ..Networks::default()
        });
        fleet.set_opt_out(OptOut::parse(&value(env, "NOANSWER_OPT_OUT").unwrap_or_default())?);
        fleet.add_all(&file, &|name| value(env, name))?;
        fleet.add_globalping_by_token(&|name| value(env, name))?;
        Ok(fleet)
    }
}
