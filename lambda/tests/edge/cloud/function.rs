//! The program as a function: events in, answers and log lines out, by the interface that AWS's runtime gives it.

use super::aws::Aws;
use crate::server::{PROGRAM, Server};
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use noanswer_tests::own_network;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{Mutex, mpsc};

/// Lambda's side of the runtime interface: one event at a time, and the answer to it.
struct Lambda {
    /// How long an event may take; what is answered later is lost.
    limit: Duration,
    ends: std::sync::Mutex<Option<SystemTime>>,
    events: Mutex<mpsc::UnboundedReceiver<(usize, Value)>>,
    answers: mpsc::UnboundedSender<Bytes>,
}

async fn next(State(lambda): State<Arc<Lambda>>) -> Response {
    match lambda.events.lock().await.recv().await {
        Some((id, event)) => {
            let ends = SystemTime::now() + lambda.limit;
            *lambda.ends.lock().unwrap() = Some(ends);
            let deadline_ms = ends.duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
            let headers = [
                ("lambda-runtime-aws-request-id", format!("request-{id}")),
                ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
                ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:1:function:x".to_owned()),
            ];
            (headers, event.to_string()).into_response()
        }
        None => std::future::pending().await,
    }
}

async fn answered(State(lambda): State<Arc<Lambda>>, Path(_): Path<String>, request: Request) -> StatusCode {
    let body = to_bytes(request.into_body(), 1 << 20).await.expect("an answer");
    // Lambda ends an instance at its deadline, and whoever asked has nothing whole.
    let late = lambda.ends.lock().unwrap().is_some_and(|ends| SystemTime::now() > ends);
    let _ = lambda.answers.send(if late { Bytes::new() } else { body });
    StatusCode::ACCEPTED
}

/// A running function.
struct Function {
    events: mpsc::UnboundedSender<(usize, Value)>,
    answers: mpsc::UnboundedReceiver<Bytes>,
    log: Lines<BufReader<ChildStdout>>,
    sent: usize,
    // Held, never read: it ends when it is dropped.
    _process: Child,
}

impl Function {
    /// Starts the program with this environment and no other.
    async fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_within(Duration::from_secs(3_600), environment).await
    }

    /// The same where an event may take no longer than `limit`.
    async fn start_within(limit: Duration, environment: &[(&str, &str)]) -> Self {
        let (events, queue) = mpsc::unbounded_channel();
        let (answers, come) = mpsc::unbounded_channel();
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .with_state(Arc::new(Lambda {
                limit,
                ends: Default::default(),
                events: Mutex::new(queue),
                answers,
            }));
        own_network::enter().expect("a network of the tests");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let at = listener.local_addr().expect("bound").to_string();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let mut process = Command::new(PROGRAM)
            .env_clear()
            .envs(environment.iter().copied())
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", at.as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", "x"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "x"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "x"),
                ("AWS_REGION", "eu-west-1"),
                ("AWS_ACCESS_KEY_ID", "of-a-test"),
                ("AWS_SECRET_ACCESS_KEY", "of-a-test"),
            ])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let log = BufReader::new(process.stdout.take().expect("piped")).lines();
        Self { events, answers: come, log, sent: 0, _process: process }
    }

    /// Sends a request by a function URL; the status of the answer, its body, and the line in the log.
    async fn ask(
        &mut self,
        path: &str,
        headers: Value,
        authorizer: Value,
        body: Value,
    ) -> (u16, Value, Value) {
        let (head, body, line) = self.ask_for_bytes(path, headers, authorizer, body).await;
        let body = serde_json::from_slice(&body).expect("a body of JSON");
        (u16::try_from(head["statusCode"].as_u64().expect("a status")).expect("a status"), body, line)
    }

    /// The same; the head of the answer, and its body as it came.
    async fn ask_for_bytes(
        &mut self,
        path: &str,
        headers: Value,
        authorizer: Value,
        body: Value,
    ) -> (Value, Bytes, Value) {
        let mut headers = headers;
        headers["content-type"] = "application/json".into();
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": headers,
            "requestContext": {
                "accountId": "anonymous", "apiId": "x", "domainName": "x.lambda-url.eu-west-1.on.aws",
                "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                    "userAgent": "x" },
                "requestId": "x", "routeKey": "$default", "stage": "$default",
                "time": "24/Nov/2026:12:00:00 +0000", "timeEpoch": 1_795_510_862_000_u64
            },
            "body": body.to_string(), "isBase64Encoded": false
        });
        if !authorizer.is_null() {
            event["requestContext"]["authorizer"] = authorizer;
        }
        self.sent += 1;
        self.events.send((self.sent, event)).expect("it runs");
        let answer = self.answers.recv().await.expect("an answer");
        // A streamed answer: the head as JSON, eight zeros, the body.
        let end = answer.windows(8).position(|bytes| bytes == [0; 8]).expect("a head and a body");
        let head: Value = serde_json::from_slice(&answer[..end]).expect("a head");
        let body = answer.slice(end + 8..);
        let line = self.log.next_line().await.expect("readable").expect("a line");
        let line: Value = serde_json::from_str(&line).expect("a line of JSON");
        assert_eq!(line["request_id"], format!("request-{}", self.sent));
        assert_eq!(line["status"], head["statusCode"], "{line}");
        (head, body, line)
    }
}

