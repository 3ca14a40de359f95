//! Reports and cases that the instances of a function keep together.

use super::aws::{Aws, instance, key, send};
use crate::fleet::fleet_of;
use crate::server::Server;
use noanswer_core::timestamp::Timestamp;
use noanswer_site::api::Kind;
use serde_json::{Value, json};
use std::net::Ipv4Addr;

const ME: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The report of a check of `domain`, as the lab makes it.
async fn report(lab: &Server, domain: &str) -> Value {
    let at = lab.url.strip_prefix("http://").expect("a URL").parse().expect("an address");
    let body = json!({ "domain": domain }).to_string();
    send(ME, at, "POST /v1/check", "", &body).await.json()
}

#[tokio::test]
async fn a_report_that_one_instance_keeps_is_read_and_deleted_by_another() {
    let (lab, aws) = (Server::lab(), Aws::start().await);
    let one = instance(&lab, None, fleet_of(&[]), aws.store()).await;
    let other = instance(&lab, None, fleet_of(&[]), aws.store()).await;
    let sent = report(&lab, "refused.test").await;
    let kept = send(ME, one, "POST /v1/reports", "", &sent.to_string()).await;
    assert_eq!(kept.status, 201, "{kept:?}");
    let url = kept.json()["url"].as_str().expect("a link").to_owned();
    let read = send(ME, other, &format!("GET {url}"), "", "").await;
    assert_eq!(read.status, 200, "{read:?}");
    assert_eq!(read.json()["verdict"], sent["verdict"]);
    let tag = read.headers.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag").to_owned();
    let again = send(ME, other, &format!("GET {url}"), &format!("if-none-match: {tag}\r\n"), "").await;
    assert_eq!(again.status, 304);
    // It expires by itself: DynamoDB deletes by this attribute.
    let items = aws.items("reports#").await;
    let until: i64 = items[0]["expires_at"]["N"].as_str().expect("a number").parse().expect("a number");
    let days = (until - super::aws::now()) / 86_400;
    assert!((29..=30).contains(&days), "{until}");
    assert!(!key(&items[0]).contains("refused"), "an id says nothing");
    assert_eq!(send(ME, other, &format!("DELETE {url}"), "", "").await.status, 204);
    assert_eq!(send(ME, one, &format!("GET {url}"), "", "").await.status, 404);
    assert_eq!(send(ME, one, &format!("DELETE {url}"), "", "").await.status, 404);
    assert!(aws.items("reports#").await.is_empty());
}

#[tokio::test]
async fn the_lines_of_a_case_are_given_once_whoever_asks() {
    let (lab, aws) = (Server::lab(), Aws::start().await);
    let one = instance(&lab, None, fleet_of(&[]), aws.store()).await;
    let other = instance(&lab, None, fleet_of(&[]), aws.store()).await;
    let opened = send(ME, one, "POST /v1/cases", "", "{}").await;
    assert_eq!(opened.status, 201, "{opened:?}");
    let url = opened.json()["url"].as_str().expect("a link").to_owned();
    assert_eq!(send(ME, other, &format!("GET {url}"), "", "").await.status, 204, "no lines yet");
    let line = "noanswer-witness target mx.a.example 192.0.2.1 21 timed out\n";
    assert_eq!(send(ME, other, &format!("PUT {url}"), "", line).await.status, 204);
    assert_eq!(send(ME, one, &format!("PUT {url}"), "", line).await.status, 409);
    let (a, b) = (format!("GET {url}"), format!("GET {url}"));
    let (a, b) = tokio::join!(send(ME, one, &a, "", ""), send(ME, other, &b, "", ""));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404], "{a:?} {b:?}");
}

#[tokio::test]
async fn what_has_expired_or_is_too_long_is_not_kept() {
    let aws = Aws::start().await;
    let (store, now) = (aws.store(), Timestamp::from_unix(super::aws::now()));
    let (past, later) = (Timestamp::from_unix(now.unix() - 1), Timestamp::from_unix(now.unix() + 60));
    store.keep(Kind::Report, "a", b"one", past).await.expect("kept");
    assert_eq!(store.kept(Kind::Report, "a", now).await.expect("it answers"), None);
    assert!(!store.forget(Kind::Report, "a", now).await.expect("it answers"), "it was over");
    store.keep(Kind::Report, "a", b"two", later).await.expect("kept");
    assert_eq!(store.kept(Kind::Case, "a", now).await.expect("it answers"), None, "another kind");
    let found = store.kept(Kind::Report, "a", now).await.expect("it answers");
    assert_eq!(found, Some((b"two".to_vec(), later)));
    // What cannot be packed small costs the operator by the KB.
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(200_000)
    .collect();
    let error = store.keep(Kind::Report, "b", &noise, later).await.expect_err("too long").to_string();
    assert!(error.contains("longer"), "{error}");
}
