use super::*;
use crate::evidence::{
    Attempt, ControlResult, Expectation, Grade, NetworkKind, Outcome, VantageFailure, VantageFailureKind,
};
use crate::ports::{FetchError, HttpRequest, HttpResponse};
use crate::smtp::Stage;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hickory_proto::op::{Message, MessageType, OpCode};
use hickory_proto::rr::rdata::{A, MX};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// No resolver answers: then the sender's own vantages are asked all the same.
struct NoDns;

impl Fetch for NoDns {
    async fn fetch(&self, _: &HttpRequest) -> Result<HttpResponse, FetchError> {
        Err(FetchError::TimedOut)
    }
}

/// A slow vantage, a panel of three probes, and one that cannot be asked.
struct Panel(Vec<Vantage>);

fn vantage(id: &str) -> Vantage {
    Vantage {
        id: id.to_owned(),
        place: String::new(),
        role: Role::Sender,
        network: String::new(),
        grade: Grade::Smtp,
        network_kind: NetworkKind::Unknown,
    }
}

/// Is ready at the third poll.
async fn a_while() {
    let polls = Cell::new(0);
    poll_fn(|context| {
        polls.set(polls.get() + 1);
        context.waker().wake_by_ref();
        if polls.get() == 3 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl Probe for Panel {
    fn vantages(&self) -> &[Vantage] {
        &self.0
    }

    async fn probe(&self, asked: &Vantage, _: &ProbeRequest) -> ProbeResult {
        match asked.id.as_str() {
            "slow" => {
                a_while().await;
                Ok(vec![Evidence::new(asked, Vec::new(), Vec::new())])
            }
            "panel" => {
                let row = |id: &&str| Evidence::new(&vantage(id), Vec::new(), Vec::new());
                Ok(["de-1", "us-1", "de-2"].iter().map(row).collect())
            }
            _ => Err(VantageFailure { kind: VantageFailureKind::Unreachable, words: "down".to_owned() }),
        }
    }

    async fn controls(&self, vantage: &Vantage) -> ProbeResult {
        self.probe(vantage, &ProbeRequest::controls(QUICK_MS)).await
    }

    async fn pause(&self, _: u64) {}
}

fn done<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

#[test]
fn rows_stand_in_the_order_of_the_vantages_whoever_answers_first() {
    let probe = Panel(["slow", "panel", "down"].map(vantage).to_vec());
    let expected = ["slow", "de-1", "us-1", "de-2", "down"];
    let ids = |rows: &[Evidence]| rows.iter().map(|row| row.vantage.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&done(controls(&probe))), expected);
    let brought = Evidence::new(&vantage("brought"), Vec::new(), Vec::new());
    let request = CheckRequest {
        domain: "example.test".parse().expect("a domain"),
        at: Timestamp::from_unix(1_795_510_862),
        symptoms: Vec::new(),
        log: None,
        evidence: vec![brought],
        resolvers: vec!["https://dns.test/dns-query".to_owned()],
        policy: AddressPolicy::default(),
        patience: Patience::Patient,
        deadline_ms: whole_ms(Patience::Patient),
    };
    let mut told = 0;
    let report = done(run(request, &NoDns, &probe, |event| {
        told += usize::from(matches!(event, Event::Evidence(_)));
    }));
    assert_eq!(ids(&report.evidence)[0], "brought");
    assert_eq!(ids(&report.evidence)[1..], expected);
    assert!(told > expected.len(), "each row is told as it comes, and again where a round adds to it");
}

/// The DNS of one domain with one exchange, at 192.0.2.1.
struct OneHost;

impl Fetch for OneHost {
    async fn fetch(&self, request: &HttpRequest) -> Result<HttpResponse, FetchError> {
        let (_, encoded) = request.url.split_once("dns=").expect("a GET of RFC 8484");
        let query =
            Message::from_vec(&URL_SAFE_NO_PAD.decode(encoded).expect("base64url")).expect("a message");
        let asked = query.queries[0].clone();
        let mut answer = Message::new(0, MessageType::Response, OpCode::Query);
        let exchange = Name::from_ascii("mx.example.test.").expect("a name");
        let data = match asked.query_type {
            RecordType::MX => Some(RData::MX(MX::new(10, exchange))),
            RecordType::A => Some(RData::A(A::new(192, 0, 2, 1))),
            _ => None,
        };
        answer.add_answers(data.map(|data| Record::from_rdata(asked.name.clone(), 60, data)));
        answer.add_query(asked);
        let body = answer.to_vec().expect("a message");
        Ok(HttpResponse { status: 200, content_type: Some("application/dns-message".to_owned()), body })
    }
}

/// A region that is served or meets silence, one that is blind and never answers, and one that takes minutes.
struct Three {
    vantages: Vec<Vantage>,
    is_served: bool,
    asked: RefCell<Vec<(String, Patience)>>,
}

impl Three {
    fn new(is_served: bool) -> Self {
        let of = |id: &str| Vantage { role: Role::Region, network: id.to_owned(), ..vantage(id) };
        Self { vantages: ["sees", "blind", "late"].map(of).to_vec(), is_served, asked: RefCell::default() }
    }

    /// A row whose controls were all reached, or none.
    fn row(vantage: &Vantage, sees: bool, attempts: Vec<Attempt>) -> Evidence {
        let control = |(operator, last): (&str, u8)| {
            let untried = Attempt::untried(operator, [192, 0, 2, last].into(), 25, 1);
            let attempt = if sees { served(untried) } else { silent(untried) };
            ControlResult { operator: operator.to_owned(), expected: Expectation::Open, attempt }
        };
        Evidence::new(vantage, [("a.test", 101), ("b.test", 102)].map(control).to_vec(), attempts)
    }
}

fn served(untried: Attempt) -> Attempt {
    let greeting = Some(format!("220 {} ESMTP", untried.exchange));
    Attempt {
        stage: Stage::Starttls,
        outcome: Outcome::Completed,
        connect_ms: Some(1.0),
        greeting_ms: Some(2.0),
        greeting,
        ..untried
    }
}

fn silent(untried: Attempt) -> Attempt {
    Attempt { outcome: Outcome::TimedOut, limit_ms: Some(10_000), ended_ms: Some(10_000.0), ..untried }
}

impl Probe for Three {
    fn vantages(&self) -> &[Vantage] {
        &self.vantages
    }

    async fn probe(&self, asked: &Vantage, request: &ProbeRequest) -> ProbeResult {
        self.asked.borrow_mut().push((asked.id.clone(), request.patience));
        if asked.id == "blind" && request.patience == Patience::Quick {
            std::future::pending::<()>().await;
        }
        a_while().await;
        let attempt = |target: &Target| {
            let untried = Attempt::untried(&target.exchange, target.address, 25, request.round);
            if self.is_served { served(untried) } else { silent(untried) }
        };
        Ok(vec![Self::row(asked, asked.id != "blind", request.targets.iter().map(attempt).collect())])
    }

    async fn controls(&self, vantage: &Vantage) -> ProbeResult {
        Ok(vec![Self::row(vantage, vantage.id != "blind", Vec::new())])
    }

    fn is_late(&self, vantage: &Vantage) -> bool {
        vantage.id == "late"
    }

    fn known_blind(&self, vantage: &Vantage) -> Option<Evidence> {
        (vantage.id == "blind").then(|| Self::row(vantage, false, Vec::new()))
    }

    async fn pause(&self, _: u64) {}
}

fn check_by(probe: &Three, patience: Patience) -> (Report, Vec<String>) {
    let request = CheckRequest {
        domain: "example.test".parse().expect("a domain"),
        at: Timestamp::from_unix(1_795_510_862),
        symptoms: Vec::new(),
        log: None,
        evidence: Vec::new(),
        resolvers: vec!["https://dns.test/dns-query".to_owned()],
        policy: AddressPolicy::allowing(["192.0.2.0/24".parse().expect("a network")]),
        patience,
        deadline_ms: whole_ms(patience),
    };
    let mut told = Vec::new();
    let report = done(run(request, &OneHost, probe, |event| told.push(event.name().to_owned())));
    (report, told)
}

#[test]
fn a_quick_check_ends_although_one_that_is_known_to_be_blind_never_answers() {
    let probe = Three::new(true);
    let (report, _) = check_by(&probe, Patience::Quick);
    assert_eq!(report.verdict.status, Status::Healthy, "{:?}", report.verdict);
    let ids: Vec<&str> = report.evidence.iter().map(|row| row.vantage.as_str()).collect();
    assert_eq!(ids, ["sees", "blind"], "who takes minutes is not asked");
    let blind = &report.evidence[1];
    assert_eq!((blind.sight, blind.attempts.len()), (Sight::Blind, 1));
    assert_eq!(blind.attempts[0].outcome, Outcome::NotTried);
    assert!(probe.asked.borrow().iter().any(|(id, _)| id == "blind"), "it is asked all the same");
}

#[test]
fn who_takes_minutes_is_asked_after_the_patient_verdict_where_something_is_open() {
    let probe = Three::new(false);
    let (report, told) = check_by(&probe, Patience::Patient);
    assert_eq!(report.evidence.last().map(|row| row.vantage.as_str()), Some("late"));
    let asked: Vec<(String, Patience)> = probe.asked.borrow().clone();
    assert_eq!(asked.last(), Some(&("late".to_owned(), Patience::Patient)));
    assert_eq!(asked.iter().filter(|(id, _)| id == "late").count(), 1);
    assert_eq!(told[told.len() - 4..], ["verdict", "evidence", "verdict", "report"], "{told:?}");

    let probe = Three::new(true);
    check_by(&probe, Patience::Patient);
    assert!(probe.asked.borrow().iter().all(|(id, _)| id != "late"), "nothing is open where all is well");
}
