//! The registry of codes: one page for all, one for each.

use super::{Page, Site, frame};
use maud::{Markup, html};
use noanswer_core::smtp::registry::{self, Entry};

/// `/codes`.
pub(super) fn all(site: &Site) -> Page {
    let entries = registry::all();
    let main = html! {
        div .prose {
            p .crumbs { a href="/" { "noanswer" } " / codes" }
            h1 { "The codes of mail" }
            p .lead { "Enhanced status codes of the IANA registry, reply codes, codes that no RFC knows, and the error numbers of operating systems: what each means, where it is defined, whether trying again helps." }
        }
        @for (title, class) in GROUPS {
            section .wide {
                h2 { (title) }
                ul .codes {
                    @for entry in entries.iter().filter(|entry| group(entry) == *class) {
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
                dt { "Defined in" } dd { (entry.source) }
                dt { "Trying again" } dd { (entry.retry.words()) }
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

/// The same code in the other classes: 4.4.1 and 5.4.1 differ in one word, and it is the one that matters.
fn neighbours(entry: &Entry) -> Markup {
    let other = match entry.code.split_once('.') {
        Some(("4", rest)) => Some((format!("5.{rest}"), "the permanent form")),
        Some(("5", rest)) => Some((format!("4.{rest}"), "the temporary form")),
        _ => None,
    };
    html! {
        @if let Some((code, words)) = other.filter(|(code, _)| registry::lookup(code).is_some()) {
            p { "See also " a href={ "/codes/" (code) } { (code) } ", " (words) "." }
        }
    }
}

const GROUPS: &[(&str, Group)] = &[
    ("Enhanced status codes", Group::Enhanced),
    ("Reply codes", Group::Reply),
    ("Errors of operating systems", Group::System),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Enhanced,
    Reply,
    System,
}

fn group(entry: &Entry) -> Group {
    if entry.code.contains('.') {
        Group::Enhanced
    } else if entry.code.len() == 3 && entry.code.bytes().all(|byte| byte.is_ascii_digit()) {
        Group::Reply
    } else {
        Group::System
    }
}
