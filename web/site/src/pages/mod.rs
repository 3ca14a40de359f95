//! The page as HTML, with everything that can be said without JavaScript: the article, the registry of codes, an
//! explanation of a text, what the probe is. Rendered from the core's own knowledge, so that page and tool agree, and said in
//! the visitor's language by the catalogue that the tool speaks by.
//!
//! Hosts only route: a path is asked for, a [`Page`] comes back.

mod article;
mod checked;
mod codes;
mod explanation;
mod frame;
pub mod language;
mod localized;
mod probe;
mod problem;
mod words;

pub use checked::checked;
pub use explanation::explanation;
pub use frame::{LabDomain, Page, Site};
pub use problem::problem;

use language::Voice;

/// Whether a page may be at `path`: for hosts that must ask for the [`Site`] before they can render one.
pub fn may_be(path: &str) -> bool {
    matches!(path, "/" | "/probe" | "/codes") || path.starts_with("/codes/")
}

/// The page at `path`, where there is one: `/`, `/probe`, `/codes`, `/codes/4.4.1`. In English where `voice` is none.
pub fn page(site: &Site, path: &str, voice: Option<&Voice>) -> Option<Page> {
    let page = match path {
        "/" => Page { status: 200, html: frame::tool(site, article::article()) },
        "/probe" => probe::page(site),
        "/codes" => codes::all(site),
        _ => codes::one(site, path.strip_prefix("/codes/")?)?,
    };
    Some(page.said_by(voice))
}
