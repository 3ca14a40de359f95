//! The parts of a bounce that matter: the fields of its delivery status, and its words for people, decoded.

use super::words::cut;
use crate::cut::Cut as _;
use crate::symptom::{classify, decode, line};
use std::ops::Range;

/// At most so many boundaries are kept: no mail nests deeper.
const MOST: usize = 32;

/// What ends the report and begins the mail that came back.
const ORIGINALS: &str = "content-type: message/rfc822\ncontent-type: text/rfc822-headers\n\
             content-type: message/global\n--- below this line is a copy\n------ this is a copy of\n\
             ----- original message\n--- original message\n----- unsent message\n\
             message header follows\n--- the header of the original\noriginal message headers:\n\
             ---- original\n----- message header\nthis is a copy of the message\n\
             message headers follow\nreceived: from\n----- transcript of message follows\n\
             return-path: <\nthe body of the original message";

/// The parts of a bounce that matter.
#[derive(Default)]
pub(super) struct Report {
    /// The fields of the delivery status, unfolded, with where they stand in the mail.
    pub(super) fields: Vec<(String, String, Range<usize>)>,
    /// The words for people, decoded.
    pub(super) words: String,
    /// Where an attached mail begins.
    pub(super) attached: Option<usize>,
    /// The header fields that name the sender and its software.
    from: String,
}

impl Report {
    /// What tells who wrote the report: the mail's sender, the names of its fields, its words.
    pub(super) fn frame(&self) -> String {
        let fields = self.fields.iter().map(|(name, value, _)| format!("{name}: {value}\n")).take(100);
        [self.from.clone()].into_iter().chain(fields).chain([cut(&self.words).to_owned()]).collect()
    }
}

pub(super) fn report(text: &str) -> Report {
    let mut report = Report::default();
    let mut encoding = Encoding::Plain;
    let mut part = String::new();
    let mut at_top = true;
    let mut boundaries: Vec<String> = Vec::new();
    let (mut in_headers, mut in_status, mut in_html, mut after_field) = (true, false, false, false);
    // What was pasted may begin with blank lines, or with the delivery status itself.
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    in_headers &= begins_headers(first) && !is_status_field(&first.to_ascii_lowercase());
    for (start, line) in line::spans_of_lines(text) {
        let lower = line.trim().to_ascii_lowercase();
        let original = lower.begins(ORIGINALS);
        if original && !in_headers && !report_is_empty(&report, &part) {
            break;
        }
        if is_boundary(line, &boundaries) {
            flush(&mut report, &mut part, encoding, in_html, in_status);
            (in_headers, in_status, in_html, encoding) = (true, false, false, Encoding::Plain);
            continue;
        }
        at_top &= lower.is_empty();
        if in_headers {
            if let Some(boundary) = boundary_named(line).filter(|_| boundaries.len() < MOST) {
                boundaries.push(boundary.to_owned());
            }
            if report.from.len() < 1_000 && lower.begins("from:\nx-mailer:") {
                report.from.push_str(&lower);
                report.from.push('\n');
            }
            if lower.is_empty() {
                in_headers = at_top;
            } else if let Some(kind) = lower.strip_prefix("content-type:") {
                in_status = kind.contains("delivery-status");
                in_html = kind.contains("text/html");
                if kind.contains("message/rfc822") || kind.contains("rfc822-headers") {
                    report.attached = attached(text, start);
                    break;
                }
            } else if let Some(kind) = lower.strip_prefix("content-transfer-encoding:") {
                encoding = Encoding::of(kind.trim());
            }
            continue;
        }
        // A field may be folded (RFC 5322 s2.2.3).
        let folded = after_field && line.starts_with([' ', '\t']) && !lower.is_empty();
        after_field = encoding == Encoding::Plain && (in_status || folded || is_status_field(&lower));
        if after_field {
            take_field(&mut report.fields, line, start);
            continue;
        }
        part.push_str(line.trim_start_matches(['>', '|']));
        part.push('\n');
    }
    flush(&mut report, &mut part, encoding, in_html, in_status);
    report
}

/// Where the log lines end that were pasted before a delivery status; zero where none were.
pub(super) fn log_before(text: &str) -> usize {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if begins_headers(first) && !first.contains("]: ") {
        return 0;
    }
    let lines = line::spans_of_lines(text).take(200);
    let before = lines.take_while(|(_, line)| !is_status_field(&line.to_ascii_lowercase()));
    let logged =
        before.filter(|(_, line)| line::stands_alone(line) && classify::statement(line, 0).is_some());
    logged.last().map_or(0, |(start, line)| start + line.len())
}

