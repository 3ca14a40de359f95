//! Rows of a session in which each side's words stand: Exchange's SmtpSend, the SMTP service of IIS, hMailServer.

use super::fields::{Field, Fields};
use super::session::At;
use super::sessions::Sessions;
use super::told::Told;
use crate::symptom::hash::hashed;

/// A row of Exchange's SmtpSend log.
pub(super) fn row(row: &Fields, sessions: &mut Sessions, told: &mut Vec<Told>) {
    let (name, remote) = (row.get(2), row.get(5));
    let (event, data, context) = (row.get(6), row.get(7), row.get(8));
    let at = At { software: "exchange", at: row.at.as_ref(), remote, row: row.line };
    let name = hashed(name.raw().as_bytes());
    let session = sessions.smtp(name);
    match event.raw().trim_matches('\\') {
        "+" => session.opened(&at),
        ">" => session.sent(&data.words(), &at),
        "<" => session.received(data, &at, told),
        "-" => {
            session.closed(context.raw(), &at, told);
            sessions.forget(name);
        }
        // Certificates are told in the data: what a note says stands in the context.
        _ => {
            let note = if context.raw().is_empty() { data } else { context };
            session.noted(note, &at, told);
        }
    }
}

/// A row of the SMTP service of IIS: its columns are chosen by its administrator, so that they are known by what they hold.
pub(super) fn iis(row: &Fields, sessions: &mut Sessions, told: &mut Vec<Told>) {
    let is_address = |field: &&Field| super::session::endpoint(field.raw()).0.is_some();
    let Some(remote) = row.all.iter().find(is_address).copied() else { return };
    let outbound =
        row.all.iter().position(|field| field.raw().starts_with("OutboundConnection")).unwrap_or(0);
    let at = At { software: "iis_smtp", at: row.at.as_ref(), remote, row: row.line };
    let session = sessions.smtp(hashed(remote.raw().as_bytes()));
    let rest = &row.all[outbound + 1..];
    if row.all[outbound].raw().ends_with("Response") {
        // `421+4.7.0+…`; in NCSA's form `-?220-mx…`.
        let reply = rest.iter().find_map(|field| {
            let field = field.after("-?").unwrap_or(*field);
            let bytes = field.raw().as_bytes();
            let code = bytes.len() > 3 && bytes[..3].iter().all(u8::is_ascii_digit);
            (code && matches!(bytes[3], b'+' | b'-')).then_some(field)
        });
        let Some(reply) = reply else { return };
        let words = reply.raw().replace('+', " ");
        session.received(Field::standing_in(&words, reply.at), &at, told);
    } else {
        const COMMANDS: &[&str] =
            &["EHLO", "HELO", "MAIL", "RCPT", "DATA", "QUIT", "RSET", "STARTTLS", "AUTH", "BDAT"];
        let verb = rest.iter().position(|field| COMMANDS.contains(&field.raw()));
        let Some(verb) = verb else { return };
        let arguments = rest
            .get(verb + 1..)
            .unwrap_or_default()
            .iter()
            .map(|field| field.raw())
            .collect::<Vec<_>>()
            .join(" ");
        session.sent(&format!("{} {arguments}", rest[verb].raw()), &at);
    }
}

/// A row of hMailServer's log.
pub(super) fn hmailserver(row: &Fields, sessions: &mut Sessions, told: &mut Vec<Told>) {
    let kind = row.get(0).raw();
    let Some(last) = row.all.last().copied() else { return };
    let session = row.get(2);
    let is_client = kind == "SMTPC" && session.raw().parse::<u64>().is_ok();
    let remote = if is_client { row.get(4) } else { Field::default() };
    let at = At { software: "hmailserver", at: row.at.as_ref(), remote, row: row.line };
    if is_client {
        let session = sessions.smtp(hashed(session.raw().as_bytes()));
        if let Some(reply) = last.after("RECEIVED: ") {
            // Lines of one reply are parted by `[nl]`: the last one counts.
            session.received(reply, &at, told);
        } else if let Some(command) = last.after("SENT: ") {
            session.sent(command.raw(), &at);
        }
    } else if matches!(kind, "APPLICATION" | "DEBUG" | "ERROR" | "TCPIP" | "SMTPC") {
        sessions.smtp(hashed(b"")).noted(last, &at, told);
        sessions.forget(hashed(b""));
    }
}
