//! The answer to a check on one screen: the verdict, why, who saw what, what to do, until when, and what would decide.
//! At most [`LINES`] lines of [`WIDTH`] columns, whatever was found; all of it stands below with `-v` and `-vv`.

use super::alternatives;
use super::matrix;
use super::paint::{Out, Tone};
use super::relay;
use super::said;
use super::seen;
use super::suggested::{self, Flag};
use super::words;
use noanswer_core::evidence::Evidence;
use noanswer_core::report::Report;
use noanswer_core::symptom;
use noanswer_core::timestamp::Timestamp;
use noanswer_core::verdict::{COUNTS_FOR_NOTHING, NamedFault, Standing, Status};
use noanswer_core::wire_name::wire_name;
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
    /// The flags that were given.
    pub(crate) flags: Vec<Flag>,
    /// How long it took.
    pub(crate) took: Duration,
}

/// A line, and how it is toned.
struct Line {
    tone: Option<Tone>,
    text: String,
}

/// Lines of one tone.
fn toned(tone: Option<Tone>, lines: impl IntoIterator<Item = String>) -> Vec<Line> {
    lines.into_iter().map(|text| Line { tone, text }).collect()
}

/// A part of the answer below its label, in a number of lines. Each part shortens itself, and says that it did.
struct Part {
    label: &'static str,
    /// How many lines it has at least, where it has as many to say, and at most.
    room: (usize, usize),
    lines: fn(&Report, &Manner, usize) -> Vec<Line>,
}

const PARTS: [Part; 11] = [
    Part { label: "Known", room: (2, 4), lines: known },
    Part { label: "Either", room: (4, 8), lines: either },
    Part { label: "Why", room: (4, 7), lines: why },
    Part { label: "Said", room: (2, 5), lines: said },
    Part { label: "Seen", room: (6, 10), lines: seen },
    Part { label: "Note", room: (2, 7), lines: notes },
    Part { label: "Do", room: (2, 7), lines: to_do },
    Part { label: "Relay", room: (2, 4), lines: to_relay },
    Part { label: "Until", room: (1, 2), lines: until },
    Part { label: "Decides", room: (3, 7), lines: decides },
    Part { label: "More", room: (1, 2), lines: more },
];

/// Prints the answer.
pub(crate) fn print(out: &Out, report: &Report, manner: &Manner) {
    let (tone, mark) = tone(report);
    let headline = headline(report);
    for (number, line) in headline.iter().enumerate() {
        let mark = if number == 0 { mark } else { " " };
        out.line(&format!("{} {}", out.tone(tone, mark), out.tone(Tone::Bold, line)));
    }
    out.line(&out.tone(Tone::Quiet, &format!("  {}", basis(report, manner))));
    let provenance = provenance(report);
    for line in &provenance {
        out.line(&out.tone(Tone::Quiet, &format!("  {line}")));
    }
    for (label, lines) in parts(report, manner, LINES - headline.len() - 1 - provenance.len()) {
        for (number, line) in lines.iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            let text = match line.tone {
                Some(tone) => out.tone(tone, &line.text),
                None => line.text.clone(),
            };
            out.line(&format!("{}{text}", out.tone(Tone::Quiet, &format!("{label:<MARGIN$}"))));
        }
    }
}

/// The parts in `room` lines: the longest that still may gives way, one line at a time.
fn parts(report: &Report, manner: &Manner, room: usize) -> Vec<(&'static str, Vec<Line>)> {
    let mut rooms = PARTS.map(|part| part.room.1);
    loop {
        let lines: Vec<Vec<Line>> =
            PARTS.iter().zip(rooms).map(|(part, room)| (part.lines)(report, manner, room)).collect();
        let total: usize = lines.iter().map(Vec::len).sum();
        let may = |at: &usize| lines[*at].len() > PARTS[*at].room.0 && rooms[*at] > PARTS[*at].room.0;
        let longest = (0..lines.len()).filter(may).max_by_key(|at| lines[*at].len());
        match longest.filter(|_| total > room) {
            Some(longest) => rooms[longest] = (lines[longest].len() - 1).min(rooms[longest] - 1),
            None => return PARTS.iter().map(|part| part.label).zip(lines).collect(),
        }
    }
}

