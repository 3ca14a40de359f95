//! Names in JSON as people read them, where the core has no words of its own.

use noanswer_core::symptom::Cause;
use noanswer_core::verdict::Party;

/// Who must act.
pub(super) fn party(party: Party) -> &'static str {
    match party {
        Party::You => "You, the sending side",
        Party::Them => "Them, the receiving side",
        Party::Between => "Between the two",
        Party::Nobody => "Nobody",
    }
}

/// A cause's variant as words: `Connect timed out`.
pub(super) fn cause(cause: Cause) -> String {
    let mut words = String::new();
    for letter in format!("{cause:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
            words.push(letter.to_ascii_lowercase());
        } else {
            words.push(letter);
        }
    }
    words.replace("Tls", "TLS")
}

/// `words` as a sentence: its first letter large, a full stop at its end.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let end = if words.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
