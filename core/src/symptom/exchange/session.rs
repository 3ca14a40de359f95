//! One SMTP session as a log tells it: what was said on either side, and where it ended.

use super::fields::Field;
use super::told::{Taken, Told};
use crate::cut::Cut as _;
use crate::smtp::Stage;
use crate::symptom::cause::Cause;
use crate::symptom::classify::{spoken, statement};
use crate::symptom::model::{Span, Symptom, WrittenBy};
use crate::symptom::tokens::{self, Read};
use crate::timestamp::Timestamp;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

/// How long a session has waited, at the least, where its own end is a timeout: Exchange waits ten minutes for a reply,
/// hMailServer and IIS some.
const PATIENCE: Duration = Duration::from_secs(30);

/// Commands whose replies have not come, at most: a pipeline is not longer.
const PIPELINE: usize = 1_000;

/// How much of a reply in several rows is kept, in bytes.
const REPLY: usize = 4_000;

/// What a reply is awaited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    Greeting,
    Ehlo,
    Starttls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The end of a message's text.
    Text,
    Quit,
    Other,
}

/// When a row was written, and which server it is about.
pub(super) struct At<'l> {
    pub(super) software: &'static str,
    pub(super) at: Option<&'l Read<Timestamp>>,
    /// The server's endpoint: an address, with or without a port.
    pub(super) remote: Field<'l>,
    /// The whole row.
    pub(super) row: Field<'l>,
}

/// A session as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Session {
    awaited: VecDeque<Awaited>,
    since: Option<Timestamp>,
    /// The server, by its greeting.
    host: Option<String>,
    remote: (Option<IpAddr>, Option<u16>),
    domains: Vec<String>,
    /// What went wrong and need not end the session.
    pending: Option<Symptom>,
    /// Something that ended an attempt was told.
    told: bool,
    /// The first lines of a reply that goes on.
    begun: Option<(usize, String)>,
}

impl Session {
    /// A connection came about.
    pub(super) fn opened(&mut self, at: &At) {
        *self = Self { awaited: [Awaited::Greeting].into(), since: at.moment(), ..Self::default() };
        self.met(at);
    }

