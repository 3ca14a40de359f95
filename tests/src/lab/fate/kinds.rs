//! The fates, and their names in scenarios.

use anyhow::{Context, Result, bail};
use std::str::FromStr;
use std::time::Duration;

/// What a server does with those who connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Greets at once and speaks SMTP with STARTTLS.
    Greets,
    /// Greets and speaks without STARTTLS, as a filter in the middle does.
    GreetsPlain,
    /// Greets and speaks SMTP with STARTTLS, and a certificate of its own making, as boxes that inspect TLS do.
    Inspects,
    /// Greets in asterisks and masks the keyword STARTTLS, as some firewalls do.
    Masks,
    /// Greets after a wait.
    GreetsAfter(Duration),
    /// Greets at once and answers `EHLO` and `HELO` after a wait.
    AnswersAfter(Duration),
    /// Accepts and says nothing.
    NeverGreets,
    /// Accepts and closes: enough of a sibling port.
    Accepts,
    /// One byte a second until it has greeted, as tarpits stutter.
    Tarpit,
    /// One byte a second, whatever it says.
    TarpitThroughout,
    /// Too busy: 421 as greeting.
    Busy,
    /// Refuses: 554 as greeting.
    Refuses,
    /// Refuses for a list that the client's address is on: 554 as greeting, with the list's name and the address.
    Lists,
    /// Not now: 450 as greeting, as some greylists say it.
    TryLater,
    /// Greets in several lines (RFC 5321 s4.2).
    GreetsAtLength,
    /// Closes the first connection from each address, and greets at the next.
    ClosesFirst,
    /// Too busy for the first connection from each address (421), and greets at the next.
    BusyFirst,
    /// Too busy for every other connection (421), whoever comes.
    BusyByTurns,
    /// Says nothing to every other connection, whoever comes: one of two servers behind one address hangs.
    MuteByTurns,
    /// Closes without a word on an `EHLO` that is an address literal or has no dot.
    DropsLiterals,
    /// Knows `HELO` alone (RFC 821).
    HeloOnly,
    /// Greets without the end of the line, and waits.
    GreetsHalf,
    /// Ends its lines with a bare LF.
    BareLf,
    /// Resets after the handshake.
    ResetsAtGreeting,
    /// Closes after the handshake.
    ClosesAtGreeting,
    /// Resets on `EHLO`.
    ResetsAfterEhlo,
    /// Resets on `STARTTLS`.
    ResetsAtStarttls,
    /// Resets every other connection of a peer on `STARTTLS`, the first one too: one of two servers behind one address.
    ResetsAtStarttlsByTurns,
    /// Says `220` to `STARTTLS` and then sends what is no TLS.
    TlsGarbage,
    /// Says `220` to `STARTTLS` and then nothing.
    TlsSilent,
    /// Sends more plaintext right behind the `220` to `STARTTLS` (CVE-2011-0411).
    Injects,
    /// Answers like a web server.
    Http,
    /// A greeting of lines without end.
    EndlessGreeting,
    /// A greeting of one line without end.
    HugeLine,
    /// NULs, invalid UTF-8 and terminal escapes in the greeting.
    Escapes,
    /// The queue of connections to accept is full: no SYN is answered.
    QueueFull,
    /// Passes the connection on to the address that is its name, after a wait.
    RelaysAfter(Duration),
    /// Passes datagrams on to the address that is its name, each after a wait.
    DatagramsAfter(Duration),
    /// Answers every HTTP request with the JSON of the file that is its name.
    Json,
    /// A web page over TLS, with the certificate whose path without its ending is its name.
    Html,
}

impl FromStr for Fate {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        if let Some((kind, seconds)) = name.split_once("_after_").filter(|(kind, _)| *kind != "resets") {
            let wait = Duration::from_secs(seconds.parse().context("the wait is no number of seconds")?);
            return Ok(match kind {
                "greets" => Self::GreetsAfter(wait),
                "answers" => Self::AnswersAfter(wait),
                "relays" => Self::RelaysAfter(wait),
                "datagrams" => Self::DatagramsAfter(wait),
                other => bail!("no such fate: {other}_after"),
            });
        }
        Ok(match name {
            "greets" => Self::Greets,
            "inspects" => Self::Inspects,
            "greets_plain" => Self::GreetsPlain,
            "masks" => Self::Masks,
            "never_greets" => Self::NeverGreets,
            "accepts" => Self::Accepts,
            "tarpit" => Self::Tarpit,
            "tarpit_throughout" => Self::TarpitThroughout,
            "busy" => Self::Busy,
            "refuses" => Self::Refuses,
            "lists" => Self::Lists,
            "try_later" => Self::TryLater,
            "greets_at_length" => Self::GreetsAtLength,
            "closes_first" => Self::ClosesFirst,
            "busy_first" => Self::BusyFirst,
            "busy_by_turns" => Self::BusyByTurns,
            "mute_by_turns" => Self::MuteByTurns,
            "drops_literals" => Self::DropsLiterals,
            "helo_only" => Self::HeloOnly,
            "greets_half" => Self::GreetsHalf,
            "bare_lf" => Self::BareLf,
            "resets_at_greeting" => Self::ResetsAtGreeting,
            "closes_at_greeting" => Self::ClosesAtGreeting,
            "resets_after_ehlo" => Self::ResetsAfterEhlo,
            "resets_at_starttls" => Self::ResetsAtStarttls,
            "resets_at_starttls_by_turns" => Self::ResetsAtStarttlsByTurns,
            "tls_garbage" => Self::TlsGarbage,
            "tls_silent" => Self::TlsSilent,
            "injects" => Self::Injects,
            "http" => Self::Http,
            "endless_greeting" => Self::EndlessGreeting,
            "huge_line" => Self::HugeLine,
            "escapes" => Self::Escapes,
            "queue_full" => Self::QueueFull,
            "html" => Self::Html,
            "json" => Self::Json,
            other => bail!("no such fate: {other}"),
        })
    }
}
