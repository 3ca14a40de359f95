//! Calls to the outside by the platform's `fetch`: bounded in size and time, no redirects.

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use noanswer_core::ports::{Fetch, FetchError, HttpRequest, HttpResponse};
use std::pin::pin;
use std::time::Duration;
use worker::{AbortController, Delay, Headers, Method, Request, RequestInit, RequestRedirect, Response};

/// How long one question may take.
const QUESTION: Duration = Duration::from_secs(4);

/// Asks DoH servers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EdgeFetch;

impl Fetch for EdgeFetch {
    async fn pause(&self, ms: u64) {
        Delay::from(Duration::from_millis(ms)).await;
    }

    async fn fetch(&self, request: &HttpRequest) -> Result<HttpResponse, FetchError> {
        let headers = [("accept".to_owned(), request.accept.to_owned())];
        let call = Call { method: Method::Get, url: &request.url, headers: &headers, body: None };
        let answer = call.send(QUESTION, Self::BODY_LIMIT).await?;
        let content_type = answer.headers.iter().find(|(name, _)| name == "content-type");
        let content_type = content_type.map(|(_, value)| value.clone());
        Ok(HttpResponse { status: answer.status, content_type, body: answer.body })
    }
}

/// A call to the outside.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: Option<&'a [u8]>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Call<'_> {
    /// Sends it; the whole answer must be there within `patience` and be no longer than `limit` bytes.
    pub(crate) async fn send(&self, patience: Duration, limit: usize) -> Result<Answer, FetchError> {
        let abort = AbortController::default();
        let signal = abort.signal();
        let answer = pin!(async {
            let fetch = worker::Fetch::Request(self.request().map_err(other)?);
            // The platform tells no kinds of failure apart: what cannot be sent could not be reached.
            let response = fetch.send_with_signal(&signal).await;
            whole(response.map_err(|error| FetchError::Unreachable(error.to_string()))?, limit).await
        });
        match select(answer, pin!(Delay::from(patience))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => {
                abort.abort();
                Err(FetchError::TimedOut)
            }
        }
    }

    fn request(&self) -> worker::Result<Request> {
        let headers = Headers::new();
        for (name, value) in self.headers {
            headers.set(name, value)?;
        }
        let mut init = RequestInit::new();
        init.with_method(self.method.clone()).with_headers(headers).with_redirect(RequestRedirect::Manual);
        if let Some(body) = self.body {
            init.with_body(Some(worker::js_sys::Uint8Array::from(body).into()));
        }
        Request::new_with_init(self.url, &init)
    }
}

async fn whole(mut response: Response, limit: usize) -> Result<Answer, FetchError> {
    let headers = response.headers().entries().collect();
    let mut body = Vec::new();
    if let Ok(mut stream) = response.stream() {
        while let Some(chunk) = stream.next().await {
            body.extend(chunk.map_err(other)?);
            if body.len() > limit {
                return Err(FetchError::TooLarge);
            }
        }
    }
    Ok(Answer { status: response.status_code(), headers, body })
}

fn other(error: worker::Error) -> FetchError {
    FetchError::Other(error.to_string())
}
