//! Checks that nobody waits for (`Prefer: respond-async`, RFC 7240 s4.1): begun by one request, looked at by others, under
//! an id that nobody can guess. Whoever has the link has the report.

use super::call::{Call, Goes, Reply, Run};
use super::handlers::tag;
use super::host::Host;
use super::problem::Problem;
use super::reports::{id, new_id, nothing, shelf};
use super::response::whole;
use super::shelf::{Kind, Shelf};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use noanswer_core::report::Report;
use noanswer_core::scrub;
use noanswer_core::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a check that nobody waits for stands.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Job {
    /// Its id, which nobody can guess.
    pub id: String,
    /// Its path.
    pub url: String,
    /// Whether it is done.
    pub status: JobStatus,
    /// The domain that is checked.
    pub domain: String,
    /// Until when it can be looked at.
    pub expires_at: Timestamp,
    /// The report, once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

/// Whether a check is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// It is under way: look again after the seconds of `Retry-After`.
    Running,
    /// It is done: there is a report.
    Done,
}

/// As much of a job as its answer's head needs.
#[derive(Deserialize)]
struct Seen {
    status: JobStatus,
}

/// When to look again at a check that is under way, in seconds.
const AGAIN_S: u64 = 2;

/// How long is waited before a client is told (again) of a check that is done.
const TRIES: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(60)];

/// Whether the client would rather not wait.
pub(super) fn prefers_async(parts: &Parts) -> bool {
    let prefer = HeaderName::from_static("prefer");
    let values = parts.headers.get_all(prefer).into_iter().filter_map(|value| value.to_str().ok());
    let mut words = values.flat_map(|value| value.split(',')).filter_map(|one| one.split(';').next());
    words.any(|word| word.trim().eq_ignore_ascii_case("respond-async"))
}

/// Has `run` go on after the answer, which says where to look.
pub(super) async fn begin<H: Host>(host: &H, mut run: Run) -> Result<Reply, Problem> {
    let shelf = shelf(host)?;
    let id = new_id(shelf)?;
    let until = Timestamp::from_unix(host.now().unix() + Kind::Check.lifetime_s());
    let domain = run.requests.first().map(|request| request.domain.to_string()).unwrap_or_default();
    let job = Job {
        url: Kind::Check.path(&id),
        id,
        status: JobStatus::Running,
        domain,
        expires_at: until,
        report: None,
    };
    let body = written(&job)?;
    shelf.put_for(&run.who, Kind::Check, &job.id, body.clone().into_bytes(), until).await?;
    let mut response = whole("application/json", body);
    *response.status_mut() = StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(&job.url).ok().map(|url| (header::LOCATION, url)));
    headers.insert(header::RETRY_AFTER, HeaderValue::from(AGAIN_S));
    headers.insert("preference-applied", HeaderValue::from_static("respond-async"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    run.goes = Goes::Shelf(job.id);
    Ok(Reply::Later(response, Box::new(run)))
}

/// What a webhook tells.
#[derive(Serialize)]
struct Told<'a> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: &'a Job,
}

fn written(value: &impl Serialize) -> Result<String, Problem> {
    let text = serde_json::to_string(value);
    Ok(scrub::json(text.map_err(|error| Problem::new(500, "This server failed", error.to_string()))?))
}

/// The check is done: keeps its report where it was not forgotten meanwhile, and tells a client that wants to be told.
pub(super) async fn done<H: Host>(host: &H, run: &Run, id: &str, report: Report) -> Result<(), Problem> {
    let shelf = shelf(host)?;
    let Some((_, until)) = shelf.get(Kind::Check, id, host.now()).await? else { return Ok(()) };
    let job = Job {
        id: id.to_owned(),
        url: Kind::Check.path(id),
        status: JobStatus::Done,
        domain: report.asked.domain.clone(),
        expires_at: until,
        report: Some(report),
    };
    shelf.put(Kind::Check, id, written(&job)?.into_bytes(), until).await?;
    let Some(client) = &run.who.client else { return Ok(()) };
    let told = written(&Told { r#type: "check.done", timestamp: host.now(), data: &job })?;
    for pause in TRIES {
        host.pause(pause).await;
        let Some(call) = client.webhook(id, told.clone(), host.now()) else { return Ok(()) };
        // A client that is never reached finds the report by its link.
        if host.tell(call).await.is_ok_and(|status| (200..300).contains(&status)) {
            return Ok(());
        }
    }
    Ok(())
}

/// `GET /v1/checks/{id}`
pub(super) async fn look<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let kept = shelf(host)?.get(Kind::Check, &id(&call)?, host.now()).await?;
    let (bytes, _) = kept.ok_or_else(Problem::not_found)?;
    let seen = serde_json::from_slice::<Seen>(&bytes);
    let is_running = seen.is_ok_and(|job| job.status == JobStatus::Running);
    let mut response = whole("application/json", bytes);
    tag(&mut response);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if is_running {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(AGAIN_S));
    }
    Ok(Reply::Whole(response))
}

/// `DELETE /v1/checks/{id}`: whoever has the link may.
pub(super) async fn forget<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let was_there = shelf(host)?.remove(Kind::Check, &id(&call)?).await?;
    if was_there { Ok(nothing()) } else { Err(Problem::not_found()) }
}
