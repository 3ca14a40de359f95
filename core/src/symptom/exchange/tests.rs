//! Sessions as such logs tell them, in the forms that Microsoft's documentation gives.

use crate::smtp::Stage;
use crate::symptom::{Cause, Log, LogSummary, Symptom, WrittenBy, read, table};
use crate::timestamp::Timestamp;

const HEAD: &str = "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n#Log-type: SMTP Send Protocol Log\r\n#Date: 2026-11-24T08:00:00.000Z\r\n#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\r\n";

/// Rows of one session of SmtpSend with 192.0.2.44, a second apart.
fn session(name: &str, rows: &[&str]) -> String {
    let rows = rows.iter().enumerate().map(|(number, row)| {
        format!(
            "2026-11-24T08:00:{number:02}.000Z,Internet,{name},{number},10.0.0.1:9000,192.0.2.44:25,{row}\r\n"
        )
    });
    rows.collect()
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T08:00:00Z").unwrap()
}

fn log(text: &str) -> LogSummary {
    let mut log = Log::as_of(now());
    log.push(text.as_bytes());
    log.finish()
}

const A: &str = "08DC0A1B2C3D4E5F";
const B: &str = "08DC0A1B2C3D4E60";
const GREETED: &[&str] = &[
    "*,,attempting to connect",
    "+,,",
    "<,220 mx.example.org ESMTP,",
    ">,EHLO ex1.own.example,",
    "<,250 mx.example.org Hello,",
];
const MAIL: &[&str] =
    &[">,MAIL FROM:<a@own.example> SIZE=1,", "<,250 2.1.0 Ok,", ">,RCPT TO:<u@example.net>,"];
const TEXT: &[&str] =
    &["<,250 2.1.5 Ok,", ">,BDAT 2048 LAST,", "<,250 2.6.0 queued,", ">,QUIT,", "-,,Remote"];

fn only(text: &str) -> Symptom {
    let symptoms = read(text);
    assert_eq!(symptoms.len(), 1, "{text}\n{symptoms:?}");
    symptoms.into_iter().next().unwrap()
}

