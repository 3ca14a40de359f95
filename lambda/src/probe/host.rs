//! What the sending host says of itself.

use super::neighbours::Neighbours;
use noanswer_core::evidence::{Container, HostFacts, Ipv6Route, cloud_of_dmi};
use std::path::Path;

/// Looks at the host.
pub(crate) fn facts(neighbours: &Neighbours) -> HostFacts {
    HostFacts {
        ipv6_route: ipv6_route(neighbours),
        container: container(),
        cloud: cloud_of_dmi(&dmi()).map(|cloud| cloud.key.to_owned()),
        source_addresses: neighbours.sources.addresses(),
    }
}

fn ipv6_route(neighbours: &Neighbours) -> Ipv6Route {
    match (cfg!(target_os = "linux"), neighbours.has_ipv6_route()) {
        (false, _) => Ipv6Route::NotAvailable,
        (true, true) => Ipv6Route::Present,
        (true, false) => Ipv6Route::Absent,
    }
}

fn container() -> Container {
    if !cfg!(target_os = "linux") {
        return Container::NotAvailable;
    }
    let marked = ["/.dockerenv", "/run/.containerenv"].iter().any(|path| Path::new(path).exists());
    let group = std::fs::read_to_string("/proc/1/cgroup").unwrap_or_default();
    let grouped = ["docker", "kubepods", "containerd", "lxc"].iter().any(|word| group.contains(word));
    if marked || grouped { Container::Inside } else { Container::None }
}

/// The firmware's words for the machine: clouds write their name there.
fn dmi() -> String {
    let read = |field| std::fs::read_to_string(format!("/sys/class/dmi/id/{field}")).unwrap_or_default();
    ["sys_vendor", "board_vendor", "bios_vendor", "product_name", "chassis_asset_tag"].map(read).join(" ")
}
