//! What can be broken in a world: each fault has a name for the scenarios and one way of being built.

mod dns;
mod model;
mod rules;
mod sender;
mod target;
mod vantage;

pub use model::{Claim, Families, Fault, Lie, Refusal, Whom};

use super::delay::Manner;
use super::fate::Server;
use super::world::World;
use anyhow::Result;

impl Fault {
    /// Breaks `world`. DNS and servers run already; the vantages do not yet.
    pub fn build(&self, world: &mut World) -> Result<()> {
        match self {
            Self::Rules { at, hook, nat, rules, until } => {
                let chain = if *nat { rules::nat } else { rules::filter };
                let table = chain(world.host(*at), hook, rules)?;
                if let Some(seconds) = until {
                    world.later.push((*seconds, *at, format!("delete table inet {table}\n")));
                }
                Ok(())
            }
            Self::Ip { at, lines } => world.host(*at).ip(lines),
            Self::Server { at, listen, fate, server } => {
                let server = Server::new(*listen, fate, server)?;
                let at = *at;
                world.serve(move |world| world.host(at), &[server])
            }
            Self::SenderBlocks25 { .. }
            | Self::SenderForbids25 { .. }
            | Self::SenderForbidsTarget
            | Self::GatewayBlocks25 { .. }
            | Self::GatewayDropsAnswers
            | Self::GatewayLimits { .. }
            | Self::GatewayEndsSessions { .. }
            | Self::GatewayChooses
            | Self::GatewayBlocksPorts { .. }
            | Self::LosesFirstSyns { .. }
            | Self::GatewayIntercepts25 { .. }
            | Self::SenderOffline { .. }
            | Self::SenderHasNoRoute { .. }
            | Self::SenderPathMtu
            | Self::TargetPathMtu
            | Self::RegionPathMtu { .. } => sender::build(self, world),
            Self::ResolverDown
            | Self::ResolverSlow { .. }
            | Self::DohDown { .. }
            | Self::DohSlow { .. }
            | Self::DohHtml { .. } => dns::build(self, world),
            Self::LongLink { link, each_way_ms, loss_percent } => {
                let each_way = std::time::Duration::from_millis(*each_way_ms);
                world.slow_down(*link, Manner { each_way, loss_percent: *loss_percent })
            }
            Self::TargetGone { .. }
            | Self::TargetBlocks { .. }
            | Self::TargetLoses { .. }
            | Self::TargetTreats { .. }
            | Self::TargetBehindFirewall
            | Self::Middlebox { .. } => target::build(self, world),
            Self::RegionBlind { .. }
            | Self::RegionDeceived { .. }
            | Self::VantageDown { .. }
            | Self::VantageSlow { .. }
            | Self::VantageLies { .. }
            | Self::ExporterLies { .. }
            | Self::VantageGarbage { .. } => vantage::build(self, world),
        }
    }
}
