//! What several instances must know together, in DynamoDB: how often somebody asked, who has how many streams, what the
//! vantages saw, and reports and cases.
//!
//! An instance of a function knows nothing of the others, and there may be hundreds: a limit that each keeps by itself is
//! none. Every write here has a condition, so that no number of instances at once is granted more than one would be.
//! Addresses are not stored: a counter's key is a hash with a secret that changes each day and is forgotten.

mod answers;
mod counter;
mod kept;
mod packed;
mod secret;
mod streams;

pub use counter::{Granted, WINDOW};
pub use kept::KeepError;
pub use streams::Place;

use crate::aws::Table;
use secret::Secrets;

/// How long a lease holds, in seconds, unless it is renewed: an instance that died is not waited for any longer.
const LEASE: i64 = 6;

/// The store that the instances of one deployment share.
#[derive(Debug)]
pub struct Store {
    table: Table,
    secrets: Secrets,
    lease: i64,
}

impl Store {
    /// The store in `table`.
    pub fn new(table: Table) -> Self {
        Self { table, secrets: Secrets::default(), lease: LEASE }
    }

    /// Takes leases of so many seconds: for a table that is slower than DynamoDB, where renewing one may take that long.
    #[must_use]
    pub fn leasing(self, seconds: i64) -> Self {
        Self { lease: seconds, ..self }
    }
}
