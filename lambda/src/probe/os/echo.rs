//! ICMP echo requests with a hop limit: the one way in which Windows shows a program without privileges which router a packet
//! came to (`IcmpSendEcho2Ex`, `Icmp6SendEcho2`).

use super::{Echo, EchoFrom};
use std::net::IpAddr;
use std::time::Duration;
use winping::{Buffer, CreateError, Error, IpPair, Pinger};

/// The loopback address of a family that is not looked for would do as well.
fn pinger() -> Option<Pinger> {
    match Pinger::new() {
        Ok(pinger) | Err(CreateError::NoV4(pinger) | CreateError::NoV6(pinger)) => Some(pinger),
        Err(CreateError::None) => None,
    }
}

/// Sends one echo request that no more than `hop` routers pass on, and waits for what comes of it. Blocks.
pub(crate) fn echo(from: &EchoFrom, hop: u8, wait: Duration) -> Echo {
    let Some(mut pinger) = pinger() else { return Echo::NotAvailable };
    pinger.set_ttl(hop);
    pinger.set_timeout(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX));
    let mut buffer = Buffer::with_data(b"noanswer".to_vec());
    let sent = match (from.source, from.to) {
        (Some(IpAddr::V4(src)), IpAddr::V4(dst)) => pinger.send_from(IpPair::V4 { src, dst }, &mut buffer),
        (Some(IpAddr::V6(src)), IpAddr::V6(dst)) => pinger.send_from(IpPair::V6 { src, dst }, &mut buffer),
        (_, to) => pinger.send(to, &mut buffer),
    };
    let by = buffer.responding_ip().filter(|by| !by.is_unspecified());
    match (sent, by) {
        (Ok(_), Some(by)) if by != from.to => Echo::Passed(by),
        (Ok(_), _) => Echo::Answered,
        (Err(Error::TtlExpired), Some(by)) => Echo::Passed(by),
        // ICMPv6's "time exceeded" has a number of its own (IP_TIME_EXCEEDED).
        (Err(Error::Other(11_041)), Some(by)) => Echo::Passed(by),
        (Err(Error::Timeout | Error::TtlExpired), _) => Echo::Silent,
        (Err(Error::HostUnreachable | Error::NetUnreachable), Some(_)) => Echo::Silent,
        (Err(Error::HostUnreachable | Error::NetUnreachable), None) => Echo::NotSent,
        // Not implemented, no handle, forbidden.
        (Err(_), _) => Echo::NotAvailable,
    }
}
