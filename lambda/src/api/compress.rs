//! Compressed answers. A document that stays the same is compressed well, once, and kept; what is made for one request is
//! compressed quickly, where it is long enough to gain by it.
//!
//! By gzip, which every client takes that takes any coding. Brotli's compressor would be a tenth of the program, and the
//! largest documents, the page's own files, were compressed by it when this was built.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
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

/// The one coding.
const CODING: &str = "gzip";

/// The documents that were compressed, by their digests: nobody can make another that is taken for one of them.
#[derive(Debug, Default)]
pub(super) struct Packed(Mutex<HashMap<[u8; 32], Bytes>>);

impl Packed {
    /// The response to a request of `method`, compressed where the client takes that.
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
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
        if response.headers().contains_key(header::CONTENT_ENCODING) {
            weaken(response.headers_mut());
            return response.map(Body::from); // a file that is kept packed
        }
        let takes = accept_encoding.and_then(|value| value.to_str().ok());
        if preferred(takes, &[CODING]).is_none() {
            return response.map(Body::from);
        }
        let packed = if stays { self.kept(response.body()) } else { pack(response.body(), 4) };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(CODING));
        weaken(headers);
        response.map(|_| Body::from(packed))
    }

    fn kept(&self, body: &[u8]) -> Bytes {
        let key = Sha256::digest(body).into();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(packed) = kept.get(&key) {
            return packed.clone();
        }
        let packed = pack(body, 9);
        if kept.len() < MOST {
            kept.insert(key, packed.clone());
        }
        packed
    }
}

/// Makes the entity tag a weak one: the same document in another coding has other bytes (RFC 9110 s8.8.1).
fn weaken(headers: &mut HeaderMap) {
    let strong =
        headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| tag.starts_with('"'));
    if let Some(weak) = strong.and_then(|tag| HeaderValue::from_str(&format!("W/{tag}")).ok()) {
        headers.insert(header::ETAG, weak);
    }
}

/// `bytes`, compressed. Writing to memory does not fail; an answer that could not be packed would be an empty one, and a
/// test would see it.
fn pack(bytes: &[u8], quality: u32) -> Bytes {
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
        let both = HeaderValue::from_static("gzip, br");
        for (method, cache, kept) in [
            (Method::POST, "no-cache", 0),
            (Method::GET, "private, no-cache", 0),
            (Method::GET, "no-cache", 1),
        ] {
            let answer = packed.respond(&method, page(cache), Some(&both));
            assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
            assert_eq!(packed.0.lock().expect("sound").len(), kept, "{method} {cache}");
        }
        // Another document under the same tag is another document.
        let mut other = page("no-cache");
        *other.body_mut() = Bytes::from(vec![b'b'; 9_000]);
        packed.respond(&Method::GET, other, Some(&both));
        assert_eq!(packed.0.lock().expect("sound").len(), 2);
    }

    #[test]
    fn the_clients_weights_decide() {
        let packed = Packed::default();
        for (accept, coding) in [
            ("br;q=0, gzip", Some("gzip")),
            ("gzip;q=1, br;q=0.5", Some("gzip")),
            ("br, gzip;q=0.1", Some("gzip")),
            ("br", None),
            ("gzip;q=0, *", None),
            ("*", Some("gzip")),
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
