//! Which lines of a log are read: those in which something stands that a failure, or a delivery, is told by.
//!
//! Every phrase that [`read`](crate::symptom::read) knows a failure of connectivity by is a sign, so that no line is
//! lost; so are the numbers and names of system errors. What only a rejection is told by (`spam`, `not found`) is none:
//! such words fill the logs of filters, and a rejection stands in a line that the format gives away. A bare number
//! is one only in the form of a reply: counters and versions fill logs, too.

use crate::symptom::cause::SymptomFamily;
use crate::symptom::classify::{CONNECTIONS, DENIALS, PARTED};
use crate::symptom::sessions;
use crate::symptom::sieve::Sieve;
use crate::symptom::{phrases, tokens};
use memchr::memmem::Finder;
use std::sync::OnceLock;

/// How mail software's logs tell what came of a delivery.
const FORMATS: &str =
    "status=\nstat=\n == \n ** \n => \nsmtp-out:\ndefer (\ndsndiag\ndeferral: \nfailure: \nreturned '";

/// Replies, and enhanced status codes where they are marked as such.
const CODES: &str = "421 \n421-\n441 4\n450 4\n451 4\n452 4\n454 4\n471 4\n550 5.4\n554 5.4\n#4.4.\n\
     #5.4.\n(4.4.\n(5.4.\n 4.4.\n 5.4.\n4.4.3\n5.4.3\n4.7.3\n5.7.3";

/// The sieve that the lines of every log go through.
pub(super) fn sieve() -> &'static Sieve {
    static SIEVE: OnceLock<Sieve> = OnceLock::new();
    SIEVE.get_or_init(|| {
        let phrases =
            phrases::all().filter(|(_, tells)| tells_more_than_a_rejection(*tells)).map(|(phrase, _)| phrase);
        let own = [FORMATS, CODES, PARTED, CONNECTIONS, DENIALS, sessions::CONNECTED]
            .into_iter()
            .flat_map(str::lines);
        Sieve::new(own.chain(tokens::system_errors()).chain(phrases))
    })
}

/// Postfix's word for a delivery.
pub(super) const SENT: &[u8] = b"status=sent";

/// What is looked for in the lines that the sieve holds back.
pub(super) struct Marks {
    pub(super) sent: Finder<'static>,
    pub(super) sent_by_sendmail: Finder<'static>,
    /// Exim's arrow before a recipient that was delivered to.
    pub(super) to: Finder<'static>,
    /// What stands before the host that took a mail: in Postfix and sendmail, in Exim.
    pub(super) relay: Finder<'static>,
    pub(super) host: Finder<'static>,
    /// Transports that go to port 25 unless they are told otherwise: Exim's own, sendmail's two.
    pub(super) direct: [Finder<'static>; 3],
    /// What tells of a client that came: Postfix's servers by the names of its programs, sendmail's by their rules.
    pub(super) inbound: [Finder<'static>; 3],
}

/// The marks, made once.
pub(super) fn marks() -> &'static Marks {
    static MARKS: OnceLock<Marks> = OnceLock::new();
    MARKS.get_or_init(|| Marks {
        sent: Finder::new(SENT),
        sent_by_sendmail: Finder::new("stat=Sent"),
        to: Finder::new(" => "),
        relay: Finder::new("relay="),
        host: Finder::new(" H="),
        direct: [" T=remote_smtp ", "mailer=esmtp,", "mailer=smtp,"].map(Finder::new),
        inbound: ["/smtpd[", "/postscreen[", "ruleset=check_"].map(Finder::new),
    })
}

fn tells_more_than_a_rejection(tells: phrases::Tells) -> bool {
    use phrases::Tells::{At, Consequence, Fact, GivenUp, Refusal, RemoteSpeaks};
    match tells {
        Fact(..) | Consequence(_) | GivenUp | RemoteSpeaks(_) => true,
        Refusal(cause) => cause.family() == SymptomFamily::Busy,
        At(_) => false,
    }
}
