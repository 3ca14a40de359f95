//! A statement's cause and the fields beside it, put together.

use super::findings::{Findings, Stated};
use crate::cut::Cut as _;
use crate::smtp::{EnhancedStatus, ReplyCode};
use crate::symptom::cause::{Cause, SymptomFamily};
use crate::symptom::model::{Finality, Span, Symptom, WrittenBy};
use crate::symptom::tokens::{self, Read};
use crate::symptom::{finality, mta};

/// Puts to `symptom` what the words around it say and it does not: `around` stands at `base`.
pub(in crate::symptom) fn complete(symptom: &mut Symptom, around: &str, base: usize) {
    let lower = around.to_ascii_lowercase();
    let remote = tokens::remote(around, &lower, None);
    let remote = if remote.address.as_ref().map(|read| read.value) == symptom.remote_address {
        remote
    } else {
        tokens::Remote::default()
    };
    let mut spans = Vec::new();
    macro_rules! put {
        ($field:ident, $read:expr) => {
            if symptom.$field.is_none()
                && let Some(read) = $read
            {
                let (start, end) = (base + read.start, base + read.end);
                spans.push(Span { field: stringify!($field).to_owned(), start, end });
                symptom.$field = Some(read.value);
            }
        };
    }
    let (host, port) = place(around, &lower, &remote, || None);
    put!(remote_host, host);
    put!(port, port);
    put!(recipient_domain, tokens::recipient_domain(around, &lower));
    symptom.finality = symptom.finality.or_else(|| finality::said(&lower));
    symptom.mta = symptom.mta.take().or_else(|| mta::of(&lower).map(str::to_owned));
    symptom.spans.extend(spans);
}

/// The host that was tried and its port, by the surest words that name them: `remote` is what an address stands beside,
/// `own_name` what the host calls itself.
fn place(
    text: &str,
    lower: &str,
    remote: &tokens::Remote,
    own_name: impl FnOnce() -> Option<Read<String>>,
) -> (Option<Read<String>>, Option<Read<u16>>) {
    let host = remote.host.clone().or_else(|| tokens::named_host(text, lower));
    let dialled = tokens::dialled_port(text, lower).filter(|_| remote.port.is_none());
    if dialled.is_some() {
        return (host, dialled);
    }
    if let (Some(_), Some(_)) = (&host, &remote.port) {
        return (host, remote.port.clone());
    }
    let command = tokens::command(text).unwrap_or_default();
    let host = host.or(command.host).or_else(own_name);
    let port = remote.port.clone().or_else(|| tokens::port_of_host(text, lower, host.as_ref()?));
    let port = port.or(command.port).or_else(|| tokens::named_port(text, lower));
    (host, port)
}

