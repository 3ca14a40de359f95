//! `tests/contract/lab.toml`: each domain of the embedded lab and its verdict, over HTTP.

use crate::server::{Server, client};
use futures_util::future::join_all;
use noanswer_tests::contract;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    domain: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    domain: String,
    status: String,
    faults: Vec<String>,
    /// Who must act, fault by fault.
    parties: Vec<String>,
    /// What a patient check comes to.
    patient: Option<Vec<String>>,
}

/// The names of the faults of a verdict.
fn faults(verdict: &Value) -> Vec<&str> {
    of_faults(verdict, "fault")
}

/// One field of each fault of a verdict.
fn of_faults<'a>(verdict: &'a Value, field: &str) -> Vec<&'a str> {
    verdict["faults"].as_array().into_iter().flatten().filter_map(|one| one[field].as_str()).collect()
}

async fn check(url: &str, domain: &str) -> Value {
    let body = serde_json::json!({ "domain": domain }).to_string();
    let call = client().post(format!("{url}/v1/check")).header("content-type", "application/json").body(body);
    let answer = call.send().await.expect("it answers").bytes().await.expect("whole");
    serde_json::from_slice(&answer).expect("a report")
}

#[tokio::test]
async fn every_domain_comes_out_as_it_must() {
    let lab = Server::lab();
    let table = contract::read::<Table>("lab.toml").domain;
    let listed = client().get(format!("{}/v1/lab", lab.url)).send().await.unwrap().bytes().await.unwrap();
    let listed: Vec<Value> = serde_json::from_slice(&listed).unwrap();
    let listed: BTreeSet<&str> = listed.iter().filter_map(|one| one["domain"].as_str()).collect();
    let expected: BTreeSet<&str> = table.iter().map(|one| one.domain.as_str()).collect();
    assert_eq!(listed, expected, "each domain of the lab has an expectation");
    let reports = join_all(table.iter().map(|one| check(&lab.url, &one.domain))).await;
    let mut failed = Vec::new();
    for (one, report) in table.iter().zip(&reports) {
        let verdict = &report["verdict"];
        if verdict["status"] != one.status.as_str() || faults(verdict) != one.faults {
            failed.push(format!("{}: {} {:?}", one.domain, verdict["status"], faults(verdict)));
        }
        if of_faults(verdict, "party") != one.parties {
            failed.push(format!("{}: parties {:?}", one.domain, of_faults(verdict, "party")));
        }
        let blind = report["evidence"].as_array().into_iter().flatten().find(|one| one["vantage"] == "west");
        if blind.is_some_and(|west| west["sight"] != "blind") {
            failed.push(format!("{}: west is not blind", one.domain));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

#[tokio::test]
async fn patience_tells_late_from_never() {
    let lab = Server::lab();
    let table = contract::read::<Table>("lab.toml").domain;
    let patient: Vec<&Expected> = table.iter().filter(|one| one.patient.is_some()).collect();
    assert!(!patient.is_empty());
    let streams = patient.iter().map(|one| crate::events::check(&lab.url, &one.domain));
    for (one, events) in patient.iter().zip(join_all(streams).await) {
        let verdicts: Vec<&Value> =
            events.iter().filter(|(name, _)| name == "verdict").map(|(_, data)| data).collect();
        assert_eq!(faults(verdicts[0]), one.faults, "{}: the first verdict", one.domain);
        let report = &events.last().expect("events").1;
        assert_eq!(
            Some(faults(&report["verdict"])),
            one.patient.as_ref().map(|faults| { faults.iter().map(String::as_str).collect() })
        );
    }
}
