//! Compressed answers. A document that stays the same is compressed well, once, and kept; what is made for one request is
//! compressed quickly, where it is long enough to gain by it.
//!
//! By gzip, which every client takes that takes any coding, and by zstd (RFC 8878; its window stays below the 8 MB of RFC
//! 9659), which takes a quarter of the time and makes it a fifth longer. Brotli's compressor would be a tenth of the
//! program, and the largest documents, the page's own files, were compressed by it when this was built.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use flate2::write::GzEncoder;
use noanswer_site::api::{Spared, preferred};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// As many documents are kept.
const MOST: usize = 1_000;

/// A shorter answer of one request is sent as it is: it fits into one packet.
const SHORT: usize = 1_200;

/// The codings of a document that stays: the shortest first.
const OF_WHAT_STAYS: [&str; 2] = ["gzip", "zstd"];

/// Those of what is made for one request: the quickest first.
const OF_WHAT_IS_MADE: [&str; 2] = ["zstd", "gzip"];

/// The coding that was chosen for a document whose entity tag says so already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coding(pub(super) &'static str);

/// The documents that were compressed, by their digests: nobody can make another that is taken for one of them.
#[derive(Debug, Default)]
pub(super) struct Packed(Mutex<HashMap<Key, Bytes>>);

/// A document, and its coding.
type Key = ([u8; 32], &'static str);

impl Packed {
    /// The response to a request of `method`, compressed where the client takes that.
    pub(super) fn respond(
        &self,
        method: &Method,
        mut response: Response<Bytes>,
        accept_encoding: Option<&HeaderValue>,
    ) -> Response<Body> {
        if let Some(Coding(coding)) = response.extensions().get::<Coding>().copied() {
            let packed = self.kept(response.body(), coding);
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            return response.map(|_| Body::from(packed));
        }
        let headers = response.headers();
        let says = |name, word: &str| {
            headers
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
                .is_some_and(|value| value.contains(word))
        };
        let (tagged, varies) = (headers.contains_key(header::ETAG), says(header::VARY, "accept-encoding"));
        // What belongs to one client, and what a client has written itself, is kept for nobody.
        let stays = tagged
            && matches!(*method, Method::GET | Method::HEAD)
            && !says(header::CACHE_CONTROL, "private");
        let spared = response.extensions().get().map(|Spared(length)| *length);
        let gains = stays || spared.unwrap_or(response.body().len()) >= SHORT;
        if varies || !gains || !matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED) {
            return response.map(Body::from);
        }
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
        let takes = accept_encoding.and_then(|value| value.to_str().ok());
        let Some(coding) = preferred(takes, if stays { &OF_WHAT_STAYS } else { &OF_WHAT_IS_MADE }) else {
            return response.map(Body::from);
        };
        weaken(response.headers_mut());
        if spared.is_some() {
            // Its head is that of the answer which the client has (RFC 9110 s15.4.5).
            return response.map(Body::from);
        }
        let packed = if stays {
            self.kept(response.body(), coding)
        } else {
            pack(response.body(), coding, Effort::Little)
        };
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        response.map(|_| Body::from(packed))
    }

    fn kept(&self, body: &[u8], coding: &'static str) -> Bytes {
        let key = (Sha256::digest(body).into(), coding);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(packed) = kept.get(&key) {
            return packed.clone();
        }
        let packed = pack(body, coding, Effort::Much);
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

/// How hard it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effort {
    /// For one answer.
    Little,
    /// For all that will be the same.
    Much,
}

/// `bytes`, compressed. Writing to memory does not fail; an answer that could not be packed would be an empty one, and a
/// test would see it.
fn pack(bytes: &[u8], coding: &str, effort: Effort) -> Bytes {
    let much = effort == Effort::Much;
    if coding == "zstd" {
        return zrip_encode::compress(bytes, if much { 3 } else { 1 }).unwrap_or_default().into();
    }
    let level = if much { 9 } else { 4 };
    let mut writer = GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    let _ = writer.write_all(bytes);
    writer.finish().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

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
            ("gzip, deflate, br, zstd", Some("zstd")),
            ("gzip, zstd;q=0.9", Some("gzip")),
            ("zstd;q=0.1, gzip;q=0", Some("zstd")),
            ("identity, zstd;q=0.5", None),
            ("br", None),
            ("gzip;q=0, zstd;q=0, *", None),
            ("gzip;q=0, *", Some("zstd")),
            ("*", Some("zstd")),
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

    #[test]
    fn what_is_packed_is_unpacked_to_the_same_however_long_it_is() {
        let words: Vec<u8> = (0..300_000_u32)
            .flat_map(|n| format!("{} ", n.wrapping_mul(2_654_435_761) >> (n % 20)).into_bytes())
            .collect();
        for length in [0, 1, 300, 70_000, words.len()] {
            for effort in [Effort::Little, Effort::Much] {
                let bytes = &words[..length];
                let gzip = pack(bytes, "gzip", effort);
                let mut unpacked = Vec::new();
                flate2::read::GzDecoder::new(&gzip[..]).read_to_end(&mut unpacked).expect("gzip");
                assert_eq!(unpacked, bytes, "{length} {effort:?}");
                let zstd = pack(bytes, "zstd", effort);
                // By another's decoder.
                let mut decoder = ruzstd::decoding::StreamingDecoder::new(&zstd[..]).expect("zstd");
                let mut unpacked = Vec::new();
                decoder.read_to_end(&mut unpacked).expect("zstd");
                assert_eq!(unpacked, bytes, "{length} {effort:?}");
            }
        }
    }
}
