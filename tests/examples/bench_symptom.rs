//! The symptom reader in figures: a realistic Postfix log of 100 MB, one thread, and the memory it takes.

use noanswer_core::symptom::Log;
use std::fmt::Write as _;
use std::time::Instant;

/// How large the log is, in bytes.
const SIZE: usize = 100 << 20;

/// What of a hundred deliveries: sent, deferred, bounced by the other side.
const MIX: &[(&str, u32)] = &[("sent", 94), ("silent", 4), ("rejected", 2)];

fn main() {
    let log = log();
    let mut best = f64::MAX;
    let mut failures = 0;
    for _ in 0..3 {
        let began = Instant::now();
        let mut reader = Log::new();
        log.as_bytes().chunks(1 << 20).for_each(|piece| reader.push(piece));
        let summary = reader.finish();
        failures = summary.failures;
        best = best.min(began.elapsed().as_secs_f64());
    }
    let megabytes = log.len() as f64 / 1e6;
    let lines = log.lines().count();
    println!("| figure | measured | wanted |");
    println!("|---|---|---|");
    println!("| throughput, one thread | {:.0} MB/s | 200 MB/s |", megabytes / best);
    println!("| lines | {:.1} M/s | |", lines as f64 / best / 1e6);
    println!("| failures read | {failures} of {lines} lines | |");
    println!("| memory beside the log itself | {} MB | 64 MB |", peak_beyond(log.len()) / 1_000_000);
}

/// The peak of resident memory, without the log that this program holds, in bytes.
fn peak_beyond(log: usize) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: usize =
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0);
    (kilobytes * 1024).saturating_sub(log)
}

/// Deliveries as Postfix logs them: five lines each.
fn log() -> String {
    let mut log = String::with_capacity(SIZE + 4096);
    let mut number = 0_u32;
    while log.len() < SIZE {
        number += 1;
        let (id, host, minute, second) =
            (format!("{number:08X}"), number % 5_000, number / 60 % 60, number % 60);
        let stamp = format!("2026-11-24T09:{minute:02}:{second:02}.123456+00:00 mx1");
        let _ = writeln!(
            log,
            "{stamp} postfix/smtpd[2211]: connect from client{host}.example.net[198.51.100.{}]",
            host % 250
        );
        let _ = writeln!(
            log,
            "{stamp} postfix/cleanup[2213]: {id}: message-id=<{id}.20261124@client{host}.example.net>"
        );
        let _ = writeln!(
            log,
            "{stamp} postfix/qmgr[901]: {id}: from=<news@example.net>, size=14211, nrcpt=1 (queue active)"
        );
        let mx = format!("mx{}.example{}.org", number % 3, host);
        let mut roll = number % 100;
        let kind = MIX.iter().find(|(_, share)| {
            let hit = roll < *share;
            roll = roll.saturating_sub(*share);
            hit
        });
        let head = format!("{stamp} postfix/smtp[2214]: {id}: to=<user{host}@example{host}.org>, relay=");
        let _ = match kind.map(|(kind, _)| *kind) {
            Some("silent") => writeln!(
                log,
                "{head}none, delay=30, delays=0.1/0/30/0, dsn=4.4.1, status=deferred (connect to {mx}[192.0.2.{}]:25: Connection timed out)",
                host % 250
            ),
            Some("rejected") => writeln!(
                log,
                "{head}{mx}[192.0.2.{}]:25, delay=1.1, delays=0.1/0/0.5/0.5, dsn=5.1.1, status=bounced (host {mx}[192.0.2.7] said: 550 5.1.1 <user{host}@example{host}.org>: Recipient address rejected: User unknown (in reply to RCPT TO command))",
                host % 250
            ),
            _ => writeln!(
                log,
                "{head}{mx}[192.0.2.{}]:25, delay=1.3, delays=0.1/0.01/0.5/0.7, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {id})",
                host % 250
            ),
        };
        let _ = writeln!(log, "{stamp} postfix/qmgr[901]: {id}: removed");
    }
    log
}
