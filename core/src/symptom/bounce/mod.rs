//! A bounce: a mail that says that a mail was not delivered, as a DSN (RFC 3464) or in words.

mod parts;
mod recipients;
mod status;

use super::Symptom;
use super::classify::statement;

/// Whether `text` is a whole mail or a delivery status.
pub(super) fn is_bounce(text: &str) -> bool {
    let mut end = text.len().min(64 * 1024);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text[..end].to_ascii_lowercase();
    let field = |name: &str| head.starts_with(name) || head.contains(&format!("\n{name}"));
    field("final-recipient:")
        || field("diagnostic-code:")
        || (field("subject:") && field("from:"))
        || (field("received:") && field("subject:"))
}

/// Reads a bounce.
pub(super) fn read(text: &str) -> Vec<Symptom> {
    let report = parts::report(text);
    let groups = status::groups(&report.fields);
    let words = statement_of_words(&report.words);
    if groups.is_empty() {
        return recipients::from_words(&report.words, words);
    }
    let mut symptoms: Vec<Symptom> = groups
        .iter()
        .filter_map(|group| status::from_group(text, group, words.as_ref(), groups.len() == 1, &report.words))
        .collect();
    symptoms.dedup_by(|one, other| {
        one.recipient_domain == other.recipient_domain
            && one.cause == other.cause
            && one.remote_host == other.remote_host
    });
    symptoms
}

/// A wrapped text as one statement. Its spans do not fit the mail, whose parts may be encoded: they are left out.
fn statement_of_words(words: &str) -> Option<Symptom> {
    let mut end = words.len().min(16 * 1024);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    let joined = words[..end].split_whitespace().collect::<Vec<_>>().join(" ");
    let mut symptom = statement(&joined, 0)?;
    symptom.spans.clear();
    Some(symptom)
}
