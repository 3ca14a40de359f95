//! `cargo xtask bench soak`: a server under 10,000 connections of one address that ask nothing, or half of something, and
//! under 60 s of requests: how soon it says that it lives, and how much memory it takes.

use anyhow::{Context, Result, ensure};
use nix::sys::resource::{Resource, setrlimit};
use noanswer_tests::own_network;
use noanswer_tests::serve::Serve;
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The connections of one address.
const HELD: usize = 10_000;

/// How long `/healthz` may take while they are held: 99 of 100 times.
const P99: Duration = Duration::from_millis(100);

/// How much more memory they may cost, in KiB.
const MORE_KIB: u64 = 64 << 10;

/// How long requests are sent, and by how many clients at a time.
const SOAK: Duration = Duration::from_secs(60);
const CLIENTS: u8 = 8;

/// What the first of it may still warm up; from then on memory is flat, within this many KiB.
const WARM: Duration = Duration::from_secs(20);
const FLAT_KIB: u64 = 4 << 10;

const ASKED: [&str; 4] = [
    "GET / HTTP/1.1\r\nhost: localhost\r\naccept-encoding: br\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "GET /openapi.json HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\n\r\n",
    "POST /v1/explain HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 67\r\n\r\n\
     {\"text\":\"441 4.4.1 No answer from host; connection timed out 60 s\"}",
];

fn main() -> Result<()> {
    let program: PathBuf = std::env::args_os().nth(1).context("the program")?.into();
    let files = u64::try_from(HELD)? + 1_000;
    setrlimit(Resource::RLIMIT_NOFILE, files, files).context("as many connections at this end")?;
    own_network::enter()?;
    for (what, begun) in [("idle", ""), ("slow", "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-slow: ")] {
        held(&program, what, begun)?;
    }
    soak(&program)
}

fn start(program: &std::path::Path) -> Result<(Serve, SocketAddr)> {
    let server = Serve::start(program, &["--doh", "http://127.0.0.1:9/"])?;
    let at = server.url.strip_prefix("http://").context("a URL")?.parse()?;
    Ok((server, at))
}

fn held(program: &std::path::Path, what: &str, begun: &str) -> Result<()> {
    let (server, at) = start(program)?;
    healthz(at, 100)?;
    let before = memory_kib(&server)?;
    let mut held = Vec::new();
    let mut took = Vec::new();
    for _ in 0..HELD / 100 {
        for _ in 0..100 {
            let mut stream = connect([127, 9, 0, 1].into(), at)?;
            // One that was closed in favour of a newer one takes no more.
            let _ = stream.write_all(begun.as_bytes());
            held.push(stream);
        }
        took.extend(healthz(at, 10)?);
    }
    took.extend(healthz(at, 1_000)?);
    took.sort();
    let (p50, p99) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    let more = memory_kib(&server)?.saturating_sub(before);
    println!("{HELD} {what} connections: /healthz p50 {p50:.1?}, p99 {p99:.1?}; {more} KiB more");
    ensure!(p99 < P99, "/healthz takes longer than {P99:?}");
    ensure!(more < MORE_KIB, "they cost more than {MORE_KIB} KiB");
    Ok(())
}

fn soak(program: &std::path::Path) -> Result<()> {
    let (server, at) = start(program)?;
    let (stop, sent, failed) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let (warm, highest) = thread::scope(|scope| -> Result<(u64, u64)> {
        for client in 0..CLIENTS {
            let (stop, sent, failed) = (&stop, &sent, &failed);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    // Connections come and go, as they do.
                    if ask(Ipv4Addr::new(127, 8, 0, client + 1), at, 400, sent).is_err() {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        let began = Instant::now();
        let (mut warm, mut highest) = (0, 0);
        while began.elapsed() < SOAK {
            thread::sleep(Duration::from_secs(1));
            let memory = memory_kib(&server)?;
            if began.elapsed() < WARM { warm = memory.max(warm) } else { highest = memory.max(highest) }
        }
        stop.store(true, Ordering::Relaxed);
        Ok((warm, highest))
    })?;
    let (sent, failed) = (sent.into_inner(), failed.into_inner());
    let rate = sent / SOAK.as_secs();
    println!(
        "{} s: {sent} requests ({rate}/s), {failed} failed; {warm} KiB after {} s, {highest} KiB at most from then on",
        SOAK.as_secs(),
        WARM.as_secs()
    );
    ensure!(failed == 0, "requests failed");
    ensure!(highest < warm + FLAT_KIB, "memory is not flat");
    Ok(())
}

/// How long each of `times` took, on a connection of its own.
fn healthz(at: SocketAddr, times: usize) -> Result<Vec<Duration>> {
    let one = |_| {
        let began = Instant::now();
        let mut stream = connect(Ipv4Addr::LOCALHOST, at)?;
        stream.write_all(ASKED[1].as_bytes())?;
        answer(&mut stream)?;
        Ok(began.elapsed())
    };
    (0..times).map(one).collect()
}

/// Asks `times` on one connection.
fn ask(from: Ipv4Addr, at: SocketAddr, times: usize, sent: &AtomicU64) -> Result<()> {
    let mut stream = connect(from, at)?;
    for asked in ASKED.iter().cycle().take(times) {
        stream.write_all(asked.as_bytes())?;
        answer(&mut stream)?;
        sent.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Reads a whole answer, and holds that it is 200.
fn answer(stream: &mut TcpStream) -> Result<()> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 << 10]);
    loop {
        let read = stream.read(&mut buffer)?;
        ensure!(read > 0, "it ended within an answer");
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        ensure!(head.starts_with("http/1.1 200"), "{head}");
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")).context("a length")?;
        if bytes.len() >= end + 4 + length.parse::<usize>()? {
            return Ok(());
        }
    }
}

fn connect(from: Ipv4Addr, to: SocketAddr) -> Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect(&to.into())?;
    // A guard: what takes as long has failed.
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    socket.set_tcp_nodelay(true)?;
    Ok(socket.into())
}

fn memory_kib(server: &Serve) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("its memory")?;
    Ok(line.split_whitespace().next().context("KiB")?.parse()?)
}
