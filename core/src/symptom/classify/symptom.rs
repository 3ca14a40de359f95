//! A statement's cause and the fields beside it, put together.

use super::{Findings, Stated};
use crate::symptom::{Cause, Span, Symptom, SymptomFamily, WrittenBy, mta, tokens};

impl Findings<'_> {
    pub(super) fn symptom(&self, stated: Stated, expired: bool, base: usize) -> Symptom {
        let remote = tokens::remote(self.text);
        let host = remote.host.clone().or_else(|| tokens::named_host(self.text, &self.lower));
        let recipient = tokens::recipient_domain(self.text, &self.lower);
        let at = tokens::time(self.text);
        let number = tokens::system_error(&self.lower).map(|(number, _)| number);
        // The innermost code belongs to the fact; a lone one is its own.
        let code = self.replies.iter().filter(|reply| reply.value.0 >= 400);
        let code = if stated.written_by == WrittenBy::Remote {
            code.clone().find(|code| Some(code.start) == stated.span.map(|span| span.0))
        } else {
            code.clone().next()
        };
        let status = match (code, stated.written_by) {
            (Some(code), WrittenBy::Remote) => {
                self.statuses.iter().find(|status| status.start >= code.end && status.start <= code.end + 2)
            }
            _ => self.statuses.iter().find(|status| status.value.class != 2),
        };
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
            family: stated.cause.family(),
            cause: stated.cause,
            expired: (expired || stated.cause == Cause::Expired)
                && stated.cause.family() != SymptomFamily::Rejected,
            stage: stated.stage,
            written_by: stated.written_by,
            reply_code: take!("reply_code", code),
            enhanced_status: take!("enhanced_status", status),
            system_error: take!("system_error", number.as_ref()),
            mta: mta::of(&self.lower).map(str::to_owned),
            recipient_domain: take!("recipient_domain", recipient.as_ref()),
            remote_host: take!("remote_host", host.as_ref()),
            remote_address: take!("remote_address", remote.address.as_ref()),
            port: take!("port", remote.port.as_ref()),
            at: take!("at", at.as_ref()),
            retry_until: None,
            spans,
            count: None,
        }
    }
}
