//! A check as a stream of events.

use crate::server::{Server, client};
use serde_json::Value;

/// The events of a check of `domain`: name and data.
pub async fn check(url: &str, domain: &str) -> Vec<(String, Value)> {
    let body = serde_json::json!({ "domain": domain }).to_string();
    let call = client().post(format!("{url}/v1/check")).header("content-type", "application/json");
    let answer = call.header("accept", "text/event-stream").body(body).send().await.expect("it answers");
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert_eq!(answer.headers()["x-accel-buffering"], "no", "nginx holds the events back otherwise");
    let text = answer.bytes().await.expect("whole");
    let text = String::from_utf8(text.to_vec()).expect("UTF-8");
    text.split("\n\n").filter_map(event).collect()
}

/// One event; `None` for a comment that keeps the line open.
fn event(block: &str) -> Option<(String, Value)> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let data = serde_json::from_str(field("data:")?).expect("JSON");
    Some((field("event:")?.to_owned(), data))
}

#[tokio::test]
async fn events_come_in_order_and_end_with_the_report() {
    let lab = Server::lab();
    let events = check(&lab.url, "healthy.test").await;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["plan", "evidence", "evidence", "evidence", "evidence", "verdict", "report"],
        "one evidence for each vantage, as it comes"
    );
    let of = |wanted: &str| events.iter().find(|(name, _)| name == wanted).map(|(_, data)| data.clone());
    let report = of("report").expect("a report");
    assert_eq!(Some(&report["plan"]), of("plan").as_ref());
    assert_eq!(Some(&report["verdict"]), of("verdict").as_ref());
    let mut seen: Vec<&str> = events[1..5].iter().filter_map(|(_, data)| data["vantage"].as_str()).collect();
    seen.sort_unstable();
    assert_eq!(seen, ["east", "north", "south", "west"]);
}

#[tokio::test]
async fn a_check_without_anybody_to_ask_is_a_stream_too() {
    let lab = Server::lab();
    let events = check(&lab.url, "null-mx.test").await;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["plan", "verdict", "report"]);
}
