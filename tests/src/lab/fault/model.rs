//! The faults by name, as scenarios name them.

use crate::lab::place::Host;
use crate::lab::world::Link;
use serde::Deserialize;

/// Which families a fault strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Families {
    /// IPv4 and IPv6.
    #[default]
    Both,
    /// IPv4 alone.
    Ipv4,
    /// IPv6 alone.
    Ipv6,
}

impl Families {
    /// Whether IPv4 is struck.
    pub fn ipv4(self) -> bool {
        self != Self::Ipv6
    }

    /// Whether IPv6 is struck.
    pub fn ipv6(self) -> bool {
        self != Self::Ipv4
    }

    /// The match of nftables' family `inet` for these families, with a space behind it.
    pub(super) fn rule(self) -> &'static str {
        match self {
            Self::Both => "",
            Self::Ipv4 => "meta nfproto ipv4 ",
            Self::Ipv6 => "meta nfproto ipv6 ",
        }
    }
}

/// How a filter says no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Not at all: the packet is dropped.
    #[default]
    Drop,
    /// By a reset.
    Reset,
    /// ICMP port unreachable.
    Port,
    /// ICMP host unreachable (in IPv6: address unreachable).
    Host,
    /// ICMP network unreachable (in IPv6: no route).
    Net,
    /// ICMP administratively prohibited.
    Admin,
    /// ICMP host prohibited (IPv4 alone).
    HostProhibited,
}

/// Whom a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whom {
    /// The sender.
    Sender,
    /// A region.
    #[serde(rename = "region-1")]
    Region1,
    /// A region.
    #[serde(rename = "region-2")]
    Region2,
    /// A region.
    #[serde(rename = "region-3")]
    Region3,
}

impl Whom {
    /// The network that it lives in.
    pub fn net(self) -> u8 {
        match self {
            Self::Sender => crate::lab::plan::OFFICE,
            Self::Region1 => crate::lab::plan::REGION,
            Self::Region2 => crate::lab::plan::REGION + 1,
            Self::Region3 => crate::lab::plan::REGION + 2,
        }
    }

    /// The index of the region.
    pub fn region(self) -> Option<usize> {
        usize::from(self.net()).checked_sub(usize::from(crate::lab::plan::REGION))
    }
}

/// What a lying vantage claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// That it sees clearly and reached every exchange, without a single control.
    ReachedWithoutControls,
    /// That it is the sending server itself, and sees clearly.
    IsTheSender,
    /// That it met silence everywhere, without a single control.
    SilenceWithoutControls,
    /// That it reached the controls, and addresses that nobody asked it for.
    OtherAddresses,
}

/// What a lying exporter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lie {
    /// That whatever it is asked for greets.
    EverythingGreets,
    /// That all of the recipient is silent, and everybody else as it should be.
    TargetIsSilent,
    /// That all of the recipient refuses, and everybody else as it should be.
    TargetRefuses,
    /// That all of the recipient greets, and everybody else as it should be.
    TargetGreets,
    /// Nothing: it ends each call without an answer, as one that crashed.
    Nothing,
}

