//! A coordinator and two probers, as a deployment has them: each a function of its own, called by its function URL. The
//! lab's DoH server is the only one that they know: nothing leaves loopback.

use noanswer_tests::contract::client;
use noanswer_tests::lab::run::command_under_test;
use noanswer_tests::runtime::{Instance, Runtime};
use noanswer_tests::serve::Serve;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// The token of the probers.
pub const TOKEN: &str = "correct horse battery staple";
/// The coordinator's token.
pub const CHECKS: &str = "another secret of ours";

/// Longer than any check of these tests, on however busy a machine.
const PATIENT: Duration = Duration::from_secs(60);

pub struct Town {
    pub noanswer: PathBuf,
    lab: Serve,
    /// Three regions, each with a runtime of its own: the coordinator's, the north's and the south's.
    home: Runtime,
    pub north: Runtime,
    pub south: Runtime,
}

impl Town {
    /// A town whose south must answer within `limit`. No instance runs yet.
    pub fn new(limit: Duration) -> Self {
        let noanswer = command_under_test().expect("it builds");
        let lab = Serve::lab(&noanswer).expect("the lab starts");
        let runtime = |function, limit| Runtime::start(&[function], limit).expect("a runtime");
        let home = runtime("coordinator", PATIENT);
        Self { noanswer, lab, home, north: runtime("north", PATIENT), south: runtime("south", limit) }
    }

    /// One whose functions have all the time that they want.
    pub fn patient() -> Self {
        Self::new(PATIENT)
    }

    fn runtime(&self, prober: &str) -> &Runtime {
        if prober == "north" { &self.north } else { &self.south }
    }

    /// An instance of the coordinator, which may send probers to documentation addresses. The probers may not go there.
    pub fn coordinator(&self) -> Instance {
        let entry = |id: &str| {
            let url = self.runtime(id).url(id);
            format!(
                "[[vantage]]\nid = '{id}'\nnetwork = '{id}'\nurl = '{url}'\nauth = {{ bearer-env = 'PROBERS' }}\n"
            )
        };
        let vantages = entry("north") + &entry("south");
        let environment = [
            ("NOANSWER_TOKEN", CHECKS),
            ("PROBERS", TOKEN),
            ("NOANSWER_VANTAGES", &vantages),
            ("NOANSWER_ALLOW_NET", "192.0.2.0/24"),
            ("NOANSWER_DOH", &self.lab.doh()),
        ];
        self.home.instance(&self.noanswer, "coordinator", &environment).expect("an instance")
    }

    /// An instance of the prober `function`.
    pub fn prober(&self, function: &str) -> Instance {
        self.prober_asking(function, &self.lab.doh())
    }

    /// An instance of the prober `function` that asks this DoH server.
    pub fn prober_asking(&self, function: &str, doh: &str) -> Instance {
        let environment = [("NOANSWER_ROLE", "prober"), ("NOANSWER_TOKEN", TOKEN), ("NOANSWER_DOH", doh)];
        self.runtime(function).instance(&self.noanswer, function, &environment).expect("an instance")
    }

    /// The coordinator's function URL.
    pub fn url(&self) -> String {
        self.home.url("coordinator")
    }

    /// A call of the coordinator's check of `domain`.
    pub fn check(&self, domain: &str) -> reqwest::RequestBuilder {
        let call = client().post(format!("{}/v1/check", self.url())).bearer_auth(CHECKS);
        call.header("content-type", "application/json").body(json!({ "domain": domain }).to_string())
    }

    /// The report of a check of `domain`.
    pub async fn report(&self, domain: &str) -> Value {
        json(self.check(domain).send().await.expect("it answers")).await
    }
}

/// The JSON of an answer that went well.
pub async fn json(answer: reqwest::Response) -> Value {
    let status = answer.status();
    let body = answer.bytes().await.expect("whole");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).expect("JSON")
}

/// What the vantage `id` saw, by a report.
pub fn row<'a>(report: &'a Value, id: &str) -> &'a Value {
    let rows = report["evidence"].as_array().expect("evidence");
    rows.iter().find(|row| row["vantage"] == id).unwrap_or_else(|| panic!("no row of {id}: {report}"))
}