impl Findings<'_> {
    pub(super) fn symptom(&self, stated: Stated, expired: bool, base: usize) -> Symptom {
        let (code, status) = self.codes_of(&stated);
        let spoken = code.map(|code| code.start).or(status.map(|status| status.start));
        let spoken = spoken.filter(|_| stated.written_by != WrittenBy::Sender);
        let remote = tokens::remote(&self.text, &self.lower, spoken);
        // A server's greeting, its 421 and its 521 begin with its own name (RFC 5321 s4.2).
        let own_name = || {
            let end = match (code, status) {
                (Some(code), Some(status)) => status.end.max(code.end),
                (Some(code), None) => code.end,
                (None, status) => status.filter(|_| stated.written_by == WrittenBy::Remote)?.end,
            };
            let at = end + usize::from(self.text.after(end).starts_with([' ', '-']));
            // In brackets stands whom it speaks of.
            let plain = self.text.after(at).starts_with(|c: char| c.is_ascii_alphanumeric());
            if plain { tokens::host_at(&self.text, at) } else { None }
        };
        let (host, port) = place(&self.text, &self.lower, &remote, own_name);
        let recipient = tokens::recipient_domain(&self.text, &self.lower);
        let retry_until = tokens::retry_until(&self.text, &self.lower);
        let at = tokens::time(&self.text)
            .filter(|at| retry_until.as_ref().is_none_or(|until| until.start != at.start));
        let number = tokens::system_error(&self.lower).map(|(number, _)| number);
        let said = finality::said(&self.lower);
        let mut spans = Vec::new();
        let mut mark = |field: &str, start: usize, end: usize| {
            spans.push(Span { field: field.to_owned(), start: base + start, end: base + end });
        };
        if let Some((start, end)) = stated.span {
            mark("cause", start, end);
        }
        macro_rules! take {
            ($field:literal, $read:expr) => {
                $read.map(|read| {
                    mark($field, read.start, read.end);
                    read.value.clone()
                })
            };
        }
        Symptom {
            expired: (expired || stated.cause == Cause::Expired)
                && said != Some(Finality::Delayed)
                && stated.cause.family() != SymptomFamily::Rejected,
            reply_code: take!("reply_code", code),
            enhanced_status: take!("enhanced_status", status),
            system_error: take!("system_error", number.as_ref()),
            mta: self.writer(&stated, code.map(|code| code.start)).map(str::to_owned),
            recipient_domain: take!("recipient_domain", recipient.as_ref()),
            remote_host: take!("remote_host", host.as_ref()),
            remote_address: take!("remote_address", remote.address.as_ref()),
            port: take!("port", port.as_ref()),
            at: take!("at", at.as_ref()),
            finality: said,
            queued_s: finality::queued(&self.lower),
            retry_until: take!("retry_until", retry_until.as_ref()),
            spans,
            ..Symptom::of(stated.cause, stated.stage, stated.written_by)
        }
    }

    /// The software that wrote the text. Where that is a server's reply and nothing before it, its words tell of the server,
    /// not of who met it.
    fn writer(&self, stated: &Stated, code: Option<usize>) -> Option<&'static str> {
        let bare = |at: usize| self.text.before(at).trim_matches([' ', '\n', '>', '"', '\'', '<']).is_empty();
        if stated.written_by != WrittenBy::Sender && code.is_some_and(bare) {
            return mta::framed(&self.lower);
        }
        mta::of(&self.lower)
    }

    /// The codes that belong to the cause: a server's own, or those that stand nearest before the sender's words. Where
    /// Exchange nests what happened (`550 5.4.300 … -> 451 4.4.397 …`), the outermost are those of the report.
    fn codes_of(&self, stated: &Stated) -> (Option<&Read<ReplyCode>>, Option<&Read<EnhancedStatus>>) {
        let codes = || self.replies.iter().filter(|reply| reply.value.0 >= 400);
        let cause = stated.span.map(|span| span.0);
        let code = match (stated.written_by, cause) {
            (WrittenBy::Remote, _) => codes().find(|code| Some(code.start) == cause),
            (_, Some(cause)) if !self.text.contains("->") => {
                codes().rfind(|code| code.start <= cause).or_else(|| codes().next())
            }
            _ => codes().next(),
        };
        let beside = code.and_then(|code| {
            self.statuses.iter().find(|status| {
                // `554 554 5.7.0`: a sender that puts the code before the reply.
                let between = self.text.get(code.end..status.start).unwrap_or("far from it");
                between.len() <= 2
                    // `(554, b'5.7.1 …')` of Python.
                    || between.len() <= 4 && between.trim_start_matches([',', ' ', 'b', 'u', '\'', '"', ')', ':']).is_empty()
                    || (between.len() <= 6
                        && between.trim_start().starts_with(self.text.within(code.start, code.end)))
            })
        });
        let first = || self.statuses.iter().find(|status| status.value.class != 2);
        match stated.written_by {
            WrittenBy::Remote if code.is_some() => (code, beside),
            _ => (code, beside.or_else(first)),
        }
    }
}