/// The headline in at most [`HEADLINE`] lines: whole sentences, and a mark where some are left out.
fn headline(report: &Report) -> Vec<String> {
    let width = WIDTH - 2;
    let whole = words::wrapped(&report.verdict.headline, width);
    if whole.len() <= HEADLINE {
        return whole;
    }
    let fits = |text: &str| {
        let lines = words::wrapped(&format!("{text} …"), width);
        (lines.len() <= HEADLINE).then_some(lines)
    };
    let ends = report.verdict.headline.rmatch_indices(". ").map(|(at, _)| at + 1);
    let sentences = ends.filter_map(|end| fits(&report.verdict.headline[..end])).next();
    sentences.unwrap_or_else(|| {
        let mut lines = whole;
        words::shorten(&mut lines, HEADLINE, width);
        lines
    })
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

/// What is established while other things are open.
fn known(report: &Report, _: &Manner, room: usize) -> Vec<Line> {
    if report.verdict.status != Status::Ambiguous {
        return Vec::new();
    }
    let rows = alternatives::rows(of_standing(report, Standing::Established), &report.asked.domain);
    toned(None, alternatives::within(&rows, WIDTH - MARGIN, room))
}

/// The explanations that stand, where several do.
fn either(report: &Report, _: &Manner, room: usize) -> Vec<Line> {
    if report.verdict.status != Status::Ambiguous {
        return Vec::new();
    }
    let rows = alternatives::rows(of_standing(report, Standing::Possible), &report.asked.domain);
    toned(None, alternatives::within(&rows, WIDTH - MARGIN, room))
}

fn of_standing(report: &Report, standing: Standing) -> impl Iterator<Item = &NamedFault> {
    report.verdict.faults.iter().filter(move |named| named.standing == standing)
}

/// What carries the verdict.
fn why(report: &Report, _: &Manner, room: usize) -> Vec<Line> {
    if report.verdict.status == Status::Ambiguous {
        return Vec::new();
    }
    let rows = alternatives::rows(report.verdict.faults.iter(), &report.asked.domain);
    let with =
        |reasons: usize| -> Vec<Line> { rows.iter().flat_map(|row| reasoned(row, &rows, reasons)).collect() };
    let fitting = [2, 1].into_iter().map(with).find(|lines| lines.len() <= room);
    fitting.unwrap_or_else(|| toned(Some(Tone::Bold), alternatives::within(&rows, WIDTH - MARGIN, room)))
}

/// A fault with so many of its reasons; its title only where there are others.
fn reasoned(row: &alternatives::Row<'_>, rows: &[alternatives::Row<'_>], reasons: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if rows.len() > 1 {
        lines.extend(toned(Some(Tone::Bold), words::wrapped(&row.words(), WIDTH - MARGIN)));
    }
    let mut because: Vec<&str> = Vec::new();
    for reason in row.faults.iter().flat_map(|named| &named.because) {
        if !because.contains(&reason.as_str()) {
            because.push(reason);
        }
    }
    for reason in because.iter().take(reasons) {
        lines.extend(toned(None, words::wrapped(&sentence(reason), WIDTH - MARGIN)));
    }
    let left = because.len().saturating_sub(reasons);
    if left > 0 {
        let words = format!("and {} (-vv)", words::count(left as u64, "more reason"));
        lines.extend(toned(Some(Tone::Quiet), [words]));
    }
    lines
}

/// `text` with a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    format!("{text}.")
}

/// The words of those who refused.
fn said(report: &Report, _: &Manner, room: usize) -> Vec<Line> {
    toned(None, said::lines(report, WIDTH - MARGIN, room))
}

/// Who saw what.
fn seen(report: &Report, _: &Manner, room: usize) -> Vec<Line> {
    let lines = seen::lines(report, WIDTH - MARGIN, room);
    lines.into_iter().map(|(tone, text)| Line { tone, text }).collect()
}

/// How many lines a note takes at most.
const NOTE: usize = 4;

