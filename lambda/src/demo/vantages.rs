//! The demo's vantages: two that see clearly, one that is blind, one that a host cannot be reached from.

use super::domains::{CLOSED_CONTROL, CONTROLS, REGIONAL, policy};
use crate::fetch::DohFetch;
use crate::fleet::Fleet;
use crate::probe::{AddressMap, Control, Controls, NegativeControl, Prober, Settings, Sources};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Grade, NetworkKind, Role, Vantage};
use noanswer_core::smtp::{self, ClientName};
use noanswer_site::fleet::OptOut;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Adds the vantages to `fleet`; `all_ways` lead from the addresses of hosts to the sockets that stand for them.
pub(super) fn join(
    all_ways: &HashMap<SocketAddr, SocketAddr>,
    fleet: &mut Fleet,
    resolvers: &[String],
    fetch: &DohFetch,
) {
    let regional: Option<IpAddr> = REGIONAL.parse().ok();
    let all = |_: &SocketAddr| true;
    let no_port_25 = |to: &SocketAddr| to.port() != smtp::PORT;
    let filtered = |to: &SocketAddr| Some(to.ip()) != regional;
    let mut add = |id: &str, place: &str, network: &str, passes: &dyn Fn(&SocketAddr) -> bool| {
        let ways: HashMap<SocketAddr, SocketAddr> =
            all_ways.iter().filter(|(to, _)| passes(to)).map(|(to, way)| (*to, *way)).collect();
        let settings = Settings {
            vantage: Vantage {
                id: id.to_owned(),
                place: format!("lab: {place}"),
                role: Role::Region,
                network: network.to_owned(),
                grade: Grade::Smtp,
                // The first stands at an access provider; the others may be clouds, as in most fleets.
                network_kind: if id == "north" { NetworkKind::Access } else { NetworkKind::Unknown },
            },
            controls: controls(),
            resolvers: resolvers.to_vec(),
            policy: policy(),
            name: ClientName::Literal(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            sources: Sources::default(),
            addresses: AddressMap::Table(Arc::new(ways)),
            network: None,
            limits: None,
            opt_out: OptOut::default(),
        };
        fleet.add_local(Arc::new(Prober::new(settings, fetch.clone())));
    };
    add("north", "a clear view, network one", "one", &all);
    add("south", "a clear view, network two", "two", &all);
    add("east", "a clear view, except of one host", "three", &filtered);
    add("west", "a cloud that blocks port 25", "four", &no_port_25);
}

fn controls() -> Controls {
    let open = CONTROLS.iter().filter_map(|host| {
        let operator = host.name.split('.').nth(1)?;
        Some(Control {
            operator: operator.to_owned(),
            host: DomainName::from_dns(host.name).ok()?,
            address: host.addresses.iter().filter_map(|(address, _)| address.parse().ok()).collect(),
        })
    });
    let closed = CLOSED_CONTROL.parse().ok().map(|address| NegativeControl { address, built_in: false });
    Controls { open: open.collect(), closed: closed.into_iter().collect() }
}