fn nobody() -> (Value, Value) {
    (json!({}), Value::Null)
}

fn bearer(token: &str) -> (Value, Value) {
    (json!({ "authorization": format!("Bearer {token}") }), Value::Null)
}

/// Whom AWS has let through: the signature is in the place of a bearer's token.
fn signed() -> (Value, Value) {
    let signature = "AWS4-HMAC-SHA256 Credential=AKIA/20261124/eu-west-1/lambda/aws4_request";
    let iam = json!({ "iam": { "accountId": "1", "callerId": "x", "accessKey": "AKIA", "userId": "x",
        "userArn": "arn:aws:sts::1:assumed-role/coordinator/x" } });
    (json!({ "authorization": signature }), iam)
}

#[tokio::test]
async fn a_prober_takes_whom_aws_let_through() {
    let probe = || json!({ "domain": "healthy.test", "targets": [], "round": 1, "patience": "quick", "deadline_ms": 1000 });
    let environment = [("NOANSWER_ROLE", "prober"), ("NOANSWER_DOH", "http://127.0.0.1:9/")];
    let mut prober = Function::start(&environment).await;
    for (who, expected) in
        [(nobody(), 401), (bearer("x"), 401), ((signed().0, Value::Null), 401), (signed(), 200)]
    {
        let (status, answer, line) = prober.ask("/v1/probe", who.0, who.1, probe()).await;
        assert_eq!(status, expected, "{answer}");
        if status == 200 {
            // It knows no control's address here.
            assert_eq!(
                (&line["role"], &line["probes"], &line["domain"]),
                (&json!("prober"), &json!(1), &json!("healthy.test"))
            );
            assert_eq!(line["blind_vantages"], u64::from(answer["sight"] == "blind"));
            assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], "probes");
        } else {
            assert!(line["_aws"].is_null(), "{line}");
        }
    }
    let (status, ..) =
        prober.ask("/v1/check", json!({}), Value::Null, json!({ "domain": "null-mx.test" })).await;
    assert_eq!(status, 404, "nor does it check for anybody");
}

