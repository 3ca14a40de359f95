//! Reports in words, for a terminal.

use super::paint::{Out, Tone};
use super::words;
use noanswer_core::evidence::{Attempt, Evidence, Expectation, Outcome, PanelNote, Role, Sight};
use noanswer_core::mx::{MxPlan, PlanSource, PlanStatus};
use noanswer_core::report::Report;
use noanswer_core::verdict::{Standing, Verdict};
use noanswer_core::wire_name::wire_name;
use noanswer_core::words as core_words;
use noanswer_site::view::VantageView;

/// What an answer leaves out: every note and every try; asked for twice, every reason, what is ruled out, and the laws that
/// decide.
pub(crate) fn more(out: &Out, report: &Report, verbose: u8) {
    if verbose == 0 {
        return;
    }
    if verbose > 1 {
        verdict(out, &report.verdict);
        laws(out, report);
    }
    for note in &report.verdict.notes {
        out.line("");
        out.line(&format!("Note: {}", out.tone(Tone::Quiet, note)));
    }
    plan(out, &report.plan);
    evidence(out, &report.evidence);
}

fn verdict(out: &Out, verdict: &Verdict) {
    for named in &verdict.faults {
        let standing = match named.standing {
            Standing::Established => "",
            Standing::Possible => "possible: ",
        };
        let mut place = String::new();
        if let Some(family) = named.family {
            place.push_str(&format!(" [{}]", family.label()));
        }
        if let Some(exchange) = &named.exchange {
            place.push_str(&format!(" [{exchange}]"));
        }
        out.heading(&format!("{standing}{}{place} — {}", named.title(), wire_name(&named.party)));
        for reason in &named.because {
            out.line(&out.tone(Tone::Quiet, &format!("  because {reason}")));
        }
    }
    if !verdict.ruled_out.is_empty() {
        out.heading("Ruled out");
        for ruled in &verdict.ruled_out {
            let by = if ruled.cell.is_empty() { String::new() } else { format!(" ({})", ruled.cell) };
            let because = out.tone(Tone::Quiet, &format!("{}{by}", ruled.because));
            out.line(&format!("  {}: {because}", ruled.fault.title()));
        }
    }
}

/// The laws by which what stands explains what was seen. The report does not carry them: it is judged again for them.
fn laws(out: &Out, report: &Report) {
    let trace = report.clone().judge_again();
    let deciding = trace.deciding();
    if deciding.is_empty() {
        return;
    }
    out.heading("Laws that decide");
    for law in &deciding {
        let says = if law.says.is_empty() { String::new() } else { format!(": {}", law.says) };
        out.line(&format!("  {}{says}", out.tone(Tone::Bold, law.id)));
        law.seen.iter().for_each(|seen| out.line(&out.tone(Tone::Quiet, &format!("    {seen}"))));
    }
}

/// Where a domain's mail goes.
pub(crate) fn plan(out: &Out, plan: &MxPlan) {
    let name = plan.domain_unicode.as_deref().unwrap_or_else(|| plan.domain.as_str());
    let resolver = plan.resolver.as_deref().map_or(String::new(), |url| format!(" (asked {url})"));
    out.heading(&format!("Mail for {name}{resolver}"));
    match plan.status {
        PlanStatus::Ok => {}
        PlanStatus::NullMx => out.line("  takes no mail: null MX (RFC 7505)"),
        PlanStatus::NoSuchDomain => out.line("  does not exist (NXDOMAIN)"),
        PlanStatus::NoData => out.line("  has neither MX nor address"),
        PlanStatus::NoAddress => out.line("  has exchanges without address"),
        PlanStatus::NotPublic => out.line("  has exchanges at addresses that are not public"),
        PlanStatus::DnsFailed => {
            let words = plan.dns_failure.as_ref().map_or("the lookup failed", |failure| &failure.words);
            out.line(&format!("  {}", out.tone(Tone::Bad, words)));
        }
    }
    for exchange in &plan.exchanges {
        let preference = match plan.source {
            PlanSource::ImplicitMx => "  (no MX)".to_owned(),
            _ => format!("{:>9}", exchange.preference),
        };
        let addresses: Vec<String> = exchange
            .addresses
            .iter()
            .map(|one| {
                let public = if one.reachability.may_connect() { "" } else { " (not public)" };
                format!("{}{public}", one.address)
            })
            .collect();
        out.line(&format!(
            "{preference}  {}  {}",
            out.tone(Tone::Bold, exchange.exchange.as_str()),
            addresses.join(", ")
        ));
    }
    for finding in &plan.findings {
        out.line(&out.tone(Tone::Doubtful, &format!("  note: {}", finding.words)));
    }
}

