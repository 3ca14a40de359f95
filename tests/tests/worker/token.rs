//! Who may ask for a check.

use crate::peers::Peer;
use crate::{lab, post, worker};
use noanswer_tests::contract::client;

const CHECK: &str = r#"{"domain":"null-mx.test"}"#;

#[tokio::test]
async fn a_check_carries_the_token() {
    let lab = lab();
    let worker = worker(&[("NOANSWER_TOKEN", "correct horse"), ("NOANSWER_DOH", &lab.doh())]);
    let url = format!("{}/v1/check", worker.url);
    for (token, status) in [("", 401), ("correct hors", 401), ("correct horses", 401), ("correct horse", 200)]
    {
        let call = client().post(&url).bearer_auth(token).header("content-type", "application/json");
        assert_eq!(call.body(CHECK).send().await.expect("it answers").status(), status, "{token:?}");
    }
    assert_eq!(post(&url, CHECK).await.status(), 401);
    let plan = client().get(format!("{}/v1/mx/null-mx.test", worker.url)).send().await.expect("it answers");
    assert_eq!(plan.status(), 200, "what a domain's mail exchanges are is no secret");
}

#[tokio::test]
async fn without_a_token_nothing_is_open_by_mistake() {
    let lab = lab();
    let worker = worker(&[("NOANSWER_DOH", &lab.doh())]);
    let answer = post(&format!("{}/v1/check", worker.url), CHECK).await;
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.expect("a body").contains("NOANSWER_TOKEN"));
}

#[tokio::test]
async fn turnstile_is_asked_where_it_is_set_up() {
    let lab = lab();
    let verifier = Peer::start(|request| {
        let passed =
            request.body.contains(r#""response":"a person""#) && request.body.contains(r#""secret":"s""#);
        (200, format!("{{\"success\":{passed}}}"))
    });
    let worker = worker(&[
        ("NOANSWER_PUBLIC", "1"),
        ("NOANSWER_TOKEN", "correct horse"),
        ("NOANSWER_DOH", &lab.doh()),
        ("TURNSTILE_SECRET", "s"),
        ("TURNSTILE_VERIFY", &verifier.url),
    ]);
    let ask = |response: Option<&'static str>, token: Option<&'static str>| {
        let call =
            client().post(format!("{}/v1/check", worker.url)).header("content-type", "application/json");
        let call = response.into_iter().fold(call, |call, one| call.header("cf-turnstile-response", one));
        token.into_iter().fold(call, |call, token| call.bearer_auth(token)).body(CHECK).send()
    };
    for (response, token, status) in [
        (None, None, 403),
        (Some("a machine"), None, 403),
        (Some("a person"), None, 200),
        (None, Some("correct horse"), 200),
        (None, Some("wrong"), 403),
    ] {
        assert_eq!(
            ask(response, token).await.expect("it answers").status(),
            status,
            "{response:?} {token:?}"
        );
    }
}
