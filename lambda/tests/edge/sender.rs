//! What the command owes to a sending server's admin: a token that is wrong is told as that, and a text of a relay leads to
//! the relay.

use crate::server::{PROGRAM, Server, TOKEN};
use std::process::{Command, Output};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_token_that_is_wrong_or_missing_is_told_as_that() {
    let server = Server::start(&["--doh", "http://127.0.0.1:9/", "--token-env", "TOKEN"]);
    let ask = |more: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(["check", "a.test", "--api", &server.url, "--doh", "http://127.0.0.1:9/"]).args(more);
        let output =
            command.env("OTHER", "a secret of mine").env("TOKEN", TOKEN).output().expect("it starts");
        (output.status.code(), said(&output))
    };
    let (code, words) = ask(&["--token-env", "OTHER"]);
    assert!(words.contains("does not take this token") && words.contains("--token-env"), "{words}");
    assert!(!words.contains("secret of mine"), "{words}");
    assert_eq!((code, words.lines().count()), (Some(3), 1), "{words}");
    let (code, words) = ask(&[]);
    assert!(words.contains("wants a token") && words.contains("--token-env"), "{words}");
    assert_eq!((code, words.lines().count()), (Some(3), 1), "{words}");
    let (code, words) = ask(&["--token-env", "TOKEN"]);
    assert!(code.is_some() && !words.contains("token"), "{words}");
}

#[test]
fn a_text_of_a_relay_leads_a_check_of_a_domain_to_the_relay() {
    let lab = Server::lab();
    for port in [465, 587] {
        let text = format!("connect to smtp.relay.test[203.0.113.30]:{port}: Connection timed out");
        let command = format!("$ noanswer check --relay smtp.relay.test:{port}");
        for (symptom, leads) in
            [(text.as_str(), true), ("connect to mx.a.test[192.0.2.1]:25: timed out", false)]
        {
            let arguments = ["check", "healthy.test", "--api", &lab.url, "--symptom", symptom];
            let words = said(&Command::new(PROGRAM).args(arguments).output().expect("it starts"));
            assert_eq!(words.contains(&command), leads, "{words}");
        }
    }
}
