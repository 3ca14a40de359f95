//! What the prober owes to those it visits, and to those who wait.

use crate::town::{Count, GUARD, Town, chat, hold, probe};
use noanswer_core::evidence::{Expectation, Outcome, Sight};
use noanswer_core::smtp::Stage;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const LONG: u64 = 30_000;

async fn unhurried(stream: TcpStream) -> std::io::Result<()> {
    tokio::time::sleep(Duration::from_millis(50)).await;
    chat(stream, "220 mx.example ready\r\n".to_owned(), &[]).await
}

#[tokio::test]
async fn an_address_gets_one_connection_at_a_time() {
    let mut town = Town::default();
    let count = town.serve("192.0.2.1", unhurried).await;
    let prober = town.prober();
    let target = [("mx.target.example", "192.0.2.1")];
    let (one, other) = tokio::join!(probe(&prober, &target, LONG), probe(&prober, &target, LONG));
    assert!([one, other].iter().all(|evidence| evidence.attempts[0].outcome == Outcome::Completed));
    assert_eq!((count.all(), count.most()), (2, 1));
}

#[tokio::test]
async fn an_address_of_two_exchanges_is_visited_once() {
    let mut town = Town::default();
    let count = town.serve("192.0.2.1", unhurried).await;
    let targets = [("mx1.target.example", "192.0.2.1"), ("mx2.target.example", "192.0.2.1")];
    let evidence = probe(&town.prober(), &targets, LONG).await;
    let seen: Vec<_> = evidence.attempts.iter().map(|one| (one.exchange.as_str(), one.outcome)).collect();
    assert_eq!(
        seen,
        [("mx1.target.example", Outcome::Completed), ("mx2.target.example", Outcome::Completed)]
    );
    assert_eq!(count.all(), 1);
}

#[tokio::test]
async fn an_operator_gets_a_few_connections_at_a_time() {
    let mut town = Town::default();
    let count = Arc::new(Count::default());
    let addresses: Vec<String> = (1..=12).map(|host| format!("192.0.2.{host}")).collect();
    for address in &addresses {
        town.serve_counted(address, count.clone(), unhurried).await;
    }
    let targets: Vec<(&str, &str)> =
        addresses.iter().map(|address| ("mx.target.example", address.as_str())).collect();
    let evidence = probe(&town.prober(), &targets, LONG).await;
    assert!(evidence.attempts.iter().all(|attempt| attempt.outcome == Outcome::Completed));
    assert_eq!(count.all(), 12);
    assert!((1..=4).contains(&count.most()), "{} at once", count.most());
}

#[tokio::test]
async fn dead_addresses_do_not_keep_the_evidence_back() {
    let mut town = Town::default();
    town.serve("192.0.2.200", unhurried).await;
    let dead: Vec<String> = (1..=10).map(|host| format!("192.0.2.{host}")).collect();
    let mut targets: Vec<(&str, &str)> = dead.iter().map(|at| ("mx.dead.example", at.as_str())).collect();
    targets.push(("mx.alive.example", "192.0.2.200"));
    let evidence = probe(&town.prober(), &targets, 4_000).await;
    let outcome = |at: usize| evidence.attempts[at].outcome;
    assert_eq!(outcome(10), Outcome::Completed, "another operator's address does not wait");
    assert_eq!((0..10).filter(|at| outcome(*at) == Outcome::TimedOut).count(), 4);
    let untried: Vec<_> = evidence.attempts.iter().filter(|one| one.outcome == Outcome::NotTried).collect();
    assert_eq!(untried.len(), 6);
    assert!(untried.iter().all(|one| one.detail.as_deref().is_some_and(|why| why.contains("time"))));
}

#[tokio::test]
async fn the_controls_are_asked_once_a_minute_and_the_sight_follows() {
    let mut town = Town::default();
    let mut counts = Vec::new();
    for (operator, address) in [("a", "192.0.2.11"), ("b", "192.0.2.12"), ("c", "192.0.2.13")] {
        counts.push(town.control(operator, address).await);
    }
    town.closed.push("192.0.2.99".parse().unwrap());
    town.close("192.0.2.99").await;
    let prober = town.prober();
    let (one, other) = tokio::join!(probe(&prober, &[], 2_000), probe(&prober, &[], 2_000));
    let later = probe(&prober, &[], 2_000).await;
    for evidence in [one, other, later] {
        assert_eq!(evidence.sight_by_family.ipv4, Sight::Clear);
        let closed = evidence.controls.iter().find(|one| one.expected == Expectation::Closed).unwrap();
        assert_eq!(closed.attempt.outcome, Outcome::Refused);
        let https = evidence.controls.iter().filter(|one| one.attempt.port == 443).count();
        assert_eq!(https, 3, "the same hosts are asked on 443");
    }
    assert!(counts.iter().all(|count| count.all() == 1), "{counts:?}");
}

