//! The API of another noanswer, as the command line uses it.

use super::setup::Usage;
use crate::fetch::innermost;
use noanswer_core::check::Event;
use noanswer_core::evidence::Evidence;
use noanswer_core::ports::Patience;
use noanswer_core::report::Report;
use noanswer_core::scrub;
use noanswer_site::view::VantageView;
use serde::de::DeserializeOwned;
use serde_json::json;
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
        let sent = call.timeout(self.limit).send().await;
        let mut response = sent.map_err(|error| self.failed(&words(&error)))?;
        let status = response.status();
        let mut body = Vec::new();
        let mut events = Events::default();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(&words(&error)))? {
            body.extend_from_slice(&chunk);
            if body.len() > LIMIT {
                return Err(self.failed("it answered with more than 16 MiB"));
            }
            events.read(&body, &mut on_event);
        }
        if status.is_success() {
            return Ok(body);
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

/// A reader of server-sent events (WHATWG HTML s9.2.6), as far as this API writes them: one `data` line an event.
#[derive(Default)]
struct Events {
    read: usize,
    name: String,
}

impl Events {
    /// Tells the events of `body` that are whole and were not told yet.
    fn read(&mut self, body: &[u8], on_event: &mut impl FnMut(&str, &str)) {
        while let Some(length) = body[self.read..].iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(&body[self.read..self.read + length]).into_owned();
            self.read += length + 1;
            if let Some(name) = line.strip_prefix("event:") {
                name.trim().clone_into(&mut self.name);
            } else if let Some(data) = line.strip_prefix("data:") {
                on_event(&self.name, data.trim());
            }
        }
    }
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

    #[test]
    fn events_are_told_once_and_whole() {
        let stream = b"event: plan\ndata: {}\n\n: keep-alive\n\nevent: report\ndata: {\"a\":1}\n\n";
        let mut told = Vec::new();
        let mut events = Events::default();
        for length in 0..=stream.len() {
            events.read(&stream[..length], &mut |name: &str, data: &str| {
                told.push((name.to_owned(), data.to_owned()));
            });
        }
        let expected = [("plan", "{}"), ("report", "{\"a\":1}")];
        assert_eq!(told, expected.map(|(name, data)| (name.to_owned(), data.to_owned())));
    }
}
