//! A Worker without vantages of its own sees by Globalping where its operator has put a token, and keeps the panel.

use crate::peers::Peer;
use crate::{json_of, noanswer, post, worker};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hickory_proto::op::{Message, MessageType, OpCode};
use hickory_proto::rr::rdata::{A, MX};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use noanswer_tests::globalping::{Emulator, Hosts, Probe, Rules};
use noanswer_tests::own_network;
use noanswer_tests::serve::Serve;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

/// The network in which all names of the DNS here are.
const NET: [u8; 3] = [8, 8, 4];

/// A DoH server that knows every name: each host has an address of its own, and each domain an exchange.
fn doh() -> Peer {
    Peer::speaking("application/dns-message", |asked| {
        let encoded = asked.path.split_once("dns=").map_or("", |(_, encoded)| encoded);
        let query =
            Message::from_vec(&URL_SAFE_NO_PAD.decode(encoded).expect("base64url")).expect("a message");
        let question = query.queries[0].clone();
        let name = question.name.to_string();
        let last = 10 + name.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte)) % 200;
        let data = match question.query_type {
            RecordType::MX => {
                Some(RData::MX(MX::new(10, Name::from_ascii(format!("mx.{name}")).expect("a name"))))
            }
            RecordType::A => Some(RData::A(A(Ipv4Addr::new(NET[0], NET[1], NET[2], last)))),
            _ => None,
        };
        let mut answer = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
        answer.add_answers(data.map(|data| Record::from_rdata(question.name.clone(), 60, data)));
        answer.add_query(question);
        (200, answer.to_vec().expect("a message"))
    })
}

/// Eight probes that reach every host of the network, and nobody else.
fn globalping(open: SocketAddr) -> Emulator {
    let all = (0..=255).map(|last| (IpAddr::from([NET[0], NET[1], NET[2], last]), open));
    let hosts: HashMap<IpAddr, SocketAddr> = all.collect();
    let probe = |index: u32| Probe {
        country: "DE".to_owned(),
        city: "Berlin".to_owned(),
        asn: 64_500 + index,
        network: "Example Net".to_owned(),
        tags: vec![if index % 4 == 3 { "eyeball-network" } else { "datacenter-network" }.to_owned()],
        connector: Arc::new(Hosts(hosts.clone())),
    };
    let rules = Rules { token: Some("hush".to_owned()), ..Rules::default() };
    Emulator::on_loopback((0..8).map(probe).collect(), rules).expect("loopback")
}

/// The API and the names of a network, and what listens in it: its hosts are open for as long as that is kept.
fn surroundings() -> (Emulator, Peer, TcpListener) {
    own_network::enter().expect("a network of the tests");
    let open = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let api = globalping(open.local_addr().expect("bound"));
    (api, doh(), open)
}

async fn check(worker: &str, domain: &str) -> Value {
    let answer = post(&format!("{worker}/v1/check"), &json!({ "domain": domain }).to_string()).await;
    assert_eq!(answer.status(), 200);
    json_of(answer).await
}

#[tokio::test]
async fn a_worker_with_a_token_sees_by_globalping_and_keeps_the_panel() {
    let (api, resolver, _open) = surroundings();
    let names = format!("{}/dns-query", resolver.url);
    let variables = [
        ("NOANSWER_PUBLIC", "1"),
        ("NOANSWER_DOH", names.as_str()),
        ("GLOBALPING_TOKEN", "hush"),
        ("GLOBALPING_API", api.origin.as_str()),
    ];
    let worker = worker(&variables);
    let report = check(&worker.url, "one.test").await;
    let rows = report["evidence"].as_array().expect("rows");
    let clear = rows.iter().filter(|row| row["sight"] == "clear" && row["grade"] == "connect");
    assert_eq!(clear.count(), 8, "{report}");
    let outcomes = rows.iter().map(|row| &row["attempts"][0]["outcome"]);
    assert!(outcomes.clone().all(|outcome| outcome == "connected"), "{report}");
    let first = api.spent();
    assert!(first <= 8 * (1 + 5), "{first}");
    check(&worker.url, "two.test").await;
    assert_eq!(api.spent() - first, 8, "the next domain costs its addresses alone");
}

/// A server whose own sight is blind, as in most clouds, sees by its operator's token, which goes to nobody else.
#[tokio::test]
async fn a_blind_server_with_a_token_sees_by_globalping() {
    let (api, resolver, _open) = surroundings();
    let names = format!("{}/dns-query", resolver.url);
    let variables = [("GLOBALPING_TOKEN", "hush"), ("GLOBALPING_API", api.origin.as_str())];
    let server = Serve::start_with(noanswer(), &["--doh", &names], &variables).expect("it starts");
    let report = check(&server.url, "one.test").await;
    let rows = report["evidence"].as_array().expect("rows");
    let (seeing, blind): (Vec<&Value>, Vec<&Value>) = rows.iter().partition(|row| row["grade"] == "connect");
    assert_eq!(seeing.iter().filter(|row| row["sight"] == "clear").count(), 8, "{report}");
    assert!(!blind.is_empty() && blind.iter().all(|row| row["sight"] == "blind"), "{report}");
    let credentials = api.credentials();
    assert!(!credentials.is_empty(), "it was asked");
    for credential in credentials {
        assert_eq!(credential.as_deref(), Some("Bearer hush"));
    }
    assert!(!report.to_string().contains("hush"), "the report tells no token");
    assert!(resolver.asked().iter().all(|asked| !format!("{asked:?}").contains("hush")), "nor is DNS told");
}
