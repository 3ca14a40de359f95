//! What the sending host says of itself.

use super::neighbours::Neighbours;
use super::os;
use noanswer_core::evidence::{Container, HostFacts, Hypervisor, cloud_of_dmi};
use std::path::Path;

/// Looks at the host.
pub(crate) fn facts(neighbours: &Neighbours) -> HostFacts {
    let firmware = os::firmware();
    HostFacts {
        ipv6_route: os::ipv6_route(),
        container: container(),
        cloud: cloud_of_dmi(&firmware).map(|cloud| cloud.key.to_owned()),
        hypervisor: Hypervisor::of_dmi(&firmware),
        firewall: os::firewall(),
        security: os::security(),
        source_addresses: neighbours.sources.addresses(),
        nat64_prefix: neighbours.translation.map(|prefix| prefix.to_string()),
    }
}

fn container() -> Container {
    if !cfg!(target_os = "linux") {
        return Container::NotAvailable;
    }
    container_in(Path::new("/"), std::env::var_os("KUBERNETES_SERVICE_HOST").is_some())
}

/// Whether the files below `root` are those of a container: Docker's mark, Podman's and CRI-O's, systemd's own
/// (systemd.io/CONTAINER_INTERFACE: nspawn, LXC), or the control group of its first process. Kubernetes tells every pod where
/// its API is.
fn container_in(root: &Path, is_pod: bool) -> Container {
    let marks = [".dockerenv", "run/.containerenv", "run/systemd/container"];
    let group = std::fs::read_to_string(root.join("proc/1/cgroup")).unwrap_or_default();
    let grouped = ["docker", "kubepods", "containerd", "lxc"].iter().any(|word| group.contains(word));
    let inside = is_pod || grouped || marks.iter().any(|mark| root.join(mark).exists());
    if inside { Container::Inside } else { Container::None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_known_by_what_its_engine_leaves() {
        let root = std::env::temp_dir().join(format!("noanswer-container-{}", std::process::id()));
        let with = |file: &str, text: &str, is_pod: bool| {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            let seen = container_in(&root, is_pod);
            std::fs::remove_dir_all(&root).unwrap();
            seen
        };
        for (file, text, is_pod, seen) in [
            (".dockerenv", "", false, Container::Inside),
            ("run/.containerenv", "", false, Container::Inside),
            ("run/systemd/container", "lxc\n", false, Container::Inside),
            ("proc/1/cgroup", "4:pids:/docker/0123\n", false, Container::Inside),
            ("proc/1/cgroup", "0::/\n", true, Container::Inside),
            ("proc/1/cgroup", "0::/init.scope\n", false, Container::None),
        ] {
            assert_eq!(with(file, text, is_pod), seen, "{file} {text:?}");
        }
    }
}
