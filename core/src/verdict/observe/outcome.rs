//! What one attempt means: a class of outcome, from facts alone.

use super::origin::Origin;
use crate::evidence::{Attempt, GREETING_PATIENT_MS, Outcome, RetryForm, SessionRetry, TlsFailureKind, Who};
use crate::smtp::Stage;

/// A greeting later than this after the handshake is slow: many senders and probers have hung up by then.
const SLOW_GREETING_MS: f64 = 15_000.0;

/// An `EHLO` that took longer than this for its reply: TCP has sent it, or the reply, several times.
const CRAWL_MS: f64 = 5_000.0;

/// A handshake this slow leaves the rest of a quick pass too little time to be a fair wait.
const LONG_WAY_MS: f64 = 2_000.0;

/// Words of our TLS library that tell of what it cannot do, or of a server that ended the handshake without a reason: another
/// sender may pass.
const LIBRARY_WORDS: &[&str] = &[
    "UnsupportedCertVersion",
    "BadSignature",
    "tls handshake eof",
    "alert",
    "no common",
    "HandshakeFailure",
];

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident $wire:literal,)*) => {
        /// What an attempt, or all the controls of one family, came to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(in crate::verdict) enum OutcomeClass { $($(#[$doc])* $name,)* }

        impl OutcomeClass {
            /// Every class.
            #[cfg(test)]
            pub(in crate::verdict) const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in a trace.
            pub(in crate::verdict) const fn name(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }
        }
    };
}

classes! {
    /// Greeted, and every stage passed.
    Served "served",
    /// The same, but the greeting came late.
    ServedLate "served_late",
    /// The SYN met silence.
    Silent "silent",
    /// A reset, or an ICMP message of the host itself.
    Refused "refused",
    /// ICMP: administratively prohibited.
    Prohibited "prohibited",
    /// ICMP: no route, or nobody answers for the host.
    NoRoute "no_route",
    /// The vantage's own kernel said no: a rule, a route, nobody on its own network.
    OwnHost "own_host",
    /// The vantage has no address or route of this family.
    NoFamily "no_family",
    /// Connected; no greeting within a wait too short to tell slow from silent.
    NotYetGreeted "not_yet_greeted",
    /// Connected; no greeting within a patient sender's wait.
    NeverGreeted "never_greeted",
    /// Connected; what came is not SMTP.
    NotSmtp "not_smtp",
    /// Closed or reset before the greeting.
    Dropped "dropped",
    /// Closed, reset or garbled in the session, after the greeting.
    Cut "cut",
    /// Silent in the session.
    Stalled "stalled",
    /// The TLS handshake met silence.
    TlsSilent "tls_silent",
    /// The TLS handshake met silence, and passes with small packets.
    LargeLost "large_lost",
    /// The TLS handshake failed.
    TlsFailed "tls_failed",
    /// The TLS handshake failed for a reason that our own library declares.
    TlsUnsupported "tls_unsupported",
    /// STARTTLS was offered and answered 4xx or 5xx.
    TlsRefused "tls_refused",
    /// 421, or another 4xx, at the greeting; 421 to `EHLO`, whatever the name.
    Busy "busy",
    /// 554, 521, or another 5xx, at the greeting.
    Refusing "refusing",
    /// 4xx or 5xx to EHLO: to the name that we gave, or to the form.
    EhloRefused "ehlo_refused",
    /// Something nearer than the host took the connection: a hop-limited connect showed it.
    Taken "taken",
    /// Served, but masked on the way: the others were offered STARTTLS in plain words.
    Masked "masked",
    /// Served, but not offered STARTTLS, as the others were.
    NoStarttls "no_starttls",
    /// Served, but with another certificate of another issuer than the others saw.
    OtherCertificate "other_certificate",
    /// Served at one time and not at another.
    Mixed "mixed",
    /// The handshake was done by a vantage that hears no greeting: port 25 answers, and no more is known.
    Connected "connected",
    /// Ended at once without a connection, seen by a vantage that cannot tell a reset from an ICMP error.
    Unconnected "unconnected",
    /// Ended by our own limit, over a way too long for it: says nothing.
    CutShort "cut_short",
    /// The controls: hosts of different operators greet in one voice, or one that is closed answers.
    ControlsOneVoice "controls_one_voice",
    /// The controls: none of two operators or more could be connected to.
    ControlsDead "controls_dead",
    /// The controls: two operators or more accept, and none greets.
    ControlsMute "controls_mute",
    /// The controls: the vantage has no address or route of their family.
    ControlsNoFamily "controls_no_family",
    /// The controls: some fail that others reach.
    ControlsMissed "controls_missed",
}

use OutcomeClass::*;

/// A set of [`OutcomeClass`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(in crate::verdict) struct ClassSet(u64);

