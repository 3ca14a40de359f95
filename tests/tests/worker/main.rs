//! The Worker, in the real workerd, against local vantages and a local DoH server.

mod api;
mod deploy;
mod fleet;
mod globalping;
mod kept;
mod peers;
mod relay;
mod token;

use noanswer_tests::lab::run::command_under_test;
use noanswer_tests::serve::Serve;
use noanswer_tests::worker::Worker;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The command, built once.
fn noanswer() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| command_under_test().expect("the command is built"))
}

/// The lab.
fn lab() -> Serve {
    Serve::lab(noanswer()).expect("the lab starts")
}

/// A Worker with these variables.
fn worker(variables: &[(&str, &str)]) -> Worker {
    Worker::start(0, variables).expect("workerd starts")
}

/// A POST of JSON.
async fn post(url: &str, body: &str) -> reqwest::Response {
    let call = noanswer_tests::contract::client().post(url).header("content-type", "application/json");
    call.body(body.to_owned()).send().await.expect("it answers")
}

/// The JSON of an answer.
async fn json_of(answer: reqwest::Response) -> serde_json::Value {
    serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
}
