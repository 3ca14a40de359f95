//! The API of another noanswer, as the command line uses it.

use super::setup::Usage;
use crate::fetch::innermost;
use axum::body::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use noanswer_core::check::Event;
use noanswer_core::evidence::Evidence;
use noanswer_core::ports::Patience;
use noanswer_core::report::Report;
use noanswer_core::scrub;
use noanswer_site::view::VantageView;
use serde::de::DeserializeOwned;
use serde_json::json;
use sse_stream::SseByteStream;
use std::pin::pin;
use std::time::Duration;

/// The longest answer that is taken, in bytes: the events of a patient check tell everything several times.
const LIMIT: usize = 16 << 20;

/// The API of another noanswer.
pub(crate) struct Api {
    url: String,
    token: Option<String>,
    client: reqwest::Client,
    limit: Duration,
}

impl Api {
    /// The API at `url`, waited for `limit` long at most.
    pub(crate) fn new(
        url: &str,
        token: Option<String>,
        client: &reqwest::Client,
        limit: Duration,
    ) -> Result<Self, Usage> {
        let sound = reqwest::Url::parse(url)
            .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
        if !sound {
            return Err(Usage::ApiUrl(url.to_owned()));
        }
        Ok(Self { url: url.trim_end_matches('/').to_owned(), token, client: client.clone(), limit })
    }

    /// Whether the API is a lab: what this machine sees says nothing of the lab's hosts.
    pub(crate) async fn is_lab(&self) -> Result<bool, Usage> {
        let call = self.client.get(format!("{}/v1/lab", self.url)).timeout(self.limit);
        let response = call.send().await.map_err(|error| self.failed(&words(&error)))?;
        Ok(response.status().is_success())
    }

    /// What the API's vantages see of port 25.
    pub(crate) async fn vantages(&self) -> Result<Vec<VantageView>, Usage> {
        let call = self.client.get(format!("{}/v1/vantages", self.url));
        self.read(&self.send(call, |_, _| {}).await?)
    }

    /// Has the API check `domain` with what this machine was told and saw.
    /// What happens meanwhile is told to `on_event`, where the API streams it.
    pub(crate) async fn check(
        &self,
        asked: &Asked<'_>,
        mut on_event: impl FnMut(Event),
    ) -> Result<Report, Usage> {
        let accept = match asked.patience {
            Patience::Quick => "application/json",
            Patience::Patient => "text/event-stream",
        };
        let body = json!({
            "domain": asked.domain,
            "symptoms": asked.told.symptoms,
            "log": asked.told.controls,
            "evidence": asked.evidence,
        });
        let call = self.client.post(format!("{}/v1/check", self.url));
        let call = call.header("accept", accept).header("content-type", "application/json");
        let mut report = None;
        let whole = self
            .send(call.body(body.to_string()), |name, data| match name {
                "plan" => told(data, &mut on_event, Event::Plan),
                "evidence" => told(data, &mut on_event, Event::Evidence),
                "verdict" => told(data, &mut on_event, Event::Verdict),
                "report" => report = Some(data.to_owned()),
                _ => {}
            })
            .await?;
        match report {
            Some(report) => self.read(report.as_bytes()),
            None => self.read(&whole),
        }
    }

