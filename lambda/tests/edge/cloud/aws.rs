//! An AWS with a table in it, and instances of an API that share it.

use crate::fleet::policy;
use crate::server::{Server, client};
use noanswer::api::{Site, State, Token, router};
use noanswer::aws::{Client, Table};
use noanswer::fetch::DohFetch;
use noanswer::fleet::Fleet;
use noanswer::store::Store;
use noanswer_tests::moto::Moto;
use noanswer_tests::own_network;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

/// An AWS, ended with its test.
pub struct Aws {
    // Held, never read: it ends when it is dropped.
    _moto: Moto,
    url: String,
}

/// The AWS at `url`, to a function.
pub fn client_of(url: &str) -> Client {
    let env = |name: &str| match name {
        "AWS_ENDPOINT_URL" => Some(url.to_owned()),
        "AWS_REGION" => Some("eu-west-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" => Some("of-a-test".to_owned()),
        _ => None,
    };
    // One process, one request at a time, on a machine that does other things too: this AWS may take a while.
    Client::new(client(), &env).expect("all it needs").waiting(Duration::from_secs(60))
}

/// The table at `url`.
pub fn table_of(url: &str) -> Table {
    Table::new(client_of(url), "noanswer")
}

impl Aws {
    /// An AWS with the table that a deployment has.
    pub async fn start() -> Self {
        // Here, and not only in the thread that starts it: what asks it runs here.
        own_network::enter().expect("a network of the tests");
        let moto = tokio::task::spawn_blocking(Moto::start).await.expect("no panic").expect("moto");
        let url = moto.url.clone();
        let aws = Self { _moto: moto, url };
        let table = json!({
            "TableName": "noanswer", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
        });
        aws.call("DynamoDB_20120810.CreateTable", &table).await;
        aws
    }

    /// Calls AWS as an operator does.
    pub async fn call(&self, operation: &str, body: &Value) -> Value {
        let service = if operation.starts_with("DynamoDB") { "dynamodb" } else { "ssm" };
        let scope = format!("AWS4-HMAC-SHA256 Credential=x/20261124/eu-west-1/{service}/aws4_request");
        let call = client().post(&self.url).header("x-amz-target", operation).header("authorization", scope);
        let call = call.header("content-type", "application/x-amz-json-1.1").body(body.to_string());
        let answer = call.send().await.expect("it answers");
        let ok = answer.status().is_success();
        let answer = answer.bytes().await.expect("whole");
        assert!(ok, "{}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).expect("JSON")
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The table.
    pub fn table(&self) -> Table {
        table_of(&self.url)
    }

    /// The table, as a further instance sees it.
    pub fn store(&self) -> Arc<Store> {
        Arc::new(Store::new(self.table()).leasing(60))
    }

    /// All items whose key begins with `prefix`.
    pub async fn items(&self, prefix: &str) -> Vec<Value> {
        let all = self.call("DynamoDB_20120810.Scan", &json!({ "TableName": "noanswer" })).await;
        let items = all["Items"].as_array().expect("items").iter();
        items.filter(|item| key(item).starts_with(prefix)).cloned().collect()
    }
}

/// An item's key.
pub fn key(item: &Value) -> &str {
    item["pk"]["S"].as_str().expect("a key")
}

/// What is served, with the lab's resolver.
pub fn site(lab: &Server, token: Option<Token>) -> Site {
    Site {
        resolvers: vec![format!("{}/lab/dns-query", lab.url)],
        policy: policy(),
        demo: None,
        prober: None,
        token,
    }
}

/// A DoH client.
pub fn fetch() -> DohFetch {
    DohFetch::new(None).expect("built-in roots")
}

/// Starts an instance that asks `fleet`; where it is.
pub async fn instance(lab: &Server, token: Option<Token>, fleet: Fleet, store: Arc<Store>) -> SocketAddr {
    serve(State::sharing(site(lab, token), fleet, fetch(), store)).await
}

/// Serves `state`; where it is.
pub async fn serve(state: State) -> SocketAddr {
    own_network::enter().expect("a network of the tests");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    let app = router(Arc::new(state)).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// An answer, as it came.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, in lower case.
    pub headers: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// Sends a request from an address of one's own: each address of 127.0.0.0/8 is another client.
pub async fn send(from: Ipv4Addr, to: SocketAddr, request: &str, headers: &str, body: &str) -> Answer {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((from, 0).into()).expect("loopback has many addresses");
    let mut connection = socket.connect(to).await.expect("it listens");
    let call = format!(
        "{request} HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    connection.write_all(call.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("it answers in text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, headers: head.to_lowercase(), body: body.to_owned() }
}

/// Asks for a check of `domain`.
pub async fn check(from: Ipv4Addr, to: SocketAddr, domain: &str) -> Answer {
    send(from, to, "POST /v1/check", "", &json!({ "domain": domain }).to_string()).await
}

/// The time, in seconds since 1970.
pub fn now() -> i64 {
    noanswer::clock::now().unix()
}
