//! Calls to an AWS that has its own troubles.

use super::aws::{client_of, table_of};
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use noanswer::aws::{CallError, Table};
use noanswer_tests::own_network::{self, nobody};
use serde_json::json;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An AWS that answers the `n`th call, from 0, by `answer`; where it is.
async fn aws(answer: impl Fn(usize, HeaderMap) -> Response + Clone + Send + Sync + 'static) -> String {
    own_network::enter().expect("a network of the tests");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let calls = Arc::new(AtomicUsize::new(0));
    let app = Router::new().fallback(move |request: Request| {
        let answer = answer(calls.fetch_add(1, SeqCst), request.headers().clone());
        async move { answer }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

fn refused(kind: &str) -> Response {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{kind}");
    (StatusCode::BAD_REQUEST, json!({ "__type": kind, "message": "words" }).to_string()).into_response()
}

#[tokio::test]
async fn whoever_is_throttled_comes_again_a_little_later() {
    for kind in ["ProvisionedThroughputExceededException", "ThrottlingException"] {
        let url = aws(move |n, _| if n < 3 { refused(kind) } else { "{}".into_response() }).await;
        assert!(table_of(&url).count("a", 1, 0).await.expect("the fourth try").is_some(), "{kind}");
        let url = aws(move |n, _| if n < 4 { refused(kind) } else { "{}".into_response() }).await;
        let error = table_of(&url).count("a", 1, 0).await.expect_err("not for ever");
        assert!(matches!(error, CallError::Throttled { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_hiccup_of_aws_is_none_of_its_caller() {
    let failed = || {
        let body = json!({ "__type": "com.amazonaws.dynamodb.v20120810#InternalServerError" }).to_string();
        (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
    };
    let unavailable = || (StatusCode::SERVICE_UNAVAILABLE, "<html>").into_response();
    // Its head comes, and nothing more.
    let hangs = || {
        let never = futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>();
        axum::body::Body::from_stream(never).into_response()
    };
    for first in [failed as fn() -> Response, unavailable, hangs] {
        let url = aws(move |n, _| if n == 0 { first() } else { "{}".into_response() }).await;
        let client = client_of(&url).waiting(Duration::from_secs(2));
        let table = Table::new(client, "noanswer");
        assert!(table.count("a", 1, 0).await.expect("the second try").is_some());
    }
    let url = aws(move |_, _| failed()).await;
    let error = table_of(&url).count("a", 1, 0).await.expect_err("not for ever");
    assert!(matches!(error, CallError::Failed { status: 500, .. }), "{error}");
}

#[tokio::test]
async fn every_other_answer_has_its_name() {
    let error = |answer: fn() -> Response| async move {
        let url = aws(move |_, _| answer()).await;
        table_of(&url).get("a").await.expect_err("no result")
    };
    let found = error(|| refused("ResourceNotFoundException")).await;
    assert!(
        matches!(&found, CallError::Refused { kind, .. } if kind == "ResourceNotFoundException"),
        "{found}"
    );
    let found = error(|| (StatusCode::BAD_GATEWAY, "<html>").into_response()).await;
    assert!(matches!(&found, CallError::Failed { status: 502, .. }), "{found}");
    for answer in [|| "<html>".into_response(), || "[".into_response(), || r#"{"Item":1}"#.into_response()] {
        let found = error(answer).await;
        assert!(matches!(found, CallError::Nonsense { .. }), "{found}");
    }
    let found = error(|| vec![b' '; 3 << 20].into_response()).await;
    assert!(matches!(found, CallError::Nonsense { .. }), "{found}");
    let found = table_of(nobody()).get("a").await.expect_err("nobody there");
    assert!(matches!(found, CallError::Unreachable { .. }), "{found}");
}

#[tokio::test]
async fn calls_are_signed_for_their_service() {
    let seen = Arc::new(Mutex::new(HeaderMap::new()));
    let to = seen.clone();
    let url = aws(move |_, headers| {
        *to.lock().unwrap() = headers;
        "{}".into_response()
    });
    assert_eq!(table_of(&url.await).get("a").await.expect("no item"), None);
    let headers = seen.lock().unwrap().clone();
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-amz-target"), "DynamoDB_20120810.GetItem");
    assert_eq!(header("content-type"), "application/x-amz-json-1.0");
    assert_eq!(header("x-amz-security-token"), "of-a-test");
    let authorization = header("authorization");
    assert!(authorization.contains("/eu-west-1/dynamodb/aws4_request"), "{authorization}");
    assert!(
        authorization
            .contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target"),
        "{authorization}"
    );
}
