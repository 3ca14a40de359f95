//! The connections of `noanswer serve`, bounded: nobody can exhaust the server by opening many, or by sending slowly.
//!
//! Each client network has so many connections, and the server so many in all. Where there are more, the oldest one that
//! has no request under way is closed in favour of the new one: whoever only holds connections open loses them, and a
//! monitor that asks for `/healthz` from the same network is still answered.

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use noanswer_core::address::client_network;
use noanswer_site::api::forwarded::is_trusted;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Bounds of a server's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// How many connections there are at most: beside those to vantages, well under systemd's `LimitNOFILE=65536`.
    pub(crate) connections: usize,
    /// How many of them one client network has.
    pub(crate) for_a_network: usize,
    /// How long a request's head may take to come, and a connection may idle between two requests.
    pub(crate) head: Duration,
    /// How long a client may read nothing of what is sent to it.
    pub(crate) unread: Duration,
}

/// How much the system takes of a connection's answers before its client has taken what went before, in bytes: else it is
/// megabytes for each who does not read.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 << 10;

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 4_096,
            for_a_network: 512,
            head: Duration::from_secs(15),
            unread: Duration::from_secs(20),
        }
    }
}

/// A connection, as far as it may have to make place for another.
#[derive(Debug)]
struct Connection {
    network: IpAddr,
    under_way: AtomicUsize,
    /// How many of those under way wait for their bodies to come.
    reading: AtomicUsize,
    close: Notify,
}

impl Connection {
    fn is_idle(&self) -> bool {
        self.under_way.load(Ordering::Acquire) == 0
    }

    /// Whether nothing is done on it but to wait for what its client has to send.
    fn only_waits(&self) -> bool {
        self.under_way.load(Ordering::Acquire) <= self.reading.load(Ordering::Acquire)
    }
}

/// A request's connection, as an extension of the request: whoever reads the body says so.
#[derive(Clone, Debug)]
pub(super) struct Reading(Arc<Connection>);

impl Reading {
    /// The body is being read, until what is given back is dropped.
    pub(super) fn begun(self) -> Waits {
        self.0.reading.fetch_add(1, Ordering::AcqRel);
        Waits(self.0)
    }
}

/// A body that is being read.
pub(super) struct Waits(Arc<Connection>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.reading.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The connections, the oldest first.
#[derive(Debug, Default)]
struct Connections {
    next: u64,
    open: Aged,
    /// The same by their client's network: whoever has the most is not looked through for everybody who comes.
    of_networks: HashMap<IpAddr, Aged>,
}

/// Connections by the order in which they came.
type Aged = BTreeMap<u64, Arc<Connection>>;

impl Connections {
    fn add(&mut self, connection: &Arc<Connection>) -> u64 {
        let number = self.next;
        self.next += 1;
        self.open.insert(number, connection.clone());
        self.of_networks.entry(connection.network).or_default().insert(number, connection.clone());
        number
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Connection>> {
        let connection = self.open.remove(&number)?;
        if let Entry::Occupied(mut of_network) = self.of_networks.entry(connection.network) {
            of_network.get_mut().remove(&number);
            if of_network.get().is_empty() {
                of_network.remove();
            }
        }
        Some(connection)
    }
}

/// A connection's place, given back when dropped.
struct Place {
    all: Arc<Mutex<Connections>>,
    number: u64,
    connection: Arc<Connection>,
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.all).remove(self.number);
    }
}

/// A request under way.
struct UnderWay(Arc<Connection>);

