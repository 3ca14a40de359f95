//! Links that take their time: a pair of TUN devices in the place of a cable, and a relay of ours between them that
//! keeps every packet for a while and loses some. (Not every kernel has `tc netem`.)

use crate::namespace::Namespace;
use anyhow::{Context, Result};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// What a link does to packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// How long each packet is under way.
    pub each_way: Duration,
    /// How many of a hundred are lost, each way. They are the same ones in every run.
    pub loss_percent: u8,
}

/// A relay between two devices; it ends when dropped, and its devices with it.
pub struct Relay {
    stop: Arc<AtomicBool>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Joins two namespaces as `cable` does, by devices of the same names, with packets handed on in this `manner`.
///
/// # Errors
/// Where no TUN device can be made: `/dev/net/tun` is missing or may not be opened.
pub fn slow_cable(here: &Namespace, there: &Namespace, manner: Manner) -> Result<Relay> {
    let near = device(here, &there.name)?;
    let far = device(there, &here.name)?;
    let stop = Arc::new(AtomicBool::new(false));
    one_way(near.try_clone()?, far.try_clone()?, manner, &stop);
    one_way(far, near, manner, &stop);
    Ok(Relay { stop })
}

/// A TUN device `name` in `host`, up; it is there as long as the file is open.
fn device(host: &Namespace, name: &str) -> Result<File> {
    let words = || format!("no TUN device could be made in {}: is there a /dev/net/tun?", host.name);
    let file = host.run(|| attach(name)).with_context(words)?;
    host.ip(&format!("link set {name} up\n"))?;
    Ok(file)
}

fn attach(name: &str) -> io::Result<File> {
    let file = File::options().read(true).write(true).open("/dev/net/tun")?;
    // SAFETY: all-zero is a valid `ifreq`.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes().take(libc::IFNAMSIZ - 1)) {
        *to = from.cast_signed();
    }
    request.ifr_ifru.ifru_flags = i16::try_from(libc::IFF_TUN | libc::IFF_NO_PI).map_err(io::Error::other)?;
    // SAFETY: the request outlives the call, and TUNSETIFF reads and writes no more than it.
    let result = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(file) }
}

/// Hands packets on from one device to the other, on threads of its own, until told to stop.
fn one_way(from: File, to: File, manner: Manner, stop: &Arc<AtomicBool>) {
    let (put, take) = channel();
    let stop = stop.clone();
    std::thread::spawn(move || collect(from, manner, &put, &stop));
    // All wait equally long, so they leave as they came.
    std::thread::spawn(move || deliver(to, &take));
}

type Packet = (Instant, Vec<u8>);

fn collect(mut from: File, manner: Manner, put: &Sender<Packet>, stop: &AtomicBool) {
    let mut room = [0; 65_536];
    for number in 0_u64.. {
        if !wait_for(&from, stop) {
            return;
        }
        let Ok(length) = from.read(&mut room) else { return };
        if is_lost(number, manner.loss_percent) {
            continue;
        }
        if put.send((Instant::now() + manner.each_way, room[..length].to_vec())).is_err() {
            return;
        }
    }
}

fn deliver(mut to: File, take: &Receiver<Packet>) {
    while let Ok((due, packet)) = take.recv() {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        // A device that is down loses packets, as links do.
        let _ = to.write(&packet);
    }
}

/// Waits until there is something to read; `false` when told to stop.
fn wait_for(file: &File, stop: &AtomicBool) -> bool {
    loop {
        if stop.load(Ordering::Relaxed) {
            return false;
        }
        let mut poll = libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one descriptor, which outlives the call.
        if unsafe { libc::poll(&raw mut poll, 1, 200) } > 0 {
            return true;
        }
    }
}

/// Whether the packet of that number is lost: by dice that fall the same way every time (SplitMix64's finish).
fn is_lost(number: u64, percent: u8) -> bool {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^= z >> 27;
    z % 100 < u64::from(percent)
}

#[cfg(test)]
mod tests {
    use super::is_lost;

    #[test]
    fn as_many_are_lost_as_shall_be() {
        assert_eq!((0..1_000).filter(|number| is_lost(*number, 0)).count(), 0);
        let lost = (0..10_000).filter(|number| is_lost(*number, 10)).count();
        assert!((800..1_200).contains(&lost), "{lost}");
        assert_eq!((0..1_000).filter(|number| is_lost(*number, 100)).count(), 1_000);
    }
}
