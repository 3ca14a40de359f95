//! The API's rules: what may be asked, how often, and what is said otherwise.

use super::measurement::Measurement;
use super::probe::Probe;
use crate::http::{self, Answer, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What can be set.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How many tests an hour.
    pub hourly: u64,
    /// The token that is taken; whatever is sent, where none is set.
    pub token: Option<String>,
    /// Whether the caller's address is on a blocklist.
    pub blocked: bool,
    /// Whether addresses of special use are refused, as the real API does; a lab consists of them.
    pub refuses_private: bool,
    /// The probes (by index) that are offline when a panel is asked again.
    pub offline: Vec<usize>,
    /// Whether ids are forgotten at once, as after seven days.
    pub forgets: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            hourly: 250,
            token: None,
            blocked: false,
            refuses_private: false,
            offline: Vec::new(),
            forgets: false,
        }
    }
}

/// A running emulator. It ends with the process.
#[derive(Clone)]
pub struct Emulator {
    /// Where it is: `http://127.0.0.1:PORT`.
    pub origin: String,
    state: Arc<State>,
}

struct State {
    probes: Vec<Probe>,
    rules: Rules,
    origin: String,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    made: BTreeMap<String, Arc<Measurement>>,
    spent: u64,
    bodies: Vec<Value>,
    credentials: Vec<Option<String>>,
    pace: Vec<String>,
    last_read: BTreeMap<String, Instant>,
}

/// How many reads of one measurement are answered within [`READ_WINDOW`].
const READS: usize = 5;
const READ_WINDOW: Duration = Duration::from_secs(2);

/// How soon after an answer the next read may come: the API's rule for clients is 500 ms.
const PACE: Duration = Duration::from_millis(480);

impl Emulator {
    /// Starts it on `listener`.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn start(listener: TcpListener, probes: Vec<Probe>, rules: Rules) -> std::io::Result<Self> {
        let origin = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(State { probes, rules, origin: origin.clone(), inner: Mutex::default() });
        let answering = state.clone();
        http::serve(listener, move |request| answering.answer(request));
        Ok(Self { origin, state })
    }

    /// The same on any free port of loopback.
    ///
    /// # Errors
    /// When there is none.
    pub fn on_loopback(probes: Vec<Probe>, rules: Rules) -> std::io::Result<Self> {
        Self::start(TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?, probes, rules)
    }

    /// How many tests were asked for.
    pub fn spent(&self) -> u64 {
        self.state.inner().spent
    }

    /// Every body that was sent to make a measurement.
    pub fn bodies(&self) -> Vec<Value> {
        self.state.inner().bodies.clone()
    }

    /// What every request had for `Authorization` (RFC 9110 s11.6.2).
    pub fn credentials(&self) -> Vec<Option<String>> {
        self.state.inner().credentials.clone()
    }

    /// Where a client asked again sooner than it may.
    pub fn too_soon(&self) -> Vec<String> {
        self.state.inner().pace.clone()
    }
}

