//! Ports for programs that must be told one.

use anyhow::{Context, Result};
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};

/// A port of loopback that is free, and that stays so until it is bound: the kernel gives it to nobody who asks for any
/// port at all, for it is below those that it gives (`ip_local_port_range` of ip(7)).
///
/// # Errors
/// When none is free.
pub fn free() -> Result<u16> {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range")?;
    let end: u16 = range.split_whitespace().next().context("an empty range")?.parse()?;
    let ports = 1_024..end;
    let dice = RandomState::new().hash_one(());
    let begin = usize::try_from(dice % u64::try_from(ports.len())?.max(1))?;
    let mut tried = ports.clone().skip(begin).chain(ports.take(begin));
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    tried.find(free).context("no port below those that the kernel gives is free")
}
