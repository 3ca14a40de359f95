//! One question is asked once: checks of the same domain within a minute share what the vantages saw.

use crate::cloud::aws::serve;
use crate::fleet::{fleet_of, site, slow_vantage};
use crate::server::{Server, client};
use futures_util::future::join_all;
use noanswer::api::State;
use noanswer::fetch::DohFetch;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

/// An API whose one vantage answers after a while; where it is, and how often the vantage was asked.
async fn api(lab: &Server) -> (String, Arc<AtomicUsize>) {
    let (url, asked) = slow_vantage(Duration::from_millis(300)).await;
    let fleet = fleet_of(&[("one", &url)]);
    let state = State::new(site(lab), fleet, DohFetch::new(None).expect("built-in roots"));
    let url = format!("http://{}", serve(state).await);
    (url, asked)
}

async fn check(url: &str, body: &str) -> Value {
    let call = client().post(format!("{url}/v1/check")).header("content-type", "application/json");
    let answer = call.body(body.to_owned()).send().await.expect("it answers");
    assert_eq!(answer.status(), 200);
    serde_json::from_slice(&answer.bytes().await.expect("whole")).expect("a report")
}

#[tokio::test]
async fn checks_under_way_are_joined_and_those_done_are_remembered() {
    let lab = Server::lab();
    let (url, asked) = api(&lab).await;
    let same = r#"{"domain":"healthy.test"}"#;
    let reports = join_all([check(&url, same), check(&url, same), check(&url, same)]).await;
    assert_eq!(asked.load(SeqCst), 1, "joined");
    // What differs in the question but not for the vantage is judged anew on what the vantage saw.
    let told = check(&url, r#"{"domain":"Healthy.test","symptom":"441 4.4.1"}"#).await;
    assert_eq!(asked.load(SeqCst), 1, "remembered");
    assert_eq!(told["symptoms"][0]["reply_code"], 441);
    assert!(reports.iter().all(|report| report["evidence"] == told["evidence"]));
    check(&url, r#"{"domain":"one-of-two.test"}"#).await;
    assert_eq!(asked.load(SeqCst), 2, "another domain is another question");
}

#[tokio::test]
async fn whoever_goes_away_does_not_take_the_answer_along() {
    let lab = Server::lab();
    let (url, asked) = api(&lab).await;
    let same = r#"{"domain":"healthy.test"}"#;
    // The one that asks first gives up while the vantage still looks.
    let impatient = tokio::time::timeout(Duration::from_millis(150), check(&url, same));
    let (first, second) = tokio::join!(impatient, check(&url, same));
    assert!(first.is_err(), "it waited");
    assert_eq!(second["verdict"]["status"], "healthy");
    assert!(asked.load(SeqCst) <= 2, "asked again at most once");
}

#[tokio::test]
async fn sights_are_asked_once_a_minute() {
    let lab = Server::lab();
    let (url, asked) = api(&lab).await;
    let ask = || async { client().get(format!("{url}/v1/vantages")).send().await.expect("it answers") };
    let answers = join_all([ask(), ask(), ask()]).await;
    assert!(answers.iter().all(|answer| answer.status() == 200));
    ask().await;
    assert_eq!(asked.load(SeqCst), 1);
}
