//! The symptom reader in figures: makes the logs that are read, and reads them natively, one thread, in constant memory.
//!
//! `bench_symptom make FOLDER` writes them; `bench_symptom read FILE …` prints one line of JSON a file. What reads them
//! in wasm is `tests/browser/bench/reader.mjs`; `cargo xtask bench symptom` runs both and prints one table.

use anyhow::{Context, Result, bail};
use noanswer_core::symptom::Log;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::time::Duration;

/// How large the busy server's log is, in bytes.
const MIXED: usize = 100 << 20;

/// How large the blocked server's log is, in bytes.
const BLOCKED: usize = 20 << 20;

/// How much is read at a time, in bytes.
const PIECE: usize = 1 << 20;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["make", folder] => {
            make(&Path::new(folder).join("mixed.log"), MIXED, mixed)?;
            make(&Path::new(folder).join("blocked.log"), BLOCKED, blocked)
        }
        ["read", files @ ..] => files.iter().try_for_each(|file| read(Path::new(file))),
        _ => bail!("usage: bench_symptom make FOLDER | bench_symptom read FILE …"),
    }
}

/// Writes messages until `size` bytes stand in the file.
fn make(path: &Path, size: usize, message: fn(u32) -> String) -> Result<()> {
    let mut file = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
    let mut written = 0;
    for number in 0.. {
        let lines = message(number);
        file.write_all(lines.as_bytes())?;
        written += lines.len();
        if written >= size {
            break;
        }
    }
    Ok(file.flush()?)
}

/// Reads a log and prints how fast: in processor time, which other work on the machine does not lengthen as it does the
/// clock's. The best of three.
fn read(path: &Path) -> Result<()> {
    let mut best = Duration::MAX;
    let (mut bytes, mut lines, mut failures) = (0, 0, 0);
    for _ in 0..3 {
        let mut file = File::open(path).with_context(|| path.display().to_string())?;
        let mut piece = vec![0; PIECE];
        let (mut log, began) = (Log::new(), processor_time()?);
        bytes = 0;
        loop {
            match file.read(&mut piece)? {
                0 => break,
                length => {
                    log.push(&piece[..length]);
                    bytes += length;
                }
            }
        }
        let summary = log.finish();
        (lines, failures) = (summary.lines, summary.failures);
        best = best.min(processor_time()? - began);
    }
    let row = serde_json::json!({
        "bytes": bytes,
        "seconds": best.as_secs_f64(),
        "lines": lines,
        "failures": failures,
        "memory_bytes": peak()?,
    });
    println!("{row}");
    Ok(())
}

/// How long this program has been running on a processor.
fn processor_time() -> Result<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to `time`, which lives until it returns.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    if result != 0 {
        return Err(std::io::Error::last_os_error().into());
    }
    Ok(Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?))
}

/// The peak of this program's resident memory, in bytes.
fn peak() -> Result<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<usize>()? * 1024)
}

/// What came of a message, of a hundred: taken, met with silence, taken for unknown, asked to come back.
const MIX: &[(&str, u32)] = &[("sent", 90), ("silent", 4), ("unknown", 3), ("greylisted", 3)];

