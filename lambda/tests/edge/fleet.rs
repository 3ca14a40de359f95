//! A fleet whose members misbehave: each costs its own row, never the check, and none is believed beyond what it saw.

use crate::server::Server;
use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use noanswer::api::Site;
use noanswer::fetch::DohFetch;
use noanswer::fleet::{self, Fleet};
use noanswer_core::address::AddressPolicy;
use noanswer_core::check::{self, CheckRequest};
use noanswer_core::evidence::{Evidence, Outcome, Role, Sight, VantageFailureKind};
use noanswer_core::ports::Patience;
use noanswer_core::report::Report;
use noanswer_core::timestamp::Timestamp;
use noanswer_site::fleet::Entry;
use noanswer_tests::own_network::{self, nobody};
use serde_json::{Value, json};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

/// Serves `app` in the tests' own network; where it is.
pub async fn listening(app: Router) -> String {
    own_network::enter().expect("a network of the tests");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// Starts a vantage that answers as `answer` does; where it is.
pub async fn vantage<F, A>(answer: F) -> String
where
    F: Fn() -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    listening(Router::new().route("/v1/probe", post(answer))).await
}

/// Starts a vantage that answers after `pause`; where it is, and how often it was asked.
pub async fn slow_vantage(pause: Duration) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let url = vantage(move || {
        let count = count.clone();
        async move {
            count.fetch_add(1, SeqCst);
            tokio::time::sleep(pause).await;
            good()
        }
    });
    (url.await, asked)
}

/// A connection that went well.
pub fn attempt(exchange: &str, address: &str, port: u16) -> Value {
    json!({ "exchange": exchange, "address": address, "port": port, "round": 1, "stage": "ehlo",
        "outcome": "completed", "connect_ms": 1.0, "greeting_ms": 2.0, "greeting": format!("220 {exchange}") })
}

/// A connection that met silence.
fn silence(exchange: &str, address: &str) -> Value {
    json!({ "exchange": exchange, "address": address, "port": 25, "round": 1, "stage": "connect",
        "outcome": "timed_out", "limit_ms": 10_000 })
}

/// Evidence of a vantage that claims to see clearly, with these controls and attempts.
pub fn evidence(controls: impl Iterator<Item = Value>, attempts: &[Value]) -> Value {
    let control = |(mut control, operator): (Value, &str)| {
        control["operator"] = json!(operator);
        control["expected"] = json!("open");
        control
    };
    let controls: Vec<Value> = controls.zip(["alpha", "beta", "gamma"]).map(control).collect();
    json!({ "vantage": "someone-else", "place": "elsewhere", "role": "sender", "network": "n", "sight": "clear",
        "sight_by_family": { "ipv4": "clear", "ipv6": "clear" }, "controls": controls, "attempts": attempts })
}

/// The controls of the vantages here.
pub const CONTROLS: [(&str, &str); 3] =
    [("mx.alpha.test", "198.51.100.1"), ("mx.beta.test", "198.51.100.2"), ("mx.gamma.test", "198.51.100.3")];

/// An answer of JSON.
pub fn answers(json: Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], json.to_string()).into_response()
}

/// A good vantage's answer for `healthy.test`.
pub fn good() -> Response {
    let attempts =
        [attempt("mx.healthy.test", "192.0.2.10", 25), attempt("mx.healthy.test", "2001:db8::10", 25)];
    answers(evidence(CONTROLS.iter().map(|(host, address)| attempt(host, address, 25)), &attempts))
}

/// A fleet of the vantages at `urls`, by their ids.
pub fn fleet_of(urls: &[(&str, &str)]) -> Fleet {
    let mut fleet = fleet::empty(&DohFetch::new(None).expect("built-in roots"));
    for (id, url) in urls {
        let entry: Entry = toml::from_str(&format!("id = '{id}'\nurl = '{url}'\n")).expect("an entry");
        fleet.add(&entry, &fleet::variable).expect("a URL");
    }
    fleet
}

/// The documentation ranges, which the lab's resolver names: nothing here connects to them.
pub fn policy() -> AddressPolicy {
    AddressPolicy::allowing(["192.0.2.0/24", "2001:db8::/32"].iter().map(|net| net.parse().expect("a net")))
}

/// An API that looks domains up at `lab`, and probes nothing itself.
pub fn site(lab: &Server) -> Site {
    Site {
        resolvers: vec![format!("{}/lab/dns-query", lab.url)],
        policy: policy(),
        demo: None,
        prober: None,
        token: None,
    }
}

/// Has the vantages at `urls` check `healthy.test`.
async fn check(urls: &[(&str, String)], deadline_ms: u64) -> Report {
    let urls: Vec<(&str, &str)> = urls.iter().map(|(id, url)| (*id, url.as_str())).collect();
    check_by(&fleet_of(&urls), deadline_ms).await
}

/// Has `fleet` check `healthy.test`.
pub async fn check_by(fleet: &Fleet, deadline_ms: u64) -> Report {
    let lab = Server::lab();
    let request = CheckRequest {
        domain: "healthy.test".parse().expect("a domain"),
        at: Timestamp::from_unix(1_795_510_862),
        symptoms: Vec::new(),
        log: None,
        evidence: Vec::new(),
        resolvers: vec![format!("{}/lab/dns-query", lab.url)],
        policy: policy(),
        patience: Patience::Quick,
        deadline_ms,
    };
    check::run(request, &DohFetch::new(None).expect("built-in roots"), fleet, |_| {}).await
}

