//! What an attacker tries without a token: half-sent heads, idle connections, half-sent bodies, many of each.

use crate::server::{Server, TOKEN, client};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A connection from an address of its own.
async fn connect(from: Ipv4Addr, server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0)).expect("loopback");
    let at = server.url.strip_prefix("http://").expect("a URL").parse().expect("an address");
    socket.connect(at).await.expect("it is taken")
}

async fn healthy(server: &Server) {
    let answer = client().get(format!("{}/healthz", server.url)).send().await.expect("it answers");
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn whoever_only_holds_connections_open_loses_them() {
    let server = Server::start(&["--doh", "http://127.0.0.1:9/"]);
    let attacker = Ipv4Addr::new(127, 9, 0, 1);
    let mut held = Vec::new();
    for n in 0..600 {
        let mut stream = connect(attacker, &server).await;
        if n % 2 == 0 {
            // A connection that was closed in favour of a newer one takes no more.
            let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
        }
        held.push(stream);
    }
    healthy(&server).await;
    // The oldest have made place: they are at their end, and the youngest are not.
    let mut end = Vec::new();
    let closed = held[0].read_to_end(&mut end).await;
    assert!(closed.is_err() || end.is_empty() || end.starts_with(b"HTTP/1.1 408"), "{end:?}");
    let youngest = held.last_mut().expect("some");
    let _ = youngest.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let mut answer = String::new();
    youngest.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_its_connection() {
    let server = Server::start(&["--doh", "http://127.0.0.1:9/"]);
    let mut half = connect(Ipv4Addr::LOCALHOST, &server).await;
    half.write_all(b"GET /healthz HTTP/1.1\r\nhost:").await.expect("it listens");
    let mut idle = connect(Ipv4Addr::LOCALHOST, &server).await;
    for stream in [&mut half, &mut idle] {
        let mut said = Vec::new();
        // A guard against hanging for ever, far above what the server allows.
        let ended = tokio::time::timeout(Duration::from_secs(120), stream.read_to_end(&mut said)).await;
        assert!(ended.is_ok(), "it was waited for");
    }
}

#[test]
fn a_body_that_does_not_come_is_answered_408() {
    let server = Server::start(&["--doh", "http://127.0.0.1:9/"]);
    let at = server.url.strip_prefix("http://").expect("a URL");
    let mut stream = std::net::TcpStream::connect(at).expect("it listens");
    let head = "POST /v1/explain HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 408");
    let _ = stream.shutdown(Shutdown::Both);
}

#[tokio::test]
async fn a_vantage_serves_its_probe_and_its_health_and_nothing_else() {
    let vantage = Server::start(&["--doh", "http://127.0.0.1:9/", "--vantage", "--token-env", "TOKEN"]);
    healthy(&vantage).await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/app/main.js"),
        ("GET", "/v1/vantages"),
        ("GET", "/v1/mx/a.test"),
        ("GET", "/openapi.json"),
        ("POST", "/v1/explain"),
        ("POST", "/v1/check"),
        ("POST", "/explain"),
    ] {
        let call = client().request(method.parse().expect("a method"), format!("{}{path}", vantage.url));
        let call = call.bearer_auth(TOKEN).header("content-type", "application/json");
        let answer = call.body("{}").send().await.expect("it answers");
        assert_eq!(answer.status(), 404, "{method} {path}");
    }
}

/// The bytes of a `POST /v1/explain` whose answer is half a megabyte.
fn long_question() -> Vec<u8> {
    let lines: String = (0..12_000)
        .map(|n| format!("connect to mx{n}.example.org[192.0.2.{}]:25: Connection timed out\n", n % 255))
        .collect();
    let body = serde_json::json!({ "text": lines }).to_string();
    let length = body.len();
    format!("POST /v1/explain HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

/// How much memory the server has, in KiB.
fn memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("KiB")
}

#[tokio::test]
async fn ten_thousand_connections_of_one_address_cost_little_and_health_is_told() {
    let limit = 11_000;
    nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE, limit, limit)
        .expect("as many connections at this end");
    for half in ["", "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-slow: "] {
        let server = Server::start(&["--doh", "http://127.0.0.1:9/"]);
        healthy(&server).await;
        let before = memory(&server);
        let mut held = Vec::new();
        for n in 0..10_000 {
            let mut stream = connect(Ipv4Addr::new(127, 9, 0, 1), &server).await;
            let _ = stream.write_all(half.as_bytes()).await;
            held.push(stream);
            if n % 2_500 == 2_499 {
                healthy(&server).await;
            }
        }
        let more = memory(&server).saturating_sub(before);
        assert!(more < 64 << 10, "{more} KiB more");
    }
}

