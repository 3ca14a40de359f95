//! Plays `tests/dialogues/*.smtp` against the core's SMTP machines, whole lines and single bytes alike.
//!
//! A script is read line by line:
//!
//! | line | means |
//! |---|---|
//! | `# …` | a comment; the first one says what the script is about |
//! | `packets matter` | played only as it stands, not byte by byte |
//! | `at 1.5` | from here on it is 1.5 s since the attempt began |
//! | `connected` `closed` `reset` | what the edge reports |
//! | `S: text` | the server sends the line and CRLF; neighbouring `S` lines come in one piece |
//! | `S! text` | the server sends exactly this; `\r \n \\ \xHH` are read |
//! | `S*N: text` | the same line N times |
//! | `C: text` | the client must send this line |
//! | `starttls` `close` | the client must ask for this |
//! | `tls ok` `tls failed WORDS` | how the handshake went |
//! | `deadline 15` | the machine must want to be called at 15 s |
//! | `timeout` | the deadline passes |
//! | `= …` | a line of the transcript; all of them together must be the transcript |

use anyhow::{Context, Result, bail, ensure};
use noanswer_core::dns::DomainName;
use noanswer_core::smtp::{
    Action, ClientName, Deadlines, Dialogue, DialogueOutcome, Reply, TlsFailure, Transcript, Unexpected,
};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq)]
enum Pieces {
    AsWritten,
    SingleBytes,
}

struct Player {
    dialogue: Dialogue,
    now: Duration,
    pending: Vec<u8>,
    pieces: Pieces,
}

impl Player {
    fn new(pieces: Pieces) -> Result<Self> {
        let name = ClientName::Domain("probe.example".parse::<DomainName>()?);
        let dialogue = Dialogue::new(name, Deadlines::QUICK);
        Ok(Self { dialogue, now: Duration::ZERO, pending: Vec::new(), pieces })
    }

    fn line(&mut self, line: &str) -> Result<()> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word.starts_with('S') {
            let (text, times) = match word {
                "S:" => (format!("{rest}\r\n").into_bytes(), 1),
                "S!" => (unescape(rest)?, 1),
                _ => {
                    let times = word.strip_prefix("S*").and_then(|word| word.strip_suffix(':'));
                    (format!("{rest}\r\n").into_bytes(), times.context("S: or S! or S*N:")?.parse()?)
                }
            };
            self.pending.extend(text.repeat(times));
            return Ok(());
        }
        self.flush();
        match (word, rest) {
            ("at", seconds) => self.now = Duration::from_secs_f64(seconds.parse()?),
            ("connected", "") => self.dialogue.handle_connected(self.now),
            ("closed", "") => self.dialogue.handle_closed(self.now),
            ("reset", "") => self.dialogue.handle_reset(self.now),
            ("C:", text) => self.expect(Action::Send(format!("{text}\r\n").into_bytes()))?,
            ("starttls", "") => self.expect(Action::StartTls)?,
            ("close", "") => self.expect(Action::Close)?,
            ("tls", "ok") => self.dialogue.handle_tls(Ok(()), self.now),
            ("tls", words) => {
                let words = words.strip_prefix("failed ").context("tls ok or tls failed WORDS")?.to_owned();
                self.dialogue.handle_tls(Err(TlsFailure { words }), self.now);
            }
            ("deadline", seconds) => {
                let wanted = Some(Duration::from_secs_f64(seconds.parse()?));
                let got = self.dialogue.poll_timeout();
                ensure!(got == wanted, "the deadline is {got:?}, not {wanted:?}");
            }
            ("timeout", "") => {
                self.now = self.dialogue.poll_timeout().context("no deadline is set")?;
                self.dialogue.handle_timeout(self.now);
            }
            _ => bail!("not a line of a script"),
        }
        Ok(())
    }

    fn flush(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        match self.pieces {
            Pieces::AsWritten => self.dialogue.handle_bytes(&pending, self.now),
            Pieces::SingleBytes => {
                for byte in pending {
                    self.dialogue.handle_bytes(&[byte], self.now);
                }
            }
        }
    }

    fn expect(&mut self, wanted: Action) -> Result<()> {
        let got = self.dialogue.poll_action();
        ensure!(
            got.as_ref() == Some(&wanted),
            "the machine wants {}, not {}",
            show(got.as_ref()),
            show(Some(&wanted))
        );
        Ok(())
    }

    fn finish(mut self) -> Result<Transcript> {
        self.flush();
        let left = self.dialogue.poll_action();
        ensure!(left.is_none(), "the script ends, but the machine wants {}", show(left.as_ref()));
        Ok(self.dialogue.finish())
    }
}

fn show(action: Option<&Action>) -> String {
    match action {
        Some(Action::Send(bytes)) => format!("to send {:?}", String::from_utf8_lossy(bytes)),
        Some(Action::StartTls) => "starttls".to_owned(),
        Some(Action::Close) => "to close".to_owned(),
        None => "nothing".to_owned(),
    }
}

