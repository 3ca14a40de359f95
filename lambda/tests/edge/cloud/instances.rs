//! Several instances of one API: to whoever asks, they are one.

use super::aws::{Answer, Aws, check, instance, key, now, send, table_of};
use crate::fleet::{fleet_of, slow_vantage};
use crate::server::Server;
use futures_util::future::join_all;
use noanswer::api::Token;
use noanswer::fleet::Fleet;
use noanswer::store::{Store, WINDOW};
use noanswer_tests::own_network::nobody;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

fn fleet(url: &str) -> Fleet {
    fleet_of(&[("one", url)])
}

async fn open_instances(count: usize, lab: &Server, aws: &Aws, vantage: &str) -> Vec<SocketAddr> {
    join_all((0..count).map(|_| instance(lab, None, fleet(vantage), aws.store()))).await
}

#[tokio::test]
async fn a_client_gets_its_checks_and_no_more_wherever_it_asks() {
    let (lab, aws) = (Server::lab(), Aws::start().await);
    let instances = open_instances(3, &lab, &aws, nobody()).await;
    // Where a minute ends meanwhile, a client has two quotas, and the next client tries.
    for client in 1..=4 {
        let client = Ipv4Addr::new(127, 1, 0, client);
        let minute = now() / WINDOW;
        let asks = (0..200).map(|n| check(client, instances[n % instances.len()], "null-mx.test"));
        let answers = join_all(asks).await;
        if now() / WINDOW != minute {
            continue;
        }
        let with = |status: u16| answers.iter().filter(move |answer| answer.status == status);
        assert_eq!((with(200).count(), with(429).count()), (10, 190));
        let retry = |answer: &Answer| {
            let line = answer.headers.lines().find_map(|line| line.strip_prefix("retry-after: "));
            line.and_then(|seconds| seconds.parse::<i64>().ok())
                .is_some_and(|seconds| (1..=WINDOW).contains(&seconds))
        };
        assert!(with(429).all(retry));
        // What is left is told by whichever instance, and each is told another figure.
        let told = |answer: &Answer| {
            let line = answer.headers.lines().find_map(|line| line.strip_prefix("ratelimit: "))?;
            line.strip_prefix("\"checks\";r=")?.split_once(";t=")?.0.parse::<u32>().ok()
        };
        let mut left: Vec<Option<u32>> = with(200).map(told).collect();
        left.sort_unstable();
        assert_eq!(left, (0..10).map(Some).collect::<Vec<_>>());
        return;
    }
    panic!("200 small requests take more than a minute each time");
}

#[tokio::test]
async fn two_hundred_clients_ask_one_question_once() {
    let (lab, aws) = (Server::lab(), Aws::start().await);
    let (vantage, asked) = slow_vantage(Duration::from_millis(500)).await;
    let instances = open_instances(4, &lab, &aws, &vantage).await;
    let asks = (0..200_u8)
        .map(|n| check(Ipv4Addr::new(127, 2, 0, n), instances[usize::from(n) % 4], "healthy.test"));
    let reports = join_all(asks).await;
    assert_eq!(asked.load(SeqCst), 1);
    let first = reports[0].json();
    assert_eq!(first["evidence"][0]["attempts"].as_array().map(Vec::len), Some(2));
    for report in &reports {
        assert_eq!(report.status, 200);
        assert_eq!(report.json()["evidence"], first["evidence"], "nobody is told anything else");
        assert_eq!(report.json()["verdict"]["status"], "healthy");
    }
    // Its networks were counted as often as they were asked: once each.
    let counters = aws.items("limit#targets#").await;
    assert!(!counters.is_empty());
    assert!(counters.iter().all(|counter| counter["n"]["N"] == "1"), "{counters:?}");
    assert_eq!(aws.items("limit#checks#").await.len(), 200);
    // Sights are shared too.
    let vantages = instances.iter().map(|at| send(Ipv4Addr::LOCALHOST, *at, "GET /v1/vantages", "", ""));
    let sights = join_all(vantages).await;
    assert!(sights.iter().all(|sights| sights.json()[0]["sight"] == "clear"), "{sights:?}");
    assert_eq!(asked.load(SeqCst), 2);
    let keys = aws.items("").await;
    assert!(keys.iter().all(|item| !key(item).contains("127.2.")), "no client is written down");
}

/// A store that is not there.
fn down() -> Arc<Store> {
    Arc::new(Store::new(table_of(nobody())))
}

#[tokio::test]
async fn while_the_store_is_down_the_public_gets_no_check() {
    let lab = Server::lab();
    let (vantage, asked) = slow_vantage(Duration::from_millis(500)).await;
    let open = instance(&lab, None, fleet(&vantage), down()).await;
    let client = Ipv4Addr::LOCALHOST;
    for answer in [
        check(client, open, "healthy.test").await,
        send(client, open, "GET /v1/mx/healthy.test", "", "").await,
    ] {
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.headers.contains("application/problem+json"), "{answer:?}");
        assert_eq!(answer.json()["title"], "The limits cannot be counted");
        assert!(answer.headers.contains("retry-after: 10"), "{answer:?}");
    }
    let sights = send(client, open, "GET /v1/vantages", "", "").await;
    assert!(
        sights.json()[0]["failure"].as_str().expect("a reason").contains("nothing was asked"),
        "{sights:?}"
    );
    assert_eq!(asked.load(SeqCst), 0);
    let explained = send(client, open, "POST /v1/explain", "", r#"{"text":"441 4.4.1"}"#).await;
    assert_eq!(explained.status, 200, "what needs nobody's leave goes on");

    // Who carries the token is nobody unknown: each instance counts for itself meanwhile.
    let token = Some(Token::from("right".to_owned()));
    let closed = instance(&lab, token, fleet(&vantage), down()).await;
    let ask = |headers| send(client, closed, "POST /v1/check", headers, r#"{"domain":"healthy.test"}"#);
    assert_eq!(ask("").await.status, 401);
    for _ in 0..10 {
        let report = ask("authorization: Bearer right\r\n").await;
        assert_eq!(report.json()["verdict"]["status"], "healthy", "{report:?}");
    }
    assert_eq!(asked.load(SeqCst), 1);
    assert_eq!(ask("authorization: Bearer right\r\n").await.status, 429);
}

#[tokio::test]
async fn a_store_that_goes_down_between_takes_the_answer_along_and_not_the_check() {
    let (lab, aws) = (Server::lab(), Aws::start().await);
    let (vantage, asked) = slow_vantage(Duration::from_millis(500)).await;
    let open = instance(&lab, None, fleet(&vantage), aws.store()).await;
    let asking = tokio::spawn(check(Ipv4Addr::LOCALHOST, open, "healthy.test"));
    while asked.load(SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(aws);
    let report = asking.await.expect("no panic");
    assert_eq!(report.json()["verdict"]["status"], "healthy", "{report:?}");
    assert_eq!(check(Ipv4Addr::LOCALHOST, open, "healthy.test").await.status, 503);
}
