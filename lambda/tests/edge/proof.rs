//! A vantage takes no target on trust: whoever has the token cannot send it where a domain's mail does not go.

use crate::server::{Server, TOKEN, client};
use serde_json::{Value, json};

/// The vantage's attempts on addresses that somebody says are those of `domain`.
async fn attempts(vantage: &Server, domain: &str, targets: &[(&str, &str)]) -> Vec<Value> {
    let targets: Vec<Value> = targets
        .iter()
        .map(|(exchange, address)| json!({ "preference": 10, "exchange": exchange, "address": address }))
        .collect();
    let asked =
        json!({ "domain": domain, "targets": targets, "round": 1, "patience": "quick", "deadline_ms": 8000 });
    let call = client().post(format!("{}/v1/probe", vantage.url)).bearer_auth(TOKEN);
    let answer = call.header("content-type", "application/json").body(asked.to_string()).send().await;
    let answer = answer.expect("it answers");
    assert_eq!(answer.status(), 200);
    let body: Value = serde_json::from_slice(&answer.bytes().await.expect("whole")).expect("evidence");
    body["attempts"].as_array().expect("attempts").clone()
}

fn vantage(doh: &str, more: &[&str]) -> Server {
    let known = [
        "--vantage",
        "--token-env",
        "TOKEN",
        "--allow-net",
        "192.0.2.0/24",
        "--allow-net",
        "198.51.100.0/24",
    ];
    Server::start(&[&["--doh", doh], &known[..], more].concat())
}

#[tokio::test]
async fn a_target_that_the_vantages_own_lookup_does_not_name_is_not_connected_to() {
    let lab = Server::lab();
    let vantage = vantage(&format!("{}/lab/dns-query", lab.url), &[]);
    let ours = ("mx.healthy.test", "192.0.2.10");
    let seen = attempts(
        &vantage,
        "healthy.test",
        &[
            ours,
            // Another address under its name, its address under another name, and a host of another domain.
            ("mx.healthy.test", "198.51.100.7"),
            ("mx.evil.test", "192.0.2.10"),
            ("mx.silent.test", "192.0.2.20"),
        ],
    )
    .await;
    assert_ne!(seen[0]["outcome"], "not_tried", "{seen:?}");
    for stranger in &seen[1..] {
        assert_eq!(stranger["outcome"], "not_tried", "{stranger}");
        assert!(stranger["detail"].as_str().is_some_and(|why| why.contains("own lookup")), "{stranger}");
    }
    for domain in ["no-such.test", "null-mx.test", "192.0.2.10", ""] {
        let seen = attempts(&vantage, domain, &[ours]).await;
        assert_eq!(seen[0]["outcome"], "not_tried", "{domain}: {seen:?}");
    }
}

#[tokio::test]
async fn without_a_lookup_nothing_is_taken() {
    let vantage = vantage("http://127.0.0.1:9/", &[]);
    let seen = attempts(&vantage, "healthy.test", &[("mx.healthy.test", "192.0.2.10")]).await;
    assert_eq!(seen[0]["outcome"], "not_tried", "{seen:?}");
    assert!(seen[0]["detail"].as_str().is_some_and(|why| why.contains("could not look")), "{seen:?}");
}

#[tokio::test]
async fn the_list_of_those_who_asked_to_be_left_out_is_kept_in_the_vantage() {
    let lab = Server::lab();
    let file = std::env::temp_dir().join(format!("noanswer-opt-out-{}", std::process::id()));
    std::fs::write(&file, "healthy.test asked on 2026-11-20\n").expect("a file");
    let path = file.to_str().expect("a path").to_owned();
    let vantage = vantage(&format!("{}/lab/dns-query", lab.url), &["--opt-out", &path]);
    let seen = attempts(&vantage, "healthy.test", &[("mx.healthy.test", "192.0.2.10")]).await;
    assert_eq!(seen[0]["outcome"], "not_tried", "{seen:?}");
    assert!(seen[0]["detail"].as_str().is_some_and(|why| why.contains("left out")), "{seen:?}");
    std::fs::remove_file(file).expect("it was there");
}
