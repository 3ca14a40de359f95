//! Exim as a recipient's exchange: the real thing, in one process.

use super::fate::Certificate;
use super::world::{World, wait_for_listener};
use crate::need;
use anyhow::{Context, Result};
use std::net::{IpAddr, SocketAddr};

/// Finds Exim on this system, or fetches it.
pub fn find() -> Result<need::Program> {
    need::debian("exim4-daemon-light", "usr/sbin/exim4")
}

/// Starts Exim at port 25 of `addresses`, as `name`, with STARTTLS.
pub fn start(world: &mut World, addresses: [IpAddr; 2], name: &str) -> Result<()> {
    need::other_users("Exim")?;
    let exim = find()?;
    if exim.root.is_some() {
        // Compiled into the program: without the account it does not start, whatever its settings say.
        need::accounts(&["Debian-exim", "postfix", "postdrop"])?;
    }
    let certificate = Certificate::by(name, name)?;
    let folder = world.folder.join(name);
    std::fs::create_dir_all(folder.join("spool"))?;
    let write = |file: &str, text: &str| std::fs::write(folder.join(file), text);
    write("mx.crt", &certificate.certificate)?;
    write("mx.key", &certificate.key)?;
    let [v4, v6] = addresses;
    write(
        "exim.conf",
        &format!(
            "primary_hostname = {name}\nspool_directory = {at}/spool\nlog_file_path = {at}/spool/%s.log\n\
             local_interfaces = <; {v4}; {v6}\ndaemon_smtp_ports = 25\nexim_user = root\nexim_group = root\n\
             never_users =\npid_file_path = {at}/exim.pid\nhost_lookup =\nrfc1413_query_timeout = 0s\n\
             tls_advertise_hosts = *\ntls_certificate = {at}/mx.crt\ntls_privatekey = {at}/mx.key\n\
             keep_environment =\nqueue_only\nacl_smtp_rcpt = deny\nbegin acl\ndeny:\n  deny\n",
            at = folder.display()
        ),
    )?;
    let mut command = exim.command_in(&world.target);
    command.arg("-C").arg(folder.join("exim.conf")).args(["-bdf"]);
    let log = world.start(command, "exim")?;
    for ip in addresses {
        wait_for_listener(&world.target, SocketAddr::new(ip, 25))
            .with_context(|| format!("exim says: {}", std::fs::read_to_string(&log).unwrap_or_default()))?;
    }
    Ok(())
}