    /// This host said something.
    pub(super) fn sent(&mut self, command: &str, at: &At) {
        self.met(at);
        let upper: String = command.chars().take(24).map(|letter| letter.to_ascii_uppercase()).collect();
        let awaited = match upper.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" | "HELO" => Awaited::Ehlo,
            "STARTTLS" | "X-ANONYMOUSTLS" => Awaited::Starttls,
            "AUTH" | "X-EXPS" => Awaited::Auth,
            "MAIL" => {
                self.domains.clear();
                Awaited::Mail
            }
            "RCPT" => Awaited::Rcpt,
            "DATA" => Awaited::Data,
            "BDAT" if command.ends_with("LAST") => Awaited::Text,
            "." | "[NL]." => Awaited::Text,
            "QUIT" => Awaited::Quit,
            _ => Awaited::Other,
        };
        if awaited == Awaited::Rcpt
            && let Some((_, domain)) = command.rsplit_once('@')
            && let Some(domain) = tokens::host(domain.split(['>', ' ']).next().unwrap_or_default())
            && self.domains.len() < PIPELINE
            && !self.domains.contains(&domain)
        {
            self.domains.push(domain);
        }
        // The end of the text is awaited already once the server has asked for it.
        let is_awaited = awaited == Awaited::Text && self.awaited.front() == Some(&Awaited::Text);
        if self.awaited.len() < PIPELINE && !is_awaited {
            self.awaited.push_back(awaited);
        }
        self.since = at.moment();
    }

    /// The server said something.
    pub(super) fn received(&mut self, reply: Field, at: &At, told: &mut Vec<Told>) {
        self.met(at);
        let words = reply.words();
        let code: u16 = words.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
        if !(200..600).contains(&code) {
            return;
        }
        if words.after(3).starts_with('-') && at.software == "exchange" {
            // Exchange 2010 writes each line of a reply as a row of its own.
            let (_, begun) = self.begun.get_or_insert((reply.at, String::new()));
            if begun.len() < REPLY {
                begun.push_str(&words);
                begun.push(' ');
            }
            return;
        }
        let begun = self.begun.take();
        if code == 220 && !matches!(self.awaited.front(), Some(Awaited::Starttls)) {
            // A log without a row for the connection begins with it; one whose sessions have no name begins anew.
            told.extend(self.pending.take().map(|symptom| Told::Failed(symptom, None)));
            self.awaited.clear();
            self.awaited.push_back(Awaited::Greeting);
        }
        let awaited = self.awaited.pop_front();
        self.since = at.moment();
        let stage = match awaited {
            Some(Awaited::Greeting) => Stage::Greeting,
            Some(Awaited::Ehlo) => Stage::Ehlo,
            Some(Awaited::Starttls) => Stage::Starttls,
            Some(Awaited::Auth | Awaited::Mail | Awaited::Other | Awaited::Quit) => Stage::Mail,
            Some(Awaited::Data | Awaited::Text) => Stage::Data,
            Some(Awaited::Rcpt) | None => Stage::Rcpt,
        };
        if code < 400 {
            match awaited {
                Some(Awaited::Greeting) => {
                    let name = words.after(3).trim_start_matches(['-', ' ', '+']);
                    self.host = name.split([' ', '+']).next().and_then(tokens::host);
                }
                Some(Awaited::Data) if code == 354 => self.awaited.push_front(Awaited::Text),
                Some(Awaited::Text) => self.taken(at, told),
                _ => {}
            }
            return;
        }
        let symptom = match begun {
            Some((at, begun)) => {
                let mut symptom = spoken(&format!("{begun}{words}"), at, stage);
                // Only the first row's words stand where they are read.
                let end = at + begun.split(' ').next().map_or(0, str::len);
                symptom.iter_mut().for_each(|symptom| symptom.spans.retain(|span| span.end <= end));
                symptom
            }
            None => spoken(&words, reply.at, stage),
        };
        let Some(symptom) = symptom else { return };
        // Exchange's front end speaks of another server, which it could not reach: it has named that one itself.
        let proxied = symptom.written_by == WrittenBy::Sender;
        let symptom = if proxied { self.stamped(symptom, at) } else { self.placed(symptom, at) };
        match awaited {
            // HELO may follow, or the session may go on without it.
            Some(Awaited::Ehlo | Awaited::Starttls | Awaited::Auth | Awaited::Other | Awaited::Quit) => {
                self.pending.get_or_insert(symptom);
            }
            _ => self.failed(symptom, told),
        }
    }

    /// What the log says of the session itself.
    pub(super) fn noted(&mut self, note: Field, at: &At, told: &mut Vec<Told>) {
        self.met(at);
        const SIGNS: &str = "fail\nerror\ndrop\nunable\nrefused\ntimed out\ntimeout\ncould not";
        let words = note.words();
        let lower = words.to_ascii_lowercase();
        if !lower.has(SIGNS) {
            return;
        }
        let login = lower.contains("authentication failed");
        let login = login.then(|| Symptom::of(Cause::Authentication, Stage::Mail, WrittenBy::Sender));
        let Some(symptom) = login.or_else(|| statement(&words, note.at)) else { return };
        let unreached = symptom.stage <= Stage::Connect;
        let symptom = self.placed(symptom, at);
        if unreached {
            self.failed(symptom, told);
        } else {
            // What comes last is nearest to the end.
            self.pending = Some(symptom);
        }
    }

    /// The connection ended, by the side that `by` names.
    pub(super) fn closed(&mut self, by: &str, at: &At, told: &mut Vec<Told>) {
        self.met(at);
        if let Some(symptom) = self.pending.take() {
            return self.failed(symptom, told);
        }
        let stage = match self.awaited.front() {
            None | Some(Awaited::Quit | Awaited::Other) => return,
            Some(Awaited::Greeting) => Stage::Greeting,
            Some(Awaited::Ehlo) => Stage::Ehlo,
            Some(Awaited::Starttls) => Stage::Starttls,
            Some(Awaited::Auth | Awaited::Mail) => Stage::Mail,
            Some(Awaited::Rcpt) => Stage::Rcpt,
            Some(Awaited::Data | Awaited::Text) => Stage::Data,
        };
        if self.told {
            return;
        }
        let by = by.to_ascii_lowercase();
        let waited = self.since.zip(at.moment()).is_some_and(|(since, now)| now.since(since) >= PATIENCE);
        let silent = by.contains("time") || (by.contains("local") && waited);
        let cause = match (silent, stage) {
            (true, Stage::Greeting) => Cause::GreetingTimedOut,
            (true, _) => Cause::SessionTimedOut,
            // This host closed it, and waited for nothing.
            (false, _) if by.contains("local") => return,
            (false, Stage::Greeting) => Cause::DroppedAtGreeting,
            (false, _) => Cause::SessionDropped,
        };
        let row = at.row;
        let span = Span { field: "cause".to_owned(), start: row.at, end: row.at + row.raw().len() };
        let symptom = Symptom { spans: vec![span], ..Symptom::of(cause, stage, WrittenBy::Sender) };
        let symptom = self.placed(symptom, at);
        self.failed(symptom, told);
    }

    /// What was told, where no end of the session is.
    pub(super) fn rest(self) -> Option<Symptom> {
        self.pending
    }

    fn failed(&mut self, symptom: Symptom, told: &mut Vec<Told>) {
        self.told = true;
        self.pending = None;
        told.push(Told::Failed(symptom, None));
    }

    fn taken(&mut self, at: &At, told: &mut Vec<Told>) {
        self.pending = None;
        let (address, port) = self.remote;
        told.push(Told::Taken(Taken {
            host: self.host.clone(),
            address,
            port,
            domains: std::mem::take(&mut self.domains),
            message: None,
            at: at.moment(),
        }));
    }

    fn met(&mut self, at: &At) {
        let (address, port) = endpoint(at.remote.raw());
        self.remote = (address.or(self.remote.0), port.or(self.remote.1));
    }

    /// `symptom` of the server that this session is with.
    fn placed(&self, mut symptom: Symptom, at: &At) -> Symptom {
        let (address, port) = self.remote;
        if symptom.remote_address.is_none() {
            symptom.remote_address = address;
            symptom.port = symptom.port.or(port);
            mark(&mut symptom, "remote_address", at.remote);
        }
        symptom.remote_host = symptom.remote_host.or_else(|| self.host.clone());
        self.stamped(symptom, at)
    }

    fn stamped(&self, mut symptom: Symptom, at: &At) -> Symptom {
        if symptom.recipient_domain.is_none() {
            symptom.recipient_domain = self.domains.last().cloned();
        }
        at.stamp(&mut symptom);
        symptom
    }
}

