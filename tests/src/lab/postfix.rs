//! Postfix as a recipient's exchange: its own `master` with the services that a greeting, `EHLO` and STARTTLS need.

use super::fate::Certificate;
use super::world::{World, wait_for_listener};
use crate::need;
use anyhow::{Context, Result, ensure};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

const DAEMONS: &str = "usr/lib/postfix/sbin";

/// Finds Postfix on this system, or fetches it.
pub fn find() -> Result<need::Program> {
    need::debian("postfix", "usr/lib/postfix/sbin/master")
}

/// Starts Postfix at port 25 of `addresses`, as `name`, with STARTTLS.
pub fn start(world: &mut World, addresses: [IpAddr; 2], name: &str) -> Result<()> {
    need::other_users("Postfix")?;
    let master = find()?;
    need::accounts(&["Debian-exim", "postfix", "postdrop"])?;
    let folder = world.folder.join(name);
    let (settings, queue, data) = (folder.join("etc"), folder.join("queue"), folder.join("data"));
    for at in [&settings, &data, &queue] {
        std::fs::create_dir_all(at)?;
    }
    for part in ["pid", "private", "public", "incoming", "active", "deferred", "maildrop"] {
        std::fs::create_dir(queue.join(part))?;
    }
    let owner = need::account("postfix")?;
    chown(&data, Some(owner), None).context("Postfix wants a user of its own: run as root")?;
    for part in ["private", "public"] {
        chown(queue.join(part), Some(owner), None)?;
        std::fs::set_permissions(queue.join(part), std::fs::Permissions::from_mode(0o755))?;
    }
    let certificate = Certificate::by(name, name)?;
    std::fs::write(folder.join("mx.crt"), &certificate.certificate)?;
    std::fs::write(folder.join("mx.key"), &certificate.key)?;
    let root = master.root.clone().unwrap_or_else(|| "/".into());
    std::fs::write(settings.join("main.cf"), main_cf(&folder, &root, addresses, name))?;
    std::fs::write(settings.join("master.cf"), MASTER_CF)?;
    let mut command = master.command_in(&world.target);
    command.arg("-c").arg(&settings).arg("-d").env("MAIL_CONFIG", &settings);
    let log = world.start(command, "postfix")?;
    for ip in addresses {
        let words = || {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            format!(
                "Postfix says: {said}{}",
                std::fs::read_to_string(folder.join("mail.log")).unwrap_or_default()
            )
        };
        wait_for_listener(&world.target, SocketAddr::new(ip, 25)).with_context(words)?;
    }
    ensure!(log.is_file(), "Postfix left no words");
    Ok(())
}

const MASTER_CF: &str = "\
smtp      inet  n       -       n       -       -       smtpd
rewrite   unix  -       -       n       -       -       trivial-rewrite
cleanup   unix  n       -       n       -       0       cleanup
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
proxymap  unix  -       -       n       -       -       proxymap
anvil     unix  -       -       n       -       1       anvil
postlog   unix-dgram n  -       n       -       1       postlogd
";

fn main_cf(folder: &Path, root: &Path, [v4, v6]: [IpAddr; 2], name: &str) -> String {
    let (folder, root) = (folder.display(), root.display());
    format!(
        "compatibility_level = 3.6\nmyhostname = {name}\nmydestination =\ninet_interfaces = {v4}, {v6}\n\
         inet_protocols = all\nqueue_directory = {folder}/queue\ndata_directory = {folder}/data\n\
         daemon_directory = {root}/{DAEMONS}\ncommand_directory = {root}/usr/sbin\n\
         shlib_directory = {root}/usr/lib/postfix\nmaillog_file = {folder}/mail.log\n\
         maillog_file_prefixes = {folder}\nmail_owner = postfix\nsetgid_group = postdrop\nalias_maps =\n\
         local_recipient_maps =\nsmtpd_peername_lookup = no\nsmtpd_tls_security_level = may\n\
         smtpd_tls_cert_file = {folder}/mx.crt\nsmtpd_tls_key_file = {folder}/mx.key\n\
         import_environment = MAIL_CONFIG LD_LIBRARY_PATH LANG=C\n"
    )
}
