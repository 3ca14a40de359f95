//! Compressed answers. A document that stays the same is compressed well, once, and kept; what is made for one request is
//! compressed quickly, where it is long enough to gain by it.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use flate2::write::GzEncoder;
use noanswer_site::api::preferred;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// As many documents are kept.
const MOST: usize = 1_000;

/// A shorter answer of one request is sent as it is: it fits into one packet.
const SHORT: usize = 1_200;

/// The codings, the better one first.
pub(super) const CODINGS: [&str; 2] = ["br", "gzip"];

/// The documents that were compressed, by their digests: nobody can make another that is taken for one of them.
#[derive(Debug, Default)]
pub(super) struct Packed(Mutex<HashMap<([u8; 32], &'static str), Bytes>>);

impl Packed {
    /// The response to a request of `method`, in the coding that the client likes best.
    pub(super) fn respond(
        &self,
        method: &Method,
        mut response: Response<Bytes>,
        accept_encoding: Option<&HeaderValue>,
    ) -> Response<Body> {
        let headers = response.headers();
        let has = |name, word: &str| {
            headers
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
                .is_some_and(|value| value.contains(word))
        };
        // What belongs to one client, and what a client has written itself, is kept for nobody.
        let stays = headers.contains_key(header::ETAG)
            && matches!(*method, Method::GET | Method::HEAD)
            && !has(header::CACHE_CONTROL, "private");
        if response.status() != StatusCode::OK || (!stays && response.body().len() < SHORT) {
            return response.map(Body::from);
        }
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if response.headers().contains_key(header::CONTENT_ENCODING) {
            return response.map(Body::from); // a file that is kept packed
        }
        let takes = accept_encoding.and_then(|value| value.to_str().ok());
        let Some(coding) = preferred(takes, &CODINGS) else { return response.map(Body::from) };
        let packed =
            if stays { self.kept(response.body(), coding) } else { pack(response.body(), coding, 4) };
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        response.map(|_| Body::from(packed))
    }

    fn kept(&self, body: &[u8], coding: &'static str) -> Bytes {
        let key = (Sha256::digest(body).into(), coding);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(packed) = kept.get(&key) {
            return packed.clone();
        }
        let packed = pack(body, coding, 9);
        if kept.len() < MOST {
            kept.insert(key, packed.clone());
        }
        packed
    }
}

/// `bytes` in `coding`. Writing to memory does not fail; an answer that could not be packed would be an empty one, and a
/// test would see it.
fn pack(bytes: &[u8], coding: &str, quality: u32) -> Bytes {
    if coding == "br" {
        let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, quality, 22);
        let _ = writer.write_all(bytes);
        return writer.into_inner().into();
    }
    let mut writer = GzEncoder::new(Vec::new(), flate2::Compression::new(quality));
    let _ = writer.write_all(bytes);
    writer.finish().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_write_themselves_takes_no_place() {
        let packed = Packed::default();
        let page = |cache: &'static str| {
            let mut response = Response::new(Bytes::from(vec![b'a'; 9_000]));
            response.headers_mut().insert(header::ETAG, HeaderValue::from_static("\"same\""));
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
            response
        };
        let br = HeaderValue::from_static("gzip, br");
        for (method, cache, kept) in [
            (Method::POST, "no-cache", 0),
            (Method::GET, "private, no-cache", 0),
            (Method::GET, "no-cache", 1),
        ] {
            let answer = packed.respond(&method, page(cache), Some(&br));
            assert_eq!(answer.headers()[header::CONTENT_ENCODING], "br");
            assert_eq!(packed.0.lock().expect("sound").len(), kept, "{method} {cache}");
        }
        // Another document under the same tag is another document.
        let mut other = page("no-cache");
        *other.body_mut() = Bytes::from(vec![b'b'; 9_000]);
        packed.respond(&Method::GET, other, Some(&br));
        assert_eq!(packed.0.lock().expect("sound").len(), 2);
    }

    #[test]
    fn the_clients_weights_decide() {
        let packed = Packed::default();
        for (accept, coding) in [
            ("br;q=0, gzip", Some("gzip")),
            ("gzip;q=1, br;q=0.5", Some("gzip")),
            ("gzip;q=0.5, br;q=0.5", Some("br")),
            ("*", Some("br")),
            ("*;q=0", None),
            ("identity", None),
        ] {
            let response = Response::new(Bytes::from(vec![b'a'; 9_000]));
            let answer = packed.respond(&Method::POST, response, Some(&HeaderValue::from_static(accept)));
            let chosen =
                answer.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().expect("a word"));
            assert_eq!(chosen, coding, "{accept}");
        }
    }
}