/// Where the mail begins whose part has a header at `from`: after the blank line.
fn attached(text: &str, from: usize) -> Option<usize> {
    let blank = line::spans_of_lines(text.after(from)).take(20).find(|(_, line)| line.trim().is_empty())?;
    let begins = from + blank.0 + blank.1.len();
    Some(begins + text.after(begins).len() - text.after(begins).trim_start().len())
}

/// Whether a mail may begin with this line: a header field, or the envelope line of a mailbox file.
fn begins_headers(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    let word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    line.starts_with("From ") || (name.len() < line.len() && !name.is_empty() && word)
}

fn report_is_empty(report: &Report, part: &str) -> bool {
    report.fields.is_empty() && report.words.trim().is_empty() && part.trim().is_empty()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Plain,
    QuotedPrintable,
    Base64,
}

impl Encoding {
    fn of(name: &str) -> Self {
        match name {
            "quoted-printable" => Self::QuotedPrintable,
            "base64" => Self::Base64,
            _ => Self::Plain,
        }
    }
}

fn flush(report: &mut Report, part: &mut String, encoding: Encoding, html: bool, status: bool) {
    let decoded = match encoding {
        Encoding::Plain => std::mem::take(part),
        Encoding::QuotedPrintable => decode::quoted_printable(part),
        Encoding::Base64 => decode::base64(part),
    };
    part.clear();
    // Fields in a part that had to be decoded: they stand nowhere in the mail as they are.
    if encoding != Encoding::Plain {
        for line in decoded.lines().filter(|line| status || is_status_field(&line.to_ascii_lowercase())) {
            take_field(&mut report.fields, line, 0);
            report.fields.last_mut().into_iter().for_each(|(.., range)| *range = 0..0);
        }
    }
    // The same words as HTML say nothing new where there is a plain part.
    if html && !report.words.trim().is_empty() {
        return;
    }
    report.words.push_str(&if html { without_tags(&decoded) } else { decoded });
    report.words.push('\n');
}

fn without_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                out.push(' ');
            }
            _ if inside => {}
            _ => out.push(c),
        }
    }
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .replace("&nbsp;", " ")
        .replace("&#39;", "'")
        .replace("&quot;", "\"")
}

/// The boundary that a header field names (RFC 2046 s5.1.1).
fn boundary_named(line: &str) -> Option<&str> {
    let at = line.to_ascii_lowercase().find("boundary=")? + "boundary=".len();
    let rest = line.after(at).trim();
    let quoted = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
    quoted.or_else(|| rest.split([';', ' ']).next()).filter(|boundary| !boundary.is_empty())
}

/// Whether a line ends a part: it names a boundary, or looks like one where the headers were not pasted along.
fn is_boundary(line: &str, named: &[String]) -> bool {
    let Some(rest) = line.strip_prefix("--") else { return false };
    let rest = rest.trim_end();
    let known =
        |boundary: &String| rest.strip_prefix(boundary.as_str()).is_some_and(|end| matches!(end, "" | "--"));
    named.iter().any(known) || (line.len() > 6 && !rest.contains(' ') && !rest.trim_matches('-').is_empty())
}

fn is_status_field(lower: &str) -> bool {
    const FIELDS: &str = "final-recipient:\noriginal-recipient:\ndiagnostic-code:\nremote-mta:\nreporting-mta:\n\
             will-retry-until:\nlast-attempt-date:\narrival-date:\nx-postfix-";
    lower.begins(FIELDS)
        || (lower.starts_with("action: ") && lower.len() < 40)
        || (lower.starts_with("status: ") && lower.len() < 200)
}

fn take_field(fields: &mut Vec<(String, String, Range<usize>)>, line: &str, start: usize) {
    if line.starts_with([' ', '\t']) {
        if let Some((_, value, range)) = fields.last_mut() {
            value.push(' ');
            value.push_str(line.trim());
            range.end = start + line.len();
        }
        return;
    }
    let Some((name, value)) = line.split_once(':') else {
        fields.push((String::new(), String::new(), start..start));
        return;
    };
    fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned(), start..start + line.len()));
}
