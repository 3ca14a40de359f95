//! `tests/contract/command.toml`: what is typed, and what comes of it.

use crate::server::{PROGRAM, Server, client};
use noanswer_tests::contract::{self, Has, shown};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    args: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    stdin: String,
    exit: i32,
    /// In the one line on standard error.
    says: Option<String>,
    /// On standard output.
    #[serde(default)]
    prints: Vec<String>,
    #[serde(default)]
    has: Has,
    /// What is otherwise on Windows.
    windows: Option<Otherwise>,
}

/// A difference that is meant to be: `docs/INSTALL.md` lists them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Otherwise {
    says: String,
}

/// The variable that names the program for Windows, which Wine then runs in the place of this system's.
const WINDOWS: &str = "NOANSWER_WINDOWS";

/// How many programs run at a time under Wine: each has a loader of its own.
const BESIDE: usize = 4;

fn is_windows() -> bool {
    std::env::var_os(WINDOWS).is_some()
}

/// The program under test.
fn program() -> Command {
    match std::env::var_os(WINDOWS) {
        Some(program) => {
            let mut wine = Command::new("wine");
            wine.arg(program);
            wine
        }
        None => Command::new(PROGRAM),
    }
}

impl Case {
    fn run(&self, lab: &str, dir: &Path) -> Output {
        for (name, text) in &self.files {
            std::fs::write(dir.join(name), text).expect("writable");
        }
        let dir = dir.to_str().expect("UTF-8");
        let args = self.args.iter().map(|arg| arg.replace("{lab}", lab).replace("{dir}", dir));
        let mut process = program()
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // A program that does not read its input has ended already.
        let _ = process.stdin.take().expect("piped").write_all(self.stdin.as_bytes());
        process.wait_with_output().expect("it ends")
    }

    /// What is wrong with `output`, line by line.
    fn wrong(&self, output: &Output) -> Vec<String> {
        let (printed, said) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let mut wrong = contract::lacks(&output.stdout, &self.has);
        if output.status.code() != Some(self.exit) {
            wrong.push(format!("{}, not {}", output.status, self.exit));
        }
        let otherwise = self.windows.as_ref().filter(|_| is_windows()).map(|windows| &windows.says);
        match otherwise.or(self.says.as_ref()) {
            Some(words) => {
                let one_line = said.starts_with("noanswer: ") && said.lines().count() == 1;
                if !one_line || !said.contains(words) || !printed.is_empty() {
                    wrong.push(format!(
                        "one line with {words:?} was to be said, not: {said}{}",
                        shown(&output.stdout)
                    ));
                }
            }
            None if !said.is_empty() => wrong.push(format!("nothing was to be said: {said}")),
            None => {}
        }
        for words in self.prints.iter().filter(|words| !printed.contains(*words)) {
            wrong.push(format!("{words:?} was to be printed, not: {}", shown(&output.stdout)));
        }
        if printed.contains(['\u{1b}', '\u{7}']) || said.contains(['\u{1b}', '\u{7}']) {
            wrong.push("an escape came through".to_owned());
        }
        wrong
    }
}

/// A folder of this test's own.
fn folder(number: usize) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("command-{number}"));
    std::fs::create_dir_all(&path).expect("writable");
    path
}

