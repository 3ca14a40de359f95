//! DNS over HTTPS: what is sent, what is understood, and that no bytes can break it.

use super::answer::{Outcome, RecordData};
use super::doh::{BODY_OCTETS, DohError, MEDIA_TYPE, decode, encode, question, request, with_id};
use super::{DomainName, HostName, Question, RecordKind};
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::rdata::{A, CNAME, MX, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use proptest::prelude::*;

fn asked(kind: RecordKind) -> Question {
    Question::new(DomainName::from_dns("example.test").expect("a name"), kind)
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).expect("a name")
}

/// A response to `example.test MX`, with `change` made to it.
fn response(change: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut message = Message::new(0, MessageType::Response, OpCode::Query);
    message.add_query(Query::query(name("Example.test."), RecordType::MX));
    change(&mut message);
    message.to_vec().expect("a message")
}

fn mx(preference: u16, exchange: &str) -> Record {
    Record::from_rdata(name("example.test."), 300, RData::MX(MX::new(preference, name(exchange))))
}

fn decoded(body: &[u8]) -> Result<super::Answer, DohError> {
    decode(&asked(RecordKind::Mx), 200, Some("application/dns-message; charset=x"), body)
}

#[test]
fn asks_as_the_rfc_says() {
    let question = asked(RecordKind::Aaaa).with_checking_disabled();
    let sent = Message::from_vec(&encode(&question).expect("askable")).expect("a message");
    assert_eq!((sent.metadata.id, sent.metadata.message_type), (0, MessageType::Query));
    assert!(
        sent.metadata.recursion_desired && sent.metadata.checking_disabled && sent.metadata.authentic_data
    );
    assert_eq!(sent.queries, [Query::query(name("example.test."), RecordType::AAAA)]);
    assert!(!sent.edns.expect("EDNS").flags().dnssec_ok);

    // RFC 8484 s4.1.1's example of a query, with the EDNS and the AD that we add.
    let question = Question::new(DomainName::from_dns("www.example.com").expect("a name"), RecordKind::A);
    let got = request("https://dns.example/dns-query", &question).expect("askable");
    assert_eq!(got.accept, MEDIA_TYPE);
    assert_eq!(
        got.url,
        "https://dns.example/dns-query?dns=AAABIAABAAAAAAABA3d3dwdleGFtcGxlA2NvbQAAAQABAAApBNAAAAAAAAA"
    );
    for (server, start) in [
        ("https://dns.example/dns-query{?dns}", "https://dns.example/dns-query?dns=AAAB"),
        ("https://dns.example/q?key=1", "https://dns.example/q?key=1&dns=AAAB"),
    ] {
        assert!(request(server, &question).expect("askable").url.starts_with(start), "{server}");
    }
}

#[test]
fn keeps_the_outcomes_apart() {
    for (code, outcome) in [
        (ResponseCode::NoError, Outcome::NoData),
        (ResponseCode::NXDomain, Outcome::NxDomain),
        (ResponseCode::ServFail, Outcome::ServFail),
        (ResponseCode::Refused, Outcome::Refused),
        (ResponseCode::NotImp, Outcome::Other(4)),
        (ResponseCode::BADVERS, Outcome::Other(16)),
    ] {
        let body = response(|message| {
            message.metadata.response_code = code;
            let mut edns = Edns::new();
            edns.set_rcode_high(code.high());
            message.set_edns(edns);
        });
        assert_eq!(decoded(&body).expect("an answer").outcome, outcome);
    }
}

