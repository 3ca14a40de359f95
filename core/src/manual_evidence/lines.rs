//! What the commands print, read as evidence.

use super::{PREFIX, WAIT_S};
use crate::evidence::{
    Attempt, ControlResult, Evidence, Expectation, Grade, NetworkKind, Outcome, ReplySeen, Role, Vantage,
};
use crate::facts::controls;
use crate::report::Report;
use crate::smtp::{ReplyCode, Stage};
use std::net::IpAddr;

/// Nothing in the text that can be read as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "nothing in this can be read as evidence: paste every line that begins with noanswer-witness, or what `noanswer probe --json` printed"
)]
pub struct NothingToRead;

/// Reads what the commands printed, or a report that `noanswer` printed as JSON, as the sending server's evidence.
///
/// # Errors
/// When there is nothing of either kind in `text`.
pub fn read(text: &str, report: impl Fn(&str) -> Option<Report>) -> Result<Evidence, NothingToRead> {
    if let Some(told) = report(text) {
        let mut sender =
            told.evidence.into_iter().find(|one| one.role == Role::Sender).ok_or(NothingToRead)?;
        sender.derive_sight();
        return Ok(sender);
    }
    let (mut controls, mut attempts) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let Some((kind, attempt)) = line.split_once(PREFIX).and_then(|(_, rest)| read_line(rest)) else {
            continue;
        };
        match kind {
            "target" => attempts.push(attempt),
            // The address is one that is known to be closed, whatever name the line gives it.
            "closed" => controls.extend(
                controls::closed().find(|(_, address)| *address == attempt.address).map(|(operator, _)| {
                    ControlResult { operator: operator.to_owned(), expected: Expectation::Closed, attempt }
                }),
            ),
            _ => controls.extend(operator(&attempt).map(|operator| ControlResult {
                operator,
                expected: Expectation::Open,
                attempt,
            })),
        }
    }
    if controls.is_empty() && attempts.is_empty() {
        return Err(NothingToRead);
    }
    let vantage = Vantage {
        id: "pasted".to_owned(),
        place: "Your server, as pasted".to_owned(),
        role: Role::Sender,
        network: String::new(),
        grade: Grade::Smtp,
        network_kind: NetworkKind::Unknown,
    };
    Ok(Evidence::new(&vantage, controls, attempts))
}

/// Who runs a host that the commands ask beside the targets; of a DoH server's port 443, its own name.
fn operator(attempt: &Attempt) -> Option<String> {
    let exchange = controls::exchanges().find(|(_, host)| *host == attempt.exchange);
    let resolver = || controls::resolver_hosts().into_iter().find(|host| *host == attempt.exchange);
    match exchange {
        Some((operator, _)) => Some(operator.to_owned()),
        None if attempt.port == 443 => resolver().map(str::to_owned),
        None => None,
    }
}

/// One line behind its prefix: kind, host, address, seconds, and what was said.
fn read_line(line: &str) -> Option<(&str, Attempt)> {
    let mut fields = line.trim().splitn(5, ' ');
    let (kind, host, address) = (fields.next()?, fields.next()?, fields.next()?);
    let address: IpAddr = address.parse().ok()?;
    let seconds: u64 = fields.next()?.parse().ok()?;
    let said = fields.next().unwrap_or_default().trim();
    let port = match kind {
        "control" | "closed" | "target" => 25,
        "control443" => 443,
        _ => return None,
    };
    let mut attempt = Attempt {
        outcome: Outcome::TimedOut,
        limit_ms: Some(WAIT_S * 1000),
        ended_ms: Some((seconds * 1000) as f64),
        ..Attempt::untried(&host.to_lowercase(), address, port, 1)
    };
    match said.strip_prefix("connected") {
        // Port 443 is only asked whether it takes a connection.
        Some(_) if port == 443 => {
            attempt.outcome = Outcome::Completed;
            attempt.connect_ms = attempt.ended_ms;
        }
        Some(rest) => greeted(&mut attempt, rest.trim()),
        None => attempt.outcome = unconnected(said),
    }
    Some((kind, attempt))
}

/// Connected: what came then.
fn greeted(attempt: &mut Attempt, rest: &str) {
    attempt.stage = Stage::Greeting;
    let greeting = rest.rsplit_once("exit ").map_or(rest, |(greeting, _)| greeting).trim();
    let code = greeting.get(..3).and_then(|code| code.parse::<u16>().ok());
    match code {
        Some(200..=299) => attempt.outcome = Outcome::Completed,
        Some(code @ 400..=599) => {
            attempt.outcome = Outcome::Replied;
            let text = greeting.get(4..).unwrap_or_default().to_owned();
            attempt.reply = Some(ReplySeen { code: ReplyCode(code), enhanced: None, text });
        }
        _ if greeting.is_empty() && waited(attempt) => attempt.outcome = Outcome::TimedOut,
        _ if greeting.is_empty() => attempt.outcome = Outcome::Closed,
        _ => attempt.outcome = words(greeting).unwrap_or(Outcome::Garbage),
    }
    if code.is_some() {
        attempt.greeting_ms = attempt.ended_ms;
        attempt.greeting = Some(greeting.to_owned());
    }
}