#[test]
fn every_case_of_the_contract() {
    let lab = Server::lab();
    let cases = contract::cases::<Case>("command.toml");
    let numbered: Vec<(usize, &Case)> = cases.iter().enumerate().collect();
    // Those that wait for a vantage wait side by side.
    let together = if is_windows() { BESIDE } else { numbered.len() };
    let url = lab.url.as_str();
    let mut failed: Vec<String> = Vec::new();
    for beside in numbered.chunks(together) {
        std::thread::scope(|scope| {
            let mut running = Vec::new();
            for (number, case) in beside {
                running.push((case, scope.spawn(|| case.wrong(&case.run(url, &folder(*number))))));
            }
            for (case, thread) in running {
                let wrong = thread.join().expect("no panic");
                failed.extend(wrong.into_iter().map(|words| format!("{:?}: {words}", case.args)));
            }
        });
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

#[test]
fn bytes_that_are_no_text_are_no_failure_and_other_encodings_are_read() {
    let utf16 =
        [0xff, 0xfe].into_iter().chain("Winsock error code: 10061".encode_utf16().flat_map(u16::to_le_bytes));
    for (bytes, exit, printed) in
        [(utf16.collect::<Vec<u8>>(), 0, "connect_refused"), (vec![0, 159, 146, 150], 3, "symptoms")]
    {
        let path = folder(usize::MAX).join("told");
        std::fs::write(&path, bytes).expect("writable");
        let output =
            Command::new(PROGRAM).args(["explain", "--json", "-f"]).arg(path).output().expect("it starts");
        assert_eq!(output.status.code(), Some(exit), "{}", shown(&output.stdout));
        assert!(String::from_utf8_lossy(&output.stdout).contains(printed), "{}", shown(&output.stdout));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    // Gone before the program starts: were it dropped later, a quick program could have written already.
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = Command::new(PROGRAM)
        .args(["explain", "4.4.1"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .expect("it ends");
    assert!(output.stderr.is_empty(), "{}", shown(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
}

/// How many checks a server takes of one client in a minute.
const CHECKS: usize = 10;

#[test]
fn an_answer_fits_a_screen_whatever_is_true_of_the_domain() {
    let first = Server::lab();
    let described = async { client().get(format!("{}/v1/lab", first.url)).send().await?.bytes().await };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let described = runtime.block_on(described).expect("the lab describes itself");
    let described: serde_json::Value = serde_json::from_slice(&described).expect("JSON");
    let domains: Vec<&str> = described
        .as_array()
        .expect("domains")
        .iter()
        .map(|one| one["domain"].as_str().expect("a domain"))
        .collect();
    assert!(domains.len() > CHECKS, "{domains:?}");
    let labs: Vec<Server> = domains.chunks(CHECKS).map(|_| Server::lab()).collect();
    let with_text = ["--symptom", "connect to mx[192.0.2.1]:25: Connection timed out"];
    let tall: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = domains
            .chunks(CHECKS)
            .zip(&labs)
            .flat_map(|(domains, lab)| domains.iter().enumerate().map(move |one| (one, lab)))
            .map(|((number, domain), lab)| {
                let text: &[&str] = if number % 2 == 0 { &with_text } else { &[] };
                scope.spawn(move || {
                    let args = ["check", domain, "--api", &lab.url];
                    let output = Command::new(PROGRAM).args(args).args(text).output().expect("it starts");
                    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
                    let lines = printed.lines().count();
                    let widest = printed.lines().map(|line| line.chars().count()).max().unwrap_or(0);
                    let fits = (3..=30).contains(&lines) && widest <= 80;
                    (!fits).then(|| format!("{domain}: {lines} lines of {widest} columns\n{printed}"))
                })
            })
            .collect();
        running.into_iter().filter_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(tall.is_empty(), "\n{}", tall.join("\n"));
}

#[test]
fn a_watch_tells_of_changes_alone() {
    let lab = Server::lab();
    let args = ["check", "null-mx.test", "--api", &lab.url, "--watch", "--times", "3", "--every", "1s"];
    let exec =
        ["--exec", "echo \"$NOANSWER_DOMAIN $NOANSWER_STATUS after '$NOANSWER_BEFORE'\"; cat >/dev/null"];
    let output = Command::new(PROGRAM).args(args).args(exec).output().expect("it starts");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(printed.lines().count(), 2, "{printed}");
    assert!(printed.contains("null-mx.test named after ''"), "{printed}");
    assert_eq!(output.status.code(), Some(2));
}

/// One request, as it was sent: its line, its headers and its body.
fn request_of(listener: &std::net::TcpListener) -> (String, BTreeMap<String, String>, String) {
    use std::io::{BufRead, BufReader, Read};
    let (stream, _) = listener.accept().expect("the monitor is told");
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    reader.read_line(&mut line).expect("a request");
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("a header");
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    (&stream).write_all(answer.as_bytes()).expect("it is waited for");
    (line, headers, String::from_utf8(body).expect("UTF-8"))
}

#[test]
fn a_monitor_is_told_in_its_own_words() {
    let lab = Server::lab();
    // Where the monitor is below its origin, and what must stand in the request's line, its headers and its body.
    type Told = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);
    let monitors: [Told; 4] = [
        ("", "/api/push/abc", "GET /api/push/abc?status=down&msg=", &[], &[]),
        (
            "",
            "/api/v1/endpoints/mail_mx/external",
            "POST /api/v1/endpoints/mail_mx/external?success=false&error=",
            &[],
            &[],
        ),
        (
            "ntfy+",
            "/topic",
            "POST /topic ",
            &["title: refused.test: named", "priority: high"],
            &["refused.test"],
        ),
        (
            "",
            "/hook",
            "POST /hook ",
            &["content-type: application/json"],
            &["\"domain\":\"refused.test\"", "\"status\":\"named\"", "\"exit_code\":2", "\"report\":{"],
        ),
    ];
    for (before, path, begins, headers, bodies) in monitors {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
        let url = format!("{before}http://{}{path}", listener.local_addr().expect("bound"));
        let args = ["check", "refused.test", "--api", &lab.url, "--watch", "--times", "1"];
        let mut watch = Command::new(PROGRAM)
            .args(args)
            .args(["--push", &url, "--push-token-env", "MONITOR"])
            .env("MONITOR", "hush")
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        let (line, got, body) = request_of(&listener);
        assert!(line.starts_with(begins), "{path}: {line}");
        assert_eq!(got.get("authorization").map(String::as_str), Some("Bearer hush"), "{path}");
        for header in headers {
            let (name, value) = header.split_once(": ").expect("a header");
            assert_eq!(got.get(name).map(String::as_str), Some(value), "{path}: {got:?}");
        }
        assert!(bodies.iter().all(|words| body.contains(words)), "{path}: {body}");
        assert!(watch.wait().expect("it ends").code() == Some(2), "{path}");
    }
}

#[test]
fn colour_is_for_terminals_and_whoever_asks() {
    let coloured = |args: &[&str], variable: (&str, &str)| {
        let output =
            Command::new(PROGRAM).args(args).env(variable.0, variable.1).output().expect("it starts");
        output.stdout.contains(&0x1b)
    };
    let (always, plain) = (["explain", "4.4.1", "--color", "always"], ["explain", "4.4.1"]);
    assert!(coloured(&always, ("TERM", "xterm")));
    assert!(!coloured(&plain, ("TERM", "xterm")), "a pipe is no terminal");
    assert!(!coloured(&["explain", "4.4.1", "--color", "never"], ("CLICOLOR_FORCE", "1")));
}

/// What a command says to a terminal (script(1) of util-linux).
fn on_a_terminal(command: &str, variable: (&str, &str)) -> String {
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", command, "/dev/null"])
        .env("TERM", "xterm")
        .env(variable.0, variable.1)
        .stdin(Stdio::null())
        .output()
        .expect("util-linux has script");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_terminal_is_told_how_the_check_goes_and_a_pipe_is_not() {
    let lab = Server::lab();
    let command = format!("{PROGRAM} check healthy.test --api {}", lab.url);
    let shown = on_a_terminal(&command, ("LANG", "C.UTF-8"));
    assert!(shown.contains("s at most") && shown.contains("\u{1b}[K"), "{shown:?}");
    assert!(shown.contains("\u{1b}[3"), "colours: {shown:?}");
    let plain = on_a_terminal(&command, ("NO_COLOR", "1"));
    assert!(!plain.contains("\u{1b}[3") && plain.contains("healthy"), "{plain:?}");
}
