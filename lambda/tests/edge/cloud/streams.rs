//! Streams are counted over all instances: each instance of a function has one request at a time.

use super::aws::{Aws, instance, send};
use crate::fleet::{fleet_of, slow_vantage};
use crate::server::Server;
use futures_util::future::join_all;
use noanswer::store::Place;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

async fn stream(from: Ipv4Addr, to: SocketAddr) -> u16 {
    let body = json!({ "domain": "healthy.test" }).to_string();
    send(from, to, "POST /v1/check", "accept: text/event-stream\r\n", &body).await.status
}

#[tokio::test]
async fn a_client_has_a_few_streams_at_a_time_wherever_it_asks_and_gets_them_back() {
    let (lab, aws) = (Server::lab(), Aws::start().await);
    let (vantage, _) = slow_vantage(Duration::from_secs(3)).await;
    let mut instances = Vec::new();
    for _ in 0..8 {
        instances.push(instance(&lab, None, fleet_of(&[("one", &vantage)]), aws.store()).await);
    }
    let client = Ipv4Addr::new(127, 4, 0, 1);
    let mut statuses = join_all(instances.iter().map(|at| stream(client, *at))).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429, 429, 429]);
    assert!(aws.items("stream#").await.is_empty(), "all of them have ended");
    assert_eq!(stream(client, instances[0]).await, 200);
}

#[tokio::test]
async fn a_place_of_an_instance_that_died_is_free_after_a_while_and_not_before() {
    const AT: i64 = 1_795_510_890;
    let aws = Aws::start().await;
    let store = aws.store();
    let take = async |at: i64| store.place("192.0.2.1", 2, at).await.expect("it answers");
    let held: Vec<Option<Place>> = vec![take(AT).await, take(AT).await];
    assert!(held.iter().all(Option::is_some));
    assert!(take(AT + 149).await.is_none());
    assert!(store.place("192.0.2.2", 2, AT).await.expect("it answers").is_some(), "somebody else");
    assert!(take(AT + 150).await.is_some());
    store.give_back(held[1].as_ref().expect("a place")).await.expect("it answers");
    assert!(take(AT + 151).await.is_some());
    assert!(take(AT + 151).await.is_none());
    let text = serde_json::to_string(&aws.items("stream#").await).expect("JSON");
    assert!(!text.contains("192.0.2."), "{text}");
}
