//! One attempt on one address: connects, and turns the crank of the core's dialogue.

use super::connect::{ConnectFailure, SocketOptions, connect};
use super::neighbours::Neighbours;
use noanswer_core::evidence::{self, Attempt, Outcome, ReplySeen, RetryForm, TlsSeen};
use noanswer_core::scrub::bounded;
use noanswer_core::smtp::{
    Action, ClientName, Deadlines, Dialogue, DialogueOutcome, Extent, Reply, Stage, TlsFailure, Transcript,
    Unexpected,
};
use rustls::pki_types::ServerName;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How long a TCP handshake may take: long enough for four SYNs, and for ARP and ND to fail (3 to 6 s).
pub(crate) const CONNECT: Duration = Duration::from_secs(10);

/// How long one may take in the quick pass: three SYNs (RFC 6298 s2.1: after 0, 1 and 3 s), so that a second connection
/// fits behind a silent one.
pub(crate) const QUICK_CONNECT: Duration = Duration::from_secs(6);

/// All that an attempt needs beside its address.
#[derive(Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) name: &'a ClientName,
    pub(crate) deadlines: Deadlines,
    pub(crate) extent: Extent,
    pub(crate) tls: &'a crate::tls::Handshakes,
    pub(crate) neighbours: &'a Neighbours,
    /// How long the TCP handshake may take.
    pub(crate) connect: Duration,
    /// When all must be over.
    pub(crate) cutoff: Instant,
    pub(crate) round: u8,
    pub(crate) socket: SocketOptions,
    /// What is done otherwise than in the first session.
    pub(crate) form: Option<RetryForm>,
}

/// An attempt on `address` of `host`, not yet made.
pub(crate) fn not_tried(host: &str, address: SocketAddr, round: u8, why: &str) -> Attempt {
    let untried = Attempt::untried(host, address.ip(), address.port(), round);
    Attempt { detail: Some(why.to_owned()), ..untried }
}

/// A connection that came about, on which nothing was said yet.
pub(crate) struct Dialed {
    began: Instant,
    connected: Duration,
    stream: TcpStream,
}

impl Dialed {
    /// How long the TCP handshake took.
    pub(crate) fn took(&self) -> Duration {
        self.connected
    }
}

/// Connects to `address` of `host`.
///
/// # Errors
/// The attempt, where it ends here.
pub(crate) async fn dial(host: &str, address: SocketAddr, plan: &Plan<'_>) -> Result<Dialed, Box<Attempt>> {
    let began = Instant::now();
    let limit = plan.connect.min(plan.cutoff.saturating_duration_since(began));
    if limit.is_zero() {
        return Err(Box::new(not_tried(host, address, plan.round, "no time was left")));
    }
    match connect(address, limit, plan.socket, plan.neighbours).await {
        Ok(stream) => Ok(Dialed { began, connected: began.elapsed(), stream }),
        Err(failure) => {
            let blank = Attempt::untried(host, address.ip(), address.port(), plan.round);
            Err(Box::new(unconnected(blank, failure, limit, began.elapsed())))
        }
    }
}

/// The whole dialogue on a connection to `address` of `host`. What is left of the line, too, when `QUIT` was said.
pub(crate) async fn converse(
    host: &str,
    address: SocketAddr,
    dialed: Dialed,
    plan: &Plan<'_>,
) -> (Attempt, Option<Parting>) {
    let Dialed { began, connected, stream } = dialed;
    let mut session = Session { began, line: Some(Line::Plain(stream)), tls: None, tls_failure: None };
    let dialogue = Dialogue::new(plan.name.clone(), plan.deadlines).to(plan.extent);
    let mut dialogue = if plan.form == Some(RetryForm::Helo) { dialogue.with_helo() } else { dialogue };
    dialogue.handle_connected(connected);
    session.run(&mut dialogue, host, plan).await;
    let parting = session.line.filter(|_| !dialogue.is_done()).map(|line| Parting { line });
    let blank = Attempt {
        connect_ms: Some(ms(connected)),
        tls_failure: session.tls_failure,
        ..Attempt::untried(host, address.ip(), address.port(), plan.round)
    };
    let seen = dialogue.finish();
    let limit = seen.wait.limit.min(plan.cutoff.saturating_duration_since(began + seen.wait.since));
    (told(finished(blank, seen, session.tls, limit)), parting)
}

/// A line on which `QUIT` was said. The evidence does not wait for the reply; the line does, as a client should
/// (RFC 5321 s4.1.1.10).
pub(crate) struct Parting {
    line: Line,
}

impl Parting {
    /// Waits for the reply to `QUIT`, whatever it is, and closes.
    pub(crate) async fn wait(mut self) {
        // What comes, or does not come, changes nothing.
        let _ = tokio::time::timeout(Deadlines::QUICK.quit, self.line.read(|_| {})).await;
    }
}

