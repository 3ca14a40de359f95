//! What was found of this machine.

use super::names::{self, Named};
use super::stops::Stop;
use super::submission;
use noanswer_core::address::{AddressPolicy, Family};
use noanswer_core::evidence::{Cloud, Container, Evidence, ToldBy};
use serde::Serialize;
use std::net::IpAddr;

/// Whether mail can be sent in one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sends {
    /// Known-good hosts of two operators or more greeted.
    Yes,
    /// None of them did.
    No,
    /// Something answers in the place of others.
    Intercepted,
    /// The host has no address or route of this family.
    None,
    /// Too few could be asked.
    NotTold,
}

/// What was found of one family.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    pub(super) family: Family,
    pub(super) sends: Sends,
    /// What stops it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stop: Option<Stop>,
}

/// All that was found.
pub(super) struct Whole {
    pub(super) evidence: Evidence,
    pub(super) families: Vec<Found>,
    /// The addresses that were to be looked from; none where the system chose.
    pub(super) chosen: Vec<IpAddr>,
    /// Whether it is of the embedded lab.
    pub(super) lab: bool,
    pub(super) cloud: Option<(&'static Cloud, ToldBy)>,
    pub(super) submission: Vec<submission::Tried>,
    pub(super) names: Vec<Named>,
    pub(super) resolver: Resolver,
    pub(super) took: std::time::Duration,
}

/// How this machine's own resolver compares with the DoH servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Resolver {
    /// It names the exchanges that they name.
    Agrees,
    /// It names others.
    Differs,
    /// It does not answer, or answers that there is nothing.
    Fails,
    /// It was not asked, or no DoH server answered.
    NotTold,
}

impl Whole {
    /// 0 it can send in every family that it has, 1 in one of them, 2 in none, 3 that could not be told.
    pub(super) fn exit_code(&self) -> u8 {
        let any = |sends| self.families.iter().any(|one| one.sends == sends);
        let stopped = any(Sends::No) || any(Sends::Intercepted);
        match (any(Sends::Yes), stopped) {
            (true, false) => 0,
            (true, true) => 1,
            (false, true) => 2,
            (false, false) => 3,
        }
    }

    /// The public address that mail is seen to come from, where it is known.
    pub(super) fn address(&self) -> Option<IpAddr> {
        let sources = self.evidence.host.iter().flat_map(|host| &host.source_addresses);
        self.evidence
            .public_addresses
            .iter()
            .chain(sources.filter(|one| names::is_public(**one, &AddressPolicy::default())))
            .next()
            .copied()
    }

    /// The request to the provider, where port 25 is stopped and this host's own rules do not do it.
    pub(super) fn request(&self) -> Option<String> {
        let stopped = self.families.iter().filter_map(|one| one.stop.as_ref());
        if !stopped.clone().any(Stop::is_providers) {
            return None;
        }
        match self.cloud {
            Some((cloud, _)) => cloud.request(self.address()),
            None => Some(general_request(self.address())),
        }
    }

    /// Whether this runs in a container.
    pub(super) fn in_container(&self) -> bool {
        self.evidence.host.as_ref().is_some_and(|host| host.container == Container::Inside)
    }
}

/// A request to a provider that is not known.
fn general_request(address: Option<IpAddr>) -> String {
    let address = address.map_or_else(|| "[address]".to_owned(), |address| address.to_string());
    format!(
        "Subject: Please open outbound TCP port 25 for {address}\n\n\
         Hello,\n\n\
         our mail server at {address} cannot open connections to port 25 of any mail exchange: known-good hosts of \
         several operators do not answer there, while connections to port 443 (HTTPS) work.\n\n\
         Is outbound TCP port 25 filtered for this server? If so, please open it: it sends mail of our own users, \
         its reverse DNS name is [mail.example.org], and abuse reports reach us at [abuse@example.org].\n\n\
         Thank you.\n"
    )
}
