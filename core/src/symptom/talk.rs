//! Whether a line speaks of what could happen, not of what did: help pages, settings, source code, lists of changes.

use super::model::Symptom;
use super::tokens;
use crate::cut::Cut as _;

/// What a list or a table begins a term with that it explains.
const TERMS: &[&str] = &[
    "- **", "* **", "- `", "* `", "- \"", "* \"", "- '", "|", "q:", "a:", "q.", "## \"", "## `", "### \"",
    "### `", "•",
];

/// Words that explain.
const EXPLAINS: &[&str] =
    &[" means ", " raises ", " is raised", " is thrown", " will throw", " occurs when", " happens when"];

/// What a statement of a program begins with.
const CODE: &str = "catch\nexcept \n} catch\nif (\nif(\nelif \nelse if\ncase \nthrow \nraise \nrescue \n\
     assert\nexpect(\nprint\necho \nreturn \ndef \nfunction \nlogger.\n_logger.\nlog.\n\
     console.\nconst \nlet \nvar \n#define\nstatic \npublic ";

/// What a list of changes begins a change with.
const CHANGES: &[&str] = &[
    "fixed", "fixes", "fix:", "fix(", "added", "changed", "feat", "improve", "do not ", "don't ", "handle ",
];

/// What only a trace or a log holds, in which lines of programs stand, too.
const HAPPENED: &[&str] =
    &["traceback", "file \"", "\n\tat ", "\n    at ", "\n  at ", " error: ", "exception: ", "stack trace"];

/// Whether `line`, which is in lower case and in which `symptom` was read at `stands`, tells of nothing that happened;
/// `whole` is the text in lower case.
pub(super) fn is_talk(symptom: &Symptom, line: &str, stands: usize, whole: &str) -> bool {
    if symptom.remote_address.is_some() || symptom.at.is_some() || tokens::time(line).is_some() {
        return false;
    }
    let begins = |mut words: &mut dyn Iterator<Item = &'static str>| {
        Iterator::any(&mut words, |word| line.trim_start().starts_with(word))
    };
    let before = line.get(..stands).unwrap_or_default();
    // `Socket error # 10060` is no comment.
    let commented = [" # ", " // ", "/*"].iter().any(|mark| {
        let at = before.find(mark).map(|at| at + mark.len());
        at.is_some_and(|at| !line.after(at).starts_with(|c: char| c.is_ascii_digit()))
    });
    // A literal that a program prints ends so: `… connection.\n"); exit();`.
    let code = begins(&mut CODE.lines())
        || line.trim_end().ends_with(");")
        || line.trim_end().ends_with('{')
        || line.contains("\\n\");");
    let listed = begins(&mut TERMS.iter().copied())
        || line.trim_end().ends_with(" |")
        || CHANGES.iter().any(|word| line.trim_start_matches([' ', '-', '*']).starts_with(word))
        || whole.trim_start().starts_with("changelog");
    // What somebody explains of an error that came.
    let explained =
        ["error message means", "error means", "message means"].iter().any(|words| line.contains(words));
    symptom.recipient_domain.is_none()
        && !(explained && symptom.reply_code.is_some())
        && (listed || commented || EXPLAINS.iter().any(|word| line.contains(word)))
        || code && !HAPPENED.iter().any(|mark| whole.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::super::read;

    #[test]
    fn what_could_happen_is_no_failure() {
        for text in [
            "smtp:\n  timeout: 3000 # connection timed out after this",
            "### \"Connection refused\"\nIs port 587 of the mail server open?",
            "try { mail.send(); }\ncatch (SmtpException e) { log(\"SMTP connection timed out\"); }",
            "| ETIMEDOUT | a firewall drops the packets of SMTP |",
            "Fixed: \"connection timed out\" of slow SMTP servers",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
        for text in [
            "| 2026-11-24T08:00:00Z | SMTP: connection timed out |",
            "Traceback (most recent call last):\n  File \"smtplib.py\", line 1\n    raise e\nConnectionRefusedError: refused: connection refused",
            "- **Error**: connect ETIMEDOUT 192.0.2.1:587",
        ] {
            assert_eq!(read(text).len(), 1, "{text}");
        }
    }
}
