//! The faults: named things that can be wrong, each with the party who must act.

use crate::wire_name::wire_name;
use serde::{Deserialize, Serialize};

/// The party who must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The sender's side.
    You,
    /// The recipient's side.
    Them,
    /// The path between, or a filter on it.
    Between,
    /// Nobody: it works now.
    Nobody,
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident: $party:ident, $degraded:literal, $title:literal;)*) => {
        /// A named thing that can be wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Fault { $($(#[$doc])* $name,)* }

        impl Fault {
            /// Every fault, in the order of the parties.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The party who must act.
            pub const fn party(self) -> Party {
                match self { $(Self::$name => Party::$party,)* }
            }

            /// Whether mail still passes, if slowly or by another way.
            pub const fn mail_passes(self) -> bool {
                match self { $(Self::$name => $degraded,)* }
            }

            /// The fault in a few words, for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

faults! {
    /// Something on the sender's side drops or rejects every connection to port 25.
    OutboundPort25Blocked: You, false, "Outbound port 25 is blocked on the sender's side";
    /// Something on the sender's side answers port 25 in the place of every host.
    OutboundPort25Intercepted: You, false, "Outbound port 25 is intercepted on the sender's side";
    /// The sender's IPv6 does not work; its IPv4 may.
    SenderIpv6Broken: You, true, "IPv6 is broken on the sender's side";
    /// The sender's resolver fails or lies about the domain.
    SenderDnsBroken: You, false, "The sender's DNS resolver is broken";
    /// The sender has no usable Internet in this family, on any port.
    SenderOffline: You, false, "The sender has no Internet";
    /// Large packets are lost between the sender and the host (RFC 2923 s2.1).
    SenderPathMtu: You, false, "Large packets are lost on the sender's path (MTU)";
    /// The domain does not exist (NXDOMAIN, RFC 2308 s2.1).
    NoSuchDomain: Them, false, "The domain does not exist";
    /// The domain says that it takes no mail (RFC 7505).
    NullMx: Them, false, "The domain accepts no mail";
    /// No exchange of the domain has an address, or it has neither exchange nor address.
    NoAddressForMx: Them, false, "No mail server of the domain has an address";
    /// The exchanges' addresses are not reachable on the public Internet.
    MxNotPublic: Them, false, "The domain's mail servers are at addresses that are not public";
    /// The domain's DNS fails: SERVFAIL, lame, or DNSSEC bogus.
    DnsBroken: Them, false, "The domain's DNS is broken";
    /// The host answers nobody: down, or a firewall drops everyone.
    HostDown: Them, false, "The mail server answers nobody";
    /// The host is up and refuses connections to port 25 from everyone.
    PortClosed: Them, false, "The mail server's port 25 is closed";
    /// The host accepts connections and never greets.
    NoGreeting: Them, false, "The mail server accepts connections but never greets";
    /// The host puts senders off for now (421 or another 4xx): too busy, or a greylist.
    TooBusy: Them, false, "The mail server puts senders off for now (421 or another 4xx)";
    /// The host refuses in its greeting (554, 521).
    Refusing: Them, false, "The mail server refuses in its greeting";
    /// The host closes, resets or stalls sessions after connecting.
    DropsSession: Them, false, "The mail server drops or stalls sessions";
    /// The host's TLS fails.
    TlsBroken: Them, false, "The mail server's TLS is broken";
    /// The recipient's IPv6 does not work; its IPv4 does.
    RecipientIpv6Broken: Them, true, "IPv6 is broken on the recipient's side";
    /// Some exchanges fail and others work.
    SomeExchangesDown: Them, true, "Some of the domain's mail servers are down";
    /// The host, or a filter before it, keeps this sender out: by silence, a reset, or in words.
    SenderFiltered: Between, false, "The mail server, or a filter before it, keeps this sender out";
    /// Some places reach the host and others do not.
    RegionalOutage: Between, false, "The mail server can be reached from some places and not from others";
    /// Everything that was tried works.
    NothingWrongNow: Nobody, true, "Nothing is wrong now";
    /// The host greets, or answers a command, but late.
    SlowGreeting: Nobody, true, "The mail server answers, but late";
    /// Some tries work and others fail, from the same place.
    Intermittent: Nobody, true, "It works at times and fails at times";
}

impl Fault {
    /// The name on the wire.
    pub fn name(self) -> String {
        wire_name(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_one_on_the_wire() {
        for fault in Fault::ALL {
            assert_eq!(serde_json::to_string(fault).unwrap(), format!("\"{}\"", fault.name()));
        }
    }
}
