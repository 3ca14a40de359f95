//! Who saw what, and who does not count, with the reason.

use super::matrix;
use super::paint::Tone;
use super::words;
use noanswer_core::address::Family;
use noanswer_core::evidence::{self, Evidence, Sight};
use noanswer_core::report::Report;

/// How many places a line names before it counts them.
const NAMES: usize = 4;

/// The table and what must be said below it, in lines of `width` columns, `room` at most.
pub(crate) fn lines(report: &Report, width: usize, room: usize) -> Vec<(Option<Tone>, String)> {
    let mut below: Vec<String> = Vec::new();
    let mut say = |words: &str| below.extend(words::wrapped(words, width));
    if let Some(reason) = own_doubt(report) {
        say(&reason);
    }
    not_counted(&report.evidence).iter().for_each(|words| say(words));
    if !report.evidence.is_empty() && !looked_here(&report.evidence) {
        say("Not looked at: your own server. Run this there if your mail still fails.");
    }
    words::shorten(&mut below, room.saturating_sub(2).max(1), width);
    let mut lines = matrix::lines(report, width, room - below.len().min(room));
    lines.extend(below.into_iter().map(|line| (Some(Tone::Quiet), line)));
    lines
}

fn looked_here(evidence: &[Evidence]) -> bool {
    evidence::of_sender(evidence).is_some()
}

/// Why what is marked in this server's row is in doubt, or does not count against the host.
fn own_doubt(report: &Report) -> Option<String> {
    let sender = evidence::of_sender(&report.evidence)?;
    let marked = |family: &Family| {
        sender.attempts.iter().any(|one| one.family() == *family && matrix::in_doubt(sender, one))
    };
    let families: Vec<Family> = Family::ALL.into_iter().filter(marked).collect();
    let reason = |family: &Family| own_sight(sender.sight_in(*family));
    let first = reason(families.first()?);
    let same: Vec<&str> =
        families.iter().filter(|family| reason(family) == first).map(|family| family.label()).collect();
    Some(format!("* {first} ({})", same.join(" and ")))
}

/// What this server's own sight makes of its failures.
const fn own_sight(sight: Sight) -> &'static str {
    match sight {
        Sight::Clear | Sight::Partial => {
            "not counted against the host: too few control hosts answer this server"
        }
        Sight::Blind => "not counted against the host: no control host answers this server",
        Sight::Deceived => "in doubt: here something may answer port 25 in the place of others",
    }
}

/// The places that do not count, by the reason; this server has a row of its own.
fn not_counted(evidence: &[Evidence]) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for one in evidence.iter().filter(|one| !matrix::counts(one) && !matrix::has_row(one)) {
        let reason = match &one.failure {
            Some(failure) => format!("could not be asked ({})", failure.words),
            None => match one.sight {
                Sight::Blind => "no port 25 can be seen from there".to_owned(),
                Sight::Deceived => "something answers there in the place of others".to_owned(),
                Sight::Clear | Sight::Partial => "too few control hosts answered there".to_owned(),
            },
        };
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(matrix::name(one)),
            None => groups.push((reason, vec![matrix::name(one)])),
        }
    }
    let line = |(reason, names): (String, Vec<&str>)| {
        let shown = names.len().min(NAMES);
        let more = match names.len() - shown {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("Not counted: {}{more}: {reason}", names[..shown].join(", "))
    };
    groups.into_iter().map(line).collect()
}