fn unescape(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next().context("a backslash at the end")? {
            b'r' => b'\r',
            b'n' => b'\n',
            b'\\' => b'\\',
            b'x' => {
                let hex = [rest.next().context("\\xHH")?, rest.next().context("\\xHH")?];
                u8::from_str_radix(std::str::from_utf8(&hex)?, 16)?
            }
            other => bail!("\\{} is not an escape", char::from(other)),
        });
    }
    Ok(bytes)
}

/// The transcript as the `=` lines of a script.
fn told(transcript: &Transcript) -> Result<String> {
    let mut told = String::new();
    let stage = serde_json::to_value(transcript.stage)?;
    let stage = stage.as_str().context("a stage is a word")?;
    writeln!(told, "{} in {stage}", outcome(&transcript.outcome))?;
    if let Some(reply) = &transcript.greeting {
        writeln!(told, "greeting {}", first_line(reply))?;
    }
    if let Some(reply) = &transcript.ehlo {
        writeln!(told, "ehlo {}", first_line(reply))?;
    }
    if !transcript.keywords.is_empty() {
        writeln!(told, "keywords {}", transcript.keywords.join(", "))?;
    }
    if transcript.starttls_offered {
        writeln!(told, "starttls offered")?;
    }
    for unexpected in &transcript.unexpected {
        match unexpected {
            Unexpected::SpokeBeforeAsked { stage, first } => {
                writeln!(told, "unasked in {stage:?}: {first:?}")?
            }
            Unexpected::PlaintextAfterStarttls { first } => {
                writeln!(told, "plaintext after starttls: {first:?}")?
            }
            Unexpected::EhloUnknown { code } => writeln!(told, "ehlo unknown {code}")?,
        }
    }
    if let Some(unfinished) = &transcript.unfinished {
        writeln!(told, "unfinished {unfinished:?}")?;
    }
    for (what, at) in [
        ("first byte", transcript.first_byte_at),
        ("greeting", transcript.greeting_at),
        ("ehlo", transcript.ehlo_at),
        ("tls", transcript.tls_at),
        ("ended", transcript.ended_at),
    ] {
        if let Some(at) = at {
            writeln!(told, "{what} at {}", at.as_secs_f64())?;
        }
    }
    Ok(told)
}

fn outcome(outcome: &DialogueOutcome) -> String {
    match outcome {
        DialogueOutcome::Completed => "completed".to_owned(),
        DialogueOutcome::Replied(reply) => format!("replied {}", first_line(reply)),
        DialogueOutcome::TimedOut => "timed out".to_owned(),
        DialogueOutcome::Closed => "closed".to_owned(),
        DialogueOutcome::Reset => "reset".to_owned(),
        DialogueOutcome::Garbage(error) => format!("garbage ({error})"),
        DialogueOutcome::TlsFailed { words } => format!("tls failed ({words})"),
    }
}

fn first_line(reply: &Reply) -> String {
    let enhanced = reply.enhanced.map_or_else(String::new, |status| format!(" [{status}]"));
    format!("{}{enhanced} {:?}", reply.code, reply.lines[0])
}

fn play(script: &str, pieces: Pieces) -> Result<()> {
    let mut player = Player::new(pieces)?;
    let mut expected = String::new();
    for (number, line) in script.lines().enumerate() {
        let line = line.trim_start();
        match line.strip_prefix("= ") {
            Some(told) => writeln!(expected, "{told}")?,
            None if line.is_empty() || line.starts_with('#') || line == "packets matter" => {}
            None => player.line(line).with_context(|| format!("line {}: {line}", number + 1))?,
        }
    }
    let told = told(&player.finish()?)?;
    ensure!(told == expected, "the transcript is\n{told}\nand not\n{expected}");
    Ok(())
}

#[test]
fn every_dialogue_goes_as_written() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dialogues");
    let mut played = 0;
    let mut wrong = String::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "smtp") {
            continue;
        }
        let script = std::fs::read_to_string(&path)?;
        ensure!(script.starts_with("# "), "{} does not say what it is about", path.display());
        let packets_matter = script.lines().any(|line| line == "packets matter");
        let ways =
            if packets_matter { &[Pieces::AsWritten][..] } else { &[Pieces::AsWritten, Pieces::SingleBytes] };
        for pieces in ways {
            if let Err(error) = play(&script, *pieces) {
                let how = if *pieces == Pieces::SingleBytes { ", byte by byte" } else { "" };
                writeln!(wrong, "{}{how}: {error:#}", path.display())?;
            }
            played += 1;
        }
    }
    ensure!(wrong.is_empty(), "{wrong}");
    ensure!(played >= 40, "only {played} dialogues were found in {}", folder.display());
    Ok(())
}
