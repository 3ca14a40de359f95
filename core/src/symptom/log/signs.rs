//! Which lines of a log are read: those in which something stands that a failure, or a delivery, is told by.
//!
//! Every phrase that [`read`](crate::symptom::read) knows a failure of connectivity by is a sign, so that no line is
//! lost; so are the numbers and names of system errors. What only a rejection is told by (`spam`, `not found`) is none:
//! such words fill the logs of filters, and a rejection stands in a line that the format gives away. A bare number
//! is one only in the form of a reply: counters and versions fill logs, too.

use super::sieve::Sieve;
use crate::symptom::{SymptomFamily, phrases};
use std::sync::OnceLock;

/// How mail software's logs tell what came of a delivery.
const FORMATS: &[&str] = &[
    "status=",
    "stat=",
    " == ",
    " ** ",
    " => ",
    "smtp-out:",
    "defer (",
    "dsndiag",
    "deferral: ",
    "failure: ",
    "returned '",
];

/// Replies, and enhanced status codes where they are marked as such.
const CODES: &[&str] = &[
    "421 ", "421-", "441 4", "450 4", "451 4", "452 4", "454 4", "471 4", "550 5.4", "554 5.4", "#4.4.",
    "#5.4.", "(4.4.", "(5.4.", " 4.4.", " 5.4.", "4.4.3", "5.4.3", "4.7.3", "5.7.3",
];

/// Numbers and names of system errors, wherever `read` takes them for one.
const SYSTEM: &[&str] = &[
    "10013",
    "10048",
    "10049",
    "10050",
    "10051",
    "10052",
    "10053",
    "10054",
    "10055",
    "10060",
    "10061",
    "10064",
    "10065",
    "11001",
    "11002",
    "11003",
    "11004",
    "errno",
    "(99)",
    "(101)",
    "(104)",
    "(110)",
    "(111)",
    "(113)",
    "etimedout",
    "econnrefused",
    "ehostunreach",
    "ehostdown",
    "enetunreach",
    "eaddrnotavail",
    "econnreset",
];

/// The sieve that the lines of every log go through.
pub(super) fn sieve() -> &'static Sieve {
    static SIEVE: OnceLock<Sieve> = OnceLock::new();
    SIEVE.get_or_init(|| {
        let phrases =
            phrases::all().filter(|(_, tells)| tells_more_than_a_rejection(*tells)).map(|(phrase, _)| phrase);
        Sieve::new([FORMATS, CODES, SYSTEM].into_iter().flatten().copied().chain(phrases))
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
