//! A Postfix that sends: to a relay that refuses, so that every try shows in its log.

use super::RELAY;
use super::shell::{Shell, lines, more_lines, submit};
use anyhow::{Context, Result, ensure};
use noanswer_tests::lab::postfix;
use noanswer_tests::lab::world::{World, wait_for_listener};
use noanswer_tests::namespace::Namespace;
use noanswer_tests::need;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

const PORT: u16 = 2500;
/// What each try leaves in the log.
const TRY: &str = ": Connection refused";

pub fn run(world: &mut World) -> Result<Vec<&'static str>> {
    need::other_users("Postfix")?;
    let folder = world.folder.join("sending-postfix");
    let shell = start(world, &folder)?;
    let (host, log) = (&world.regions[0], folder.join("mail.log"));
    submit(host, PORT, "a@recipient.test")?;
    let first = more_lines(&log, "status=deferred", 0)?;
    let id = first[0].split(": ").nth(1).context("no queue ID")?.to_owned();

    let again = |line: &str| -> Result<Vec<String>> {
        let (tries, ends) = (lines(&log, TRY), lines(&log, "status=deferred"));
        shell.run(host, line)?.with(&[])?;
        more_lines(&log, "status=deferred", ends)?;
        let text = std::fs::read_to_string(&log)?;
        let all = text.lines().filter(|line| line.contains(TRY) && !line.contains("status="));
        Ok(all.skip(tries - ends).map(str::to_owned).collect())
    };
    let retry = told("postfix.retry").replace("QUEUE_ID", &id);
    let tries = again(&retry)?;
    ensure!(
        tries.iter().any(|line| line.contains("[::1]"))
            && tries.iter().any(|line| line.contains("[127.0.0.1]"))
    );
    // The other domain's message, which waits beside it, is left alone.
    submit(host, PORT, "b@elsewhere.test")?;
    more_lines(&log, "to=<b@elsewhere.test>", 0)?;
    let others = lines(&log, "to=<b@elsewhere.test>");
    again(&told("postfix.retry_domain"))?;
    again(&told("postfix.retry_domain"))?;
    ensure!(lines(&log, "to=<b@elsewhere.test>") == others, "another domain was tried");
    again(&told("postfix.retry_all"))?;
    more_lines(&log, "to=<b@elsewhere.test>", others)?;

    let configured = |key| -> Result<Vec<String>> {
        let reloads = lines(&log, "reload -- version");
        shell.run(host, &told(key))?.with(&[])?;
        more_lines(&log, "reload -- version", reloads)?;
        again(&retry)
    };
    // Preferred: IPv4 first, IPv6 still.
    let tries = configured("postfix.prefer_ipv4")?;
    ensure!(tries.first().is_some_and(|line| line.contains("[127.0.0.1]")), "{tries:?}");
    ensure!(tries.iter().any(|line| line.contains("[::1]")), "IPv6 stays in use: {tries:?}");
    // Alone: no IPv6 goes out, and it still comes in.
    let tries = configured("postfix.ipv4_only")?;
    ensure!(!tries.is_empty() && !tries.iter().any(|line| line.contains("[::1]")), "{tries:?}");
    wait_for_listener(host, SocketAddr::new([0, 0, 0, 0, 0, 0, 0, 1].into(), PORT))
        .context("incoming IPv6")?;
    Ok(vec![
        "postfix.retry",
        "postfix.retry_domain",
        "postfix.retry_all",
        "postfix.prefer_ipv4",
        "postfix.ipv4_only",
    ])
}

/// The command of that key, its gaps filled.
pub fn told(key: &str) -> String {
    noanswer_core::facts::command(key, None)
        .map_or_else(String::new, |told| told.filled("recipient.test", None))
}

fn start(world: &mut World, folder: &Path) -> Result<Shell> {
    let master = postfix::find()?;
    let root = master.root.clone().unwrap_or_else(|| "/".into());
    let (settings, queue, data) = (folder.join("etc"), folder.join("queue"), folder.join("data"));
    for at in [&settings, &data, &queue] {
        std::fs::create_dir_all(at)?;
    }
    let owner = need::account("postfix")?;
    chown(&data, Some(owner), None)?;
    for part in [
        "private", "public", "incoming", "active", "deferred", "defer", "bounce", "trace", "flush", "hold",
        "corrupt", "maildrop", "pid",
    ] {
        std::fs::create_dir(queue.join(part))?;
        chown(queue.join(part), Some(owner), None)?;
        std::fs::set_permissions(queue.join(part), std::fs::Permissions::from_mode(0o755))?;
    }
    chown(queue.join("pid"), Some(0), None)?;
    let (at, from) = (folder.display(), root.display());
    let main = format!(
        "compatibility_level = 3.6\nmyhostname = sender.test\nmydestination =\ninet_interfaces = loopback-only\n\
         inet_protocols = all\nqueue_directory = {at}/queue\ndata_directory = {at}/data\n\
         daemon_directory = {from}/usr/lib/postfix/sbin\ncommand_directory = {from}/usr/sbin\n\
         shlib_directory = {from}/usr/lib/postfix\nmeta_directory = {from}/etc/postfix\n\
         sendmail_path = {from}/usr/sbin/sendmail\nnewaliases_path = {from}/usr/bin/newaliases\n\
         mailq_path = {from}/usr/bin/mailq\nmaillog_file = {at}/mail.log\nmaillog_file_prefixes = {at}\n\
         mail_owner = postfix\nsetgid_group = postdrop\nalias_maps =\nalias_database =\nlocal_recipient_maps =\n\
         smtpd_peername_lookup = no\nsmtp_host_lookup = native\nrelayhost = [{RELAY}]:2525\n\
         import_environment = MAIL_CONFIG LD_LIBRARY_PATH LANG=C\n"
    );
    std::fs::write(settings.join("main.cf"), main)?;
    std::fs::write(settings.join("master.cf"), MASTER_CF)?;
    let host: fn(&World) -> &Namespace = |world| &world.regions[0];
    let mut command = master.command_in(host(world));
    command.arg("-c").arg(&settings).arg("-d").env("MAIL_CONFIG", &settings);
    world.start(command, "sending-postfix")?;
    wait_for_listener(host(world), SocketAddr::from(([127, 0, 0, 1], PORT)))?;
    let shell = Shell::new(folder.join("bin"))?;
    for name in ["postqueue", "postconf", "postfix"] {
        let program = need::debian("postfix", &format!("usr/sbin/{name}"))?;
        shell.program(name, &program, &format!("MAIL_CONFIG={}", settings.display()), "")?;
    }
    Ok(shell)
}

const MASTER_CF: &str = "\
2500      inet  n       -       n       -       -       smtpd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
scache    unix  -       -       n       -       1       scache
anvil     unix  -       -       n       -       1       anvil
postlog   unix-dgram n  -       n       -       1       postlogd
";
