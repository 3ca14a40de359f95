//! The probe's side of a session as a machine without I/O: greeting, `EHLO`, `STARTTLS` when offered, `QUIT`.

use super::{
    ClientName, Command, Deadlines, DialogueOutcome, Reply, ReplyReader, Stage, Transcript, Unexpected, Wait,
};
use std::collections::VecDeque;
use std::time::Duration;

/// What the edge shall do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Begin a TLS handshake, and say how it went with [`Dialogue::handle_tls`].
    StartTls,
    /// Close the connection. Nothing comes after this.
    Close,
}

/// The TLS handshake failed; what the library said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the TLS handshake failed: {words}")]
pub struct TlsFailure {
    /// What the library said.
    pub words: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Connecting,
    Greeting,
    Ehlo,
    Helo,
    Starttls,
    Handshake,
    EhloAgain,
    Quit,
    Done,
}

impl Phase {
    fn stage(self) -> Stage {
        match self {
            Self::Connecting => Stage::Connect,
            Self::Greeting => Stage::Greeting,
            Self::Ehlo | Self::Helo => Stage::Ehlo,
            Self::Starttls | Self::Handshake | Self::EhloAgain | Self::Quit | Self::Done => Stage::Starttls,
        }
    }
}

/// How far a session goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// Greeting, `EHLO`, `STARTTLS` where it is offered, `QUIT`.
    #[default]
    Whole,
    /// Greeting and `QUIT`: enough to know that port 25 is open and who says so.
    Greeting,
}

/// One session. The edge connects, reports what happens with the `handle_` methods, and after each of them does what
/// [`poll_action`](Self::poll_action) says and waits no longer than [`poll_timeout`](Self::poll_timeout).
///
/// Every `now` is the time since the attempt began.
#[derive(Debug)]
pub struct Dialogue {
    name: ClientName,
    deadlines: Deadlines,
    extent: Extent,
    helo: bool,
    reader: ReplyReader,
    phase: Phase,
    deadline: Option<Duration>,
    /// When the phase was entered, and how long it may take.
    wait: Wait,
    actions: VecDeque<Action>,
    ended: Option<(Stage, DialogueOutcome, Wait)>,
    seen: Seen,
}

#[derive(Debug, Default)]
struct Seen {
    greeting: Option<Reply>,
    ehlo: Option<Reply>,
    keywords: Vec<String>,
    unexpected: Vec<Unexpected>,
    unfinished: Option<String>,
    first_byte_at: Option<Duration>,
    greeting_at: Option<Duration>,
    ehlo_at: Option<Duration>,
    tls_at: Option<Duration>,
    ended_at: Option<Duration>,
}

impl Dialogue {
    /// A session that introduces itself as `name`.
    pub fn new(name: ClientName, deadlines: Deadlines) -> Self {
        Self {
            name,
            deadlines,
            extent: Extent::Whole,
            helo: false,
            reader: ReplyReader::new(),
            phase: Phase::Connecting,
            deadline: None,
            wait: Wait::default(),
            actions: VecDeque::new(),
            ended: None,
            seen: Seen::default(),
        }
    }

    /// The same session, introduced by `HELO` instead of `EHLO`: then nothing is offered.
    pub fn with_helo(self) -> Self {
        Self { helo: true, ..self }
    }

    /// The same session, gone no further than `extent`.
    pub fn to(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    /// The TCP handshake is done.
    pub fn handle_connected(&mut self, now: Duration) {
        if self.phase == Phase::Connecting {
            self.enter(Phase::Greeting, now);
        }
    }

    /// Bytes came: plaintext before [`Action::StartTls`], what TLS carried after [`handle_tls`](Self::handle_tls).
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Duration) {
        if matches!(self.phase, Phase::Connecting | Phase::Done) || bytes.is_empty() {
            return;
        }
        self.seen.first_byte_at.get_or_insert(now);
        self.reader.push(bytes);
        if self.phase == Phase::Handshake {
            let first = self.reader.discard();
            self.seen.unexpected.push(Unexpected::PlaintextAfterStarttls { first });
            return;
        }
        while !matches!(self.phase, Phase::Done | Phase::Handshake) {
            match self.reader.read() {
                Ok(Some(reply)) => {
                    let said_in = self.phase;
                    self.handle_reply(reply, now);
                    self.drop_surplus(said_in);
                }
                Ok(None) => break,
                Err(error) => return self.end(DialogueOutcome::Garbage(error), now),
            }
        }
        // The deadline is the phase's: a byte a second does not extend it.
        self.handle_timeout(now);
    }

