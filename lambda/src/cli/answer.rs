//! The answer to a check on one screen: the verdict, why, who saw what, what to do, until when, and what would decide.
//! At most [`LINES`] lines of [`WIDTH`] columns, whatever was found; all of it stands below with `-v` and `-vv`.

use super::matrix;
use super::paint::{Out, Tone};
use super::words;
use noanswer_core::evidence::{Evidence, Role};
use noanswer_core::report::Report;
use noanswer_core::symptom;
use noanswer_core::timestamp::Timestamp;
use noanswer_core::verdict::{NamedFault, Party, Status};
use noanswer_core::wire_name::wire_name;
use noanswer_core::words::capitalized;
use std::time::Duration;

/// How many lines an answer has at most.
pub(crate) const LINES: usize = 30;

/// How wide a line is at most, in columns.
pub(crate) const WIDTH: usize = 80;

/// Where the text beside a label begins.
const MARGIN: usize = 8;

/// How the check was asked for, so that what is suggested repeats it.
#[derive(Debug, Default)]
pub(crate) struct Manner {
    /// The flags that were given, ready to stand in a command line.
    pub(crate) flags: String,
    /// How long it took.
    pub(crate) took: Duration,
}

/// A line, and how it is toned.
struct Line {
    tone: Option<Tone>,
    text: String,
}

/// A block of lines under one label.
struct Block {
    label: &'static str,
    lines: Vec<Line>,
    /// How many lines it has at most.
    most: usize,
}

impl Block {
    fn new(label: &'static str, most: usize) -> Self {
        Self { label, lines: Vec::new(), most }
    }

    fn add(&mut self, tone: Option<Tone>, text: &str) {
        for line in words::wrapped(text, WIDTH - MARGIN) {
            self.lines.push(Line { tone, text: line });
        }
    }

    /// Adds a text that goes on one line.
    fn add_one(&mut self, tone: Option<Tone>, text: &str) {
        self.lines.push(Line { tone, text: words::cut(text, WIDTH - MARGIN) });
    }

    /// The lines that fit; the last says that there was more.
    fn fit(mut self) -> Self {
        if self.lines.len() > self.most {
            self.lines.truncate(self.most);
            if let Some(last) = self.lines.last_mut() {
                last.text = words::cut(&format!("{} …", last.text), WIDTH - MARGIN);
            }
        }
        self
    }
}

/// Prints the answer.
pub(crate) fn print(out: &Out, report: &Report, manner: &Manner) {
    let (tone, mark) = tone(report);
    let headline = words::wrapped(&report.verdict.headline, WIDTH - 2);
    let headline = &headline[..headline.len().min(HEADLINE)];
    for (number, line) in headline.iter().enumerate() {
        let mark = if number == 0 { mark } else { " " };
        out.line(&format!("{} {}", out.tone(tone, mark), out.tone(Tone::Bold, line)));
    }
    out.line(&out.tone(Tone::Quiet, &format!("  {}", basis(report, manner))));
    let provenance = provenance(report);
    for line in &provenance {
        out.line(&out.tone(Tone::Quiet, &format!("  {line}")));
    }
    let blocks =
        [why(report), seen(report), to_do(report), until(report), decides(report, manner), more(report)];
    for block in within(blocks, LINES - headline.len() - 1 - provenance.len()) {
        for (number, line) in block.lines.iter().enumerate() {
            let label = if number == 0 { block.label } else { "" };
            let text = match line.tone {
                Some(tone) => out.tone(tone, &line.text),
                None => line.text.clone(),
            };
            out.line(&format!("{}{text}", out.tone(Tone::Quiet, &format!("{label:<MARGIN$}"))));
        }
    }
}

/// Where the evidence of a measurement network comes from: how many of its probes see nothing, and the link to its results.
fn provenance(report: &Report) -> Vec<String> {
    let Some(note) = report.evidence.iter().find_map(|one| one.panel.as_ref()) else { return Vec::new() };
    // The first is the link of a control, the next that of the first address.
    let link = note.links.get(1).or(note.links.first());
    let words =
        format!("{}: {} probes, {} of them blind and left out", note.network, note.probes, note.left_out);
    std::iter::once(words).chain(link.map(|link| words::cut(link, WIDTH - 2))).collect()
}

/// How many lines a headline may have.
const HEADLINE: usize = 4;

/// The blocks in `room` lines: the longest gives way, one line at a time.
fn within(blocks: [Block; 6], room: usize) -> Vec<Block> {
    let mut blocks: Vec<Block> = blocks.into_iter().map(Block::fit).collect();
    while blocks.iter().map(|block| block.lines.len()).sum::<usize>() > room {
        let Some(longest) = blocks.iter_mut().max_by_key(|block| block.lines.len()) else { break };
        longest.most = longest.lines.len() - 1;
        let lines = std::mem::take(&mut longest.lines);
        longest.lines = Block { lines, ..*longest }.fit().lines;
    }
    blocks
}

fn tone(report: &Report) -> (Tone, &'static str) {
    match (report.verdict.status, report.exit_code()) {
        (Status::Healthy, _) => (Tone::Good, "✓"),
        (Status::Named, 0 | 1) => (Tone::Doubtful, "!"),
        (Status::Named, _) => (Tone::Bad, "✗"),
        (Status::Ambiguous | Status::Undetermined, _) => (Tone::Doubtful, "?"),
    }
}

/// When, from how many places, and how long it took.
fn basis(report: &Report, manner: &Manner) -> String {
    let sighted = report.evidence.iter().filter(|one| matrix::counts(one)).count();
    let asked = report.evidence.len();
    let mut parts = vec![words::moment(report.asked.at)];
    if asked > 0 {
        parts.push(format!("{sighted} of {} could see port 25", words::count(asked as u64, "place")));
    }
    if !manner.took.is_zero() {
        parts.push(words::span(manner.took));
    }
    parts.push(wire_name(&report.verdict.status));
    parts.join(" · ")
}

