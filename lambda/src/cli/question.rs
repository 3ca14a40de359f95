//! What a check asks: the domain, what a text said of it, and whom.

use super::args::{Check, Lookup};
use super::explain;
use super::live::Live;
use super::remote::{Api, Asked};
use super::setup::{self, Usage};
use crate::clock;
use crate::fetch::DohFetch;
use crate::fleet::{self, Fleet};
use crate::probe::Prober;
use noanswer_core::check::{self, CheckRequest, Event};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Evidence, Role};
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::report::Report;
use noanswer_site::text_input::TextInput;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How much longer than the check itself an API is waited for: its lookups, and the way there and back.
const ROUND_TRIP: Duration = Duration::from_secs(15);

/// How long the second look from here may take, behind an API's answer.
const AGAIN: Duration = Duration::from_secs(5);

/// The failure text that was given.
pub(crate) fn told(args: &Check) -> Result<TextInput, Usage> {
    match (&args.symptom, &args.file) {
        (Some(text), _) => Ok(TextInput::from_text(text.as_bytes(), clock::now())),
        (None, Some(path)) => explain::read_file(path),
        (None, None) => Ok(TextInput::default()),
    }
}

/// What is asked, of whom, and how long it may take.
pub(crate) struct Question {
    pub(crate) domain: DomainName,
    told: TextInput,
    lookup: Lookup,
    fetch: DohFetch,
    prober: Arc<Prober>,
    whom: Whom,
    patience: Patience,
    deadline_ms: u64,
    /// How long the whole may take, where the user says so.
    limit: Option<Duration>,
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
        let told = told(args)?;
        let prober = args.probing.prober(Role::Sender, &args.lookup, &fetch)?;
        // A person who watches is glad of the better verdict; a program wants the first one.
        let watched = std::io::stderr().is_terminal() && args.waiting.deadline.is_none() && !args.watch;
        let patience = args.waiting.patience(watched);
        let deadline_ms = args.waiting.deadline_ms(patience);
        let here = !args.mine;
        let limit = args.waiting.deadline.map(|_| Duration::from_millis(deadline_ms));
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
        Ok(Self { domain, told, lookup, fetch, prober, whom, patience, deadline_ms, limit, here })
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
                let mut report = api.check(&asked, |event| live.tell(&event)).await?;
                if self.limit.is_none_or(|limit| began.elapsed() + AGAIN <= limit) {
                    self.ask_again(&mut report).await;
                }
                report
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

    /// Looks from this machine once more at what failed at once, or what others saw otherwise, and judges again: one
    /// connection is not a lasting state.
    async fn ask_again(&self, report: &mut Report) {
        let mine = |one: &Evidence| one.vantage == self.prober.vantage().id && one.failure.is_none();
        let Some(at) = report.evidence.iter().position(mine) else { return };
        let own = &report.evidence[at];
        let round = 1 + own.attempts.iter().map(|attempt| attempt.round).max().unwrap_or(1);
        let targets = check::again(own, &report.evidence, &report.plan.targets());
        if !self.here || targets.is_empty() {
            return;
        }
        let deadline_ms = AGAIN.as_millis().try_into().unwrap_or(u64::MAX);
        let first = ProbeRequest::first(self.domain.as_str(), targets, Patience::Quick, deadline_ms);
        let seen = self.prober.probe(&ProbeRequest { round, ..first }).await;
        report.evidence[at].add_round(seen);
        report.judge_again();
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
