//! Words of the core as the pages write them.

use noanswer_core::symptom::Cause;
use noanswer_core::verdict::Party;
use noanswer_core::words::{self as core_words, capitalized};

/// Who must act: `You, the sending side`.
pub(super) fn party(party: Party) -> String {
    capitalized(core_words::party(party))
}

/// A cause as words: `Connect timed out`.
pub(super) fn cause(cause: Cause) -> String {
    capitalized(&core_words::plain(&cause)).replace("Tls", "TLS")
}

/// `words` as a sentence: its first letter large, a full stop at its end.
pub(super) fn sentence(words: &str) -> String {
    let end = if words.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{}{end}", capitalized(words))
}