impl ClassSet {
    pub(in crate::verdict) const fn of(classes: &[OutcomeClass]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < classes.len() {
            bits |= 1 << classes[i] as u64;
            i += 1;
        }
        Self(bits)
    }

    pub(in crate::verdict) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(in crate::verdict) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(in crate::verdict) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(in crate::verdict) const fn has(self, class: OutcomeClass) -> bool {
        self.0 & (1 << class as u64) != 0
    }
}

/// The host was greeted by and served.
pub(in crate::verdict) const SERVED: ClassSet = ClassSet::of(&[Served, ServedLate]);

/// No connection came about.
pub(in crate::verdict) const CONNECT: ClassSet =
    ClassSet::of(&[Silent, Refused, Prohibited, NoRoute, Unconnected, OwnHost, NoFamily]);

/// It failed after connecting.
pub(in crate::verdict) const SESSION: ClassSet = ClassSet::of(&[
    NotYetGreeted,
    NeverGreeted,
    NotSmtp,
    Dropped,
    Cut,
    Stalled,
    TlsFailed,
    TlsSilent,
    TlsUnsupported,
    TlsRefused,
]);

/// Something spoke SMTP: port 25 was reached, of whomever.
pub(in crate::verdict) const SPOKE: ClassSet = SERVED.with(ClassSet::of(&[
    Busy,
    Refusing,
    EhloRefused,
    OtherCertificate,
    NoStarttls,
    TlsRefused,
    TlsUnsupported,
    TlsFailed,
    TlsSilent,
    LargeLost,
    Cut,
    Stalled,
]));

/// Observations of all the controls of one family.
pub(in crate::verdict) const CONTROLS: ClassSet =
    ClassSet::of(&[ControlsOneVoice, ControlsDead, ControlsMute, ControlsNoFamily, ControlsMissed]);

/// What was seen asks for no explanation.
pub(in crate::verdict) const IN_ORDER: ClassSet = ClassSet::of(&[Served, Connected, CutShort]);

impl OutcomeClass {
    /// The class of `attempt`; `None` when it says nothing, because it was not tried.
    pub(in crate::verdict) fn of(attempt: &Attempt, origin: Origin) -> Option<Self> {
        let by = attempt.answered_by.as_ref();
        let icmp = by.is_some_and(|by| by.icmp.is_some());
        let by_target = by.is_some_and(|by| by.who == Who::Target);
        let ends_connect = matches!(
            attempt.outcome,
            Outcome::Refused | Outcome::Prohibited | Outcome::HostUnreachable | Outcome::NetworkUnreachable
        );
        Some(match attempt.outcome {
            // In another form the same server serves: the form was the trouble, and a mail server has its own.
            Outcome::Replied | Outcome::TlsFailed | Outcome::Closed | Outcome::Reset
                if attempt.retries.iter().any(|retry| serves(attempt, retry)) =>
            {
                Served
            }
            // EINVAL of connect(2): the own table's blackhole route.
            Outcome::NotTried if own_route(attempt) => OwnHost,
            Outcome::NotTried => return None,
            _ if attempt.is_intercepted() => Taken,
            Outcome::Completed if late(attempt) => ServedLate,
            Outcome::Completed => Served,
            Outcome::PermissionDenied | Outcome::LocalError => OwnHost,
            Outcome::Connected => Connected,
            Outcome::Unconnected => Unconnected,
            _ if ends_connect && origin == Origin::OwnHost => OwnHost,
            Outcome::NetworkUnreachable | Outcome::AddressNotAvailable if !icmp => NoFamily,
            Outcome::AddressNotAvailable => NoFamily,
            Outcome::Refused => Refused,
            Outcome::Prohibited => Prohibited,
            Outcome::HostUnreachable | Outcome::NetworkUnreachable if by_target => Refused,
            Outcome::HostUnreachable | Outcome::NetworkUnreachable => NoRoute,
            Outcome::Garbage if attempt.greeting.is_none() => NotSmtp,
            Outcome::Garbage => Cut,
            Outcome::TlsFailed if library_declares(attempt) => TlsUnsupported,
            Outcome::TlsFailed => TlsFailed,
            Outcome::Replied => replied(attempt),
            Outcome::TimedOut => timed_out(attempt),
            // Of our names it took none, and to one of them it said so.
            Outcome::Reset | Outcome::Closed if names(attempt).any(|one| one.outcome == Outcome::Replied) => {
                EhloRefused
            }
            Outcome::Reset | Outcome::Closed if in_handshake(attempt) => TlsFailed,
            Outcome::Reset | Outcome::Closed if attempt.greeting.is_some() => Cut,
            Outcome::Reset | Outcome::Closed => Dropped,
        })
    }
}