#[tokio::test]
async fn a_control_is_greeted_and_left() {
    let mut town = Town::default();
    let said = Arc::new(std::sync::Mutex::new(Vec::new()));
    for (operator, address) in [("a", "192.0.2.11"), ("b", "192.0.2.12")] {
        let said = said.clone();
        town.serve(address, move |stream| {
            let said = said.clone();
            async move {
                let mut stream = BufReader::new(stream);
                stream.write_all(format!("220 mx.{operator}.example\r\n").as_bytes()).await?;
                let mut line = String::new();
                while stream.read_line(&mut line).await? > 0 {
                    said.lock().unwrap().push(line.trim_end().to_owned());
                    stream.write_all(b"221 bye\r\n").await?;
                    line.clear();
                }
                Ok(())
            }
        })
        .await;
        town.know(operator, address);
    }
    let evidence = probe(&town.prober(), &[], 2_000).await;
    assert_eq!(evidence.sight_by_family.ipv4, Sight::Clear);
    let on_25: Vec<_> = evidence.controls.iter().filter(|one| one.attempt.port == 25).collect();
    assert!(on_25.iter().all(|one| one.attempt.greeting.is_some() && one.attempt.stage == Stage::Greeting));
    let all_said = async {
        while said.lock().unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(GUARD, all_said).await.expect("a control was left without a word");
    assert_eq!(*said.lock().unwrap(), ["QUIT", "QUIT"]);
}

#[tokio::test]
async fn a_control_whose_address_nobody_knows_is_told_of() {
    let mut town = Town::default();
    town.control("a", "192.0.2.11").await;
    town.control("b", "192.0.2.12").await;
    town.know("c", "192.0.2.13");
    town.controls[2].address.clear();
    let evidence = probe(&town.prober(), &[], 2_000).await;
    assert_eq!(evidence.sight_by_family.ipv4, Sight::Clear);
    let unresolved: Vec<&str> =
        evidence.unresolved_controls.iter().map(|one| one.operator.as_str()).collect();
    assert_eq!(unresolved, ["c"]);
    assert!(evidence.controls.iter().all(|one| one.operator != "c"));
}

#[tokio::test]
async fn a_busy_control_still_shows_an_open_port() {
    let mut town = Town::default();
    for (operator, address, greeting) in
        [("a", "192.0.2.11", "421 a is busy\r\n"), ("b", "192.0.2.12", "554 b wants none of it\r\n")]
    {
        town.serve(address, move |stream| chat(stream, greeting.to_owned(), &[])).await;
        town.know(operator, address);
    }
    assert_eq!(probe(&town.prober(), &[], 2_000).await.sight_by_family.ipv4, Sight::Clear);
}

#[tokio::test]
async fn refusals_of_every_control_blind_and_a_negative_one_that_answers_deceives() {
    let mut town = Town::default();
    for (operator, address) in [("a", "192.0.2.11"), ("b", "192.0.2.12"), ("c", "192.0.2.13")] {
        town.close(address).await;
        town.know(operator, address);
    }
    assert_eq!(probe(&town.prober(), &[], 2_000).await.sight_by_family.ipv4, Sight::Blind);

    town.closed.push("192.0.2.99".parse().unwrap());
    town.serve("192.0.2.99", unhurried).await;
    assert_eq!(probe(&town.prober(), &[], 2_000).await.sight_by_family.ipv4, Sight::Deceived);
}

#[tokio::test]
async fn controls_that_had_no_time_are_no_witnesses() {
    let mut town = Town::default();
    for (operator, address) in [("a", "192.0.2.11"), ("b", "192.0.2.12")] {
        town.know(operator, address);
    }
    let evidence = probe(&town.prober(), &[], 300).await;
    assert_eq!(evidence.sight_by_family.ipv4, Sight::Partial, "300 ms of silence do not make it blind");
    assert!(evidence.controls.iter().all(|control| control.attempt.outcome == Outcome::NotTried));
}

#[tokio::test]
async fn what_is_dropped_is_closed() {
    let mut town = Town::default();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    town.serve("192.0.2.1", move |stream| {
        let tell = tell.clone();
        async move {
            let _ = tell.send("open");
            hold(stream).await?;
            let _ = tell.send("closed");
            Ok(())
        }
    })
    .await;
    let prober = town.prober();
    let under_way = tokio::spawn(async move {
        let evidence = probe(&prober, &[("mx.target.example", "192.0.2.1")], LONG).await;
        assert_eq!(evidence.attempts[0].stage, Stage::Greeting);
    });
    let mut next = async || tokio::time::timeout(GUARD, told.recv()).await.expect("nothing happened");
    assert_eq!(next().await, Some("open"));
    under_way.abort();
    assert_eq!(next().await, Some("closed"));
}
