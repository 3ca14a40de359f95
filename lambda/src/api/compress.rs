//! Compressed answers. A document with an entity tag is compressed once and kept; what is made for one request is sent
//! as it is.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use noanswer_site::api::accepts;
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// As many documents are kept.
const MOST: usize = 1_000;

/// The documents that were compressed, by their entity tags.
#[derive(Debug, Default)]
pub(super) struct Packed(Mutex<HashMap<HeaderValue, Bytes>>);

impl Packed {
    /// The response, in brotli where the client takes it and the answer is a document that stays the same.
    pub(super) fn respond(
        &self,
        mut response: Response<Bytes>,
        accept_encoding: Option<&HeaderValue>,
    ) -> Response<Body> {
        let Some(tag) = response.headers().get(header::ETAG).cloned() else {
            return response.map(Body::from);
        };
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let takes = accept_encoding.and_then(|value| value.to_str().ok());
        if response.status() != StatusCode::OK || !accepts(takes, "br") {
            return response.map(Body::from);
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let packed = match kept.get(&tag) {
            Some(packed) => packed.clone(),
            None => {
                let packed = Bytes::from(brotli(response.body()));
                if kept.len() < MOST {
                    kept.insert(tag, packed.clone());
                }
                packed
            }
        };
        drop(kept);
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        response.map(|_| Body::from(packed))
    }
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, 9, 22);
    // Writing to memory does not fail; a page that could not be packed would be an empty one, and a test would see it.
    let _ = writer.write_all(bytes);
    writer.into_inner()
}