/// Whether mail servers are served as `retry` was. They say `HELO` after a reply that refuses `EHLO` (RFC 5321 s3.2), and not
/// where the session ended instead: what ends theirs then is no form.
fn serves(attempt: &Attempt, retry: &SessionRetry) -> bool {
    let is_answered = attempt.outcome == Outcome::Replied;
    // What passed in the first form the second time is chance: `connections::disagree`.
    retry.outcome == Outcome::Completed
        && retry.form != RetryForm::Again
        && (retry.form != RetryForm::Helo || is_answered)
}

/// The further sessions in which another name was given, or to `HELO`.
fn names(attempt: &Attempt) -> impl Iterator<Item = &SessionRetry> {
    attempt
        .retries
        .iter()
        .filter(|retry| matches!(retry.form, RetryForm::EhloName | RetryForm::EhloLiteral | RetryForm::Helo))
}

/// Whether a session that ended when we said our name may have ended by that name: no other was dropped, too.
pub(in crate::verdict) fn name_in_doubt(attempt: &Attempt) -> bool {
    let at_name = attempt.stage == Stage::Ehlo || attempt.stage == Stage::Starttls && !in_handshake(attempt);
    let dropped = |retry: &SessionRetry| {
        retry.form != RetryForm::Helo && matches!(retry.outcome, Outcome::Closed | Outcome::Reset)
    };
    let ended = matches!(attempt.outcome, Outcome::Closed | Outcome::Reset);
    ended && at_name && !names(attempt).any(dropped)
}

/// Whether it ended at `STARTTLS` before the handshake was done: what comes after it is the second `EHLO`.
fn in_handshake(attempt: &Attempt) -> bool {
    attempt.stage == Stage::Starttls && attempt.tls.is_none() && attempt.tls_ms.is_none()
}

fn own_route(attempt: &Attempt) -> bool {
    attempt.detail.as_ref().is_some_and(|detail| detail.contains("Invalid argument"))
}

fn library_declares(attempt: &Attempt) -> bool {
    if let Some(failure) = &attempt.tls_failure {
        return match failure.kind {
            // A server that ends the handshake, with an alert or without, may have no suite in common with our library:
            // another's may fit.
            TlsFailureKind::ProberLacks | TlsFailureKind::Alert | TlsFailureKind::Closed => true,
            // Our library says the same of a key that it finds too short to check a signature by, as of a wrong one.
            TlsFailureKind::Misbehaved if failure.words.contains("BadSignature") => true,
            TlsFailureKind::NotTls | TlsFailureKind::Misbehaved | TlsFailureKind::Other => false,
        };
    }
    attempt.detail.as_ref().is_some_and(|detail| LIBRARY_WORDS.iter().any(|words| detail.contains(words)))
}

fn late(attempt: &Attempt) -> bool {
    attempt.greeting_delay_ms().is_some_and(|delay| delay > SLOW_GREETING_MS)
}

fn timed_out(attempt: &Attempt) -> OutcomeClass {
    match attempt.stage {
        Stage::Dns | Stage::Connect => Silent,
        _ if attempt.connect_ms.is_some_and(|ms| ms > LONG_WAY_MS) => CutShort,
        Stage::Greeting if attempt.limit_ms.is_some_and(|limit| limit >= GREETING_PATIENT_MS) => NeverGreeted,
        Stage::Greeting => NotYetGreeted,
        Stage::Starttls
            if attempt.mss_retry.as_ref().is_some_and(|retry| retry.outcome == Outcome::Completed) =>
        {
            LargeLost
        }
        Stage::Starttls if in_handshake(attempt) && !crawled(attempt) => TlsSilent,
        _ => Stalled,
    }
}

/// Whether even the small packets of `EHLO` and its reply took long: then silence in the handshake is nothing that large
/// packets alone meet.
fn crawled(attempt: &Attempt) -> bool {
    attempt.ehlo_ms.zip(attempt.greeting_ms).is_some_and(|(ehlo, greeting)| ehlo - greeting > CRAWL_MS)
}

fn says_421(retry: &SessionRetry) -> bool {
    retry.reply.as_ref().is_some_and(|reply| reply.code.0 == 421)
}