/// Asks for a bit of everything `times` times, on connections that come and go.
async fn ask_for_everything(server: &Server, times: usize) {
    let clients = (0..8).map(|_| async {
        let client = client();
        for n in 0..times / 8 {
            let path = ["/", "/healthz", "/openapi.json", "/style.css", "/nowhere", "/v1/explain"][n % 6];
            let packed = ["br", "gzip", "zstd", "identity"][n / 6 % 4];
            let url = format!("{}{path}", server.url);
            let call = match path {
                "/v1/explain" => {
                    let body =
                        serde_json::json!({ "text": format!("441 4.4.{} No answer from host", n % 9) });
                    client.post(url).header("content-type", "application/json").body(body.to_string())
                }
                _ => client.get(url),
            };
            let answer = call.header("accept-encoding", packed).send().await.expect("it answers");
            assert_eq!(answer.status(), if path == "/nowhere" { 404 } else { 200 }, "{path}");
            answer.bytes().await.expect("whole");
        }
    });
    futures_util::future::join_all(clients).await;
}

#[tokio::test]
async fn memory_is_flat_however_many_requests_come() {
    let server = Server::start(&["--doh", "http://127.0.0.1:9/"]);
    ask_for_everything(&server, 6_000).await;
    let warm = memory(&server);
    ask_for_everything(&server, 12_000).await;
    let more = memory(&server).saturating_sub(warm);
    assert!(more < 4 << 10, "{more} KiB more after twice as many requests");
}

#[tokio::test]
async fn bodies_that_do_not_come_hold_up_nobody_elses() {
    let server = Server::start(&["--doh", "http://127.0.0.1:9/"]);
    let head = "POST /v1/explain HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..100 {
        let mut stream = connect(Ipv4Addr::new(127, 9, 0, 1), &server).await;
        stream.write_all(head.as_bytes()).await.expect("it listens");
        // As much as the server takes: what it does not read fills the buffers between.
        let all_but_one = vec![b'a'; 999_999];
        let sent = tokio::time::timeout(Duration::from_millis(20), stream.write_all(&all_but_one)).await;
        let _ = sent;
        held.push(stream);
    }
    let other = client().post(format!("{}/v1/explain", server.url));
    let other = other.header("content-type", "application/json").body(r#"{"text":"441 4.4.1"}"#).send();
    let mut first = [0; 1];
    // Not by a clock: before the first of the attacker's bodies has run out of time.
    tokio::select! {
        biased;
        answer = other => assert_eq!(answer.expect("it answers").status(), 200),
        _ = held[0].read(&mut first) => panic!("another client waited for the attacker's bodies"),
    }
}

#[tokio::test]
async fn long_texts_that_are_read_hold_up_nobody_elses_request() {
    let server = Server::start(&["--doh", "http://127.0.0.1:9/"]);
    healthy(&server).await;
    let question = long_question();
    // As many as the memory for one network takes.
    let mut asked = Vec::new();
    for _ in 0..8 {
        let mut stream = connect(Ipv4Addr::new(127, 9, 0, 1), &server).await;
        stream.write_all(&question).await.expect("it reads");
        asked.push(stream);
    }
    let first = asked.iter_mut().map(|stream| {
        Box::pin(async move {
            let mut byte = [0; 1];
            stream.read_exact(&mut byte).await.map(drop)
        })
    });
    // Not by a clock: they share the processor, and the short one is done before the first of the long ones.
    tokio::select! {
        biased;
        () = healthy(&server) => {}
        (answer, ..) = futures_util::future::select_all(first) => panic!("health came after a long text: {answer:?}"),
    }
}

#[tokio::test]
async fn whoever_does_not_read_the_answer_loses_the_connection() {
    let server = Server::start(&["--doh", "http://127.0.0.1:9/"]);
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small one");
    let at = server.url.strip_prefix("http://").expect("a URL").parse().expect("an address");
    let mut stream = socket.connect(at).await.expect("it is taken");
    for _ in 0..8 {
        // More answers than the buffers between take.
        if stream.write_all(&long_question()).await.is_err() {
            break;
        }
    }
    let ended = async {
        while stream.write_all(b"G").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    // A guard against hanging for ever, far above what the server allows.
    assert!(tokio::time::timeout(Duration::from_secs(120), ended).await.is_ok(), "it was waited for");
}
