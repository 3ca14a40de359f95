//! What the sending host says of itself.

use super::neighbours::Neighbours;
use super::os;
use noanswer_core::evidence::{Container, HostFacts, cloud_of_dmi};
use std::path::Path;

/// Looks at the host.
pub(crate) fn facts(neighbours: &Neighbours) -> HostFacts {
    HostFacts {
        ipv6_route: os::ipv6_route(),
        container: container(),
        cloud: cloud_of_dmi(&os::firmware()).map(|cloud| cloud.key.to_owned()),
        source_addresses: neighbours.sources.addresses(),
        nat64_prefix: neighbours.translation.map(|prefix| prefix.to_string()),
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
