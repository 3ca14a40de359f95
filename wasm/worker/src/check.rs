//! `POST /v1/check`: one report, or its events as they come.

use crate::answer;
use crate::asked::{self, said};
use crate::clock;
use crate::fetch::EdgeFetch;
use crate::fleet::Shared;
use crate::gateway::{Failure, Gateway};
use crate::limits::Limit;
use crate::turnstile;
use futures_channel::mpsc;
use futures_util::future::{Either, select};
use futures_util::stream::{self, Stream, StreamExt};
use noanswer_core::check::{self, CheckRequest, Event};
use noanswer_site::ask;
use noanswer_site::body::CHECK;
use noanswer_site::problem::Problem;
use noanswer_site::token;
use std::pin::pin;
use std::time::Duration;
use worker::{Delay, Request, Response};

/// How long a stream may be silent before a comment shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Answers a check.
pub(crate) async fn respond(gateway: &Gateway, request: &mut Request) -> Result<Response, Failure> {
    let client = asked::client(request);
    let streamed = ask::wants_events(said(request, "accept").as_deref());
    authorized(gateway, request).await?;
    let asked: ask::Check = asked::json(request, CHECK).await?;
    let settings = &gateway.settings;
    let request =
        asked.request(clock::now(), streamed, settings.resolvers.clone(), settings.policy.clone())?;
    if gateway.limited() {
        Limit::Checks.take(&gateway.env, client).await?;
    }
    let fleet = gateway.fleet()?;
    if !streamed {
        return Ok(answer::json(&check::run(request, &EdgeFetch, &fleet, |_| {}).await)?);
    }
    let response =
        Response::from_stream(events(fleet, request).map(|text| Ok::<_, worker::Error>(text.into_bytes())))?;
    response.headers().set("content-type", "text/event-stream")?;
    response.headers().set("cache-control", "no-cache")?;
    Ok(response)
}

/// Who may ask: everybody where checks are public, else whoever carries the token.
async fn authorized(gateway: &Gateway, request: &Request) -> Result<(), Failure> {
    let settings = &gateway.settings;
    let authorization = said(request, "authorization");
    match &settings.token {
        Some(token) if token::carries(authorization.as_deref(), token) => Ok(()),
        _ if settings.public => Ok(turnstile::passed(&gateway.env, request).await?),
        Some(_) => Err(Problem::unauthorized().into()),
        // Better closed than open by mistake.
        None => Err(Problem::new(
            503,
            "Checks are not set up here",
            "the operator sets the secret NOANSWER_TOKEN, or the variable NOANSWER_PUBLIC=1",
        )
        .into()),
    }
}

/// The check's events as they come. When the reader goes away the stream is dropped, and the check with it.
fn events(fleet: Shared, request: CheckRequest) -> impl Stream<Item = String> + 'static {
    let (sender, receiver) = mpsc::unbounded();
    let check = async move {
        let tell = |event: Event| {
            // A reader that has gone away drops the check itself.
            let _ = sender.unbounded_send(ask::server_sent(&event));
        };
        check::run(request, &EdgeFetch, &fleet, tell).await;
    };
    let check = stream::once(check).filter_map(|()| async { None });
    let events = stream::select(receiver, check).boxed_local();
    stream::unfold(events, |mut events| async move {
        let next = match select(events.next(), pin!(Delay::from(KEEP_ALIVE))).await {
            Either::Left((next, _)) => next?,
            Either::Right(_) => ":\n\n".to_owned(),
        };
        Some((next, events))
    })
    .fuse()
}
