//! The lab's hosts: real sockets on loopback, each with its behavior.

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What is true of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behavior {
    /// It works.
    Healthy,
    /// No packet comes through.
    Silent,
    /// Its port is closed.
    Closed,
    /// It accepts and never greets.
    Mute,
    /// It greets after 20 s.
    Slow,
    /// It says 421.
    Busy,
    /// It says 554.
    Refusing,
    /// It resets after `EHLO`.
    Drops,
    /// Its TLS handshake fails.
    TlsBroken,
    /// It works, and TLS begins with the connection (RFC 8314 s3.3).
    TlsAtOnce,
}

/// A host that was started.
pub(super) struct Started {
    /// Where connections to it arrive.
    pub(super) way: SocketAddr,
    /// The certificate that it shows, where it listens.
    pub(super) certificate: Option<CertificateDer<'static>>,
}

/// How long a mute host keeps a connection.
const HOUR: Duration = Duration::from_secs(3_600);

/// Starts a host; `None` where no connection to it arrives.
pub(super) async fn start(name: &'static str, behavior: Behavior) -> io::Result<Option<Started>> {
    if behavior == Behavior::Silent {
        return Ok(None);
    }
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let address = socket.local_addr()?;
    if behavior == Behavior::Closed {
        // Nobody listens on it, so the kernel refuses; held for as long as the lab is there, nobody else can take it.
        tokio::spawn(async move {
            std::future::pending::<()>().await;
            drop(socket);
        });
        return Ok(Some(Started { way: address, certificate: None }));
    }
    let listener = socket.listen(1_024)?;
    let (tls, certificate) = acceptor(name).map_err(io::Error::other)?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                // A visitor that leaves early is no failure of the host.
                let _ = serve(stream, name, behavior, tls).await;
            });
        }
    });
    Ok(Some(Started { way: address, certificate: Some(certificate) }))
}

/// What makes TLS, and the certificate that it shows.
type Tls = (TlsAcceptor, CertificateDer<'static>);

fn acceptor(name: &str) -> Result<Tls, Box<dyn std::error::Error + Send + Sync>> {
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec![name.to_owned()])?.self_signed(&key)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(crate::tls::provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok((TlsAcceptor::from(Arc::new(config)), certificate.der().clone()))
}

async fn serve(mut stream: TcpStream, name: &str, behavior: Behavior, tls: TlsAcceptor) -> io::Result<()> {
    match behavior {
        Behavior::Mute => tokio::time::sleep(HOUR).await,
        Behavior::Busy => {
            return stream
                .write_all(format!("421 4.3.2 {name} too busy, come back later\r\n").as_bytes())
                .await;
        }
        Behavior::Refusing => {
            return stream.write_all(format!("554 {name} takes no mail from you\r\n").as_bytes()).await;
        }
        Behavior::Slow => tokio::time::sleep(Duration::from_secs(20)).await,
        Behavior::TlsAtOnce => {
            let mut stream = BufReader::new(tls.accept(stream).await?);
            greet(stream.get_mut(), name).await?;
            return session(&mut stream, name, false, behavior).await.map(drop);
        }
        Behavior::Healthy | Behavior::Drops | Behavior::TlsBroken | Behavior::Silent | Behavior::Closed => {}
    }
    greet(&mut stream, name).await?;
    let mut stream = BufReader::new(stream);
    let starttls = session(&mut stream, name, true, behavior).await?;
    if !starttls {
        if behavior == Behavior::Drops {
            // Closed with linger 0, a connection is reset.
            stream.get_ref().set_zero_linger()?;
        }
        return Ok(());
    }
    let mut stream = stream.into_inner();
    if behavior == Behavior::TlsBroken {
        return stream.write_all(b"this is not TLS\r\n").await;
    }
    let mut stream = BufReader::new(tls.accept(stream).await?);
    session(&mut stream, name, false, behavior).await?;
    Ok(())
}

async fn greet<S: AsyncWrite + Unpin>(stream: &mut S, name: &str) -> io::Result<()> {
    stream.write_all(format!("220 {name} ESMTP noanswer lab\r\n").as_bytes()).await?;
    stream.flush().await
}

/// Serves one session; whether it ended with `STARTTLS`.
async fn session<S>(
    stream: &mut BufReader<S>,
    name: &str,
    offers_tls: bool,
    behavior: Behavior,
) -> io::Result<bool>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" if behavior == Behavior::Drops => return Ok(false),
            "EHLO" if offers_tls => format!("250-{name}\r\n250-PIPELINING\r\n250 STARTTLS\r\n"),
            "EHLO" | "HELO" => format!("250 {name}\r\n"),
            "STARTTLS" if offers_tls => "220 go ahead\r\n".to_owned(),
            "QUIT" => "221 bye\r\n".to_owned(),
            _ => "502 not here\r\n".to_owned(),
        };
        stream.get_mut().write_all(reply.as_bytes()).await?;
        stream.get_mut().flush().await?;
        match verb.as_str() {
            "STARTTLS" if offers_tls => return Ok(true),
            "QUIT" => return Ok(false),
            _ => {}
        }
    }
}
