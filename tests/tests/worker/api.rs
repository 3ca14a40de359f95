//! The contract of every host, and what is the Worker's own.

use crate::{json_of, lab, post, worker};
use noanswer_core::letters::Language;
use noanswer_site::pages::language::Voice;
use noanswer_tests::contract::api::{self, Host, Server, Servers};
use noanswer_tests::contract::client;
use noanswer_tests::worker::Worker;

#[tokio::test]
async fn every_case_of_the_contract() {
    let lab = lab();
    let before = Worker::before_lab(0, &lab.url).expect("workerd starts");
    let any = worker(&[("NOANSWER_PUBLIC", "1"), ("NOANSWER_DOH", &lab.doh())]);
    let servers =
        Servers { any: Some(Server::open(&any.url)), lab: Some(Server::open(&before.url)), vantage: None };
    let outcome = api::run(Host::Worker, &servers).await;
    assert!(outcome.wrong.is_empty(), "\n{}\n{}", outcome.wrong.join("\n"), any.log());
    assert!(outcome.ran > 30, "the table was read: {} cases", outcome.ran);
}

#[tokio::test]
async fn events_come_as_they_happen() {
    let lab = lab();
    let worker = Worker::before_lab(0, &lab.url).expect("workerd starts");
    let call = client().post(format!("{}/v1/check", worker.url)).header("content-type", "application/json");
    let call = call.header("accept", "text/event-stream").body(r#"{"domain":"silent.test"}"#);
    let mut answer = call.send().await.expect("it answers");
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    // The plan is there while the vantages still wait for a host that is silent.
    let first = answer.chunk().await.expect("a stream").expect("an event");
    let first = String::from_utf8_lossy(&first).into_owned();
    assert!(first.starts_with("event: plan\ndata: {"), "{first}");
    assert!(!first.contains("event: verdict"), "{first}");
    let mut rest = first;
    let whole =
        |text: &str| text.split("event: verdict").nth(1).is_some_and(|verdict| verdict.contains("\n\n"));
    while !whole(&rest) {
        let chunk = answer.chunk().await.expect("a stream").expect("it does not end before the verdict");
        rest.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert_eq!(rest.matches("event: evidence").count(), 4, "one a vantage");
    assert!(rest.contains("\"host_down\""), "{rest}");
}

#[tokio::test]
async fn checks_are_counted_by_client() {
    let lab = lab();
    let worker = worker(&[("NOANSWER_PUBLIC", "1"), ("NOANSWER_DOH", &lab.doh())]);
    let url = format!("{}/v1/check", worker.url);
    let mut statuses = Vec::new();
    let mut last = post(&url, r#"{"domain":"null-mx.test"}"#).await;
    for _ in 0..10 {
        statuses.push(last.status().as_u16());
        last = post(&url, r#"{"domain":"null-mx.test"}"#).await;
    }
    assert_eq!(statuses, [200; 10]);
    assert_eq!(last.status(), 429);
    let wait: u64 = last.headers()["retry-after"].to_str().unwrap().parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn it_never_probes_itself() {
    let lab = lab();
    let worker = worker(&[("NOANSWER_PUBLIC", "1"), ("NOANSWER_DOH", &lab.doh())]);
    let body = r#"{"domain":"a.test","targets":[],"round":1,"patience":"quick","deadline_ms":1000}"#;
    assert_eq!(post(&format!("{}/v1/probe", worker.url), body).await.status(), 404);
    let answer = post(&format!("{}/v1/check", worker.url), r#"{"domain":"no-data.test"}"#).await;
    let report = json_of(answer).await;
    assert_eq!(report["evidence"], serde_json::json!([]), "nobody looked");
}

/// The texts lie beside the Worker: they are read once, and say the pages as the catalogue in a program does.
#[tokio::test]
async fn pages_follow_the_visitors_language() {
    let worker = worker(&[("NOANSWER_PUBLIC", "1")]);
    let site = noanswer_site::pages::Site::default();
    for language in Language::ALL.into_iter().chain([Language::De]) {
        let tag = noanswer_site::pages::language::tag(language);
        let call = client().get(format!("{}/codes/4.4.1", worker.url)).header("accept-language", &tag);
        let answer = call.header("accept", "text/html").send().await.expect("it answers");
        assert_eq!(answer.status(), 200);
        let got = answer.text().await.expect("a page");
        assert!(got.contains(&format!("<html lang=\"{tag}\"")), "{tag}: {got}");
        let voice = Voice::of(language);
        let expected =
            noanswer_site::pages::page(&site, "/codes/4.4.1", voice.as_ref()).expect("a page").html;
        let main =
            |html: &str| html.split_once("<main").map(|(_, main)| main.to_owned()).expect("a main part");
        assert_eq!(main(&got), main(&expected), "{tag}");
    }
    // A refusal is a page too.
    let call = client().get(format!("{}/codes/9.9.9", worker.url)).header("accept-language", "fr");
    let refused = call.header("accept", "text/html").send().await.expect("it answers");
    assert_eq!(refused.status(), 404);
    let page = refused.text().await.expect("a page");
    assert!(page.contains("<html lang=\"fr\""), "{page}");
}
