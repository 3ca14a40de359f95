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

/// A place of the demo's network.
struct View {
    id: &'static str,
    place: &'static str,
    network: &'static str,
    kind: NetworkKind,
    /// Whether packets get from there to an address.
    passes: fn(&SocketAddr) -> bool,
}

const fn view(id: &'static str, place: &'static str, network: &'static str) -> View {
    // One stands at an access provider; the others may be clouds, as in most fleets.
    View { id, place, network, kind: NetworkKind::Unknown, passes: |_| true }
}

const VIEWS: [View; 4] = [
    View { kind: NetworkKind::Access, ..view("north", "a clear view, network one", "one") },
    view("south", "a clear view, network two", "two"),
    View { passes: is_not_regional, ..view("east", "a clear view, except of one host", "three") },
    View { passes: is_no_mail, ..view("west", "a cloud that blocks port 25", "four") },
];

/// The ids of the vantages.
pub(crate) const IDS: [&str; 4] = [VIEWS[0].id, VIEWS[1].id, VIEWS[2].id, VIEWS[3].id];

fn is_no_mail(to: &SocketAddr) -> bool {
    to.port() != smtp::PORT
}

fn is_not_regional(to: &SocketAddr) -> bool {
    Some(to.ip()) != REGIONAL.parse().ok()
}

/// Adds the vantages to `fleet`; `ways` lead from the addresses of hosts to the sockets that stand for them.
pub(super) fn join(
    ways: &HashMap<SocketAddr, SocketAddr>,
    fleet: &mut Fleet,
    resolvers: &[String],
    fetch: &DohFetch,
) {
    for view in &VIEWS {
        let vantage = Vantage {
            id: view.id.to_owned(),
            place: format!("lab: {}", view.place),
            role: Role::Region,
            network: view.network.to_owned(),
            grade: Grade::Smtp,
            network_kind: view.kind,
        };
        let settings = settings(view, vantage, ways, resolvers);
        fleet.add_local(Arc::new(Prober::new(settings, fetch.clone())));
    }
}

/// The prober of a sending server that stands where the vantage of that id does.
pub(super) fn sender(
    id: &str,
    ways: &HashMap<SocketAddr, SocketAddr>,
    resolvers: &[String],
    fetch: &DohFetch,
) -> Option<Prober> {
    let view = VIEWS.iter().find(|view| view.id == id)?;
    let vantage = Vantage {
        id: "local".to_owned(),
        place: "this server".to_owned(),
        role: Role::Sender,
        network: view.network.to_owned(),
        grade: Grade::Smtp,
        network_kind: NetworkKind::Unknown,
    };
    Some(Prober::new(settings(view, vantage, ways, resolvers), fetch.clone()))
}

fn settings(
    view: &View,
    vantage: Vantage,
    ways: &HashMap<SocketAddr, SocketAddr>,
    resolvers: &[String],
) -> Settings {
    let ways = ways.iter().filter(|(to, _)| (view.passes)(to)).map(|(to, way)| (*to, *way));
    Settings {
        vantage,
        controls: controls(),
        resolvers: resolvers.to_vec(),
        policy: policy(),
        name: ClientName::Literal(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        sources: Sources::default(),
        addresses: AddressMap::Table(Arc::new(ways.collect())),
        network: None,
        limits: None,
        opt_out: OptOut::default(),
    }
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
