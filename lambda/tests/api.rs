//! The API by its contract (`tests/contract/*.toml`), against `noanswer serve`.

mod common;

use common::Server;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contract {
    request: Vec<Request>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    about: String,
    method: Option<String>,
    path: String,
    body: Option<String>,
    body_bytes: Option<usize>,
    content_type: Option<String>,
    status: u16,
    #[serde(default)]
    has: Vec<String>,
}

fn contract<T: for<'de> Deserialize<'de>>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/contract").join(name);
    toml::from_str(&std::fs::read_to_string(path).expect(name)).expect(name)
}

fn client() -> reqwest::Client {
    noanswer::fetch::DohFetch::new(None).expect("a client").client().clone()
}

async fn ask(client: &reqwest::Client, url: &str, request: &Request) -> Vec<String> {
    let body = request.body_bytes.map(|count| format!("{{\"text\":\"{}\"}}", "x".repeat(count)));
    let body = body.or_else(|| request.body.clone());
    let method = request.method.as_deref().unwrap_or(if body.is_some() { "POST" } else { "GET" });
    let mut call = client.request(method.parse().expect("a method"), format!("{url}{}", request.path));
    if let Some(body) = body {
        let content_type = request.content_type.as_deref().unwrap_or("application/json");
        call = call.header("content-type", content_type).body(body);
    }
    let response = call.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.expect("a body");
    let mut wrong = Vec::new();
    if status != request.status {
        wrong.push(format!(
            "{}: {status}, not {}: {}",
            request.about,
            request.status,
            String::from_utf8_lossy(&body)
        ));
    }
    let problem = headers.get("content-type").is_some_and(|kind| kind == "application/problem+json");
    if (status >= 400) != problem {
        wrong.push(format!("{}: errors, and errors alone, are problem documents", request.about));
    }
    for name in ["content-security-policy", "x-content-type-options", "referrer-policy"] {
        if !headers.contains_key(name) {
            wrong.push(format!("{}: no {name}", request.about));
        }
    }
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    for pointer in &request.has {
        if json.pointer(pointer).is_none() {
            wrong.push(format!("{}: no {pointer} in {}", request.about, String::from_utf8_lossy(&body)));
        }
    }
    wrong
}

#[tokio::test]
async fn the_contract_is_kept() {
    let server = Server::start(&["--lab"], &[]);
    let client = client();
    let mut wrong = Vec::new();
    for request in contract::<Contract>("api.toml").request {
        wrong.extend(ask(&client, &server.url, &request).await);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

async fn check(client: &reqwest::Client, url: &str, domain: &str) -> Value {
    let call = client.post(format!("{url}/v1/check")).header("content-type", "application/json");
    let response = call.body(format!("{{\"domain\":\"{domain}\"}}")).send().await.expect("an answer");
    serde_json::from_slice(&response.bytes().await.expect("a body")).expect("a report")
}

#[tokio::test]
async fn every_domain_of_the_lab_is_judged() {
    let server = Server::start(&["--lab"], &[]);
    let client = client();
    let expected: BTreeMap<String, Vec<String>> = contract("lab.toml");
    let listed = client.get(format!("{}/v1/lab", server.url)).send().await.expect("an answer");
    let listed: Vec<Value> = serde_json::from_slice(&listed.bytes().await.expect("a body")).expect("a list");
    assert_eq!(listed.len(), expected.len(), "every domain of the lab has its expectation");
    let checks = expected.iter().map(|(name, expected)| {
        let (client, url) = (&client, &server.url);
        async move {
            let report = check(client, url, &format!("{name}.test")).await;
            let status = report["verdict"]["status"].as_str().unwrap_or_default().to_owned();
            let faults = report["verdict"]["faults"].as_array().expect("faults").iter();
            let faults: BTreeSet<String> =
                faults.map(|named| named["fault"].as_str().unwrap_or_default().to_owned()).collect();
            let wanted: BTreeSet<String> = expected[1..].iter().cloned().collect();
            (status != expected[0] || faults != wanted)
                .then(|| format!("{name}: {status} {faults:?}, not {expected:?}"))
        }
    });
    let wrong: Vec<String> = futures_util::future::join_all(checks).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_check_within_a_minute_is_not_done_again() {
    let server = Server::start(&["--lab"], &[]);
    let client = client();
    // Two at once join; a third one later is answered from memory: the evidence is the same to the microsecond.
    let (one, two) = tokio::join!(
        check(&client, &server.url, "healthy.test"),
        check(&client, &server.url, "healthy.test")
    );
    let three = check(&client, &server.url, "healthy.test").await;
    assert_eq!(one["evidence"], two["evidence"]);
    assert_eq!(one["evidence"], three["evidence"]);
    assert!(one["evidence"][0]["attempts"][0]["greeting_ms"].is_number());
}

#[tokio::test]
async fn events_come_in_order() {
    let server = Server::start(&["--lab"], &[]);
    let call = client().post(format!("{}/v1/check", server.url));
    let call = call.header("content-type", "application/json").header("accept", "text/event-stream");
    let response = call.body("{\"domain\":\"healthy.test\"}").send().await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = String::from_utf8(response.bytes().await.expect("a body").to_vec()).expect("text");
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(names, ["plan", "evidence", "evidence", "evidence", "evidence", "verdict", "report"]);
}

#[tokio::test]
async fn a_vantage_wants_its_token_and_reaches_only_public_addresses() {
    let server = Server::start(
        &["--vantage", "--token-env", "TOKEN_OF_THIS_TEST", "--doh", "http://127.0.0.1:9/none"],
        &[("TOKEN_OF_THIS_TEST", "a-token-of-this-test")],
    );
    let body = r#"{"domain":"example.test","targets":[{"exchange":"mx.example.test","address":"127.0.0.1","preference":0},{"exchange":"mx.example.test","address":"::ffff:10.0.0.1","preference":0}],"round":1,"patience":"quick","deadline_ms":2000}"#;
    let client = client();
    let call = || client.post(format!("{}/v1/probe", server.url)).header("content-type", "application/json");
    for wrong in [None, Some(""), Some("a-token-of-this-tes"), Some("a-token-of-this-test2")] {
        let call = wrong.map_or_else(call, |token| call().bearer_auth(token));
        assert_eq!(call.body(body).send().await.expect("an answer").status(), 401, "{wrong:?}");
    }
    let answer = call().bearer_auth("a-token-of-this-test").body(body).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let evidence: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("evidence");
    for attempt in evidence["attempts"].as_array().expect("attempts") {
        assert_eq!(attempt["outcome"], "not_tried", "{attempt}");
    }
    let port = body.replace("\"preference\":0", "\"preference\":0,\"port\":22");
    let refused = call().bearer_auth("a-token-of-this-test").body(port).send().await.expect("an answer");
    assert_eq!(refused.status(), 422, "a request cannot name a port");
}
