//! The token that SSM keeps.

use super::aws::{Aws, client_of, fetch, send, serve, site};
use crate::fleet::fleet_of;
use crate::server::Server;
use noanswer::api::{State, Token};
use noanswer::aws::{CallError, Parameter};
use noanswer_tests::own_network::nobody;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

const NAME: &str = "/noanswer/token";

async fn put(aws: &Aws, value: &str) {
    let put = json!({ "Name": NAME, "Value": value, "Type": "SecureString", "Overwrite": true });
    aws.call("AmazonSSM.PutParameter", &put).await;
}

async fn api(lab: &Server, url: &str) -> SocketAddr {
    let token = Token::Parameter(Box::new(Parameter::new(client_of(url), NAME)));
    serve(State::new(site(lab, Some(token)), fleet_of(&[]), fetch())).await
}

async fn status(api: SocketAddr, header: &str) -> u16 {
    let body = r#"{"domain":"null-mx.test"}"#;
    send(Ipv4Addr::LOCALHOST, api, "POST /v1/check", header, body).await.status
}

#[tokio::test]
async fn who_carries_it_may_ask() {
    let (lab, aws) = (Server::lab(), Aws::start().await);
    put(&aws, "right").await;
    let api = api(&lab, aws.url()).await;
    assert_eq!(status(api, "").await, 401);
    assert_eq!(status(api, "authorization: Bearer wrong\r\n").await, 401);
    assert_eq!(status(api, "authorization: Bearer \r\n").await, 401);
    assert_eq!(status(api, "authorization: Bearer right\r\n").await, 200);
    drop(aws);
    assert_eq!(status(api, "authorization: Bearer right\r\n").await, 200, "it is kept for a while");
    assert_eq!(status(api, "authorization: Bearer wrong\r\n").await, 401);
}

#[tokio::test]
async fn who_carries_one_that_nobody_can_check_may_not() {
    let lab = Server::lab();
    let api = api(&lab, nobody()).await;
    assert_eq!(status(api, "authorization: Bearer right\r\n").await, 503);
    assert_eq!(status(api, "").await, 401, "nobody is asked for who shows nothing");
}

#[tokio::test]
async fn a_new_token_holds_within_five_minutes() {
    let aws = Aws::start().await;
    let parameter = Parameter::new(client_of(aws.url()), NAME);
    let missing = parameter.value().await.expect_err("there is none yet");
    assert!(matches!(&missing, CallError::Refused { kind, .. } if kind == "ParameterNotFound"), "{missing}");
    put(&aws, "old").await;
    assert_eq!(parameter.value().await.expect("there is one"), "old", "a failure is not kept");
    put(&aws, "new").await;
    assert_eq!(parameter.value().await.expect("kept"), "old");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(301)).await;
    tokio::time::resume();
    assert_eq!(parameter.value().await.expect("fetched"), "new");
}
