//! The page's files, out of the binary.

use super::compress::Coding;
use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use noanswer_site::api::{names_tag, preferred};
use std::io::Read;
use std::sync::OnceLock;

/// A file of the page.
pub(super) struct File {
    path: &'static str,
    kept: Kept,
    etag: &'static str,
}

/// A file's bytes, kept once in the binary, which is a function of AWS Lambda too, where every byte is loaded at a cold
/// start. For clients that take no brotli they are unpacked once.
enum Kept {
    Plain(&'static [u8]),
    Brotli(&'static [u8], OnceLock<Bytes>),
}

impl Kept {
    /// Its bytes, in brotli or as they are.
    fn body(&self, brotli: bool) -> Bytes {
        match self {
            Self::Plain(bytes) => Bytes::from_static(bytes),
            Self::Brotli(packed, _) if brotli => Bytes::from_static(packed),
            Self::Brotli(packed, plain) => {
                let unpacked = || {
                    let mut bytes = Vec::new();
                    let unpacked =
                        brotli_decompressor::Decompressor::new(*packed, 4096).read_to_end(&mut bytes);
                    unpacked.expect("it was packed when this was built");
                    Bytes::from(bytes)
                };
                plain.get_or_init(unpacked).clone()
            }
        }
    }
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The codings that a file is there in, or is made in once, the shortest first. What brotli makes no smaller has none.
const CODINGS: [&str; 3] = ["br", "gzip", "zstd"];

/// The file that `parts` ask for, where there is one. Its entity tag is of its bytes in the coding that is sent: a file in
/// each coding is a representation of its own (RFC 9110 s8.8.3.3).
pub(super) fn find(parts: &Parts) -> Option<Response<Bytes>> {
    let file = FILES.iter().find(|file| file.path == parts.uri.path())?;
    let says = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let coding = match file.kept {
        Kept::Plain(_) => None,
        Kept::Brotli(..) => preferred(says(header::ACCEPT_ENCODING), &CODINGS),
    };
    let etag = match coding {
        None => HeaderValue::from_static(file.etag),
        Some(coding) => {
            let tag = format!("{}-{coding}\"", file.etag.trim_end_matches('"'));
            HeaderValue::from_str(&tag).ok()?
        }
    };
    let has = says(header::IF_NONE_MATCH).unwrap_or_default();
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(file.path)));
    headers.insert(header::ETAG, etag.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if names_tag(has, etag.to_str().unwrap_or_default()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Some(response);
    }
    let body = file.kept.body(coding == Some("br"));
    match coding {
        Some("br") => {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        Some(coding) => {
            response.extensions_mut().insert(Coding(coding));
        }
        None => {}
    }
    Some(response.map(|_| body))
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
