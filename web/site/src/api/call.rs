//! A request on its way to a handler, and the answer on its way back.

use super::facts::FactsHandle;
use super::problem::Problem;
use super::response::whole;
use super::time_left::TimeLeft;
use super::who::Who;
use crate::fleet::{Choice, Chosen};
use crate::trace;
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use noanswer_core::check::CheckRequest;
use noanswer_core::ports::{Probe, Trace};
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
    /// Checks whose events are sent as they come.
    Events(Box<Run>),
    /// An answer, and a check that goes on after it.
    Later(Response<Bytes>, Box<Run>),
}

/// Checks that outlive the handler that was asked for them.
pub(crate) struct Run {
    /// What is checked.
    pub(crate) requests: Vec<CheckRequest>,
    /// Which vantages are asked.
    pub(crate) vantages: Vantages,
    /// Who asked.
    pub(crate) who: Who,
    /// How long it may take.
    pub(crate) time_left: TimeLeft,
    /// Its place among the client's streams.
    pub(crate) place: Box<dyn Any + Send + Sync>,
    /// Where what comes of it goes.
    pub(crate) goes: Goes,
}

/// Where events go.
pub(crate) enum Goes {
    /// To the client, as they come.
    Out,
    /// To the client: one event a domain, beside those that cannot be checked.
    Batch(Vec<(String, Problem)>),
    /// Onto the shelf, under this id.
    Shelf(String),
}

/// Which vantages are asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vantages {
    pub(crate) choices: Vec<Choice>,
    pub(crate) limit: Option<usize>,
    /// The trace that they are asked for.
    pub(crate) trace: Option<Trace>,
}

impl Vantages {
    /// Those of `fleet`.
    pub(crate) fn of<'a, P: Probe>(&self, fleet: &'a P) -> Chosen<'a, P> {
        Chosen::of(fleet, &self.choices, self.limit).traced(self.trace.clone())
    }

    /// The same, for the trace that the request of `parts` is part of.
    #[must_use]
    pub(crate) fn traced(self, parts: &Parts) -> Self {
        Self { trace: trace::of(&parts.headers), ..self }
    }
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
    /// What goes on after the answer: to be driven to its end, whatever it brings.
    pub after: Option<S>,
}