#[test]
fn how_a_session_ended_is_told_by_its_rows() {
    let failed = "*,,\"Failed to connect. Winsock error code: 10060, Win32 error code: 10060, Destination domain: example.org, Error Message: A connection attempt failed because the connected party did not properly respond\"";
    let greeted = |rows: &[&'static str]| GREETED.iter().chain(rows).copied().collect::<Vec<_>>();
    let mail = |row: &'static str| greeted(&[MAIL, &[row]].concat());
    for (rows, cause, stage) in [
        (vec!["*,,attempting to connect", failed], Cause::ConnectTimedOut, Stage::Connect),
        (vec!["+,,", "-,,Remote"], Cause::DroppedAtGreeting, Stage::Greeting),
        (vec!["+,,", "<,\"554 5.7.1 you are listed, go away\","], Cause::RefusedAtGreeting, Stage::Greeting),
        (vec!["+,,", "<,421 4.3.2 too many connections,"], Cause::TooBusy, Stage::Greeting),
        (
            greeted(&["*,,TLS negotiation failed with error SocketError", "-,,Local"]),
            Cause::TlsFailed,
            Stage::Starttls,
        ),
        (mail("<,550 5.1.1 User unknown,"), Cause::Mailbox, Stage::Rcpt),
        (mail("<,451 4.7.1 Greylisted,"), Cause::Greylisted, Stage::Rcpt),
        (mail("-,,Remote"), Cause::SessionDropped, Stage::Rcpt),
    ] {
        let symptom = only(&(HEAD.to_owned() + &session(A, &rows)));
        assert_eq!((symptom.cause, symptom.stage), (cause, stage), "{rows:?}");
        assert_eq!(symptom.remote_address.map(|address| address.to_string()).as_deref(), Some("192.0.2.44"));
        assert_eq!((symptom.port, symptom.mta.as_deref()), (Some(25), Some("exchange")), "{rows:?}");
        assert_eq!(symptom.at.unwrap().to_string().get(..16), Some("2026-11-24T08:00"));
        if rows.len() > 7 {
            assert_eq!(symptom.remote_host.as_deref(), Some("mx.example.org"));
            assert_eq!(symptom.recipient_domain.as_deref(), Some("example.net"));
        }
    }
    assert_eq!(only(&session(A, &[failed])).recipient_domain.as_deref(), Some("example.org"));
}

/// Exchange 2010 writes each line of a reply as a row of its own.
#[test]
fn a_reply_of_several_rows_is_one() {
    let rows = [
        &[
            "+,,",
            "<,220 mx.example.org ESMTP,",
            ">,EHLO ex1.own.example,",
            "<,250-mx.example.org Hello,",
            "<,250-SIZE 1,",
            "<,250 STARTTLS,",
        ],
        MAIL,
        &[
            "<,550-5.7.1 Your address is listed,",
            "<,550 5.7.1 at a block list,",
            ">,QUIT,",
            "<,221 bye,",
            "-,,Remote",
        ],
    ];
    let text = HEAD.replace("15.0", "14.0") + &session(A, &rows.concat());
    let symptom = only(&text);
    assert_eq!((symptom.cause, symptom.stage), (Cause::Policy, Stage::Rcpt));
    assert!(symptom.spans.iter().all(|span| span.end <= text.len()));
}

#[test]
fn what_people_hide_is_passed_over() {
    let text = "2026-11-2XT08:XX:17.624Z,08D40XXXXXX40D98,SMTP,example.org,>,Failed connection to 192.0.XXX.XX:25 (TimedOut:0000274C)[TargetHost:mx.example.org:25|MarkedUnhealthy|FailureCount:15|NextRetryTime:2026-11-XXT17:XX:44.184Z]";
    let symptom = only(text);
    assert_eq!((symptom.cause, symptom.remote_address, symptom.at), (Cause::ConnectTimedOut, None, None));
    assert_eq!(symptom.remote_host.as_deref(), Some("mx.example.org"));
}

#[test]
fn only_a_long_wait_is_a_timeout() {
    let quick = session(A, &["+,,", "-,,Local"]);
    assert_eq!(read(&(HEAD.to_owned() + &quick)), []);
    let slow = quick.replace("08:00:01.000Z", "08:10:01.000Z");
    assert_eq!(only(&(HEAD.to_owned() + &slow)).cause, Cause::GreetingTimedOut);
}

#[test]
fn what_was_delivered_all_the_same_is_no_failure() {
    let tls = &["*,,TLS negotiation failed with error SocketError"];
    let rows = [GREETED, tls, MAIL, TEXT].concat();
    let summary = log(&(HEAD.to_owned() + &session(A, &rows)));
    assert_eq!((summary.failures, summary.symptoms.len()), (0, 0));
    assert_eq!(summary.controls.destinations[0].operator, "example.org");
    assert_eq!(summary.controls.destinations[0].spoke, 1);
}

#[test]
fn a_front_end_answers_for_the_last_endpoint_that_it_tried() {
    let reply = "<,\"451 4.7.0 Proxy session setup failed on Frontend with '451 4.4.0 Primary target IP address responded with: \"\"421 4.4.2 Connection dropped due to SocketError.\"\" Attempted failover to alternate host, but that did not succeed. Either there are no alternate hosts, or delivery failed to all alternate hosts. The last endpoint attempted was 198.51.100.7:25'\",";
    let hub = session(
        A,
        &[
            "+,,",
            "<,220 ex1.own.example Microsoft ESMTP MAIL Service ready,",
            ">,EHLO ex1.own.example,",
            "<,250 ex1.own.example Hello,",
            ">,XPROXYTO SID=08DC DOMAIN=example.org,",
            reply,
            "-,,Local",
        ],
    );
    let hub = hub.replace("192.0.2.44:25", "10.0.0.2:717");
    let symptom = only(&(HEAD.to_owned() + &hub));
    assert_eq!(symptom.written_by, WrittenBy::Sender);
    assert_eq!(symptom.remote_address.unwrap().to_string(), "198.51.100.7");
    assert_eq!((symptom.port, symptom.remote_host), (Some(25), None));
    let quoted = HEAD.to_owned() + &hub;
    for span in &symptom.spans {
        let words = &quoted[span.start..span.end];
        assert!(span.field != "remote_address" || words == "198.51.100.7", "{span:?} {words}");
    }
}

#[test]
fn what_others_said_to_this_server_is_nobodys_answer() {
    let receive = HEAD.replace("Send", "Receive")
        + &session(A, &["+,,", ">,\"220 ex1\",", "<,EHLO x,", ">,550 5.7.1 no,"]);
    assert_eq!(read(&receive), []);
    assert_eq!(log(&receive).failures, 0);
}

#[test]
fn sessions_run_beside_each_other_and_a_log_comes_in_pieces() {
    let good = session(A, &[GREETED, MAIL, TEXT].concat());
    let bad =
        session(B, &["*,,attempting to connect", "+,,", "-,,Remote"]).replace("192.0.2.44", "198.51.100.9");
    let (mut good, mut bad) = (good.lines(), bad.lines());
    let mut text = HEAD.to_owned();
    loop {
        let (one, other) = (good.next(), bad.next());
        if one.is_none() && other.is_none() {
            break;
        }
        [one, other].into_iter().flatten().for_each(|line| text += &format!("{line}\r\n"));
    }
    for size in [1, 7, 1000, usize::MAX] {
        let mut log = Log::as_of(now());
        text.as_bytes().chunks(size).for_each(|piece| log.push(piece));
        let summary = log.finish();
        assert_eq!(summary.failures, 1, "in pieces of {size}");
        assert_eq!(summary.symptoms[0].cause, Cause::DroppedAtGreeting);
        assert_eq!(summary.table.len(), 1);
    }
}

#[test]
fn connections_are_told_by_their_ends() {
    let head = "#Log-type: Transport Connectivity Log\n#Fields: date-time,session,source,Destination,direction,description\n";
    let row = |direction: &str, what: &str| {
        format!("2026-11-24T08:00:00.000Z,{A},SMTP,example.org,{direction},{what}\n")
    };
    let opened = row("+", "DnsConnectorDelivery cf2c5e3a-0000;QueueLength=<no priority counts>");
    let failed = row(
        ">",
        "Failed connection to 192.0.2.1:25 (TimedOut:0000274C)[TargetHost:mx.example.org:25|MarkedUnhealthy|FailureCount:1|NextRetryTime:2026-11-24T08:01:00.000Z]",
    );
    let symptom = only(&format!(
        "{head}{opened}{failed}{}",
        row("-", "Messages: 0 Bytes: 0 (Retry : 421 4.2.1 Unable to connect)")
    ));
    assert_eq!((symptom.cause, symptom.port), (Cause::ConnectTimedOut, Some(25)));
    assert_eq!(symptom.remote_host.as_deref(), Some("mx.example.org"));
    assert_eq!(symptom.recipient_domain.as_deref(), Some("example.org"));
    // Since 2010, without a port; refused.
    let refused = row(">", "Failed connection to 2001:db8::1 (ConnectionRefused:0000274D)");
    let symptom = only(&format!("{head}{opened}{refused}"));
    assert_eq!(
        (symptom.cause, symptom.remote_address.unwrap().to_string().as_str()),
        (Cause::ConnectRefused, "2001:db8::1")
    );
    let dns = row(
        ">",
        "\"DNS server returned ErrorRetry reported by 192.0.2.53. [Domain:Result] = example.org:ErrorRetry;\"",
    );
    let symptom =
        only(&format!("{head}{opened}{dns}{}", row("-", "Messages: 0 Bytes: 0 (Retry : DNS query failed)")));
    assert_eq!(symptom.cause, Cause::DnsFailed);
    // A lookup of one type without an answer is none where a connection came about.
    let none = row(">", "DNS server returned InfoNoRecords reported by 192.0.2.53");
    let made = row(">", "Established connection to 192.0.2.1");
    let sent = row("-", "Messages: 2 Bytes: 4096 (Attempting next target)");
    let summary = log(&format!("{head}{opened}{none}{made}{sent}"));
    assert_eq!((summary.failures, summary.controls.destinations.len()), (0, 1));
}

#[test]
fn a_message_is_followed_by_its_name() {
    let row = |clock: &str, event: &str, server: &str, status: &str, to: &str| {
        format!(
            "2026-11-24T{clock}.000Z,10.0.0.1,EX1,{server},,Internet,SMTP,{event},3320,<1@own.example>,a1b2c3d4-0000-0000-0000-000000000000,{to},{status},4096,1,,,Hello,a@own.example,a@own.example,,Originating,,,,,,,\n"
        )
    };
    let head = "#Log-type: Message Tracking Log\n#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status\n";
    let deferred = row(
        "08:00:00",
        "DEFER",
        ",",
        "\"[{LED=441 4.4.1 Error encountered while communicating with primary target IP address: \"\"Failed to connect. Winsock error code: 10060, Win32 error code: 10060.\"\" The last endpoint attempted was 192.0.2.20:25};{MSG=};{FQDN=example.org};{IP=192.0.2.20};{LRT=}]\"",
        "u@example.org;v@example.com",
    );
    let text = format!("{head}{deferred}");
    let symptoms = read(&text);
    assert_eq!((symptoms.len(), symptoms[0].cause), (1, Cause::ConnectTimedOut));
    let rows = table(&text, &symptoms, now());
    assert_eq!((rows[0].messages, rows[0].waiting()), (1, 1));
    let text = text
        + &row(
            "08:20:00",
            "SENDEXTERNAL",
            "192.0.2.20,mx.example.org",
            "250 ok",
            "u@example.org;v@example.com",
        );
    let rows = table(&text, &read(&text), now());
    assert!(rows.iter().all(|row| row.is_settled()), "{rows:?}");
}

#[test]
fn events_are_read_with_their_text_or_by_their_number() {
    let event = |id: &str, data: &str| {
        format!(
            "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\n  <System>\n    <Provider Name=\"MSExchangeTransport\" />\n    <EventID Qualifiers=\"32772\">{id}</EventID>\n    <TimeCreated SystemTime=\"2026-11-24T08:00:00.000000000Z\" />\n  </System>\n  <EventData>\n{data}  </EventData>\n</Event>\n"
        )
    };
    let symptom = only(&event("2002", "    <Data>Internet</Data>\n    <Data>192.0.2.7:25</Data>\n"));
    assert_eq!((symptom.cause, symptom.port), (Cause::ConnectFailed, Some(25)));
    assert_eq!(symptom.remote_address.unwrap().to_string(), "192.0.2.7");
    assert_eq!(symptom.at.unwrap().to_string(), "2026-11-24T08:00:00Z");
    assert_eq!(read(&event("16023", "<Data>Failed to create type</Data>")), []);
    let other = event("2002", "<Data>x</Data>").replace("MSExchangeTransport", "Service Control Manager");
    assert_eq!(read(&other), []);
}
