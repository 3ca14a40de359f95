//! A text that is no bounce: log lines, an error text that may be wrapped, a terminal's output.

use super::cause::{Cause, SymptomFamily};
use super::classify::{complete, statement};
use super::joined::{joined, statement_in, statement_of, statement_of_joined};
use super::line::{MOST, cut, is_folded, spans_of_lines, stands_alone, unquoted};
use super::model::{Finality, Span, Symptom};
use super::{phrases, records, sessions};
use crate::cut::Cut as _;
use crate::order;

/// The longest text whose loose lines are read together as one statement, in bytes.
const PARAGRAPH: usize = 16 * 1024;

/// How far from the words of a summary the address may stand that they are about, in bytes: one long line.
const LINE_OF_WORDS: usize = 200;

/// Over how many lines at most a log line is taken to be wrapped.
const WRAPPED: usize = 4;

/// Reads `text`.
pub(super) fn read(text: &str) -> Vec<Symptom> {
    let mut symptoms = Vec::new();
    let mut attempts = Vec::new();
    let mut loose: Vec<(usize, &str)> = Vec::new();
    // A queue listing gives the reason in brackets, and below it the recipient.
    let mut noted = false;
    let mut headers = false;
    // Where the last line that was read ends, with what was wrapped of it.
    let mut done = 0;
    for (start, line) in spans_of_lines(text) {
        let line = cut(line);
        if start < done || line.trim().is_empty() {
            continue;
        }
        // A header of the message that came back: who was tried does not stand there.
        headers = line.starts_with("Received: from ") || headers && line.starts_with([' ', '\t']);
        if headers || is_attribution(line, next(text, start)) {
            continue;
        }
        if std::mem::take(&mut noted) && line.contains('@') && !line.trim().contains(' ') {
            symptoms.last_mut().into_iter().for_each(|symptom| complete(symptom, line, start));
            continue;
        }
        // PHP puts the reason in brackets on a line of its own, too.
        let goes_on = loose
            .last()
            .is_some_and(|(at, before)| start - at - before.len() <= 2 && before.contains("onnect"));
        noted = is_note(line) && !goes_on;
        if noted || stands_alone(line) {
            let whole = if noted { Vec::new() } else { whole(text, start, line) };
            let wrapped = statement_of(&whole);
            // Loose words below it that make no statement with it are none of its own.
            let goes_on = !whole.is_empty() && (wrapped.is_some() || line.has("status=\n: to=<"));
            done = whole.last().filter(|_| goes_on).map_or(0, |(start, line)| start + line.len());
            let read = match clauses(line).as_slice() {
                _ if goes_on => wrapped,
                [_, _, ..] => {
                    symptoms.extend(
                        clauses(line).into_iter().filter_map(|(at, part)| statement(part, start + at)),
                    );
                    None
                }
                _ => statement(line, start),
            };
            noted &= read.as_ref().is_some_and(|symptom| symptom.recipient_domain.is_none());
            symptoms.extend(read);
        } else if is_continued(loose.last(), start, line) {
            loose.push((start, line));
        } else {
            let is_cut = || next(text, start).is_some_and(|next| is_folded(line, next));
            match statement(line, start).filter(|symptom| says_all(symptom) && !is_cut()) {
                Some(symptom) => add(&mut attempts, symptom),
                None => loose.push((start, line)),
            }
        }
        if symptoms.len() + attempts.len() >= MOST {
            break;
        }
    }
    let mut rest = together(text, &mut attempts, &loose);
    // "Could not connect", in anybody's words, beside a line that says what it was.
    if !symptoms.is_empty() || !attempts.is_empty() {
        rest.retain(|symptom| !is_loosely_told(text, symptom));
    }
    symptoms.extend(attempts);
    symptoms.extend(rest);
    // In the order of the text.
    order::sort_by_key(&mut symptoms, |symptom| symptom.spans.iter().map(|span| span.start).min());
    sessions::settle(text, &mut symptoms);
    merged(summed_up(symptoms))
}

