//! An Exim that sends: to a relay that refuses, so that every try shows in its log.

use super::postfix::told;
use super::shell::{Shell, lines, more_lines};
use super::{RELAY, queue_is_read};
use anyhow::{Context, Result, ensure};
use noanswer_core::facts::command;
use noanswer_core::queue::Software;
use noanswer_tests::lab::exim;
use noanswer_tests::lab::world::World;
use noanswer_tests::need;

pub fn run(world: &mut World) -> Result<Vec<&'static str>> {
    need::other_users("Exim")?;
    let folder = world.folder.join("sending-exim");
    std::fs::create_dir_all(folder.join("spool"))?;
    let file = folder.join("exim.conf");
    let text = format!(
        "primary_hostname = sender.test\nspool_directory = {at}/spool\nlog_file_path = {at}/spool/%s.log\n\
         exim_user = root\nexim_group = root\nnever_users =\nhost_lookup =\nkeep_environment =\nbegin routers\nrelay:\n  \
         driver = manualroute\n  route_list = * {RELAY}::2525 byname\n  self = send\n  transport = smtp\n\
         begin transports\nsmtp:\n  driver = smtp\n  hosts_try_fastopen =\n  user = Debian-exim\n  allow_localhost\nbegin retry\n\
         * * F,2h,15m; G,16h,1h,1.5; F,4d,6h\n",
        at = folder.display()
    );
    std::fs::write(&file, &text)?;
    let (host, log) = (&world.regions[1], folder.join("spool/main.log"));
    let shell = Shell::new(folder.join("bin"))?;
    shell.program("exim", &exim::find()?, "", &format!("-C {}", file.display()))?;
    shell
        .run(host, "printf 'Subject: a test\\n\\nhello\\n' | exim -odf -f me@sender.test a@recipient.test")?
        .with(&[])?;
    let first = more_lines(&log, " == a@recipient.test", 0)?;
    let id = first[0].split(' ').nth(2).context("no message ID")?.to_owned();

    queue_is_read(&shell.run(host, "exim -bp")?.with(&["a@recipient.test"])?.out, Software::Exim)?;

    let tries = || lines(&log, "Connection refused");
    let again = |line: &str| -> Result<()> {
        let before = tries();
        shell.run(host, line)?.with(&[])?;
        more_lines(&log, "Connection refused", before).map(drop)
    };
    again(&told("exim.retry").replace("QUEUE_ID", &id))?;
    again(&told("exim.retry_domain"))?;
    // What an administrator froze stays frozen for a domain's retry, and is tried where its own ID is named.
    shell.run(host, &format!("exim -Mf {id}"))?.with(&["is now frozen"])?;
    let (before, runs) = (tries(), lines(&log, "End queue run"));
    shell.run(host, &told("exim.retry_domain"))?.with(&[])?;
    more_lines(&log, "End queue run", runs)?;
    ensure!(tries() == before, "a frozen message was tried");
    again(&told("exim.retry").replace("QUEUE_ID", &id))?;

    // A line for the router: Exim takes it there, and knows no other like it.
    let line = command("exim.prefer_ipv4", None).context("no such line")?.template;
    for (line, taken) in [(line.to_owned(), true), (line.replace("prefer", "preferred"), false)] {
        let other = folder.join("other.conf");
        let router = format!("driver = dnslookup\n  {line}");
        let changed = text.replace("driver = manualroute", &router);
        let changed: String = changed
            .lines()
            .filter(|line| !line.contains("route_list"))
            .map(|line| format!("{line}\n"))
            .collect();
        std::fs::write(&other, changed)?;
        shell.program("other", &exim::find()?, "", &format!("-C {}", other.display()))?;
        let said = shell.run(host, "other -bV")?;
        ensure!((said.code == Some(0)) == taken, "{line}: {said:?}");
    }
    Ok(vec!["exim.retry", "exim.retry_domain", "exim.prefer_ipv4"])
}
