//! What went wrong, for people: the page in the place of a problem document.

use super::frame::{self, Page, Site};
use super::language::Voice;
use maud::html;

/// The page that says what went wrong, and what can be done.
pub fn problem(site: &Site, status: u16, title: &str, detail: &str, voice: Option<&Voice>) -> Page {
    let lost = status == 404;
    let main = html! {
        div .prose {
            p .crumbs { a href="/" { "noanswer" } " / " (status) }
            h1 { @if lost { "There is no page here" } @else { (title) } }
            @if lost {
                p .lead { "The address may be mistyped, or the page has moved." }
                ul {
                    li { a href="/" { "Paste a mail error, or check a domain" } }
                    li { a href="/codes" { "Look up a code, such as 441 or 4.4.1" } }
                    li { a href="/probe" { "What the probe is, and how to be left out" } }
                }
            } @else {
                p .lead { (super::words::sentence(detail)) }
                p { a href="/" { "Back to the tool" } }
            }
        }
    };
    let title = if lost { "No page here · noanswer".to_owned() } else { format!("{title} · noanswer") };
    let html = frame::plain(site, &title, "What went wrong, and what can be done.", main);
    Page { status, html }.said_by(voice)
}
