//! Peers that mean harm: nothing outlives the deadline, and nothing grows.

use crate::town::{Town, chat, hold};
use noanswer_core::evidence::Outcome;
use noanswer_core::smtp::Stage;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const HOST: &str = "192.0.2.1";
const LONG: u64 = 30_000;

/// Sends `piece` after `first` until the prober leaves, and counts the bytes that it took.
async fn flood(
    mut stream: TcpStream,
    first: &[u8],
    piece: &[u8],
    most: u64,
    sent: Arc<AtomicU64>,
) -> std::io::Result<()> {
    stream.write_all(first).await?;
    while sent.load(SeqCst) < most {
        stream.write_all(piece).await?;
        sent.fetch_add(piece.len() as u64, SeqCst);
    }
    hold(stream).await
}

/// What a socket's buffers may swallow before the sender notices that nobody reads.
const BUFFERS: u64 = 64 << 20;

#[tokio::test]
async fn an_endless_line_is_left() {
    let sent = Arc::new(AtomicU64::new(0));
    let mut town = Town::default();
    let counted = sent.clone();
    town.serve(HOST, move |stream| {
        let counted = counted.clone();
        async move { flood(stream, b"220 ", &[b'a'; 1 << 16], 1 << 30, counted).await }
    })
    .await;
    let attempt = town.look(HOST, LONG).await;
    assert_eq!((attempt.stage, attempt.outcome), (Stage::Greeting, Outcome::Garbage));
    assert!(attempt.detail.unwrap().len() < 1_000);
    assert!(sent.load(SeqCst) < BUFFERS, "{} bytes of a gigabyte were taken", sent.load(SeqCst));
}

#[tokio::test]
async fn an_endless_greeting_is_left() {
    let sent = Arc::new(AtomicU64::new(0));
    let mut town = Town::default();
    let counted = sent.clone();
    town.serve(HOST, move |stream| {
        let counted = counted.clone();
        async move { flood(stream, b"", b"220-and so on\r\n", 1 << 30, counted).await }
    })
    .await;
    let attempt = town.look(HOST, LONG).await;
    assert_eq!((attempt.stage, attempt.outcome), (Stage::Greeting, Outcome::Garbage));
    assert!(sent.load(SeqCst) < BUFFERS);
}

#[tokio::test]
async fn a_tarpit_does_not_outlive_the_deadline() {
    let mut town = Town::default();
    town.serve(HOST, |mut stream: TcpStream| async move {
        // A read that waits for the next byte never times out: only the stage does.
        for byte in b"220 ".iter().chain(std::iter::repeat(&b'z')) {
            stream.write_all(&[*byte]).await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    })
    .await;
    let attempt = town.look(HOST, 700).await;
    assert_eq!((attempt.stage, attempt.outcome), (Stage::Greeting, Outcome::TimedOut));
}

#[tokio::test]
async fn a_peer_that_never_reads_does_not_hold_us() {
    let mut town = Town::default();
    town.serve(HOST, |mut stream: TcpStream| async move {
        stream.write_all(b"220 mx.example ready\r\n").await?;
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        drop(stream);
        Ok(())
    })
    .await;
    let attempt = town.look(HOST, 4_000).await;
    assert_eq!((attempt.stage, attempt.outcome), (Stage::Ehlo, Outcome::TimedOut));
}

#[tokio::test]
async fn nul_bytes_broken_utf8_and_escapes_are_data() {
    let mut town = Town::default();
    town.serve(HOST, |mut stream: TcpStream| async move {
        stream.write_all(b"220 mx\0.example \xff\xfe \x1b[2J\x1b]0;owned\x07\r\n").await?;
        chat(stream, String::new(), &[("EHLO", "250-mx\r\n250-\u{1b}[31mX\r\n250 \u{202e}SIZE\r\n")]).await
    })
    .await;
    let attempt = town.look(HOST, LONG).await;
    assert_eq!(attempt.outcome, Outcome::Completed);
    let greeting = attempt.greeting.unwrap();
    assert!(greeting.contains('\u{fffd}') && greeting.contains('\0'), "kept as said: {greeting:?}");
    assert_eq!(attempt.keywords.len(), 2);
}

#[tokio::test]
async fn long_words_are_kept_short() {
    let mut town = Town::default();
    town.serve(HOST, |mut stream: TcpStream| async move {
        let word = vec![b'w'; 30_000];
        stream.write_all(&[b"220 ", word.as_slice(), b"\r\n"].concat()).await?;
        chat(stream, String::new(), &[]).await
    })
    .await;
    let attempt = town.look(HOST, LONG).await;
    assert_eq!(attempt.outcome, Outcome::Completed);
    assert!(attempt.greeting.unwrap().len() < 1_000);
}

#[tokio::test]
async fn an_answer_before_it_was_asked_for_does_not_pass_for_the_answer() {
    let mut town = Town::default();
    let early = "220 mx.example ready\r\n250-forged\r\n250 FORGED\r\n";
    town.serve(HOST, move |stream| chat(stream, early.to_owned(), &[("EHLO", "250-mx\r\n250 TRUE\r\n")]))
        .await;
    let attempt = town.look(HOST, LONG).await;
    assert_eq!((attempt.outcome, attempt.keywords), (Outcome::Completed, vec!["TRUE".to_owned()]));
    assert!(attempt.detail.unwrap().contains("before it was asked"));
}

#[tokio::test]
async fn plaintext_after_starttls_is_dropped_and_said() {
    let mut town = Town::default();
    const INJECTED: &[(&str, &str)] = &[
        ("EHLO", "250-mx.example\r\n250 STARTTLS\r\n"),
        ("STARTTLS", "220 go ahead\r\n250-mx.example\r\n250 INJECTED\r\n"),
    ];
    town.serve(HOST, |mut stream: TcpStream| async move {
        chat(&mut stream, "220 mx.example ready\r\n".to_owned(), INJECTED).await?;
        hold(stream).await
    })
    .await;
    let attempt = town.look(HOST, 4_000).await;
    assert_eq!((attempt.stage, attempt.outcome), (Stage::Starttls, Outcome::TimedOut));
    assert!(!attempt.keywords.iter().any(|keyword| keyword.contains("INJECTED")));
    assert!(attempt.detail.unwrap().contains("plaintext came after STARTTLS"));
}

#[tokio::test]
async fn a_flood_instead_of_tls_is_left() {
    let sent = Arc::new(AtomicU64::new(0));
    let mut town = Town::default();
    let counted = sent.clone();
    const STARTTLS: &[(&str, &str)] =
        &[("EHLO", "250-mx.example\r\n250 STARTTLS\r\n"), ("STARTTLS", "220 go ahead\r\n")];
    town.serve(HOST, move |mut stream| {
        let counted = counted.clone();
        async move {
            chat(&mut stream, "220 mx.example ready\r\n".to_owned(), STARTTLS).await?;
            // A record of the longest length, then more of it: handshake bytes that never end.
            flood(stream, &[0x16, 3, 3, 0x40, 0], &[2; 1 << 16], 1 << 30, counted).await
        }
    })
    .await;
    let attempt = town.look(HOST, LONG).await;
    assert_eq!((attempt.stage, attempt.outcome), (Stage::Starttls, Outcome::TlsFailed));
    assert!(sent.load(SeqCst) < BUFFERS);
}