#[tokio::test]
async fn a_coordinator_has_its_token_in_ssm_and_its_limits_in_dynamodb() {
    let (lab, aws) = (Server::lab(), Aws::start().await);
    let put = json!({ "Name": "/noanswer/token", "Value": "right", "Type": "SecureString" });
    aws.call("AmazonSSM.PutParameter", &put).await;
    let doh = format!("{}/lab/dns-query", lab.url);
    let mut environment = vec![
        ("AWS_ENDPOINT_URL", aws.url()),
        ("NOANSWER_DOH", &doh),
        ("NOANSWER_TABLE", "noanswer"),
        ("NOANSWER_TOKEN_PARAMETER", "/noanswer/token"),
    ];
    let check = || json!({ "domain": "null-mx.test" });
    let mut closed = Function::start(&environment).await;
    for (who, expected) in [(nobody(), 401), (bearer("wrong"), 401), (bearer("right"), 200)] {
        let (status, answer, line) = closed.ask("/v1/check", who.0, who.1, check()).await;
        assert_eq!(status, expected, "{answer}");
        if status == 200 {
            assert_eq!(
                (&line["role"], &line["verdict"]),
                (&json!("coordinator"), &answer["verdict"]["status"])
            );
        }
    }
    environment.push(("NOANSWER_PUBLIC", "1"));
    let mut open = Function::start(&environment).await;
    let (status, answer, _) = open.ask("/v1/check", json!({}), Value::Null, check()).await;
    assert_eq!(status, 200, "{answer}");
    let counted: Vec<Value> =
        aws.items("limit#checks#").await.iter().map(|item| item["n"]["N"].clone()).collect();
    let sum: u32 =
        counted.iter().map(|n| n.as_str().expect("a number").parse::<u32>().expect("a number")).sum();
    assert_eq!(sum, 2, "who was turned away for the token has used up nothing");
}

/// Where the lab's zone says that `mute.test` takes mail.
const MUTE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 40);

const CONTROLS: &str = r#"
[[control]]
operator = "alpha"
host = "alpha.test"
address = ["127.25.0.1"]
[[control]]
operator = "beta"
host = "beta.test"
address = ["127.25.0.2"]
"#;

/// The mail server `name`, which greets and says goodbye. Two that greeted by one name would be one that answers for others.
async fn greets(stream: TcpStream, name: &str) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    write.write_all(format!("220 {name} ready\r\n").as_bytes()).await?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        let reply =
            if line.starts_with("EHLO") { format!("250 {name}\r\n") } else { "221 bye\r\n".to_owned() };
        write.write_all(reply.as_bytes()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_patient_check_of_a_mute_host_has_its_verdict_before_the_function_is_ended() {
    own_network::add_address(MUTE).expect("an address");
    let lab = Server::lab();
    for (control, name) in [(1, "alpha.test"), (2, "beta.test")] {
        let listener = TcpListener::bind((Ipv4Addr::new(127, 25, 0, control), 25)).await.expect("port 25");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(greets(stream, name));
            }
        });
    }
    // It takes connections and never greets: nobody accepts what waits here.
    let mute = std::net::TcpListener::bind((MUTE, 25)).expect("port 25");
    let doh = format!("{}/lab/dns-query", lab.url);
    let environment = [
        ("NOANSWER_PUBLIC", "1"),
        ("NOANSWER_DOH", doh.as_str()),
        ("NOANSWER_ALLOW_NET", "192.0.2.0/24 127.0.0.0/8"),
        ("NOANSWER_CONTROLS", CONTROLS),
    ];
    // Less than a patient check takes (116 s), and more than its first look.
    let mut function = Function::start_within(Duration::from_secs(40), &environment).await;
    let stream = json!({ "accept": "text/event-stream" });
    let (head, body, _) =
        function.ask_for_bytes("/v1/check", stream, Value::Null, json!({ "domain": "mute.test" })).await;
    assert_eq!(head["statusCode"], 200);
    let text = String::from_utf8_lossy(&body);
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(names.last(), Some(&"report"), "{text}");
    assert_eq!(names.iter().filter(|name| **name == "verdict").count(), 2, "it looked twice: {text}");
    let report = text.rsplit("data: ").next().expect("the last event");
    let report: Value = serde_json::from_str(report.trim()).expect("JSON");
    assert_eq!(report["basis"]["patience"], "patient");
    let seen = &report["evidence"][0];
    assert_eq!(seen["sight"], "clear", "{seen}");
    let silent = |attempt: &Value| attempt["stage"] == "greeting" && attempt["outcome"] == "timed_out";
    assert!(seen["attempts"].as_array().expect("attempts").iter().any(silent), "{seen}");
    assert_ne!(report["verdict"]["status"], "undetermined", "{}", report["verdict"]);
    drop(mute);
}
