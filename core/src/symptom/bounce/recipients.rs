//! A bounce in words: what it says of each recipient.

use super::words::{domain_of, statement_of_words};
use crate::cut::Cut as _;
use crate::keyed::Keyed;
use crate::symptom::model::Symptom;
use crate::symptom::{line, lines};

/// A bounce without machine-readable part: one symptom a recipient, where the words name several.
pub(super) fn from_words(words: &str, whole: Option<Symptom>) -> Vec<Symptom> {
    let parts = by_recipient(words);
    if parts.len() > 1 {
        let about = |(address, part): &(String, String)| {
            let symptom = statement_of_words(part)?;
            let recipient_domain = domain_of(address).or(symptom.recipient_domain.clone());
            Some(Symptom { recipient_domain, ..symptom })
        };
        let each: Vec<Symptom> = parts.iter().filter_map(about).collect();
        if !each.is_empty() {
            return lines::merged(each);
        }
    }
    whole.into_iter().collect()
}

/// Cuts the words at lines that begin with a recipient's address: `<user@domain>:`, `user@domain`. What is said of one
/// address in several places is put together.
fn by_recipient(words: &str) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = vec![(String::new(), String::new())];
    let mut known: Keyed<usize> = Keyed::default();
    let mut current = 0;
    // Sendmail shows a conversation before the recipient that it was about.
    let mut conversation = String::new();
    for line in words.lines() {
        if line.begins(">>> \n<<< ") || line.contains("hile talking to ") {
            conversation.push_str(line);
            conversation.push('\n');
            continue;
        }
        if let Some(address) = begins_recipient(line) {
            current = match known.get(address.as_bytes()) {
                Some(index) => *index,
                None if known.len() == line::MOST => break,
                None => {
                    known.get_or_insert_with(address.as_bytes(), || parts.len());
                    parts.push((address, String::new()));
                    parts.len() - 1
                }
            };
        }
        parts[current].1.push_str(&std::mem::take(&mut conversation));
        parts[current].1.push_str(line);
        parts[current].1.push('\n');
    }
    parts[current].1.push_str(&conversation);
    parts.retain(|(address, _)| !address.is_empty());
    parts
}

/// The recipient's address that a line begins with.
fn begins_recipient(line: &str) -> Option<String> {
    let start = line.trim();
    let start = start.strip_prefix("554 ").or_else(|| start.strip_prefix("550 ")).unwrap_or(start);
    let names_one = (start.starts_with('<') && start.contains('@'))
        || is_lone_address(start.split('<').next().unwrap_or_default());
    if !names_one {
        return None;
    }
    let address = start.trim_start_matches('<');
    let end = address.find(['>', '<', ' ', ':']).unwrap_or(address.len());
    Some(address.before(end).to_ascii_lowercase())
}

fn is_lone_address(text: &str) -> bool {
    let text = text.trim_end_matches(':');
    text.contains('@') && !text.contains(' ') && text.len() < 255
}
