//! One small fake server with every fate that a mail server can meet, and a few that only an enemy thinks of.

mod certificate;
mod kinds;
mod relay;
mod session;

pub use certificate::Certificate;
pub use kinds::Fate;

use anyhow::{Context, Result};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// A server to be: where it listens, what it does, and the name that it greets with.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What it does.
    pub fate: Fate,
    /// The fate as it was written.
    written: String,
    /// Its name in greeting and certificate. Servers of one name have one certificate.
    pub name: String,
}

impl FromStr for Server {
    type Err = anyhow::Error;

    /// Reads `ADDRESS:PORT=FATE=NAME`.
    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.splitn(3, '=');
        let mut part = || parts.next().context("a server is ADDRESS:PORT=FATE=NAME");
        let listen = part()?.parse().context("not an address with a port")?;
        Self::new(listen, part()?, part()?)
    }
}

impl Server {
    /// A server at `listen` with `fate` and `name`.
    pub fn new(listen: SocketAddr, fate: &str, name: &str) -> Result<Self> {
        Ok(Self { listen, fate: fate.parse()?, written: fate.to_owned(), name: name.to_owned() })
    }

    /// The fate, as it is written.
    pub fn fate_name(&self) -> &str {
        &self.written
    }

    /// Whether it listens for datagrams and not for connections.
    pub fn is_datagram(&self) -> bool {
        matches!(self.fate, Fate::DatagramsAfter(_))
    }
}

/// Serves all of `servers` until the process ends.
pub fn serve(servers: Vec<Server>) -> Result<()> {
    let mut certificates: HashMap<String, Arc<rustls::ServerConfig>> = HashMap::new();
    let mut threads = Vec::new();
    for server in servers {
        let tls = match certificates.get(&server.name) {
            Some(known) => known.clone(),
            None => certificates
                .entry(server.name.clone())
                .or_insert(Arc::new(certificate(&server)?.tls()?))
                .clone(),
        };
        if let Fate::DatagramsAfter(wait) = server.fate {
            let (socket, to) = (UdpSocket::bind(server.listen)?, server.name.parse()?);
            threads.push(std::thread::spawn(move || relay::datagrams(&socket, to, wait)));
            continue;
        }
        let listener = TcpListener::bind(server.listen).with_context(|| server.listen.to_string())?;
        threads.push(std::thread::spawn(move || accept(&listener, &server, &tls)));
    }
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

fn certificate(server: &Server) -> Result<Certificate> {
    match server.fate {
        Fate::Html => {}
        Fate::Inspects => return Certificate::by("Inspection of access-provider.test", &server.name),
        _ => return Certificate::by(&server.name, &server.name),
    }
    let read = |ending| std::fs::read_to_string(format!("{}.{ending}", server.name));
    Ok(Certificate { certificate: read("crt")?, key: read("key")? })
}

fn accept(listener: &TcpListener, server: &Server, tls: &Arc<rustls::ServerConfig>) {
    if server.fate == Fate::QueueFull {
        return fill(listener, server.listen);
    }
    let mut known: HashMap<IpAddr, usize> = HashMap::new();
    for (number, stream) in listener.incoming().flatten().enumerate() {
        let turn = stream.peer_addr().map_or(0, |peer| {
            let turn = known.entry(peer.ip()).or_default();
            *turn += 1;
            *turn
        });
        let stranger = turn == 1;
        if server.fate == Fate::ClosesFirst && stranger {
            continue;
        }
        // As Exim does (`tcp_nodelay`): a reply does not wait for what TLS says before it to be acknowledged.
        let _ = stream.set_nodelay(true);
        let fate = match server.fate {
            Fate::BusyFirst if stranger => Fate::Busy,
            Fate::BusyByTurns if number % 2 == 0 => Fate::Busy,
            Fate::MuteByTurns if number % 2 == 0 => Fate::NeverGreets,
            Fate::ResetsAtStarttlsByTurns if turn % 2 == 1 => Fate::ResetsAtStarttls,
            fate => fate,
        };
        let (tls, name) = (tls.clone(), server.name.clone());
        // How the peer ends is no concern of a fate.
        std::thread::spawn(move || session::run(stream, fate, &name, &tls));
    }
}

/// Shortens the queue to one, fills it, and never accepts.
fn fill(listener: &TcpListener, address: SocketAddr) {
    // SAFETY: the descriptor is the listener's own; listening again only changes the length of its queue.
    unsafe { libc::listen(listener.as_raw_fd(), 0) };
    let wait = Duration::from_millis(200);
    let waiting: Vec<_> = std::iter::from_fn(|| TcpStream::connect_timeout(&address, wait).ok()).collect();
    loop {
        std::thread::park();
        std::hint::black_box(&waiting);
    }
}
