//! Names of the wire in words for people: the one place that says them, for command line, Markdown and pages.

use crate::evidence::{Attempt, Outcome, Sight};
use crate::smtp::Stage;
use crate::verdict::{Party, Status};
use crate::wire_name::wire_name;
use serde::Serialize;

/// A name of the wire with spaces: `timed out`. For what has no words of its own.
pub fn plain(value: &impl Serialize) -> String {
    wire_name(value).replace('_', " ")
}

/// What a vantage's sight of port 25 means.
pub const fn sight(sight: Sight) -> &'static str {
    match sight {
        Sight::Clear => "sees port 25",
        Sight::Partial => "sees port 25 in part",
        Sight::Blind => "cannot see port 25, counts for nothing",
        Sight::Deceived => "something answers in the place of others, counts for nothing",
    }
}

/// How an attempt ended, in a word or two.
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "answered",
        Outcome::TimedOut => "silence",
        Outcome::Refused => "refused",
        Outcome::Reset => "reset",
        Outcome::Closed => "closed",
        Outcome::HostUnreachable => "host unreachable",
        Outcome::NetworkUnreachable => "network unreachable",
        Outcome::Prohibited => "prohibited",
        Outcome::PermissionDenied => "not permitted here",
        Outcome::AddressNotAvailable => "no address of this family",
        Outcome::LocalError => "stopped by this host",
        Outcome::Connected => "port 25 answers",
        Outcome::Unconnected => "answered, not connected",
        Outcome::Replied => "replied",
        Outcome::Garbage => "not SMTP",
        Outcome::TlsFailed => "TLS failed",
        Outcome::NotTried => "not tried",
    }
}

/// Where in a session.
pub const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Dns => "at the lookup",
        Stage::Connect => "at connect",
        Stage::Greeting => "at the greeting",
        Stage::Ehlo => "after EHLO",
        Stage::Starttls => "at STARTTLS",
        Stage::Mail => "after MAIL",
        Stage::Rcpt => "after RCPT",
        Stage::Data => "after DATA",
        Stage::Queue => "in the queue",
    }
}

/// What an attempt met: `silence at connect`, `said 554 at the greeting`.
pub fn met(attempt: &Attempt) -> String {
    let words = outcome(attempt.outcome);
    match (attempt.outcome, &attempt.reply) {
        (
            Outcome::Completed
            | Outcome::AddressNotAvailable
            | Outcome::Connected
            | Outcome::Unconnected
            | Outcome::NotTried,
            _,
        ) => words.to_owned(),
        (Outcome::Replied, Some(reply)) => format!("said {} {}", reply.code, stage(attempt.stage)),
        _ => format!("{words} {}", stage(attempt.stage)),
    }
}

/// What a verdict's status means.
pub const fn status(status: Status) -> &'static str {
    match status {
        Status::Named => "the fault is named",
        Status::Ambiguous => "more than one explanation stands",
        Status::Undetermined => "undetermined",
        Status::Healthy => "nothing wrong now",
    }
}

/// Who must act, said to the sender.
pub const fn party(party: Party) -> &'static str {
    match party {
        Party::You => "you, the sending side",
        Party::Them => "them, the receiving side",
        Party::Between => "between the two",
        Party::Nobody => "nobody",
    }
}

/// Who must act, in a text that is passed on to others.
pub const fn side(party: Party) -> &'static str {
    match party {
        Party::You => "the sending side",
        Party::Them => "the receiving side",
        Party::Between => "those between, and both sides together",
        Party::Nobody => "nobody",
    }
}

/// Names that are written small wherever they stand: commands, and software that calls itself so.
const WRITTEN_SMALL: &[&str] = &["curl", "dig", "mox", "mtr", "nc", "noanswer", "openssl", "qmail"];

/// Whether `words` begin with a name that is written small: a host's (`mx.example.org greeted`), a command's.
fn begins_with_small_name(words: &str) -> bool {
    let first = words.split([' ', ',', ':']).next().unwrap_or_default();
    let inner = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    WRITTEN_SMALL.contains(&first) || first.contains('.') && first.split('.').all(inner)
}

/// `words` with a large first letter, where no name stands there that is written small.
pub fn capitalized(words: &str) -> String {
    if begins_with_small_name(words) {
        return words.to_owned();
    }
    let mut letters = words.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_words() {
        assert_eq!(wire_name(&Outcome::TimedOut), "timed_out");
        assert_eq!(plain(&Outcome::TimedOut), "timed out");
        assert_eq!(capitalized(party(Party::You)), "You, the sending side");
        for name in
            ["mx.example.org: silent", "münchen-3ya.test greeted", "openssl s_client", "qmail gives up"]
        {
            assert_eq!(capitalized(name), name);
        }
        assert_eq!(capitalized("look. Then wait"), "Look. Then wait");
    }
}
