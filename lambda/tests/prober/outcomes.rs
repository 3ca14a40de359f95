//! Every way in which a connection can end, typed.

use crate::town::{Town, chat, hold, reset};
use noanswer_core::evidence::{Attempt, Outcome};
use noanswer_core::smtp::Stage;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

const HOST: &str = "192.0.2.1";
const LONG: u64 = 30_000;
const GREETING: &str = "220 mx.example ready\r\n";

fn ends(attempt: &Attempt) -> (Stage, Outcome) {
    (attempt.stage, attempt.outcome)
}

#[tokio::test]
async fn completed_says_only_what_a_probe_may_say() {
    let mut town = Town::default();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = heard.clone();
    town.serve(HOST, move |stream| {
        let ears = ears.clone();
        async move {
            let mut stream = BufReader::new(stream);
            stream.write_all(GREETING.as_bytes()).await?;
            let mut line = String::new();
            while stream.read_line(&mut line).await? > 0 {
                ears.lock().unwrap().push(line.trim_end().to_owned());
                line.clear();
                stream.write_all(b"250-mx.example\r\n250 SIZE 1000\r\n").await?;
            }
            Ok(())
        }
    })
    .await;
    let attempt = town.look(HOST, LONG).await;
    assert_eq!(ends(&attempt), (Stage::Ehlo, Outcome::Completed));
    assert_eq!(attempt.greeting.as_deref(), Some("220 mx.example ready"));
    assert_eq!(attempt.keywords, ["SIZE 1000"]);
    assert_eq!((attempt.address.to_string().as_str(), attempt.port), (HOST, 25), "as asked, not as led");
    let times = [attempt.connect_ms, attempt.greeting_ms, attempt.ehlo_ms, attempt.ended_ms];
    assert!(times.is_sorted() && times.iter().all(Option::is_some), "{times:?}");
    // QUIT is heard after the evidence was given: the verdict does not wait for its reply.
    while heard.lock().unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(*heard.lock().unwrap(), ["EHLO [127.0.0.1]", "QUIT"]);
}