    fn failed(&self, words: &str) -> Usage {
        Usage::Api { url: self.url.clone(), words: scrub::visible(words).into_owned() }
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Usage> {
        serde_json::from_slice(body).map_err(|_| self.failed("it does not answer as noanswer does"))
    }

    /// Sends a call and reads its answer; where that is a stream of events, each is told by name and data as it comes.
    async fn send(
        &self,
        call: reqwest::RequestBuilder,
        mut on_event: impl FnMut(&str, &str),
    ) -> Result<Vec<u8>, Usage> {
        let call = match &self.token {
            Some(token) => call.bearer_auth(token),
            None => call,
        };
        let response = call.timeout(self.limit).send().await.map_err(|error| self.failed(&words(&error)))?;
        let status = response.status();
        let content_type = response.headers().get(reqwest::header::CONTENT_TYPE);
        let is_stream = content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
        let mut taken = 0;
        let chunks = response.bytes_stream().map(|chunk| {
            let chunk = chunk.map_err(|error| Broken::Lost(words(&error)))?;
            taken += chunk.len();
            if taken > LIMIT { Err(Broken::TooLong) } else { Ok(chunk) }
        });
        if is_stream {
            events(chunks, &mut on_event).await.map_err(|words| self.failed(&words))?;
            return Ok(Vec::new());
        }
        let whole = chunks.try_fold(Vec::new(), |mut whole, chunk| async move {
            whole.extend_from_slice(&chunk);
            Ok(whole)
        });
        let body = whole.await.map_err(|broken| self.failed(&broken.to_string()))?;
        if status.is_success() {
            return Ok(body);
        }
        if status == reqwest::StatusCode::UNAUTHORIZED {
            return Err(self.failed(match &self.token {
                Some(_) => "it does not take this token: look at the variable that --token-env names",
                None => "it wants a token: name the variable that holds it with --token-env",
            }));
        }
        let problem: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
        let detail = problem.and_then(|problem| problem["detail"].as_str().map(str::to_owned));
        let words = format!("HTTP status {}", status.as_u16());
        Err(self.failed(&detail.map_or(words.clone(), |detail| format!("{words}: {detail}"))))
    }
}

/// What is asked of an API.
pub(crate) struct Asked<'a> {
    pub(crate) domain: &'a str,
    pub(crate) told: &'a noanswer_site::text_input::TextInput,
    pub(crate) evidence: &'a [Evidence],
    pub(crate) patience: Patience,
}

/// Why an answer did not come to its end.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("it answered with more than 16 MiB")]
    TooLong,
    #[error("{0}")]
    Lost(String),
}

/// Tells each server-sent event (WHATWG HTML s9.2) of `chunks` by name and data, as it comes.
async fn events(
    chunks: impl Stream<Item = Result<Bytes, Broken>>,
    on_event: &mut impl FnMut(&str, &str),
) -> Result<(), String> {
    let mut events = pin!(SseByteStream::new(chunks));
    while let Some(event) = events.next().await {
        let event = event.map_err(|error| match error {
            sse_stream::Error::Body(broken) => broken.to_string(),
            other => other.to_string(),
        })?;
        if let Some(data) = &event.data {
            on_event(event.event.as_deref().unwrap_or("message"), data);
        }
    }
    Ok(())
}

/// Tells of an event, where its data can be read.
fn told<T: DeserializeOwned>(data: &str, on_event: &mut impl FnMut(Event), event: fn(T) -> Event) {
    if let Ok(value) = serde_json::from_str(data) {
        on_event(event(value));
    }
}

/// What an error says, in few words.
fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    innermost(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    #[tokio::test]
    async fn events_are_told_once_and_whole() {
        let stream = b"event: plan\ndata: {}\n\n: keep-alive\n\nevent: report\ndata: {\"a\":1}\n\n";
        for size in 1..=stream.len() {
            let chunks = stream.chunks(size).map(|chunk| Ok(Bytes::copy_from_slice(chunk)));
            let mut told = Vec::new();
            let mut on_event = |name: &str, data: &str| told.push((name.to_owned(), data.to_owned()));
            events(stream::iter(chunks), &mut on_event).await.unwrap();
            let expected = [("plan", "{}"), ("report", "{\"a\":1}")];
            assert_eq!(told, expected.map(|(name, data)| (name.to_owned(), data.to_owned())), "{size}");
        }
    }

    #[tokio::test]
    async fn a_stream_that_breaks_off_says_why() {
        let chunks = [Ok(Bytes::from_static(b"event: plan\n")), Err(Broken::Lost("reset".to_owned()))];
        assert_eq!(events(stream::iter(chunks), &mut |_, _| {}).await, Err("reset".to_owned()));
    }
}