fn row<'a>(report: &'a Report, id: &str) -> &'a Evidence {
    report.evidence.iter().find(|one| one.vantage == id).expect("each vantage has its row")
}

#[tokio::test]
async fn each_failure_costs_its_own_row() {
    let status = |status: StatusCode| vantage(move || async move { status.into_response() });
    let urls = [
        ("good", vantage(|| async { good() }).await),
        ("unreachable", nobody().to_owned()),
        ("unauthorized", status(StatusCode::UNAUTHORIZED).await),
        ("forbidden", status(StatusCode::FORBIDDEN).await),
        ("throttled", status(StatusCode::TOO_MANY_REQUESTS).await),
        ("broken", status(StatusCode::BAD_GATEWAY).await),
        ("html", vantage(|| async { "<html>".into_response() }).await),
        ("endless", vantage(|| async { Body::from(vec![b' '; 3 << 20]).into_response() }).await),
        ("slow", vantage(std::future::pending).await),
    ];
    let report = check(&urls, 1_000).await;
    let kind = |id: &str| row(&report, id).failure.as_ref().map(|failure| failure.kind);
    use VantageFailureKind::{Nonsense, Refused, Throttled, TimedOut, Unauthorized, Unreachable};
    let kinds: Vec<_> = urls.iter().map(|(id, _)| (*id, kind(id))).collect();
    let expected = [
        ("good", None),
        ("unreachable", Some(Unreachable)),
        ("unauthorized", Some(Unauthorized)),
        ("forbidden", Some(Unauthorized)),
        ("throttled", Some(Throttled)),
        ("broken", Some(Refused)),
        ("html", Some(Nonsense)),
        ("endless", Some(Nonsense)),
        ("slow", Some(TimedOut)),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(row(&report, "good").attempts.len(), 2);
    assert_eq!(report.exit_code(), 0, "one that sees is enough for a host that works");
}

#[tokio::test]
async fn a_vantage_is_not_believed_beyond_what_it_saw() {
    let boast = vantage(|| async {
        let attempts = [
            attempt("mx.healthy.test", "192.0.2.10", 25),
            attempt("mx.healthy.test", "203.0.113.66", 25),
            attempt("mx.elsewhere.test", "192.0.2.10", 25),
            attempt("mx.healthy.test", "192.0.2.10", 80),
        ];
        answers(evidence(CONTROLS.iter().map(|(host, address)| silence(host, address)), &attempts))
    });
    let report = check(&[("boast", boast.await)], 1_000).await;
    let seen = row(&report, "boast");
    assert_eq!((seen.role, seen.place.as_str()), (Role::Region, ""), "it does not choose who it is");
    assert_eq!(seen.sight, Sight::Blind, "it reached no control, whatever it says of itself");
    let kept: Vec<_> = seen.attempts.iter().map(|one| (one.address.to_string(), one.port)).collect();
    assert_eq!(kept, [("192.0.2.10".to_owned(), 25)], "only what was asked");
    assert_eq!(report.exit_code(), 3, "nobody saw anything");
}

/// A vantage whose controls met silence when it was asked first, and which never answers later.
async fn blind_vantage() -> String {
    let asked = Arc::new(AtomicUsize::new(0));
    vantage(move || {
        let earlier = asked.fetch_add(1, SeqCst);
        async move {
            if earlier > 0 {
                std::future::pending::<()>().await;
            }
            let controls = CONTROLS.iter().map(|(host, address)| silence(host, address));
            answers(evidence(controls, &[silence("mx.healthy.test", "192.0.2.10")]))
        }
    })
    .await
}

#[tokio::test]
async fn nobody_waits_for_a_vantage_that_is_known_to_be_blind() {
    let good = vantage(|| async { good() }).await;
    let fleet = fleet_of(&[("good", &good), ("blind", &blind_vantage().await)]);
    let first = check_by(&fleet, 1_000).await;
    assert_eq!((row(&first, "blind").sight, first.exit_code()), (Sight::Blind, 0));
    let second = check_by(&fleet, 1_000).await;
    let known = row(&second, "blind");
    assert_eq!(known.failure, None, "who is waited for in vain has timed out");
    assert_eq!((known.sight, known.controls.len()), (Sight::Blind, 3), "what its controls showed stays told");
    assert!(!known.attempts.is_empty(), "what was not tried is said");
    assert!(known.attempts.iter().all(|one| one.outcome == Outcome::NotTried));
    assert_eq!(second.exit_code(), 0);
}

#[tokio::test]
async fn where_nobody_else_sees_the_blind_are_waited_for() {
    let fleet = fleet_of(&[("one", &blind_vantage().await), ("two", &blind_vantage().await)]);
    assert_eq!(check_by(&fleet, 1_000).await.exit_code(), 3);
    let second = check_by(&fleet, 1_000).await;
    let kind = row(&second, "one").failure.as_ref().map(|failure| failure.kind);
    assert_eq!(kind, Some(VantageFailureKind::TimedOut), "it might have seen again");
}
