//! An OpenSMTPD that sends: to a relay that refuses, so that every try shows in its log.

use super::postfix::told;
use super::queue_is_read;
use super::shell::{Shell, lines, more_lines, submit};
use anyhow::{Context, Result, ensure};
use noanswer_core::queue::Software;
use noanswer_tests::lab::world::{World, wait_for_listener};
use noanswer_tests::need;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

const PORT: u16 = 2501;

pub fn run(world: &mut World) -> Result<Vec<&'static str>> {
    need::other_users("OpenSMTPD")?;
    // Its folders are compiled into it: they are covered for this tree of processes.
    for folder in ["/var/lib", "/var/spool", "/run"] {
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", "mode=0755", "none", folder]).status()?;
        ensure!(status.success(), "{folder} could not be covered");
    }
    std::fs::create_dir_all("/var/lib/opensmtpd/empty")?;
    std::fs::create_dir_all("/var/spool/smtpd")?;
    std::fs::set_permissions("/var/spool/smtpd", std::fs::Permissions::from_mode(0o711))?;
    let folder = world.folder.join("sending-opensmtpd");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("smtpd.conf");
    let text = format!(
        "listen on lo port {PORT}\naction \"out\" relay host smtp://127.0.0.1:2525\nmatch from any for any action \"out\"\n"
    );
    std::fs::write(&file, text)?;
    let server = need::debian("opensmtpd", "usr/sbin/smtpd")?;
    let mut command = server.command_in(&world.regions[2]);
    command.args(["-d", "-f"]).arg(&file);
    let log = world.start(command, "sending-opensmtpd")?;
    let host = &world.regions[2];
    wait_for_listener(host, SocketAddr::from(([127, 0, 0, 1], PORT)))
        .with_context(|| std::fs::read_to_string(&log).unwrap_or_default())?;
    // The control program wants the group that its package gives it.
    let mut control = need::debian("opensmtpd", "usr/sbin/smtpctl")?;
    let copy = folder.join("smtpctl");
    std::fs::copy(&control.path, &copy)?;
    chown(&copy, Some(0), Some(need::account("opensmtpq")?))?;
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o2755))?;
    control.path = copy;
    let shell = Shell::new(folder.join("bin"))?;
    shell.program("smtpctl", &control, "", "")?;

    submit(host, PORT, "a@recipient.test")?;
    more_lines(&log, "mta delivery", 0)?;
    let queue = shell.run(host, "smtpctl show queue")?.with(&["a@recipient.test"])?.out;
    queue_is_read(&queue, Software::OpenSmtpd)?;
    let envelope = queue.split('|').next().context("no envelope")?.to_owned();
    for line in [told("opensmtpd.retry").replace("QUEUE_ID", &envelope), told("opensmtpd.retry_all")] {
        let before = lines(&log, "mta delivery");
        shell.run(host, &line)?.with(&[])?;
        more_lines(&log, "mta delivery", before)?;
    }
    Ok(vec!["opensmtpd.retry", "opensmtpd.retry_all"])
}
