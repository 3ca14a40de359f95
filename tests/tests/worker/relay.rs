//! `/dns-query`: questions of mail plans, relayed and kept.

use crate::peers::Peer;
use crate::{lab, worker};
use noanswer_core::dns::doh::{MEDIA_TYPE, decode, encode, with_id};
use noanswer_core::dns::{DomainName, Outcome, Question, RecordKind};
use noanswer_tests::contract::client;
use reqwest::Response;

fn question(name: &str) -> Question {
    Question::new(DomainName::from_dns(name).expect("a name"), RecordKind::Mx)
}

async fn ask(worker: &str, message: Vec<u8>, query: &str) -> Response {
    let call = client().post(format!("{worker}/dns-query{query}")).header("content-type", MEDIA_TYPE);
    call.body(message).send().await.expect("it answers")
}

#[tokio::test]
async fn a_question_is_relayed_by_get_and_by_post() {
    let lab = lab();
    let worker = worker(&[("NOANSWER_DOH", &lab.doh())]);
    let asked = question("healthy.test");
    let request =
        noanswer_core::dns::doh::request(&format!("{}/dns-query", worker.url), &asked).expect("askable");
    let got = client().get(request.url).send().await.expect("it answers");
    assert_eq!((got.status().as_u16(), &got.headers()["content-type"]), (200, &MEDIA_TYPE.parse().unwrap()));
    let message = with_id(encode(&asked).expect("askable"), 0xbeef);
    let posted = ask(&worker.url, message, "").await;
    for (answer, id) in [(got, [0, 0]), (posted, [0xbe, 0xef])] {
        let body = answer.bytes().await.expect("a body");
        assert_eq!(body[..2], id, "the answer belongs to its question");
        let answer = decode(&asked, 200, Some(MEDIA_TYPE), &body).expect("an answer");
        assert_eq!((answer.outcome, answer.records.len()), (Outcome::Records, 1));
    }
}

#[tokio::test]
async fn it_is_no_resolver_for_everything() {
    let lab = lab();
    let worker = worker(&[("NOANSWER_DOH", &lab.doh())]);
    let message = encode(&question("healthy.test")).expect("askable");
    let mut any = message.clone();
    let kind = message.len() - 11 - 4; // before the class and the EDNS record
    any[kind..kind + 2].copy_from_slice(&[0, 255]);
    assert_eq!(ask(&worker.url, any, "").await.status(), 400);
    assert_eq!(ask(&worker.url, b"GET /".to_vec(), "").await.status(), 400);
    assert_eq!(ask(&worker.url, vec![0; 4096], "").await.status(), 413);
    assert_eq!(
        ask(&worker.url, message.clone(), "?resolver=2").await.status(),
        422,
        "only those that are named"
    );
    assert_eq!(ask(&worker.url, message, "?resolver=1").await.status(), 200);
    let bare = client().get(format!("{}/dns-query", worker.url)).send().await.expect("it answers");
    assert_eq!(bare.status(), 400);
    let form = client().post(format!("{}/dns-query", worker.url)).body("x").send().await.expect("it answers");
    assert_eq!(form.status(), 415);
}

#[tokio::test]
async fn an_answer_is_kept_for_as_long_as_it_lives() {
    let lab = lab();
    let upstream = lab.doh();
    let resolver = Peer::speaking(MEDIA_TYPE, move |asked| {
        let query = asked.path.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        let url = format!("{upstream}?{query}");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let answer = client().get(url).send().await.expect("the lab answers");
            (answer.status().as_u16(), answer.bytes().await.expect("a body").to_vec())
        })
    });
    let worker = worker(&[("NOANSWER_DOH", &format!("{}/dns-query", resolver.url))]);
    for (name, times) in [("healthy.test", 1), ("servfail.test", 4)] {
        for _ in 0..3 {
            let message = encode(&question(name)).expect("askable");
            assert_eq!(ask(&worker.url, message, "").await.status(), 200);
        }
        assert_eq!(resolver.asked().len(), times, "after {name}: a failure is not kept");
    }
}

#[tokio::test]
async fn a_resolver_that_is_none_is_a_bad_gateway() {
    let html = Peer::speaking("text/html", |_| (200, b"<!doctype html>".to_vec()));
    for doh in [html.url.as_str(), "http://127.0.0.1:9"] {
        let worker = worker(&[("NOANSWER_DOH", doh)]);
        let message = encode(&question("healthy.test")).expect("askable");
        assert_eq!(ask(&worker.url, message, "").await.status(), 502, "{doh}");
    }
}
