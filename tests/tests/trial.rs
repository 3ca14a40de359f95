//! README's trial, pasted as it stands: the embedded lab, and every command that it shows, on a machine whose packets to the
//! outside are counted.

use anyhow::{Context, Result, anyhow, ensure};
use noanswer_tests::lab::run::command_under_test;
use noanswer_tests::namespace;
use noanswer_tests::own_network;
use noanswer_tests::serve::Serve;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What each line must say and how it must end, by how it begins. A line of the README that is not here fails the test.
const SAYS: &[(&str, i32, &[&str])] = &[
    (
        "noanswer self --lab=west",
        2,
        &["cannot send", "port 25 is dropped", "Please open outbound TCP port 25"],
    ),
    (
        "noanswer self --lab",
        0,
        &["can send mail on port 25", "alpha ✓", "mail.sender.test, which leads back"],
    ),
    ("echo 'connect to", 0, &["mx.silent.test", "met silence"]),
    ("noanswer check silent.test --api http://127.0.0.1:4410 -vv", 2, &["Ruled out", "target.down.silent"]),
    (
        "noanswer check silent.test --api http://127.0.0.1:4410 --letter postmaster --lang de",
        2,
        &["Guten Tag,"],
    ),
    ("noanswer check silent.test --api http://127.0.0.1:4410", 2, &["answers nobody", "✗ silent"]),
    (
        "noanswer check refused.test --api http://127.0.0.1:4410 --mine",
        2,
        &["closed: connections are refused"],
    ),
    (
        "noanswer check v6-broken.test --api http://127.0.0.1:4410 --output nagios",
        1,
        &["NOANSWER WARNING - ", "'vantages_clear'=3"],
    ),
    ("noanswer check busy.test --api http://127.0.0.1:4410 --watch", 2, &["now named"]),
    (
        "noanswer check --relay smtp.relay.test:587",
        0,
        &["greets, and its TLS is as it should be", "STARTTLS"],
    ),
    ("noanswer check --relay odd.relay.test:465", 1, &["wrong version number", "Have it use STARTTLS"]),
    ("noanswer queue", 2, &["silent.test", "flush"]),
    ("noanswer vantages", 1, &["west", "cannot see port 25"]),
    ("curl", 0, &["noanswer_check_exit_code", "# EOF"]),
    ("noanswer mx one-of-two.test", 0, &["mx1.one-of-two.test"]),
    ("eval \"$(noanswer completions bash)\"", 0, &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The commands of the trial. The line before them leads to the program that `cargo xtask run` has built.
fn trial() -> Result<Vec<String>> {
    let text = std::fs::read_to_string(root().join("README.md"))?;
    let begins = "PATH=$PWD/target/release:$PATH\n";
    let block =
        text.split("```sh\n").find_map(|block| block.strip_prefix(begins)).context("the trial's block")?;
    Ok(block.split("```").next().unwrap_or_default().lines().map(str::to_owned).collect())
}

/// What is wrong with what `line` does, where it must do what stands in [`SAYS`].
fn run(line: &str, known: Option<usize>, folder: &Path, lab: &str) -> Result<Option<String>> {
    let Some(at) = known else { return Ok(Some(format!("nobody knows what this must say: {line}"))) };
    let (_, code, words) = SAYS[at];
    let script = format!("PATH={}:$PATH\n{}", folder.display(), line.replace("http://127.0.0.1:4410", lab));
    let mut shell = Command::new("bash");
    let output = shell.args(["-c", &script]).current_dir(root()).stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(code) && words.iter().all(|word| said.contains(word)) {
        return Ok(None);
    }
    let (ended, complained) = (output.status, String::from_utf8_lossy(&output.stderr));
    Ok(Some(format!("$ {line}\n{said}{complained}\n{ended}, expected {code} and {words:?}")))
}

/// A default route over a cable to nobody: what is sent there is counted.
fn outside() -> Result<()> {
    let lines = "link add out type veth peer name nobody\nlink set out arp off\nlink set nobody up\nlink set out up\n\
                 addr add 203.0.113.200/24 dev out\nroute add default dev out\n";
    let path = std::env::temp_dir().join(format!("noanswer-outside-{}", std::process::id()));
    // The kernel's own packets of IPv6 would be counted too.
    std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1").context("IPv6 stays on")?;
    std::fs::write(&path, lines)?;
    let made = Command::new("ip").arg("-batch").arg(&path).status()?;
    std::fs::remove_file(&path)?;
    ensure!(made.success(), "the cable could not be made");
    Ok(())
}

/// How many packets were sent outside (proc(5), net/dev).
fn sent_outside() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/net/dev")?;
    let line = text.lines().find_map(|line| line.trim().strip_prefix("out:")).context("no such device")?;
    Ok(line.split_whitespace().nth(9).context("no count of packets")?.parse()?)
}

#[test]
fn the_readmes_trial_does_what_it_says_and_stays_on_the_machine() -> Result<()> {
    if !namespace::is_inside() {
        let program = command_under_test()?;
        let arguments =
            ["--exact", "the_readmes_trial_does_what_it_says_and_stays_on_the_machine", "--nocapture"];
        let status = namespace::step_inside(arguments, &[(noanswer_tests::lab::run::COMMAND, program)])?;
        ensure!(status.success(), "see the lines above");
        return Ok(());
    }
    own_network::enter()?;
    outside()?;
    std::net::UdpSocket::bind("0.0.0.0:0")?.send_to(b"x", "192.0.2.1:9")?;
    let before = sent_outside()?;
    ensure!(before == 1, "what is sent is counted: {before}");
    let program = command_under_test()?;
    let server = Serve::lab(&program)?;
    let folder = program.parent().context("a folder")?;
    let lines = trial()?;
    let known = |line: &str| SAYS.iter().position(|(begins, ..)| line.starts_with(begins));
    // Each waits for hosts that are silent.
    let mut wrong: Vec<String> = std::thread::scope(|scope| {
        let url = server.url.as_str();
        let running: Vec<_> =
            lines.iter().map(|line| scope.spawn(move || run(line, known(line), folder, url))).collect();
        let ended = running.into_iter().map(|one| one.join().unwrap_or(Err(anyhow!("it panicked"))));
        ended.filter_map(|one| one.unwrap_or_else(|error| Some(format!("{error:#}")))).collect()
    });
    let shown: Vec<usize> = lines.iter().filter_map(|line| known(line)).collect();
    let untold = SAYS.iter().enumerate().filter(|(at, _)| !shown.contains(at));
    wrong.extend(untold.map(|(_, (begins, ..))| format!("the README does not show: {begins}")));
    let sent = sent_outside()? - before;
    wrong.extend((sent > 0).then(|| format!("{sent} packets were sent outside")));
    ensure!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
    Ok(())
}
