//! One look at one address of a relay: connection, greeting, `EHLO`, TLS in the mode that it speaks. Nothing is handed in.

use crate::tls;
use noanswer_core::scrub;
use noanswer_core::smtp::{ClientName, Command, Reply, ReplyReader};
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a greeting may take before TLS is tried at once: a server that waits for a ClientHello never greets.
const GREETING: Duration = Duration::from_secs(5);

/// How long a handshake or a reply may take.
const STEP: Duration = Duration::from_secs(10);

/// How TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    /// With the connection (RFC 8314 s3.3).
    Implicit,
    /// With `STARTTLS` (RFC 3207).
    #[serde(rename = "starttls")]
    StartTls,
    /// Not at all.
    Plain,
}

/// What was seen of one address.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Session {
    pub(super) address: SocketAddr,
    pub(super) connected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connect_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<Mode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tls_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) greeting: Option<String>,
    /// What is wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fault: Option<String>,
}

impl Session {
    /// Whether it greeted and nothing was wrong.
    pub(super) fn works(&self) -> bool {
        self.greeting.is_some() && self.fault.is_none()
    }
}

/// Looks at `address` of `host`, to which `way` leads and whose certificate is checked against `roots`.
pub(super) async fn look(host: &str, address: SocketAddr, way: SocketAddr, roots: &RootCertStore) -> Session {
    let mut session = Session {
        address,
        connected: false,
        connect_ms: None,
        mode: None,
        tls_version: None,
        greeting: None,
        fault: None,
    };
    let began = Instant::now();
    let stream = match connect(way).await {
        Ok(stream) => stream,
        Err(words) => {
            session.fault = Some(words);
            return session;
        }
    };
    session.connected = true;
    session.connect_ms = Some(began.elapsed().as_secs_f64() * 1e3);
    // Port 465 is for TLS at once, every other for a greeting; what does not come as it should is tried the other way.
    let implicit_first = address.port() == 465;
    let first = if implicit_first {
        implicit(host, stream, roots, &mut session).await
    } else {
        clear(host, stream, roots, &mut session).await
    };
    if let Err(fault) = first {
        let other = match (fault.other_mode, connect(way).await) {
            (true, Ok(stream)) if implicit_first => clear(host, stream, roots, &mut session).await.is_ok(),
            (true, Ok(stream)) => implicit(host, stream, roots, &mut session).await.is_ok(),
            _ => false,
        };
        if other {
            session.fault = Some(wrong_mode(implicit_first).to_owned());
        } else {
            session.mode = None;
            session.fault = Some(fault.words);
        }
    }
    session
}

fn wrong_mode(implicit_first: bool) -> &'static str {
    if implicit_first {
        "it speaks in the clear on a port for implicit TLS (\"wrong version number\")"
    } else {
        "it speaks TLS at once on a port for STARTTLS"
    }
}

/// A step that failed, and whether the other TLS mode may explain it.
struct Fault {
    words: String,
    other_mode: bool,
}

impl Fault {
    fn of(words: impl Into<String>) -> Self {
        Self { words: words.into(), other_mode: false }
    }

    fn of_mode(words: impl Into<String>) -> Self {
        Self { words: words.into(), other_mode: true }
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            Err("the connection is refused".to_owned())
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", CONNECT.as_secs())),
    }
}

/// TLS with the connection, then the greeting.
async fn implicit(
    host: &str,
    stream: TcpStream,
    roots: &RootCertStore,
    session: &mut Session,
) -> Result<(), Fault> {
    let mut stream = handshake(host, stream, roots, session).await?;
    session.mode = Some(Mode::Implicit);
    greeted(&mut stream, session, STEP).await?;
    quit(&mut stream).await;
    Ok(())
}

