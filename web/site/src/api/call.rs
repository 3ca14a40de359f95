//! A request on its way to a handler, and the answer on its way back.

use super::facts::FactsHandle;
use super::problem::Problem;
use super::response::whole;
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use noanswer_core::check::CheckRequest;
use noanswer_core::scrub;
use serde::Serialize;
use std::any::Any;

/// A request on its way to a handler.
pub(crate) struct Call<B> {
    /// Its head.
    pub(crate) parts: Parts,
    /// Its body, not yet read: a request without leave costs no reading.
    pub(crate) body: B,
    /// What the path says in the place of `{…}`, percent-decoded.
    pub(crate) parameter: String,
    /// What the request is about, for the log.
    pub(crate) facts: FactsHandle,
}

/// What a handler answers.
pub(crate) enum Reply {
    /// All of it.
    Whole(Response<Bytes>),
    /// A check whose events are sent as they come, and its place among the client's streams.
    Check(Box<CheckRequest>, Box<dyn Any + Send>),
}

impl Reply {
    /// An answer of JSON.
    ///
    /// # Errors
    /// 500 where `value` cannot be written.
    pub(super) fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(value)
            .map_err(|error| Problem::new(500, "This server failed", error.to_string()))?;
        Ok(Self::Whole(whole("application/json", scrub::json(body))))
    }
}

/// The body of an answer.
#[derive(Debug)]
pub enum Body<S, F> {
    /// All of it.
    Whole(Bytes),
    /// Server-sent events as they come.
    Events(S),
    /// A file of the page.
    File(F),
}

/// An answer, and what the log may say of it.
#[derive(Debug)]
pub struct Answer<S, F> {
    /// The pattern of the route, `page` for a page or a file of it: never the path, which is whatever a client wrote.
    pub route: &'static str,
    /// What the request was about.
    pub facts: FactsHandle,
    /// The response.
    pub response: Response<Body<S, F>>,
}