/// Whether a line says who wrote what stands quoted below it, and when: no field of a failure stands there. Its verb may be
/// wrapped into the `next` line.
fn is_attribution(line: &str, next: Option<&str>) -> bool {
    const WROTE: &str =
        " wrote:\n schrieb:\n schrieb \n a écrit\n escribió:\n ha scritto:\n escreveu:\n schreef";
    let wrapped = line.contains('@') && next.is_some_and(|next| unquoted(next).trim_end() == "wrote:");
    let dated = || line.contains(|c: char| c.is_ascii_digit() || c == '@');
    wrapped || line.trim_end().ends_with(':') && line.has(WROTE) && dated()
}

/// Whether the words of a cause are none of the table of phrases: only that something did not come about.
fn is_loosely_told(text: &str, symptom: &Symptom) -> bool {
    let cause = symptom.spans.iter().find(|span| span.field == "cause");
    let words = cause.and_then(|span| text.get(span.start..span.end)).unwrap_or_default();
    let by_number = words.bytes().any(|byte| byte.is_ascii_digit()) || symptom.system_error.is_some();
    matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns)
        && !words.is_empty()
        && !by_number
        && phrases::find(&words.to_ascii_lowercase()).is_empty()
}

/// The parts of a line that tells of several attempts, each with its own `stat=` or its own host that `said:`.
fn clauses(line: &str) -> Vec<(usize, &str)> {
    const BEGINS: &[&str] = &["stat=", "status=deferred", "status=bounced"];
    let cuts =
        BEGINS.iter().map(|mark| line.match_indices(mark).map(|(at, _)| at).skip(1).collect::<Vec<_>>());
    let cuts = cuts.max_by_key(Vec::len).unwrap_or_default();
    let (mut from, mut parts) = (0, Vec::new());
    for cut in cuts.into_iter().chain([line.len()]) {
        parts.push((from, line.within(from, cut)));
        from = cut;
    }
    parts
}

/// The lines of a log line that goes on below, in the brackets of its reason or within words that are known, where a mail
/// program wrapped it; none where it does not.
fn whole<'t>(text: &'t str, start: usize, line: &str) -> Vec<(usize, &'t str)> {
    let mut lines: Vec<(usize, &str)> = Vec::new();
    let (mut depth, mut open) = (0, line.contains(": to=<") && !line.contains("stat"));
    let bracketed = open || line.contains("status=");
    for (at, more) in spans_of_lines(text.after(start)).take(WRAPPED) {
        let more = cut(more);
        if let Some((_, before)) = lines.last() {
            let anew = more.trim().is_empty()
                || stands_alone(more) && !open
                || more.starts_with("20")
                || more.contains("]: ");
            if anew || !(open || bracketed && depth > 0 || is_folded(before, more)) {
                break;
            }
        }
        lines.push((start + at, more));
        depth += more.bytes().map(|byte| i32::from(byte == b'(') - i32::from(byte == b')')).sum::<i32>();
        // Wrapped before its reason: at a field of it, or at the reason's bracket.
        let states = more.contains("status=");
        open = open && !states || states && more.trim_end().ends_with(['d', '=']);
    }
    if lines.len() < 2 { Vec::new() } else { lines }
}

/// Adds an attempt, or puts what it says to one before it of the same address.
fn add(attempts: &mut Vec<Symptom>, symptom: Symptom) {
    let same = |one: &&mut Symptom| {
        one.remote_address == symptom.remote_address
            && one.cause == symptom.cause
            && (symptom.mta.is_some() || (one.at.is_none() && one.port == symptom.port))
    };
    match attempts.last_mut().filter(same) {
        Some(one) => {
            one.expired |= symptom.expired;
            one.port = one.port.or(symptom.port);
            one.remote_host = one.remote_host.take().or(symptom.remote_host);
            one.recipient_domain = one.recipient_domain.take().or(symptom.recipient_domain);
        }
        None => attempts.push(symptom),
    }
}

