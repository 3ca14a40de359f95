//! One small fake server with every fate that a mail server can meet, and a few that only an enemy thinks of.

mod certificate;
mod relay;
mod session;

pub use certificate::Certificate;

use anyhow::{Context, Result, bail};
use std::collections::{HashMap, HashSet};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// What a server does with those who connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Greets at once and speaks SMTP with STARTTLS.
    Greets,
    /// Greets and speaks without STARTTLS, as a filter in the middle does.
    GreetsPlain,
    /// Greets and speaks SMTP with STARTTLS, and a certificate of its own making, as boxes that inspect TLS do.
    Inspects,
    /// Greets in asterisks and masks the keyword STARTTLS, as some firewalls do.
    Masks,
    /// Greets after a wait.
    GreetsAfter(Duration),
    /// Accepts and says nothing.
    NeverGreets,
    /// Accepts and closes: enough of a sibling port.
    Accepts,
    /// One byte a second until it has greeted, as tarpits stutter.
    Tarpit,
    /// One byte a second, whatever it says.
    TarpitThroughout,
    /// Too busy: 421 as greeting.
    Busy,
    /// Refuses: 554 as greeting.
    Refuses,
    /// Not now: 450 as greeting, as some greylists say it.
    TryLater,
    /// Greets in several lines (RFC 5321 s4.2).
    GreetsAtLength,
    /// Closes the first connection from each address, and greets at the next.
    ClosesFirst,
    /// Resets after the handshake.
    ResetsAtGreeting,
    /// Closes after the handshake.
    ClosesAtGreeting,
    /// Resets on `EHLO`.
    ResetsAfterEhlo,
    /// Resets on `STARTTLS`.
    ResetsAtStarttls,
    /// Says `220` to `STARTTLS` and then sends what is no TLS.
    TlsGarbage,
    /// Says `220` to `STARTTLS` and then nothing.
    TlsSilent,
    /// Sends more plaintext right behind the `220` to `STARTTLS` (CVE-2011-0411).
    Injects,
    /// Answers like a web server.
    Http,
    /// A greeting of lines without end.
    EndlessGreeting,
    /// A greeting of one line without end.
    HugeLine,
    /// NULs, invalid UTF-8 and terminal escapes in the greeting.
    Escapes,
    /// The queue of connections to accept is full: no SYN is answered.
    QueueFull,
    /// Passes the connection on to the address that is its name, after a wait.
    RelaysAfter(Duration),
    /// Passes datagrams on to the address that is its name, each after a wait.
    DatagramsAfter(Duration),
    /// Answers every HTTP request with the JSON of the file that is its name.
    Json,
    /// A web page over TLS, with the certificate whose path without its ending is its name.
    Html,
}

impl FromStr for Fate {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        if let Some((kind, seconds)) = name.split_once("_after_").filter(|(kind, _)| *kind != "resets") {
            let wait = Duration::from_secs(seconds.parse().context("the wait is no number of seconds")?);
            return Ok(match kind {
                "greets" => Self::GreetsAfter(wait),
                "relays" => Self::RelaysAfter(wait),
                "datagrams" => Self::DatagramsAfter(wait),
                other => bail!("no such fate: {other}_after"),
            });
        }
        Ok(match name {
            "greets" => Self::Greets,
            "inspects" => Self::Inspects,
            "greets_plain" => Self::GreetsPlain,
            "masks" => Self::Masks,
            "never_greets" => Self::NeverGreets,
            "accepts" => Self::Accepts,
            "tarpit" => Self::Tarpit,
            "tarpit_throughout" => Self::TarpitThroughout,
            "busy" => Self::Busy,
            "refuses" => Self::Refuses,
            "try_later" => Self::TryLater,
            "greets_at_length" => Self::GreetsAtLength,
            "closes_first" => Self::ClosesFirst,
            "resets_at_greeting" => Self::ResetsAtGreeting,
            "closes_at_greeting" => Self::ClosesAtGreeting,
            "resets_after_ehlo" => Self::ResetsAfterEhlo,
            "resets_at_starttls" => Self::ResetsAtStarttls,
            "tls_garbage" => Self::TlsGarbage,
            "tls_silent" => Self::TlsSilent,
            "injects" => Self::Injects,
            "http" => Self::Http,
            "endless_greeting" => Self::EndlessGreeting,
            "huge_line" => Self::HugeLine,
            "escapes" => Self::Escapes,
            "queue_full" => Self::QueueFull,
            "html" => Self::Html,
            "json" => Self::Json,
            other => bail!("no such fate: {other}"),
        })
    }
}

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
    let mut known = HashSet::new();
    for stream in listener.incoming().flatten() {
        let stranger = stream.peer_addr().is_ok_and(|peer| known.insert(peer.ip()));
        if server.fate == Fate::ClosesFirst && stranger {
            continue;
        }
        // As Exim does (`tcp_nodelay`): a reply does not wait for what TLS says before it to be acknowledged.
        let _ = stream.set_nodelay(true);
        let (tls, fate, name) = (tls.clone(), server.fate, server.name.clone());
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