/// One thing that is broken.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Rules of nftables in a chain of their own, as the operator of a host writes them: for what has no name of its own.
    Rules {
        /// Where.
        at: Host,
        /// The hook of the chain; with `nat`, one of address translation.
        #[serde(default = "forward")]
        hook: String,
        /// Whether the chain translates addresses.
        #[serde(default)]
        nat: bool,
        /// The rules.
        rules: String,
        /// Only until so many seconds after the check began.
        until: Option<u64>,
    },
    /// Lines for `ip -batch`, as the operator of a host writes them.
    Ip {
        /// Where.
        at: Host,
        /// The lines.
        lines: String,
    },
    /// A server more, in front of which nothing stands.
    Server {
        /// Where.
        at: Host,
        /// What it listens on.
        listen: std::net::SocketAddr,
        /// Its fate.
        fate: String,
        /// Its name.
        server: String,
    },
    /// The sender's own firewall drops or rejects outbound port 25.
    #[serde(rename = "sender_blocks_25")]
    SenderBlocks25 {
        /// In these families.
        #[serde(default)]
        family: Families,
        /// In this way.
        #[serde(default)]
        how: Refusal,
    },
    /// A rule of the sender's kernel forbids port 25: `EACCES` at once.
    #[serde(rename = "sender_forbids_25")]
    SenderForbids25 {
        /// In these families.
        #[serde(default)]
        family: Families,
    },
    /// The sender's own firewall forbids the recipient's addresses alone: `EACCES` at once.
    SenderForbidsTarget,
    /// The gateway drops or rejects outbound port 25.
    #[serde(rename = "gateway_blocks_25")]
    GatewayBlocks25 {
        /// In these families.
        #[serde(default)]
        family: Families,
        /// In this way.
        #[serde(default)]
        how: Refusal,
    },
    /// The gateway lets SYNs to port 25 out and drops what comes back.
    GatewayDropsAnswers,
    /// The gateway lets so many connections to port 25 stand at a time.
    GatewayLimits {
        /// So many.
        connections: u8,
    },
    /// The gateway lets connections to port 25 come about, and not what the sender says on them.
    GatewayEndsSessions {
        /// In this way.
        #[serde(default)]
        how: Refusal,
    },
    /// The gateway drops port 25 to the recipient and to one operator of controls, and lets the rest through: a list of
    /// what may be connected to, or of what may not.
    GatewayChooses,
    /// The first SYN of every connection to port 25 is lost.
    LosesFirstSyns {
        /// Whose.
        whom: Whom,
    },
    /// The gateway answers port 25 in the place of everybody.
    #[serde(rename = "gateway_intercepts_25")]
    GatewayIntercepts25 {
        /// In these families.
        #[serde(default)]
        family: Families,
        /// With a server of this fate.
        fate: String,
    },
    /// The gateway lets nothing through.
    SenderOffline {
        /// In these families.
        #[serde(default)]
        family: Families,
    },
    /// The sender has no default route.
    SenderHasNoRoute {
        /// In these families.
        #[serde(default)]
        family: Families,
    },
    /// Large packets to the sender are lost without a word, wherever they come from.
    SenderPathMtu,
    /// Large packets from the recipient to the sender are lost without a word.
    TargetPathMtu,
    /// Large packets from the recipient to a region are lost without a word.
    RegionPathMtu {
        /// The region.
        whom: Whom,
    },
    /// The sender's gateway drops these ports.
    GatewayBlocksPorts {
        /// Which.
        ports: Vec<u16>,
    },
    /// The sender's resolver answers nothing.
    ResolverDown,
    /// The sender's resolver takes its time.
    ResolverSlow {
        /// This much.
        seconds: u64,
    },
    /// A DoH server cannot be reached.
    DohDown {
        /// The first (1) or the second (2).
        server: u8,
    },
    /// A DoH server takes its time.
    DohSlow {
        /// The first (1) or the second (2).
        server: u8,
        /// This much.
        seconds: u64,
    },
    /// A DoH server answers with a web page, as captive portals do.
    DohHtml {
        /// The first (1) or the second (2).
        server: u8,
    },
    /// The recipient's host is gone: nobody has its addresses.
    TargetGone {
        /// Of these families.
        #[serde(default)]
        family: Families,
        /// Of this exchange alone (1, 2).
        exchange: Option<u8>,
    },
    /// The recipient's network drops or rejects everything that comes from these, or from all.
    TargetBlocks {
        /// In these families.
        #[serde(default)]
        family: Families,
        /// Only from here.
        whom: Option<Whom>,
        /// In this way.
        #[serde(default)]
        how: Refusal,
        /// Only to this exchange (1, 2).
        exchange: Option<u8>,
        /// Only until so many seconds after the check began.
        until: Option<u64>,
    },
    /// A link is long: every packet is under way for a while, and some are lost.
    LongLink {
        /// Which.
        link: Link,
        /// How long a packet takes, in milliseconds, one way.
        each_way_ms: u64,
        /// How many of a hundred are lost, each way.
        #[serde(default)]
        loss_percent: u8,
    },
    /// A share of all packets to the recipient is lost.
    TargetLoses {
        /// Percent.
        percent: u8,
    },
    /// The recipient has another server for those who come from there.
    TargetTreats {
        /// From where.
        whom: Whom,
        /// A server of this fate.
        fate: String,
    },
    /// The recipient's firewall stands before its host: it serves port 25 itself, and what goes to 443 gets lost behind
    /// it.
    TargetBehindFirewall,
    /// A box on the way of one answers in the recipient's place, with a certificate of its own.
    Middlebox {
        /// Whose way.
        whom: Whom,
        /// With a server of this fate.
        fate: String,
        /// Whether it is the sender's own gateway.
        #[serde(default)]
        at_gateway: bool,
    },
    /// A region cannot use port 25, as most clouds have it.
    RegionBlind {
        /// The region.
        whom: Whom,
    },
    /// Something at a region answers port 25 in the place of everybody.
    RegionDeceived {
        /// The region.
        whom: Whom,
    },
    /// A region's service does not run.
    VantageDown {
        /// The region.
        whom: Whom,
    },
    /// A region's service takes its time.
    VantageSlow {
        /// The region.
        whom: Whom,
        /// This much.
        seconds: u64,
    },
    /// A region's service answers with evidence that it made up.
    VantageLies {
        /// The region.
        whom: Whom,
        /// What it makes up.
        claim: Claim,
    },
    /// A region's exporter makes up what it answers.
    ExporterLies {
        /// The region.
        whom: Whom,
        /// What it makes up.
        lie: Lie,
    },
    /// A region's service answers what is no evidence.
    VantageGarbage {
        /// The region.
        whom: Whom,
    },
}

fn forward() -> String {
    "forward".to_owned()
}

impl Fault {
    /// The region whose own service must not be started.
    pub fn silences(&self) -> Option<Whom> {
        match self {
            Self::VantageDown { whom } | Self::VantageGarbage { whom } | Self::VantageLies { whom, .. } => {
                Some(*whom)
            }
            _ => None,
        }
    }

    /// What the exporter of the region of this index makes up, where this is about it.
    pub fn exporter_lies(&self, region: usize) -> Option<Lie> {
        match self {
            Self::ExporterLies { whom, lie } if whom.region() == Some(region) => Some(*lie),
            _ => None,
        }
    }
}
