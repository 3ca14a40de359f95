//! Vantages that misbehave cost their own row, never the check; and calls are signed.

use crate::peers::Peer;
use crate::{json_of, lab, post, worker};
use noanswer_core::ports::SigningKeys;
use noanswer_site::sigv4::Call;
use serde_json::{Value, json};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, UNIX_EPOCH};

/// Networks of the lab, which a Worker that is not the lab's takes for globally reachable.
const NETS: (&str, &str) = ("NOANSWER_ALLOW_NET", "192.0.2.0/24 198.51.100.0/24 2001:db8::/32");

fn vantages(all: &[(&str, &str, &str)]) -> String {
    let entry =
        |(id, url, auth): &(&str, &str, &str)| format!("[[vantage]]\nid = '{id}'\nurl = '{url}'\n{auth}\n");
    all.iter().map(entry).collect()
}

async fn check(worker: &str, domain: &str) -> Value {
    let answer = post(&format!("{worker}/v1/check"), &json!({ "domain": domain }).to_string()).await;
    assert_eq!(answer.status(), 200);
    json_of(answer).await
}

fn row<'a>(report: &'a Value, vantage: &str) -> &'a Value {
    let rows = report["evidence"].as_array().expect("rows");
    rows.iter().find(|row| row["vantage"] == vantage).expect("a row for every vantage")
}

#[tokio::test]
async fn whoever_misbehaves_costs_its_own_row() {
    let lab = lab();
    // Claims to be somebody else, with eyes of eagles, and to have reached what nobody asked for.
    let liar = Peer::start(|_| {
        let attempt = json!({ "exchange": "mx.elsewhere.test", "address": "192.0.2.250", "port": 25, "round": 1,
            "stage": "starttls", "outcome": "completed", "ended_ms": 1.0 });
        let evidence = json!({ "vantage": "north", "place": "everywhere", "role": "sender", "network": "one",
            "sight": "clear", "sight_by_family": { "ipv4": "clear", "ipv6": "clear" }, "controls": [],
            "attempts": [attempt] });
        (200, evidence.to_string())
    });
    let html = Peer::start(|_| (200, "<!doctype html>".to_owned()));
    let endless = Peer::start(|_| (200, " ".repeat(2 << 20)));
    let locked = Peer::start(|_| (403, "{}".to_owned()));
    let busy = Peer::start(|_| (429, "{}".to_owned()));
    let file = vantages(&[
        ("good", &format!("{}/lab/north", lab.url), "network = 'one'\nnetwork-kind = 'access'"),
        ("other", &format!("{}/lab/south", lab.url), "network = 'two'"),
        ("dead", "http://127.0.0.1:9", ""),
        ("liar", &liar.url, ""),
        ("html", &html.url, ""),
        ("endless", &endless.url, ""),
        ("locked", &locked.url, ""),
        ("busy", &busy.url, ""),
    ]);
    let worker =
        worker(&[("NOANSWER_PUBLIC", "1"), ("NOANSWER_DOH", &lab.doh()), NETS, ("NOANSWER_VANTAGES", &file)]);
    let report = check(&worker.url, "refused.test").await;
    for (vantage, kind) in [
        ("dead", "unreachable"),
        ("html", "nonsense"),
        ("endless", "nonsense"),
        ("locked", "unauthorized"),
        ("busy", "throttled"),
    ] {
        assert_eq!(row(&report, vantage)["failure"]["kind"], kind, "{vantage}: {}", row(&report, vantage));
    }
    let liar = row(&report, "liar");
    assert_eq!(liar["role"], "region");
    assert_ne!(liar["sight"], "clear", "it has no controls");
    assert!(liar["attempts"].as_array().is_none_or(Vec::is_empty), "{liar}");
    // Two networks that are refused do not establish a closed port: each may be kept out by itself.
    assert_eq!(report["verdict"]["status"], "ambiguous", "{}", report["verdict"]);
    assert_eq!(report["verdict"]["faults"][0]["fault"], "port_closed");
}

#[tokio::test]
async fn the_same_question_within_a_minute_is_asked_once() {
    let lab = lab();
    let vantage = Peer::start(|_| {
        let evidence = json!({ "vantage": "v", "place": "", "role": "region", "network": "n", "sight": "blind",
            "sight_by_family": { "ipv4": "blind", "ipv6": "blind" }, "controls": [], "attempts": [] });
        (200, evidence.to_string())
    });
    let file = vantages(&[("v", &vantage.url, "")]);
    let worker =
        worker(&[("NOANSWER_PUBLIC", "1"), ("NOANSWER_DOH", &lab.doh()), NETS, ("NOANSWER_VANTAGES", &file)]);
    for _ in 0..3 {
        check(&worker.url, "healthy.test").await;
    }
    assert_eq!(vantage.asked().len(), 1);
    check(&worker.url, "silent.test").await;
    assert_eq!(vantage.asked().len(), 2, "another domain is another question");
}

