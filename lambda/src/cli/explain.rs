//! `noanswer explain`.

use super::args::Explain;
use super::paint::{self, Out, Tone};
use super::setup::{self, Usage};
use super::words;
use crate::clock;
use noanswer_core::smtp::registry;
use noanswer_core::symptom::{self, Explanation, Row, Symptom, SymptomFamily, Whole};
use noanswer_site::text_input::{TextInput, WHOLE};
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

/// Reads a file of any size.
pub(crate) fn read_file(path: &Path) -> Result<TextInput, Usage> {
    let unreadable = |source| Usage::Unreadable { path: path.display().to_string(), source };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().is_ok_and(|about| about.is_file() && about.len() <= WHOLE as u64) {
        return Ok(TextInput::from_text(&setup::read(path)?, clock::now()));
    }
    TextInput::from_log(file, clock::now()).map_err(unreadable)
}

pub(crate) fn run(args: &Explain) -> Result<u8, Usage> {
    let told = match (&args.file, args.text.as_deref()) {
        (Some(path), _) => read_file(path)?,
        (None, text @ (Some("-") | None)) => {
            if text.is_none() && io::stdin().is_terminal() {
                return Err(Usage::NoText);
            }
            let mut text = Vec::new();
            io::stdin().lock().take(WHOLE as u64).read_to_end(&mut text).map_err(stdin)?;
            if text.iter().all(u8::is_ascii_whitespace) {
                return Err(Usage::NoText);
            }
            if text.len() < WHOLE {
                TextInput::from_text(&text, clock::now())
            } else {
                TextInput::from_log(text.chain(io::stdin().lock()), clock::now()).map_err(stdin)?
            }
        }
        (None, Some(text)) => {
            if let Some(entry) = registry::lookup(text) {
                if args.json {
                    paint::json(
                        &serde_json::json!({ "schema": 1, "code": entry, "symptoms": symptom::read(text) }),
                    );
                } else {
                    code(&Out::new(), &entry);
                }
                return Ok(0);
            }
            if let Some(what) = named(text).filter(|_| !args.json) {
                Out::new().line(&what);
                return Ok(3);
            }
            TextInput::from_text(text.as_bytes(), clock::now())
        }
    };
    if args.json {
        paint::json(&serde_json::json!({ "schema": 1, "symptoms": told.symptoms, "table": told.table }));
    } else {
        print(&Out::new(), &told);
    }
    Ok(exit_code(&told))
}

fn stdin(source: io::Error) -> Usage {
    Usage::Unreadable { path: "standard input".to_owned(), source }
}

/// 0 a failure was read and explained, 3 none could be read.
fn exit_code(told: &TextInput) -> u8 {
    let read = told.symptoms.iter().any(|symptom| symptom.family != SymptomFamily::Unknown);
    if read { 0 } else { 3 }
}

/// What to do with a text that only names a domain or an address.
fn named(text: &str) -> Option<String> {
    match symptom::whole(text)? {
        Whole::Domain(domain) => Some(format!(
            "This names a domain and no failure. Next: noanswer check {}",
            noanswer_core::scrub::visible(&domain)
        )),
        Whole::Address(address) => Some(format!(
            "{address} is an address: mail goes to domains, and their exchanges are what can be checked. Next: noanswer check DOMAIN"
        )),
        Whole::Code(_) => None,
    }
}

fn print(out: &Out, told: &TextInput) {
    if told.symptoms.is_empty() {
        out.line("I can't read a failure in this.");
    }
    if told.table.len() > FEW {
        return many(out, &told.table);
    }
    for row in &told.table {
        one(out, row, &symptom::explain_row(row, clock::now()));
    }
}

/// Up to this many failures are explained one by one; more are a table, and each cause is explained once.
const FEW: usize = 3;

/// How many rows a table shows; `--json` has all.
const SHOWN: usize = 10;

/// How many causes are explained below a table.
const CAUSES: usize = 6;

