//! Rows of Exchange's connectivity log: what became of each connection that a queue asked for.

use super::connection::Connection;
use super::fields::{Field, Fields};
use super::session::{At, endpoint, mark};
use super::sessions::Sessions;
use super::told::{Taken, Told};
use crate::smtp::Stage;
use crate::symptom::cause::Cause;
use crate::symptom::classify::statement;
use crate::symptom::hash::hashed;
use crate::symptom::model::{Symptom, WrittenBy};
use crate::symptom::tokens;

/// What the resolver of Exchange answers, and the cause that it stands for.
const ANSWERS: &[(&str, Cause)] = &[
    ("Nonexistent", Cause::NoSuchDomain),
    ("NonExistent", Cause::NoSuchDomain),
    ("Non-existent", Cause::NoSuchDomain),
    ("Loopback", Cause::MailLoop),
    ("NoRecords", Cause::NoMailHost),
    ("ErrorRetry", Cause::DnsFailed),
    ("ErrorTimeout", Cause::DnsFailed),
    ("ErrorSubQueryTimeout", Cause::DnsFailed),
    ("ErrorNoDns", Cause::DnsFailed),
    ("ServerFailure", Cause::DnsFailed),
    ("InvalidData", Cause::DnsFailed),
];

pub(super) fn row(row: &Fields, sessions: &mut Sessions, told: &mut Vec<Told>) {
    let (destination, what) = (row.get(3), row.get(5));
    let name = hashed(row.get(1).raw().as_bytes());
    let connection = sessions.connection(name);
    let at = At { software: "exchange", at: row.at.as_ref(), remote: Field::default(), row: row.line };
    let domain = || tokens::host(destination.raw());
    let failed = |mut symptom: Symptom| {
        // Exchange looks up what stands there, be it a recipient's domain or a smart host.
        if symptom.recipient_domain.is_none()
            && let Some(domain) = domain()
        {
            symptom.recipient_domain = Some(domain);
            mark(&mut symptom, "recipient_domain", destination);
        }
        at.stamp(&mut symptom);
        symptom
    };
    match row.get(4).raw().trim_matches('\\') {
        "+" => *connection = Connection::default(),
        "-" => {
            let taken = what.raw().strip_prefix("Messages: ").and_then(|rest| rest.split(' ').next());
            if taken.is_some_and(|count| count.parse().is_ok_and(|count: u64| count > 0)) {
                let Connection { address, port, .. } = *connection;
                let domains = domain().into_iter().collect();
                told.push(Told::Taken(Taken { address, port, domains, at: at.moment(), ..Taken::default() }));
            } else if let Some(symptom) = connection.pending.take() {
                told.push(Told::Failed(symptom, None));
            } else if !connection.told {
                let why = what.from("(");
                told.extend(
                    statement(&why.words(), why.at).map(|symptom| Told::Failed(failed(symptom), None)),
                );
            }
            sessions.forget(name);
        }
        _ if what.raw().starts_with("Established connection to ") => {
            let target = what.raw().split(' ').nth(3).unwrap_or_default();
            let (address, port) = endpoint(target);
            *connection = Connection { address, port, pending: None, told: connection.told };
        }
        _ if what.raw().starts_with("Failed connection to ") => {
            connection.told = true;
            told.push(Told::Failed(failed(unreached(what)), None));
        }
        _ => {
            let answer = ANSWERS.iter().find(|(answer, _)| what.raw().contains(answer));
            let symptom = match answer.filter(|_| what.raw().contains("DNS")) {
                Some((answer, cause)) => {
                    let mut symptom = Symptom::of(*cause, Stage::Dns, WrittenBy::Sender);
                    mark(&mut symptom, "cause", what.word(answer));
                    Some(symptom)
                }
                None => statement(&what.words(), what.at),
            };
            if let Some(symptom) = symptom {
                connection.pending = Some(failed(symptom));
            }
        }
    }
}

/// `Failed connection to 192.0.2.1:25 (TimedOut:0000274C)[TargetHost:mx.example.org:25|MarkedUnhealthy|…]`: the number is
/// Winsock's.
fn unreached(what: Field) -> Symptom {
    let words = what.raw();
    let target = what.word(words.split(' ').nth(3).unwrap_or_default());
    let number = words.split_once('(').and_then(|(_, rest)| rest.split(')').next()).unwrap_or_default();
    let number = number.rsplit(':').next().and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let known = number.and_then(|number| statement(&format!("Winsock error code: {number}"), 0));
    let mut symptom = known
        .or_else(|| statement(&what.words(), 0))
        .unwrap_or_else(|| Symptom::of(Cause::ConnectFailed, Stage::Connect, WrittenBy::Sender));
    symptom.spans.clear();
    mark(&mut symptom, "cause", what);
    (symptom.remote_address, symptom.port) = endpoint(target.raw());
    mark(&mut symptom, "remote_address", target);
    if let Some((_, host)) = words.split_once("TargetHost:") {
        symptom.remote_host = tokens::host(host.split([':', '|', ']']).next().unwrap_or_default());
    }
    symptom
}
