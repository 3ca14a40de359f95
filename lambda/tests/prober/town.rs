//! A town of small servers, and a prober whose address map leads to them.

use noanswer::fetch::DohFetch;
use noanswer::probe::{AddressMap, ConnectionLimits, Control, Controls, Prober, Settings, Sources};
use noanswer_core::address::AddressPolicy;
use noanswer_core::evidence::{Attempt, Evidence, Grade, NetworkKind, Role, Vantage};
use noanswer_core::mx::Target;
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::smtp::ClientName;
use noanswer_site::fleet::OptOut;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Nothing in these tests takes so long; a test that hangs fails by it.
pub const GUARD: Duration = Duration::from_secs(60);

/// How many connections a server had, and how many of them at once.
#[derive(Debug, Default)]
pub struct Count {
    now: AtomicUsize,
    most: AtomicUsize,
    all: AtomicUsize,
}

impl Count {
    pub fn most(&self) -> usize {
        self.most.load(SeqCst)
    }

    pub fn all(&self) -> usize {
        self.all.load(SeqCst)
    }

    fn enter(&self) {
        self.all.fetch_add(1, SeqCst);
        self.most.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
    }

    fn leave(&self) {
        self.now.fetch_sub(1, SeqCst);
    }
}

#[derive(Default)]
pub struct Town {
    ways: HashMap<SocketAddr, SocketAddr>,
    pub controls: Vec<Control>,
    pub closed: Vec<IpAddr>,
    held: Vec<TcpSocket>,
    /// How often the prober connects to an address and network.
    pub limits: Option<ConnectionLimits>,
    /// Who is left alone.
    pub opt_out: OptOut,
}

impl Town {
    /// Serves port 25 of `address` by `serve`; gives its count of connections.
    pub async fn serve<S, F>(&mut self, address: &str, serve: S) -> Arc<Count>
    where
        S: Fn(TcpStream) -> F + Send + Sync + 'static,
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let count = Arc::new(Count::default());
        self.serve_counted(address, count.clone(), serve).await;
        count
    }

    /// The same, counting with others.
    pub async fn serve_counted<S, F>(&mut self, address: &str, count: Arc<Count>, serve: S)
    where
        S: Fn(TcpStream) -> F + Send + Sync + 'static,
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        self.ways.insert(at(address, 25), listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.enter();
                let (count, session) = (count.clone(), serve(stream));
                tokio::spawn(async move {
                    // A prober that leaves is no failure of the server.
                    let _ = session.await;
                    count.leave();
                });
            }
        });
    }

    /// Port 25 of `address` is closed.
    pub async fn close(&mut self, address: &str) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        self.ways.insert(at(address, 25), socket.local_addr().unwrap());
        // Held without listening: the kernel refuses, and nobody else can take the port.
        self.held.push(socket);
    }

    /// Adds a control host that works, and its count.
    pub async fn control(&mut self, operator: &str, address: &str) -> Arc<Count> {
        let greeting = format!("220 mx.{operator}.example ready\r\n");
        let count = self.serve(address, move |stream| chat(stream, greeting.clone(), &[])).await;
        self.know(operator, address);
        count
    }

    /// Adds a control host that may or may not work.
    pub fn know(&mut self, operator: &str, address: &str) {
        self.controls.push(Control {
            operator: operator.to_owned(),
            host: noanswer_core::dns::DomainName::from_dns(&format!("mx.{operator}.example")).unwrap(),
            address: vec![address.parse().unwrap()],
        });
    }

    pub fn prober(&self) -> Arc<Prober> {
        let closed =
            self.closed.iter().map(|&address| noanswer::probe::NegativeControl { address, built_in: false });
        let settings = Settings {
            vantage: Vantage {
                id: "here".to_owned(),
                place: String::new(),
                role: Role::Region,
                network: String::new(),
                grade: Grade::Smtp,
                network_kind: NetworkKind::Unknown,
            },
            controls: Controls { open: self.controls.clone(), closed: closed.collect() },
            resolvers: Vec::new(),
            policy: AddressPolicy::allowing(["192.0.2.0/24".parse().unwrap()]),
            name: ClientName::Literal(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            sources: Sources::default(),
            addresses: AddressMap::Table(Arc::new(self.ways.clone())),
            network: None,
            limits: self.limits,
            opt_out: self.opt_out.clone(),
        };
        Arc::new(Prober::new(settings, DohFetch::new(None).unwrap()))
    }

    /// Probes one address, and gives the one attempt.
    pub async fn look(&self, address: &str, deadline_ms: u64) -> Attempt {
        let evidence = probe(&self.prober(), &[("mx.target.example", address)], deadline_ms).await;
        assert_eq!(evidence.attempts.len(), 1);
        evidence.attempts.into_iter().next().unwrap()
    }
}

/// Has `prober` probe (exchange, address) pairs.
pub async fn probe(prober: &Arc<Prober>, targets: &[(&str, &str)], deadline_ms: u64) -> Evidence {
    probe_in_round(1, prober, targets, deadline_ms).await
}

/// The same in a round that is not the first: what failed is asked again.
pub async fn probe_in_round(
    round: u8,
    prober: &Arc<Prober>,
    targets: &[(&str, &str)],
    deadline_ms: u64,
) -> Evidence {
    let target = |(exchange, address): &(&str, &str)| Target {
        exchange: (*exchange).to_owned(),
        address: address.parse().unwrap(),
        preference: 10,
    };
    let request = ProbeRequest {
        domain: "target.example".to_owned(),
        targets: targets.iter().map(target).collect(),
        round,
        patience: Patience::Quick,
        deadline_ms,
        sender_asn: None,
        trace: None,
    };
    tokio::time::timeout(GUARD, prober.probe(&request)).await.expect("the probe outlived its deadline by far")
}

fn at(address: &str, port: u16) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), port)
}

/// Greets, and answers a command that begins with a pair's first word by its second. What is not in `replies` is
/// answered as a plain server does; an empty reply closes.
pub async fn chat<S>(
    stream: S,
    greeting: String,
    replies: &'static [(&'static str, &'static str)],
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufReader::new(stream);
    stream.write_all(greeting.as_bytes()).await?;
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let verb = line.split_whitespace().next().unwrap_or_default().to_owned();
        let own = replies.iter().find(|(command, _)| *command == verb).map(|(_, reply)| *reply);
        let reply = own.unwrap_or(match verb.as_str() {
            "EHLO" | "HELO" => "250 mx.example\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "502 no such command\r\n",
        });
        if reply.is_empty() {
            break;
        }
        stream.write_all(reply.as_bytes()).await?;
        if verb == "QUIT" || (verb == "STARTTLS" && reply.starts_with('2')) {
            break;
        }
        line.clear();
    }
    Ok(())
}

/// Ends the connection by a reset instead of a close.
pub fn reset(stream: &TcpStream) -> io::Result<()> {
    stream.set_zero_linger()
}

/// Keeps the line open until the other side closes it.
pub async fn hold(mut stream: TcpStream) -> io::Result<()> {
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.map(drop)
}
