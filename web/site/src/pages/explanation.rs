//! A text explained, for browsers without JavaScript.

use super::article::listed;
use super::frame::{self, Page, Site};
use super::language::Voice;
use maud::{Markup, html};
use noanswer_core::symptom::{self, Symptom, explain};
use noanswer_core::timestamp::Timestamp;

/// As many failures are shown.
const SHOWN: usize = 20;

/// What `text` says, as a page; `now` is the time, for dates without a year.
/// `domain` is what stood in the form's field beside it.
pub fn explanation(site: &Site, text: &str, domain: &str, now: Timestamp, voice: Option<&Voice>) -> Page {
    let symptoms = symptom::read_as_of(text, now);
    let named =
        symptoms.iter().find_map(|symptom| symptom.recipient_domain.as_ref()).map(ToString::to_string);
    let domain = if domain.trim().is_empty() { named.unwrap_or_default() } else { domain.trim().to_owned() };
    let main = html! {
        div .prose {
            p .crumbs { a href="/" { "noanswer" } " / an explanation" }
            h1 { "What it says" }
            @if symptoms.is_empty() {
                p { "No delivery failure could be read in this text. Paste the lines that name the error: a bounce, a log line, or what your mail program shows." }
            }
            @for symptom in symptoms.iter().take(SHOWN) { (one(symptom)) }
            form method="post" action="/check" {
                input type="hidden" name="text" value=(text);
                p { label .label for="domain" { "The recipient’s domain" } input #domain name="domain" type="text" value=(domain) required; }
                p { button .primary type="submit" { "Check it now (about ten seconds)" } }
            }
            pre .source tabindex="0" { (noanswer_core::scrub::visible(text)) }
        }
    };
    let html = frame::plain(site, "What it says · noanswer", "A failure text, explained.", main);
    Page { status: 200, html }.said_by(voice)
}

fn one(symptom: &Symptom) -> Markup {
    let explanation = explain(symptom);
    html! {
        section {
            p .happened { (explanation.headline) }
            p { (explanation.meaning) }
            dl .facts {
                dt { "Who wrote this" } dd { (explanation.who_wrote) }
                @if let Some(domain) = &symptom.recipient_domain { dt { "Mail for" } dd { bdi { (domain) } } }
                @if let Some(code) = symptom.enhanced_status {
                    dt { "Status code" } dd { a href={ "/codes/" (code) } { (code) } }
                }
                @if let Some(at) = symptom.at { dt { "When" } dd { time { (at) } } }
                dt { "Tried again" } dd { (explanation.again) }
                @if let Some(deadline) = explanation.deadline { dt { "Until" } dd { time { (deadline) } } }
                @if let Some(words) = &explanation.deadline_words { dt { "Because" } dd { (words) } }
                dt { "Write to them?" } dd { (explanation.postmaster) }
            }
            (listed("It may be", &explanation.likely))
            (listed("What would tell", &explanation.check))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_without_a_year_has_a_deadline() {
        let line = "Nov 24 10:00:00 mx postfix/smtp[1]: ABC: to=<a@example.org>, relay=none, delay=30, status=deferred \
                    (connect to mx.example.org[192.0.2.1]:25: Connection timed out)";
        let now = Timestamp::from_unix(1_795_600_000); // 2026-11-25
        let html = explanation(&Site::default(), line, "", now, None).html;
        assert!(html.contains("2026-11-29"), "{html}");
    }
}