/// A log's failures: a table by destination and cause, the worst first, and what each cause means.
fn many(out: &Out, rows: &[Row]) {
    let failures: u64 = rows.iter().map(|row| row.count).sum();
    let span =
        rows.iter().filter_map(|row| row.first).min().zip(rows.iter().filter_map(|row| row.last).max());
    let span = span.map_or(String::new(), |(first, last)| {
        format!(", {} to {}", words::moment(first), words::moment(last))
    });
    let groups = words::count(rows.len() as u64, "destination and cause");
    out.line(&out.tone(Tone::Bold, &format!("{}, {groups}{span}", words::count(failures, "failure"))));
    out.line("");
    let line = |[count, to, what, taken, first, last, until]: [&str; 7]| {
        let cell = |text: &str, width: usize| format!("{:<width$}", words::cut(text, width));
        format!(
            "{count:>7}  {}  {}  {taken:>9}  {}  {}  {until}",
            cell(to, 26),
            cell(what, 26),
            cell(first, 16),
            cell(last, 16)
        )
        .trim_end()
        .to_owned()
    };
    out.line(
        &out.tone(
            Tone::Quiet,
            &line(["count", "destination", "what", "delivered", "first", "last", "until"]),
        ),
    );
    for row in rows.iter().take(SHOWN) {
        let by_the_log = |at| words::moment(at).trim_end_matches(" UTC").to_owned();
        let moment = |at: Option<_>| at.map_or(String::new(), by_the_log);
        let taken =
            if row.is_settled() { "all".to_owned() } else { (row.delivered.max(row.settled)).to_string() };
        out.line(&line([
            &row.count.to_string(),
            row.destination.as_deref().unwrap_or("–"),
            words::cause(row.cause),
            &taken,
            &moment(row.first),
            &moment(row.last),
            &moment(row.until),
        ]));
    }
    if rows.len() > SHOWN {
        let more = format!("         and {} more (--json has all)", rows.len() - SHOWN);
        out.line(&out.tone(Tone::Quiet, &more));
    }
    if rows.iter().any(|row| row.until.is_some()) {
        let note = "until: when the message that ends next is given up, by the software's defaults; times are by the log's clock, or in UTC where it names a zone";
        out.line(&out.tone(Tone::Quiet, note));
    }
    let mut causes = Vec::new();
    for row in rows.iter().filter(|row| !row.is_settled()) {
        if !causes.contains(&row.cause) {
            causes.push(row.cause);
        }
    }
    out.heading("What they mean");
    for cause in causes.iter().take(CAUSES) {
        let Some(row) = rows.iter().find(|row| row.cause == *cause) else { continue };
        let explanation = symptom::explain_row(row, clock::now());
        out.line(&format!("  {}", out.tone(Tone::Bold, words::cause(*cause))));
        let beside = row.destination.as_ref().zip(explanation.beside);
        let beside = beside.map_or(String::new(), |(to, said)| format!(" {to}: {said}"));
        for line in words::wrapped(&format!("{}{beside}", explanation.meaning), 74) {
            out.line(&out.tone(Tone::Quiet, &format!("    {line}")));
        }
    }
    if causes.len() > CAUSES {
        out.line(&out.tone(
            Tone::Quiet,
            &format!("  … and {}", words::count((causes.len() - CAUSES) as u64, "more cause")),
        ));
    }
    let worst = rows.iter().filter(|row| row.cause.family() == SymptomFamily::NoAnswer && !row.is_settled());
    if let Some(domain) = worst.filter_map(|row| row.symptom.recipient_domain.as_deref()).next() {
        out.line("");
        out.line(&format!("Next: noanswer check {domain} -f FILE"));
    }
}

fn one(out: &Out, row: &Row, explanation: &Explanation) {
    let symptom: &Symptom = &row.symptom;
    let count = if row.count > 1 { format!("{} × ", row.count) } else { String::new() };
    out.line(&out.tone(Tone::Bold, &format!("{count}{}", explanation.headline)));
    out.line(&format!("  {}", out.tone(Tone::Quiet, explanation.meaning)));
    out.line(&format!("  {}", out.tone(Tone::Quiet, explanation.who_wrote)));
    if let Some(code) = symptom.reply_code.filter(|code| code.0 == 441)
        && let Some(entry) = registry::lookup(&code.to_string())
    {
        out.line(&format!("  {}", out.tone(Tone::Quiet, entry.meaning)));
    }
    if let Some(beside) = &explanation.beside {
        out.line(&format!("  {}", out.tone(Tone::Quiet, beside)));
    }
    out.line(&out.tone(Tone::Quiet, &format!("  Tried again? {}", explanation.again)));
    if let Some(words) = &explanation.deadline_words {
        // Counted from a stamp that may name no zone, it is by that clock.
        let by_a_clock = words.contains("clock of the");
        let until = explanation.deadline.map(|at| {
            let moment = words::moment(at);
            moment.strip_suffix(" UTC").filter(|_| by_a_clock).map_or(moment.clone(), str::to_owned)
        });
        let until = until.map_or(String::new(), |at| format!(": until {at}"));
        out.line(&out.tone(Tone::Quiet, &format!("  Until when: {words}{until}.")));
    }
    list(out, "What it may be:", &explanation.likely);
    list(out, "What to look at:", &explanation.check);
    out.line(&out.tone(Tone::Quiet, &format!("  Postmaster: {}", explanation.postmaster)));
    out.line("");
}

fn list(out: &Out, title: &str, items: &[&str]) {
    if !items.is_empty() {
        out.line(&format!("  {title}"));
    }
    for item in items {
        out.line(&out.tone(Tone::Quiet, &format!("  - {item}")));
    }
}

fn code(out: &Out, entry: &registry::Entry) {
    out.line(&out.tone(Tone::Bold, &format!("{}  {}", entry.code, entry.title)));
    for words in [entry.meaning, &entry.again(), entry.action] {
        out.line(&format!("  {}", out.tone(Tone::Quiet, words)));
    }
    out.line(&out.tone(Tone::Quiet, &format!("  Source: {}", entry.source)));
}
