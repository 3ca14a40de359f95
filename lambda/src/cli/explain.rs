//! `noanswer explain`.

use super::args::Explain;
use super::paint::{self, Out, Tone};
use super::setup::{self, Usage};
use super::words;
use crate::clock;
use noanswer_core::smtp::registry;
use noanswer_core::symptom::{self, LogControls, Symptom, SymptomFamily};
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
            TextInput::from_text(text.as_bytes(), clock::now())
        }
    };
    if args.json {
        paint::json(&serde_json::json!({ "schema": 1, "symptoms": told.symptoms }));
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

fn print(out: &Out, told: &TextInput) {
    if told.symptoms.is_empty() {
        out.line("I can't read a failure in this.");
    }
    if told.symptoms.len() > FEW {
        return many(out, told);
    }
    for symptom in &told.symptoms {
        one(out, symptom, told.controls.as_ref());
    }
}

/// Up to this many failures are explained one by one; more are a table, and each cause is explained once.
const FEW: usize = 3;

/// How many groups a table shows; `--json` has all.
const SHOWN: usize = 25;

/// How many causes are explained below a table.
const CAUSES: usize = 6;

/// A log's failures: a table by destination and cause, most frequent first, and what each cause means.
fn many(out: &Out, told: &TextInput) {
    let symptoms = &told.symptoms;
    let failures: u64 = symptoms.iter().map(|one| one.count.unwrap_or(1)).sum();
    let times = || symptoms.iter().flat_map(|one| [one.at, one.last_at]).flatten();
    let span = times().min().zip(times().max());
    let span = span.map_or(String::new(), |(first, last)| {
        format!(", {} to {}", words::moment(first), words::moment(last))
    });
    let groups = words::count(symptoms.len() as u64, "group");
    out.line(&out.tone(Tone::Bold, &format!("{} in {groups}{span}", words::count(failures, "failure"))));
    out.line("");
    let line = |count: &str, to: &str, what: &str, last: &str| {
        let cell = |text: &str, width: usize| format!("{:<width$}", words::cut(text, width));
        format!("{count:>7}  {}  {}  {last}", cell(to, 28), cell(what, 24)).trim_end().to_owned()
    };
    out.line(&out.tone(Tone::Quiet, &line("count", "destination", "what", "last")));
    for one in symptoms.iter().take(SHOWN) {
        let to = one.recipient_domain.as_deref().or(one.remote_host.as_deref()).unwrap_or("–");
        let last = one.last_at.or(one.at).map_or(String::new(), words::moment);
        out.line(&line(&one.count.unwrap_or(1).to_string(), to, words::cause(one.cause), &last));
    }
    if symptoms.len() > SHOWN {
        let more = words::count((symptoms.len() - SHOWN) as u64, "more group");
        out.line(&out.tone(Tone::Quiet, &format!("         … and {more} (--json has all)")));
    }
    let mut causes = Vec::new();
    for one in symptoms {
        if !causes.contains(&one.cause) {
            causes.push(one.cause);
        }
    }
    out.heading("What they mean");
    for cause in causes.iter().take(CAUSES) {
        let Some(first) = symptoms.iter().find(|one| one.cause == *cause) else { continue };
        let meaning = symptom::explain(first).meaning;
        out.line(&format!("  {}", out.tone(Tone::Bold, words::cause(*cause))));
        for line in words::wrapped(meaning, 74) {
            out.line(&out.tone(Tone::Quiet, &format!("    {line}")));
        }
    }
    if causes.len() > CAUSES {
        out.line(&out.tone(
            Tone::Quiet,
            &format!("  … and {}", words::count((causes.len() - CAUSES) as u64, "more cause")),
        ));
    }
    let beside = symptoms.iter().find_map(|one| symptom::explain_beside(one, told.controls.as_ref()).beside);
    if let Some(beside) = beside {
        out.line("");
        words::wrapped(&beside, 78).iter().for_each(|line| out.line(line));
    }
    let most = symptoms.iter().filter(|one| one.family == SymptomFamily::NoAnswer);
    if let Some(domain) = most.filter_map(|one| one.recipient_domain.as_deref()).next() {
        out.line("");
        out.line(&format!("Next: noanswer check {domain} -f FILE"));
    }
}

fn one(out: &Out, symptom: &Symptom, log: Option<&LogControls>) {
    let explanation = symptom::explain_beside(symptom, log);
    let count = symptom.count.filter(|count| *count > 1).map_or(String::new(), |count| format!("{count} × "));
    out.line(&out.tone(Tone::Bold, &format!("{count}{}", explanation.headline)));
    out.line(&format!("  {}", out.tone(Tone::Quiet, explanation.meaning)));
    out.line(&format!("  {}", out.tone(Tone::Quiet, explanation.who_wrote)));
    if let Some(code) = symptom.reply_code.filter(|code| code.0 == 441)
        && let Some(entry) = registry::lookup(&code.to_string())
    {
        out.line(&format!("  {}", out.tone(Tone::Quiet, entry.meaning)));
    }
    out.line(&out.tone(Tone::Quiet, &format!("  Tried again? {}", explanation.again)));
    if let Some(words) = &explanation.deadline_words {
        let until = explanation.deadline.map_or(String::new(), |at| format!(": until {}", words::moment(at)));
        out.line(&out.tone(Tone::Quiet, &format!("  Until when: {words}{until}.")));
    }
    if let Some(beside) = &explanation.beside {
        out.line(&format!("  {beside}"));
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
