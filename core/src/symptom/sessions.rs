//! OpenSMTPD's sessions: it says "Connection timeout" of a connect, and of 300 s of silence in a session that had come about
//! (`usr.sbin/smtpd/ioev.c`). A line before tells which: `5df87c9ffd0e785d mta connected`.

use super::cause::Cause;
use super::model::Symptom;
use crate::cut::Cut as _;

/// What stands behind the name of a session that came about (`usr.sbin/smtpd/mta_session.c`).
pub(super) const CONNECTED: &str = "mta connected";

/// The name of the session that `line` is about.
pub(super) fn name(line: &str) -> Option<&str> {
    let name = line.before(line.find(" mta ")?).rsplit(' ').next()?;
    (name.len() == 16).then_some(name)
}

/// Makes of a connect that timed out a session that did.
pub(super) fn had_come_about(symptom: &mut Symptom) {
    symptom.cause = Cause::SessionTimedOut;
    symptom.stage = symptom.cause.usual_stage();
}

/// Settles which it was for the `symptoms` of `text`.
pub(super) fn settle(text: &str, symptoms: &mut [Symptom]) {
    for symptom in symptoms {
        let at = symptom.spans.iter().map(|span| span.start).max().unwrap_or_default();
        let (before, line) = text.before(at).rsplit_once('\n').unwrap_or_default();
        let stood = || name(line).is_some_and(|name| before.contains(&format!("{name} {CONNECTED}")));
        if symptom.cause == Cause::ConnectTimedOut && stood() {
            had_come_about(symptom);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Log, read};
    use super::*;

    #[test]
    fn what_timed_out_after_a_session_had_come_about_was_no_connect() {
        let log = "Nov 24 08:00:00 a smtpd[1]: 5df87c9ffd0e785d mta connecting address=smtp://192.0.2.1:25 host=mx.example.org\n\
            Nov 24 08:00:00 a smtpd[1]: 5df87c9ffd0e785d mta connected\n\
            Nov 24 08:05:00 a smtpd[1]: 5df87c9ffd0e785d mta error reason=Connection timeout\n\
            Nov 24 08:06:00 a smtpd[1]: 5df87c9ffd0e785e mta error reason=Connection timeout\n";
        let causes = |symptoms: Vec<Symptom>| symptoms.iter().map(|one| one.cause).collect::<Vec<_>>();
        assert_eq!(causes(read(log)), [Cause::SessionTimedOut]);
        let other = log.lines().last().unwrap_or_default();
        assert_eq!(causes(read(other)), [Cause::ConnectTimedOut]);
        let mut whole = Log::new();
        whole.push(log.as_bytes());
        assert_eq!(causes(whole.finish().symptoms), [Cause::ConnectTimedOut, Cause::SessionTimedOut]);
    }
}
