//! The AWS of these tests starts, is empty, and ends.

use noanswer_tests::moto::Moto;
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn it_answers_for_as_long_as_it_is_held() {
    let moto = Moto::start().expect("moto");
    let address = moto.url.strip_prefix("http://").expect("http").to_owned();
    let mut connection = TcpStream::connect(&address).expect("it listens");
    let body = "{}";
    let call = format!(
        "POST / HTTP/1.0\r\nHost: dynamodb.us-east-1.amazonaws.com\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/dynamodb/aws4_request\r\n\
         Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(call.as_bytes()).expect("it takes a call");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("it answers");
    assert!(answer.ends_with(r#"{"TableNames": []}"#), "{answer}");
    drop(moto);
    assert!(TcpStream::connect(&address).is_err(), "it has ended");
}
