//! `POST /v1/check`: one report, its events as they come, or a link to what comes; `POST /v1/checks`: a batch.

use super::body::CHECK;
use super::call::{Call, Goes, Reply, Run, Vantages};
use super::facts::FactsHandle;
use super::headers::accepts;
use super::host::{Group, Host};
use super::problem::Problem;
use super::quota::Limit;
use super::response::header;
use super::time_left::TimeLeft;
use super::{ask, body, jobs};
use crate::fleet::Chosen;
use bytes::Bytes;
use futures_channel::mpsc;
use futures_util::future::{Either, select};
use futures_util::stream::{self, Stream, StreamExt};
use noanswer_core::check::{self, CheckRequest, Event};
use noanswer_core::report::Report;
use serde_json::json;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// How long a stream may be silent before a comment shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How many checks of a batch run at a time.
const AT_ONCE: usize = 4;

/// How many checks of a batch may have been begun whose events the client has not taken: while it does not read, no more
/// are begun, and none is kept for it.
const UNTAKEN: usize = 8;

/// How long a check of a batch waits where its server does not say until when.
const AGAIN_S: u64 = 10;

pub(super) async fn check<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let streamed = accepts(header(&call.parts, http::header::ACCEPT), "text/event-stream");
    let later = !streamed && host.serves(Group::Jobs) && jobs::prefers_async(&call.parts);
    // The token comes before the body: without it, nothing is read.
    let who = host.admit(&call.parts).await?;
    let asked: ask::Check = body::json(host, &call.parts, call.body, CHECK).await?;
    let config = host.config();
    let vantages = asked.chosen().traced(&call.parts);
    let (patient, length) = (streamed || later, asked.length());
    let read = || asked.request(host.now(), patient, config.resolvers.clone(), config.policy.clone());
    let request = host.heavy(length, read)?;
    call.facts.check(&request.domain);
    let chosen = chosen(host, &vantages)?;
    host.grant(Limit::Checks, &who, &call.facts).await?;
    let time_left = TimeLeft::until(host.ends(&call.parts));
    let request = time_left.within(request, host.now());
    if !patient {
        let report = check::run(request, host.fetch(), &chosen, |event| call.facts.event(&event)).await;
        return Reply::json(&report);
    }
    let place = host.stream(&who).await?;
    let run = Run { requests: vec![request], vantages, who, time_left, place, goes: Goes::Out };
    if later { jobs::begin(host, run).await } else { Ok(Reply::Events(Box::new(run))) }
}

/// `POST /v1/checks`: up to 100 domains, a quick look at each, one event a domain as it is done. They are paced by what the
/// client may have in a minute.
pub(super) async fn batch<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let who = host.admit(&call.parts).await?;
    let asked: ask::Batch = body::json(host, &call.parts, call.body, CHECK).await?;
    let vantages = asked.chosen().traced(&call.parts);
    let ask::Requests { checks, refused } = asked.requests(host.now(), host.config(), host.batch())?;
    chosen(host, &vantages)?;
    let place = host.stream(&who).await?;
    let goes = Goes::Batch(refused);
    let time_left = TimeLeft::until(host.ends(&call.parts));
    Ok(Reply::Events(Box::new(Run { requests: checks, vantages, who, time_left, place, goes })))
}

/// The vantages that are asked for: a choice that takes none is a mistake.
fn chosen<'h, H: Host>(host: &'h H, vantages: &Vantages) -> Result<Chosen<'h, H::Fleet>, Problem> {
    let chosen = vantages.of(host.fleet()?);
    if chosen.is_empty() && !vantages.choices.is_empty() {
        return Err(Problem::unprocessable("vantages: none of this server's vantages is taken"));
    }
    Ok(chosen)
}

type Sender = mpsc::UnboundedSender<Bytes>;

/// A place of [`UNTAKEN`] for each message.
type Places = mpsc::UnboundedReceiver<()>;