/// A message through a busy server: what its Postfix logs of it, and what stands around it in a mail.log.
fn mixed(number: u32) -> String {
    let (id, host, from) = (format!("{number:08X}"), number % 5_000, number % 250);
    let stamp = format!("2026-11-24T09:{:02}:{:02}.123456+00:00 mx1", number / 60 % 60, number % 60);
    let mx = format!("mx{}.example{host}.org", number % 3);
    let to = format!("{stamp} postfix/smtp[2214]: {id}: to=<user{host}@example{host}.org>, relay=");
    let mut roll = number % 100;
    let came = MIX.iter().find(|(_, share)| {
        let hit = roll < *share;
        roll = roll.saturating_sub(*share);
        hit
    });
    let outcome = match came.map(|(came, _)| *came) {
        Some("silent") => format!(
            "{stamp} postfix/smtp[2214]: connect to {mx}[192.0.2.{from}]:25: Connection timed out\n\
             {to}none, delay=30, delays=0.1/0/30/0, dsn=4.4.1, status=deferred (connect to {mx}[192.0.2.{from}]:25: Connection timed out)"
        ),
        Some("unknown") => format!(
            "{to}{mx}[192.0.2.{from}]:25, delay=1.1, delays=0.1/0/0.5/0.5, dsn=5.1.1, status=bounced (host {mx}[192.0.2.{from}] said: 550 5.1.1 <user{host}@example{host}.org>: Recipient address rejected: User unknown (in reply to RCPT TO command))"
        ),
        Some("greylisted") => format!(
            "{to}{mx}[192.0.2.{from}]:25, delay=1.1, delays=0.1/0/0.5/0.5, dsn=4.2.0, status=deferred (host {mx}[192.0.2.{from}] said: 450 4.2.0 <user{host}@example{host}.org>: Recipient address rejected: Greylisted, see http://postgrey.example/ (in reply to RCPT TO command))"
        ),
        _ => format!(
            "{to}{mx}[192.0.2.{from}]:25, delay=1.3, delays=0.1/0.01/0.5/0.7, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {id})"
        ),
    };
    // Every seventh message has company: guesses at passwords, a spam filter, an IMAP server.
    let around = match number % 7 {
        0 => format!(
            "{stamp} postfix/smtpd[2212]: warning: unknown[203.0.113.{from}]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=info\n\
             {stamp} postfix/smtpd[2212]: lost connection after AUTH from unknown[203.0.113.{from}]\n\
             {stamp} postfix/smtpd[2212]: disconnect from unknown[203.0.113.{from}] ehlo=1 auth=0/1 commands=1/2\n"
        ),
        1 => format!(
            "{stamp} postfix/smtpd[2212]: NOQUEUE: reject: RCPT from unknown[203.0.113.{from}]: 450 4.7.25 Client host rejected: cannot find your hostname, [203.0.113.{from}]; from=<a@example.net> to=<b@example.com> proto=ESMTP helo=<example.net>\n"
        ),
        2 => format!(
            "{stamp} dovecot: imap-login: Login: user=<user{host}>, method=PLAIN, rip=198.51.100.{from}, lip=192.0.2.2, mpid=4242, TLS, session=<A1b2C3d4E5f6>\n\
             {stamp} dovecot: imap(user{host})<4242><A1b2C3d4E5f6>: Logged out in=441 out=4410 deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=0 body_bytes=0\n"
        ),
        3 => format!(
            "{stamp} spamd[771]: spamd: result: . -2 - BAYES_00,DKIM_SIGNED,DKIM_VALID,SPF_PASS scantime=0.4,size=14211,user=news,uid=110,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=41224,mid=<{id}.20261124@client{host}.example.net>,bayes=0.000000,autolearn=ham\n"
        ),
        _ => String::new(),
    };
    format!(
        "{stamp} postfix/smtpd[2211]: connect from client{host}.example.net[198.51.100.{from}]\n\
         {stamp} postfix/smtpd[2211]: {id}: client=client{host}.example.net[198.51.100.{from}]\n\
         {stamp} postfix/cleanup[2213]: {id}: message-id=<{id}.20261124@client{host}.example.net>\n\
         {stamp} postfix/qmgr[901]: {id}: from=<news@example.net>, size=14211, nrcpt=1 (queue active)\n\
         {stamp} postfix/smtpd[2211]: disconnect from client{host}.example.net[198.51.100.{from}] ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7\n\
         {outcome}\n\
         {stamp} postfix/qmgr[901]: {id}: removed\n\
         {around}"
    )
}

/// A message of a server whose port 25 is blocked: nothing but failures.
fn blocked(number: u32) -> String {
    let (id, host, mx) = (format!("{number:08X}"), number % 97, number % 250);
    let stamp = format!("Nov 24 08:{:02}:{:02} mail", number / 60 % 60, number % 60);
    format!(
        "{stamp} postfix/smtp[21877]: connect to mx.example{host}.org[192.0.2.{mx}]:25: Connection timed out\n\
         {stamp} postfix/smtp[21877]: connect to mx.example{host}.org[2001:db8::{mx}]:25: Network is unreachable\n\
         {stamp} postfix/smtp[21877]: {id}: to=<owner@example{host}.org>, relay=none, delay=1843, delays=1813/0.02/30/0, dsn=4.4.1, status=deferred (connect to mx.example{host}.org[192.0.2.{mx}]:25: Connection timed out)\n"
    )
}
