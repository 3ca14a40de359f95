use super::*;
use crate::evidence::{Grade, NetworkKind, VantageFailure, VantageFailureKind};
use crate::ports::{FetchError, HttpRequest, HttpResponse};
use std::cell::Cell;
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
