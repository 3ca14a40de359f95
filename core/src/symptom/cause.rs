//! The causes that a text can state, by family.

use crate::smtp::Stage;
use serde::{Deserialize, Serialize};

/// A family of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SymptomFamily {
    /// The host was not reached, or fell silent.
    NoAnswer,
    /// The host could not be found.
    Dns,
    /// The host, or the sender's queue, asked for patience.
    Busy,
    /// The message was given up and no cause is stated.
    Expired,
    /// The trouble is on the sending host itself.
    Sender,
    /// A server spoke and said no: not a connectivity problem.
    Rejected,
    /// No failure could be read.
    Unknown,
}

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident: $family:ident,)*) => {
        /// What a text states as the cause of the failure.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Cause { $($(#[$doc])* $name,)* }

        impl Cause {
            /// Every cause, in the order of the families.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The family that the cause belongs to.
            pub const fn family(self) -> SymptomFamily {
                match self { $(Self::$name => SymptomFamily::$family,)* }
            }
        }
    };
}

causes! {
    /// The TCP handshake met silence.
    ConnectTimedOut: NoAnswer,
    /// The connection was refused: a reset, or ICMP port unreachable.
    ConnectRefused: NoAnswer,
    /// No route to the host, or the host does not answer on its own network.
    HostUnreachable: NoAnswer,
    /// No route to the network.
    NetworkUnreachable: NoAnswer,
    /// No connection came about; the text does not say why.
    ConnectFailed: NoAnswer,
    /// Connected, but no greeting came in time.
    GreetingTimedOut: NoAnswer,
    /// Connected, then closed before or while greeting.
    DroppedAtGreeting: NoAnswer,
    /// The session fell silent after the greeting.
    SessionTimedOut: NoAnswer,
    /// The session was closed or reset after the greeting.
    SessionDropped: NoAnswer,
    /// The TLS handshake failed.
    TlsFailed: NoAnswer,
    /// The domain or the exchange does not exist.
    NoSuchDomain: Dns,
    /// No MX and no address, or an exchange without address.
    NoMailHost: Dns,
    /// The domain says that it takes no mail (RFC 7505).
    NullMx: Dns,
    /// The lookup failed for now: SERVFAIL, a timeout.
    DnsFailed: Dns,
    /// Mail for the domain comes back to the sender itself.
    MailLoop: Dns,
    /// The server is too busy or has too many connections (421).
    TooBusy: Busy,
    /// The server asked to come back later, as it does with everyone new.
    Greylisted: Busy,
    /// The server slowed this sender down.
    RateLimited: Busy,
    /// The sender's own queue did not try this time.
    DeferredByQueue: Busy,
    /// Given up, and no inner cause is stated.
    Expired: Expired,
    /// Resources, bind address, local filter or policy on the sending host.
    SenderLocal: Sender,
    /// The greeting itself was a refusal (554, 521).
    RefusedAtGreeting: Rejected,
    /// The mailbox does not exist, is full or is closed.
    Mailbox: Rejected,
    /// A policy or a reputation list.
    Policy: Rejected,
    /// SPF, DKIM, DMARC, or a login.
    Authentication: Rejected,
    /// The content was taken for spam or a virus.
    Content: Rejected,
    /// The message is too large.
    Size: Rejected,
    /// Relaying denied.
    Relaying: Rejected,
    /// A syntax or protocol error was reported.
    Syntax: Rejected,
    /// Rejected for a reason that is none of these.
    RejectedOther: Rejected,
    /// No failure could be read.
    Unknown: Unknown,
}

impl Cause {
    /// The stage in which the cause arises, where the text does not say.
    pub(super) fn usual_stage(self) -> Stage {
        match self {
            Self::ConnectTimedOut
            | Self::ConnectRefused
            | Self::HostUnreachable
            | Self::NetworkUnreachable
            | Self::ConnectFailed => Stage::Connect,
            Self::GreetingTimedOut | Self::DroppedAtGreeting | Self::RefusedAtGreeting => Stage::Greeting,
            Self::SessionTimedOut | Self::SessionDropped => Stage::Ehlo,
            Self::TlsFailed => Stage::Starttls,
            Self::NoSuchDomain | Self::NoMailHost | Self::NullMx | Self::DnsFailed | Self::MailLoop => {
                Stage::Dns
            }
            Self::DeferredByQueue | Self::Expired | Self::SenderLocal | Self::Unknown => Stage::Queue,
            _ => Stage::Rcpt,
        }
    }
}
