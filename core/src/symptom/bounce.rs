//! A bounce: a mail that says that a mail was not delivered, as a DSN (RFC 3464) or in words.

use super::classify::{self, statement};
use super::lines;
use super::{Cause, Symptom, SymptomFamily, WrittenBy, decode, tokens};
use std::collections::BTreeMap;
use std::ops::Range;

/// What ends the report and begins the mail that came back.
const ORIGINALS: &[&str] = &[
    "content-type: message/rfc822",
    "content-type: text/rfc822-headers",
    "content-type: message/global",
    "--- below this line is a copy",
    "------ this is a copy of",
    "----- original message",
    "--- original message",
    "----- unsent message",
    "message header follows",
    "--- the header of the original",
    "original message headers:",
    "---- original",
    "----- message header",
    "this is a copy of the message",
    "message headers follow",
    "received: from",
    "----- transcript of message follows",
    "return-path: <",
    "the body of the original message",
];

/// How far the words of a bounce are searched for each recipient, in bytes: more is no report but the mail itself.
const WORDS: usize = 64 * 1024;

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
    let report = report(text);
    let groups = groups(&report.fields);
    let words = statement_of_words(&report.words);
    if groups.is_empty() {
        return from_words(&report.words, words);
    }
    let mut symptoms: Vec<Symptom> = groups
        .iter()
        .filter_map(|group| from_group(text, group, words.as_ref(), groups.len() == 1, &report.words))
        .collect();
    symptoms.dedup_by(|one, other| {
        one.recipient_domain == other.recipient_domain
            && one.cause == other.cause
            && one.remote_host == other.remote_host
    });
    symptoms
}

