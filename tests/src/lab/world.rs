//! A world: the hosts, the cables and the routes, before anything is broken.

use super::delay::{Manner, Relay, slow_cable};
use super::fate::Server;
use super::place::Host;
use super::plan::{self, CONTROLS, DNS, OFFICE, REGION, TARGET, UPLINK, at};
use crate::namespace::{Namespace, cable};
use crate::process::sibling;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The hosts of a lab. What runs in them ends with it.
pub struct World {
    /// The router in the middle.
    pub inet: Namespace,
    /// The sender's gateway.
    pub gateway: Namespace,
    /// The sending server.
    pub sender: Namespace,
    /// A container on the sending server, behind its NAT.
    pub container: Option<Namespace>,
    /// The regions.
    pub regions: Vec<Namespace>,
    /// All control hosts.
    pub controls: Namespace,
    /// The resolvers.
    pub dns: Namespace,
    /// The recipient's exchanges.
    pub target: Namespace,
    /// A folder of this lab's own.
    pub folder: PathBuf,
    /// What the filter of a host is told so many seconds after the check began.
    pub later: Vec<(u64, Host, String)>,
    children: Vec<(String, Child)>,
    relays: Vec<Relay>,
}

/// A link of the router in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// To the sender's gateway.
    Sender,
    /// To a region.
    #[serde(rename = "region-1")]
    Region1,
    /// To a region.
    #[serde(rename = "region-2")]
    Region2,
    /// To a region.
    #[serde(rename = "region-3")]
    Region3,
    /// To the control hosts.
    Controls,
    /// To the resolvers.
    Dns,
    /// To the recipient.
    Target,
}

impl World {
    /// Builds the hosts and joins them; nothing runs in them yet.
    pub fn new(container: bool) -> Result<Self> {
        let inet = Namespace::new("inet")?;
        let gateway = Namespace::new("gateway")?;
        let sender = Namespace::new("sender")?;
        let regions: Vec<_> =
            (1..=3).map(|n| Namespace::new(&format!("region-{n}"))).collect::<Result<_>>()?;
        let [controls, dns, target] = ["controls", "dns", "target"].map(Namespace::new);
        let (controls, dns, target) = (controls?, dns?, target?);

        join(&inet, &gateway, UPLINK, &[2])?;
        join(&gateway, &sender, OFFICE, &[2])?;
        for (region, net) in regions.iter().zip(REGION..) {
            join(&inet, region, net, &[2])?;
        }
        join(&inet, &controls, CONTROLS, &[2])?;
        join(&inet, &dns, DNS, &[plan::DOH[0], plan::DOH[1], plan::RESOLVER])?;
        join(&inet, &target, TARGET, &plan::EXCHANGES)?;

        let mut routes = route(OFFICE, at(UPLINK, 2));
        let mut addresses = String::new();
        for (_, net) in plan::OPERATORS {
            routes += &route(net, at(CONTROLS, 2));
            let [v4, v6] = at(net, plan::CONTROL_HOST);
            // Without `nodad` a server may try to listen before the kernel has found time to find no duplicate.
            addresses += &format!("addr add {v4} dev lo\naddr add {v6} dev lo nodad\n");
        }
        inet.ip(&routes)?;
        controls.ip(&addresses)?;
        let container = if container { Some(contain(&sender)?) } else { None };
        let folder = folder()?;
        let children = Vec::new();
        Ok(Self {
            inet,
            gateway,
            sender,
            container,
            regions,
            controls,
            dns,
            target,
            folder,
            later: Vec::new(),
            children,
            relays: Vec::new(),
        })
    }

    /// Puts a slow link in the place of a cable, with the same addresses and routes.
    pub fn slow_down(&mut self, link: Link, manner: Manner) -> Result<()> {
        let (host, net, hosts): (&Namespace, u8, &[u8]) = match link {
            Link::Sender => (&self.gateway, UPLINK, &[2]),
            Link::Region1 => (&self.regions[0], REGION, &[2]),
            Link::Region2 => (&self.regions[1], REGION + 1, &[2]),
            Link::Region3 => (&self.regions[2], REGION + 2, &[2]),
            Link::Controls => (&self.controls, CONTROLS, &[2]),
            Link::Dns => (&self.dns, DNS, &[plan::DOH[0], plan::DOH[1], plan::RESOLVER]),
            Link::Target => (&self.target, TARGET, &plan::EXCHANGES),
        };
        self.inet.ip(&format!("link del {}\n", host.name))?;
        self.relays.push(slow_cable(&self.inet, host, manner)?);
        number(&self.inet, host, net, hosts)?;
        match link {
            Link::Sender => self.inet.ip(&route(OFFICE, at(UPLINK, 2))),
            Link::Controls => {
                let routes: String =
                    plan::OPERATORS.iter().map(|(_, net)| route(*net, at(CONTROLS, 2))).collect();
                self.inet.ip(&routes)
            }
            _ => Ok(()),
        }
    }

    /// The host of this name.
    pub fn host(&self, name: Host) -> &Namespace {
        match name {
            Host::Sender => &self.sender,
            Host::Gateway => &self.gateway,
            Host::Inet => &self.inet,
            Host::Region1 => &self.regions[0],
            Host::Region2 => &self.regions[1],
            Host::Region3 => &self.regions[2],
            Host::Controls => &self.controls,
            Host::Dns => &self.dns,
            Host::Target => &self.target,
        }
    }

