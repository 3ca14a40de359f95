//! Reports that are kept for 30 days, and cases that wait 15 minutes for the lines of a sending server: both under ids that
//! nobody can guess, so that whoever has the link has the thing, and nobody else.
//!
//! What is kept of a report is what it was judged from; its verdict is judged here, and no word of it is taken from
//! whoever sent it. The text that was pasted is not in a report.

use super::ask;
use super::body::{self, CHECK};
use super::call::{Call, Reply};
use super::handlers::tag;
use super::host::Host;
use super::problem::{Body, Problem};
use super::quota::Limit;
use super::response::whole;
use super::shelf::{Kind, Shelf};
use super::who::Who;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderValue, StatusCode, header};
use noanswer_core::manual_evidence;
use noanswer_core::report::Report;
use noanswer_core::scrub;
use noanswer_core::timestamp::Timestamp;
use serde_json::json;

/// The longest text of a case, in bytes: a line for each of 20 addresses and the controls, at their wordiest.
pub(super) const LINES: usize = 16 << 10;

/// The shelf of a host that has one.
pub(super) fn shelf<H: Host>(host: &H) -> Result<&H::Shelf, Problem> {
    host.shelf().ok_or_else(Problem::not_found)
}

/// The id in a path: 16 bytes in base64url, or no such thing.
pub(super) fn id<B>(call: &Call<B>) -> Result<String, Problem> {
    let id = call.parameter.clone();
    let sound = URL_SAFE_NO_PAD.decode(&id).is_ok_and(|bytes| bytes.len() == 16);
    if sound { Ok(id) } else { Err(Problem::not_found()) }
}

/// An id that nobody can guess.
pub(super) fn new_id(shelf: &impl Shelf) -> Result<String, Problem> {
    let none = || Problem::unavailable("There is no randomness", "ask again later");
    Ok(URL_SAFE_NO_PAD.encode(shelf.random().ok_or_else(none)?))
}

/// Keeps `bytes` under a new id, and says where and until when.
async fn keep<H: Host>(host: &H, who: &Who, kind: Kind, bytes: Vec<u8>) -> Result<Reply, Problem> {
    let shelf = shelf(host)?;
    let id = new_id(shelf)?;
    let until = Timestamp::from_unix(host.now().unix() + kind.lifetime_s());
    shelf.put_for(who, kind, &id, bytes, until).await?;
    let url = kind.path(&id);
    let body = json!({ "id": id, "url": url, "expires_at": until });
    let mut response = whole("application/json", body.to_string());
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().extend(HeaderValue::from_str(&url).ok().map(|url| (header::LOCATION, url)));
    Ok(Reply::Whole(response))
}

pub(super) fn nothing() -> Reply {
    let mut response = whole("text/plain; charset=utf-8", "");
    *response.status_mut() = StatusCode::NO_CONTENT;
    Reply::Whole(response)
}

/// `POST /v1/reports`
pub(super) async fn keep_report<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    shelf(host)?;
    let who = host.who(&call.parts);
    host.grant(Limit::Lookups, &who, &call.facts).await?;
    // By a value, as evidence is read everywhere: one reader of it is in the Worker's wasm, not two.
    let value: serde_json::Value = body::json(host, &call.parts, call.body, CHECK).await?;
    let read: Result<Report, serde_json::Error> = serde_json::from_value(value);
    let mut report = read.map_err(|error| Problem::unprocessable(error.to_string()))?;
    // As much of it as there is evidence: the longest is 1 MiB.
    let written = host.heavy(CHECK, || {
        report.judge_again();
        serde_json::to_string(&report)
    });
    let text = written.map_err(|error| Problem::unprocessable(error.to_string()))?;
    keep(host, &who, Kind::Report, scrub::json(text).into_bytes()).await
}

/// `GET /v1/reports/{id}`
pub(super) async fn report<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let kept = shelf(host)?.get(Kind::Report, &id(&call)?, host.now()).await?;
    let (bytes, _) = kept.ok_or_else(Problem::not_found)?;
    let mut response = whole("application/json", bytes);
    tag(&mut response);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(Reply::Whole(response))
}

/// `DELETE /v1/reports/{id}`: whoever has the link may.
pub(super) async fn delete_report<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let was_there = shelf(host)?.remove(Kind::Report, &id(&call)?).await?;
    if was_there { Ok(nothing()) } else { Err(Problem::not_found()) }
}

/// `POST /v1/cases`: a link for one server's lines.
pub(super) async fn open_case<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    shelf(host)?;
    let who = host.who(&call.parts);
    host.grant(Limit::Lookups, &who, &call.facts).await?;
    let ask::Controls {} = body::json(host, &call.parts, call.body, CHECK).await?;
    keep(host, &who, Kind::Case, Vec::new()).await
}

/// `PUT /v1/cases/{id}`: the lines, once. What is none of them is not kept.
pub(super) async fn fill_case<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let (shelf, id) = (shelf(host)?, id(&call)?);
    host.grant(Limit::Lookups, &host.who(&call.parts), &call.facts).await?;
    let text = body::bytes(host, call.body, LINES, Body::Text).await?;
    let case = shelf.get(Kind::Case, &id, host.now()).await?;
    let (filled, until) = case.ok_or_else(Problem::not_found)?;
    if !filled.is_empty() {
        return Err(Problem::new(409, "The case has its lines already", "open another one"));
    }
    let lines = evidence_lines(&String::from_utf8_lossy(&text));
    if lines.is_empty() {
        let detail = "send what the commands printed: every line that begins with noanswer-witness";
        return Err(Problem::unprocessable(detail));
    }
    shelf.put(Kind::Case, &id, lines.into_bytes(), until).await?;
    Ok(nothing())
}

/// `GET /v1/cases/{id}`: the lines where they have come, and then no more; 204 before.
pub(super) async fn read_case<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let (shelf, id) = (shelf(host)?, id(&call)?);
    let (lines, _) = shelf.get(Kind::Case, &id, host.now()).await?.ok_or_else(Problem::not_found)?;
    if lines.is_empty() {
        return Ok(nothing());
    }
    // HEAD reads nothing, and takes nothing away.
    if call.parts.method == http::Method::GET && !shelf.remove(Kind::Case, &id).await? {
        // Another one who asked at the same moment has them.
        return Err(Problem::not_found());
    }
    let mut response = whole("text/plain; charset=utf-8", lines);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(Reply::Whole(response))
}

/// The lines of `text` that are evidence, made visible.
fn evidence_lines(text: &str) -> String {
    let is_evidence = |line: &&str| manual_evidence::read(line, |_| None).is_ok();
    let lines = text.lines().filter(is_evidence).map(|line| format!("{}\n", scrub::visible(line.trim())));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_evidence_is_kept_of_a_case() {
        let line = "noanswer-witness target mx.a.example 192.0.2.1 21 timed out";
        let text = format!("root@host:~# secret\n{line}\n{line} \u{1b}[2J\npassword=1\n");
        let kept = evidence_lines(&text);
        assert_eq!(kept.lines().count(), 2, "{kept}");
        assert!(!kept.contains("secret") && !kept.contains('\u{1b}'), "{kept}");
    }
}
