//! `GET /v1/vantages`: what each vantage sees of port 25.

use noanswer_core::evidence::{Evidence, FamilySight, Sight};
use noanswer_core::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// A vantage, and what it sees of port 25.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VantageView {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub place: String,
    /// The network it stands in.
    pub network: String,
    /// Whether it sees port 25.
    pub sight: Sight,
    /// The same, one family at a time.
    pub sight_by_family: FamilySight,
    /// As of when.
    pub as_of: Timestamp,
    /// Why it could not be asked, when it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl VantageView {
    /// What `evidence` shows of its vantage, as of `as_of`.
    pub fn of(evidence: &Evidence, as_of: Timestamp) -> Self {
        Self {
            id: evidence.vantage.clone(),
            place: evidence.place.clone(),
            network: evidence.network.clone(),
            sight: evidence.sight,
            sight_by_family: evidence.sight_by_family,
            as_of,
            failure: evidence.failure.as_ref().map(|failure| failure.words.clone()),
        }
    }
}
