//! A check as it is answered through function URLs: each region's evidence as it comes.

use crate::town::{Town, json, row};
use serde_json::Value;

/// The events of an answer, read one by one as they come.
struct Events {
    answer: reqwest::Response,
    read: String,
}

impl Events {
    /// The next event: name and data; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((block, rest)) = self.read.split_once("\n\n") {
                let field =
                    |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                let event = field("event:").map(|name| {
                    let data = serde_json::from_str(field("data:").expect("data")).expect("JSON");
                    (name.to_owned(), data)
                });
                self.read = rest.to_owned();
                if event.is_some() {
                    return event;
                }
            }
            let chunk = self.answer.chunk().await.expect("it goes on")?;
            self.read += std::str::from_utf8(&chunk).expect("UTF-8");
        }
    }
}

#[tokio::test]
async fn a_regions_evidence_comes_before_another_region_has_begun() {
    let town = Town::patient();
    let _instances = (town.coordinator(), town.prober("north"));
    let call = town.check("healthy.test").header("accept", "text/event-stream");
    let answer = call.send().await.expect("it answers");
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut events = Events { answer, read: String::new() };
    assert_eq!(events.next().await.expect("a plan").0, "plan");
    let (name, evidence) = events.next().await.expect("the north's evidence");
    assert_eq!((name.as_str(), &evidence["vantage"]), ("evidence", &"north".into()));
    // Nothing of the south runs before this line: what has come was not held back for it.
    let _south = town.prober("south");
    let (name, evidence) = events.next().await.expect("the south's evidence");
    assert_eq!((name.as_str(), &evidence["vantage"]), ("evidence", &"south".into()));
    assert_eq!(evidence["failure"], Value::Null);
    let mut names = Vec::new();
    while let Some((name, _)) = events.next().await {
        names.push(name);
    }
    assert_eq!(names, ["verdict", "report"]);
}

#[tokio::test]
async fn a_prober_goes_to_no_address_that_is_not_public_whoever_sends_it() {
    let town = Town::patient();
    let _instances = (town.coordinator(), town.prober("north"), town.prober("south"));
    let report = town.report("healthy.test").await;
    for id in ["north", "south"] {
        let attempts = row(&report, id)["attempts"].as_array().expect("attempts");
        assert_eq!(attempts.len(), 1, "{report}");
        assert_eq!(attempts[0]["outcome"], "not_tried", "192.0.2.0/24 is for documentation (RFC 5737)");
    }
    assert_eq!(report["verdict"]["status"], "undetermined", "who did not look says nothing: {report}");
}

#[tokio::test]
async fn what_needs_no_region_is_answered_without_one() {
    let town = Town::patient();
    let _coordinator = town.coordinator();
    let report = town.report("null-mx.test").await;
    assert_eq!(report["verdict"]["faults"][0]["fault"], "null_mx", "{report}");
    let plan = noanswer_tests::contract::client().get(format!("{}/v1/mx/one-of-two.test", town.url()));
    let plan = json(plan.send().await.expect("it answers")).await;
    assert_eq!(plan["exchanges"][1]["preference"], 20);
}
