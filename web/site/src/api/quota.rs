//! The limits of a client, and what it has taken of them.

/// What a client has only so often in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Checks.
    Checks,
    /// MX plans: each is dozens of questions to a public resolver.
    Lookups,
    /// Relayed DNS questions: a plan is dozens.
    Relay,
    /// Probes of one target network, from each vantage.
    Targets,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 4] = [Self::Checks, Self::Lookups, Self::Relay, Self::Targets];

    /// How often in a minute (RFC 6585 s4: 429 beyond it). The one place that says so: a test holds `wrangler.toml`
    /// to these figures.
    pub const fn a_minute(self) -> u32 {
        match self {
            Self::Checks => 10,
            Self::Lookups => 30,
            Self::Relay => 600,
            Self::Targets => 20,
        }
    }

    /// Its name in the fields `RateLimit` and `RateLimit-Policy`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checks => "checks",
            Self::Lookups => "lookups",
            Self::Relay => "relay",
            Self::Targets => "targets",
        }
    }
}

/// One of a limit, taken: how many are left, where the host can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many are left of the minute's.
    pub left: Option<u32>,
    /// When the minute is over, in seconds: a whole one where each comes back a minute after it was taken.
    pub ends_s: Option<u64>,
}
