//! What the rows of a log tell.

use crate::symptom::model::Symptom;
use crate::timestamp::Timestamp;
use std::net::IpAddr;

/// What rows tell.
#[derive(Debug)]
pub(in crate::symptom) enum Told {
    /// An attempt failed.
    Failed(Symptom, Option<u64>),
    /// Another server took a mail.
    Taken(Taken),
}

/// A mail that another server took.
#[derive(Debug, Default)]
pub(in crate::symptom) struct Taken {
    /// The server, by its own name.
    pub(in crate::symptom) host: Option<String>,
    pub(in crate::symptom) address: Option<IpAddr>,
    pub(in crate::symptom) port: Option<u16>,
    /// The recipients' domains, lower case.
    pub(in crate::symptom) domains: Vec<String>,
    /// A hash of the message's name, where the row has one.
    pub(in crate::symptom) message: Option<u64>,
    pub(in crate::symptom) at: Option<Timestamp>,
}