/// Whether a line goes on with the one before it: that one was not moved in, and this one is.
fn is_continued(before: Option<&(usize, &str)>, start: usize, line: &str) -> bool {
    let moved = |line: &str| line.starts_with([' ', '\t']);
    before.is_some_and(|(at, before)| !moved(before) && moved(line) && start - at - before.len() <= 2)
}

/// Whether a line is a queue listing's reason: Postfix and sendmail put it in brackets.
fn is_note(line: &str) -> bool {
    let line = line.trim();
    // A report of sendmail and Postfix has brackets of its own.
    let of_report = line.starts_with("(reason:") || line.starts_with("(expanded from");
    // A program's own line ends in a call: `(code, msg) = self.getreply()`.
    line.starts_with('(') && line.ends_with(')') && !line.ends_with("()") && !of_report
}

/// The line after the one that begins at `start`.
fn next(text: &str, start: usize) -> Option<&str> {
    spans_of_lines(text.after(start)).nth(1).map(|(_, next)| cut(next))
}

/// Whether a line by itself names a host that was tried and what came of it, in words: the code alone of a wrapped text
/// does not tell.
fn says_all(symptom: &Symptom) -> bool {
    let stands = |field: &str| symptom.spans.iter().find(|span| span.field == field).map(|span| span.start);
    let cause = stands("cause");
    symptom.cause != Cause::Expired
        && symptom.remote_address.is_some()
        && matches!(symptom.family, SymptomFamily::NoAnswer)
        && cause != stands("reply_code")
        && cause != stands("enhanced_status")
}

/// Reads lines that do not stand alone as one statement: error texts are wrapped by mail programs. What they say of
/// `attempts`, lines that name what was tried and what came of it, is put to those.
fn together(text: &str, attempts: &mut [Symptom], loose: &[(usize, &str)]) -> Vec<Symptom> {
    let (Some(first), Some(last)) = (loose.first(), loose.last()) else { return Vec::new() };
    let (start, end) = (first.0, last.0 + last.1.len());
    if end - start > PARAGRAPH {
        return loose.iter().find_map(|(start, line)| statement(line, *start)).into_iter().collect();
    }
    let apart = records::told_apart(text, loose);
    if apart.len() > 1 {
        let told = |record: &Symptom| {
            attempts.iter().any(|attempt| {
                attempt.cause == record.cause
                    && record.remote_address.is_none_or(|address| attempt.remote_address == Some(address))
            })
        };
        return apart.into_iter().filter(|record| !told(record)).collect();
    }
    as_one(attempts, loose, start).into_iter().collect()
}

/// Reads lines of which one record states a failure, or several the same, as one statement.
fn as_one(attempts: &mut [Symptom], loose: &[(usize, &str)], start: usize) -> Option<Symptom> {
    let joined = joined(loose);
    for attempt in attempts.iter_mut() {
        complete(attempt, &joined, start);
    }
    let rest = statement_of_joined(&joined, start).or_else(|| statement_in(loose))?;
    // A summary of the attempts, as curl and Exchange end with one, is none of its own. An address far from its words is
    // not what it is about.
    let place = |field: &str| rest.spans.iter().find(|span| span.field == field).map_or(0, |span| span.start);
    let far = place("remote_address").abs_diff(place("cause")) > LINE_OF_WORDS;
    let same = |attempt: &Symptom| match rest.cause {
        Cause::ConnectFailed if far => true,
        cause => {
            rest.remote_address.is_none_or(|address| attempt.remote_address == Some(address))
                && (cause == attempt.cause || cause == Cause::ConnectFailed)
        }
    };
    // A code beside them without a word of its own is theirs.
    let theirs = rest.cause == Cause::RejectedOther;
    if let (true, Some(attempt)) = (theirs, attempts.first_mut()) {
        attempt.reply_code = attempt.reply_code.or(rest.reply_code);
        return None;
    }
    // "Could not connect to …", and the reason on a line of its own.
    if let [attempt] = attempts
        && attempt.cause == Cause::ConnectFailed
        && matches!(rest.family, SymptomFamily::NoAnswer | SymptomFamily::Sender)
        && rest.remote_address.is_none_or(|address| attempt.remote_address == Some(address))
    {
        let told = |span: &Span| matches!(span.field.as_str(), "cause" | "system_error");
        (attempt.cause, attempt.family, attempt.stage) = (rest.cause, rest.family, rest.stage);
        attempt.system_error = rest.system_error;
        attempt.spans.retain(|span| !told(span));
        attempt.spans.extend(rest.spans.into_iter().filter(told));
        return None;
    }
    if attempts.iter().any(same) {
        attempts.iter_mut().for_each(|attempt| attempt.expired |= rest.expired);
        return None;
    }
    Some(rest)
}