#[tokio::test]
async fn tls_is_looked_at_and_not_judged() {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["other.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    let fingerprint: String =
        Sha256::digest(certificate.der()).iter().map(|byte| format!("{byte:02x}")).collect();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = rustls::ServerConfig::builder_with_provider(noanswer::tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let tls = TlsAcceptor::from(Arc::new(config));
    let mut town = Town::default();
    town.serve(HOST, move |mut stream| {
        let tls = tls.clone();
        async move {
            chat(&mut stream, GREETING.to_owned(), STARTTLS).await?;
            let stream = tls.accept(stream).await?;
            chat(stream, String::new(), &[]).await
        }
    })
    .await;
    let attempt = town.look(HOST, LONG).await;
    assert_eq!(ends(&attempt), (Stage::Starttls, Outcome::Completed), "{attempt:?}");
    let seen = attempt.tls.unwrap();
    assert_eq!((seen.version.as_str(), seen.fingerprint_sha256), ("TLSv1.3", fingerprint));
    assert!(!seen.issuer.is_empty() && attempt.tls_ms > attempt.ehlo_ms);
}

const STARTTLS: &[(&str, &str)] =
    &[("EHLO", "250-mx.example\r\n250 STARTTLS\r\n"), ("STARTTLS", "220 go ahead\r\n")];

#[tokio::test]
async fn refused() {
    let mut town = Town::default();
    town.close(HOST).await;
    let attempt = town.look(HOST, LONG).await;
    assert_eq!(ends(&attempt), (Stage::Connect, Outcome::Refused));
    assert!(!attempt.connected());
}

#[tokio::test]
async fn silence_is_known_at_the_deadline_and_says_how_long_it_was() {
    let attempt = Town::default().look(HOST, 3_500).await;
    assert_eq!(ends(&attempt), (Stage::Connect, Outcome::TimedOut));
    assert!(
        (3_000..=3_500).contains(&attempt.limit_ms.unwrap()),
        "what was waited, not what could have been"
    );

    let attempt = Town::default().look(HOST, 300).await;
    assert_eq!(ends(&attempt), (Stage::Connect, Outcome::NotTried), "300 ms do not tell slow from silent");
}

#[tokio::test]
async fn accepted_and_never_greeted() {
    let mut town = Town::default();
    town.serve(HOST, hold).await;
    let attempt = town.look(HOST, 500).await;
    assert_eq!(ends(&attempt), (Stage::Greeting, Outcome::TimedOut));
    assert!(attempt.connected() && !attempt.server_spoke());
    assert!(attempt.limit_ms.unwrap() <= 500);
}

/// Serves a stage's end, and gives the attempt that met it.
async fn met<F>(serve: fn(TcpStream) -> F) -> Attempt
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let mut town = Town::default();
    town.serve(HOST, serve).await;
    town.look(HOST, LONG).await
}

#[tokio::test]
async fn closed_and_reset_by_stage() {
    let attempt = met(|_| async { Ok(()) }).await;
    assert_eq!(ends(&attempt), (Stage::Greeting, Outcome::Closed));

    let attempt = met(|stream| async move { reset(&stream) }).await;
    assert_eq!(ends(&attempt), (Stage::Greeting, Outcome::Reset));

    let attempt = met(|stream| chat(stream, GREETING.to_owned(), &[("EHLO", "")])).await;
    assert_eq!(ends(&attempt), (Stage::Ehlo, Outcome::Closed));

    let attempt = met(|mut stream| async move {
        chat(&mut stream, GREETING.to_owned(), &[("EHLO", "")]).await?;
        reset(&stream)
    })
    .await;
    assert_eq!(ends(&attempt), (Stage::Ehlo, Outcome::Reset));

    const MUTE: &[(&str, &str)] = &[("EHLO", "250-mx.example\r\n250 STARTTLS\r\n"), ("STARTTLS", "")];
    let attempt = met(|stream| chat(stream, GREETING.to_owned(), MUTE)).await;
    assert_eq!(ends(&attempt), (Stage::Starttls, Outcome::Closed));
}

#[tokio::test]
async fn the_server_ends_it_with_a_reply() {
    let attempt = met(|stream| chat(stream, "421 4.3.2 too busy\r\n".to_owned(), &[])).await;
    assert_eq!(ends(&attempt), (Stage::Greeting, Outcome::Replied));
    let reply = attempt.reply.unwrap();
    assert_eq!((reply.code.0, reply.text.as_str()), (421, "4.3.2 too busy"));
    assert!(reply.enhanced.is_some());

    let attempt = met(|stream| chat(stream, "554 not you\r\n".to_owned(), &[])).await;
    assert_eq!((ends(&attempt), attempt.reply.unwrap().code.0), ((Stage::Greeting, Outcome::Replied), 554));

    let attempt = met(|stream| chat(stream, GREETING.to_owned(), &[("EHLO", "550 no\r\n")])).await;
    assert_eq!((ends(&attempt), attempt.reply.unwrap().code.0), ((Stage::Ehlo, Outcome::Replied), 550));

    const NOT_NOW: &[(&str, &str)] =
        &[("EHLO", "250-mx.example\r\n250 STARTTLS\r\n"), ("STARTTLS", "454 not now\r\n")];
    let attempt = met(|stream| chat(stream, GREETING.to_owned(), NOT_NOW)).await;
    assert_eq!((ends(&attempt), attempt.reply.unwrap().code.0), ((Stage::Starttls, Outcome::Replied), 454));
}

#[tokio::test]
async fn a_server_that_knows_only_helo_is_reached() {
    let attempt = met(|stream| chat(stream, GREETING.to_owned(), &[("EHLO", "502 what?\r\n")])).await;
    assert_eq!(ends(&attempt), (Stage::Ehlo, Outcome::Completed));
    assert!(attempt.detail.unwrap().contains("EHLO (502)"));
}

#[tokio::test]
async fn what_is_not_smtp_is_named() {
    let attempt = met(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await?;
        hold(stream).await
    })
    .await;
    assert_eq!(ends(&attempt), (Stage::Greeting, Outcome::Garbage));
    assert!(attempt.detail.unwrap().contains("HTTP/1.1"));
}

#[tokio::test]
async fn a_tls_handshake_that_fails_is_told_from_one_that_is_never_answered() {
    let attempt = met(|mut stream| async move {
        chat(&mut stream, GREETING.to_owned(), STARTTLS).await?;
        let mut hello = [0; 16];
        stream.read_exact(&mut hello).await?;
        stream.write_all(b"what is this? I speak no TLS\r\n").await?;
        hold(stream).await
    })
    .await;
    assert_eq!(ends(&attempt), (Stage::Starttls, Outcome::TlsFailed));
    assert!(attempt.detail.is_some() && attempt.tls.is_none());

    let mut town = Town::default();
    town.serve(HOST, |mut stream| async move {
        chat(&mut stream, GREETING.to_owned(), STARTTLS).await?;
        hold(stream).await
    })
    .await;
    let attempt = town.look(HOST, 4_000).await;
    assert_eq!(ends(&attempt), (Stage::Starttls, Outcome::TimedOut));
    assert_eq!(attempt.greeting.as_deref(), Some("220 mx.example ready"), "what was seen before stays seen");
}

#[tokio::test]
async fn an_address_that_is_not_public_is_not_connected_to() {
    for address in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
    {
        let mut town = Town::default();
        let count = town.serve(address, hold).await;
        let attempt = town.look(address, LONG).await;
        assert_eq!(attempt.outcome, Outcome::NotTried, "{address}");
        assert_eq!(attempt.detail.as_deref(), Some("the address is not globally reachable"));
        assert_eq!(count.all(), 0, "{address}");
    }
}