/// What happens in checks as it happens. When the reader goes away the stream is dropped, and the checks with it.
pub(super) fn events<H: Host>(
    host: Arc<H>,
    run: Run,
    facts: FactsHandle,
) -> impl Stream<Item = Bytes> + use<H> {
    let (sender, receiver) = mpsc::unbounded();
    let (taken, places) = mpsc::unbounded();
    for _ in 0..UNTAKEN {
        let _ = taken.unbounded_send(());
    }
    let checking = host.clone();
    let work = async move { work(checking.as_ref(), run, &facts, &sender, places).await };
    let work = stream::once(work).filter_map(|()| async { None });
    let events = Box::pin(stream::select(receiver, work));
    stream::unfold((events, host, None), move |(mut events, host, given)| {
        if let Some(()) = given {
            // Whoever asks for more has taken what it was given. Of a single check nobody waits for places.
            let _ = taken.unbounded_send(());
        }
        async move {
            let (next, given) = match select(events.next(), pin!(host.pause(KEEP_ALIVE))).await {
                Either::Left((next, _)) => (next?, Some(())),
                Either::Right(_) => (Bytes::from_static(b":\n\n"), None),
            };
            Some((next, (events, host, given)))
        }
    })
    .fuse()
}

fn send(sender: &Sender, event: String) {
    // A reader that has gone away drops the checks themselves.
    let _ = sender.unbounded_send(Bytes::from(event));
}

async fn work<H: Host>(host: &H, mut run: Run, facts: &FactsHandle, sender: &Sender, places: Places) {
    made(host, &mut run, facts, sender, places).await;
    host.stream_ended(run.place.as_ref()).await;
}

async fn made<H: Host>(host: &H, run: &mut Run, facts: &FactsHandle, sender: &Sender, places: Places) {
    let requests = std::mem::take(&mut run.requests);
    if let Goes::Batch(refused) = &mut run.goes {
        let refused = std::mem::take(refused);
        let domains = requests.len() + refused.len();
        let mut asked: Vec<Result<CheckRequest, (String, Problem)>> = refused.into_iter().map(Err).collect();
        asked.extend(requests.into_iter().map(Ok));
        let run = &*run;
        let told = stream::iter(asked).zip(places).map(|(asked, ())| async move {
            match asked {
                Ok(request) => one_of_many(host, run, request, facts, sender).await,
                Err((domain, problem)) => {
                    let told = json!({ "domain": domain, "problem": problem.document() });
                    send(sender, ask::named("problem", &told));
                }
            }
        });
        let mut told = pin!(told.buffer_unordered(AT_ONCE));
        while told.next().await.is_some() {}
        send(sender, ask::named("end", &json!({ "domains": domains })));
        return;
    }
    let streamed = matches!(run.goes, Goes::Out);
    for request in requests {
        let tell = |event: Event| {
            facts.event(&event);
            if streamed {
                send(sender, ask::server_sent(&event));
            }
        };
        let report = checked(host, run, request, tell).await;
        if let (Goes::Shelf(id), Some(report)) = (&run.goes, report) {
            // A shelf that does not take it has said so in the log; whoever looks finds the check still running.
            let _ = jobs::done(host, run, id, report).await;
        }
    }
}

async fn checked<H: Host>(
    host: &H,
    run: &Run,
    request: CheckRequest,
    tell: impl FnMut(Event),
) -> Option<Report> {
    let chosen = run.vantages.of(host.fleet().ok()?);
    Some(check::run(request, host.fetch(), &chosen, tell).await)
}

/// One check of a batch, once the client may have it.
async fn one_of_many<H: Host>(
    host: &H,
    run: &Run,
    request: CheckRequest,
    facts: &FactsHandle,
    sender: &Sender,
) {
    let domain = request.domain.to_string();
    let taken = loop {
        if let Err(no_time) = run.time_left.enough(host.now(), 0) {
            break Err(no_time);
        }
        match host.take(Limit::Checks, &run.who).await {
            Err(problem) if problem.status == 429 => {
                let pause_s = problem.retry_after_s.unwrap_or(AGAIN_S);
                if let Err(no_time) = run.time_left.enough(host.now(), pause_s) {
                    break Err(no_time);
                }
                host.pause(Duration::from_secs(pause_s)).await;
            }
            taken => break taken.map(|_| ()),
        }
    };
    let told = match taken {
        Err(problem) => ("problem", json!({ "domain": domain, "problem": problem.document() })),
        Ok(()) => {
            facts.one_of_many();
            let request = run.time_left.within(CheckRequest { at: host.now(), ..request }, host.now());
            match checked(host, run, request, |_| {}).await {
                Some(report) => ("report", json!({ "domain": domain, "report": report })),
                None => return,
            }
        }
    };
    send(sender, ask::named(told.0, &told.1));
}
