//! A session in a terminal that came as far as a connection: `telnet`, `nc`, `ncat`, `swaks`, `openssl s_client`, and
//! what PHPMailer shows of its own.
//!
//! What such a session says lies in its order: whether a greeting came, whether goodbye was said, and who hung up.

use super::cause::Cause;
use super::classify::{Stated, from_stated};
use super::model::{Symptom, WrittenBy};
use super::{line, lines, phrases, reply};
use crate::cut::Cut as _;
use crate::smtp::{ReplyCode, Stage};
use std::ops::Range;

/// How far a session came.
#[derive(Default)]
struct Session {
    connected: bool,
    greeted: bool,
    bye: bool,
    stage: Option<Stage>,
    refusal: Option<Stated>,
}

/// Reads a text that holds a session; `None` where it holds none. Where the session states no failure, what stands around
/// it may: people show what works beside what does not.
pub(super) fn read(text: &str) -> Option<Vec<Symptom>> {
    let mut part = 0..text.len();
    let stated = session(text, &mut part)?;
    // Byte for byte, so that spans still fit.
    let around = || {
        let mut rest = text.before(part.start).to_owned();
        rest.extend(std::iter::repeat_n(' ', part.len()));
        rest.push_str(text.after(part.end));
        lines::read(&rest)
    };
    match stated {
        // A command typed wrongly by hand: what failed stands beside it.
        Some(symptom) if symptom.cause == Cause::Syntax => {
            Some(around()).filter(|around| !around.is_empty()).or_else(|| Some(vec![symptom]))
        }
        Some(symptom) => Some(vec![symptom]),
        None => Some(around()),
    }
}

/// Reads a session; `Some(None)` where it states no failure. `part` becomes where it stands.
fn session(text: &str, part: &mut Range<usize>) -> Option<Option<Symptom>> {
    if text.len() > 64 * 1024 {
        return None;
    }
    let mut session = Session::default();
    let (mut closed, mut silent, mut untold, mut begun) = (None, None, None, None);
    for (start, whole) in line::spans_of_lines(text) {
        // Quoted, as forums and mails do.
        let quoted = whole.strip_prefix("> ").unwrap_or(whole);
        let line = of_debug(quoted);
        let start = start + whole.len() - line.len();
        let answer = line.strip_prefix(ANSWER).filter(|_| line.len() < quoted.len());
        let lower = line.trim_start().to_ascii_lowercase();
        if !session.connected {
            // What was tried before it connected is part of it.
            begun = Some(begun.filter(|_| is_begun(&lower)).unwrap_or(start));
            session.connected |= is_connected(&lower) || line.len() < quoted.len();
            if !session.connected {
                continue;
            }
            part.start = begun.unwrap_or(start);
        } else if line.trim().is_empty() && part.end == text.len() && session.greeted {
            part.end = start;
        }
        session.command(&lower);
        if session.stage == Some(Stage::Starttls) && lower.contains("error: could not connect") {
            untold.get_or_insert((start, start + line.len()));
        }
        if lower.contains("timeout (") && lower.contains("waiting for server response") {
            silent.get_or_insert((start, start + line.len()));
            continue;
        }
        let said = answer.unwrap_or(line);
        session.reply(said, start + line.len() - said.len());
        // An answer of nothing: the other side hung up.
        if is_closed(&lower) || answer.is_some_and(|said| matches!(said.trim(), "" | "<br>")) {
            closed.get_or_insert((start, start + line.len()));
            part.end = start + line.len();
        }
    }
    if !session.connected {
        return None;
    }
    if let Some(stated) = session.refusal {
        return Some(Some(from_stated(text, stated)));
    }
    let own = |cause, stage, span| {
        let stated = Stated { cause, stage, written_by: WrittenBy::Sender, span: Some(span) };
        Some(Some(from_stated(text, stated)))
    };
    // PHPMailer says "could not connect" of a handshake that failed, too.
    if let Some(span) = untold {
        return own(Cause::TlsFailed, Stage::Starttls, span);
    }
    // Swaks says so itself.
    if let Some(span) = silent {
        return match (session.greeted, session.stage) {
            (false, _) => own(Cause::GreetingTimedOut, Stage::Greeting, span),
            (true, stage) => own(Cause::SessionTimedOut, stage.unwrap_or(Stage::Ehlo), span),
        };
    }
    match (closed, session.greeted, session.bye) {
        (Some(span), false, _) => own(Cause::DroppedAtGreeting, Stage::Greeting, span),
        (Some(span), true, false) => own(Cause::SessionDropped, session.stage.unwrap_or(Stage::Ehlo), span),
        // Nobody hung up. Where no greeting stands either, other words of the text may say why.
        (None, false, _) => None,
        _ => Some(None),
    }
}

fn is_connected(lower: &str) -> bool {
    lower.starts_with("escape character is")
        || lower.starts_with("=== connected to")
        || lower.starts_with("ncat: connected to")
        || (lower.starts_with("connection to ") && lower.contains(" succeeded!"))
        || lower.contains("connection: opened")
}

/// What stands before an answer in PHPMailer's debug output.
const ANSWER: &str = "CLIENT:";

/// What a line of PHPMailer's debug output shows of the session: `… CLIENT -> SERVER: EHLO x`, `… SERVER -> CLIENT: 250 x`.
/// Other lines are left as they are.
fn of_debug(line: &str) -> &str {
    let at = |from: &str, to: &str, after| Some(line.find(to)? + after).filter(|_| line.contains(from));
    let at = at("SERVER -", ANSWER, 0).or_else(|| at("CLIENT -", "SERVER:", "SERVER:".len()));
    line.after(at.unwrap_or(0))
}

/// Whether a line goes on with a session that has not connected yet, after the line of its command.
fn is_begun(lower: &str) -> bool {
    lower.begins("trying \nconnected to \ntelnet: \nnc: \nescape character") || is_connected(lower)
}

fn is_closed(lower: &str) -> bool {
    lower.starts_with("connection closed by foreign host")
        || lower.starts_with("connection to host lost")
        || lower.starts_with("*** remote host closed connection")
        || lower.contains("eof caught while")
}

impl Session {
    fn command(&mut self, lower: &str) {
        let said = lower.trim_start_matches("->").trim_start();
        let stage = match said.get(..4) {
            Some("ehlo" | "helo") => Stage::Ehlo,
            Some("star") => Stage::Starttls,
            Some("mail") => Stage::Mail,
            Some("rcpt") => Stage::Rcpt,
            Some("data") => Stage::Data,
            _ => return,
        };
        self.stage = Some(stage);
    }

    fn reply(&mut self, line: &str, start: usize) {
        let said = line.trim_start_matches(['<', '-', '*', '~', ' ']);
        let Some(code) = said.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit())) else {
            return;
        };
        if !matches!(said.as_bytes().get(3), None | Some(b' ' | b'-')) {
            return;
        }
        let code = ReplyCode(code.parse().unwrap_or_default());
        let first = !std::mem::replace(&mut self.greeted, true);
        self.bye |= code.0 == 221;
        if code.0 >= 400 && self.refusal.is_none() {
            let at = start + line.len() - said.len();
            let stage = if first { Stage::Greeting } else { self.stage.unwrap_or(Stage::Ehlo) };
            let status = said.split_whitespace().nth(1).and_then(|word| word.parse().ok());
            let lower = said.to_ascii_lowercase();
            let cause =
                reply::cause(code, status, reply::Words::from(&lower, &phrases::find(&lower), 0), stage);
            let span = Some((at, at + 3));
            self.refusal = Some(Stated { cause, stage, written_by: WrittenBy::Remote, span });
        }
    }
}
