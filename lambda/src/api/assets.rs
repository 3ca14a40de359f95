//! The page, out of the binary.

use super::State;
use super::problem::{Refusal, method_not_allowed};
use axum::extract::{Request, State as Extract};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use noanswer_site::problem::Problem;
use std::io::Read;
use std::sync::Arc;

/// A file of the page.
pub(super) struct File {
    path: &'static str,
    kept: Kept,
    etag: &'static str,
}

/// A file's bytes, kept once: the binary is a function of AWS Lambda too, where every byte is loaded at a cold start.
enum Kept {
    Plain(&'static [u8]),
    Brotli(&'static [u8]),
}

impl Kept {
    /// The body for a client that takes brotli or does not.
    fn respond(&self, takes_brotli: bool) -> Response {
        match *self {
            Self::Plain(bytes) => bytes.into_response(),
            Self::Brotli(packed) if takes_brotli => {
                ([(header::CONTENT_ENCODING, "br")], packed).into_response()
            }
            Self::Brotli(packed) => {
                let mut bytes = Vec::new();
                let unpacked = brotli::Decompressor::new(packed, 4096).read_to_end(&mut bytes);
                unpacked.expect("it was packed when this was built");
                bytes.into_response()
            }
        }
    }
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Serves a page or a file of it.
pub(super) async fn serve(Extract(state): Extract<Arc<State>>, request: Request) -> Response {
    let path = match request.uri().path() {
        "/index.html" => "/",
        path => path,
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    match (state.pages.get(path), FILES.iter().find(|file| file.path == path)) {
        (None, None) => Refusal::from(Problem::not_found()).into_response(),
        _ if !reads => ([(header::ALLOW, "GET,HEAD")], method_not_allowed().await).into_response(),
        (Some(page), _) => page.respond(request.headers()),
        (None, Some(file)) => respond(file, request.headers()),
    }
}

fn respond(file: &File, asked: &HeaderMap) -> Response {
    let says = |name, word: &str| {
        asked
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
            .is_some_and(|value| value.contains(word))
    };
    let mut response = if says(header::IF_NONE_MATCH, file.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.kept.respond(says(header::ACCEPT_ENCODING, "br"))
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(file.path)));
    headers.insert(header::ETAG, HeaderValue::from_static(file.etag));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}
