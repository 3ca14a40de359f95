//! The same API as an AWS Lambda function, behind a function URL with response streaming.
//!
//! One binary, configured by the environment:
//!
//! | variable | |
//! |---|---|
//! | `NOANSWER_ROLE` | `prober` or `coordinator` (the default) |
//! | `NOANSWER_PLACE` | where the function stands, for people |
//! | `NOANSWER_DOH` | DoH servers, separated by spaces |
//! | `NOANSWER_CONTROLS`, `NOANSWER_VANTAGES` | the text of a controls file, of a vantages file |
//! | `NOANSWER_OPT_OUT` | who is left alone: addresses, networks and domains, one a line |
//! | `NOANSWER_CLIENTS` | clients with tokens of their own, as in the file of `serve --clients` |
//! | `NOANSWER_TOKEN` | the token that every check (coordinator) or probe (prober) must carry |
//! | `NOANSWER_TOKEN_PARAMETER` | or the name of the SSM parameter that holds it |
//! | `NOANSWER_TABLE` | a coordinator's DynamoDB table: limits and answers hold across its instances, reports and cases are kept in it |
//! | `NOANSWER_PUBLIC` | `1`: a coordinator's checks need no token |
//! | `NOANSWER_PAGE` | `elsewhere`: a coordinator serves the API alone |
//! | `AWS_ENDPOINT_URL` | another AWS than AWS's own |
//! | `NOANSWER_ALLOW_NET`, `NOANSWER_DOH_CA` | test networks: ranges that may be connected to, a file of the DoH's CA |
//!
//! A prober needs no token behind a function URL of the type `AWS_IAM`: AWS lets nobody else through.
//!
//! While the table does not answer, a public coordinator takes no check and no lookup (503); one with a token goes on,
//! each instance counting for itself. What fails is written to the function's log, beside a line for each request.

use crate::api::{Site, State, Token, router};
use crate::aws::{Client, Parameter, SetupError, Table};
use crate::fetch::{DohFetch, DohSetupError};
use crate::fleet;
use crate::log::Log;
use crate::probe::{
    AddressMap, ConnectionLimits, Controls, ControlsError, Prober, Settings, Sources, own_name,
};
use crate::store::Store;
use noanswer_core::address::AddressPolicy;
use noanswer_core::dns::NotADomain;
use noanswer_core::evidence::{Grade, NetworkKind, Role, Vantage};
use noanswer_site::api::{Clients, ClientsError};
use noanswer_site::fleet::{Networks, OptOut, OptOutError, VantagesError, VantagesFile};
use noanswer_site::sigv4::Env;
use noanswer_site::variables;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// The variable that the Lambda runtime sets: its presence means that this process is a function.
pub const RUNTIME: &str = "AWS_LAMBDA_RUNTIME_API";

