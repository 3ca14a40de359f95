//! The frame of every page, cut from the one template.

use super::language::Voice;
use super::localized::localized;
use maud::{Markup, html};

/// The template of every page: `web/index.html`.
const TEMPLATE: &str = include_str!("../../../index.html");

/// A page to be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// The HTML, UTF-8.
    pub html: String,
}

impl Page {
    /// The page said by `voice`, as far as its catalogue goes; in English where there is none.
    pub(super) fn said_by(self, voice: Option<&Voice>) -> Self {
        Self { html: localized(self.html, voice), ..self }
    }
}

/// What the pages say of the place that serves them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The path of the DoH server that the page shall ask, where the host brings its own: in the lab.
    pub doh: Option<String>,
    /// The path of a relay to public DoH servers, which the page asks where it cannot reach them itself.
    pub relay: Option<String>,
    /// The public key of a Turnstile widget, where the host asks whether a person asks.
    pub turnstile: Option<String>,
    /// Whether reports and cases are kept here: then the page offers short links and one-time links.
    pub keeps: bool,
    /// The lab's domains, where this is the lab.
    pub lab: Vec<LabDomain>,
}

/// A domain of the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabDomain {
    /// The domain.
    pub domain: String,
    /// What becomes of mail for it, in a few words: `drops every connection`.
    pub story: String,
}

/// The places of the template at which pages differ, each of which stands there once.
const ROOT: &str = "<html lang=\"en\"";
const LAB: &str = "<!-- lab -->";
const ARTICLE: &str = "<!-- article -->";
const PRELOAD: &str = "<link rel=\"modulepreload\" href=\"/app/controller.js\">\n";
const SCRIPT: &str = "<script type=\"module\" src=\"/app/main.js\"></script>\n";
const LANGUAGE: &str = "    <span id=\"language-place\" class=\"js-only\"></span>\n";
const SKIP: &str = "href=\"#ask\">Skip to the tool";
const MAIN: (&str, &str) = ("<main id=\"main\">", "</main>");
const TITLE: (&str, &str) = ("<title>", "</title>");
const DESCRIPTION: (&str, &str) = ("<meta name=\"description\" content=\"", "\">");

/// What is true of the tool alone: a page that has none may have come of a text that was sent.
const PASTED: &str = "  <p class=\"with-js\">What you paste stays in your browser. A check sends the domain and what was read from the text, never the text itself.</p>\n";

/// The tool with `article` below it.
pub(super) fn tool(site: &Site, article: Markup) -> String {
    dressed(site, TEMPLATE).replace(ARTICLE, &article.into_string())
}

/// A page without the tool: the template's head, header and footer around `main`.
pub(super) fn plain(site: &Site, title: &str, description: &str, main: Markup) -> String {
    let (before, rest) = TEMPLATE.split_once(MAIN.0).unwrap_or((TEMPLATE, ""));
    let (_, after) = rest.split_once(MAIN.1).unwrap_or(("", rest));
    let main = html! { main #main .page { (main) } };
    let page = format!("{before}{}{after}", main.into_string());
    let page = between(&page, TITLE, title);
    let page = between(&page, DESCRIPTION, description);
    let page = page
        .replace(PRELOAD, "")
        .replace(SCRIPT, "")
        .replace(LANGUAGE, "")
        .replace(PASTED, "")
        .replace(SKIP, "href=\"#main\">Skip to the text");
    dressed(site, &page)
}

/// The page with the site's own words in it.
fn dressed(site: &Site, page: &str) -> String {
    let mut root = ROOT.to_owned();
    for (name, path) in [("doh", &site.doh), ("relay", &site.relay), ("turnstile", &site.turnstile)] {
        if let Some(path) = path {
            let path = html! { (path) }.into_string();
            root.push_str(&format!(" data-{name}=\"{path}\""));
        }
    }
    if site.keeps {
        root.push_str(" data-keeps");
    }
    let page = page.replace(ROOT, &root);
    page.replace(LAB, &lab(site).into_string())
}

/// `page` with the text between the first `open` and the `close` behind it replaced, escaped.
fn between(page: &str, (open, close): (&str, &str), text: &str) -> String {
    let Some((before, rest)) = page.split_once(open) else { return page.to_owned() };
    let Some((_, after)) = rest.split_once(close) else { return page.to_owned() };
    format!("{before}{open}{}{close}{after}", html! { (text) }.into_string())
}

fn lab(site: &Site) -> Markup {
    html! {
        @if !site.lab.is_empty() {
            aside .lab aria-label="The lab" {
                div {
                    details {
                        summary { strong { "This is the lab." } " Domains to try, each with what is wrong there" }
                        p { "Its hosts, its vantages and its resolver live in this server: nothing here reaches the Internet." }
                        ul {
                            @for one in &site.lab {
                                li { a href={ "/#domain=" (one.domain) } { (one.domain) } " " (one.story) }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_offers_to_keep_where_its_server_does() {
        for keeps in [true, false] {
            let page = dressed(&Site { keeps, ..Site::default() }, TEMPLATE);
            assert_eq!(page.contains("<html lang=\"en\" data-keeps>"), keeps);
        }
    }

    #[test]
    fn every_place_at_which_pages_differ_stands_in_the_template_once() {
        for mark in [
            ROOT,
            LAB,
            ARTICLE,
            PRELOAD,
            SCRIPT,
            PASTED,
            LANGUAGE,
            SKIP,
            MAIN.0,
            MAIN.1,
            TITLE.0,
            TITLE.1,
            DESCRIPTION.0,
        ] {
            assert_eq!(TEMPLATE.matches(mark).count(), 1, "{mark}");
        }
    }
}
