//! The command line on bad and good input.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_noanswer"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("piped").write_all(input).expect("read");
    child.wait_with_output().expect("ended")
}

fn file(name: &str, bytes: &[u8]) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).expect("writable");
    path.display().to_string()
}

#[test]
fn bad_input_gets_one_line_and_64() {
    let unknown_key =
        file("unknown-key.toml", b"[[vantage]]\nid = 'a'\nurl = 'https://a.example'\ncolour = 'red'\n");
    let twice = file(
        "twice.toml",
        b"[[vantage]]\nid='a'\nurl='https://a.example'\n[[vantage]]\nid='a'\nurl='https://b.example'\n",
    );
    let no_token = file(
        "no-token.toml",
        b"[[vantage]]\nid='a'\nurl='https://a.example'\nauth={bearer-env='NOT_SET_ANYWHERE'}\n",
    );
    let one_operator = file("one-operator.toml", b"[[control]]\noperator='a'\nhost='mx.a.example'\n");
    let table: &[(&[&str], &str)] = &[
        (&[], "say what to do"),
        (&["frobnicate"], "frobnicate"),
        (&["check", "--frobnicate"], "--frobnicate"),
        (&["check"], "DOMAIN"),
        (&["check", "not a domain"], "cannot be a mail domain"),
        (&["mx", "192.0.2.1"], "cannot be a mail domain"),
        (&["explain"], "TEXT"),
        (&["explain", "-f", "/nowhere/at/all"], "cannot read /nowhere/at/all"),
        (&["check", "example.org", "--vantages", "/nowhere/at/all"], "cannot read the vantages file"),
        (&["check", "example.org", "--vantages", &unknown_key], "colour"),
        (&["check", "example.org", "--vantages", &twice], "twice"),
        (&["check", "example.org", "--vantages", &no_token], "NOT_SET_ANYWHERE"),
        (&["probe", "example.org", "--controls", &one_operator], "two different operators"),
        (&["mx", "example.org", "--doh", "dns.example"], "cannot be a DoH server"),
        (&["mx", "example.org", "--doh-ca", "/nowhere/at/all"], "cannot read the CA file"),
        (&["mx", "example.org", "--allow-net", "nonsense"], "nonsense"),
        (&["serve", "--vantage"], "--token-env"),
        (&["check", "example.org", "--deadline", "0"], "--deadline"),
    ];
    for (args, hint) in table {
        let output = run(args, b"");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{args:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{args:?}: one line: {said}");
        assert!(said.contains(hint), "{args:?}: {said}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn codes_and_texts_are_explained() {
    let out = |args: &[&str], input: &[u8]| {
        let output = run(args, input);
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    };
    assert!(out(&["explain", "441"], b"").1.contains("in no RFC"));
    assert!(out(&["explain", "4.4.1"], b"").1.contains("No answer from host"));
    let line = b"connect to mx.example.org[192.0.2.1]:25: Connection timed out";
    let (code, text) = out(&["explain", "-"], line);
    assert!(code == Some(0) && text.contains("met silence") && !text.contains('\u{1b}'), "{text}");
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("Winsock error code: 10061".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let (_, text) = out(&["explain", "--json", "-f", &file("powershell.txt", &utf16)], b"");
    assert!(text.contains("connect_refused"), "{text}");
    assert_eq!(out(&["explain", "hello"], b"").0, Some(3));
    assert_eq!(out(&["explain", "-"], &[0, 159, 146, 150]).0, Some(3));
}

#[test]
fn remote_text_cannot_steer_a_terminal() {
    let hostile = "host mx.example.org[192.0.2.1] said: 550 5.1.1 \u{1b}]0;owned\u{7} User unknown (in reply to RCPT TO command)";
    let output = run(&["explain", hostile], b"");
    assert!(!output.stdout.contains(&0x1b) && !output.stdout.contains(&7));
}

#[test]
fn a_doh_server_that_answers_html_is_named_as_such() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = [0; 2048];
            let _ = std::io::Read::read(&mut stream, &mut request);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>");
        }
    });
    let output = run(&["mx", "example.org", "--doh", &url], b"");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("text/html") && text.contains("/dns-query"), "{text}");
}
