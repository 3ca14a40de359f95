//! What servers said when they refused: the words that tell whom to ask, and for which address.

use super::matrix;
use super::words;
use noanswer_core::evidence::{Attempt, Evidence, Outcome, Role};
use noanswer_core::report::Report;
use noanswer_core::scrub;
use std::net::IpAddr;

/// How many lines the words of one refusal take at most.
const LINES: usize = 3;

/// The refusals that this server met, or where it met none those that others met: each wording once, in lines of `width`
/// columns, `room` at most.
pub(crate) fn lines(report: &Report, width: usize, room: usize) -> Vec<String> {
    let own: Vec<&Evidence> = report.evidence.iter().filter(|one| one.role == Role::Sender).collect();
    let others: Vec<&Evidence> = report.evidence.iter().filter(|one| matrix::counts(one)).collect();
    let all = match refusals(&own) {
        all if all.is_empty() => refusals(&others),
        all => all,
    };
    let mut lines: Vec<String> = Vec::new();
    for (at, words) in all.iter().enumerate() {
        let mut told = words::wrapped(words, width);
        words::shorten(&mut told, LINES.min(room), width);
        let left = all.len() - at;
        let more = usize::from(left > 1);
        if at > 0 && lines.len() + told.len() + more > room {
            lines.push(format!("and {} (-v)", words::count(left as u64, "more refusal")));
            break;
        }
        lines.append(&mut told);
    }
    lines
}

/// Each refusal once: who said it to whom, and the words, without mail addresses.
fn refusals(of: &[&Evidence]) -> Vec<String> {
    let mut told: Vec<(&str, &str)> = Vec::new();
    let mut all = Vec::new();
    for one in of {
        for attempt in &one.attempts {
            let Some(reply) = attempt.reply.as_ref().filter(|_| attempt.outcome == Outcome::Replied) else {
                continue;
            };
            if told.contains(&(&attempt.exchange, &reply.text)) {
                continue;
            }
            told.push((&attempt.exchange, &reply.text));
            let from = source(one, attempt).map_or(String::new(), |address| format!(" ({address})"));
            let to = matrix::name(one);
            let words = scrub::mail_addresses(&reply.text);
            all.push(format!("{} to {to}{from}: {} {words}", attempt.exchange, reply.code));
        }
    }
    all
}

/// The address that an attempt came from, where only one can be meant.
fn source(one: &Evidence, attempt: &Attempt) -> Option<IpAddr> {
    let addresses = one.host.as_ref().map_or(&[][..], |host| &host.source_addresses);
    let mut same = addresses.iter().filter(|address| address.is_ipv4() == attempt.address.is_ipv4());
    same.next().copied().filter(|_| same.next().is_none())
}