/// "Could not connect" of an address whose failure another line tells better is the same failure: that one takes what it
/// leaves out.
fn summed_up(symptoms: Vec<Symptom>) -> Vec<Symptom> {
    let mut told: Vec<Symptom> = Vec::with_capacity(symptoms.len());
    for symptom in symptoms {
        // The summary may come first.
        let (symptom, before) = match told.pop_if(|last| {
            last.cause == Cause::ConnectFailed
                && symptom.cause != Cause::ConnectFailed
                && symptom.family == SymptomFamily::NoAnswer
                && last.remote_address.is_some()
                && last.remote_address == symptom.remote_address
                && last.recipient_domain == symptom.recipient_domain
        }) {
            Some(last) => (last, Some(symptom)),
            None => (symptom, None),
        };
        if let Some(sharper) = before {
            told.push(sharper);
        }
        let same = told.last_mut().filter(|last| {
            symptom.cause == Cause::ConnectFailed
                && last.family == SymptomFamily::NoAnswer
                && last.cause != Cause::ConnectFailed
                && symptom.remote_address.is_some()
                && last.remote_address == symptom.remote_address
                && symptom
                    .recipient_domain
                    .as_ref()
                    .is_none_or(|domain| last.recipient_domain.as_ref().is_none_or(|of| of == domain))
        });
        let Some(last) = same else {
            told.push(symptom);
            continue;
        };
        last.recipient_domain = last.recipient_domain.take().or(symptom.recipient_domain);
        last.enhanced_status = last.enhanced_status.or(symptom.enhanced_status);
        last.finality = last.finality.or(symptom.finality);
        last.queued_s = last.queued_s.or(symptom.queued_s);
        last.expired |= symptom.expired;
        let kept = ["recipient_domain", "enhanced_status"];
        let stated = |field: &str| last.spans.iter().any(|span| span.field == field);
        let spans: Vec<Span> = symptom
            .spans
            .into_iter()
            .filter(|span| kept.contains(&span.field.as_str()) && !stated(&span.field))
            .collect();
        last.spans.extend(spans);
    }
    told
}

/// "Given up" beside what it was given up for is one symptom, not two.
pub(super) fn merged(mut symptoms: Vec<Symptom>) -> Vec<Symptom> {
    let expired = symptoms.iter().any(|symptom| symptom.cause == Cause::Expired);
    let inner = |symptom: &Symptom| {
        matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Busy)
    };
    // A notice of a delay calls the wait "expired", too.
    let delayed = symptoms.iter().any(|symptom| symptom.finality == Some(Finality::Delayed));
    if expired && symptoms.iter().any(inner) {
        symptoms.retain(|symptom| symptom.cause != Cause::Expired);
        for symptom in symptoms.iter_mut().filter(|symptom| inner(symptom)) {
            symptom.expired = !delayed;
        }
    }
    symptoms
}
