//! What a function writes to its log: what requests were about, never what they said.

use super::aws::{fetch, send, serve, site};
use crate::fleet::{fleet_of, good, vantage};
use crate::server::Server;
use noanswer::api::State;
use noanswer::log::Log;
use noanswer_tests::own_network::nobody;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

/// A log that is kept in memory.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    /// All of it.
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).expect("UTF-8")
    }

    /// The last line.
    fn last(&self) -> Value {
        serde_json::from_str(self.text().lines().last().expect("a line")).expect("a line of JSON")
    }
}

const ASKED: &str = r#"{"domain":"jane.roe@healthy.test",
    "symptom":"Delivery to <john.doe@healthy.test> failed: 441 4.4.1 PASTED No answer from host"}"#;

#[tokio::test]
async fn lines_say_what_was_asked_and_not_by_whom() {
    let lab = Server::lab();
    let kept = Kept::default();
    let fleet = fleet_of(&[("one", &vantage(|| async { good() }).await), ("two", nobody())]);
    let log = Log::new("coordinator", kept.clone());
    let api = serve(State::new(site(&lab, None), fleet, fetch()).logging(log)).await;
    let client = Ipv4Addr::new(127, 3, 4, 5);
    let ask = |request: &'static str, headers: &'static str, body: &'static str| {
        let kept = kept.clone();
        async move {
            let answer = send(client, api, request, headers, body).await;
            (answer.status, kept.last())
        }
    };

    let (status, line) = ask("POST /v1/check", "", ASKED).await;
    assert_eq!(status, 200, "{line}");
    let about = json!([
        line["role"],
        line["method"],
        line["route"],
        line["status"],
        line["domain"],
        line["vantages"],
        line["verdict"]
    ]);
    assert_eq!(about, json!(["coordinator", "POST", "/v1/check", 200, "healthy.test", 2, "ambiguous"]));
    assert!(line["duration_ms"].is_u64(), "{line}");
    metrics_are_read_from(&line, &["checks", "blind_vantages", "seeing_vantages", "duration_ms"]);

    let (_, line) =
        ask("POST /v1/check", "accept: text/event-stream\r\n", r#"{"domain":"jane.roe@healthy.test"}"#).await;
    assert_eq!(line["verdict"], "healthy", "a stream has its line at its end: {line}");
    metrics_are_read_from(&line, &["checks", "blind_vantages", "seeing_vantages", "duration_ms"]);

    for (request, body, status, route) in [
        ("POST /v1/explain", r#"{"text":"john.doe@healthy.test: 441 4.4.1 PASTED"}"#, 200, "/v1/explain"),
        ("POST /explain", "text=john.doe%40healthy.test+PASTED", 200, "/explain"),
        ("GET /v1/mx/healthy.test", "", 200, "/v1/mx/{domain}"),
        ("GET /v1/mx/john.doe@healthy.test", "", 422, "/v1/mx/{domain}"),
        ("POST /v1/check", r#"{"domain":"john.doe@"}"#, 422, "/v1/check"),
        ("POST /v1/check", r#"{"domain":"a.test","john.doe@healthy.test":1}"#, 422, "/v1/check"),
        ("GET /john.doe@healthy.test?PASTED", "", 404, "page"),
        ("GET /", "", 200, "page"),
    ] {
        let (answered, line) = ask(request, "user-agent: PASTED john.doe\r\n", body).await;
        assert_eq!(answered, status, "{request}");
        assert_eq!((&line["route"], &line["status"]), (&json!(route), &json!(status)), "{line}");
        assert!(line["_aws"].is_null(), "only checks and probes are counted: {line}");
    }
    let text = kept.text();
    assert_eq!(text.lines().count(), 10, "{text}");
    for hidden in ["jane", "roe", "john", "doe", "PASTED", "4.4.1", "127.3."] {
        assert!(!text.contains(hidden), "{hidden} stands in the log:\n{text}");
    }
}

/// What CloudWatch's specification of the embedded metric format asks for.
fn metrics_are_read_from(line: &Value, names: &[&str]) {
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert!(line["_aws"]["Timestamp"].as_u64().is_some_and(|ms| ms > 1_700_000_000_000), "{line}");
    assert_eq!(directive["Namespace"], "noanswer");
    for dimension in directive["Dimensions"][0].as_array().expect("dimensions") {
        assert!(line[dimension.as_str().expect("a name")].is_string(), "{line}");
    }
    let metrics: Vec<&str> = directive["Metrics"]
        .as_array()
        .expect("metrics")
        .iter()
        .map(|metric| metric["Name"].as_str().unwrap())
        .collect();
    assert_eq!(metrics, names);
    assert!(metrics.iter().all(|name| line[*name].is_number()), "{line}");
}
