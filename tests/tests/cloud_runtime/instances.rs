//! An instance serves one event at a time (so does Lambda): several at a time need several instances.

use crate::town::Town;
use noanswer_tests::contract::client;
use noanswer_tests::own_network;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// A DoH server that takes connections and never answers.
pub struct Hole {
    listener: TcpListener,
    /// Where it is.
    pub url: String,
}

impl Hole {
    pub async fn new() -> Self {
        own_network::enter().expect("a network of the tests");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        Self { listener, url }
    }

    /// Waits until somebody asks: whoever does is in the middle of a request from here on.
    pub async fn asked(&self) -> TcpStream {
        let asked = tokio::time::timeout(Duration::from_secs(60), self.listener.accept()).await;
        asked.expect("nobody asks").expect("a connection").0
    }
}

#[tokio::test]
async fn several_instances_serve_at_the_same_time() {
    let town = Town::patient();
    let holes = [Hole::new().await, Hole::new().await, Hole::new().await];
    let _instances: Vec<_> = holes.iter().map(|hole| town.prober_asking("north", &hole.url)).collect();
    let url = town.north.url("north");
    let ask = |path: &str| client().get(format!("{url}{path}")).send();
    // A vantage looks its controls up by DNS-over-HTTPS.
    let controls = || {
        let call = client().post(format!("{url}/v1/controls")).bearer_auth(super::town::TOKEN);
        call.header("content-type", "application/json").body("{}").send()
    };
    let busy = [controls(), controls(), controls()].map(tokio::spawn);
    // Each of the three asks its own server, and none is answered: all three are at work.
    let [one, two, three] = &holes;
    let _held = tokio::join!(one.asked(), two.asked(), three.asked());
    let _fourth = town.prober("north");
    let answer = ask("/healthz").await.expect("it answers");
    assert_eq!(answer.status(), 200, "served by the fourth");
    for call in busy {
        // Their servers never answer: that is what the evidence says in the end, and no failure of the function.
        let answer = call.await.expect("no panic").expect("it answers");
        assert_eq!(answer.status(), 200);
    }
}
