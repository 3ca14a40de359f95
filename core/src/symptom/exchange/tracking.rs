//! Rows of Exchange's message tracking log: what became of each message.

use super::fields::{Field, Fields};
use super::session::At;
use super::told::{Taken, Told};
use crate::symptom::classify::statement;
use crate::symptom::hash::hashed;
use crate::symptom::model::{Finality, WrittenBy};
use crate::symptom::tokens;

pub(super) fn row(row: &Fields, told: &mut Vec<Told>) {
    let at = At { software: "exchange", at: row.at.as_ref(), remote: Field::default(), row: row.line };
    let (context, source, event, name) = (row.get(5), row.get(7).raw(), row.get(8).raw(), row.get(10));
    let message = (!name.raw().is_empty()).then(|| hashed(name.raw().as_bytes()));
    // Since 2013, the network's name of the message stands before the recipients.
    let recipients = (11..=12).find(|index| row.get(*index).raw().contains('@')).unwrap_or(11);
    let (status, recipients) = (row.get(recipients + 1), row.get(recipients));
    let mut domains: Vec<String> = Vec::new();
    for address in recipients.raw().split(';') {
        let domain = address.rsplit_once('@').and_then(|(_, domain)| tokens::host(domain));
        domains.extend(domain.filter(|domain| !domains.contains(domain)));
    }
    match event {
        "SEND" | "SENDEXTERNAL" if source == "SMTP" => told.push(Told::Taken(Taken {
            host: tokens::host(row.get(4).raw()),
            address: row.get(3).raw().parse().ok(),
            port: None,
            domains,
            message,
            at: at.moment(),
        })),
        "FAIL" | "DEFER" | "BADMAIL" => {
            let read = [status, context].into_iter().find_map(|field| statement(&field.words(), field.at));
            let Some(mut symptom) = read else { return };
            if source == "AGENT" || context.raw().ends_with("Agent") {
                // Its own rules refused the message, nobody else.
                symptom.written_by = WrittenBy::Sender;
            }
            symptom.finality = Some(if event == "DEFER" { Finality::Delayed } else { Finality::Failed });
            at.stamp(&mut symptom);
            // All of a row go the same way: one stands for them.
            symptom.recipient_domain = domains.into_iter().next().or(symptom.recipient_domain);
            told.push(Told::Failed(symptom, message));
        }
        _ => {}
    }
}
