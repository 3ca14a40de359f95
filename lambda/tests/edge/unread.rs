//! Clients that ask for a stream of events and do not read it: they lose the connection, and what would be sent to them is
//! not made before they take what there is.

use crate::fairness::{doh, own};
use crate::fleet::{CONTROLS, answers, attempt, evidence, listening};
use crate::server::{Server, client};
use axum::routing::{get, post};
use axum::{Json, Router};
use noanswer_site::api::clients;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// How long the evidence of one address is, in bytes: more than the buffers on the way take of a few.
const LONG: usize = 200_000;

/// The token of a client that may check often.
const KNOWN: &str = "a token of 128 bits";

/// A vantage that sees every address, at length; where it is, and how often it was asked for a target.
async fn wordy() -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let answer = move |Json(request): Json<Value>| {
        if request["targets"].as_array().is_some_and(|targets| !targets.is_empty()) {
            count.fetch_add(1, SeqCst);
        }
        let seen = request["targets"].as_array().expect("targets").iter().map(|target| {
            let text = |name: &str| target[name].as_str().expect("text").to_owned();
            let mut seen = attempt(&text("exchange"), &text("address"), 25);
            seen["greeting"] = format!("220 {}", "x".repeat(LONG)).into();
            seen
        });
        let seen: Vec<Value> = seen.collect();
        let controls = CONTROLS.iter().map(|(host, address)| attempt(host, address, 25));
        std::future::ready(answers(evidence(controls, &seen)))
    };
    (listening(Router::new().route("/v1/probe", post(answer))).await, asked)
}

/// A server with a wordy vantage, and how often that was asked.
async fn server() -> (Server, Arc<AtomicUsize>, std::path::PathBuf) {
    let (vantage, asked) = wordy().await;
    let resolver = listening(Router::new().route("/dns-query", get(doh))).await;
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let name = format!("noanswer-unread-{}-{}", std::process::id(), NUMBER.fetch_add(1, SeqCst));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    let vantages = file("vantages.toml", format!("[[vantage]]\nid = 'one'\nurl = '{vantage}'\n"));
    let hash = clients::hash(KNOWN);
    let known = format!("[[client]]\nname = 'known'\ntoken-sha256 = '{hash}'\nchecks = 6000\n");
    let clients = file("clients.toml", known);
    let resolver = format!("{resolver}/dns-query");
    let server = Server::start(&[
        "--doh",
        &resolver,
        "--allow-net",
        "198.18.0.0/15",
        "--vantages",
        &vantages,
        "--clients",
        &clients,
    ]);
    (server, asked, folder)
}

/// A connection that asks for `path`, with a small buffer for the answer.
async fn ask(server: &Server, path: &str, body: &Value) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small one");
    let at: SocketAddr = server.url.strip_prefix("http://").expect("a URL").parse().expect("an address");
    let mut stream = socket.connect(at).await.expect("it is taken");
    let (body, accept) = (body.to_string(), "text/event-stream");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {KNOWN}\r\naccept: {accept}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.expect("it reads");
    stream
}

/// Waits until the server has ended the connection, which a client sees that writes.
async fn ended(stream: &mut TcpStream) {
    let ended = async {
        while stream.write_all(b"G").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    // A guard against hanging for ever, far above what the server allows.
    assert!(tokio::time::timeout(Duration::from_secs(120), ended).await.is_ok(), "it was waited for");
}

fn batch() -> Value {
    json!({ "domains": (0..100).map(own).collect::<Vec<_>>() })
}

#[tokio::test]
async fn a_batch_that_nobody_reads_stands_still_and_ends() {
    let (server, asked, folder) = server().await;
    let mut stream = ask(&server, "/v1/checks", &batch()).await;
    ended(&mut stream).await;
    let asked = asked.load(SeqCst);
    // As many as may wait for their client, and those that the buffers on the way took.
    assert!((1..=20).contains(&asked), "{asked} of 100 were checked for one who reads nothing");
    let healthy = client().get(format!("{}/healthz", server.url)).send().await.expect("it answers");
    assert_eq!(healthy.status(), 200);
    std::fs::remove_dir_all(folder).expect("it was there");
}

#[tokio::test]
async fn a_batch_that_is_read_is_whole_however_long_its_reports_are() {
    let (server, asked, folder) = server().await;
    let mut stream = ask(&server, "/v1/checks", &batch()).await;
    let (mut text, mut part) = (Vec::new(), vec![0; 64 << 10]);
    let end = b"event: end\n";
    while !text.windows(end.len()).any(|window| window == end) {
        let length = stream.read(&mut part).await.expect("it goes on");
        assert_ne!(length, 0, "it ended before its end");
        // What is looked through is the end of it alone.
        text.drain(..text.len().saturating_sub(end.len()));
        text.extend_from_slice(&part[..length]);
    }
    assert_eq!(asked.load(SeqCst), 100);
    std::fs::remove_dir_all(folder).expect("it was there");
}

#[tokio::test]
async fn a_check_whose_events_nobody_reads_ends() {
    let (server, _, folder) = server().await;
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(ask(&server, "/v1/check", &json!({ "domain": own(1) })).await);
    }
    for stream in &mut held {
        ended(stream).await;
    }
    std::fs::remove_dir_all(folder).expect("it was there");
    for _ in 0..100 {
        let mut again = ask(&server, "/v1/check", &json!({ "domain": own(1) })).await;
        let mut status = [0; 12];
        again.read_exact(&mut status).await.expect("an answer");
        if &status == b"HTTP/1.1 200" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("their places among the client's streams were not given back");
}