/// What must be said beside the faults; that a place does not count stands below the table already.
fn notes(report: &Report, _: &Manner, room: usize) -> Vec<Line> {
    let told = |note: &&String| {
        let names = |one: &Evidence| note.contains(one.vantage.as_str()) && !matrix::has_row(one);
        note.ends_with(COUNTS_FOR_NOTHING) && report.evidence.iter().any(names)
    };
    let notes: Vec<&String> = report.verdict.notes.iter().filter(|note| !told(note)).collect();
    let mut lines: Vec<Line> = Vec::new();
    for (at, note) in notes.iter().enumerate() {
        let left = notes.len() - at;
        let mut words = words::wrapped(note, WIDTH - MARGIN);
        let more = usize::from(left > 1);
        words::shorten(&mut words, NOTE.min(room.saturating_sub(lines.len() + more).max(1)), WIDTH - MARGIN);
        if lines.len() + words.len() + more > room {
            let words = format!("and {} (-v)", words::count(left as u64, "more note"));
            lines.extend(toned(Some(Tone::Quiet), [words]));
            break;
        }
        lines.extend(toned(None, words));
    }
    lines
}

/// What each party can do.
fn to_do(report: &Report, _: &Manner, room: usize) -> Vec<Line> {
    // What each explanation would ask for is no advice while several stand; and where nothing failed, nothing is to be done.
    let open = matches!(report.verdict.status, Status::Ambiguous | Status::Undetermined);
    if open || report.verdict.status == Status::Healthy && report.symptoms.is_empty() {
        return Vec::new();
    }
    let advice = report.verdict.advice.iter();
    let mut lines: Vec<String> = advice
        .flat_map(|one| {
            words::wrapped(&format!("{}: {}", alternatives::party(one.party), one.action), WIDTH - MARGIN)
        })
        .collect();
    words::shorten(&mut lines, room, WIDTH - MARGIN);
    toned(None, lines)
}

/// When the sender gives up.
fn until(report: &Report, _: &Manner, room: usize) -> Vec<Line> {
    let explained = report.symptoms.iter().map(symptom::explain);
    let latest =
        explained.filter_map(|one| Some((one.deadline?, one.deadline_words?))).max_by_key(|(at, _)| *at);
    let Some((at, of)) = latest else { return Vec::new() };
    let mut lines = words::wrapped(&deadline(at, &of, report.asked.at), WIDTH - MARGIN);
    words::shorten(&mut lines, room, WIDTH - MARGIN);
    toned(None, lines)
}

fn deadline(at: Timestamp, of: &str, now: Timestamp) -> String {
    if at > now {
        format!("{} your server keeps trying ({of})", words::moment(at))
    } else {
        format!("{}: by then your server has given up ({of})", words::moment(at))
    }
}

/// The relay that the text names, and the command that judges it, which is never cut: this answer is of the domain's own.
fn to_relay(report: &Report, _: &Manner, _: usize) -> Vec<Line> {
    let Some(relay) = relay::named(&report.symptoms) else { return Vec::new() };
    let mut lines =
        toned(None, ["The text names your relay, not a server of theirs. What judges that:".to_owned()]);
    let command = continued(&format!("$ noanswer check --relay {relay}"), WIDTH - MARGIN);
    lines.extend(toned(Some(Tone::Bold), command));
    lines
}

/// What would decide, and the command for it, which is never cut.
fn decides(report: &Report, manner: &Manner, room: usize) -> Vec<Line> {
    let Some(next) = &report.verdict.next else { return Vec::new() };
    let command = next.command.as_ref().map_or_else(Vec::new, |command| {
        continued(&format!("$ {}", suggested::repeated(command, &manner.flags)), WIDTH - MARGIN)
    });
    let mut observe = words::wrapped(&next.observe, WIDTH - MARGIN);
    words::shorten(&mut observe, room.saturating_sub(command.len()).clamp(1, 4), WIDTH - MARGIN);
    let mut lines = toned(None, observe);
    lines.extend(toned(Some(Tone::Bold), command));
    lines
}

/// A command in lines of `width` columns that a shell takes as one: it is there to be copied.
fn continued(command: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in shell_words(command) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width - 2 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let last = lines.len().saturating_sub(1);
    lines[..last].iter_mut().for_each(|line| line.push_str(" \\"));
    lines
}

