//! Functions that crash, run out of time, or let nobody in: each costs its own row and nothing else.

use crate::instances::Hole;
use crate::town::{Town, row};
use noanswer_tests::contract::client;
use serde_json::Value;
use std::time::Duration;

/// How long the runtime waits for the south here: less than the coordinator does.
const LIMIT: Duration = Duration::from_secs(8);

/// The south's row is lost, and says why; the north's is there.
fn assert_lost(report: &Value) {
    let kind = &row(report, "south")["failure"]["kind"];
    assert!(kind == "refused" || kind == "timed_out", "whoever gave up first: {report}");
    assert_eq!(row(report, "north")["failure"], Value::Null, "{report}");
}

#[tokio::test]
async fn a_crash_in_the_middle_costs_one_row_and_the_next_request_is_served() {
    let town = Town::new(LIMIT);
    let hole = Hole::new().await;
    let _instances = (town.coordinator(), town.prober("north"));
    let south = town.prober_asking("south", &hole.url);
    let crash = async {
        let _asked = hole.asked().await;
        south.crash();
    };
    let (report, ()) = tokio::join!(town.report("healthy.test"), crash);
    assert_lost(&report);
    // As Lambda does, another instance is started for the next request.
    let _another = town.prober("south");
    let report = town.report("one-of-two.test").await;
    assert_eq!(row(&report, "south")["failure"], Value::Null, "{report}");
}

#[tokio::test]
async fn a_function_out_of_time_is_an_error_to_the_caller_and_a_row_to_the_check() {
    let town = Town::new(LIMIT);
    let hole = Hole::new().await;
    let south = town.prober_asking("south", &hole.url);
    let _instances = (town.coordinator(), town.prober("north"));
    let call =
        client().post(format!("{}/v1/controls", town.south.url("south"))).bearer_auth(super::town::TOKEN);
    let call = call.header("content-type", "application/json").body("{}");
    let freeze = async {
        let _asked = hole.asked().await;
        south.freeze().expect("it runs");
    };
    let (answer, ()) = tokio::join!(call.send(), freeze);
    assert_eq!(answer.expect("it answers").status(), 408, "the runtime's word, not the function's");
    assert_lost(&town.report("healthy.test").await);
}

#[tokio::test]
async fn a_prober_of_another_token_costs_its_row() {
    let town = Town::patient();
    let environment =
        [("NOANSWER_ROLE", "prober"), ("NOANSWER_TOKEN", "rotated"), ("NOANSWER_DOH", "http://127.0.0.1:9/")];
    let south = town.south.instance(&town.noanswer, "south", &environment).expect("an instance");
    let _instances = (town.coordinator(), town.prober("north"), south);
    let report = town.report("healthy.test").await;
    assert_eq!(row(&report, "south")["failure"]["kind"], "unauthorized", "{report}");
    assert_eq!(row(&report, "north")["failure"], Value::Null, "{report}");
}