impl At<'_> {
    pub(super) fn moment(&self) -> Option<Timestamp> {
        self.at.map(|read| read.value)
    }

    /// Gives `symptom` the time of the row, and the software that wrote it.
    pub(super) fn stamp(&self, symptom: &mut Symptom) {
        symptom.mta = Some(self.software.to_owned());
        symptom.spans.retain(|span| span.field != "at");
        symptom.at = self.moment();
        if let Some(read) = self.at {
            symptom.spans.push(Span { field: "at".to_owned(), start: read.start, end: read.end });
        }
    }
}

/// Says where `field` of `symptom` was read.
pub(super) fn mark(symptom: &mut Symptom, field: &str, from: Field) {
    let (start, end) = (from.at, from.at + from.raw().len());
    if start < end {
        symptom.spans.push(Span { field: field.to_owned(), start, end });
    }
}

/// `192.0.2.1:25`, `[2001:db8::1]:25`, `2001:db8::1:25` as Exchange writes it, or an address alone.
pub(super) fn endpoint(text: &str) -> (Option<IpAddr>, Option<u16>) {
    let bare = text.trim_matches(['[', ']', ' ']);
    if let Ok(address) = bare.parse::<IpAddr>()
        && !(address.is_ipv6() && text.ends_with(":25"))
    {
        return (Some(address), None);
    }
    let Some((host, port)) = text.rsplit_once(':') else { return (None, None) };
    (host.trim_matches(['[', ']']).parse().ok(), port.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_as_logs_write_them() {
        let address = |text: &str| text.parse::<IpAddr>().ok();
        for (text, host, port) in [
            ("192.0.2.1:25", "192.0.2.1", Some(25)),
            ("192.0.2.1", "192.0.2.1", None),
            ("[2001:db8::1]:587", "2001:db8::1", Some(587)),
            ("2001:db8::1:25", "2001:db8::1", Some(25)),
            ("2001:db8::1", "2001:db8::1", None),
            ("", "", None),
            ("x.x.x.x:25", "", Some(25)),
        ] {
            assert_eq!(endpoint(text), (address(host), port), "{text}");
        }
    }
}
