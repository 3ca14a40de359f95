//! A report as Markdown: for a ticket, a mail, a forum. Remote words stand in code spans, so that they stay words.

use crate::evidence::{Attempt, Evidence, Outcome, Role};
use crate::report::Report;
use crate::verdict::{NamedFault, Standing};
use crate::words;
use std::fmt::{self, Write};

/// The whole report.
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> fmt::Result {
    let verdict = &report.verdict;
    writeln!(out, "# {}: {}\n", code(&report.asked.domain), words::status(verdict.status))?;
    writeln!(out, "{}\n", escaped(&verdict.headline))?;
    writeln!(out, "Looked at {} by noanswer.\n", report.asked.at)?;
    for named in &verdict.faults {
        fault(out, named)?;
    }
    list(out, "Notes", verdict.notes.iter().map(|note| escaped(note)))?;
    let advice = verdict.advice.iter().map(|advice| {
        format!("**{}:** {} {}", words::side(advice.party), escaped(&advice.action), escaped(&advice.why))
    });
    list(out, "What to do", advice)?;
    if let Some(next) = &verdict.next {
        writeln!(out, "## What would tell\n\n{}\n", escaped(&next.observe))?;
        if let Some(command) = &next.command {
            writeln!(out, "    {}\n", command.replace(['\n', '\r'], " "))?;
        }
    }
    exchanges(out, report)?;
    evidence(out, report)?;
    let ruled_out = verdict
        .ruled_out
        .iter()
        .map(|ruled_out| format!("{}: {}", ruled_out.fault.title(), escaped(&ruled_out.because)));
    list(out, "Ruled out, because", ruled_out)
}

fn fault(out: &mut String, named: &NamedFault) -> fmt::Result {
    let standing = match named.standing {
        Standing::Established => "established",
        Standing::Possible => "possible",
    };
    write!(out, "## {} ({standing})\n\nTo act: {}.", named.fault.title(), words::side(named.party))?;
    if let Some(exchange) = &named.exchange {
        write!(out, " Mail server: {}.", code(exchange))?;
    }
    if let Some(family) = named.family {
        write!(out, " {}.", family.label())?;
    }
    writeln!(out, "\n")?;
    for because in &named.because {
        writeln!(out, "- {}", escaped(because))?;
    }
    writeln!(out)
}

fn exchanges(out: &mut String, report: &Report) -> fmt::Result {
    if report.plan.exchanges.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Where the mail goes\n\n| preference | mail server | addresses |\n|---|---|---|")?;
    for exchange in &report.plan.exchanges {
        let addresses: Vec<String> = exchange.addresses.iter().map(|one| one.address.to_string()).collect();
        let host = code(exchange.exchange.as_str());
        writeln!(out, "| {} | {host} | {} |", exchange.preference, addresses.join(" "))?;
    }
    writeln!(out)
}

fn evidence(out: &mut String, report: &Report) -> fmt::Result {
    if report.evidence.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Seen from\n\n| place | port 25 | mail server | outcome |\n|---|---|---|---|")?;
    for one in &report.evidence {
        let place = place(one);
        let sight = sight(one);
        if one.attempts.is_empty() {
            writeln!(out, "| {place} | {sight} | | |")?;
        }
        for attempt in &one.attempts {
            let host = code(&attempt.exchange);
            writeln!(out, "| {place} | {sight} | {host} {} | {} |", attempt.address, outcome(attempt))?;
        }
    }
    writeln!(out)
}

fn place(evidence: &Evidence) -> String {
    let name = if evidence.place.is_empty() { &evidence.vantage } else { &evidence.place };
    match evidence.role {
        Role::Sender => format!("{} (the sending server)", escaped(name)),
        Role::Region => escaped(name),
    }
}

fn sight(evidence: &Evidence) -> &'static str {
    if evidence.failure.is_some() { "could not be asked" } else { words::sight(evidence.sight) }
}

fn outcome(attempt: &Attempt) -> String {
    let stage = words::plain(&attempt.stage);
    match (&attempt.reply, attempt.outcome) {
        (_, Outcome::Completed) => {
            format!("answered {}", attempt.greeting.as_deref().map(code).unwrap_or_default())
        }
        (Some(reply), _) => format!("at {stage}: {}", code(&format!("{} {}", reply.code, reply.text))),
        (None, outcome) => format!("{} at {stage}", words::plain(&outcome)),
    }
}

fn list(out: &mut String, title: &str, items: impl Iterator<Item = String>) -> fmt::Result {
    let items: Vec<String> = items.map(|item| format!("- {item}\n")).collect();
    if items.is_empty() { Ok(()) } else { writeln!(out, "## {title}\n\n{}", items.concat()) }
}

/// Words in which nothing is markup: not Markdown's, not HTML's.
fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&' => {
                out.push('\\');
                out.push(letter);
            }
            letter if hidden(letter) => out.extend(letter.escape_unicode()),
            letter => out.push(letter),
        }
    }
    out
}

/// A code span on one line, in a table cell or out of one (CommonMark s6.1: no escapes hold inside, so a backtick and
/// a bar become what looks like them).
fn code(words: &str) -> String {
    let mut out = String::from("`");
    for letter in words.trim().chars() {
        match letter {
            '`' => out.push('\''),
            '|' => out.push('¦'),
            letter if hidden(letter) => out.extend(letter.escape_unicode()),
            letter => out.push(letter),
        }
    }
    out.push('`');
    out
}

/// Whether a character would hide, break a line, or reorder what stands around it.
fn hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_words_stay_words() {
        assert_eq!(code("220 `x` | <img>"), "`220 'x' ¦ <img>`");
        assert_eq!(code("a\nb\u{202e}"), "`a\\u{a}b\\u{202e}`");
        assert_eq!(escaped("<b>*x*</b> [y](z)"), "\\<b\\>\\*x\\*\\</b\\> \\[y\\](z)");
    }
}
