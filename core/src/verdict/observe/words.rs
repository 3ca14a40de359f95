//! Observations in sentences.

use super::outcome::OutcomeClass;
use crate::evidence::{Attempt, Outcome};
use crate::smtp::Stage;
use std::fmt::Write as _;

/// The attempt in words that can follow a vantage's name: "was greeted by mx.example (192.0.2.1) after 12 ms".
pub(in crate::verdict) fn words(attempt: &Attempt, class: OutcomeClass) -> String {
    use OutcomeClass::*;
    let host = format!("{} ({})", attempt.exchange, attempt.address);
    let mut words = match class {
        Served | ServedLate | Masked | NoStarttls | OtherCertificate => {
            let greeted = attempt.greeting_ms.map_or(String::new(), |ms| format!(" after {}", span(ms)));
            format!("was greeted by {host}{greeted}")
        }
        Taken => {
            let place = match attempt.answered_by.as_ref().and_then(|by| by.hop) {
                Some(1) => "at its first hop".to_owned(),
                Some(hop) => format!("{hop} hops away"),
                None => "on the way".to_owned(),
            };
            format!(
                "was answered in the place of {host} by something {place}, past which other packets to it go"
            )
        }
        Silent => format!("met silence at {host} when connecting"),
        Refused => format!("was refused by {host}"),
        OwnHost => format!("was stopped by its own host when connecting to {host}"),
        Connected => format!("could connect to {host}, and hears no greeting"),
        Unconnected => format!("was turned away at once by {host}, or on the way to it"),
        Prohibited => format!("was told that {host} is administratively prohibited"),
        NoRoute => format!("was told that {host} cannot be reached"),
        NoFamily => format!("has no route or address of its own for {host}"),
        NotYetGreeted | NeverGreeted => format!("connected to {host} and was not greeted"),
        NotSmtp => format!("connected to {host}, which does not speak SMTP"),
        Busy | Refusing => format!("was answered{} by {host}", code(attempt)),
        EhloRefused => format!("was answered{} by {host} to its EHLO", code(attempt)),
        TlsRefused => format!("was answered{} by {host} to STARTTLS", code(attempt)),
        Dropped | Cut => format!("was dropped by {host} {}", during(attempt.stage)),
        Stalled => format!("was greeted by {host}, which then did not answer {}", during(attempt.stage)),
        TlsFailed | TlsUnsupported => format!("could not start TLS with {host}"),
        LargeLost => format!(
            "met silence at {host} in the TLS handshake, and none with small packets: large ones are lost"
        ),
        TlsSilent => format!("met silence at {host} in the TLS handshake"),
        Mixed => format!("got through to {host} at one time and not at another"),
        CutShort => format!("ended the session with {host} by its own limit"),
        ControlsOneVoice | ControlsDead | ControlsMute | ControlsNoFamily | ControlsMissed => String::new(),
    };
    let wait = attempt.limit_ms.or(attempt.ended_ms.map(|ms| ms as u64));
    if let (Outcome::TimedOut, Some(wait), false) = (attempt.outcome, wait, class == Mixed) {
        let _ = write!(words, " for {}", span(wait as f64));
    }
    if let Some(by) = attempt.answered_by.as_ref().and_then(|by| by.address)
        && by != attempt.address
    {
        let _ = write!(words, " (the answer came from {by})");
    }
    words
}

fn code(attempt: &Attempt) -> String {
    attempt.reply.as_ref().map_or(String::new(), |reply| format!(" {}", reply.code))
}

/// A span of time in the unit that fits: `12 ms`, `20 s`.
pub(in crate::verdict) fn span(ms: f64) -> String {
    if ms < 1_000.0 {
        format!("{} ms", ms.ceil() as u64)
    } else {
        format!("{} s", (ms / 1_000.0).round() as u64)
    }
}

fn during(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect | Stage::Greeting => "before the greeting",
        Stage::Ehlo => "after EHLO",
        _ => "in the session",
    }
}