#[test]
fn reads_records_flags_and_extended_errors() {
    let body = response(|message| {
        message.metadata.authentic_data = true;
        message.add_answers([mx(10, "mx.example.test."), mx(0, ".")]);
        message.add_answer(Record::from_rdata(
            name("example.test."),
            5,
            RData::TXT(TXT::new(vec!["two ".to_owned(), "strings".to_owned()])),
        ));
        let soa = SOA::new(name("ns.test."), name("hostmaster.test."), 1, 2, 3, 4, 60);
        message.add_authority(Record::from_rdata(name("test."), 900, RData::SOA(soa)));
        let mut edns = Edns::new();
        edns.options_mut().insert(EdnsOption::Unknown(15, b"\0\x07expired\0".to_vec()));
        edns.options_mut().insert(EdnsOption::Unknown(15, b"\0".to_vec()));
        edns.options_mut().insert(EdnsOption::Unknown(15, b"\0\x16".to_vec()));
        message.set_edns(edns);
    });
    let answer = decoded(&body).expect("an answer");
    assert_eq!(answer.outcome, Outcome::Records);
    assert!(answer.authentic_data);
    assert_eq!(answer.negative_ttl_s, Some(60));
    let exchanges: Vec<_> = answer.records.iter().map(|record| (record.ttl_s, &record.data)).collect();
    let null = RecordData::Mx { preference: 0, exchange: HostName::Root };
    let host = RecordData::Mx { preference: 10, exchange: HostName::from_dns("mx.example.test") };
    let text = RecordData::Txt("two strings".to_owned());
    assert_eq!(exchanges, [(300, &host), (300, &null), (5, &text)]);
    let errors: Vec<_> =
        answer.extended_errors.iter().map(|error| (error.code, error.text.as_str())).collect();
    assert_eq!(errors, [(7, "expired"), (22, "")]);
}

#[test]
fn records_of_others_are_no_answer() {
    let body = response(|message| {
        message.add_answer(Record::from_rdata(
            name("other.test."),
            5,
            RData::MX(MX::new(1, name("evil.test."))),
        ));
        message.add_answer(Record::from_rdata(name("example.test."), 5, RData::A(A::new(192, 0, 2, 1))));
    });
    assert_eq!(decoded(&body).expect("an answer").outcome, Outcome::NoData);
    let alias = response(|message| {
        message.add_answer(Record::from_rdata(
            name("example.test."),
            5,
            RData::CNAME(CNAME(name("other.test."))),
        ));
        message.add_answer(Record::from_rdata(
            name("other.test."),
            5,
            RData::MX(MX::new(1, name("mx.test."))),
        ));
    });
    assert_eq!(decoded(&alias).expect("an answer").outcome, Outcome::Records);
}

#[test]
fn every_way_to_be_no_answer_has_a_name_and_a_line() {
    let good = response(|message| {
        message.add_answer(mx(10, "mx.example.test."));
    });
    let question = asked(RecordKind::Mx);
    let html = DohError::WrongContentType { content_type: "text/html".to_owned() };
    let other = |change: fn(&mut Message)| response(change);
    let cases = [
        (decode(&question, 503, Some(MEDIA_TYPE), &good), DohError::NotOk { status: 503 }),
        (decode(&question, 200, Some("text/html"), b"<!doctype html>"), html),
        (decode(&question, 200, None, &good), DohError::WrongContentType { content_type: String::new() }),
        (decoded(&vec![0; BODY_OCTETS + 1]), DohError::TooLarge),
        (decoded(b""), DohError::Malformed),
        (decoded(&good[..good.len() - 1]), DohError::Malformed),
        (decoded(&encode(&question).expect("askable")), DohError::Malformed),
        (decoded(&other(|message| message.metadata.truncation = true)), DohError::Truncated),
        (decoded(&other(|message| message.queries.clear())), DohError::WrongQuestion),
        (decode(&asked(RecordKind::A), 200, Some(MEDIA_TYPE), &good), DohError::WrongQuestion),
        (
            decoded(&other(|message| message.queries = vec![Query::query(name("e.test."), RecordType::MX)])),
            DohError::WrongQuestion,
        ),
    ];
    for (got, wanted) in cases {
        assert!(!wanted.to_string().contains('\n'));
        assert_eq!(got.expect_err("no answer"), wanted);
    }
    assert!(decode(&question, 200, Some("Application/DNS-Message"), &good).is_ok());
}