    /// Where the command under test runs: in the container where there is one.
    pub fn subject(&self) -> &Namespace {
        self.container.as_ref().unwrap_or(&self.sender)
    }

    /// Sets what every host that asks the DNS finds as `/etc/resolv.conf`.
    pub fn set_resolver(&mut self, resolv_conf: &Path) {
        let hosts =
            self.regions.iter_mut().chain(&mut self.container).chain([&mut self.sender, &mut self.target]);
        hosts.for_each(|host| host.set_resolver(resolv_conf.to_owned()));
    }

    /// Starts fake servers in `host`, and waits until they listen.
    pub fn serve(&mut self, host: impl Fn(&Self) -> &Namespace, servers: &[Server]) -> Result<()> {
        let mut command = host(self).command(sibling("fate")?);
        for server in servers {
            command.arg(format!("{}={}={}", server.listen, server.fate_name(), server.name));
        }
        let log = self.start(command, &format!("fate-{}", host(self).name))?;
        for server in servers.iter().filter(|server| !server.is_datagram()) {
            wait_for_listener(host(self), server.listen).with_context(|| {
                format!("fate says: {}", std::fs::read_to_string(&log).unwrap_or_default())
            })?;
        }
        Ok(())
    }

    /// Starts a program whose words go to a file of the lab's folder; it ends with the lab.
    pub fn start(&mut self, mut command: Command, name: &str) -> Result<PathBuf> {
        let path = self.folder.join(format!("{name}.log"));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&path)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("{name} could not be started"))?;
        self.children.push((name.to_owned(), child));
        Ok(path)
    }

    /// The most memory that each running program has held so far, in kB (`VmHWM` of proc(5)), by its name.
    pub fn peaks_kb(&self) -> Vec<(String, u64)> {
        let peak =
            |(name, child): &(String, Child)| Some((name.clone(), crate::runtime::peak_kb(child.id())?));
        self.children.iter().filter_map(peak).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for (_, child) in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Joins `router`, as host 1 of network `net`, and `host`, which goes by it to all the world.
fn join(router: &Namespace, host: &Namespace, net: u8, hosts: &[u8]) -> Result<()> {
    cable(router, host)?;
    number(router, host, net, hosts)
}

/// Gives both ends of their link addresses, and `host` its way to all the world.
fn number(router: &Namespace, host: &Namespace, net: u8, hosts: &[u8]) -> Result<()> {
    let [v4, v6] = at(net, 1);
    router.ip(&format!("addr add {v4}/24 dev {h}\naddr add {v6}/64 dev {h} nodad\n", h = host.name))?;
    let mut lines = String::new();
    for &number in hosts {
        let [v4, v6] = at(net, number);
        lines += &format!("addr add {v4}/24 dev {r}\naddr add {v6}/64 dev {r} nodad\n", r = router.name);
    }
    lines += &format!("route add default via {v4}\nroute add default via {v6}\n");
    host.ip(&lines)
}

fn route(net: u8, via: [std::net::IpAddr; 2]) -> String {
    let [v4, v6] = at(net, 0);
    format!("route add {v4}/24 via {}\nroute add {v6}/64 via {}\n", via[0], via[1])
}

/// A container as container engines make them: private IPv4 behind NAT, no IPv6.
fn contain(sender: &Namespace) -> Result<Namespace> {
    let container = Namespace::new("container")?;
    cable(sender, &container)?;
    sender.ip("addr add 10.88.0.1/24 dev container\n")?;
    container.ip("addr add 10.88.0.2/24 dev sender\nroute add default via 10.88.0.1\n")?;
    sender.nft(
        "table ip engine { chain post { type nat hook postrouting priority 100; \
         ip saddr 10.88.0.0/24 oifname \"gateway\" masquerade; }; }",
    )?;
    Ok(container)
}

/// A folder for one lab, on a file system in memory that only this process tree sees.
fn folder() -> Result<PathBuf> {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    static MOUNTED: OnceLock<bool> = OnceLock::new();
    let mount = || {
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", "mode=0755", "lab", "/mnt"]).status();
        status.is_ok_and(|status| status.success())
    };
    ensure!(*MOUNTED.get_or_init(mount), "no file system in memory could be mounted for the lab");
    let folder = Path::new("/mnt").join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
    std::fs::create_dir(&folder)?;
    Ok(folder)
}

/// Waits until something listens on `address` in `host`.
pub fn wait_for_listener(host: &Namespace, address: std::net::SocketAddr) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let listening = host.run(move || Ok(is_listening(address)))?;
        if listening {
            return Ok(());
        }
        ensure!(Instant::now() < until, "nothing listens on {address} at {}", host.name);
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether the kernel lists a listener: a connection would wake the server that it is for.
fn is_listening(address: std::net::SocketAddr) -> bool {
    let table = if address.is_ipv4() { "tcp" } else { "tcp6" };
    let Ok(text) = std::fs::read_to_string(format!("/proc/thread-self/net/{table}")) else { return false };
    let hex = match address.ip() {
        std::net::IpAddr::V4(ip) => format!("{:08X}", u32::from_le_bytes(ip.octets())),
        std::net::IpAddr::V6(ip) => ip
            .octets()
            .chunks_exact(4)
            .map(|word| format!("{:08X}", u32::from_le_bytes([word[0], word[1], word[2], word[3]])))
            .collect(),
    };
    let wanted = format!("{hex}:{:04X}", address.port());
    text.lines().skip(1).any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        fields.next() == Some(&wanted) && fields.nth(1) == Some("0A")
    })
}