impl State {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request) -> Answer {
        if request.method == "OPTIONS" {
            return secured(Answer { status: 204, headers: Vec::new(), body: String::new() });
        }
        self.inner().credentials.push(request.header("authorization").map(str::to_owned));
        let authorized = match (&self.rules.token, request.header("authorization")) {
            (Some(token), Some(said)) => said == format!("Bearer {token}"),
            _ => true,
        };
        let answer = match (request.method.as_str(), request.path.as_str()) {
            _ if self.rules.blocked => problem(403, "access_forbidden", "Access Forbidden.", &[]),
            _ if !authorized => Answer { status: 401, headers: Vec::new(), body: String::new() },
            ("POST", "/v1/measurements") => self.create(request),
            ("GET", "/v1/limits") => {
                let remaining = self.rules.hourly.saturating_sub(self.inner().spent);
                let create = json!({ "type": "ip", "limit": self.rules.hourly, "remaining": remaining, "reset": 3551 });
                say(200, &json!({ "rateLimit": { "measurements": { "create": create } } }))
            }
            ("GET", path) => match path.strip_prefix("/v1/measurements/") {
                Some(id) => self.read(request, id),
                None => problem(404, "not_found", "Couldn't find the requested item.", &[]),
            },
            _ => problem(404, "not_found", "Couldn't find the requested item.", &[]),
        };
        secured(answer)
    }

    fn create(&self, request: &Request) -> Answer {
        let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else {
            return problem(400, "validation_error", "Parameter validation failed.", &[]);
        };
        let wrong = self.wrong(&asked);
        if !wrong.is_empty() {
            return problem(400, "validation_error", "Parameter validation failed.", &wrong);
        }
        let mut inner = self.inner();
        inner.bodies.push(asked.clone());
        let again = asked["locations"].as_str();
        let probes: Vec<usize> = match again {
            Some(_) if self.rules.forgets => Vec::new(),
            Some(id) => inner.made.get(id).map(|earlier| earlier.probes.clone()).unwrap_or_default(),
            None => self.chosen(&asked),
        };
        if probes.is_empty() {
            return problem(422, "no_probes_found", "No matching IPv4 probes available.", &[]);
        }
        let offline = if again.is_some() { self.rules.offline.clone() } else { Vec::new() };
        let cost = probes.iter().filter(|at| !offline.contains(at)).count() as u64;
        let left = self.rules.hourly.saturating_sub(inner.spent);
        if cost > left {
            let words = "This measurement exceeds the remaining hourly rate limit for your IP address.";
            return limited(
                problem(429, "rate_limit_exceeded", words, &[]),
                self.rules.hourly,
                cost,
                0,
                left,
            );
        }
        inner.spent += cost;
        let id = format!("2Emulated{:016}Zka", inner.made.len());
        let measurement = Measurement::start(id.clone(), asked, probes, &self.probes, &offline);
        let answer = say(202, &json!({ "id": id, "probesCount": measurement.probes.len() }));
        inner.made.insert(id.clone(), Arc::new(measurement));
        let mut answer = limited(answer, self.rules.hourly, cost, cost, left - cost);
        answer.headers.push(("location", format!("{}/v1/measurements/{id}", self.origin)));
        answer
    }

    /// The probes of a new panel: by tag or by name, in the order of the places, each once.
    fn chosen(&self, asked: &Value) -> Vec<usize> {
        let nothing = Vec::new();
        let places = asked["locations"].as_array().unwrap_or(&nothing);
        let mut chosen: Vec<usize> = Vec::new();
        let take = |wanted: &Value, limit: u64, chosen: &mut Vec<usize>| {
            let fits = |probe: &Probe| {
                let tags = wanted["tags"].as_array().is_none_or(|tags| {
                    tags.iter().all(|tag| probe.tags.iter().any(|has| Some(has.as_str()) == tag.as_str()))
                });
                let magic = wanted["magic"]
                    .as_str()
                    .is_none_or(|magic| magic.split('+').all(|word| matches(probe, word)));
                let asn = wanted["asn"].as_u64().is_none_or(|asn| asn == u64::from(probe.asn));
                tags && magic && asn
            };
            let mut left = limit;
            for (at, probe) in self.probes.iter().enumerate() {
                if left > 0 && fits(probe) && !chosen.contains(&at) {
                    chosen.push(at);
                    left -= 1;
                }
            }
        };
        if places.is_empty() {
            take(&Value::Null, asked["limit"].as_u64().unwrap_or(1), &mut chosen);
        }
        for place in places {
            let limit = place["limit"].as_u64().or(asked["limit"].as_u64()).unwrap_or(1);
            take(place, limit, &mut chosen);
        }
        chosen
    }

    fn read(&self, request: &Request, id: &str) -> Answer {
        let Some(measurement) = self.inner().made.get(id).cloned() else {
            return problem(404, "not_found", "Couldn't find the requested item.", &[]);
        };
        let now = Instant::now();
        {
            let mut inner = self.inner();
            if let Some(last) = inner.last_read.get(id).filter(|last| now - **last < PACE) {
                let words = format!("{id} was read {} ms after its last answer", (now - *last).as_millis());
                inner.pace.push(words);
            }
            inner.last_read.insert(id.to_owned(), now);
        }
        let mut reads = measurement.reads.lock().unwrap_or_else(PoisonError::into_inner);
        reads.retain(|read| now - *read < READ_WINDOW);
        if reads.len() >= READS {
            let words = "Too many requests. Please retry in 5 seconds.";
            let mut answer = problem(429, "too_many_requests", words, &[]);
            answer.headers.push(("retry-after", "5".to_owned()));
            return answer;
        }
        reads.push(now);
        let mut answer = say(200, &measurement.shown());
        let mut hasher = DefaultHasher::new();
        answer.body.hash(&mut hasher);
        let etag = format!("W/\"{:x}-{:016x}\"", answer.body.len(), hasher.finish());
        if request.header("if-none-match") == Some(etag.as_str()) {
            answer.status = 304;
            answer.body.clear();
        }
        answer.headers.push(("etag", etag));
        answer.headers.push(("cache-control", "public, max-age=0".to_owned()));
        answer
    }

    /// What is wrong with a request, by parameter.
    fn wrong(&self, asked: &Value) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        let mut say = |key: &str, words: String| wrong.push((key.to_owned(), words));
        let known =
            ["type", "target", "timeout", "limit", "inProgressUpdates", "locations", "measurementOptions"];
        for key in asked.as_object().into_iter().flat_map(|object| object.keys()) {
            if !known.contains(&key.as_str()) {
                say(key, format!("\"{key}\" is not allowed"));
            }
        }
        if !matches!(asked["type"].as_str(), Some("ping" | "traceroute" | "dns" | "mtr" | "http")) {
            say("type", "\"type\" must be one of [ping, traceroute, dns, mtr, http]".to_owned());
        }
        let target = asked["target"].as_str().unwrap_or_default();
        let address: Option<IpAddr> = target.parse().ok();
        let policy = noanswer_core::address::AddressPolicy::default();
        let private = address.is_some_and(|address| !policy.judge(address).may_connect());
        if target.is_empty() || (private && self.rules.refuses_private) {
            say("target", "\"target\" must not be a private hostname".to_owned());
        }
        if address.is_some() && !asked["measurementOptions"]["ipVersion"].is_null() {
            let key = "measurementOptions.ipVersion";
            say(key, format!("\"{key}\" is not allowed when target is not a domain"));
        }
        let timeout = &asked["timeout"];
        if !timeout.is_null() && !timeout.as_u64().is_some_and(|seconds| (5..=30).contains(&seconds)) {
            say("timeout", "\"timeout\" must be between 5 and 30".to_owned());
        }
        let packets = &asked["measurementOptions"]["packets"];
        if !packets.is_null() && asked["type"] == "traceroute" {
            say("measurementOptions.packets", "\"measurementOptions.packets\" is not allowed".to_owned());
        }
        let sum: u64 =
            asked["locations"].as_array().into_iter().flatten().filter_map(|one| one["limit"].as_u64()).sum();
        let limit = &asked["limit"];
        if limit.as_u64().unwrap_or(sum) > 50 {
            say("limit", "\"limit\" must be less than or equal to 50".to_owned());
        }
        if !limit.is_null() && (sum > 0 || asked["locations"].is_string()) {
            say("limit", "\"limit\" is not allowed".to_owned());
        }
        wrong
    }
}

