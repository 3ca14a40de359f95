//! What a vantage that others ask owes to targets: so many connections a minute and no more, whoever asks.

use crate::town::{Count, Town, chat, probe, probe_in_round};
use noanswer::probe::ConnectionLimits;
use noanswer_core::evidence::{Attempt, Outcome};
use noanswer_site::fleet::OptOut;
use std::sync::Arc;
use tokio::net::TcpStream;

const LONG: u64 = 30_000;

async fn greet(stream: TcpStream) -> std::io::Result<()> {
    chat(stream, "220 mx.example ready\r\n".to_owned(), &[]).await
}

/// A host whose answer to EHLO is worth a second look: it costs a vantage more than one connection.
async fn refuse_names(stream: TcpStream) -> std::io::Result<()> {
    chat(stream, "220 mx.example ready\r\n".to_owned(), &[("EHLO", "550 who?\r\n"), ("HELO", "550 who?\r\n")])
        .await
}

fn limited() -> Town {
    let mut town = Town::default();
    town.limits = Some(ConnectionLimits::default());
    town
}

fn why(attempt: &Attempt) -> &str {
    attempt.detail.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn a_network_gets_twenty_connections_a_minute_whoever_asks_and_however_much() {
    let mut town = limited();
    let count = Arc::new(Count::default());
    for host in 1..=60 {
        town.serve_counted(&format!("192.0.2.{host}"), count.clone(), refuse_names).await;
    }
    let prober = town.prober();
    let mut tried = 0;
    for domain in 0..6 {
        let exchange = format!("mx.domain{domain}.example");
        let hosts: Vec<String> = (1..=10).map(|host| format!("192.0.2.{}", domain * 10 + host)).collect();
        let targets: Vec<(&str, &str)> =
            hosts.iter().map(|host| (exchange.as_str(), host.as_str())).collect();
        let evidence = probe(&prober, &targets, LONG).await;
        for attempt in &evidence.attempts {
            match attempt.outcome {
                Outcome::NotTried => assert!(why(attempt).contains("often enough"), "{attempt:?}"),
                _ => tried += 1,
            }
        }
    }
    assert_eq!(count.all(), 20, "sessions in other forms are connections too");
    assert!((1..20).contains(&tried), "{tried}");
}

/// How many connections there were to ten closed ports of one network that are asked again, and how many of these were
/// asked at all.
async fn connections_to_closed_ports(mut town: Town) -> (usize, usize) {
    let hosts: Vec<String> = (1..=10).map(|host| format!("192.0.2.{host}")).collect();
    for host in &hosts {
        town.close(host).await;
    }
    let targets: Vec<(&str, &str)> = hosts.iter().map(|host| ("mx.target.example", host.as_str())).collect();
    let evidence = probe_in_round(2, &town.prober(), &targets, LONG).await;
    let tried = evidence.attempts.iter().filter(|one| one.outcome == Outcome::Refused);
    let parallel: usize = evidence.attempts.iter().map(|one| one.parallel.len()).sum();
    (tried.clone().count() + parallel, tried.count())
}

#[tokio::test]
async fn connections_beside_one_that_fails_are_taken_from_what_the_attempts_leave() {
    for town in [limited(), Town::default()] {
        let (connections, tried) = connections_to_closed_ports(town).await;
        assert_eq!(tried, 10, "each address is asked again");
        assert!((11..=20).contains(&connections), "{connections} connections to one /24");
    }
}

#[tokio::test]
async fn one_host_is_asked_once_for_all_the_domains_that_it_serves() {
    let mut town = limited();
    let count = town.serve("192.0.2.1", greet).await;
    let prober = town.prober();
    let (one, other) = tokio::join!(
        probe(&prober, &[("a.mx.host.example", "192.0.2.1")], LONG),
        probe(&prober, &[("b.mx.host.example", "192.0.2.1")], LONG)
    );
    for _ in 0..40 {
        let again = probe(&prober, &[("c.mx.host.example", "192.0.2.1")], LONG).await;
        assert_eq!(again.attempts[0].outcome, Outcome::Completed, "nobody is starved by the others");
        assert_eq!(again.attempts[0].exchange, "c.mx.host.example");
    }
    assert_eq!(
        (one.attempts[0].exchange.as_str(), other.attempts[0].exchange.as_str()),
        ("a.mx.host.example", "b.mx.host.example")
    );
    assert_eq!(count.all(), 1);
    // What it says to another operator's name need not be the same.
    probe(&prober, &[("mx.other.example", "192.0.2.1")], LONG).await;
    assert_eq!(count.all(), 2);
}

#[tokio::test]
async fn a_failure_is_told_again_only_with_controls_that_show_a_valid_view() {
    let mut town = limited();
    town.close("192.0.2.1").await;
    // No control is reached: the failure may be this vantage's own.
    let count = town.serve("192.0.2.2", refuse_names).await;
    let prober = town.prober();
    for _ in 0..2 {
        let evidence = probe(&prober, &[("mx.a.example", "192.0.2.2")], LONG).await;
        assert_eq!(evidence.attempts[0].outcome, Outcome::Replied);
    }
    assert!(count.all() > 2, "it was looked at anew: {count:?}");
}

#[tokio::test]
async fn whoever_asked_to_be_left_out_is_left_out() {
    let mut town = limited();
    town.opt_out = OptOut::parse("192.0.2.1\nexample.org\ntarget.test\n").expect("a list");
    let count = Arc::new(Count::default());
    for host in 1..=3 {
        town.serve_counted(&format!("192.0.2.{host}"), count.clone(), greet).await;
    }
    let targets =
        [("mx.a.example", "192.0.2.1"), ("mx.example.org", "192.0.2.2"), ("mx.a.example", "192.0.2.3")];
    let evidence = probe(&town.prober(), &targets, LONG).await;
    let outcomes: Vec<Outcome> = evidence.attempts.iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [Outcome::NotTried, Outcome::NotTried, Outcome::Completed]);
    assert!(why(&evidence.attempts[0]).contains("left out"));
    assert_eq!(count.all(), 1);
}
