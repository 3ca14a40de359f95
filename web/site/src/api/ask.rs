//! What the API is asked, and what comes of it.

use super::problem::Problem;
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
use serde::Deserialize;
use serde_json::{Value, json};

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
    /// What it means, read at `now`: a date of syslog has no year of its own.
    pub fn explained(&self, now: Timestamp) -> Value {
        json!({ "schema": 1, "symptoms": symptom::read_as_of(&self.text, now) })
    }
}

/// `POST /v1/check`: what is asked of a check.
#[derive(Debug, Deserialize)]
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
}

impl Check {
    /// What the page's form asks; without a domain, for the one that its text names.
    pub fn of_form(domain: String, text: String, at: Timestamp) -> Self {
        let named = || symptom::read_as_of(&text, at).into_iter().find_map(|one| one.recipient_domain);
        let domain = if domain.trim().is_empty() {
            named().map(|domain| domain.to_string()).unwrap_or_default()
        } else {
            domain
        };
        Self { domain, symptom: Some(text), symptoms: Vec::new(), log: None, evidence: Vec::new() }
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
    let data = scrub::json(serde_json::to_string(event).unwrap_or_default());
    format!("event: {}\ndata: {data}\n\n", event.name())
}
