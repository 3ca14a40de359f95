//! Two hundred clients at once: none is granted more than its own limit, and none waits for another's target.

use crate::cloud::aws::{fetch, send, serve};
use crate::fleet::{CONTROLS, answers, attempt, evidence, fleet_of, listening};
use axum::Json;
use axum::Router;
use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use hickory_proto::op::{Message, MessageType};
use hickory_proto::rr::rdata::{A, MX};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use noanswer::api::{Site, State};
use noanswer_core::address::AddressPolicy;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CLIENTS: u8 = 200;

/// Half of the clients ask for domains of one network, each of the others for one of a network of its own.
fn domain(client: u8) -> String {
    if client.is_multiple_of(2) { format!("hot{client}.test") } else { own(client) }
}

/// The domain whose mail server is alone in its network.
pub fn own(number: u8) -> String {
    format!("own{number}.test")
}

fn address_of(name: &str) -> Option<Ipv4Addr> {
    let name = name.trim_end_matches('.').strip_suffix(".test")?;
    let name = name.strip_prefix("mx.").unwrap_or(name);
    if let Some(number) = name.strip_prefix("hot") {
        return Some(Ipv4Addr::new(203, 0, 113, number.parse().ok()?));
    }
    Some(Ipv4Addr::new(198, 18, name.strip_prefix("own")?.parse().ok()?, 25))
}

/// A DNS-over-HTTPS server (RFC 8484) of these domains.
pub async fn doh(Query(query): Query<HashMap<String, String>>) -> Response {
    let asked = URL_SAFE_NO_PAD.decode(&query["dns"]).expect("base64url");
    let asked = Message::from_vec(&asked).expect("a question");
    let [question] = asked.queries.as_slice() else { panic!("one question") };
    let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
    answer.metadata.message_type = MessageType::Response;
    answer.metadata.recursion_available = true;
    answer.add_query(question.clone());
    let name = question.name().to_ascii();
    let data = match (question.query_type(), address_of(&name)) {
        (RecordType::MX, Some(_)) => {
            Some(RData::MX(MX::new(10, Name::from_ascii(format!("mx.{name}")).expect("a name"))))
        }
        (RecordType::A, Some(address)) => Some(RData::A(A(address))),
        _ => None,
    };
    if let Some(data) = data {
        answer.add_answer(Record::from_rdata(question.name().clone(), 60, data));
    }
    ([(header::CONTENT_TYPE, "application/dns-message")], answer.to_vec().expect("a message")).into_response()
}

/// How often a vantage was asked for each address.
type Asked = Arc<Mutex<BTreeMap<Ipv4Addr, u32>>>;

/// A vantage that reaches whatever it is asked for.
async fn vantage(asked: Asked) -> String {
    let answer = move |Json(request): Json<Value>| async move {
        let targets = request["targets"].as_array().expect("targets");
        let seen: Vec<Value> = targets
            .iter()
            .map(|target| {
                let (exchange, address) = (target["exchange"].as_str(), target["address"].as_str());
                let (exchange, address) = (exchange.expect("a name"), address.expect("an address"));
                let address_read: Ipv4Addr = address.parse().expect("an address");
                *asked.lock().unwrap().entry(address_read).or_default() += 1;
                attempt(exchange, address, 25)
            })
            .collect();
        answers(evidence(CONTROLS.iter().map(|(host, address)| attempt(host, address, 25)), &seen))
    };
    listening(Router::new().route("/v1/probe", post(answer))).await
}

async fn api(asked: Asked) -> SocketAddr {
    let resolver = listening(Router::new().route("/dns-query", get(doh))).await;
    let nets = ["203.0.113.0/24", "198.18.0.0/15"].map(|net| net.parse().expect("a net"));
    let site = Site {
        resolvers: vec![format!("{resolver}/dns-query")],
        policy: AddressPolicy::allowing(nets),
        demo: None,
        prober: None,
        token: None,
    };
    serve(State::new(site, fleet_of(&[("one", &vantage(asked).await)]), fetch())).await
}

/// What was granted of `burst` at once, refilled one by one over `window`, in a time that took `took` at most.
fn at_most(burst: u32, window: Duration, took: Duration) -> u32 {
    burst + u32::try_from(took.as_millis() * u128::from(burst) / window.as_millis()).expect("few") + 1
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn none_is_granted_more_than_its_limit_and_none_is_starved_by_anothers_target() {
    let asked = Asked::default();
    let api = api(asked.clone()).await;
    let began = Instant::now();
    let clients = (0..CLIENTS).map(|client| async move {
        let from = Ipv4Addr::new(127, 30, 0, client + 1);
        let body = json!({ "domain": domain(client) }).to_string();
        let mut granted = Vec::new();
        let began = Instant::now();
        // Twice as often as it may, and more: on a slow machine the limit is refilled meanwhile.
        for _ in 0..24 {
            let answer = send(from, api, "POST /v1/check", "", &body).await;
            match answer.status {
                200 => granted.push(answer.json()),
                status => assert_eq!(status, 429, "{answer:?}"),
            }
        }
        (client, granted, began.elapsed())
    });
    let clients = join_all(clients).await;
    for (client, granted, took) in &clients {
        let count = u32::try_from(granted.len()).expect("few");
        assert!((10..=at_most(10, MINUTE, *took)).contains(&count), "{client}: {count} granted in {took:?}");
        if !client.is_multiple_of(2) {
            let failure = &granted[0]["evidence"][0]["failure"];
            assert_eq!(*failure, Value::Null, "{client}: its target is nobody else's");
            assert_eq!(granted[0]["verdict"]["status"], "healthy", "{client}");
        }
    }
    let asked = asked.lock().unwrap();
    let hot: u32 =
        asked.iter().filter(|(address, _)| address.octets()[0] == 203).map(|(_, count)| count).sum();
    assert!((20..=at_most(20, MINUTE, began.elapsed())).contains(&hot), "{hot} probes of one network");
    // Their targets were looked at once each: what is known is told.
    let own = asked.iter().filter(|(address, _)| address.octets()[0] == 198);
    assert_eq!(own.count(), usize::from(CLIENTS) / 2);
}
