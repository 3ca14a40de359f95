//! A server that is asked to read its settings again (SIGHUP): vantages and clients, without a restart.

use crate::server::{Server, client};
use noanswer_site::api::clients;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// The files of a server.
struct Files(PathBuf);

impl Files {
    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    }
}

fn vantages(ids: &[&str]) -> String {
    ids.iter().map(|id| format!("[[vantage]]\nid = '{id}'\nurl = 'http://127.0.0.1:9/'\n")).collect()
}

fn known(token: &str) -> String {
    format!("[[client]]\nname = 'monitoring'\ntoken-sha256 = '{}'\nlookups = 500\n", clients::hash(token))
}

/// What a check says of its vantages, asked by whoever carries `token`; nothing where it may not ask.
async fn asked(server: &Server, token: &str) -> Option<Vec<(String, String)>> {
    let call = client().post(format!("{}/v1/check", server.url)).bearer_auth(token);
    let call = call.header("content-type", "application/json");
    let answer = call.body(json!({ "domain": "healthy.test" }).to_string()).send().await.expect("it answers");
    if answer.status() == 401 {
        return None;
    }
    assert_eq!(answer.status(), 200);
    let report: Value = serde_json::from_slice(&answer.bytes().await.expect("whole")).expect("a report");
    let rows = report["evidence"].as_array().expect("rows").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows: Vec<(String, String)> =
        rows.map(|row| (text(&row["vantage"]), text(&row["failure"]["kind"]))).collect();
    rows.sort();
    Some(rows)
}

#[tokio::test]
async fn vantages_and_clients_change_without_a_restart_and_what_is_wrong_changes_nothing() {
    let lab = Server::lab();
    let files = Files(std::env::temp_dir().join(format!("noanswer-reload-{}", std::process::id())));
    std::fs::create_dir_all(&files.0).expect("a folder");
    let path = files.write("vantages.toml", &vantages(&["one"]));
    let clients = files.write("clients.toml", &known("the first token of all"));
    let doh = format!("{}/lab/dns-query", lab.url);
    let server = Server::start(&[
        "--doh",
        &doh,
        "--allow-net",
        "192.0.2.0/24",
        "--vantages",
        &path,
        "--clients",
        &clients,
        "--token-env",
        "TOKEN",
    ]);
    let ids = |rows: Option<Vec<(String, String)>>| {
        rows.map(|rows| rows.into_iter().map(|(id, _)| id).collect::<Vec<_>>())
    };
    assert_eq!(ids(asked(&server, "the first token of all").await), Some(vec!["one".to_owned()]));
    assert_eq!(asked(&server, "the second token of all").await, None);

    files.write("vantages.toml", &vantages(&["one", "two"]));
    files.write("clients.toml", &known("the second token of all"));
    server.hang_up();
    let mut tries = 0;
    while asked(&server, "the second token of all").await.is_none() {
        tries += 1;
        assert!(tries < 200, "the new settings were not taken");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let both = Some(vec!["one".to_owned(), "two".to_owned()]);
    assert_eq!(ids(asked(&server, "the second token of all").await), both);
    assert_eq!(asked(&server, "the first token of all").await, None, "it is nobody's any more");

    files.write("vantages.toml", "[[vantage]]\nid = ");
    server.hang_up();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(ids(asked(&server, "the second token of all").await), both, "the settings stay");
    std::fs::remove_dir_all(&files.0).expect("it was there");
}
