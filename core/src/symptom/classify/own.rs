//! What the sender states of its own attempt.

use super::{Findings, usual_stage};
use crate::smtp::Stage;
use crate::symptom::phrases::Tells;
use crate::symptom::{Cause, SymptomFamily, reply};

impl Findings<'_> {
    /// The first fact that the sender states; a sharper one beside it wins over "could not connect".
    pub(super) fn fact(&self) -> Option<(Cause, Stage, (usize, usize))> {
        let facts = || {
            self.found.iter().filter_map(|one| match one.tells {
                Tells::Fact(cause, stage) => Some((cause, stage, (one.start, one.end))),
                _ => None,
            })
        };
        let vague = |cause| matches!(cause, Cause::ConnectFailed);
        let (cause, stage, span) = facts().find(|(cause, ..)| !vague(*cause)).or_else(|| facts().next())?;
        // By number before words: `450 4.4.317 Cannot connect to remote server` is a handshake that failed.
        let status =
            self.statuses.iter().find(|status| status.value.subject == 4 && status.value.detail >= 300);
        let sharper = status
            .filter(|_| vague(cause))
            .and_then(|status| Some((reply::by_own_status(None, Some(status.value))?, status)))
            .filter(|(cause, _)| cause.family() == SymptomFamily::NoAnswer);
        if let Some((cause, status)) = sharper {
            return Some((cause, usual_stage(cause), (status.start, status.end)));
        }
        let (cause, stage) = self.in_stage(cause, stage.unwrap_or_else(|| usual_stage(cause)));
        Some((cause, stage, span))
    }

    pub(super) fn consequence(&self) -> Option<(Cause, (usize, usize))> {
        self.found.iter().find_map(|one| match one.tells {
            Tells::Consequence(cause) => Some((cause, (one.start, one.end))),
            _ => None,
        })
    }

    /// The same cause means another thing in another stage: lost while greeting is dropped at the greeting.
    pub(super) fn in_stage(&self, cause: Cause, usual: Stage) -> (Cause, Stage) {
        let stated = self.found.iter().rev().find_map(|one| match one.tells {
            Tells::At(stage) | Tells::Fact(Cause::GreetingTimedOut, Some(stage)) => Some(stage),
            _ => None,
        });
        let Some(stage) = stated else { return (cause, usual) };
        let cause = match (cause, stage) {
            (Cause::SessionTimedOut | Cause::ConnectTimedOut, Stage::Greeting) => Cause::GreetingTimedOut,
            (Cause::SessionDropped, Stage::Greeting | Stage::Connect) => Cause::DroppedAtGreeting,
            (Cause::SessionTimedOut, Stage::Connect) => Cause::ConnectTimedOut,
            // What the sender met on its way to a resolver says nothing of the mail host.
            (_, Stage::Dns) if cause.family() == SymptomFamily::NoAnswer => Cause::DnsFailed,
            (
                Cause::ConnectTimedOut,
                Stage::Ehlo | Stage::Starttls | Stage::Mail | Stage::Rcpt | Stage::Data,
            ) => Cause::SessionTimedOut,
            (Cause::SessionDropped | Cause::SessionTimedOut, Stage::Starttls) => cause,
            _ => cause,
        };
        (cause, stage)
    }
}
