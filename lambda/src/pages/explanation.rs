//! A text explained, for browsers without JavaScript.

use super::{Page, Site, frame};
use maud::html;
use noanswer_core::symptom;

/// What `text` says, as a page.
pub fn explanation(site: &Site, text: &str) -> Page {
    let symptoms = symptom::read(text);
    let main = html! {
        div .prose {
            p .crumbs { a href="/" { "noanswer" } " / an explanation" }
            h1 { "What it says" }
            @if symptoms.is_empty() {
                p { "No delivery failure could be read in this text." }
            }
            pre .source { (text) }
        }
    };
    Page {
        status: 200,
        html: frame::plain(site, "What it says · noanswer", "A failure text, explained.", main),
    }
}
