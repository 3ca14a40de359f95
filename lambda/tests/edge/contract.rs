//! `tests/contract/api.toml` against servers of our own.

use crate::server::{Server, TOKEN, client};
use crate::table::{self, Has, shown};
use noanswer_core::web::{SECURITY_HEADERS, content_security_policy};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    story: String,
    #[serde(default)]
    at: At,
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

    /// What is wrong with the answer of the server at `url`, line by line.
    async fn wrong(&self, url: &str) -> Result<Vec<String>, reqwest::Error> {
        let (method, path) = self.request.split_once(' ').expect("METHOD /path");
        let method = method.parse().expect("a method");
        let mut call = client().request(method, format!("{url}{path}"));
        if self.json.is_some() {
            call = call.header("content-type", "application/json");
        }
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        call = match self.token {
            Some(Token::Right) => call.bearer_auth(TOKEN),
            Some(Token::Wrong) => call.bearer_auth(TOKEN.replace('c', "k")),
            None => call,
        };
        let answer = match self.body() {
            Some(body) => call.body(body),
            None => call,
        };
        let answer = answer.send().await?;
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let body = answer.bytes().await?;
        let mut wrong = table::lacks(&body, &self.has);
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        let missing = self.carries.iter().filter(|pointer| json.pointer(pointer).is_none());
        wrong.extend(missing.map(|pointer| format!("no {pointer} in {}", shown(&body))));
        if status != self.status {
            wrong.push(format!("status {status}, not {}: {}", self.status, shown(&body)));
        }
        let mut expected: Vec<(&str, &str)> = SECURITY_HEADERS.to_vec();
        expected.push(("content-security-policy", content_security_policy(self.at == At::Lab)));
        expected.extend(self.header.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if let Some(content_type) = &self.r#type {
            expected.push(("content-type", content_type));
        }
        if status >= 400 {
            expected.push(("content-type", "application/problem+json"));
            let problem = [("/status".to_owned(), status.into()), ("/type".to_owned(), "about:blank".into())];
            wrong.extend(table::lacks(&body, &problem.into_iter().collect()));
        }
        for (name, value) in expected {
            if header(name) != value {
                wrong.push(format!("{name} is {:?}, not {value:?}", header(name)));
            }
        }
        if let Some(words) = self.says.as_deref().filter(|words| !shown(&body).contains(words)) {
            wrong.push(format!("it does not say {words:?}: {}", shown(&body)));
        }
        Ok(wrong)
    }
}

#[tokio::test]
async fn every_case_of_the_contract() {
    let lab = Server::lab();
    // The lab's resolver knows none of the built-in controls: these servers send nothing to anybody.
    let doh = format!("{}/lab/dns-query", lab.url);
    let open = Server::start(&["--doh", &doh]);
    let vantage = Server::start(&["--doh", &doh, "--vantage", "--token-env", "TOKEN"]);
    let mut failed = Vec::new();
    for case in table::read::<Table>("api.toml").case {
        let server = match case.at {
            At::Any => &open,
            At::Lab => &lab,
            At::Vantage => &vantage,
        };
        let wrong = case.wrong(&server.url).await.unwrap_or_else(|error| vec![error.to_string()]);
        failed.extend(wrong.iter().map(|words| format!("{}: {words}", case.story)));
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

#[tokio::test]
async fn a_token_is_the_whole_token() {
    let vantage = Server::start(&["--doh", "http://127.0.0.1:9/", "--vantage", "--token-env", "TOKEN"]);
    let longer = format!("{TOKEN}2");
    for (token, status) in
        [("", 401), (&TOKEN[1..], 401), (&TOKEN[..TOKEN.len() - 1], 401), (&longer, 401), (TOKEN, 200)]
    {
        let call = client().post(format!("{}/v1/probe", vantage.url)).bearer_auth(token);
        let call = call.header("content-type", "application/json");
        let body = r#"{"domain":"a.test","targets":[],"round":1,"patience":"quick","deadline_ms":1000}"#;
        assert_eq!(call.body(body).send().await.expect("it answers").status(), status, "{token:?}");
    }
}

#[tokio::test]
async fn checks_are_counted_by_client() {
    let lab = Server::lab();
    let server = Server::start(&["--doh", &format!("{}/lab/dns-query", lab.url)]);
    let ask = || {
        client()
            .post(format!("{}/v1/check", server.url))
            .header("content-type", "application/json")
            .body(r#"{"domain":"null-mx.test"}"#)
            .send()
    };
    let mut answers = Vec::new();
    for _ in 0..11 {
        answers.push(ask().await.expect("it answers"));
    }
    let last = answers.pop().expect("eleven");
    assert!(answers.iter().all(|answer| answer.status() == 200));
    assert_eq!(last.status(), 429);
    let wait: u64 = last.headers()["retry-after"].to_str().unwrap().parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(last.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn a_server_stops_when_it_is_told_to_even_with_a_check_under_way() {
    let lab = Server::lab();
    let call = client().post(format!("{}/v1/check", lab.url)).header("content-type", "application/json");
    let call = call.header("accept", "text/event-stream").body(r#"{"domain":"slow.test"}"#);
    let mut events = call.send().await.expect("it answers");
    let first = events.chunk().await.expect("the plan");
    assert!(first.is_some());
    let ended = lab.stop();
    assert!(ended.success(), "{ended}");
}
