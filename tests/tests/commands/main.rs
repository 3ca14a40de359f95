//! Every command that people are told to type, run as it is told: on the lab, with the software of Debian, for IPv4 and
//! IPv6. What is PowerShell's is parsed.

mod exim;
mod opensmtpd;
mod paths;
mod postfix;
mod sendmail;
mod shell;
mod syntax;

use anyhow::{Context, Result, ensure};
use noanswer_core::facts::commands;
use noanswer_core::queue::{self, Setting, Software};
use noanswer_core::timestamp::Timestamp;
use noanswer_tests::lab::suite;
use noanswer_tests::lab::world::World;
use noanswer_tests::namespace;
use noanswer_tests::need;
use std::collections::BTreeSet;

/// The Debian packages that the commands are of, each with a program of it.
const PACKAGES: &[(&str, &str)] = &[
    ("opensmtpd", "usr/sbin/smtpctl"),
    ("iputils-ping", "bin/ping"),
    ("iputils-tracepath", "usr/bin/tracepath"),
    ("traceroute", "usr/bin/traceroute.db"),
    ("netcat-openbsd", "bin/nc.openbsd"),
    ("bind9-dnsutils", "usr/bin/dig"),
    ("sendmail-bin", "usr/libexec/sendmail/sendmail"),
];

/// What another system takes, or a service that stands where no test may put it; `syntax` looks at it.
const NOT_RUN: &[&str] = &["exchange.retry", "qmail.retry_all"];

#[test]
fn they_do_what_they_say() {
    if !namespace::is_inside() {
        for (package, program) in PACKAGES {
            need::debian(package, program).expect("Debian's packages");
        }
        for (program, package) in [("curl", "curl"), ("openssl", "openssl")] {
            need::command(program, package).expect("Debian's packages");
        }
        let status = suite::step_inside(["--exact", "they_do_what_they_say", "--nocapture"]);
        assert!(status.expect("the lab needs namespaces").success(), "see the words above");
        return;
    }
    let ran = all().expect("each command does what it says");
    let told: BTreeSet<&str> = commands().map(|command| command.key).collect();
    let left: Vec<_> = told.iter().filter(|key| !ran.contains(*key) && !NOT_RUN.contains(key)).collect();
    assert!(left.is_empty(), "nobody runs {left:?}");
}

fn all() -> Result<BTreeSet<&'static str>> {
    need::accounts(&["Debian-exim", "postfix", "postdrop", "opensmtpd", "opensmtpq"])?;
    let mut world = World::new(false)?;
    let mut ran = BTreeSet::new();
    ran.extend(paths::run(&mut world).context("paths")?);
    hosts_file(&world)?;
    ran.extend(postfix::run(&mut world).context("Postfix")?);
    ran.extend(exim::run(&mut world).context("Exim")?);
    ran.extend(sendmail::run(&mut world).context("Sendmail")?);
    // It covers folders of the system: the last.
    ran.extend(opensmtpd::run(&mut world).context("OpenSMTPD")?);
    Ok(ran)
}

/// A running server's own list of its queue, in which one message to `recipient.test` waits, is read as that.
fn queue_is_read(listing: &str, software: Software) -> Result<()> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let setting = Setting::utc(Timestamp::from_unix(i64::try_from(now)?));
    let read = queue::read(listing, &setting).with_context(|| format!("no queue was read in {listing}"))?;
    let destinations: Vec<&str> = read.rows.iter().map(|row| row.destination.as_str()).collect();
    let right = read.software == software && read.messages == 1 && destinations == ["recipient.test"];
    ensure!(right && read.rows[0].oldest.is_some(), "{listing}\nwas read as {read:?}");
    Ok(())
}

/// The name of a host that has both families and refuses: what the mail servers here relay to.
const RELAY: &str = "dual.test";

/// Covers `/etc/hosts` for this tree of processes: the relay's name is loopback's in both families.
fn hosts_file(world: &World) -> Result<()> {
    // Sendmail waits a minute for a name of its own that has a dot.
    let own = std::fs::read_to_string("/proc/sys/kernel/hostname")?;
    let text = format!("127.0.0.1 localhost {RELAY}\n::1 localhost {RELAY}\n127.0.0.1 sender.test {own}\n");
    cover_hosts(world, &text)
}

fn cover_hosts(world: &World, text: &str) -> Result<()> {
    let path = world.folder.join("hosts");
    std::fs::write(&path, text)?;
    let status = std::process::Command::new("mount").arg("--bind").arg(&path).arg("/etc/hosts").status()?;
    ensure!(status.success(), "/etc/hosts could not be covered");
    Ok(())
}
