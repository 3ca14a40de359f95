//! A shell in which the programs of unpacked packages go by their names.

use anyhow::{Context, Result, ensure};
use noanswer_core::facts::command;
use noanswer_tests::namespace::Namespace;
use noanswer_tests::need::Program;
use std::fmt::Write;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A folder of programs that stands first in the path.
pub struct Shell {
    folder: PathBuf,
}

/// What a command printed, and its exit code.
#[derive(Debug)]
pub struct Said {
    pub out: String,
    pub code: Option<i32>,
}

impl Shell {
    /// A shell whose own programs are in `folder`. Waiting is short, and whoever is root need not ask for it.
    pub fn new(folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let shell = Self { folder };
        shell.script("sudo", "exec \"$@\"")?;
        shell.script("sleep", "exec /bin/sleep 1")?;
        Ok(shell)
    }

    /// Adds a program: a script with this one line.
    pub fn script(&self, name: &str, line: &str) -> Result<()> {
        let path = self.folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{line}\n"))?;
        Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?)
    }

    /// Adds `program` by `name`, with more `environment` and arguments before those that it is given.
    pub fn program(&self, name: &str, program: &Program, environment: &str, arguments: &str) -> Result<()> {
        let libraries = program.root.as_ref().map_or_else(String::new, |root| {
            let folders = ["usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib/postfix"];
            folders.iter().fold("LD_LIBRARY_PATH=".to_owned(), |mut all, folder| {
                let _ = write!(all, "{}:", root.join(folder).display());
                all
            })
        });
        let path = program.path.display();
        self.script(name, &format!("exec env {libraries} {environment} {path} {arguments} \"$@\""))
    }

    /// Runs the command of that key in `host`, as it is told to people.
    pub fn tell(&self, host: &Namespace, key: &str, domain: &str, address: Option<IpAddr>) -> Result<Said> {
        let told = command(key, address).with_context(|| format!("no command {key}"))?;
        self.run(host, &told.filled(domain, address))
    }

    /// Runs a line in `host`.
    pub fn run(&self, host: &Namespace, line: &str) -> Result<Said> {
        let path = format!("{}:{}", self.folder.display(), std::env::var("PATH").unwrap_or_default());
        let output = host.command("bash").args(["-c", line]).env("PATH", path).env("LC_ALL", "C").output()?;
        let out =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        eprintln!("$ {line}\n{out}");
        Ok(Said { out, code: output.status.code() })
    }
}

impl Said {
    /// Demands success and `words`.
    pub fn with(self, words: &[&str]) -> Result<Self> {
        ensure!(self.code == Some(0), "{self:?}");
        for word in words {
            ensure!(self.out.contains(word), "no {word:?}: {self:?}");
        }
        Ok(self)
    }
}

/// Gives a message for `to` to the mail server that listens on `port` of loopback in `host`.
pub fn submit(host: &Namespace, port: u16, to: &str) -> Result<()> {
    let to = to.to_owned();
    let said = host.run(move || {
        let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port)))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut lines = BufReader::new(stream.try_clone()?);
        let mut last = reply(&mut lines)?;
        let text = "Subject: a test\r\n\r\nhello\r\n.".to_owned();
        for said in [
            "EHLO me.test".to_owned(),
            "MAIL FROM:<me@sender.test>".to_owned(),
            format!("RCPT TO:<{to}>"),
            "DATA".to_owned(),
            text,
            "QUIT".to_owned(),
        ] {
            stream.write_all(format!("{said}\r\n").as_bytes())?;
            if said != "QUIT" {
                last = reply(&mut lines)?;
            }
        }
        Ok(last)
    })?;
    ensure!(said.starts_with("250"), "the message was not taken: {said}");
    Ok(())
}

fn reply(lines: &mut impl BufRead) -> std::io::Result<String> {
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(line);
        }
    }
}

/// Waits until the lines of `log` that contain `words` are more than `before`, and gives those that came since.
pub fn more_lines(log: &Path, words: &str, before: usize) -> Result<Vec<String>> {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<String> =
            text.lines().filter(|line| line.contains(words)).map(str::to_owned).collect();
        if lines.len() > before {
            return Ok(lines[before..].to_vec());
        }
        ensure!(Instant::now() < until, "no new line with {words:?} in:\n{text}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How many lines of `log` contain `words`.
pub fn lines(log: &Path, words: &str) -> usize {
    std::fs::read_to_string(log).unwrap_or_default().lines().filter(|line| line.contains(words)).count()
}
