//! What a request says: its headers, and its body, bounded.

use futures_util::StreamExt;
use noanswer_site::body;
use noanswer_site::problem::{Body, Problem};
use serde::de::DeserializeOwned;
use std::net::{IpAddr, Ipv4Addr};
use worker::Request;

/// So much of a body that is too large is read and thrown away, in bytes: its connection can then be used again.
const THROWN_AWAY: usize = 16 << 20;

/// What the header `name` says.
pub(crate) fn said(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}

/// Who asks, by the platform's word.
pub(crate) fn client(request: &Request) -> IpAddr {
    let address = said(request, "cf-connecting-ip").and_then(|address| address.parse().ok());
    address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// Reads the JSON body of `request`, of at most `limit` bytes.
pub(crate) async fn json<T: DeserializeOwned>(request: &mut Request, limit: usize) -> Result<T, Problem> {
    body::is_json(said(request, "content-type").as_deref())?;
    body::json(&bytes(request, limit, Body::Json).await?)
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn bytes(request: &mut Request, limit: usize, what: Body) -> Result<Vec<u8>, Problem> {
    // A request without a body has no stream either.
    let Ok(mut stream) = request.stream() else { return Ok(Vec::new()) };
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| Problem::bad_request(error.to_string()))?;
        length += chunk.len();
        if length <= limit {
            bytes.extend(chunk);
        } else if length > THROWN_AWAY {
            break;
        }
    }
    if length <= limit { Ok(bytes) } else { Err(Problem::too_large(what, limit)) }
}
