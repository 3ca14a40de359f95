//! A connection of the connectivity log.

use crate::symptom::model::Symptom;
use std::net::IpAddr;

/// A connection, or several to the targets of one destination, as far as they have come.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) address: Option<IpAddr>,
    pub(super) port: Option<u16>,
    /// Something was wrong before a connection came about: names are looked up for more than one type.
    pub(super) pending: Option<Symptom>,
    pub(super) told: bool,
}
