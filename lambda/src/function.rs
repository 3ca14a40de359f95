//! The same API as an AWS Lambda function, behind a function URL with response streaming.
//!
//! One binary, configured by the environment: `NOANSWER_ROLE` is `prober` or `coordinator` (the default);
//! `NOANSWER_DOH` names DoH servers, separated by spaces; `NOANSWER_VANTAGES` holds a vantages file's text;
//! `NOANSWER_CONTROLS` a controls file's; `NOANSWER_PLACE` says where the function stands; `NOANSWER_TOKEN` must be
//! carried by every check (coordinator) or probe (prober).

use crate::api::{Site, State, router};
use crate::fetch::{DohFetch, DohSetupError};
use crate::fleet::{Fleet, Remote};
use crate::probe::{Controls, ControlsError, Prober, Road, Settings, source_addresses};
use noanswer_core::address::AddressPolicy;
use noanswer_core::evidence::{Role, Vantage};
use noanswer_core::smtp::ClientName;
use noanswer_site::vantages::{VantagesError, VantagesFile};
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;
use std::sync::Arc;

/// The variable that the Lambda runtime sets: its presence means that this process is a function.
pub const RUNTIME: &str = "AWS_LAMBDA_RUNTIME_API";

/// A function that is configured wrongly. The line goes to the function's log.
#[derive(Debug, thiserror::Error)]
enum ConfigError {
    #[error("NOANSWER_ROLE is {0:?}: it must be prober or coordinator")]
    Role(String),
    #[error("NOANSWER_TOKEN is not set: a {0} is not open to everybody")]
    NoToken(&'static str),
    #[error("NOANSWER_CONTROLS cannot be used: {0}")]
    Controls(#[from] ControlsError),
    #[error(transparent)]
    Vantages(#[from] VantagesError),
    #[error(transparent)]
    Doh(#[from] DohSetupError),
}

/// Serves events until the runtime ends the process.
pub fn main() -> ExitCode {
    let state = match configured() {
        Ok(state) => state,
        Err(error) => {
            eprintln!("noanswer: {error}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime.map_err(lambda_http::Error::from).and_then(|runtime| {
        runtime.block_on(lambda_http::run_with_streaming_response(router(Arc::new(state))))
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("noanswer: {error}");
            ExitCode::FAILURE
        }
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn configured() -> Result<State, ConfigError> {
    let role = env("NOANSWER_ROLE").unwrap_or_else(|| "coordinator".to_owned());
    let resolvers: Vec<String> = match env("NOANSWER_DOH") {
        Some(urls) => urls.split_whitespace().map(str::to_owned).collect(),
        None => crate::PUBLIC_RESOLVERS.iter().map(|url| (*url).to_owned()).collect(),
    };
    let fetch = DohFetch::new(None)?;
    let token = env("NOANSWER_TOKEN");
    let prober = prober(&resolvers, &fetch)?;
    let mut fleet = Fleet::default();
    let mut site = Site { resolvers, policy: AddressPolicy::default(), lab: None, prober: None, token };
    match role.as_str() {
        "prober" if site.token.is_none() => return Err(ConfigError::NoToken("prober")),
        "coordinator" if site.token.is_none() => return Err(ConfigError::NoToken("coordinator")),
        "prober" => site.prober = Some(prober),
        "coordinator" => {
            for entry in
                VantagesFile::parse(&env("NOANSWER_VANTAGES").unwrap_or_default(), "NOANSWER_VANTAGES")?
                    .vantages
            {
                fleet.add_remote(Remote::new(&entry, fetch.client().clone())?);
            }
            if fleet.is_empty() {
                fleet.add_local(prober);
            }
        }
        _ => return Err(ConfigError::Role(role)),
    }
    Ok(State::new(site, fleet, fetch))
}

fn prober(resolvers: &[String], fetch: &DohFetch) -> Result<Arc<Prober>, ConfigError> {
    let controls = match env("NOANSWER_CONTROLS") {
        Some(text) => Controls::parse(&text)?,
        None => Controls::built_in(),
    };
    let region = env("AWS_REGION").unwrap_or_else(|| "here".to_owned());
    let own = source_addresses().into_iter().next().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let settings = Settings {
        vantage: Vantage {
            place: env("NOANSWER_PLACE").unwrap_or_default(),
            id: region,
            role: Role::Region,
            network: "aws".to_owned(),
        },
        controls,
        resolvers: resolvers.to_vec(),
        policy: AddressPolicy::default(),
        name: ClientName::Literal(own),
        road: Road::Network,
    };
    Ok(Arc::new(Prober::new(settings, fetch.clone())))
}
