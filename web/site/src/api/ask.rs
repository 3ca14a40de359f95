//! What the API is asked, and what comes of it.

use super::call::Vantages;
use super::host::Config;
use super::problem::Problem;
use crate::fleet::Choice;
use crate::lenient;
use crate::text_input::TextInput;
use noanswer_core::address::AddressPolicy;
use noanswer_core::check::{self, CheckRequest, Event};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Evidence, Role};
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::scrub;
use noanswer_core::symptom::{self, LogControls, Symptom};
use noanswer_core::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::num::NonZeroU16;

/// As many symptoms as a report keeps.
const SYMPTOMS: usize = 100;

/// As many targets as a plan has at most.
const TARGETS: usize = 20;

/// `POST /v1/explain`: what is asked to be explained.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The text.
    text: String,
}

impl Text {
    /// How long it is, in bytes.
    pub fn length(&self) -> usize {
        self.text.len()
    }

    /// What it means, read at `now`: a date of syslog has no year of its own.
    pub fn explained(&self, now: Timestamp) -> Value {
        json!({ "schema": 1, "symptoms": symptom::read_as_of(&self.text, now) })
    }
}

/// `POST /v1/check`: what is asked of a check.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Asked"))]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The domain, or a mail address in it.
    domain: String,
    /// A failure text, to be read here.
    #[serde(default)]
    symptom: Option<String>,
    /// What was read from a text already: the page keeps the text to itself.
    #[serde(default, deserialize_with = "lenient::known")]
    symptoms: Vec<Symptom>,
    /// What was read from a log of other destinations.
    #[serde(default)]
    log: Option<LogControls>,
    /// The sending server's own evidence, where it has looked: one at most is taken.
    #[serde(default, deserialize_with = "lenient::all_evidence")]
    evidence: Vec<Evidence>,
    /// Which vantages are asked: those that one of these takes; all, where there is none.
    #[serde(default, deserialize_with = "lenient::some_known")]
    vantages: Vec<Choice>,
    /// How many vantages are asked at most.
    #[serde(default)]
    limit: Option<NonZeroU16>,
}

/// `POST /v1/checks`: what is asked of a batch.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The domains, 100 at most. One that cannot be a domain costs itself.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    domains: Vec<String>,
    /// Which vantages are asked, as for a check.
    #[serde(default, deserialize_with = "lenient::some_known")]
    vantages: Vec<Choice>,
    /// How many vantages are asked at most.
    #[serde(default)]
    limit: Option<NonZeroU16>,
}

impl Batch {
    /// Which vantages are asked.
    pub(crate) fn chosen(&self) -> Vantages {
        chosen(&self.vantages, self.limit)
    }

    /// The checks, each domain once, and of those that cannot be checked why not.
    ///
    /// # Errors
    /// 422 when there is none, or more than `most`.
    pub(crate) fn requests(self, at: Timestamp, config: &Config, most: usize) -> Result<Requests, Problem> {
        let mut known = BTreeSet::new();
        let mut requests = Requests::default();
        for domain in self.domains {
            if !known.insert(domain.trim().to_lowercase()) {
                continue;
            }
            if known.len() > most {
                return Err(Problem::unprocessable(format!("domains: at most {most} are taken here")));
            }
            let asked = Check { domain: domain.clone(), ..Check::default() };
            match asked.request(at, false, config.resolvers.clone(), config.policy.clone()) {
                Ok(request) => requests.checks.push(request),
                Err(problem) => requests.refused.push((domain, problem)),
            }
        }
        if known.is_empty() {
            return Err(Problem::unprocessable("domains: there is none"));
        }
        Ok(requests)
    }
}

/// The checks of a batch.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) checks: Vec<CheckRequest>,
    pub(crate) refused: Vec<(String, Problem)>,
}

fn chosen(choices: &[Choice], limit: Option<NonZeroU16>) -> Vantages {
    let limit = limit.map(|limit| limit.get().into());
    Vantages { choices: choices.to_vec(), limit, trace: None }
}

impl Check {
    /// Which vantages are asked.
    pub(crate) fn chosen(&self) -> Vantages {
        chosen(&self.vantages, self.limit)
    }

    /// What the page's form asks; without a domain, for the one that its text names.
    pub fn of_form(domain: String, text: String, at: Timestamp) -> Self {
        let named = || symptom::read_as_of(&text, at).into_iter().find_map(|one| one.recipient_domain);
        let domain = if domain.trim().is_empty() {
            named().map(|domain| domain.to_string()).unwrap_or_default()
        } else {
            domain
        };
        Self { domain, symptom: Some(text), ..Self::default() }
    }

    /// How long the text is that is read for it, in bytes.
    pub fn length(&self) -> usize {
        self.symptom.as_ref().map_or(0, String::len)
    }

    /// The check to be run at `at`. One whose events are streamed is patient.
    ///
    /// # Errors
    /// 422 when the domain cannot be one.
    pub fn request(
        self,
        at: Timestamp,
        streamed: bool,
        resolvers: Vec<String>,
        policy: AddressPolicy,
    ) -> Result<CheckRequest, Problem> {
        let domain = DomainName::from_mail_address_or_domain(self.domain.trim())
            .map_err(|reason| Problem::unprocessable(format!("domain: {reason}")))?;
        let told =
            self.symptom.as_deref().map(|text| TextInput::from_text(text.as_bytes(), at)).unwrap_or_default();
        let patience = if streamed { Patience::Patient } else { Patience::Quick };
        Ok(CheckRequest {
            domain,
            at,
            symptoms: told.symptoms.into_iter().chain(self.symptoms).take(SYMPTOMS).collect(),
            log: told.controls.or(self.log),
            evidence: self.evidence.into_iter().take(1).map(of_the_sender).collect(),
            resolvers,
            policy,
            patience,
            deadline_ms: check::whole_ms(patience),
        })
    }
}

/// Evidence that a client brings is its own: it speaks for no region.
fn of_the_sender(evidence: Evidence) -> Evidence {
    Evidence { vantage: "local".to_owned(), role: Role::Sender, network: "local".to_owned(), ..evidence }
}

/// `GET /v1/mx/{domain}`: the domain in a path.
///
/// # Errors
/// 422 when it cannot be one.
pub fn domain(text: &str) -> Result<DomainName, Problem> {
    text.parse().map_err(|reason| Problem::unprocessable(format!("domain: {reason}")))
}

/// `POST /v1/probe`: what is asked of a vantage, with no more time than a patient look may take.
///
/// # Errors
/// 422 when it names more targets than a plan has.
pub fn probe(mut asked: ProbeRequest) -> Result<ProbeRequest, Problem> {
    if asked.targets.len() > TARGETS {
        return Err(Problem::unprocessable(format!("targets: at most {TARGETS} are taken")));
    }
    asked.deadline_ms = asked.deadline_ms.min(check::PATIENT_MS);
    Ok(asked)
}

/// `POST /v1/controls`: nothing has to be said.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Controls {}

/// An event as a server-sent one (WHATWG HTML s9.2): its JSON has no line breaks.
pub fn server_sent(event: &Event) -> String {
    named(event.name(), event)
}

/// Something as a server-sent event.
pub(crate) fn named(name: &str, value: &impl Serialize) -> String {
    let data = scrub::json(serde_json::to_string(value).unwrap_or_default());
    format!("event: {name}\ndata: {data}\n\n")
}
