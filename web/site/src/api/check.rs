//! `POST /v1/check`: one report, or its events as they come.

use super::body::CHECK;
use super::call::{Call, Reply};
use super::facts::FactsHandle;
use super::headers::accepts;
use super::host::{Host, Permission};
use super::problem::Problem;
use super::quota::Limit;
use super::response::header;
use super::{ask, body};
use bytes::Bytes;
use futures_channel::mpsc;
use futures_util::future::{Either, select};
use futures_util::stream::{self, Stream, StreamExt};
use noanswer_core::check::{self, CheckRequest, Event};
use std::any::Any;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// How long a stream may be silent before a comment shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

pub(super) async fn check<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let streamed = accepts(header(&call.parts, http::header::ACCEPT), "text/event-stream");
    // The token comes before the body: without it, nothing is read.
    host.authorise(&call.parts, Permission::Check).await?;
    let asked: ask::Check = body::json(host, &call.parts, call.body, CHECK).await?;
    let config = host.config();
    let request = asked.request(host.now(), streamed, config.resolvers.clone(), config.policy.clone())?;
    call.facts.check(&request.domain);
    let client = host.client(&call.parts);
    call.facts.take(Limit::Checks, host.take(Limit::Checks, client).await?);
    let fleet = host.fleet()?;
    if streamed {
        return Ok(Reply::Check(Box::new(request), host.stream(client)?));
    }
    Reply::json(&check::run(request, host.fetch(), fleet, |event| call.facts.event(&event)).await)
}

/// The check's events as they come. When the reader goes away the stream is dropped, and the check with it.
pub(super) fn events<H: Host>(
    host: Arc<H>,
    request: CheckRequest,
    facts: FactsHandle,
    place: Box<dyn Any + Send>,
) -> impl Stream<Item = Bytes> + use<H> {
    let (sender, receiver) = mpsc::unbounded();
    let checking = host.clone();
    let check = async move {
        let _place = place;
        let Ok(fleet) = checking.fleet() else { return };
        let tell = |event: Event| {
            facts.event(&event);
            // A reader that has gone away drops the check itself.
            let _ = sender.unbounded_send(Bytes::from(ask::server_sent(&event)));
        };
        check::run(request, checking.fetch(), fleet, tell).await;
    };
    let check = stream::once(check).filter_map(|()| async { None });
    let events = Box::pin(stream::select(receiver, check));
    stream::unfold((events, host), |(mut events, host)| async move {
        let next = match select(events.next(), pin!(host.pause(KEEP_ALIVE))).await {
            Either::Left((next, _)) => next?,
            Either::Right(_) => Bytes::from_static(b":\n\n"),
        };
        Some((next, (events, host)))
    })
    .fuse()
}
