//! What software says, as must-fire and must-not-fire: `corpus/must_fire.toml`, `corpus/must_not_fire.toml`.

use noanswer_core::symptom::{self, Cause, SymptomFamily};
use noanswer_tests::fields::{Fields, Found};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

fn texts(name: &str) -> BTreeMap<String, Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let text = fs::read_to_string(path).expect(name);
    toml::from_str(&text).expect(name)
}

fn cause_named(name: &str) -> Cause {
    serde_json::from_value(name.into()).expect(name)
}

fn read(text: &str) -> Option<Cause> {
    symptom::read(text).first().map(|symptom| symptom.cause)
}

/// The families that tell people that the other host could not be reached.
fn is_connectivity(cause: Cause) -> bool {
    matches!(cause.family(), SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Expired)
}

#[test]
fn every_cause_is_read_from_its_words() {
    let mut wrong = String::new();
    for (name, texts) in texts("must_fire.toml") {
        let cause = cause_named(&name);
        for text in texts {
            let got = read(&text);
            if got != Some(cause) {
                let _ = writeln!(wrong, "{name} read as {got:?}: {text}");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_is_no_silence_is_never_called_one() {
    let mut wrong = String::new();
    for (name, texts) in texts("must_not_fire.toml") {
        for text in texts {
            let got = read(&text);
            let right = match name.as_str() {
                "none" => got.is_none(),
                "any" => got.is_some_and(|cause| !is_connectivity(cause)),
                name => got == Some(cause_named(name)),
            };
            if !right {
                let _ = writeln!(wrong, "{name} read as {got:?}: {text}");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What stands in a text by the corpus' own convention, found without the reader: hosts are called `mx…`, addresses are
/// those of RFC 5737 and RFC 3849, `198.51.100.…` being the sender's. Where two different ones stand, nothing is asked.
fn stands_in(text: &str) -> Fields {
    let words = |is: fn(char) -> bool| text.split(move |c: char| !is(c)).filter(|word| !word.is_empty());
    let only = |mut found: Vec<String>| {
        found.sort_unstable();
        found.dedup();
        (found.len() == 1).then(|| found.remove(0))
    };
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let is_host = |word: &&str| word.starts_with("mx") && word.contains(".example.");
    // `host...Could` of telnet: dots that follow one another end a name.
    let hosts = words(name).filter_map(|word| word.split("..").next()).filter(is_host);
    let host = only(hosts.map(|word| word.trim_end_matches('.').to_owned()).collect());
    let in_address = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
    let addresses = words(in_address).map(|word| word.trim_end_matches(['.', ':']));
    let documented = addresses.filter(|word| word.starts_with("192.0.2.") || word.starts_with("2001:db8:"));
    let address = only(documented.map(|word| word.trim_end_matches(":25").to_owned()).collect());
    let named = ["port 25", "port: 25", " 25 (smtp)", "Port 25"].iter().any(|form| text.contains(form));
    let port = named || text.match_indices(":25").any(|(at, _)| !text[..at].ends_with(':'));
    let (before, _) = text.split_once("FROM:<").or_else(|| text.split_once("from <")).unwrap_or((text, ""));
    let recipient =
        before.split('@').skip(1).map(|rest| rest.split(|c: char| !name(c)).next().unwrap_or_default());
    let recipients =
        recipient.filter(|domain| domain.starts_with("example.")).map(|domain| domain.trim_end_matches('.'));
    Fields {
        host,
        address: address.and_then(|address| address.parse().ok()),
        port: port.then_some(25),
        domain: only(recipients.map(str::to_owned).collect()),
        ..Fields::default()
    }
}

#[test]
fn what_stands_beside_the_cause_is_read() {
    let mut found = Found::default();
    for (_, texts) in texts("must_fire.toml") {
        for text in texts {
            found.take(&text, &stands_in(&text), symptom::read(&text).first());
        }
    }
    println!("{}{}", found.misses, found.figures());
    for field in ["host", "address", "port", "domain"] {
        assert_eq!(found.percent(field), 100, "\n{}", found.misses);
    }
}

/// Words of connectivity, as servers put them into replies about something else.
const SILENCE: &[&str] = &[
    "connection timed out",
    "Connection refused",
    "No route to host",
    "Network is unreachable",
    "lost connection with backend",
    "connection reset by peer",
    "timed out while receiving the initial server greeting",
    "host not found",
    "Name or service not known",
    "no MX record for sender domain",
    "DNS lookup failed: SERVFAIL",
    "could not connect to verification host",
    "cannot connect to mx.sender.example[198.51.100.4]:25: Connection timed out",
    "retry time not reached for any host",
    "message expired",
    "ETIMEDOUT",
    "Winsock error code: 10060",
    "errno=111",
    "TLS handshake failure",
    "no answer from host",
    "unrouteable address",
    "Verbindungszeitüberschreitung",
];

#[test]
fn a_server_that_spoke_was_never_silent() {
    const REPLIES: &[&str] =
        &["550 5.7.1", "554 5.7.1", "550 5.1.1", "450 4.7.1", "451 4.3.0", "550", "554", "451"];
    let frames: &[fn(&str) -> String] = &[
        |said| format!("host mx.example.org[192.0.2.1] said: {said} (in reply to RCPT TO command)"),
        |said| {
            format!(
                "Nov 24 08:00:00 mx postfix/smtp[1]: 4A1: to=<u@example.org>, relay=mx.example.org[192.0.2.1]:25, dsn=4.7.1, status=deferred (host mx.example.org[192.0.2.1] said: {said} (in reply to end of DATA command))"
            )
        },
        |said| format!("host mx.example.org[192.0.2.1] refused to talk to me: {said}"),
        |said| {
            format!(
                "2026-11-24 08:00:00 1tFabc-0004gI-6W ** u@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<u@example.org>: {said}"
            )
        },
        |said| format!("Connected to 192.0.2.1 but sender was rejected.\nRemote host said: {said}"),
        |said| format!("... while talking to mx.example.org.:\n>>> RCPT To:<u@example.org>\n<<< {said}"),
        |said| {
            format!(
                "From: MAILER-DAEMON@a.example\nSubject: Undelivered\n\n<u@example.org>: host mx.example.org[192.0.2.1] said:\n    {said} (in reply to MAIL FROM command)\n"
            )
        },
        |said| {
            format!(
                "$ telnet mx.example.org 25\nTrying 192.0.2.1...\nConnected to mx.example.org.\nEscape character is '^]'.\n220 mx.example.org\nMAIL FROM:<a@b.example>\n{said}\nConnection closed by foreign host."
            )
        },
    ];
    let (mut wrong, mut of) = (String::new(), 0);
    for frame in frames {
        for (words, reply) in SILENCE.iter().flat_map(|words| REPLIES.iter().map(move |reply| (words, reply)))
        {
            let text = frame(&format!("{reply} {words}"));
            of += 1;
            for symptom in symptom::read(&text) {
                if is_connectivity(symptom.cause) {
                    let _ = writeln!(wrong, "{:?}: {text}", symptom.cause);
                }
            }
        }
    }
    // Without a word of who said it, the status of a mailbox or of a policy tells.
    let bare: &[fn(&str) -> String] = &[
        str::to_owned,
        |said| format!("Remote Server at example.org (192.0.2.1) returned '{said}'"),
        |said| {
            format!(
                "Final-Recipient: rfc822; u@example.org\nAction: failed\nStatus: 5.7.1\nRemote-MTA: dns; mx.example.org\nDiagnostic-Code: smtp; {said}\n"
            )
        },
    ];
    // A number of Winsock, and a handshake, are the sender's own even there.
    let own = |words: &&&str| !words.contains("Winsock") && !words.contains("TLS");
    for frame in bare {
        for words in SILENCE.iter().filter(own) {
            for reply in ["550 5.7.1", "554 5.7.1", "550 5.1.1", "450 4.7.1"] {
                let text = frame(&format!("{reply} {words}"));
                of += 1;
                for symptom in symptom::read(&text) {
                    if is_connectivity(symptom.cause) {
                        let _ = writeln!(wrong, "{:?}: {text}", symptom.cause);
                    }
                }
            }
        }
    }
    println!("{of} replies with words of silence");
    assert!(wrong.is_empty(), "{} of {of}\n{wrong}", wrong.lines().count());
}
