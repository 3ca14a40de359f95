//! Controls: hosts whose state is known, so that a vantage's own blindness shows.

use super::attempt::Attempt;
use serde::{Deserialize, Serialize};

/// What is known of a control beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// A known-good exchange: its port 25 is open.
    Open,
    /// A port 25 that is known to be closed: if it answers, something intercepts.
    Closed,
}

/// A control that could not be asked, because its address is not known. It counts as not tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnresolvedControl {
    /// Who runs the control host.
    pub operator: String,
    /// Its name.
    pub host: String,
    /// Why its address is not known.
    pub because: String,
}

/// One connection to a control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ControlResult {
    /// Who runs the control host. Several hosts of one operator are one independent source.
    pub operator: String,
    /// What is known of it beforehand.
    pub expected: Expectation,
    /// The connection; its port is 25, or 443 to tell "no port 25" from "no Internet".
    #[serde(flatten)]
    pub attempt: Attempt,
}
