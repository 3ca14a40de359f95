//! A Sendmail whose queue holds a message for each of two domains, behind a relay that refuses.

use super::postfix::told;
use super::shell::Shell;
use anyhow::{Context, Result, ensure};
use noanswer_tests::lab::world::World;
use noanswer_tests::need;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

pub fn run(world: &mut World) -> Result<Vec<&'static str>> {
    need::other_users("Sendmail")?;
    let folder = world.folder.join("sending-sendmail");
    let queue = folder.join("queue");
    std::fs::create_dir_all(&queue)?;
    std::fs::set_permissions(&queue, std::fs::Permissions::from_mode(0o700))?;
    let file = folder.join("sendmail.cf");
    std::fs::write(&file, SENDMAIL_CF.replace("QUEUE", &queue.display().to_string()))?;
    // Without the group that its package gives it, which would have the loader forget where its libraries are.
    let mut program = need::debian("sendmail-bin", "usr/libexec/sendmail/sendmail")?;
    let copy = folder.join("sendmail");
    std::fs::copy(&program.path, &copy)?;
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755))?;
    program.path = copy;
    let shell = Shell::new(folder.join("bin"))?;
    shell.program("sendmail", &program, "", &format!("-C{}", file.display()))?;

    let host = &world.regions[0];
    for to in ["a@recipient.test", "b@elsewhere.test"] {
        shell.run(
            host,
            &format!("printf 'Subject: a test\\n\\nhello\\n' | sendmail -odi -f me@sender.test {to}"),
        )?;
    }
    let others = tries(&queue, "b@elsewhere.test").context("the other message does not wait")?;
    let before = tries(&queue, "a@recipient.test").context("the message does not wait")?;
    shell.run(host, &told("sendmail.retry_domain"))?.with(&[])?;
    let until = Instant::now() + Duration::from_secs(30);
    while tries(&queue, "a@recipient.test") <= Some(before) {
        ensure!(Instant::now() < until, "the message was not tried again");
        std::thread::sleep(Duration::from_millis(50));
    }
    ensure!(tries(&queue, "b@elsewhere.test") == Some(others), "another domain was tried");
    Ok(vec!["sendmail.retry_domain"])
}

/// How often the message to `to` was tried, by the line `N` of its file in the queue.
fn tries(queue: &Path, to: &str) -> Option<u32> {
    let files =
        std::fs::read_dir(queue).ok()?.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path()).ok());
    let text = files.into_iter().find(|text| text.starts_with('V') && text.contains(&format!(":{to}\n")))?;
    text.lines().find_map(|line| line.strip_prefix('N'))?.parse().ok()
}

/// The smallest configuration that queues and relays: addresses are split at `@`, and all go to port 2525 of loopback.
const SENDMAIL_CF: &str = "\
V10/Berkeley
Djsender.test
O AliasFile=
O HelpFile=
O HostStatusDirectory=
O DeliveryMode=interactive
O QueueDirectory=QUEUE
O MinQueueAge=0
O RunAsUser=root
O DontBlameSendmail=GroupWritableDirPathSafe,TrustStickyBit
Troot
SCanonify=3
R$* < $+ > $*\t\t$: $2
R$+ @ $+\t\t$: $1 < @ $2 >
SParse=0
R$* < @ $+ > $*\t\t$#relay $@ [127.0.0.1] $: $1 < @ $2 >
R$*\t\t\t$#local $: $1
SFinal=4
R$* < @ $+ > $*\t\t$: $1 @ $2
SEnvFrom
Mlocal, P=/bin/false, F=lsDFMAw5:/|@qSPfhn9, S=EnvFrom, R=Final, A=false
Mprog, P=/bin/false, F=lsDFMoqeu9, S=EnvFrom, R=Final, D=/, A=false
Mrelay, P=[IPC], F=mDFMuXa8, S=EnvFrom, R=Final, E=\\r\\n, L=2040, A=TCP $h 2525
";
