//! Further connections beside one that falters, when it is asked again: a load balancer may choose by port, and one
//! connection is one draw.

use super::connect::connect;
use super::session::{self, Dialed, Plan};
use futures_util::future::join_all;
use noanswer_core::evidence::{Attempt, Outcome};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::time::Instant;

/// How many more there are.
pub(super) const MORE: usize = 4;

/// After how much silence a connection falters: most hosts have answered by then.
const FALTERS: Duration = Duration::from_millis(500);

/// A shorter silence tells nothing: a SYN that was lost is sent again after one second (RFC 6298 s2.1).
const TELLING: Duration = Duration::from_secs(2);

/// Connects to `address` of `host`; where that fails or falters, [`MORE`] connections are opened beside it, and closed at
/// once, if `may_have` says that the host may have so many.
///
/// # Errors
/// The attempt, where it ends here, with the ends of the others.
pub(super) async fn dial(
    host: &str,
    address: SocketAddr,
    plan: &Plan<'_>,
    may_have: impl Fn() -> bool,
) -> Result<Dialed, Box<Attempt>> {
    let mut dialing = pin!(session::dial(host, address, plan));
    let (dialed, parallel) = match tokio::time::timeout(FALTERS, dialing.as_mut()).await {
        Ok(Err(attempt)) if packets_ended(&attempt) => (Err(attempt), more(address, plan, may_have).await),
        Ok(dialed) => return dialed,
        Err(_) => tokio::join!(dialing, more(address, plan, may_have)),
    };
    dialed.map_err(|mut attempt| {
        attempt.parallel = parallel;
        attempt
    })
}

/// Whether packets ended it, and not the own system.
fn packets_ended(attempt: &Attempt) -> bool {
    matches!(
        attempt.outcome,
        Outcome::TimedOut
            | Outcome::Refused
            | Outcome::Prohibited
            | Outcome::HostUnreachable
            | Outcome::NetworkUnreachable
    )
}

async fn more(address: SocketAddr, plan: &Plan<'_>, may_have: impl Fn() -> bool) -> Vec<Outcome> {
    let limit = plan.connect.min(plan.cutoff.saturating_duration_since(Instant::now()));
    if limit < TELLING || !may_have() {
        return Vec::new();
    }
    let one = async || match connect(address, limit, plan.socket, plan.neighbours).await {
        Ok(_) => Outcome::Connected,
        Err(failure) => failure.outcome,
    };
    let ends = join_all((0..MORE).map(|_| one())).await;
    ends.into_iter().filter(|outcome| *outcome != Outcome::NotTried).collect()
}
