//! The smallest probe: what one connection meets, for trying whether a world is built as it is told.

use crate::namespace::Namespace;
use anyhow::Result;
use std::io::{ErrorKind, Read};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What one connection met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Met {
    /// This greeting (its first line), or whatever was said first.
    Said(String),
    /// The connection came about, and nothing was said.
    Mute,
    /// The connection came about, and was closed or reset.
    Dropped,
    /// No answer at all.
    Silence,
    /// `ECONNREFUSED`.
    Refused,
    /// `EHOSTUNREACH`.
    HostUnreachable,
    /// `ENETUNREACH`.
    NetworkUnreachable,
    /// `EACCES`, `EPERM`.
    Denied,
    /// Another error, by number.
    Error(i32),
}

/// What a connection from `host` to `address` meets within `wait` a step.
pub fn observe(host: &Namespace, address: IpAddr, port: u16, wait: Duration) -> Result<Met> {
    let to = SocketAddr::new(address, port);
    Ok(host.run(move || {
        let mut stream = match TcpStream::connect_timeout(&to, wait) {
            Ok(stream) => stream,
            Err(error) => return Ok(failure(&error)),
        };
        stream.set_read_timeout(Some(wait))?;
        let until = Instant::now() + wait;
        let (mut said, mut byte) = (Vec::new(), [0]);
        Ok(loop {
            match stream.read(&mut byte) {
                Ok(0) => break Met::Dropped,
                Ok(_) if byte == *b"\n" => {
                    break Met::Said(String::from_utf8_lossy(&said).trim_end().to_owned());
                }
                Ok(_) if Instant::now() > until || said.len() > 512 => break Met::Mute,
                Ok(_) => said.push(byte[0]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    break Met::Mute;
                }
                Err(_) => break Met::Dropped,
            }
        })
    })?)
}

fn failure(error: &std::io::Error) -> Met {
    match error.raw_os_error() {
        // `connect_timeout` gives its own error without a number.
        None | Some(libc::ETIMEDOUT) => Met::Silence,
        Some(libc::ECONNREFUSED) => Met::Refused,
        Some(libc::EHOSTUNREACH) => Met::HostUnreachable,
        Some(libc::ENETUNREACH) => Met::NetworkUnreachable,
        Some(libc::EACCES | libc::EPERM) => Met::Denied,
        Some(number) => Met::Error(number),
    }
}
