//! Successes that deserve a second look: was it the host that answered, or something on the way to it?
//!
//! Kind to the host: one series of hop-limited SYNs a family, and only where something is odd. Most of them die on the
//! way.

use super::look::Look;
use super::prober::Prober;
use super::{place, trace};
use noanswer_core::address::Family;
use noanswer_core::evidence::{Attempt, Evidence, Sight};
use std::net::SocketAddr;

impl Prober {
    /// Notes who answered at the first odd success of each family.
    pub(super) async fn look_behind_successes(&self, evidence: &mut Evidence, look: &Look) {
        if !self.connects_directly() {
            return;
        }
        for family in Family::ALL {
            let sight = evidence.sight_in(family);
            let mut of_family = evidence.attempts.iter_mut().filter(|attempt| attempt.family() == family);
            let Some(attempt) = of_family.find(|attempt| is_odd(attempt, sight)) else { continue };
            // A series ends with a connection to each of two ports.
            if !self.may_connect(attempt.address, 2) {
                continue;
            }
            let address = SocketAddr::new(attempt.address, attempt.port);
            let series = async {
                // One connection at a time holds for these, too.
                let _turn = self.turns.take(&attempt.exchange, attempt.address).await;
                let trace = Box::pin(trace::trace(address, self.round_trip(), &look.neighbours)).await;
                place::answer(&trace)
            };
            attempt.answered_by = tokio::time::timeout_at(look.cutoff, series).await.ok().flatten();
        }
    }
}

/// Whether who took this connection is in doubt: something answers for others here, words were masked on the way, or
/// the same address failed elsewhere, which is why it is looked at in a further round.
fn is_odd(attempt: &Attempt, sight: Sight) -> bool {
    let further_round = attempt.round > 1 && attempt.went_well();
    attempt.connected() && (sight == Sight::Deceived || attempt.is_masked() || further_round)
}
