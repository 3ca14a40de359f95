//! `noanswer check`: the whole flow.

use super::answer::{self, Manner};
use super::args::{Check, Letter, Lookup, Output};
use super::explain;
use super::letter;
use super::live::Live;
use super::mine;
use super::nagios;
use super::paint::{self, Out};
use super::relay;
use super::remote::{Api, Asked};
use super::render;
use super::setup::{self, Usage};
use super::watch;
use crate::clock;
use crate::fetch::DohFetch;
use crate::fleet::{self, Fleet};
use crate::probe::Prober;
use noanswer_core::check::{self, CheckRequest, Event};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Evidence, Role};
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::report::Report;
use noanswer_site::told::Told;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How much longer than the check itself an API is waited for: its lookups, and the way there and back.
const ROUND_TRIP: Duration = Duration::from_secs(15);

pub(crate) async fn run(args: Check) -> Result<u8, Usage> {
    if let Some(host) = &args.relay {
        return relay::run(&args, host).await;
    }
    if args.mine && args.api.is_none() && args.vantages.is_none() && args.globalping.is_none() {
        return Err(Usage::NobodyElse);
    }
    let question = Question::of(&args)?;
    if args.watch {
        return watch::run(&args, &question).await;
    }
    if args.mine {
        return mine::run(&args, &question).await;
    }
    let (report, took) = question.ask().await?;
    let manner = Manner { flags: flags(&args), took };
    let out = Out::new();
    if let Some(to) = args.letter {
        return letter::print(&out, &report, to, args.lang);
    }
    match args.output() {
        Output::Json => paint::json(&report),
        Output::Nagios => out.line(&nagios::line(&report)),
        Output::Text => {
            answer::print(&out, &report, &manner);
            render::more(&out, &report, args.verbose);
        }
    }
    Ok(report.exit_code())
}

/// What is asked, of whom, and how long it may take.
pub(crate) struct Question {
    pub(crate) domain: DomainName,
    told: Told,
    lookup: Lookup,
    fetch: DohFetch,
    prober: Arc<Prober>,
    whom: Whom,
    patience: Patience,
    deadline_ms: u64,
    /// Whether this machine looks as well.
    here: bool,
}

enum Whom {
    Fleet(Fleet),
    Api(Box<Api>),
}

impl Question {
    /// The question that the arguments ask.
    pub(crate) fn of(args: &Check) -> Result<Self, Usage> {
        let domain = setup::domain(args.domain.as_deref().unwrap_or_default())?;
        let fetch = args.lookup.fetch()?;
        let told = match (&args.symptom, &args.file) {
            (Some(text), _) => Told::by(text.as_bytes(), clock::now()),
            (None, Some(path)) => explain::read_file(path)?,
            (None, None) => Told::default(),
        };
        let prober = args.probing.prober(Role::Sender, &args.lookup, &fetch)?;
        // A person who watches is glad of the better verdict; a program wants the first one.
        let watched = std::io::stderr().is_terminal() && args.waiting.deadline.is_none() && !args.watch;
        let patience = args.waiting.patience(watched);
        let deadline_ms = args.waiting.deadline_ms(patience);
        let here = !args.mine;
        let whom = match &args.api {
            Some(url) => {
                let token = args.token_env.as_deref().map(setup::token).transpose()?;
                let limit =
                    args.waiting.deadline.map_or(ROUND_TRIP + Duration::from_millis(deadline_ms), |_| {
                        Duration::from_millis(deadline_ms)
                    });
                Whom::Api(Box::new(Api::new(url, token, fetch.client(), limit)?))
            }
            None => {
                let mut fleet = fleet::empty(&fetch);
                fleet.set_networks(args.probing.networks(&args.lookup)?);
                if here {
                    fleet.add_local(prober.clone());
                }
                if let Some(path) = &args.vantages {
                    setup::add_vantages(&mut fleet, path)?;
                }
                if let Some(locations) = &args.globalping {
                    setup::add_globalping(&mut fleet, locations)?;
                }
                Whom::Fleet(fleet)
            }
        };
        let lookup = args.lookup.clone();
        Ok(Self { domain, told, lookup, fetch, prober, whom, patience, deadline_ms, here })
    }

