//! What a plan has to say about the zone beside the addresses.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Something odd in the zone, or something that was left out of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// What it is.
    pub code: FindingCode,
    /// The exchange that it is about, as it stands in the zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// One sentence. Names in it come from DNS: hostile wherever they are shown.
    pub words: String,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $words:literal,)*) => {
        /// The kinds of findings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum FindingCode { $($(#[$doc])* $name,)* }

        impl FindingCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code's sentence, without the names that it is about.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$name => $words,)* }
            }
        }
    };
}

codes! {
    /// The MX lists an IP address (RFC 5321 s5.1: it must be a name).
    ExchangeIsLiteral => "the MX record names an IP address; it must name a host (RFC 5321): Exim refuses it, Postfix takes it",
    /// The MX lists a CNAME (RFC 2181 s10.3, RFC 5321 s5.1: it must not).
    ExchangeIsCname => "the MX record names an alias (CNAME); it must name a host with addresses of its own",
    /// The MX lists what no host can be named.
    ExchangeUnusable => "the MX record names something that cannot be a host name",
    /// The exchange does not exist.
    ExchangeNoSuchName => "the MX record names a host that does not exist in DNS",
    /// The exchange exists, but has neither an A nor an AAAA record.
    ExchangeWithoutAddress => "the exchange has neither an IPv4 nor an IPv6 address",
    /// The exchange's aliases lead in a circle or go on too long.
    ExchangeCnameEndless => "the exchange's aliases (CNAME) lead in a circle or never end",
    /// All the exchange's addresses are set aside for special use.
    ExchangeNotPublic => "no address of the exchange can be reached over the public Internet",
    /// Some of the exchange's addresses are set aside for special use.
    AddressNotPublic => "an address of the exchange cannot be reached over the public Internet",
    /// A lookup of the exchange's addresses failed.
    AddressLookupFailed => "a lookup of the exchange's addresses failed",
    /// The same exchange is listed more than once.
    ExchangeListedTwice => "the exchange is listed more than once; the lowest preference counts",
    /// A null MX stands beside other records (RFC 7505 s3: it must stand alone).
    NullMxNotAlone => "\"no mail here\" (a null MX) stands beside other MX records and is ignored",
    /// The domain itself is an alias.
    DomainIsCname => "the domain is an alias (CNAME); mail follows it",
    /// The domain's aliases lead in a circle or go on too long.
    DomainCnameEndless => "the domain's aliases (CNAME) lead in a circle or never end",
    /// More exchanges than a plan takes.
    TooManyExchanges => "the domain has more exchanges than are looked at; the most preferred ones were taken",
    /// More addresses than a plan takes.
    TooManyAddresses => "the exchanges have more addresses than are looked at; some of each were taken",
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl Finding {
    /// A finding about the domain.
    pub(super) fn domain(code: FindingCode, detail: &str) -> Self {
        Self { code, exchange: None, words: sentence(code, detail) }
    }

    /// A finding about an exchange.
    pub(super) fn exchange(code: FindingCode, exchange: &str, detail: &str) -> Self {
        Self { code, exchange: Some(exchange.to_owned()), words: sentence(code, detail) }
    }
}

fn sentence(code: FindingCode, detail: &str) -> String {
    if detail.is_empty() { code.words().to_owned() } else { format!("{}: {detail}", code.words()) }
}