#[test]
fn odd_names_do_not_pass_for_others() {
    let dotted = Name::from_labels([b"mx.example".as_slice(), b"test"]).expect("a name");
    let body = response(|message| {
        message.add_answer(Record::from_rdata(name("example.test."), 5, RData::MX(MX::new(1, dotted))));
    });
    let answer = decoded(&body).expect("an answer");
    let unusable = HostName::Unusable("mx\\.example.test".to_owned());
    assert_eq!(answer.records[0].data, RecordData::Mx { preference: 1, exchange: unusable });
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let good = response(|message| {
        message.add_answers([mx(10, "mx.example.test."), mx(20, "mx2.example.test.")]);
        let mut edns = Edns::new();
        edns.options_mut().insert(EdnsOption::Unknown(15, b"\0\x07expired".to_vec()));
        message.set_edns(edns);
    });
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(move |(changes, end, cut)| {
        let mut bytes = good.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(end.index(bytes.len() + 1));
        }
        bytes
    })
}

proptest! {
    #[test]
    fn no_bytes_break_it(body in prop_oneof![mutated(), prop::collection::vec(any::<u8>(), 0..600)]) {
        if let Ok(answer) = decoded(&body) {
            // Whatever is said to be records can be resolved to some.
            let name = &asked(RecordKind::Mx).name;
            let found = matches!(answer.resolve(name, RecordKind::Mx), super::Resolution::Found { .. });
            prop_assert!(answer.outcome != Outcome::Records || found);
            for record in &answer.records {
                prop_assert_eq!(&DomainName::from_dns(record.name.as_str()), &Ok(record.name.clone()));
            }
        }
    }

    #[test]
    fn what_is_asked_is_what_was_meant(text in "[a-z0-9_-]{1,63}(\\.[a-z0-9-]{1,63}){0,2}") {
        let question = Question::new(DomainName::from_dns(&text).expect("a name"), RecordKind::Mx);
        let mut message = Message::from_vec(&encode(&question).expect("askable")).expect("a message");
        message.metadata.message_type = MessageType::Response;
        let answer = decode(&question, 200, Some(MEDIA_TYPE), &message.to_vec().expect("a message"));
        prop_assert_eq!(answer.expect("an answer to it").outcome, Outcome::NoData);
    }
}

#[test]
fn a_relay_reads_questions_of_mail_plans_and_no_others() {
    let asked = asked(RecordKind::Mx).with_checking_disabled();
    assert_eq!(question(&encode(&asked).expect("askable")), Ok((asked, 0)));
    let other = |change: fn(&mut Message)| {
        let mut message = Message::new(7, MessageType::Query, OpCode::Query);
        message.add_query(Query::query(name("example.test."), RecordType::A));
        change(&mut message);
        question(&message.to_vec().expect("a message"))
    };
    assert_eq!(other(|_| ()).expect("a question").1, 7);
    assert!(other(|message| message.queries[0].query_type = RecordType::ANY).is_err());
    assert!(other(|message| message.queries.clear()).is_err());
    assert!(other(|message| message.metadata.message_type = MessageType::Response).is_err());
    assert!(other(|message| message.metadata.op_code = OpCode::Update).is_err());
    assert!(question(b"GET / HTTP/1.1").is_err() && question(&[]).is_err());
    assert_eq!(with_id(vec![0, 0, 1], 0x1234), [0x12, 0x34, 1]);
}

#[test]
fn an_answer_lives_as_long_as_its_shortest_record() {
    let of = |change: fn(&mut Message)| decoded(&response(change)).expect("an answer").lifetime_s();
    let two = of(|message| {
        message.add_answer(mx(10, "a.test."));
        let mut short = mx(20, "b.test.");
        short.ttl = 7;
        message.add_answer(short);
    });
    assert_eq!(two, 7);
    assert_eq!(of(|message| message.metadata.response_code = ResponseCode::ServFail), 0);
    assert_eq!(of(|message| message.metadata.response_code = ResponseCode::NXDomain), 0, "no SOA came along");
}
