//! What stands between a coordinator and its vantage: a cache that gives an old answer for a new one is noticed, and a
//! trace goes through.

use crate::cloud::aws::{fetch, serve};
use crate::fleet::{check_by, fleet_of, good, listening, site};
use crate::server::{Server, TOKEN, client};
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use noanswer::api::State;
use noanswer::fleet::{self, Fleet};
use noanswer_core::evidence::VantageFailureKind;
use noanswer_core::report::Report;
use noanswer_site::fleet::Entry;
use std::sync::{Arc, Mutex};

/// What a cache keeps of an answer.
#[derive(Clone)]
struct Kept(StatusCode, HeaderMap, Bytes);

/// A proxy that gives the first answer of `vantage` to whoever asks later, changed by `spoil`.
async fn cache(vantage: &str, spoil: fn(&mut HeaderMap)) -> String {
    let kept = Arc::<tokio::sync::Mutex<Option<Kept>>>::default();
    let url = format!("{vantage}/v1/probe");
    let answer = move |headers: HeaderMap, body: Bytes| async move {
        let mut kept = kept.lock().await;
        if let Some(Kept(status, mut headers, body)) = kept.clone() {
            spoil(&mut headers);
            return (status, headers, body).into_response();
        }
        let mut call = client().post(url).body(body);
        for name in ["content-type", "authorization", "noanswer-nonce"] {
            call = headers.get(name).into_iter().fold(call, |call, value| call.header(name, value));
        }
        let answer = call.send().await.expect("the vantage answers");
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        headers.remove(header::TRANSFER_ENCODING);
        headers.remove(header::CONTENT_LENGTH);
        let body = answer.bytes().await.expect("whole");
        *kept = Some(Kept(status, headers.clone(), body.clone()));
        (status, headers, body).into_response()
    };
    listening(Router::new().route("/v1/probe", post(answer))).await
}

fn with_token(url: &str) -> Fleet {
    let mut fleet = fleet::empty(&fetch());
    let entry = format!("id = 'one'\nurl = '{url}'\nauth = {{ bearer-env = 'TOKEN' }}\n");
    let entry: Entry = toml::from_str(&entry).expect("an entry");
    fleet.add(&entry, &|_| Some(TOKEN.to_owned())).expect("a URL");
    fleet
}

fn failure(report: &Report) -> Option<VantageFailureKind> {
    report.evidence[0].failure.as_ref().map(|failure| failure.kind)
}

#[tokio::test]
async fn an_old_answer_out_of_a_cache_is_no_evidence_of_now() {
    let lab = Server::lab();
    let doh = format!("{}/lab/dns-query", lab.url);
    let vantage =
        Server::start(&["--doh", &doh, "--vantage", "--token-env", "TOKEN", "--allow-net", "192.0.2.0/24"]);
    let replays: fn(&mut HeaderMap) = |_| {};
    // A cache that knows no header but those of HTTP, before an older vantage.
    let ages: fn(&mut HeaderMap) = |headers| {
        headers.remove("noanswer-nonce");
        headers.insert(header::AGE, 40.into());
    };
    for spoil in [replays, ages] {
        let fleet = with_token(&cache(&vantage.url, spoil).await);
        let first = check_by(&fleet, 3_000).await;
        assert_eq!(failure(&first), None, "its own answer: {:?}", first.evidence);
        let second = check_by(&fleet, 3_000).await;
        assert_eq!(failure(&second), Some(VantageFailureKind::Nonsense), "{:?}", second.evidence);
        assert!(second.evidence[0].attempts.is_empty(), "nothing of it is taken");
    }
    // A vantage of an older version sends no nonce back.
    let older = listening(Router::new().route("/v1/probe", post(|| async { good() }))).await;
    assert_eq!(failure(&check_by(&with_token(&older), 1_000).await), None);
}

#[tokio::test]
async fn what_a_vantage_answers_is_kept_by_nobody() {
    let vantage = Server::start(&["--doh", "http://127.0.0.1:9/", "--vantage", "--token-env", "TOKEN"]);
    let call = |path: &str, nonce: &str| {
        let call = client().post(format!("{}{path}", vantage.url)).header("noanswer-nonce", nonce);
        call.header("content-type", "application/json").body("{}")
    };
    for (path, status) in [("/v1/controls", 200), ("/v1/probe", 422)] {
        let answer = call(path, "a-word.1").bearer_auth(TOKEN).send().await.expect("it answers");
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        assert_eq!(answer.headers()["noanswer-nonce"], "a-word.1", "{path}");
    }
    let refused = call("/v1/probe", "n").send().await.expect("it answers");
    assert_eq!(
        (refused.status(), &refused.headers()["cache-control"]),
        (401.try_into().unwrap(), &"no-store".parse().unwrap())
    );
    for hostile in ["a b", "<b>", &"a".repeat(65)] {
        let answer = call("/v1/controls", hostile).bearer_auth(TOKEN).send().await.expect("it answers");
        assert_eq!(answer.headers().get("noanswer-nonce"), None, "{hostile}");
    }
}

/// What a vantage was asked with.
type Heard = Arc<Mutex<Vec<HeaderMap>>>;

async fn listener(heard: Heard) -> String {
    let answer = move |request: Request| async move {
        heard.lock().unwrap().push(request.headers().clone());
        good()
    };
    let answer = move |request: Request| -> futures_util::future::BoxFuture<'static, Response> {
        Box::pin(answer.clone()(request))
    };
    listening(Router::new().route("/v1/probe", post(answer))).await
}

#[tokio::test]
async fn a_trace_goes_on_to_the_vantages_and_what_is_none_does_not() {
    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let lab = Server::lab();
    let states = ["rojo=00f067aa0ba902b7,,", "congo=t61rcWkgMzE"];
    for (sent, passed_on) in [(Some(PARENT), Some(PARENT)), (Some("00-evil"), None), (None, None)] {
        let heard = Heard::default();
        let api =
            serve(State::new(site(&lab), fleet_of(&[("one", &listener(heard.clone()).await)]), fetch()))
                .await;
        let call = client().post(format!("http://{api}/v1/check")).header("content-type", "application/json");
        let call = sent.into_iter().fold(call, |call, parent| call.header("traceparent", parent));
        let call = states.into_iter().fold(call, |call, state| call.header("tracestate", state));
        let answer = call.body(r#"{"domain":"healthy.test"}"#).send().await.expect("it answers");
        assert_eq!(answer.status(), 200);
        let heard = heard.lock().unwrap();
        assert!(!heard.is_empty(), "the vantage was asked");
        for headers in heard.iter() {
            let parent = headers.get("traceparent").map(|value| value.to_str().expect("text"));
            assert_eq!(parent, passed_on, "{sent:?}");
            let state = headers.get("tracestate").map(|value| value.to_str().expect("text"));
            let expected = passed_on.map(|_| "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
            assert_eq!(state, expected, "a state goes where its parent goes: {sent:?}");
            assert!(headers.contains_key("noanswer-nonce"));
        }
    }
}