fn replied(attempt: &Attempt) -> OutcomeClass {
    let code = attempt.reply.as_ref().map_or(0, |reply| reply.code.0);
    match (attempt.stage, code) {
        (Stage::Starttls, _) if in_handshake(attempt) => TlsRefused,
        // It closes the channel, whatever was said (RFC 5321 s4.2.2), and said so to every name: no objection to one.
        (Stage::Starttls | Stage::Ehlo, 421) if names(attempt).all(says_421) => Busy,
        // The second EHLO, inside TLS: the handshake was in order.
        (Stage::Starttls, _) => EhloRefused,
        (Stage::Ehlo, _) => EhloRefused,
        (_, 400..=499) => Busy,
        _ => Refusing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::ReplySeen;
    use crate::smtp::ReplyCode;

    #[test]
    fn who_crawled_before_the_handshake_is_not_silent_in_it_alone() {
        let mut tls = Attempt {
            outcome: Outcome::TimedOut,
            stage: Stage::Starttls,
            connect_ms: Some(100.0),
            greeting_ms: Some(200.0),
            ehlo_ms: Some(400.0),
            limit_ms: Some(30_000),
            ..Attempt::untried("mx.example.test", "192.0.2.1".parse().unwrap(), 25, 1)
        };
        assert_eq!(OutcomeClass::of(&tls, Origin::Unknown), Some(TlsSilent));
        tls.ehlo_ms = Some(28_000.0);
        assert_eq!(OutcomeClass::of(&tls, Origin::Unknown), Some(Stalled));
    }

    #[test]
    fn what_ends_at_our_name_may_end_by_it_until_another_name_was_dropped() {
        let mut session = Attempt {
            outcome: Outcome::Closed,
            stage: Stage::Ehlo,
            greeting: Some("220 mx.example.test".to_owned()),
            ..Attempt::untried("mx.example.test", "192.0.2.1".parse().unwrap(), 25, 1)
        };
        let retry =
            |form, outcome| SessionRetry { form, stage: Stage::Ehlo, outcome, reply: None, tls: None };
        assert_eq!(OutcomeClass::of(&session, Origin::Unknown), Some(Cut));
        assert!(name_in_doubt(&session), "one form alone was tried");
        session.retries = vec![retry(RetryForm::Helo, Outcome::Closed)];
        assert!(name_in_doubt(&session), "HELO with the same name is the same name");
        session.retries = vec![retry(RetryForm::EhloName, Outcome::Reset)];
        assert!(!name_in_doubt(&session));
        session.retries = vec![retry(RetryForm::EhloName, Outcome::Replied)];
        assert_eq!(OutcomeClass::of(&session, Origin::Unknown), Some(EhloRefused));
        session.retries = vec![retry(RetryForm::EhloName, Outcome::Completed)];
        assert_eq!(OutcomeClass::of(&session, Origin::Unknown), Some(Served));
        session.retries =
            vec![retry(RetryForm::EhloName, Outcome::Reset), retry(RetryForm::Helo, Outcome::Completed)];
        assert_eq!(OutcomeClass::of(&session, Origin::Unknown), Some(Cut), "no mail server says HELO then");
        session.outcome = Outcome::Replied;
        assert_eq!(OutcomeClass::of(&session, Origin::Unknown), Some(Served), "RFC 5321 s3.2");
        session.outcome = Outcome::Closed;
        session.retries.clear();
        session.stage = Stage::Starttls;
        assert_eq!(OutcomeClass::of(&session, Origin::Unknown), Some(TlsFailed));
        assert!(!name_in_doubt(&session), "in the handshake nothing was named");
        session.tls_ms = Some(10.0);
        assert_eq!(OutcomeClass::of(&session, Origin::Unknown), Some(Cut), "the handshake was done");
        assert!(name_in_doubt(&session));
    }

    #[test]
    fn a_421_to_every_name_is_a_busy_host_and_no_objection_to_a_name() {
        let says = |code| ReplySeen { code: ReplyCode(code), enhanced: None, text: String::new() };
        let retry = |code| SessionRetry {
            form: RetryForm::EhloName,
            stage: Stage::Ehlo,
            outcome: Outcome::Replied,
            reply: Some(says(code)),
            tls: None,
        };
        let told = |code, retries| {
            let session = Attempt {
                outcome: Outcome::Replied,
                stage: Stage::Ehlo,
                greeting: Some("220 mx.example.test".to_owned()),
                reply: Some(says(code)),
                retries,
                ..Attempt::untried("mx.example.test", "192.0.2.1".parse().unwrap(), 25, 1)
            };
            OutcomeClass::of(&session, Origin::Unknown)
        };
        assert_eq!(told(421, vec![retry(421)]), Some(Busy));
        assert_eq!(told(421, Vec::new()), Some(Busy));
        assert_eq!(told(421, vec![retry(550)]), Some(EhloRefused));
        assert_eq!(told(550, vec![retry(550)]), Some(EhloRefused));
    }

    #[test]
    fn a_class_is_in_the_sets_that_name_it() {
        assert!(OutcomeClass::ALL.len() <= 64, "a set is 64 bits");
        let told = SPOKE.with(CONNECT).with(SESSION).with(CONTROLS);
        let untold: Vec<_> = OutcomeClass::ALL.iter().filter(|class| !told.has(**class)).collect();
        assert_eq!(untold, [&Taken, &Masked, &Mixed, &Connected, &CutShort]);
    }
}
