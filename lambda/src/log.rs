//! A function's log: one line of JSON for each request, which CloudWatch also reads as metrics (its embedded metric
//! format); and the access log of `noanswer serve`, where one is asked for.
//!
//! What is written is what a request was about, never what it said: the route's pattern and not its path, the domain
//! and not the mail address, no text, no client beyond its /24 or /48.

use noanswer_core::dns::DomainName;
use noanswer_site::api::Facts;
use serde_json::{Map, Value, json};
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The namespace of the metrics.
pub const NAMESPACE: &str = "noanswer";

/// Where lines go, and which part of a deployment writes them.
#[derive(Clone)]
pub struct Log {
    role: Arc<str>,
    out: Arc<Mutex<dyn Write + Send>>,
    form: Form,
}

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON that CloudWatch reads metrics from, without the client: a function's.
    Function,
    /// JSON, with the client's /24 or /48.
    Json,
    /// The same as `key=value` pairs.
    Logfmt,
}

/// A request that is over.
#[derive(Debug)]
pub(crate) struct Request {
    /// Its method.
    pub(crate) method: String,
    /// The pattern of its route.
    pub(crate) route: String,
    /// Its id.
    pub(crate) id: String,
    /// The id of the trace that it is part of (W3C Trace Context), where it said so.
    pub(crate) trace: Option<String>,
    /// The network that the client is in: a /24 or /48.
    pub(crate) client: String,
    /// The status of the answer.
    pub(crate) status: u16,
    /// How long it took, streamed answers to their end.
    pub(crate) took: Duration,
}

impl Log {
    /// A log on `out`, of a function that is a `role`.
    pub fn new(role: &str, out: impl Write + Send + 'static) -> Self {
        Self { role: role.into(), out: Arc::new(Mutex::new(out)), form: Form::Function }
    }

    /// The access log of a server, in `form`.
    pub fn access(form: Form, role: &str, out: impl Write + Send + 'static) -> Self {
        Self { form, ..Self::new(role, out) }
    }

    /// Writes the line of `request`.
    pub(crate) fn write(&self, request: &Request, facts: &Facts) {
        let took = u64::try_from(request.took.as_millis()).unwrap_or(u64::MAX);
        let mut line = Map::new();
        let mut say = |name: &str, value: Value| {
            if !value.is_null() {
                line.insert(name.to_owned(), value);
            }
        };
        if self.form != Form::Function {
            say("time", json!(crate::clock::now()));
            say("client", json!(request.client));
        }
        say("level", json!(if request.status >= 500 { "error" } else { "info" }));
        say("role", json!(&*self.role));
        say("request_id", json!(request.id));
        say("trace_id", json!(request.trace));
        say("method", json!(request.method));
        say("route", json!(request.route));
        say("status", json!(request.status));
        say("duration_ms", json!(took));
        say("domain", json!(facts.domain.as_ref().map(DomainName::as_str)));
        say("vantages", json!(facts.vantages));
        say("verdict", json!(facts.verdict));
        if request.status == 200 && (facts.checks > 0 || facts.probes > 0) {
            say("blind_vantages", json!(facts.blind));
            say("seeing_vantages", json!(facts.seeing));
            let counted = if facts.checks > 0 { "checks" } else { "probes" };
            say(counted, json!(1));
            if self.form == Form::Function {
                say("_aws", metrics(counted, facts));
            }
        }
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody is left to tell when the log itself cannot be written.
        let line = match self.form {
            Form::Logfmt => logfmt(&line),
            Form::Function | Form::Json => noanswer_core::scrub::json(Value::Object(line).to_string()),
        };
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("role", &self.role).finish_non_exhaustive()
    }
}

/// The pairs of a line. A value that is more than a word stands in quotes, as JSON writes it.
fn logfmt(line: &Map<String, Value>) -> String {
    let pair = |(key, value): (&String, &Value)| match value {
        Value::String(word) if !word.contains([' ', '"', '=']) && !word.is_empty() => format!("{key}={word}"),
        other => format!("{key}={other}"),
    };
    noanswer_core::scrub::json(line.iter().map(pair).collect::<Vec<_>>().join(" "))
}

/// The part of a line that makes CloudWatch read metrics from it (embedded metric format, specification 1.0).
fn metrics(counted: &str, facts: &Facts) -> Value {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let count = |name: &str| json!({ "Name": name, "Unit": "Count" });
    let mut metrics = vec![count(counted), count("blind_vantages")];
    // A check that asked nobody says nothing of who sees.
    metrics.extend(facts.seeing.map(|_| count("seeing_vantages")));
    metrics.push(json!({ "Name": "duration_ms", "Unit": "Milliseconds" }));
    json!({
        "Timestamp": u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
        "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [["role"]], "Metrics": metrics }],
    })
}

/// Says in the function's log what AWS did not do.
pub(crate) fn complain(what: &str, error: &dyn std::error::Error) {
    eprintln!("{}", json!({ "level": "error", "what": what, "error": error.to_string() }));
}
