//! Lines that hold words of a failure and state none: program source, patterns, translations, patches.

use super::model::Symptom;
use crate::cut::Cut as _;

/// The longest text that is asked, in bytes: source that somebody pastes is short.
const LONGEST: usize = 64 * 1024;

/// `symptoms` without those whose words stand in a line of source.
pub(super) fn left_out(text: &str, mut symptoms: Vec<Symptom>) -> Vec<Symptom> {
    if symptoms.is_empty() || text.len() > LONGEST {
        return symptoms;
    }
    let whole = Whole::of(text);
    symptoms.retain(|symptom| {
        let span = symptom.spans.iter().find(|span| span.field == "cause").or(symptom.spans.first());
        // What names the address that was tried, or when, was printed by something that ran.
        let happened = symptom.remote_address.is_some() || symptom.at.is_some();
        !span.is_some_and(|span| {
            let line = line_at(text, span.start);
            whole.is_foreign(line) || !happened && whole.is_source(line)
        })
    });
    symptoms
}

/// The line of `text` in which the byte at `at` stands.
fn line_at(text: &str, at: usize) -> &str {
    let start = text.within(0, at).rfind('\n').map_or(0, |end| end + 1);
    text.after(start).lines().next().unwrap_or_default().trim()
}

/// What a text is as a whole.
struct Whole {
    /// A unified diff.
    patch: bool,
    /// A catalogue of gettext.
    catalogue: bool,
    /// How many lines are a string of a list, and nothing else.
    strings: usize,
    /// A stack trace: it shows the line that raised, as source.
    trace: bool,
}

impl Whole {
    fn of(text: &str) -> Self {
        let begins = |mark: &str| text.lines().any(|line| line.trim_start().starts_with(mark));
        Self {
            patch: text.lines().any(|line| line.starts_with("@@ -") || line.starts_with("diff --git ")),
            catalogue: begins("msgid \""),
            strings: text.lines().filter(|line| is_string(line.trim())).count(),
            trace: begins("Traceback (most recent call last)") || begins("at ") || begins("File \""),
        }
    }

    /// Whether `line` stands in a patch or a catalogue of translations.
    fn is_foreign(&self, line: &str) -> bool {
        self.patch || self.catalogue && line.starts_with(['"', '#'])
    }

    /// Whether `line`, trimmed, is source.
    fn is_source(&self, line: &str) -> bool {
        // A record of a structured log may hold the template beside the words that were made of it.
        if line.starts_with("{\"") || line.starts_with("[{\"") || is_record(line) {
            return false;
        }
        is_begun(line)
            || is_pattern(line)
            || is_made_up(line)
            || is_statement(line)
            || is_table_row(line)
            || self.strings > 1 && is_string(line)
            || !self.trace && ["throw new ", "raise "].iter().any(|word| line.starts_with(word))
    }
}

/// A line that begins as only source, a catalogue or a rule of monitoring does.
fn is_begun(line: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "//",
        "/*",
        "<!--",
        "#define ",
        "#: ",
        "#, ",
        "case ",
        "if (",
        "} else if (",
        "elif ",
        "elsif ",
        "msgid ",
        "msgstr ",
        "failregex",
        "ignoreregex",
        "<string name=",
        "<trans-unit",
        "assert",
        "expect(",
        "return ",
        "printf(",
        "fprintf(",
        "console.log(",
        "re.compile(",
    ];
    BEGINNINGS.iter().any(|mark| line.starts_with(mark))
}

/// A record of a log: the time of day stands at its beginning.
fn is_record(line: &str) -> bool {
    const WHERE: usize = 40;
    let time = |window: &[u8]| {
        window.iter().enumerate().all(|(at, byte)| match at {
            2 | 5 => *byte == b':',
            _ => byte.is_ascii_digit(),
        })
    };
    line.as_bytes().windows("12:34:56".len()).take(WHERE).any(time)
}

/// A row of a table in documentation, with a message shown as code.
fn is_table_row(line: &str) -> bool {
    line.starts_with('|') && line.ends_with('|') && line.matches('|').count() > 2 && line.contains('`')
}

/// A regular expression, or a pattern of a log parser.
fn is_pattern(line: &str) -> bool {
    const SIGNS: &[&str] = &[
        "(?:", "(?i)", "(?P<", "(?<", "\\d+", "\\d{", "\\s+", "\\s*", "\\S+", "\\w+", ".+?", "[^ ", "qr/",
        "%{",
    ];
    SIGNS.iter().any(|sign| line.contains(sign))
        || line.starts_with('/') && line.ends_with(['/', ',']) && line.contains("/,")
        || line.match_indices(".*").any(|(at, _)| !line.after(at + 2).starts_with('*'))
}