/// What an attempt sees where the network swallows every packet: silence for as long as a connection is waited for.
pub(crate) async fn swallowed(host: &str, address: SocketAddr, plan: &Plan<'_>) -> Attempt {
    let began = Instant::now();
    let limit = plan.connect.min(plan.cutoff.saturating_duration_since(began));
    tokio::time::sleep(limit).await;
    let blank = Attempt::untried(host, address.ip(), address.port(), plan.round);
    unconnected(blank, ConnectFailure::silence(), limit, began.elapsed())
}

/// Opens and closes a TCP connection, to tell "no port 25" from "no Internet".
pub(crate) async fn open(host: &str, address: SocketAddr, plan: &Plan<'_>) -> Attempt {
    let began = Instant::now();
    let blank = Attempt::untried(host, address.ip(), address.port(), plan.round);
    let limit = plan.connect.min(plan.cutoff.saturating_duration_since(began));
    match connect(address, limit, plan.socket, plan.neighbours).await {
        Ok(_) => {
            let connect_ms = Some(ms(began.elapsed()));
            Attempt { outcome: Outcome::Completed, connect_ms, ended_ms: connect_ms, ..blank }
        }
        Err(failure) => unconnected(blank, failure, limit, began.elapsed()),
    }
}

fn unconnected(blank: Attempt, failure: ConnectFailure, limit: Duration, after: Duration) -> Attempt {
    // In answer to the SYN a reset is "refused": ECONNRESET says that the handshake was done before (tcp(7)).
    let was_connected = failure.outcome == Outcome::Reset;
    told(Attempt {
        stage: if was_connected { Stage::Greeting } else { blank.stage },
        connect_ms: was_connected.then(|| ms(after)),
        outcome: failure.outcome,
        answered_by: failure.answered_by,
        detail: failure.detail,
        limit_ms: Some(whole_ms(limit)),
        ended_ms: Some(ms(after)),
        ..blank
    })
}

/// A shorter silence tells nothing: SYNs that were lost are sent again after 1 and 2 s, and so is what comes later.
const TELLING_MS: u64 = 3_000;

/// Why an attempt counts as not made that our own deadline cut off.
pub(super) const TOO_LITTLE_TIME: &str = "too little time was left to tell slow from silent";

/// The attempt, unless our own deadline cut it off before silence could tell anything. A greeting that has not come yet
/// is data, however short the wait: it is never taken for more.
fn told(mut attempt: Attempt) -> Attempt {
    let silent = attempt.outcome == Outcome::TimedOut && attempt.stage != Stage::Greeting;
    if silent && attempt.limit_ms.is_some_and(|limit| limit < TELLING_MS) {
        attempt.outcome = Outcome::NotTried;
        attempt.detail = Some(TOO_LITTLE_TIME.to_owned());
    }
    attempt
}

enum Line {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Line {
    /// Gives what comes next to `take`, and says how much it was. The buffer is there only while there is something to
    /// put into it: a connection that waits has none.
    async fn read(&mut self, take: impl FnOnce(&[u8])) -> io::Result<usize> {
        let mut take = Some(take);
        poll_fn(|context| {
            let mut bytes = [0_u8; 1024];
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = match self {
                Self::Plain(stream) => Pin::new(stream).poll_read(context, &mut buffer),
                Self::Tls(stream) => Pin::new(stream).poll_read(context, &mut buffer),
            };
            read.map_ok(|()| {
                if let Some(take) = take.take() {
                    take(buffer.filled());
                }
                buffer.filled().len()
            })
        })
        .await
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes).await,
            Self::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }
}

struct Session {
    began: Instant,
    line: Option<Line>,
    tls: Option<TlsSeen>,
    tls_failure: Option<evidence::TlsFailure>,
}

impl Session {
    /// Drives the dialogue to its end, or to the cutoff.
    async fn run(&mut self, dialogue: &mut Dialogue, host: &str, plan: &Plan<'_>) {
        loop {
            while let Some(action) = dialogue.poll_action() {
                match action {
                    Action::Close => return,
                    Action::Send(bytes) => self.send(dialogue, &bytes, plan).await,
                    // Boxed: a handshake is large, and many sessions never come to one.
                    Action::StartTls => Box::pin(self.start_tls(dialogue, host, plan)).await,
                }
            }
            if dialogue.is_ended() {
                return;
            }
            let now = self.began.elapsed();
            let phase = dialogue.poll_timeout().map_or(plan.cutoff, |at| self.began + at);
            if Instant::now() >= plan.cutoff {
                return;
            }
            let Some(line) = &mut self.line else {
                dialogue.handle_closed(now);
                continue;
            };
            let began = self.began;
            let read = line.read(|bytes| dialogue.handle_bytes(bytes, began.elapsed()));
            match tokio::time::timeout_at(phase.min(plan.cutoff), read).await {
                Ok(Ok(0)) => dialogue.handle_closed(self.began.elapsed()),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => self.broke(dialogue, &error),
                Err(_) => dialogue.handle_timeout(self.began.elapsed()),
            }
        }
    }

