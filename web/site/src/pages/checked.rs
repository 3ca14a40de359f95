//! A check's report as a page, for browsers without JavaScript.

use super::frame::{self, Page, Site};
use super::language::Voice;
use super::words;
use maud::{Markup, html};
use noanswer_core::evidence::Evidence;
use noanswer_core::letters::{self, Language};
use noanswer_core::mx::PlanStatus;
use noanswer_core::report::Report;
use noanswer_core::verdict::{Advice, Party, Status};
use noanswer_core::{scrub, words as core_words};

/// The report as a page. `text` is what was pasted: it comes back with the button that looks again.
pub fn checked(site: &Site, report: &Report, text: &str, voice: Option<&Voice>) -> Page {
    let language = voice.map_or(Language::En, Voice::language);
    let verdict = &report.verdict;
    let domain = report.plan.domain_unicode.as_deref().unwrap_or(&report.asked.domain);
    let main = html! {
        div .prose {
            p .crumbs { a href="/" { "noanswer" } " / a check of " bdi { (domain) } }
            h1 { (scrub::visible(&verdict.headline)) }
            p .quiet { "Looked at " time { (report.asked.at) } ". " (words::sentence(core_words::status(verdict.status))) " This was a quick look of some ten seconds; the page with JavaScript, and the program, look longer." }
            @if !verdict.known.is_empty() { ul { @for known in &verdict.known { li { (words::sentence(&scrub::visible(&known.because))) } } } }
            (advice(&verdict.advice))
            @if verdict.status != Status::Healthy && !verdict.faults.is_empty() { (faults(report)) }
            (again(report, text))
            (seen(&report.evidence))
            (servers(report))
            section {
                h2 { "Letters" }
                @for letter in letters::letters(report, language) {
                    details {
                        summary { (to(&letter.to)) ": " bdi { (scrub::visible(&letter.subject)) } }
                        pre .letter tabindex="0" { (scrub::visible_lines(&letter.body)) }
                    }
                }
            }
        }
    };
    let title = format!("{domain}: {} · noanswer", core_words::status(verdict.status));
    let html = frame::plain(site, &title, "What a check of a mail domain found.", main);
    Page { status: 200, html }.said_by(voice)
}

fn advice(all: &[Advice]) -> Markup {
    html! {
        @if !all.is_empty() {
            section {
                h2 { "What to do" }
                @for party in [Party::You, Party::Between, Party::Them, Party::Nobody] {
                    @if all.iter().any(|one| one.party == party) {
                        h3 { (words::party(party)) }
                        ul {
                            @for one in all.iter().filter(|one| one.party == party) {
                                li { strong { (scrub::visible(&one.action)) } " " (scrub::visible(&one.why)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn faults(report: &Report) -> Markup {
    html! {
        section {
            h2 { "Why" }
            @for named in &report.verdict.faults {
                h3 { (named.title()) }
                ul { @for reason in &named.because { li { (words::sentence(&scrub::visible(reason))) } } }
            }
            @if let Some(next) = &report.verdict.next {
                p { strong { "The test that settles it: " } (words::sentence(&scrub::visible(&next.observe))) }
                @if let Some(command) = &next.command { pre .source tabindex="0" { (scrub::visible(command)) } }
            }
        }
    }
}

/// The same check once more: a form, for a page that was posted for cannot be asked for by its address.
fn again(report: &Report, text: &str) -> Markup {
    html! {
        form method="post" action="/check" {
            input type="hidden" name="domain" value=(report.asked.domain);
            input type="hidden" name="text" value=(text);
            p { button .secondary type="submit" { "Look again" } }
        }
    }
}

/// Why there is no mail server, in the words of the page.
const fn no_server(status: PlanStatus) -> &'static str {
    match status {
        PlanStatus::NullMx => "The domain says that it takes no mail (null MX, RFC 7505).",
        PlanStatus::NoSuchDomain => "The domain does not exist.",
        PlanStatus::NoData => "The domain exists, but has neither an MX record nor an address.",
        PlanStatus::NoAddress => "There are mail servers, but none has an address.",
        PlanStatus::NotPublic => "There are addresses, but none that the public Internet can reach.",
        PlanStatus::Ok | PlanStatus::DnsFailed => "DNS did not say.",
    }
}

/// Whom a letter is for, in the words of the page.
fn to(recipient: &str) -> &str {
    match recipient {
        "customer" => "To the customer who asks",
        "provider" => "To your provider",
        "postmaster" => "To the recipient’s postmaster",
        other => other,
    }
}

fn seen(evidence: &[Evidence]) -> Markup {
    html! {
        @if !evidence.is_empty() {
            section {
                h2 { "Seen from" }
                @for one in evidence {
                    h3 { bdi { (scrub::visible(if one.place.is_empty() { &one.vantage } else { &one.place })) } }
                    p .quiet { @match &one.failure { Some(failure) => (scrub::visible(&failure.words)), None => (core_words::sight(one.sight)) } }
                    ul {
                        @for attempt in &one.attempts {
                            li { bdi { (attempt.exchange) " " (attempt.address) } ": " span { (core_words::met(attempt)) } }
                        }
                    }
                }
            }
        }
    }
}

fn servers(report: &Report) -> Markup {
    html! {
        section {
            h2 { "Where the mail goes" }
            ul {
                @for exchange in &report.plan.exchanges {
                    li { (exchange.preference) " " code { (exchange.exchange) }
                        @for address in &exchange.addresses { " " code { (address.address) } }
                    }
                }
                @if report.plan.exchanges.is_empty() { li { (no_server(report.plan.status)) } }
            }
        }
    }
}
