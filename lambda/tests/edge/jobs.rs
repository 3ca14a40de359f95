//! Checks that nobody waits for, batches, the choice of vantages, and clients that the operator knows.

use crate::server::{Server, client};
use axum::body::Bytes;
use axum::http::HeaderMap;
use noanswer_site::api::clients;
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;
use tokio::sync::mpsc;

async fn post(server: &Server, path: &str, body: &Value, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut call = client().post(format!("{}{path}", server.url)).header("content-type", "application/json");
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    call.body(body.to_string()).send().await.expect("it answers")
}

async fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut call = client().get(format!("{}{path}", server.url));
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    call.send().await.expect("it answers")
}

async fn json_of(answer: reqwest::Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.expect("whole")).expect("JSON")
}

fn header<'a>(answer: &'a reqwest::Response, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The job at `path`, once it is done.
async fn done(server: &Server, path: &str) -> Value {
    for _ in 0..600 {
        let job = json_of(get(server, path, &[]).await).await;
        if job["status"] == "done" {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it is not done");
}

#[tokio::test]
async fn a_check_that_nobody_waits_for_is_begun_looked_at_and_forgotten() {
    let lab = Server::lab();
    let asked = json!({ "domain": "healthy.test" });
    let begun = post(&lab, "/v1/check", &asked, &[("prefer", "wait=5, respond-async")]).await;
    assert_eq!(begun.status(), 202);
    assert_eq!(header(&begun, "preference-applied"), "respond-async");
    assert!(header(&begun, "retry-after").parse::<u64>().is_ok());
    let place = header(&begun, "location").to_owned();
    let job = json_of(begun).await;
    assert_eq!((&job["status"], &job["url"]), (&"running".into(), &place.as_str().into()));
    let job = done(&lab, &place).await;
    assert_eq!(job["report"]["verdict"]["status"], "healthy");
    assert_eq!(job["report"]["basis"]["patience"], "patient", "nobody waits: it takes its time");
    let seen = get(&lab, &place, &[]).await;
    let tag = header(&seen, "etag").to_owned();
    assert_eq!(get(&lab, &place, &[("if-none-match", &tag)]).await.status(), 304);
    let forget = || client().delete(format!("{}{place}", lab.url)).send();
    assert_eq!(forget().await.expect("it answers").status(), 204);
    assert_eq!(get(&lab, &place, &[]).await.status(), 404);
    // Whoever prefers nothing waits, and so does whoever prefers something else.
    assert_eq!(post(&lab, "/v1/check", &asked, &[("prefer", "return=minimal")]).await.status(), 200);
    let without = Server::start(&["--doh", "http://127.0.0.1:9/", "--keep-reports", "none"]);
    let answer = post(&without, "/v1/check", &asked, &[("prefer", "respond-async")]).await;
    assert_eq!(answer.status(), 200, "a preference that cannot be met is none (RFC 7240 s2)");
}

#[tokio::test]
async fn a_batch_says_of_each_domain_what_it_found_and_one_that_is_none_costs_itself() {
    let lab = Server::lab();
    let domains = ["healthy.test", "null-mx.test", "HEALTHY.test ", "192.0.2.1", "no-such.test"];
    let answer = post(&lab, "/v1/checks", &json!({ "domains": domains }), &[]).await;
    assert_eq!(header(&answer, "content-type"), "text/event-stream");
    let text = answer.text().await.expect("whole");
    let mut found: Vec<(String, String)> = Vec::new();
    for event in text.split("\n\n").filter(|event| event.starts_with("event: ")) {
        let (name, data) = event["event: ".len()..].split_once("\ndata: ").expect("an event");
        let data: Value = serde_json::from_str(data).expect("JSON");
        let says = match name {
            "report" => data["report"]["verdict"]["status"].as_str().unwrap_or_default().to_owned(),
            "problem" => data["problem"]["status"].to_string(),
            _ => data["domains"].to_string(),
        };
        found.push((data["domain"].as_str().unwrap_or(name).to_owned(), says));
    }
    let end = found.pop();
    assert_eq!(end, Some(("end".to_owned(), "4".to_owned())), "{text}");
    found.sort();
    let expected = [
        ("192.0.2.1", "422"),
        ("healthy.test", "healthy"),
        ("no-such.test", "named"),
        ("null-mx.test", "named"),
    ];
    assert_eq!(found, expected.map(|(domain, says)| (domain.to_owned(), says.to_owned())), "{text}");
    let many: Vec<String> = (0..101).map(|n| format!("d{n}.test")).collect();
    assert_eq!(post(&lab, "/v1/checks", &json!({ "domains": many }), &[]).await.status(), 422);
    assert_eq!(post(&lab, "/v1/checks", &json!({ "domains": [] }), &[]).await.status(), 422);
}

#[tokio::test]
async fn the_vantages_are_chosen_by_id_place_and_network_and_a_word_of_the_future_costs_itself() {
    let lab = Server::lab();
    let asked = async |choice: Value, limit: Value| {
        let mut body = json!({ "domain": "healthy.test", "vantages": choice });
        if !limit.is_null() {
            body["limit"] = limit;
        }
        let answer = post(&lab, "/v1/check", &body, &[]).await;
        if answer.status() != 200 {
            return vec![answer.status().to_string()];
        }
        let report = json_of(answer).await;
        let rows = report["evidence"].as_array().expect("rows").iter();
        let mut ids: Vec<String> =
            rows.map(|row| row["vantage"].as_str().expect("an id").to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(
        asked(json!([{ "id": "north" }, { "network": "two" }]), Value::Null).await,
        ["north", "south"]
    );
    assert_eq!(asked(json!([{ "place": "clear view, NETWORK" }]), json!(1)).await.len(), 1);
    assert_eq!(asked(json!([{ "id": "north" }, { "kind": "of_the_future" }]), Value::Null).await, ["north"]);
    assert_eq!(asked(json!([]), json!(2)).await.len(), 2);
    for (choice, limit) in [
        (json!([{ "id": "nowhere" }]), Value::Null),
        (json!([{ "continent": "EU" }]), Value::Null),
        (json!([{ "kind": "of_the_future" }]), Value::Null),
        (json!([]), json!(0)),
    ] {
        assert_eq!(asked(choice.clone(), limit).await, ["422 Unprocessable Entity"], "{choice}");
    }
}

#[tokio::test]
async fn a_body_that_is_a_list_is_no_object() {
    let lab = Server::lab();
    assert_eq!(post(&lab, "/v1/check", &json!(["healthy.test"]), &[]).await.status(), 422);
    assert_eq!(post(&lab, "/v1/explain", &json!(["441"]), &[]).await.status(), 422);
}

/// A file of clients below `folder`.
fn clients_file(folder: &std::path::Path, more: &str) -> String {
    std::fs::create_dir_all(folder).expect("a folder");
    let path = folder.join("clients.toml");
    let hash = clients::hash("a token of 128 bits");
    let text = format!("[[client]]\nname = 'monitoring'\ntoken-sha256 = '{hash}'\nlookups = 50\n{more}");
    std::fs::write(&path, text).expect("a file");
    path.to_str().expect("a path").to_owned()
}

#[tokio::test]
async fn a_client_that_is_known_has_limits_of_its_own_and_takes_nobody_elses() {
    let folder = std::env::temp_dir().join(format!("noanswer-clients-{}", std::process::id()));
    let file = clients_file(&folder, "");
    let server = Server::start(&["--doh", "http://127.0.0.1:9/", "--clients", &file]);
    let bearer = [("authorization", "Bearer a token of 128 bits")];
    let first = get(&server, "/v1/mx/a.test", &bearer).await;
    assert_eq!(header(&first, "ratelimit-policy"), "\"checks\";q=10;w=60, \"lookups\";q=50;w=60");
    assert_eq!(header(&first, "ratelimit"), "\"lookups\";r=49;t=60");
    // All that an address may have, by somebody who carries no token, or another one.
    for n in 0..40 {
        let shown: &[(&str, &str)] = if n % 2 == 0 { &[] } else { &[("authorization", "Bearer another")] };
        get(&server, "/v1/mx/a.test", shown).await;
    }
    assert_eq!(get(&server, "/v1/mx/a.test", &[]).await.status(), 429);
    assert_eq!(get(&server, "/v1/mx/a.test", &bearer).await.status(), 200);
    std::fs::remove_dir_all(&folder).expect("it was there");
}

#[tokio::test]
async fn a_known_client_needs_no_other_token_where_checks_need_one() {
    let folder = std::env::temp_dir().join(format!("noanswer-clients-token-{}", std::process::id()));
    let file = clients_file(&folder, "");
    let server = Server::start(&["--doh", "http://127.0.0.1:9/", "--token-env", "TOKEN", "--clients", &file]);
    let asked = json!({ "domain": "a..b" });
    let status = async |token: &str| {
        let bearer = format!("Bearer {token}");
        post(&server, "/v1/check", &asked, &[("authorization", &bearer)]).await.status().as_u16()
    };
    assert_eq!(status("another").await, 401);
    assert_eq!(status("a token of 128 bits").await, 422, "it may ask, and asks nonsense");
    assert_eq!(status(crate::server::TOKEN).await, 422);
    std::fs::remove_dir_all(&folder).expect("it was there");
}

/// A webhook's calls: their headers and bodies. The first is answered with 503.
async fn webhook() -> (String, mpsc::UnboundedReceiver<(HeaderMap, Bytes)>) {
    noanswer_tests::own_network::enter().expect("a network of the tests");
    let (calls, told) = mpsc::unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
    let heard = move |headers: HeaderMap, body: Bytes| {
        static FIRST: std::sync::Once = std::sync::Once::new();
        let mut status = axum::http::StatusCode::NO_CONTENT;
        FIRST.call_once(|| status = axum::http::StatusCode::SERVICE_UNAVAILABLE);
        let _ = calls.send((headers, body));
        std::future::ready(status)
    };
    let app = axum::Router::new().route("/hook", axum::routing::post(heard));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, told)
}

#[tokio::test]
async fn a_client_is_told_of_its_check_again_until_it_hears_and_can_tell_who_tells() {
    use ring::hmac;
    let (url, mut told) = webhook().await;
    let folder = std::env::temp_dir().join(format!("noanswer-webhook-{}", std::process::id()));
    let file = clients_file(&folder, &format!("webhook = '{url}'\nwebhook-secret-env = 'TOKEN'\n"));
    let server = Server::start(&["--doh", "http://127.0.0.1:9/", "--clients", &file]);
    let headers = [("authorization", "Bearer a token of 128 bits"), ("prefer", "respond-async")];
    let begun = post(&server, "/v1/check", &json!({ "domain": "a.test" }), &headers).await;
    assert_eq!(begun.status(), 202);
    let id = json_of(begun).await["id"].as_str().expect("an id").to_owned();
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let (headers, body) = told.recv().await.expect("a call");
        let value = |name: &str| headers[name].to_str().expect("a word").to_owned();
        assert_eq!(value("webhook-id"), id);
        let signed = [id.as_bytes(), b".", value("webhook-timestamp").as_bytes(), b".", &body].concat();
        let key = hmac::Key::new(hmac::HMAC_SHA256, crate::server::TOKEN.as_bytes());
        let expected = base64(hmac::sign(&key, &signed).as_ref());
        assert_eq!(value("webhook-signature"), format!("v1,{expected}"));
        bodies.push(body);
    }
    assert_eq!(bodies[0], bodies[1], "the same, told again after a 503");
    let told: Value = serde_json::from_slice(&bodies[0]).expect("JSON");
    assert_eq!((&told["type"], &told["data"]["id"]), (&"check.done".into(), &id.as_str().into()));
    assert_eq!(told["data"]["report"]["asked"]["domain"], "a.test");
    std::fs::remove_dir_all(&folder).expect("it was there");
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn a_token_is_made_with_the_lines_that_know_it() {
    let run = |name: &str| {
        let output = Command::new(crate::server::PROGRAM).args(["config", "token", name]).output();
        let output = output.expect("it starts");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, said) = run("monitoring");
    assert_eq!(code, Some(0), "{said}");
    let token = said.lines().next().and_then(|line| line.rsplit(' ').next()).expect("a token");
    let clients = clients::Clients::parse(&said, &|_| None).expect("a file");
    let known = clients.of(Some(&format!("Bearer {token}"))).expect("its client");
    assert_eq!(known.name, "monitoring");
    assert_eq!(run("a b").0, Some(64));
}