    /// The HTTP client.
    pub(crate) fn client(&self) -> &reqwest::Client {
        self.fetch.client()
    }

    /// Asks: the report, and how long it took.
    pub(crate) async fn ask(&self) -> Result<(Report, Duration), Usage> {
        let began = Instant::now();
        let live = Live::begin(self.domain.as_str(), Duration::from_millis(self.deadline_ms));
        let report = match &self.whom {
            Whom::Api(api) => {
                let evidence =
                    if self.here { self.own_view().await?.into_iter().collect() } else { Vec::new() };
                let asked = Asked {
                    domain: self.domain.as_str(),
                    told: &self.told,
                    evidence: &evidence,
                    patience: self.patience,
                };
                api.check(&asked, |event| live.tell(&event)).await?
            }
            Whom::Fleet(fleet) => {
                let request = CheckRequest {
                    domain: self.domain.clone(),
                    at: clock::now(),
                    symptoms: self.told.symptoms.clone(),
                    log: self.told.controls.clone(),
                    evidence: Vec::new(),
                    resolvers: self.lookup.doh.clone(),
                    policy: self.lookup.policy(),
                    patience: self.patience,
                    deadline_ms: self.deadline_ms,
                };
                check::run(request, &self.fetch, fleet, |event: Event| live.tell(&event)).await
            }
        };
        Ok((report, began.elapsed()))
    }

    /// What this machine sees; none where the API is a lab, of whose hosts it sees nothing.
    pub(crate) async fn own_view(&self) -> Result<Option<Evidence>, Usage> {
        match &self.whom {
            Whom::Api(api) if api.is_lab().await? => Ok(None),
            _ => Ok(Some(self.look().await)),
        }
    }

    async fn look(&self) -> Evidence {
        let plan =
            check::plan(&self.domain, &self.lookup.doh, &self.lookup.policy(), &self.fetch, |_| {}).await;
        let deadline_ms = check::pass_ms(self.patience).min(self.deadline_ms);
        let request = ProbeRequest::first(self.domain.as_str(), plan.targets(), self.patience, deadline_ms);
        self.prober.probe(&request).await
    }
}

/// The flags that were given and change what is asked, as they stand in a command line.
pub(crate) fn flags(args: &Check) -> String {
    let mut flags: Vec<String> = Vec::new();
    let mut add = |name: &str, value: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,=[]".contains(&byte);
        // What a shell would read otherwise stands in quotes (POSIX 2.2.2).
        let value = if value.bytes().all(plain) {
            value.to_owned()
        } else {
            format!("'{}'", value.replace('\'', "'\\''"))
        };
        flags.push(format!("{name} {value}"));
    };
    let path = |path: &std::path::Path| path.display().to_string();
    if let Some(url) = &args.api {
        add("--api", url);
    }
    if let Some(name) = &args.token_env {
        add("--token-env", name);
    }
    if let Some(file) = &args.vantages {
        add("--vantages", &path(file));
    }
    if let Some(file) = &args.file {
        add("-f", &path(file));
    }
    if args.lookup.doh != noanswer_site::variables::PUBLIC_RESOLVERS {
        args.lookup.doh.iter().for_each(|url| add("--doh", url));
    }
    if let Some(file) = &args.lookup.doh_ca {
        add("--doh-ca", &path(file));
    }
    args.lookup.allow_net.iter().for_each(|net| add("--allow-net", &net.to_string()));
    if let Some(file) = &args.probing.controls {
        add("--controls", &path(file));
    }
    flags.join(" ")
}

/// Whom a letter is for, as messages of a verdict name it.
impl Letter {
    pub(crate) const fn to(self) -> &'static str {
        match self {
            Self::Postmaster => "postmaster",
            Self::Provider => "provider",
            Self::Customer => "customer",
        }
    }
}