/// A function that is configured wrongly. The line goes to the function's log.
#[derive(Debug, thiserror::Error)]
enum ConfigError {
    #[error("NOANSWER_ROLE is {0:?}: it must be prober or coordinator")]
    Role(String),
    #[error(
        "neither NOANSWER_TOKEN nor NOANSWER_TOKEN_PARAMETER is set: a coordinator is open to everybody only where \
         NOANSWER_PUBLIC=1 says so"
    )]
    NoToken,
    #[error("NOANSWER_PUBLIC is {0:?}: it must be 1, or not be set")]
    Public(String),
    #[error("NOANSWER_PAGE is {0:?}: it must be elsewhere, or not be set")]
    Page(String),
    #[error("AWS cannot be asked: {0}")]
    Aws(#[from] SetupError),
    #[error("NOANSWER_ALLOW_NET must hold address ranges, separated by spaces: {0}")]
    Net(#[from] ipnet::AddrParseError),
    #[error("NOANSWER_EHLO is neither a host's name nor an address: {0}")]
    Ehlo(#[from] NotADomain),
    #[error("NOANSWER_CONTROLS cannot be used: {0}")]
    Controls(#[from] ControlsError),
    #[error("NOANSWER_OPT_OUT: {0}")]
    OptOut(#[from] OptOutError),
    #[error("NOANSWER_CLIENTS: {0}")]
    Clients(#[from] ClientsError),
    #[error(transparent)]
    Vantages(#[from] VantagesError),
    #[error(transparent)]
    Doh(#[from] DohSetupError),
}

/// Serves events until the runtime ends the process.
pub fn main() -> ExitCode {
    let state = match configured(&|name| std::env::var(name).ok().filter(|value| !value.is_empty())) {
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

/// The state of a function; an empty variable of `env` counts as none. Nothing is asked of AWS here: a cold start waits
/// for nobody.
fn configured(env: Env<'_>) -> Result<State, ConfigError> {
    let role = env("NOANSWER_ROLE").unwrap_or_else(|| "coordinator".to_owned());
    let resolvers = variables::resolvers(env("NOANSWER_DOH"));
    let fetch = DohFetch::new(env("NOANSWER_DOH_CA").as_deref().map(Path::new))?;
    let policy = variables::policy(env("NOANSWER_ALLOW_NET").as_deref())?;
    let token = token(env, &fetch)?;
    let prober = prober(env, &resolvers, &policy, &fetch)?;
    let site = Site { resolvers, policy, demo: None, prober: None, token };
    let state = match role.as_str() {
        "prober" => State::new(Site { prober: Some(prober), ..site }, fleet::empty(&fetch), fetch),
        "coordinator" => coordinator(env, site, prober, fetch)?,
        _ => return Err(ConfigError::Role(role)),
    };
    Ok(state.logging(Log::new(&role, std::io::stdout())))
}

fn coordinator(env: Env<'_>, site: Site, prober: Arc<Prober>, fetch: DohFetch) -> Result<State, ConfigError> {
    let token = match env("NOANSWER_PUBLIC").as_deref() {
        Some("1") => None,
        Some(other) => return Err(ConfigError::Public(other.to_owned())),
        None if site.token.is_none() => return Err(ConfigError::NoToken),
        None => site.token,
    };
    let site = Site { token, ..site };
    let mut fleet = fleet::empty(&fetch);
    fleet.set_opt_out(opt_out(env)?);
    fleet.set_networks(Networks {
        resolvers: site.resolvers.clone(),
        policy: site.policy.clone(),
        ..Networks::default()
    });
    let text = env("NOANSWER_VANTAGES").unwrap_or_default();
    fleet.add_all(&VantagesFile::parse(&text, "NOANSWER_VANTAGES")?, env)?;
    if fleet.is_empty() {
        fleet.add_local(prober);
    }
    fleet.add_globalping_by_token(env)?;
    let clients = Clients::parse(&env("NOANSWER_CLIENTS").unwrap_or_default(), env)?;
    let state = match env("NOANSWER_TABLE") {
        Some(name) => {
            let table = Table::new(Client::new(fetch.client().clone(), env)?, name);
            State::sharing(site, fleet, fetch, Arc::new(Store::new(table)))
        }
        None => State::new(site, fleet, fetch),
    };
    let state = match env("NOANSWER_PAGE").as_deref() {
        None => state,
        Some("elsewhere") => state.without_a_page(),
        Some(other) => return Err(ConfigError::Page(other.to_owned())),
    };
    Ok(state.knowing(clients))
}

fn opt_out(env: Env<'_>) -> Result<OptOut, OptOutError> {
    OptOut::parse(&env("NOANSWER_OPT_OUT").unwrap_or_default())
}

fn token(env: Env<'_>, fetch: &DohFetch) -> Result<Option<Token>, ConfigError> {
    if let Some(token) = env("NOANSWER_TOKEN") {
        return Ok(Some(Token::Plain(token)));
    }
    let Some(name) = env("NOANSWER_TOKEN_PARAMETER") else { return Ok(None) };
    let client = Client::new(fetch.client().clone(), env)?;
    Ok(Some(Token::Parameter(Box::new(Parameter::new(client, name)))))
}

fn prober(
    env: Env<'_>,
    resolvers: &[String],
    policy: &AddressPolicy,
    fetch: &DohFetch,
) -> Result<Arc<Prober>, ConfigError> {
    let controls = match env("NOANSWER_CONTROLS") {
        Some(text) => Controls::parse(&text)?,
        None => Controls::built_in(),
    };
    let region = env("AWS_REGION").unwrap_or_else(|| "here".to_owned());
    let name = env("NOANSWER_EHLO")
        .map(|name| name.parse())
        .transpose()?
        .unwrap_or_else(|| own_name(Sources::default()));
    let settings = Settings {
        vantage: Vantage {
            place: env("NOANSWER_PLACE").unwrap_or_default(),
            id: region,
            role: Role::Region,
            network: "aws".to_owned(),
            grade: Grade::Smtp,
            network_kind: NetworkKind::Hosting,
        },
        controls,
        resolvers: resolvers.to_vec(),
        policy: policy.clone(),
        name,
        sources: Sources::default(),
        addresses: AddressMap::Direct,
        network: None,
        limits: Some(ConnectionLimits::default()),
        opt_out: opt_out(env)?,
    };
    Ok(Arc::new(Prober::new(settings, fetch.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured_with(variables: &[(&str, &str)]) -> Result<State, String> {
        let env = |name: &str| {
            let found = variables.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        configured(&env).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn what_a_function_must_be_told() {
        let aws =
            [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "key")];
        let with_aws = |more: &[(&'static str, &'static str)]| configured_with(&[&aws[..], more].concat());
        for sound in [
            configured_with(&[("NOANSWER_TOKEN", "x")]),
            configured_with(&[("NOANSWER_PUBLIC", "1")]),
            configured_with(&[("NOANSWER_ROLE", "prober")]),
            with_aws(&[("NOANSWER_TOKEN_PARAMETER", "/noanswer/token"), ("NOANSWER_TABLE", "noanswer")]),
            with_aws(&[("NOANSWER_ROLE", "prober"), ("NOANSWER_TOKEN_PARAMETER", "/noanswer/token")]),
        ] {
            sound.expect("it starts, and asks nobody for that");
        }
        for (refused, words) in [
            (configured_with(&[]), "NOANSWER_TOKEN"),
            (configured_with(&[("NOANSWER_ROLE", "probe")]), "prober or coordinator"),
            (configured_with(&[("NOANSWER_PUBLIC", "yes")]), "must be 1"),
            (configured_with(&[("NOANSWER_PUBLIC", "1"), ("NOANSWER_PAGE", "no")]), "elsewhere"),
            (configured_with(&[("NOANSWER_PUBLIC", "1"), ("NOANSWER_EHLO", "a host")]), "NOANSWER_EHLO"),
            (configured_with(&[("NOANSWER_PUBLIC", "1"), ("NOANSWER_TABLE", "x")]), "AWS_REGION"),
            (
                configured_with(&[("AWS_REGION", "eu-west-1"), ("NOANSWER_TOKEN_PARAMETER", "x")]),
                "AWS_ACCESS_KEY_ID",
            ),
        ] {
            let error = refused.map(|_| ()).expect_err(words);
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn what_stops_a_deployment_raises_an_alarm() {
        let template = include_str!("../deploy/template.yaml");
        let alarms = template.split("Type: AWS::CloudWatch::Alarm").skip(1);
        let metrics: Vec<&str> =
            alarms.filter_map(|alarm| alarm.split("MetricName: ").nth(1)?.lines().next()).collect();
        assert_eq!(
            metrics,
            [
                "Errors",
                "Url5xxCount",
                "Throttles",
                "Duration",
                "blind_vantages",
                "seeing_vantages",
                "UrlRequestCount"
            ]
        );
        assert!(template.contains("Type: AWS::Budgets::Budget"), "nobody hears of what it costs");
        let namespace = format!("Namespace: {}\n", crate::log::NAMESPACE);
        assert!(template.contains(&namespace), "the function writes its metrics elsewhere");
    }

    #[test]
    fn the_function_lives_longer_than_the_longest_check() {
        use noanswer_core::check::whole_ms;
        use noanswer_core::ports::Patience;
        let template = include_str!("../deploy/template.yaml");
        let timeout = template.lines().find_map(|line| line.trim().strip_prefix("Timeout: "));
        let timeout_s: u64 = timeout.expect("the function's timeout").parse().expect("seconds");
        // A plan asks at most two resolvers for a chain of names, each question for 4 s; and the answer is sent.
        let longest_s = whole_ms(Patience::Patient) / 1_000 + 2 * 3 * 4;
        assert!(
            timeout_s > longest_s,
            "the function is ended after {timeout_s} s, a check takes {longest_s} s"
        );
        assert!(timeout_s <= 900, "more than Lambda gives");
    }
}
