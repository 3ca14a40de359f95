//! The words of a bounce, as one statement.

use crate::cut::Cut as _;
use crate::symptom::classify::statement;
use crate::symptom::model::Symptom;
use crate::symptom::{line, plain, tokens};

/// How much of the words is read, in bytes.
pub(super) fn cut(words: &str) -> &str {
    let mut end = words.len().min(16 * 1024);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    words.before(end)
}

/// A wrapped text as one statement. Its spans do not fit the mail, whose parts may be encoded: they are left out.
pub(super) fn statement_of_words(words: &str) -> Option<Symptom> {
    let mut joined = String::new();
    for line in cut(words).lines() {
        // A reply is one where a line begins with its code.
        let line = line::unquoted(line);
        let between = if line::begins_with_code(line) { "\n" } else { " " };
        for (index, word) in line.split_whitespace().enumerate() {
            joined.push_str(if index == 0 { between } else { " " });
            joined.push_str(word);
        }
    }
    let joined = joined.trim_start().to_owned();
    let joined = plain::plain(&joined).map_or(joined, |plain| plain.text);
    let mut symptom = statement(&joined, 0)?;
    symptom.spans.clear();
    Some(symptom)
}

/// The domain of a mail address.
pub(super) fn domain_of(value: &str) -> Option<String> {
    let (_, domain) = value.rsplit_once('@')?;
    tokens::host(domain.trim_matches(['>', '<', ' ', '"']))
}
