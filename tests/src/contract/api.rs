//! `tests/contract/api.toml` against whatever serves the API: `noanswer serve`, a Lambda function, a Worker.

use super::{Has, client, lacks, shown};
use noanswer_site::api::{SECURITY_HEADERS, content_security_policy};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Host {
    /// `noanswer serve`.
    Serve,
    /// Functions in a Lambda runtime, called by their function URLs.
    Lambda,
    /// The Worker, in workerd.
    Worker,
}

/// A running server.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it is, without a slash at its end.
    pub url: String,
    /// The token that it takes.
    pub token: String,
    /// Whether its checks are open. Where they are not, the cases that say nothing of a token carry the right one.
    pub open: bool,
}

impl Server {
    /// One that is open to everybody.
    pub fn open(url: impl Into<String>) -> Self {
        Self { url: url.into(), token: String::new(), open: true }
    }
}

/// The servers that the cases ask for: those `at` a server that a host does not have are not for it.
#[derive(Clone, Debug, Default)]
pub struct Servers {
    /// `any`: the API.
    pub any: Option<Server>,
    /// `lab`: the API with the embedded lab.
    pub lab: Option<Server>,
    /// `vantage`: a vantage that asks for its token.
    pub vantage: Option<Server>,
}

/// How the table went.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many cases were held against the host.
    pub ran: usize,
    /// What is wrong, case by case.
    pub wrong: Vec<String>,
}

/// Holds every case that is for `host` against its servers.
pub async fn run(host: Host, servers: &Servers) -> Outcome {
    let (client, mut outcome) = (client(), Outcome::default());
    for case in super::cases::<Case>("api.toml") {
        let server = match case.at {
            At::Any => &servers.any,
            At::Lab => &servers.lab,
            At::Vantage => &servers.vantage,
        };
        let (true, Some(server)) = (case.hosts.is_empty() || case.hosts.contains(&host), server) else {
            continue;
        };
        outcome.ran += 1;
        let wrong = case.wrong(&client, server).await.unwrap_or_else(|error| vec![error.to_string()]);
        outcome.wrong.extend(wrong.iter().map(|words| format!("{}: {words}", case.story)));
    }
    outcome
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    story: String,
    #[serde(default)]
    at: At,
    /// The hosts that it holds for: all, where none is named.
    #[serde(default)]
    hosts: Vec<Host>,
    request: String,
    json: Option<String>,
    body: Option<String>,
    padded_to: Option<usize>,
    #[serde(default)]
    repeat: BTreeMap<String, Repeat>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    token: Option<Token>,
    status: u16,
    r#type: Option<String>,
    says: Option<String>,
    #[serde(default)]
    has: Has,
    /// JSON pointers to what must be there, whatever it is.
    #[serde(default)]
    carries: Vec<String>,
    #[serde(default)]
    header: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum At {
    #[default]
    Any,
    Lab,
    Vantage,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Token {
    Right,
    Wrong,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeat {
    item: String,
    times: usize,
}

/// An answer, whole.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Case {
    fn body(&self) -> Option<String> {
        let mut body = self.json.clone().or(self.body.clone())?;
        for (word, repeat) in &self.repeat {
            body = body.replace(word, &vec![repeat.item.as_str(); repeat.times].join(","));
        }
        let padding = self.padded_to.unwrap_or_default().saturating_sub(body.len());
        body.push_str(&" ".repeat(padding));
        Some(body)
    }

    async fn ask(&self, client: &reqwest::Client, server: &Server) -> Result<Answer, reqwest::Error> {
        let (method, path) = self.request.split_once(' ').expect("METHOD /path");
        let method = method.parse().expect("a method");
        let mut call = client.request(method, format!("{}{path}", server.url));
        if self.json.is_some() {
            call = call.header("content-type", "application/json");
        }
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        call = match self.token {
            Some(Token::Right) => call.bearer_auth(&server.token),
            Some(Token::Wrong) => call.bearer_auth(server.token.replace('c', "k")),
            None if !server.open && self.at != At::Vantage => call.bearer_auth(&server.token),
            None => call,
        };
        let answer = match self.body() {
            Some(body) => call.body(body),
            None => call,
        };
        let answer = answer.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer { status, headers, body: answer.bytes().await?.to_vec() })
    }

    /// What is wrong with the answer of `server`, line by line.
    async fn wrong(&self, client: &reqwest::Client, server: &Server) -> Result<Vec<String>, reqwest::Error> {
        let answer = self.ask(client, server).await?;
        let Answer { status, body, .. } = &answer;
        let mut wrong = lacks(body, &self.has);
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let missing = self.carries.iter().filter(|pointer| json.pointer(pointer).is_none());
        wrong.extend(missing.map(|pointer| format!("no {pointer} in {}", shown(body))));
        if *status != self.status {
            wrong.push(format!("status {status}, not {}: {}", self.status, shown(body)));
        }
        let mut expected: Vec<(&str, &str)> = SECURITY_HEADERS.to_vec();
        expected.push(("content-security-policy", content_security_policy(self.at == At::Lab)));
        expected.extend(self.header.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if let Some(content_type) = &self.r#type {
            expected.push(("content-type", content_type));
        }
        if *status >= 400 {
            expected.push(("content-type", "application/problem+json"));
            let problem =
                [("/status".to_owned(), (*status).into()), ("/type".to_owned(), "about:blank".into())];
            wrong.extend(lacks(body, &problem.into_iter().collect()));
        }
        for (name, value) in expected {
            if answer.header(name) != value {
                wrong.push(format!("{name} is {:?}, not {value:?}", answer.header(name)));
            }
        }
        if let Some(words) = self.says.as_deref().filter(|words| !shown(body).contains(words)) {
            wrong.push(format!("it does not say {words:?}: {}", shown(body)));
        }
        Ok(wrong)
    }
}