/// The greeting, `EHLO`, and `STARTTLS` where it is offered.
async fn clear(
    host: &str,
    mut stream: TcpStream,
    roots: &RootCertStore,
    session: &mut Session,
) -> Result<(), Fault> {
    greeted(&mut stream, session, GREETING).await?;
    // What the program introduces itself with matters to no relay before a login.
    let name = ClientName::Literal(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    let hello = said(&mut stream, &Command::Ehlo(name), STEP).await?;
    if !offers_starttls(&hello) {
        session.mode = Some(Mode::Plain);
        session.fault = Some("it offers no TLS".to_owned());
        quit(&mut stream).await;
        return Ok(());
    }
    session.mode = Some(Mode::StartTls);
    let ready = said(&mut stream, &Command::Starttls, STEP).await?;
    if !ready.is_positive() {
        return Err(Fault::of(format!("it refuses STARTTLS: {}", scrub::visible(&ready.text()))));
    }
    let mut stream = handshake(host, stream, roots, session).await?;
    quit(&mut stream).await;
    Ok(())
}

fn offers_starttls(hello: &Reply) -> bool {
    hello.text().lines().any(|line| line.trim().eq_ignore_ascii_case("STARTTLS"))
}

/// A handshake in which the certificate is checked, as mail programs do; where it does not hold, one in which it is only
/// looked at goes on, and the fault is noted.
async fn handshake(
    host: &str,
    stream: TcpStream,
    roots: &RootCertStore,
    session: &mut Session,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Fault> {
    let name =
        ServerName::try_from(host.to_owned()).map_err(|_| Fault::of("its name cannot be one in TLS"))?;
    let (config, note) =
        tls::noting_client_config(roots.clone()).map_err(|error| Fault::of(error.to_string()))?;
    let connector = TlsConnector::from(Arc::new(config));
    let done = tokio::time::timeout(STEP, connector.connect(name, stream)).await;
    let stream = match done {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(Fault::of_mode(format!("the TLS handshake fails: {error}"))),
        Err(_) => return Err(Fault::of_mode("the TLS handshake meets silence")),
    };
    session.tls_version = tls::seen(stream.get_ref().1).map(|seen| seen.version);
    if let Some(words) = note.words() {
        session.fault = Some(format!("its certificate is not valid for {host}: {words}"));
    }
    Ok(stream)
}

async fn greeted<S: AsyncRead + Unpin>(
    stream: &mut S,
    session: &mut Session,
    limit: Duration,
) -> Result<(), Fault> {
    let reply = read(stream, limit).await?;
    let text = reply.text();
    let line = text.lines().next().unwrap_or_default();
    session.greeting = Some(scrub::visible(&format!("{} {line}", reply.code)).into_owned());
    if reply.is_positive() {
        Ok(())
    } else {
        Err(Fault::of(format!("it greets with {}", scrub::visible(&format!("{} {line}", reply.code)))))
    }
}

async fn said<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    command: &Command,
    limit: Duration,
) -> Result<Reply, Fault> {
    stream.write_all(&command.encode()).await.map_err(|error| Fault::of(error.to_string()))?;
    read(stream, limit).await
}

async fn quit<S: AsyncWrite + Unpin>(stream: &mut S) {
    // What follows interests nobody.
    let _ = stream.write_all(&Command::Quit.encode()).await;
    let _ = stream.flush().await;
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S, limit: Duration) -> Result<Reply, Fault> {
    let mut reader = ReplyReader::new();
    let mut buffer = [0; 1_024];
    let whole = async {
        loop {
            match reader.read() {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => {}
                Err(_) => return Err(Fault::of_mode("what it says is not SMTP")),
            }
            match stream.read(&mut buffer).await {
                Ok(0) => return Err(Fault::of_mode("it closes the connection without a word")),
                Ok(length) => reader.push(&buffer[..length]),
                Err(error) => return Err(Fault::of_mode(error.to_string())),
            }
        }
    };
    tokio::time::timeout(limit, whole)
        .await
        .unwrap_or_else(|_| Err(Fault::of_mode(format!("no greeting within {} s", limit.as_secs()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use std::net::Ipv4Addr;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    const HOST: &str = "relay.test";

    /// A certificate for `name`, and the roots that trust it.
    fn certificate(name: &str) -> (TlsAcceptor, RootCertStore) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = rustls::ServerConfig::builder_with_provider(tls::provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        (TlsAcceptor::from(Arc::new(config)), roots)
    }

    /// Answers `EHLO` and `STARTTLS` after a greeting; gives the stream back when TLS is to begin.
    async fn greet<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> bool {
        let mut heard = vec![0; 512];
        let _ = stream.write_all(b"220 relay.test ESMTP\r\n").await;
        while let Ok(length) = stream.read(&mut heard).await {
            let reply: &[u8] = match &heard[..length.min(4)] {
                b"EHLO" => b"250-relay.test\r\n250 STARTTLS\r\n",
                b"STAR" => b"220 go ahead\r\n",
                _ => return false,
            };
            let _ = stream.write_all(reply).await;
            if heard.starts_with(b"STAR") {
                return true;
            }
        }
        false
    }

    /// A relay that speaks TLS at once, or after `STARTTLS`.
    async fn relay(acceptor: TlsAcceptor, implicit: bool) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    if implicit {
                        if let Ok(mut stream) = acceptor.accept(stream).await {
                            greet(&mut stream).await;
                        }
                    } else if greet(&mut stream).await
                        && let Ok(mut stream) = acceptor.accept(stream).await
                    {
                        let _ = stream.read(&mut [0; 64]).await;
                    }
                });
            }
        });
        address
    }

    /// Looks at the relay at `way`, as if it were at that port.
    async fn look_at(way: SocketAddr, port: u16, roots: &RootCertStore) -> Session {
        look(HOST, SocketAddr::new([192, 0, 2, 1].into(), port), way, roots).await
    }

    #[tokio::test]
    async fn a_greeting_where_tls_was_waited_for_is_the_wrong_version_number() {
        let (acceptor, roots) = certificate(HOST);
        let seen = look_at(relay(acceptor, false).await, 465, &roots).await;
        assert_eq!(seen.mode, Some(Mode::StartTls), "{seen:?}");
        assert!(seen.fault.as_ref().is_some_and(|fault| fault.contains("wrong version number")), "{seen:?}");
    }

    #[tokio::test]
    async fn implicit_tls_on_its_own_port_works() {
        let (acceptor, roots) = certificate(HOST);
        let seen = look_at(relay(acceptor, true).await, 465, &roots).await;
        assert!(seen.works() && seen.mode == Some(Mode::Implicit), "{seen:?}");
    }

    #[tokio::test]
    async fn a_relay_that_works_is_one() {
        let (acceptor, roots) = certificate(HOST);
        let seen = look_at(relay(acceptor, false).await, 587, &roots).await;
        assert!(seen.works(), "{seen:?}");
        assert_eq!(seen.mode, Some(Mode::StartTls));
        assert_eq!(seen.tls_version.as_deref(), Some("TLSv1.3"));
    }

    #[tokio::test]
    async fn a_certificate_of_another_name_is_a_fault_and_no_end() {
        let (acceptor, roots) = certificate("other.test");
        let seen = look_at(relay(acceptor, false).await, 587, &roots).await;
        assert!(
            seen.greeting.is_some()
                && seen.fault.as_ref().is_some_and(|fault| fault.contains("not valid for relay.test")),
            "{seen:?}"
        );
    }

    #[tokio::test]
    async fn tls_at_once_where_a_greeting_was_waited_for_is_found_out() {
        let (acceptor, roots) = certificate(HOST);
        let seen = look_at(relay(acceptor, true).await, 587, &roots).await;
        assert_eq!(seen.mode, Some(Mode::Implicit), "{seen:?}");
        assert!(seen.fault.as_ref().is_some_and(|fault| fault.contains("TLS at once")), "{seen:?}");
    }

    #[tokio::test]
    async fn a_refusal_is_one() {
        // Bound and not listened on: the kernel refuses, and nobody else can take the port.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let seen = look_at(socket.local_addr().unwrap(), 587, &RootCertStore::empty()).await;
        assert!(!seen.connected && seen.fault.as_deref() == Some("the connection is refused"), "{seen:?}");
    }
}
