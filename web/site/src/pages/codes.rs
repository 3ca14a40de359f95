//! The registry of codes: one page for all, one for each.

use super::article;
use super::frame::{self, Page, Site};
use maud::{Markup, html};
use noanswer_core::facts::Table;
use noanswer_core::smtp::registry::{self, Entry, Kind};

/// `/codes`.
pub(super) fn all(site: &Site) -> Page {
    let entries = registry::all();
    let main = html! {
        div .prose {
            p .crumbs { a href="/" { "noanswer" } " / codes" }
            h1 { "The codes of mail" }
            p .lead { "Enhanced status codes of the IANA registry, reply codes, codes that no RFC knows, and the error numbers of operating systems: what each means, where it is defined, whether trying again helps." }
        }
        @for (title, kinds) in GROUPS {
            section .wide {
                h2 { (title) }
                ul .codes {
                    @for entry in entries.iter().filter(|entry| kinds.contains(&entry.kind)) {
                        li { a href={ "/codes/" (entry.code) } { (entry.code) } " " (entry.title) }
                    }
                }
            }
        }
    };
    let description =
        "Every enhanced status code, reply code and system error of mail delivery, in plain words.";
    Page { status: 200, html: frame::plain(site, "The codes of mail · noanswer", description, main) }
}

/// `/codes/4.4.1`: what the code means. `None` for what is no code, or none that is known.
pub(super) fn one(site: &Site, code: &str) -> Option<Page> {
    let entry = registry::lookup(code)?;
    let main = html! {
        div .prose {
            p .crumbs { a href="/" { "noanswer" } " / " a href="/codes" { "codes" } " / " (entry.code) }
            h1 { (entry.code) span { (entry.title) } }
            p { (entry.meaning) }
            dl .facts {
                dt { "Defined in" } dd { (entry.source) " (" (article::source(Table::Codes, &key(&entry))) ")" }
                dt { "Trying again" } dd { (entry.again()) }
                dt { "What to do" } dd { (entry.action) }
            }
            (neighbours(&entry))
            p { "Have you met it in an error? " a href="/" { "Paste the whole text" } ": what stands beside a code says more than the code." }
        }
    };
    let title = format!("{} {} · noanswer", entry.code, entry.title);
    let description = format!("{} {}: {}", entry.code, entry.title, entry.meaning);
    let description: String = description.chars().take(300).collect();
    Some(Page { status: 200, html: frame::plain(site, &title, &description, main) })
}

/// The key of its row: the registry's codes have no class there.
fn key(entry: &Entry) -> String {
    match (entry.kind, entry.code.split_once('.')) {
        (Kind::Enhanced, Some((_, rest))) => format!("X.{rest}"),
        _ => entry.code.clone(),
    }
}

/// The same code in the other classes: 4.4.1 and 5.4.1 differ in one word, and it is the one that matters.
fn neighbours(entry: &Entry) -> Markup {
    let other = match entry.code.split_once('.') {
        Some(("4", rest)) => Some((format!("5.{rest}"), "the permanent form")),
        Some(("5", rest)) => Some((format!("4.{rest}"), "the temporary form")),
        _ => None,
    };
    // A form that the definition does not know is no neighbour.
    let known = |code: &str| registry::lookup(code).is_some_and(|entry| entry.known_for.is_none());
    html! {
        @if let Some((code, words)) = other.filter(|(code, _)| known(code)) {
            p { "See also " a href={ "/codes/" (code) } { (code) } ", " (words) "." }
        }
    }
}

const GROUPS: &[(&str, &[Kind])] = &[
    ("Enhanced status codes", &[Kind::Enhanced, Kind::Vendor]),
    ("Reply codes", &[Kind::Reply, Kind::Unregistered]),
    ("Errors of operating systems", &[Kind::System]),
];