    async fn send(&mut self, dialogue: &mut Dialogue, bytes: &[u8], plan: &Plan<'_>) {
        let Some(line) = &mut self.line else { return };
        let until = dialogue.poll_timeout().map_or(plan.cutoff, |at| self.began + at).min(plan.cutoff);
        match tokio::time::timeout_at(until, line.write_all(bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.broke(dialogue, &error),
            Err(_) => dialogue.handle_timeout(self.began.elapsed()),
        }
    }

    async fn start_tls(&mut self, dialogue: &mut Dialogue, host: &str, plan: &Plan<'_>) {
        let Some(Line::Plain(stream)) = self.line.take() else { return };
        let until = dialogue.poll_timeout().map_or(plan.cutoff, |at| self.began + at).min(plan.cutoff);
        let peer = stream.peer_addr().map(|address| ServerName::IpAddress(address.ip().into()));
        let name = ServerName::try_from(host.to_owned()).or(peer);
        let Ok(name) = name else { return dialogue.handle_closed(self.began.elapsed()) };
        let handshake = TlsConnector::from(plan.tls.of(plan.form)).connect(name, stream);
        match tokio::time::timeout_at(until, handshake).await {
            Ok(Ok(stream)) => {
                self.tls = crate::tls::seen(stream.get_ref().1);
                self.line = Some(Line::Tls(Box::new(stream)));
                dialogue.handle_tls(Ok(()), self.began.elapsed());
            }
            Ok(Err(error)) if is_reset(&error) => dialogue.handle_reset(self.began.elapsed()),
            Ok(Err(error)) => {
                self.tls_failure = Some(crate::tls::failure(&error));
                dialogue.handle_tls(Err(TlsFailure { words: error.to_string() }), self.began.elapsed());
            }
            Err(_) => dialogue.handle_timeout(self.began.elapsed()),
        }
    }

    fn broke(&self, dialogue: &mut Dialogue, error: &io::Error) {
        if is_reset(error) {
            dialogue.handle_reset(self.began.elapsed());
        } else {
            dialogue.handle_closed(self.began.elapsed());
        }
    }
}

fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted
    )
}

fn finished(blank: Attempt, seen: Transcript, tls: Option<TlsSeen>, limit: Duration) -> Attempt {
    let (outcome, reply, mut detail) = match seen.outcome {
        DialogueOutcome::Completed => (Outcome::Completed, None, None),
        DialogueOutcome::Replied(reply) => (Outcome::Replied, Some(said(&reply)), None),
        DialogueOutcome::TimedOut => (Outcome::TimedOut, None, None),
        DialogueOutcome::Closed => (Outcome::Closed, None, None),
        DialogueOutcome::Reset => (Outcome::Reset, None, None),
        DialogueOutcome::Garbage(error) => (Outcome::Garbage, None, Some(error.to_string())),
        DialogueOutcome::TlsFailed { words } => (Outcome::TlsFailed, None, Some(words)),
    };
    if detail.is_none() {
        detail = seen.unexpected.first().map(unexpected);
    }
    Attempt {
        stage: seen.stage,
        outcome,
        limit_ms: Some(whole_ms(limit)),
        ended_ms: seen.ended_at.map(ms),
        greeting_ms: seen.greeting_at.map(ms),
        ehlo_ms: seen.ehlo_at.map(ms),
        tls_ms: seen.tls_at.map(ms),
        greeting: seen.greeting.map(|greeting| {
            line(&format!("{} {}", greeting.code, greeting.lines.first().map_or("", String::as_str)))
        }),
        keywords: seen.keywords.iter().map(|keyword| line(keyword)).collect(),
        reply,
        tls,
        detail: detail.map(|detail| line(&detail)),
        ..blank
    }
}

fn said(reply: &Reply) -> ReplySeen {
    let lines: Vec<String> = reply.lines.iter().take(REPLY_LINES).map(|said| line(said)).collect();
    ReplySeen { code: reply.code, enhanced: reply.enhanced, text: lines.join("\n") }
}

/// As much of a line as is kept: a reply line is 512 octets long at most (RFC 5321 s4.5.3.1.5).
fn line(said: &str) -> String {
    bounded(said, 512).into_owned()
}

/// As many lines of a reply as are kept.
const REPLY_LINES: usize = 20;

fn unexpected(what: &Unexpected) -> String {
    match what {
        Unexpected::SpokeBeforeAsked { first, .. } => format!("it spoke before it was asked: {first}"),
        Unexpected::PlaintextAfterStarttls { first } => {
            format!("plaintext came after STARTTLS and was dropped: {first}")
        }
        Unexpected::EhloUnknown { code } => format!("it does not know EHLO ({code})"),
    }
}

fn whole_ms(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

fn ms(duration: Duration) -> f64 {
    // Microseconds are enough, and keep the JSON short.
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