/// Whether the wait was as long as the commands wait: 15 s for PowerShell's greeting is the shortest.
fn waited(attempt: &Attempt) -> bool {
    attempt.ended_ms.is_some_and(|ms| ms >= 14_000.0)
}

/// Not connected: the system's words, or the limit's exit status (124 of timeout, 142 of an alarm).
fn unconnected(said: &str) -> Outcome {
    words(said).unwrap_or(Outcome::TimedOut)
}

/// The outcome that a system's words name: bash's in the C locale, and .NET's names of socket errors.
fn words(said: &str) -> Option<Outcome> {
    const WORDS: &[(&str, Outcome)] = &[
        ("refused", Outcome::Refused),
        ("no route to host", Outcome::HostUnreachable),
        ("hostunreachable", Outcome::HostUnreachable),
        ("hostdown", Outcome::HostUnreachable),
        ("network is unreachable", Outcome::NetworkUnreachable),
        ("networkunreachable", Outcome::NetworkUnreachable),
        ("permission denied", Outcome::PermissionDenied),
        ("not permitted", Outcome::PermissionDenied),
        ("accessdenied", Outcome::PermissionDenied),
        ("cannot assign", Outcome::AddressNotAvailable),
        ("addressnotavailable", Outcome::AddressNotAvailable),
        ("reset", Outcome::Reset),
        ("timed out", Outcome::TimedOut),
        ("timedout", Outcome::TimedOut),
    ];
    let said = said.to_lowercase();
    WORDS.iter().find(|(word, _)| said.contains(word)).map(|(_, outcome)| *outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Sight;

    fn none(_: &str) -> Option<Report> {
        None
    }

    const BLOCKED: &str = "\
noanswer-witness control gmail-smtp-in.l.google.com 192.0.2.1 20 exit 124 
noanswer-witness control outlook-com.olc.protection.outlook.com 192.0.2.2 20 exit 124 
noanswer-witness control mta7.am0.yahoodns.net 192.0.2.3 20 exit 124 
noanswer-witness target mx.example.com 192.0.2.4 20 exit 124 ";

    #[test]
    fn silence_everywhere_is_a_blind_sender() {
        let evidence = read(BLOCKED, none).unwrap();
        assert_eq!(evidence.sight, Sight::Blind);
        assert_eq!(evidence.role, Role::Sender);
        assert_eq!(evidence.attempts[0].outcome, Outcome::TimedOut);
    }

    #[test]
    fn greetings_and_errors_are_told_apart() {
        let lines = "\
> noanswer-witness control gmail-smtp-in.l.google.com 192.0.2.1 0 connected 220 mx.google.com ESMTP exit 0
noanswer-witness control outlook-com.olc.protection.outlook.com 192.0.2.2 1 connected 220 outlook.com exit 0
noanswer-witness target mx.example.com 192.0.2.4 0 bash: connect: Connection refused bash: line 1: /dev/tcp/192.0.2.4/25: Connection refused exit 1
noanswer-witness target mx.example.com 192.0.2.5 0 connected 554 go away exit 0
noanswer-witness target mx.example.com 192.0.2.6 20 connected exit 124
noanswer-witness target mx.example.com 192.0.2.7 3 HostUnreachable exit 0";
        let evidence = read(lines, none).unwrap();
        assert_eq!(evidence.sight, Sight::Clear);
        let outcomes: Vec<_> = evidence.attempts.iter().map(|one| (one.stage, one.outcome)).collect();
        assert_eq!(
            outcomes,
            [
                (Stage::Connect, Outcome::Refused),
                (Stage::Greeting, Outcome::Replied),
                (Stage::Greeting, Outcome::TimedOut),
                (Stage::Connect, Outcome::HostUnreachable),
            ]
        );
    }

    #[test]
    fn a_block_of_port_25_is_told_from_a_host_without_internet() {
        let lines = format!(
            "{BLOCKED}
noanswer-witness control443 cloudflare-dns.com 192.0.2.9 0 connected exit 0
noanswer-witness control443 unknown.example 192.0.2.10 0 connected exit 0
noanswer-witness closed quad9 9.9.9.9 20 exit 124"
        );
        let evidence = read(&lines, none).unwrap();
        let https: Vec<_> = evidence.controls.iter().filter(|one| one.attempt.port == 443).collect();
        assert_eq!(https.len(), 1, "a host that nobody knows bears no witness");
        assert!(https[0].attempt.connected() && https[0].attempt.outcome == Outcome::Completed);
        let closed = evidence.controls.iter().find(|one| one.expected == Expectation::Closed).unwrap();
        assert_eq!(closed.attempt.outcome, Outcome::TimedOut);
    }

    #[test]
    fn what_is_not_evidence_is_said_to_be_none() {
        assert_eq!(read("hello\nnoanswer-witness nonsense", none), Err(NothingToRead));
    }
}