/// What carries the verdict; where several explanations stand, they.
fn why(report: &Report) -> Block {
    let verdict = &report.verdict;
    if verdict.status == Status::Ambiguous {
        let mut block = Block::new("Either", 6);
        for named in &verdict.faults {
            block.add_one(None, &format!("{}: {}", party(named.party), title(named)));
        }
        return block;
    }
    let mut block = Block::new("Why", 6);
    for named in &verdict.faults {
        if verdict.faults.len() > 1 {
            block.add_one(Some(Tone::Bold), &format!("{}: {}", party(named.party), title(named)));
        }
        let (shown, rest) = named.because.split_at(named.because.len().min(2));
        for reason in shown {
            block.add(None, &sentence(reason));
        }
        if !rest.is_empty() {
            block.add_one(
                Some(Tone::Quiet),
                &format!("and {} (-v)", words::count(rest.len() as u64, "more reason")),
            );
        }
    }
    block
}

fn title(named: &NamedFault) -> String {
    let exchange = named.exchange.as_ref().map_or(String::new(), |exchange| format!(" ({exchange})"));
    let family = named.family.filter(|_| named.title() == named.fault.title());
    let family = family.map_or(String::new(), |family| format!(" ({})", family.label()));
    format!("{}{family}{exchange}", named.title())
}

/// `text` with a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    format!("{text}.")
}

/// Who saw what.
fn seen(report: &Report) -> Block {
    let mut block = Block::new("Seen", 9);
    for (tone, line) in matrix::lines(report, WIDTH - MARGIN, 7) {
        block.lines.push(Line { tone, text: line });
    }
    let blind: Vec<&str> =
        report.evidence.iter().filter(|one| !matrix::counts(one)).map(matrix::name).collect();
    if !blind.is_empty() {
        let words = format!("Not counted, for want of a clear view of port 25: {}", blind.join(", "));
        block.add_one(Some(Tone::Quiet), &words);
    }
    if !report.evidence.is_empty() && !looked_here(&report.evidence) {
        block.add_one(
            Some(Tone::Quiet),
            "Not looked at: your own server. Run this there if your mail still fails.",
        );
    }
    block
}

fn looked_here(evidence: &[Evidence]) -> bool {
    evidence.iter().any(|one| one.role == Role::Sender && one.failure.is_none())
}

/// What each party can do.
fn to_do(report: &Report) -> Block {
    let mut block = Block::new("Do", 6);
    // What each explanation would ask for is no advice while several stand; and where nothing failed, nothing is to be done.
    let open = matches!(report.verdict.status, Status::Ambiguous | Status::Undetermined);
    if open || report.verdict.status == Status::Healthy && report.symptoms.is_empty() {
        return block;
    }
    for advice in &report.verdict.advice {
        block.add(None, &format!("{}: {}", party(advice.party), advice.action));
    }
    block
}

/// When the sender gives up.
fn until(report: &Report) -> Block {
    let mut block = Block::new("Until", 1);
    let explained = report.symptoms.iter().map(symptom::explain);
    let latest =
        explained.filter_map(|one| Some((one.deadline?, one.deadline_words?))).max_by_key(|(at, _)| *at);
    let Some((at, of)) = latest else { return block };
    block.add_one(None, &deadline(at, &of, report.asked.at));
    block
}

fn deadline(at: Timestamp, of: &str, now: Timestamp) -> String {
    if at > now {
        format!("{} your server keeps trying ({of})", words::moment(at))
    } else {
        format!("{}: by then your server has given up ({of})", words::moment(at))
    }
}

/// What would decide, and the command for it.
fn decides(report: &Report, manner: &Manner) -> Block {
    let mut block = Block::new("Decides", 7);
    if let Some(next) = &report.verdict.next {
        block.add(None, &next.observe);
        block.lines.truncate(3);
        if let Some(command) = &next.command {
            for line in continued(&format!("$ {}", repeated(command, manner)), WIDTH - MARGIN) {
                block.lines.push(Line { tone: Some(Tone::Bold), text: line });
            }
        }
    }
    block
}

/// A suggested command with the flags that this one was given.
pub(crate) fn repeated(command: &str, manner: &Manner) -> String {
    if command.starts_with("noanswer check") && !manner.flags.is_empty() {
        format!("{command} {}", manner.flags)
    } else {
        command.to_owned()
    }
}

/// A command in lines of `width` columns that a shell takes as one: it is there to be copied.
fn continued(command: &str, width: usize) -> Vec<String> {
    // Inside quotes a line's end would be a part of what is quoted.
    if command.contains('\'') {
        return vec![command.to_owned()];
    }
    let mut lines = words::wrapped(command, width - 2);
    let last = lines.len().saturating_sub(1);
    lines[..last].iter_mut().for_each(|line| line.push_str(" \\"));
    lines
}

/// Where the rest is.
fn more(report: &Report) -> Block {
    let mut block = Block::new("More", 2);
    let mut parts = Vec::new();
    for message in &report.verdict.messages {
        parts.push(format!("--letter {} is ready to send", message.to));
    }
    parts.push("-v every try".to_owned());
    if !report.verdict.ruled_out.is_empty() {
        parts.push(format!("-vv what is ruled out ({})", report.verdict.ruled_out.len()));
    }
    block.add(Some(Tone::Quiet), &parts.join(" · "));
    block
}

/// A party, as the sender sees it.
pub(crate) fn party(party: Party) -> String {
    capitalized(&wire_name(&party))
}