/// What each vantage saw.
pub(crate) fn evidence(out: &Out, all: &[Evidence]) {
    panels(out, all);
    for one in all {
        let role = if one.role == Role::Sender { "this server" } else { one.place.as_str() };
        out.heading(&format!("{} {role} — {}", one.vantage, sight(one)));
        for control in one.controls.iter().filter(|control| control.attempt.outcome != Outcome::NotTried) {
            let port = control.attempt.port;
            let (label, good) = match control.expected {
                Expectation::Open => {
                    (format!("control {} port {port}", control.operator), reached(&control.attempt))
                }
                // That a closed port does not answer is as it should be.
                Expectation::Closed => {
                    (format!("closed port {port}, as a control"), control.attempt.connect_ms.is_none())
                }
            };
            attempt(out, &label, &control.attempt, good);
        }
        for control in &one.unresolved_controls {
            let words =
                format!("  control {} {} was not tried: {}", control.operator, control.host, control.because);
            out.line(&out.tone(Tone::Quiet, &words));
        }
        for one in &one.attempts {
            attempt(out, &one.exchange, one, reached(one));
        }
        if let Some(view) = &one.resolver {
            let answer = wire_name(&view.answer);
            let words =
                format!("  own resolver: {answer} {} ({:.0} ms)", view.exchanges.join(", "), view.took_ms);
            out.line(&out.tone(Tone::Quiet, &words));
        }
    }
}

/// One line for each panel of a measurement network: how many probes see nothing, and where the results can be read.
fn panels(out: &Out, all: &[Evidence]) {
    let mut told: Vec<&PanelNote> = Vec::new();
    for note in all.iter().filter_map(|one| one.panel.as_ref()) {
        if told.contains(&note) {
            continue;
        }
        told.push(note);
        let PanelNote { network, probes, left_out, links, .. } = note;
        let words = format!(
            "{network}: {probes} probes asked, {left_out} left out because they see no port 25; whoever has the link can read the results:"
        );
        out.line(&words);
        links.iter().for_each(|link| out.line(&out.tone(Tone::Quiet, &format!("  {link}"))));
    }
}

fn sight(evidence: &Evidence) -> String {
    if let Some(failure) = &evidence.failure {
        return format!("could not be asked ({}), counts for nothing", failure.words);
    }
    core_words::sight(evidence.sight).to_owned()
}

/// A sight in words. What does not count is plainly marked.
fn reached(attempt: &Attempt) -> bool {
    matches!(attempt.outcome, Outcome::Completed | Outcome::Connected)
}

fn attempt(out: &Out, label: &str, attempt: &Attempt, good: bool) {
    let mark = if good { out.tone(Tone::Good, "ok  ") } else { out.tone(Tone::Bad, "fail") };
    let (outcome, stage) = (core_words::plain(&attempt.outcome), wire_name(&attempt.stage));
    let time = attempt.ended_ms.or(attempt.greeting_ms).or(attempt.connect_ms);
    let time = time.map_or(String::new(), |ms| format!(" {}", words::ms(ms)));
    let said = attempt
        .reply
        .as_ref()
        .map(|reply| format!("{} {}", reply.code, reply.text))
        .or(attempt.greeting.clone());
    let said = said.map_or(String::new(), |said| format!("  {}", out.tone(Tone::Quiet, &said)));
    let end = if reached(attempt) { String::new() } else { format!(" at {stage}") };
    out.line(&format!(
        "  {mark} {}  {}  {outcome}{end}{time}{said}",
        out.tone(Tone::Bold, label),
        attempt.address
    ));
}

/// Which vantages see port 25.
pub(crate) fn vantages(out: &Out, views: &[VantageView]) {
    for view in views {
        let tone = if view.sight == Sight::Clear { Tone::Good } else { Tone::Bad };
        let words = view.failure.as_deref().map_or_else(
            || core_words::sight(view.sight).to_owned(),
            |words| format!("could not be asked ({words})"),
        );
        out.line(&format!("{}  {}  {}", out.tone(Tone::Bold, &view.id), view.place, out.tone(tone, &words)));
    }
}