    /// The TLS handshake ended.
    pub fn handle_tls(&mut self, result: Result<(), TlsFailure>, now: Duration) {
        if self.phase != Phase::Handshake {
            return;
        }
        match result {
            Ok(()) => {
                self.seen.tls_at = Some(now);
                self.say(&Command::Ehlo(self.name.clone()), Phase::EhloAgain, now);
            }
            Err(TlsFailure { words }) => self.end(DialogueOutcome::TlsFailed { words }, now),
        }
    }

    /// The other side closed, or the connection ended in another way that is not a reset.
    pub fn handle_closed(&mut self, now: Duration) {
        self.end(DialogueOutcome::Closed, now);
    }

    /// The other side, or something on the way, reset the connection.
    pub fn handle_reset(&mut self, now: Duration) {
        self.end(DialogueOutcome::Reset, now);
    }

    /// The time is `now`: ends the session when the phase's deadline has come.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.end(DialogueOutcome::TimedOut, now);
        }
    }

    /// The next thing to do; `None` when it is the peer's turn or all is over.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) must be called at the latest, since the attempt began.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.deadline
    }

    /// Whether all is over.
    pub fn is_done(&self) -> bool {
        self.phase == Phase::Done && self.actions.is_empty()
    }

    /// Whether the outcome is known. What may be left is to say `QUIT` and to hear its reply, which no verdict waits for.
    pub fn is_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// The stage that the session is in, or ended in.
    pub fn stage(&self) -> Stage {
        self.ended.as_ref().map_or_else(|| self.phase.stage(), |(stage, ..)| *stage)
    }

    /// What the session came to. One that is broken off counts as timed out in the stage it was in.
    pub fn finish(self) -> Transcript {
        let (stage, outcome, wait) =
            self.ended.unwrap_or((self.phase.stage(), DialogueOutcome::TimedOut, self.wait));
        let starttls_offered = offers_starttls(&self.seen.keywords);
        let Seen { greeting, ehlo, keywords, unexpected, unfinished, .. } = self.seen;
        Transcript {
            stage,
            outcome,
            wait,
            greeting,
            ehlo,
            keywords,
            starttls_offered,
            unexpected,
            unfinished,
            first_byte_at: self.seen.first_byte_at,
            greeting_at: self.seen.greeting_at,
            ehlo_at: self.seen.ehlo_at,
            tls_at: self.seen.tls_at,
            ended_at: self.seen.ended_at,
        }
    }

    fn handle_reply(&mut self, reply: Reply, now: Duration) {
        match self.phase {
            Phase::Greeting => {
                self.seen.greeting = Some(reply.clone());
                self.seen.greeting_at = Some(now);
                if reply.is_positive() && self.extent == Extent::Greeting {
                    self.take_leave(DialogueOutcome::Completed, now);
                } else if reply.is_positive() && self.helo {
                    self.say(&Command::Helo(self.name.clone()), Phase::Helo, now);
                } else if reply.is_positive() {
                    self.say(&Command::Ehlo(self.name.clone()), Phase::Ehlo, now);
                } else {
                    self.take_leave(DialogueOutcome::Replied(reply), now);
                }
            }
            // RFC 5321 s3.2: a client falls back to HELO when EHLO is not known.
            Phase::Ehlo if matches!(reply.code.0, 500 | 502) => {
                self.seen.unexpected.push(Unexpected::EhloUnknown { code: reply.code });
                self.say(&Command::Helo(self.name.clone()), Phase::Helo, now);
            }
            Phase::Ehlo | Phase::Helo => self.handle_ehlo_reply(reply, now),
            Phase::Starttls if reply.is_positive() => {
                self.enter(Phase::Handshake, now);
                self.actions.push_back(Action::StartTls);
            }
            Phase::EhloAgain if reply.is_positive() => self.take_leave(DialogueOutcome::Completed, now),
            Phase::Starttls | Phase::EhloAgain => self.take_leave(DialogueOutcome::Replied(reply), now),
            Phase::Quit => self.close(),
            Phase::Connecting | Phase::Handshake | Phase::Done => {}
        }
    }

    fn handle_ehlo_reply(&mut self, reply: Reply, now: Duration) {
        self.seen.ehlo_at = Some(now);
        self.seen.ehlo = Some(reply.clone());
        if !reply.is_positive() {
            return self.take_leave(DialogueOutcome::Replied(reply), now);
        }
        if self.phase == Phase::Ehlo {
            self.seen.keywords = reply.lines.into_iter().skip(1).collect();
        }
        if offers_starttls(&self.seen.keywords) {
            self.say(&Command::Starttls, Phase::Starttls, now);
        } else {
            self.take_leave(DialogueOutcome::Completed, now);
        }
    }

    /// What was sent along with a reply answers nothing that was asked.
    fn drop_surplus(&mut self, said_in: Phase) {
        if said_in == Phase::Quit || !self.reader.has_more() {
            return;
        }
        let first = self.reader.discard();
        let unexpected = match self.phase {
            Phase::Handshake => Unexpected::PlaintextAfterStarttls { first },
            _ => Unexpected::SpokeBeforeAsked { stage: said_in.stage(), first },
        };
        self.seen.unexpected.push(unexpected);
    }

    fn say(&mut self, command: &Command, next: Phase, now: Duration) {
        self.actions.push_back(Action::Send(command.encode()));
        self.enter(next, now);
    }

    fn enter(&mut self, phase: Phase, now: Duration) {
        let limit = match phase {
            Phase::Greeting => self.deadlines.greeting,
            Phase::Ehlo | Phase::Helo | Phase::EhloAgain => self.deadlines.ehlo,
            Phase::Starttls => self.deadlines.starttls,
            Phase::Handshake => self.deadlines.tls,
            Phase::Quit => self.deadlines.quit,
            Phase::Connecting | Phase::Done => return self.deadline = None,
        };
        self.deadline = Some(now + limit);
        self.wait = Wait { since: now, limit };
        self.phase = phase;
    }

    /// The outcome is known and the line still stands: say `QUIT`, as a client must (RFC 5321 s4.1.1.10).
    fn take_leave(&mut self, outcome: DialogueOutcome, now: Duration) {
        self.ended = Some((self.phase.stage(), outcome, self.wait));
        self.seen.ended_at = Some(now);
        self.say(&Command::Quit, Phase::Quit, now);
    }

    /// The line is dead, or worth nothing any more.
    fn end(&mut self, outcome: DialogueOutcome, now: Duration) {
        if self.ended.is_none() {
            // A peer that falls silent or leaves after a few bytes of something else, such as a TLS alert.
            let quiet = matches!(outcome, DialogueOutcome::Closed | DialogueOutcome::TimedOut);
            let garbage = self.reader.garbage().filter(|_| quiet);
            let outcome = garbage.map_or(outcome, DialogueOutcome::Garbage);
            self.ended = Some((self.phase.stage(), outcome, self.wait));
            self.seen.ended_at = Some(now);
            self.seen.unfinished = Some(self.reader.discard()).filter(|text| !text.is_empty());
        }
        self.close();
    }

    fn close(&mut self) {
        if self.phase != Phase::Done {
            self.phase = Phase::Done;
            self.deadline = None;
            self.actions.clear();
            self.actions.push_back(Action::Close);
        }
    }
}

fn offers_starttls(keywords: &[String]) -> bool {
    let mut words = keywords.iter().filter_map(|keyword| keyword.split_whitespace().next());
    words.any(|word| word.eq_ignore_ascii_case("STARTTLS"))
}