/// The words of a command as they are written: inside quotes a line's end would be a part of what is quoted.
fn shell_words(command: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    command.split(move |character| {
        quoted ^= character == '\'';
        character == ' ' && !quoted
    })
}

/// Where the rest is.
fn more(report: &Report, _: &Manner, room: usize) -> Vec<Line> {
    let mut parts = Vec::new();
    for message in &report.verdict.messages {
        parts.push(format!("--letter {} is ready to send", message.to));
    }
    parts.push("-v every try".to_owned());
    if !report.verdict.ruled_out.is_empty() {
        parts.push(format!("-vv what is ruled out ({})", report.verdict.ruled_out.len()));
    }
    let mut lines = words::wrapped(&parts.join(" · "), WIDTH - MARGIN);
    words::shorten(&mut lines, room, WIDTH - MARGIN);
    toned(Some(Tone::Quiet), lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Cli;
    use clap::Parser;
    use noanswer_core::evidence::{Outcome, Role};
    use noanswer_core::report::{Asked, Basis};
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Recorded {
        id: String,
        report: Seen,
    }

    #[derive(Deserialize)]
    struct Seen {
        asked: Asked,
        symptoms: Vec<noanswer_core::symptom::Symptom>,
        plan: noanswer_core::mx::MxPlan,
        evidence: Vec<Evidence>,
        basis: Basis,
    }

    /// The worlds of real kernels that are kept: what their vantages saw, judged now.
    fn recorded() -> Vec<(String, Report)> {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/recordings/verdict/worlds.jsonl");
        let lines = std::fs::read_to_string(file).unwrap();
        let worlds = lines.lines().map(|line| serde_json::from_str::<Recorded>(line).unwrap());
        let all: Vec<(String, Report)> = worlds
            .map(|Recorded { id, report }| {
                let Seen { asked, symptoms, plan, evidence, basis } = report;
                (id, Report::of(asked, symptoms, plan, evidence, basis))
            })
            .collect();
        assert!(all.len() >= 50, "the worlds are there");
        all
    }

    /// The lines of a part.
    fn part(report: &Report, manner: &Manner, label: &str) -> Vec<String> {
        let all = parts(report, manner, LINES - headline(report).len() - 1 - provenance(report).len());
        let lines = all.into_iter().filter(|(of, _)| *of == label).flat_map(|(_, lines)| lines);
        lines.map(|line| line.text).collect()
    }

    /// The objections of `check` to the recorded worlds.
    fn none_object(check: impl Fn(&Report) -> Vec<String>) {
        let all = recorded();
        let objections = all.iter().flat_map(|(id, report)| {
            check(report).into_iter().map(move |objection| format!("{id}: {objection}"))
        });
        let objections: Vec<String> = objections.collect();
        assert!(objections.is_empty(), "\n{}", objections.join("\n"));
    }

    #[test]
    fn an_answer_stands_on_one_screen() {
        none_object(|report| {
            let manner = Manner::default();
            let lines = parts(report, &manner, LINES - headline(report).len() - 1);
            let below: usize = lines.iter().map(|(_, lines)| lines.len()).sum();
            let long = lines
                .iter()
                .flat_map(|(_, lines)| lines)
                .filter(|line| line.text.chars().count() + MARGIN > WIDTH && !line.text.starts_with('$'));
            let mut wrong: Vec<String> = long.map(|line| line.text.clone()).collect();
            if headline(report).len() + 1 + below > LINES {
                wrong.push(format!("{} lines", headline(report).len() + 1 + below));
            }
            wrong
        });
    }

    #[test]
    fn what_is_cut_is_marked_and_no_party_is_lost() {
        none_object(|report| {
            let mut wrong = Vec::new();
            let shown = headline(report).join(" ");
            if shown != report.verdict.headline && !shown.ends_with('…') {
                wrong.push(format!("cut without a mark: {shown}"));
            }
            let manner = Manner::default();
            let told = [part(report, &manner, "Known"), part(report, &manner, "Either")].concat().join(" ");
            for named in &report.verdict.faults {
                let party = alternatives::party(named.party);
                if report.verdict.status == Status::Ambiguous && !told.contains(&party) {
                    wrong.push(format!("{party} is lost in {told}"));
                }
            }
            wrong
        });
    }

    #[test]
    fn this_server_has_a_row_wherever_it_looked() {
        none_object(|report| {
            let targets = report.plan.targets();
            let looked = |one: &&Evidence| {
                one.role == Role::Sender
                    && one.failure.is_none()
                    && one.attempts.iter().any(|tried| {
                        targets.iter().any(|at| at.address == tried.address && at.exchange == tried.exchange)
                    })
            };
            let told = part(report, &Manner::default(), "Seen").join("\n");
            let own = report.evidence.iter().find(looked);
            own.filter(|_| !told.contains("this server")).map(|_| told.clone()).into_iter().collect()
        });
    }

    #[test]
    fn who_does_not_count_is_told_with_the_reason() {
        none_object(|report| {
            let told = part(report, &Manner::default(), "Seen").join(" ");
            let untold = report.evidence.iter().filter_map(|one| {
                let words = &one.failure.as_ref()?.words;
                (!told.contains(words.as_str()) && !told.contains('…')).then(|| format!("{words}: {told}"))
            });
            untold.collect()
        });
    }

    #[test]
    fn the_words_of_a_refusal_are_told() {
        none_object(|report| {
            let told = part(report, &Manner::default(), "Said").join(" ");
            let own = report.evidence.iter().filter(|one| one.role == Role::Sender);
            let replied = own.flat_map(|one| &one.attempts).filter(|one| one.outcome == Outcome::Replied);
            let first = replied.filter_map(|one| one.reply.as_ref()).next();
            let code = first.map(|reply| format!("{} {}", reply.code, reply.text));
            let start: Option<String> = code.map(|words| words.chars().take(30).collect());
            start.filter(|start| !told.contains(start.trim_end())).into_iter().collect()
        });
    }

    #[test]
    fn every_note_is_told_or_counted() {
        none_object(|report| {
            let told = part(report, &Manner::default(), "Note").join(" ");
            let counted = told.contains("more note");
            let untold = report.verdict.notes.iter().filter(|note| {
                let start: String = note.chars().take(30).collect();
                !counted && !note.ends_with(COUNTS_FOR_NOTHING) && !told.contains(start.trim_end())
            });
            untold.cloned().collect()
        });
    }

    /// The words of a command line, as a shell parts them.
    fn shell(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for character in line.chars() {
            match character {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                other => words.last_mut().unwrap().push(other),
            }
        }
        words
    }

    #[test]
    fn what_is_suggested_runs() {
        let given = [
            "noanswer check a.test",
            "noanswer check a.test --vantages /mnt/w/vantages.toml --allow-net 10.0.0.0/8 --allow-net ::1/128",
            "noanswer check a.test --api https://noanswer.example --token-env TOKEN",
            "noanswer check a.test -f mail.log --controls controls.toml --source 192.0.2.1 --ehlo mx.a.test",
            "noanswer check a.test --globalping=Germany --symptom '441 4.4.1 No answer' --network AS64500",
            "noanswer check a.test --globalping --doh https://a.example/dns-query --doh-ca ca.pem",
        ];
        let manners = given.map(|line| {
            let cli = Cli::try_parse_from(shell(line)).unwrap();
            let crate::cli::args::Command::Check(check) = cli.command else { panic!("a check") };
            Manner { flags: crate::cli::check::flags(&check), took: Duration::ZERO }
        });
        none_object(|report| {
            let mut wrong = Vec::new();
            for manner in &manners {
                let lines = part(report, manner, "Decides");
                let Some(at) = lines.iter().position(|line| line.starts_with("$ ")) else { continue };
                let command: String = lines[at..].join(" ").replace(" \\ ", " ")[2..].to_owned();
                if let Err(error) = match command.starts_with("noanswer") {
                    true => Cli::try_parse_from(shell(&command)).map(|_| ()),
                    false => Ok(()),
                } {
                    wrong.push(format!("{command}: {error}"));
                }
            }
            wrong
        });
    }
}