/// Words with places for values: `%s`, `${host}`, `"to " + host`.
fn is_made_up(line: &str) -> bool {
    const PLACES: &[&str] = &["#{", "{0}", "\" +", "' +", " + \"", " + '", "\" . $", "' . $"];
    // `%d0%bf` is a letter of an address on the web.
    let formatted = |place: &str| {
        let mut all = line.match_indices(place);
        all.any(|(at, _)| !line.after(at + 2).starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    // A setting that was never filled in stands in real failures, outside of quotes: `host, port: ${MAIL_HOST}, 25`.
    let template = line.contains("${") && line.contains(['"', '`']);
    template || formatted("%s") || formatted("%d") || PLACES.iter().any(|place| line.contains(place))
}

/// A statement of a C-like language: a call of, or an assignment from, a string.
fn is_statement(line: &str) -> bool {
    let called = line.ends_with(");") && (line.contains("(\"") || line.contains("('"));
    let assigned = line.ends_with(';') && (line.contains(" = \"") || line.contains(" = '"));
    called || assigned
}

/// A string of a list: quotes, a comma, and no digit that tells of a reply or an address.
fn is_string(line: &str) -> bool {
    let Some(quote) = line.chars().next().filter(|first| matches!(first, '"' | '\'' | '`')) else {
        return false;
    };
    let inner = line.after(1).trim_end_matches([',', ';']);
    inner.len() < line.len() - 1
        && inner.ends_with(quote)
        && !inner.trim_end_matches(quote).contains(quote)
        && !inner.contains(|letter: char| letter.is_ascii_digit() || letter == '@')
}

#[cfg(test)]
mod tests {
    use super::super::read;

    #[test]
    fn words_in_source_are_no_failure() {
        for source in [
            "'hostunknown' => [\n    qr/all relevant MX records point to non-existent hosts/,\n    qr/Unrouteable address/,\n],",
            "throw new MessagingException(\n    \"Could not connect to SMTP host: \" + host +\n    \", port: \" + port);",
            "failregex = postfix/smtp.*: connect to \\S+\\[<HOST>\\]:25: Connection timed out",
            "msgid \"SMTP: Connection refused\"\nmsgstr \"SMTP: Verbindung verweigert\"",
            "@@ -1,2 +1,2 @@\n-  \"SMTP connect: Connection refused\"\n+  \"SMTP connect: Connection timed out\"",
            "case ECONNREFUSED: return \"smtp: Connection refused\";",
            "// Connection timed out while talking to the SMTP server on port 25",
            "$lang['smtp'] = 'SMTP: Connection refused by mail server';",
            "log.error(\"smtp: Connection refused\");",
            "| `status=deferred (connect to X[IP]:25: Connection refused)` | nothing listens | `ss -lnt` |",
            "[\n  'smtp connect: Connection timed out',\n  'smtp connect: Connection refused',\n]",
        ] {
            assert_eq!(read(source), [], "{source}");
        }
    }

    #[test]
    fn a_failure_that_stands_quoted_is_one() {
        for failed in [
            "{\"level\":\"error\",\"template\":\"to {0}\",\"err\":\"dial tcp 192.0.2.1:25: connect: connection refused\"}",
            "Error: connect ECONNREFUSED 192.0.2.1:25\n    at TCPConnectWrap.afterConnect [as oncomplete] (net.js:1141:16)",
            "  response: '550 5.1.1 <user@example.com>: user unknown',\n  responseCode: 550,",
            "Traceback (most recent call last):\n  File \"smtplib.py\", line 391, in getreply\n    raise SMTPServerDisconnected(\"Connection unexpectedly closed\")\nsmtplib.SMTPServerDisconnected: Connection unexpectedly closed",
            "**SMTP ERROR: Failed to connect to server: Connection timed out (110) SMTP connect() failed.**",
            "Jun 19 10:47:10 mail postfix/smtp[1]: A5: to=<a+${run{x}}@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=1, dsn=5.1.1, status=bounced (host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command))",
            "Couldn't connect to SMTP host, port: ${MAIL_HOST}, 25; timeout -1",
            "smtp: connection timed out, see https://example.com/%d0%bf%d0%be",
            "smtp: dial 192.0.2.1:25: connection refused (%s)",
            "[message] => SMTP connect() failed: Connection timed out (110)",
        ] {
            assert_ne!(read(failed), [], "{failed}");
        }
    }
}