impl UnderWay {
    fn begin(connection: &Arc<Connection>) -> Self {
        connection.under_way.fetch_add(1, Ordering::AcqRel);
        Self(connection.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Place {
    /// A place for a connection of `client`; nothing where all those that it could take the place of are busy.
    fn take(all: &Arc<Mutex<Connections>>, client: IpAddr, bounds: Bounds, is_proxy: bool) -> Option<Self> {
        let network = client_network(client);
        let mut connections = lock(all);
        let of_network = connections.of_networks.get(&network);
        let full = connections.open.len() >= bounds.connections;
        // A proxy speaks for many clients: their requests are limited, not its connections.
        let has_all = !is_proxy && of_network.is_some_and(|open| open.len() >= bounds.for_a_network);
        if full || has_all {
            let open = if has_all { of_network.unwrap_or(&connections.open) } else { &connections.open };
            let oldest = |may_go: fn(&Connection) -> bool| {
                open.iter().find(|(_, one)| may_go(one)).map(|(number, _)| *number)
            };
            let number = oldest(Connection::is_idle).or_else(|| oldest(Connection::only_waits))?;
            // Its place is free from here on: what it still holds is gone within its next turn.
            if let Some(idle) = connections.remove(number) {
                idle.close.notify_one();
            }
        }
        let connection = Arc::new(Connection {
            network,
            under_way: AtomicUsize::new(0),
            reading: AtomicUsize::new(0),
            close: Notify::new(),
        });
        let number = connections.add(&connection);
        Some(Self { all: all.clone(), number, connection })
    }
}

/// What is served on connections from now on: it may change while the server runs.
#[derive(Clone)]
pub(crate) struct Served {
    /// The service.
    pub(crate) app: Router,
    /// The server's side of TLS, where it speaks it.
    pub(crate) tls: Option<TlsAcceptor>,
    /// The proxies whose word counts of who asks.
    pub(crate) behind: Arc<[IpNet]>,
}

/// Serves what `served` holds on `listener` until `stop` turns true, and then the requests under way.
///
/// # Errors
/// When the listener fails for good.
pub(crate) async fn serve(
    listener: TcpListener,
    served: watch::Receiver<Served>,
    bounds: Bounds,
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let all = Arc::<Mutex<Connections>>::default();
    let (ended, mut all_ended) = tokio::sync::mpsc::channel::<()>(1);
    let mut asked_to_stop = stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = asked_to_stop.wait_for(|asked| *asked) => break,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // A connection that broke before it was taken; or no descriptors are left for a moment.
                eprintln!("noanswer: a connection could not be taken: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Served { app, tls, behind } = served.borrow().clone();
        let is_proxy = is_trusted(client.ip(), &behind);
        let Some(place) = Place::take(&all, client.ip(), bounds, is_proxy) else { continue };
        let (stop, ended) = (stop.clone(), ended.clone());
        tokio::spawn(async move {
            prepare(&stream, bounds);
            let mut stream = TimeoutStream::new(stream);
            stream.set_write_timeout(Some(bounds.unread));
            let stream = Box::pin(stream);
            match tls {
                None => connection(stream, client, app, bounds, place, stop).await,
                Some(tls) => {
                    // Within the time of a head; a connection that has to make place ends here, too.
                    let handshake = tokio::time::timeout(bounds.head, tls.accept(stream));
                    let secured = tokio::select! {
                        secured = handshake => secured,
                        () = place.connection.close.notified() => return,
                    };
                    if let Ok(Ok(secured)) = secured {
                        connection(secured, client, app, bounds, place, stop).await;
                    }
                }
            }
            drop(ended);
        });
    }
    drop(ended);
    drop(listener);
    let _ = all_ended.recv().await;
    Ok(())
}

/// What the system is to do for a connection.
fn prepare(stream: &TcpStream, bounds: Bounds) {
    // A system that does not take an option serves all the same: what bounds a connection is done here, too.
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    {
        let socket = socket2::SockRef::from(stream);
        let _ = socket.set_tcp_notsent_lowat(UNSENT);
        // For what is in the system's hands already: a client that does not read lets it wait for ever (RFC 9293
        // s3.8.6.1), of a connection that was closed here, too.
        let _ = socket.set_tcp_user_timeout(Some(bounds.unread));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = bounds;
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    client: SocketAddr,
    app: Router,
    bounds: Bounds,
    place: Place,
    mut stop: watch::Receiver<bool>,
) {
    let this = place.connection.clone();
    let service = service_fn(|request: Request<Incoming>| {
        let (app, under_way) = (app.clone(), UnderWay::begin(&this));
        async move {
            let mut request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo(client));
            request.extensions_mut().insert(Reading(under_way.0.clone()));
            let response = app.oneshot(request).await;
            // A stream of events keeps its connection busy to its end.
            response.map(|response| response.map(|body| Held::new(body, under_way)))
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.head).max_buf_size(64 << 10);
    let mut served = pin!(http.serve_connection(TokioIo::new(stream), service));
    // Whatever a client does wrong ends its connection: nobody else has to know.
    tokio::select! {
        _ = served.as_mut() => return,
        () = place.connection.close.notified() => return,
        _ = stop.wait_for(|asked| *asked) => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = served.await;
}

/// A body, and what is held until all of it is sent.
pub(super) struct Held<T> {
    body: axum::body::Body,
    _held: T,
}

impl<T> Held<T> {
    /// `body`, which holds `held`.
    pub(super) fn new(body: axum::body::Body, held: T) -> Self {
        Self { body, _held: held }
    }
}

impl<T: Unpin> hyper::body::Body for Held<T> {
    type Data = axum::body::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::pin::Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_leave_descriptors_for_every_connection_and_those_to_vantages() {
        let units = [
            include_str!("../../../packaging/systemd/noanswer.service"),
            include_str!("../../../packaging/systemd/noanswer-vantage.service"),
            include_str!("../../deploy/noanswer-vantage.service"),
        ];
        for unit in units {
            let limit = unit.lines().find_map(|line| line.strip_prefix("LimitNOFILE="));
            let limit: usize = limit.expect("LimitNOFILE").parse().expect("a number");
            assert!(limit >= 2 * Bounds::default().connections, "{limit}");
        }
    }

    #[test]
    fn the_oldest_idle_connection_makes_place_and_a_busy_one_does_not() {
        let all = Arc::<Mutex<Connections>>::default();
        let bounds = Bounds { connections: 3, for_a_network: 2, ..Bounds::default() };
        let client = |text: &str| text.parse::<IpAddr>().expect("an address");
        let busy = Place::take(&all, client("2001:db8::1"), bounds, false).expect("a place");
        let request = UnderWay::begin(&busy.connection);
        let idle = Place::take(&all, client("2001:db8::2"), bounds, false).expect("a place");
        let numbers = || lock(&all).open.keys().copied().collect::<Vec<_>>();
        // The same /64 is one client.
        let third =
            Place::take(&all, client("2001:db8::3"), bounds, false).expect("in place of the idle one");
        assert_eq!(numbers(), [busy.number, third.number]);
        drop(idle);
        assert_eq!(numbers(), [busy.number, third.number], "its place was given away");
        let other = Place::take(&all, client("192.0.2.1"), bounds, false).expect("another client");
        let further =
            Place::take(&all, client("192.0.2.2"), bounds, false).expect("the oldest idle one of all goes");
        assert_eq!(numbers(), [busy.number, other.number, further.number]);
        let requests = [UnderWay::begin(&other.connection), UnderWay::begin(&further.connection)];
        assert!(Place::take(&all, client("192.0.2.3"), bounds, false).is_none(), "all are busy");
        assert!(Place::take(&all, client("192.0.2.3"), bounds, true).is_none(), "nor for a proxy");
        let body = Reading(other.connection.clone()).begun();
        let new = Place::take(&all, client("192.0.2.3"), bounds, false);
        assert!(new.is_some(), "one that only waits for its body goes before a client is turned away");
        assert!(!numbers().contains(&other.number));
        drop((request, requests, body));
        assert!(Place::take(&all, client("192.0.2.4"), bounds, false).is_some());
    }
}