/// One condition of `magic`, as far as a lab needs it.
fn matches(probe: &Probe, word: &str) -> bool {
    let word = word.trim();
    word.eq_ignore_ascii_case("world")
        || word.eq_ignore_ascii_case(&probe.country)
        || word.eq_ignore_ascii_case(&probe.city)
        || word.eq_ignore_ascii_case(&format!("AS{}", probe.asn))
        || probe.tags.iter().any(|tag| tag == word)
}

fn say(status: u16, body: &Value) -> Answer {
    let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
    Answer { status, headers, body: body.to_string() }
}

fn problem(status: u16, kind: &str, message: &str, params: &[(String, String)]) -> Answer {
    let mut error = json!({ "type": kind, "message": message });
    if !params.is_empty() {
        error["params"] = params.iter().map(|(key, words)| (key.clone(), json!(words))).collect();
    }
    say(
        status,
        &json!({ "error": error, "links": { "documentation": "https://globalping.io/docs/api.globalping.io" } }),
    )
}

fn limited(mut answer: Answer, limit: u64, cost: u64, consumed: u64, remaining: u64) -> Answer {
    answer.headers.extend([
        ("x-request-cost", cost.to_string()),
        ("x-ratelimit-reset", "3548".to_owned()),
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-consumed", consumed.to_string()),
        ("x-ratelimit-remaining", remaining.to_string()),
    ]);
    answer
}

/// What every answer says to browsers.
fn secured(mut answer: Answer) -> Answer {
    let exposed = "ETag, Link, Location, Retry-After, X-RateLimit-Limit, X-RateLimit-Consumed, X-RateLimit-Remaining, X-RateLimit-Reset, X-Credits-Consumed, X-Credits-Remaining, X-Request-Cost, X-Response-Time, Deprecation, Sunset";
    answer.headers.extend([
        ("access-control-allow-origin", "*".to_owned()),
        ("access-control-allow-headers", "Authorization, Content-Type".to_owned()),
        ("access-control-expose-headers", exposed.to_owned()),
        ("access-control-max-age", "600".to_owned()),
        ("cross-origin-resource-policy", "cross-origin".to_owned()),
    ]);
    answer
}
