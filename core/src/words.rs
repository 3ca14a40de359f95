//! Names of the wire in words for people: the one place that says them, for command line, Markdown and pages.

use crate::evidence::Sight;
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

/// `words` with a large first letter.
pub fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Outcome;

    #[test]
    fn a_name_is_read_as_words() {
        assert_eq!(wire_name(&Outcome::TimedOut), "timed_out");
        assert_eq!(plain(&Outcome::TimedOut), "timed out");
        assert_eq!(capitalized(party(Party::You)), "You, the sending side");
    }
}
