//! The time that a request has where its host ends it (a function's deadline): a check ends before, with a verdict.

use super::problem::Problem;
use noanswer_core::check::{self, CheckRequest};
use noanswer_core::timestamp::Timestamp;

/// What is kept of the time, in seconds: for the way to vantages and back, the judgement, the answer, and a clock that tells
/// whole seconds.
const KEPT_S: i64 = 5;

/// How long a request may still take.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeLeft {
    ends: Option<Timestamp>,
}

impl TimeLeft {
    /// Of a request that its host ends at `ends`.
    pub(super) fn until(ends: Option<Timestamp>) -> Self {
        Self { ends }
    }

    /// In milliseconds at `now`; `None` where nobody ends it.
    pub(super) fn ms(self, now: Timestamp) -> Option<u64> {
        let left_s = self.ends?.unix() - now.unix() - KEPT_S;
        Some(u64::try_from(left_s).unwrap_or(0) * 1_000)
    }

    /// The check with no more time than there is at `now`.
    pub(super) fn within(self, request: CheckRequest, now: Timestamp) -> CheckRequest {
        let Some(left_ms) = self.ms(now) else { return request };
        // The usual time stands for one that nobody has set, and vantages that take minutes are waited for beyond it.
        let usual_ms = check::whole_ms(request.patience);
        let deadline_ms = if left_ms == usual_ms { usual_ms - 1 } else { left_ms };
        CheckRequest { deadline_ms, ..request }
    }

    /// Whether a quick look can still be had after a pause of `pause_s` seconds.
    ///
    /// # Errors
    /// 503 when it cannot.
    pub(super) fn enough(self, now: Timestamp, pause_s: u64) -> Result<(), Problem> {
        let needed_ms = pause_s.saturating_mul(1_000).saturating_add(check::QUICK_MS);
        match self.ms(now) {
            Some(left_ms) if left_ms < needed_ms => {
                let detail =
                    "this server ends a request after a while: ask again for the domains that are left";
                Err(Problem::unavailable("There is no time left", detail))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::address::AddressPolicy;
    use noanswer_core::ports::Patience;

    fn request(patience: Patience) -> CheckRequest {
        CheckRequest {
            domain: "a.test".parse().expect("a domain"),
            at: Timestamp::from_unix(0),
            symptoms: Vec::new(),
            log: None,
            evidence: Vec::new(),
            resolvers: Vec::new(),
            policy: AddressPolicy::default(),
            patience,
            deadline_ms: check::whole_ms(patience),
        }
    }

    #[test]
    fn a_check_ends_before_its_host_does() {
        let now = Timestamp::from_unix(1_000);
        let ending = |in_s: i64| TimeLeft::until(Some(Timestamp::from_unix(1_000 + in_s)));
        for (in_s, ms) in [(150, 145_000), (121, 115_999), (40, 35_000), (5, 0), (-60, 0)] {
            assert_eq!(ending(in_s).within(request(Patience::Patient), now).deadline_ms, ms, "{in_s}");
        }
        let usual = check::whole_ms(Patience::Patient);
        assert_eq!(TimeLeft::until(None).within(request(Patience::Patient), now).deadline_ms, usual);
    }

    #[test]
    fn a_domain_for_which_there_is_no_time_is_refused() {
        let now = Timestamp::from_unix(1_000);
        let ending = TimeLeft::until(Some(Timestamp::from_unix(1_030)));
        assert!(ending.enough(now, 14).is_ok(), "25 s are left");
        assert_eq!(ending.enough(now, 15).expect_err("not enough").status, 503);
        assert!(TimeLeft::until(None).enough(now, 3_600).is_ok());
    }
}