/// A bounce without machine-readable part: one symptom a recipient, where the words name several.
fn from_words(words: &str, whole: Option<Symptom>) -> Vec<Symptom> {
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
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut current = 0;
    // Sendmail shows a conversation before the recipient that it was about.
    let mut conversation = String::new();
    for line in words.lines() {
        if [">>> ", "<<< "].iter().any(|mark| line.starts_with(mark)) || line.contains("hile talking to ") {
            conversation.push_str(line);
            conversation.push('\n');
            continue;
        }
        if let Some(address) = begins_recipient(line) {
            current = match known.get(&address) {
                Some(index) => *index,
                None if known.len() == lines::MOST => break,
                None => {
                    known.insert(address.clone(), parts.len());
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
    Some(address[..end].to_ascii_lowercase())
}

fn is_lone_address(text: &str) -> bool {
    let text = text.trim_end_matches(':');
    text.contains('@') && !text.contains(' ') && text.len() < 255
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

/// The parts of a bounce that matter.
#[derive(Default)]
struct Report {
    /// The fields of the delivery status, unfolded, with where they stand in the mail.
    fields: Vec<(String, String, Range<usize>)>,
    /// The words for people, decoded.
    words: String,
}

fn report(text: &str) -> Report {
    let mut report = Report::default();
    let mut encoding = Encoding::Plain;
    let mut part = String::new();
    let (mut in_headers, mut in_status, mut in_html) = (true, false, false);
    let starts_with_headers = text.lines().next().is_some_and(begins_headers);
    in_headers &= starts_with_headers;
    for (start, line) in lines::spans_of_lines(text) {
        let lower = line.trim().to_ascii_lowercase();
        let original = ORIGINALS.iter().any(|mark| lower.starts_with(mark));
        if original && !in_headers && !report_is_empty(&report, &part) {
            break;
        }
        if is_boundary(line) {
            flush(&mut report, &mut part, encoding, in_html);
            (in_headers, in_status, in_html, encoding) = (true, false, false, Encoding::Plain);
            continue;
        }
        if in_headers {
            if lower.is_empty() {
                in_headers = false;
            } else if let Some(kind) = lower.strip_prefix("content-type:") {
                in_status = kind.contains("delivery-status");
                in_html = kind.contains("text/html");
                if kind.contains("message/rfc822") || kind.contains("rfc822-headers") {
                    break;
                }
            } else if let Some(kind) = lower.strip_prefix("content-transfer-encoding:") {
                encoding = Encoding::of(kind.trim());
            }
            continue;
        }
        if in_status || is_status_field(&lower) {
            take_field(&mut report.fields, line, start);
            continue;
        }
        part.push_str(line.trim_start_matches(['>', '|']));
        part.push('\n');
    }
    flush(&mut report, &mut part, encoding, in_html);
    report
}

/// Whether a mail may begin with this line: a header field, or the envelope line of a mailbox file.
fn begins_headers(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    line.starts_with("From ") || (name.len() < line.len() && !name.is_empty() && !name.contains(' '))
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

fn flush(report: &mut Report, part: &mut String, encoding: Encoding, html: bool) {
    let decoded = match encoding {
        Encoding::Plain => std::mem::take(part),
        Encoding::QuotedPrintable => decode::quoted_printable(part),
        Encoding::Base64 => decode::base64(part),
    };
    part.clear();
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

fn is_boundary(line: &str) -> bool {
    line.starts_with("--") && line.len() > 6 && !line.contains(' ') && !line.trim_matches('-').is_empty()
}

fn is_status_field(lower: &str) -> bool {
    const FIELDS: &[&str] = &[
        "final-recipient:",
        "original-recipient:",
        "diagnostic-code:",
        "remote-mta:",
        "reporting-mta:",
        "will-retry-until:",
        "last-attempt-date:",
        "arrival-date:",
        "x-postfix-",
    ];
    FIELDS.iter().any(|field| lower.starts_with(field))
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

/// What the status says of one recipient.
#[derive(Default)]
struct Group {
    recipient: Option<String>,
    diagnostic: Option<(String, Range<usize>)>,
    status: Option<String>,
    action: Option<String>,
    remote: Option<String>,
    retry_until: Option<String>,
    attempted: Option<String>,
}

/// The fields by recipient. A recipient's group begins with its Final-Recipient or Original-Recipient, in either order.
fn groups(fields: &[(String, String, Range<usize>)]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut named: Vec<&str> = Vec::new();
    for (name, value, range) in fields {
        let names_recipient = matches!(name.as_str(), "final-recipient" | "original-recipient");
        let begun = groups.last().is_some_and(Group::has_more_than_a_name);
        if groups.len() == lines::MOST {
            break;
        }
        if names_recipient && (groups.is_empty() || begun || named.contains(&name.as_str())) {
            groups.push(Group::default());
            named.clear();
        } else if groups.is_empty() && matches!(name.as_str(), "diagnostic-code" | "status" | "action") {
            groups.push(Group::default());
        }
        if names_recipient {
            named.push(name);
        }
        let Some(group) = groups.last_mut() else { continue };
        let value = value.clone();
        match name.as_str() {
            "final-recipient" | "original-recipient" => group.recipient = Some(value),
            "diagnostic-code" => group.diagnostic = Some((value, range.clone())),
            "status" => group.status = Some(value),
            "action" => group.action = Some(value.to_ascii_lowercase()),
            "remote-mta" => group.remote = Some(value),
            "will-retry-until" => group.retry_until = Some(value),
            "last-attempt-date" => group.attempted = Some(value),
            _ => {}
        }
    }
    groups
}

impl Group {
    fn has_more_than_a_name(&self) -> bool {
        self.diagnostic.is_some() || self.status.is_some() || self.action.is_some()
    }
}

fn from_group(
    text: &str,
    group: &Group,
    words: Option<&Symptom>,
    alone: bool,
    said: &str,
) -> Option<Symptom> {
    if matches!(group.action.as_deref(), Some("delivered" | "relayed" | "expanded")) {
        return None;
    }
    let recipient = group.recipient.as_deref().and_then(domain_of);
    let diagnostic = group.diagnostic.as_ref().and_then(|(value, range)| {
        // Fields that are not folded stand in the mail as they are, so their spans fit.
        let raw = &text[range.clone()];
        let at = raw.find(value.as_str());
        let mut symptom = statement(&typed(value), at.map_or(0, |at| range.start + at))?;
        if at.is_none() {
            symptom.spans.clear();
        }
        Some(symptom)
    });
    let own_words = if alone { words.cloned() } else { words_about(said, group.recipient.as_deref()) };
    let mut symptom = choose(diagnostic, own_words).or_else(|| by_status(group))?;
    symptom.recipient_domain = recipient.or(symptom.recipient_domain.take());
    if symptom.remote_host.is_none() {
        symptom.remote_host = group
            .remote
            .as_deref()
            .and_then(|value| tokens::host(value.rsplit(';').next().unwrap_or_default().trim()));
    }
    if symptom.enhanced_status.is_none() {
        symptom.enhanced_status = group
            .status
            .as_deref()
            .and_then(|value| value.split_whitespace().next())
            .and_then(|value| value.parse().ok());
    }
    symptom.retry_until = group.retry_until.as_deref().and_then(tokens::header_date);
    symptom.at = symptom.at.or_else(|| group.attempted.as_deref().and_then(tokens::header_date));
    if group.status.as_deref().is_some_and(|status| status.contains(".4.7"))
        && matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Busy)
    {
        symptom.expired = group.action.as_deref() != Some("delayed") || symptom.expired;
    }
    Some(symptom)
}

/// What a diagnostic code says is the fact, unless it says less than the words beside it.
fn choose(diagnostic: Option<Symptom>, words: Option<Symptom>) -> Option<Symptom> {
    let says_little = |symptom: &Symptom| {
        matches!(symptom.cause, Cause::Expired | Cause::Unknown | Cause::RejectedOther | Cause::ConnectFailed)
    };
    match (diagnostic, words) {
        // Postfix leaves out of the diagnostic code that the refusal was the greeting.
        (Some(diagnostic), Some(words))
            if words.cause == Cause::RefusedAtGreeting
                && matches!(diagnostic.family, SymptomFamily::Rejected | SymptomFamily::Busy) =>
        {
            Some(words)
        }
        (Some(diagnostic), Some(words))
            if says_little(&diagnostic)
                && !says_little(&words)
                && words.family != SymptomFamily::Rejected =>
        {
            let expired = diagnostic.expired || words.expired || diagnostic.cause == Cause::Expired;
            Some(Symptom { expired, ..words })
        }
        (Some(diagnostic), words) => {
            let expired = diagnostic.expired || words.is_some_and(|words| words.expired);
            Some(Symptom { expired: expired && diagnostic.family != SymptomFamily::Rejected, ..diagnostic })
        }
        (None, words) => words,
    }
}

/// The words that stand after the recipient's address.
fn words_about(said: &str, recipient: Option<&str>) -> Option<Symptom> {
    let address = recipient?.rsplit(';').next()?.trim().trim_matches(['<', '>']);
    let mut head = said.len().min(WORDS);
    while !said.is_char_boundary(head) {
        head -= 1;
    }
    let at = said[..head].find(address)? + address.len();
    let mut end = said.len().min(at + 2_000);
    while !said.is_char_boundary(end) {
        end -= 1;
    }
    statement_of_words(&said[at..end])
}

/// Where nothing else speaks, the status does: it is the sender's word.
fn by_status(group: &Group) -> Option<Symptom> {
    let status = group.status.as_deref()?.split_whitespace().next()?;
    let mut symptom = statement(status, 0)?;
    symptom.spans.clear();
    symptom.written_by = WrittenBy::Sender;
    symptom.stage = classify::usual_stage(symptom.cause);
    Some(symptom)
}

/// Without the type that a diagnostic code begins with (RFC 3464 s2.3.6), byte for byte.
fn typed(value: &str) -> String {
    match value.split_once(';') {
        Some((kind, rest)) if kind.len() < 16 && !kind.contains(' ') => {
            format!("{}{rest}", " ".repeat(kind.len() + 1))
        }
        _ => value.to_owned(),
    }
}

fn domain_of(value: &str) -> Option<String> {
    let (_, domain) = value.rsplit_once('@')?;
    tokens::host(domain.trim_matches(['>', '<', ' ', '"']))
}
