//! The pages that stand without JavaScript: rendered once, kept, sent with brotli.

use super::State;
use super::body::bytes;
use super::problem::Refusal;
use axum::extract::{Request, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use noanswer_site::body::{self, FORM};
use noanswer_site::pages::{self, Page};
use noanswer_site::problem::Body;
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// As many pages are kept: a code can be written in more ways than one.
const MOST: usize = 1_000;

/// The pages of a site, each kept from its first visit on.
#[derive(Debug)]
pub(super) struct Pages {
    site: pages::Site,
    kept: Mutex<HashMap<String, Arc<Kept>>>,
}

/// A rendered page.
#[derive(Debug)]
pub(super) struct Kept {
    page: Page,
    brotli: Vec<u8>,
}

impl Pages {
    /// The pages of `site`.
    pub(super) fn new(site: &super::Site) -> Self {
        let lab = site.lab.as_ref().map(|lab| lab.page_site()).unwrap_or_default();
        Self { site: lab, kept: Mutex::default() }
    }

    /// The page at `path`, where there is one.
    pub(super) fn get(&self, path: &str) -> Option<Arc<Kept>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = kept.get(path) {
            return Some(page.clone());
        }
        let page = pages::page(&self.site, path)?;
        let page = Arc::new(Kept { brotli: brotli(page.html.as_bytes()), page });
        if kept.len() < MOST {
            kept.insert(path.to_owned(), page.clone());
        }
        Some(page)
    }
}

impl Kept {
    /// The response, in brotli where the client takes it.
    pub(super) fn respond(&self, asked: &HeaderMap) -> Response {
        let accepts = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        if accepts.is_some_and(|accepts| accepts.contains("br")) {
            let packed = ([(header::CONTENT_ENCODING, "br")], self.brotli.clone());
            return (status(&self.page), HEADERS, packed).into_response();
        }
        (status(&self.page), HEADERS, self.page.html.clone()).into_response()
    }
}

const HEADERS: [(header::HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-cache"),
    (header::VARY, "accept-encoding"),
];

fn status(page: &Page) -> StatusCode {
    StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, 9, 22);
    // Writing to memory does not fail; a page that could not be packed would be an empty one, and a test would see it.
    let _ = writer.write_all(bytes);
    writer.into_inner()
}

/// `POST /explain`: the form of the page, for browsers without JavaScript.
pub(super) async fn explain(
    Extract(state): Extract<Arc<State>>,
    request: Request,
) -> Result<Response, Refusal> {
    let form = bytes(request, FORM, Body::Text).await?;
    let text = body::form_text(&form);
    let page = pages::explanation(&state.pages.site, &text, crate::clock::now());
    Ok((status(&page), HEADERS, page.html).into_response())
}
