//! `tests/contract/api.toml` against servers of our own.

use crate::server::{Server, TOKEN, client};
use noanswer_tests::contract::api::{self, Host, Servers};

/// A server as the table's runner knows it.
fn known(server: &Server, open: bool) -> Option<api::Server> {
    Some(api::Server { url: server.url.clone(), token: TOKEN.to_owned(), open })
}

#[tokio::test]
async fn every_case_of_the_contract() {
    let lab = Server::lab();
    // The lab's resolver knows none of the built-in controls: these servers send nothing to anybody.
    let doh = format!("{}/lab/dns-query", lab.url);
    let any = Server::start(&["--doh", &doh]);
    let vantage = Server::start(&["--doh", &doh, "--vantage", "--token-env", "TOKEN"]);
    let servers = Servers { any: known(&any, true), lab: known(&lab, true), vantage: known(&vantage, false) };
    let outcome = api::run(Host::Serve, &servers).await;
    assert!(outcome.wrong.is_empty(), "\n{}", outcome.wrong.join("\n"));
    assert!(outcome.ran > 40, "the table was read: {} cases", outcome.ran);
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
