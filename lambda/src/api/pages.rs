//! The pages of this server, each rendered at its first visit.

use crate::demo::Description;
use noanswer_core::letters::Language;
use noanswer_site::pages::language::Voice;
use noanswer_site::pages::{self, Page};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// As many pages are kept: a code can be written in more ways than one.
const MOST: usize = 1_000;

/// The pages, each rendered at its first visit.
#[derive(Debug)]
pub(super) struct Pages {
    pub(super) site: pages::Site,
    kept: Mutex<HashMap<(Language, String), Arc<Page>>>,
}

impl Pages {
    /// The pages of a server, with the demo's words where there is one.
    pub(super) fn new(demo: Option<&Description>) -> Self {
        Self { site: demo.map(Description::page_site).unwrap_or_default(), kept: Mutex::default() }
    }

    /// The pages of a server that keeps reports and cases, or does not.
    pub(super) fn keeping(self, keeps: bool) -> Self {
        Self { site: pages::Site { keeps, ..self.site }, kept: Mutex::default() }
    }

    /// The page at `path` in `language`, where there is one.
    pub(super) fn get(&self, path: &str, language: Language) -> Option<Arc<Page>> {
        let key = (language, path.to_owned());
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = kept.get(&key) {
            return Some(page.clone());
        }
        let page = Arc::new(pages::page(&self.site, path, Voice::of(language).as_ref())?);
        if kept.len() < MOST {
            kept.insert(key, page.clone());
        }
        Some(page)
    }
}