#[tokio::test]
async fn nobody_waits_for_a_vantage_that_is_known_to_be_blind() {
    let lab = lab();
    let earlier = AtomicUsize::new(0);
    let blind = Peer::start(move |_| {
        if earlier.fetch_add(1, SeqCst) > 0 {
            // Longer than any check waits.
            std::thread::sleep(Duration::from_secs(600));
        }
        let control = |(n, operator): (u8, &str)| {
            json!({ "operator": operator, "expected": "open", "exchange": "mx.control.test",
                "address": format!("198.51.100.{n}"), "port": 25, "round": 1, "stage": "connect",
                "outcome": "timed_out", "limit_ms": 10_000 })
        };
        let controls: Vec<Value> = [(1, "alpha"), (2, "beta")].map(control).into();
        let evidence = json!({ "vantage": "v", "place": "", "role": "region", "network": "n", "sight": "clear",
            "sight_by_family": { "ipv4": "clear", "ipv6": "clear" }, "controls": controls, "attempts": [] });
        (200, evidence.to_string())
    });
    let file = vantages(&[
        ("good", &format!("{}/lab/north", lab.url), "network = 'one'\nnetwork-kind = 'access'"),
        ("blind", &blind.url, ""),
    ]);
    let worker =
        worker(&[("NOANSWER_PUBLIC", "1"), ("NOANSWER_DOH", &lab.doh()), NETS, ("NOANSWER_VANTAGES", &file)]);
    assert_eq!(row(&check(&worker.url, "refused.test").await, "blind")["sight"], "blind");
    let report = check(&worker.url, "healthy.test").await;
    let known = row(&report, "blind");
    assert_eq!((&known["sight"], &known["failure"]), (&json!("blind"), &Value::Null), "{known}");
    assert_eq!(report["verdict"]["status"], "healthy", "{}", report["verdict"]);
}

#[tokio::test]
async fn calls_carry_what_the_vantage_asks_for() {
    let lab = lab();
    let open = Peer::start(|_| (500, String::new()));
    let file = vantages(&[
        ("bearer", &format!("{}/bearer", open.url), "auth = { bearer-env = 'FRA_TOKEN' }"),
        ("aws", &format!("{}/aws", open.url), "auth = 'aws-iam'"),
    ]);
    let credentials =
        [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "hush"), ("AWS_REGION", "eu-west-1")];
    let mut variables =
        vec![("NOANSWER_PUBLIC", "1"), NETS, ("NOANSWER_VANTAGES", &file), ("FRA_TOKEN", "abc")];
    variables.extend(credentials);
    let doh = lab.doh();
    variables.push(("NOANSWER_DOH", &doh));
    let worker = worker(&variables);
    check(&worker.url, "healthy.test").await;
    let asked = open.asked();
    let bearer = asked.iter().find(|one| one.path == "/bearer/v1/probe").expect("it was asked");
    assert_eq!(bearer.header("authorization"), Some("Bearer abc"));
    let aws = asked.iter().find(|one| one.path == "/aws/v1/probe").expect("it was asked");
    // Signed anew here, for the moment that the call names: the same signature comes out, or it is none.
    let stamp = aws.header("x-amz-date").expect("a date");
    let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds(stamp)).expect("after 1970"));
    let headers = [("content-type", "application/json")];
    let url = format!("{}/aws/v1/probe", open.url);
    let call = Call { service: "lambda", url: &url, headers: &headers, body: aws.body.as_bytes() };
    let env =
        |name: &str| credentials.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let keys = SigningKeys::of_variables(env).expect("keys");
    let expected = call.signed(at, &keys, env("AWS_REGION").as_deref()).expect("signed");
    let expected = expected.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.as_str());
    assert_eq!(aws.header("authorization"), expected);
    assert!(expected.is_some_and(|value| value.contains("/eu-west-1/lambda/aws4_request")), "{expected:?}");
}

/// `20261124T123456Z` in seconds since 1970.
fn seconds(stamp: &str) -> i64 {
    let part = |range: std::ops::Range<usize>| &stamp[range];
    let rfc3339 = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4),
        part(4..6),
        part(6..8),
        part(9..11),
        part(11..13),
        part(13..15)
    );
    noanswer_core::timestamp::Timestamp::parse(&rfc3339).expect("a date").unix()
}

#[tokio::test]
async fn a_fleet_that_is_not_set_up_is_said_in_the_log_alone() {
    let lab = lab();
    let file = vantages(&[("fra", "https://fra.example", "auth = { bearer-env = 'MISSING' }")]);
    let worker =
        worker(&[("NOANSWER_PUBLIC", "1"), ("NOANSWER_DOH", &lab.doh()), ("NOANSWER_VANTAGES", &file)]);
    let answer = post(&format!("{}/v1/check", worker.url), r#"{"domain":"healthy.test"}"#).await;
    assert_eq!(answer.status(), 503);
    assert!(!answer.text().await.expect("a body").contains("MISSING"));
    worker.logs("MISSING").expect("the operator finds why");
}
