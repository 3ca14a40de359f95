//! A server whose port the service manager holds: socket activation (sd_listen_fds(3)), by systemd's own program.

use crate::server::{PROGRAM, client};
use noanswer_tests::{need, own_network, port};
use std::io::Read;
use std::process::{Child, Command, Stdio};

/// The server, started by the first connection to one of `ports`.
fn activated(ports: &[u16]) -> Child {
    need::command("systemd-socket-activate", "systemd").expect("systemd's own program");
    own_network::enter().expect("a network of one's own");
    let mut command = Command::new("systemd-socket-activate");
    for port in ports {
        command.arg(format!("--listen=127.0.0.1:{port}"));
    }
    // What it would listen on by itself is nobody's address here: it would fail.
    command.args([PROGRAM, "serve", "--listen", "192.0.2.77:4410", "--doh", "http://127.0.0.1:9/"]);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the Debian package systemd brings systemd-socket-activate")
}

fn free() -> u16 {
    own_network::enter().expect("a network of one's own");
    port::free().expect("a port")
}

/// What `GET /healthz` on `port` brings, once somebody listens there.
async fn healthz(port: u16) -> Option<u16> {
    for _ in 0..200 {
        match client().get(format!("http://127.0.0.1:{port}/healthz")).send().await {
            Ok(answer) => return Some(answer.status().as_u16()),
            Err(error) if error.is_connect() => {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await
            }
            Err(_) => return None,
        }
    }
    None
}

#[tokio::test]
async fn a_socket_that_was_handed_over_is_served_and_none_is_opened_beside_it() {
    let port = free();
    let mut process = activated(&[port]);
    assert_eq!(healthz(port).await, Some(200));
    process.kill().and_then(|()| process.wait()).expect("it ends");
    let mut said = String::new();
    process.stdout.take().expect("piped").read_to_string(&mut said).expect("text");
    assert_eq!(said, format!("listening on http://127.0.0.1:{port}\n"));
}

#[tokio::test]
async fn of_two_sockets_neither_is_served_in_silence() {
    let ports = [free(), free()];
    let mut process = activated(&ports);
    assert_eq!(healthz(ports[1]).await, None);
    let status = process.wait().expect("it ends");
    let mut said = String::new();
    process.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    assert_eq!(status.code(), Some(64), "{said}");
    assert!(said.contains("2 sockets were handed over"), "{said}");
}
