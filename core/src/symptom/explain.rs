//! A symptom in plain English: what happened, who wrote it, how long it is tried again, what it may be, what to look at.

use super::retry::{self, RetryPolicy};
use super::{Cause, Symptom, SymptomFamily, WrittenBy};
use crate::address::Family;
use crate::timestamp::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// A symptom explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What happened, in one sentence.
    pub headline: String,
    /// What that means.
    pub meaning: &'static str,
    /// Who wrote the text: not who is at fault.
    pub who_wrote: &'static str,
    /// Whether it is tried again.
    pub temporary: bool,
    /// How the software that wrote it retries, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// When it gives up, where that can be computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// Whether the deadline is the text's own word, or counted from the time in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_words: Option<String>,
    /// What it may be, likeliest first for this text.
    pub likely: Vec<&'static str>,
    /// What to look at.
    pub check: Vec<&'static str>,
    /// Whether and when to write to the recipient's postmaster.
    pub postmaster: &'static str,
}

/// Explains `symptom`.
pub fn explain(symptom: &Symptom) -> Explanation {
    let retry = symptom.mta.as_deref().and_then(retry::policy_of).copied();
    let temporary = !symptom.expired && is_temporary(symptom);
    let (deadline, deadline_words) = deadline(symptom, retry.as_ref().filter(|_| temporary));
    let knowledge = knowledge(symptom.cause);
    Explanation {
        headline: headline(symptom, knowledge),
        meaning: knowledge.meaning,
        who_wrote: who_wrote(symptom.written_by),
        temporary,
        retry,
        deadline,
        deadline_words,
        likely: likely(symptom, knowledge),
        check: knowledge.check.to_vec(),
        postmaster: knowledge.postmaster,
    }
}

/// What is known of a cause.
struct Knowledge {
    happened: &'static str,
    meaning: &'static str,
    likely: &'static [&'static str],
    check: &'static [&'static str],
    postmaster: &'static str,
}

fn is_temporary(symptom: &Symptom) -> bool {
    match symptom.enhanced_status.map(|status| status.class) {
        Some(5) => false,
        Some(_) => true,
        None => match symptom.reply_code {
            Some(code) => code.0 < 500,
            None => {
                !matches!(symptom.family, SymptomFamily::Rejected | SymptomFamily::Expired)
                    && !matches!(symptom.cause, Cause::NoSuchDomain | Cause::NullMx | Cause::MailLoop)
            }
        },
    }
}

fn deadline(symptom: &Symptom, retry: Option<&RetryPolicy>) -> (Option<Timestamp>, Option<String>) {
    if let Some(until) = symptom.retry_until {
        return (Some(until), Some("the text itself says until when it is tried again".to_owned()));
    }
    let Some(retry) = retry else { return (None, None) };
    let words = format!("{} gives up after {} by default", retry.name, retry::spoken(retry.gives_up_after_s));
    (symptom.at.map(|at| at.after(Duration::from_secs(retry.gives_up_after_s))), Some(words))
}

fn headline(symptom: &Symptom, knowledge: &Knowledge) -> String {
    let host = symptom.remote_host.as_deref().or(symptom.recipient_domain.as_deref());
    let whom = match (host, symptom.remote_address) {
        (Some(host), Some(address)) => format!("{host} ({address})"),
        (Some(host), None) => host.to_owned(),
        (None, Some(address)) => address.to_string(),
        (None, None) if knowledge.happened.starts_with("{host}") => "The recipient's server".to_owned(),
        (None, None) => "the recipient's server".to_owned(),
    };
    let mut headline = knowledge.happened.replace("{host}", &whom);
    if symptom.expired && symptom.cause != Cause::Expired {
        headline.push_str(" The message was given up.");
    }
    headline
}

fn who_wrote(written_by: WrittenBy) -> &'static str {
    match written_by {
        WrittenBy::Sender => {
            "The sending server wrote this about its own attempt. It says who gave up, not who is at fault."
        }
        WrittenBy::Remote => "The recipient's server said this: it was reached, and it spoke.",
        WrittenBy::Unknown => "The text does not tell which server said this.",
    }
}

/// What it may be: at an IPv6 address, the sender's own IPv6 comes first.
fn likely(symptom: &Symptom, knowledge: &Knowledge) -> Vec<&'static str> {
    let ipv6 = symptom.remote_address.is_some_and(|address| Family::of(address) == Family::Ipv6);
    let unreached = matches!(
        symptom.cause,
        Cause::NetworkUnreachable | Cause::ConnectTimedOut | Cause::HostUnreachable | Cause::SenderLocal
    );
    let first = (ipv6 && unreached)
        .then_some("the sending server has no working IPv6: mail usually passes by IPv4 all the same");
    first.into_iter().chain(knowledge.likely.iter().copied()).collect()
}

const CHECK_SILENCE: &[&str] = &[
    "from the sending server: does port 25 of any other large exchange answer? If none does, it is your side",
    "from another network: does this host answer there? If it does, it drops your address",
    "the domain's MX: do the names and addresses still fit?",
];
const WRITE_LATER: &str = "Write to the recipient's postmaster, by another way, once you know that other hosts answer you and this one does not.";
const WRITE: &str = "The recipient's postmaster can tell: write by another way, and send the evidence along.";
const DO_NOT_WRITE: &str = "Not yet: look at your own side first.";

#[rustfmt::skip]
fn knowledge(cause: Cause) -> &'static Knowledge {
    match cause {
        Cause::ConnectTimedOut => &Knowledge { happened: "The sending server tried to connect to {host} and met silence.", meaning: "No answer came to the attempt to connect: neither yes nor no. Something dropped the packets, or nobody is there. This is what 4.4.1 \"no answer from host\" means.", likely: &["outbound port 25 is blocked on the sender's side: clouds and many providers do so by default", "the recipient's server is down, or its firewall drops everybody", "the recipient's side drops your address alone", "a broken route between the two"], check: CHECK_SILENCE, postmaster: WRITE_LATER },
        Cause::ConnectRefused => &Knowledge { happened: "The connection to {host} was refused.", meaning: "A clear no came back: nobody listens on that port, or a firewall says so in its place.", likely: &["the mail service there is not running", "the MX points to the wrong host", "a firewall near you rejects port 25"], check: &["from the sending server: do other exchanges answer on port 25?", "who sent the refusal: the host itself, or something on the way?", "the domain's MX"], postmaster: WRITE },
        Cause::HostUnreachable => &Knowledge { happened: "There was no way to {host}.", meaning: "A router, or the sender's own system, said that the host cannot be reached.", likely: &["the host is down: the last router before it found nobody", "a firewall rejects the connection and says it like this", "a broken route"], check: CHECK_SILENCE, postmaster: WRITE_LATER },
        Cause::NetworkUnreachable => &Knowledge { happened: "There was no route to the network of {host}.", meaning: "The sending system, or a router near it, knows no way to that network.", likely: &["the sending server's network is down or misconfigured", "a broken route"], check: &["does the sending server have a default route, for IPv4 and for IPv6?", "do other hosts answer it?"], postmaster: DO_NOT_WRITE },
        Cause::ConnectFailed => &Knowledge { happened: "No connection to {host} came about.", meaning: "The text does not say why: silence, a refusal, or no route.", likely: &["outbound port 25 is blocked on the sender's side", "the recipient's server is down or refuses", "the recipient's side drops your address alone"], check: CHECK_SILENCE, postmaster: WRITE_LATER },
        Cause::GreetingTimedOut => &Knowledge { happened: "The connection to {host} came about, but no greeting came.", meaning: "Somebody accepted the connection and stayed silent. A server has five minutes to greet (RFC 5321 s4.5.3.2.1).", likely: &["the server is overloaded or its backend is dead", "it greets late on purpose, and the sender hung up too early", "something in between accepts connections for everybody"], check: &["wait longer: nc HOST 25, for a minute", "do other exchanges greet the sending server?"], postmaster: WRITE },
        Cause::DroppedAtGreeting => &Knowledge { happened: "{host} closed the connection before greeting.", meaning: "The server, or a filter before it, accepted the connection and hung up.", likely: &["a filter drops your address", "too many connections at a time", "the mail service is broken"], check: &["does it drop others too?", "is your address on a block list?"], postmaster: WRITE },
        Cause::SessionTimedOut => &Knowledge { happened: "The session with {host} fell silent.", meaning: "The server was reached and greeted, and then stopped answering: that is not \"no answer from host\" but a bad connection (4.4.2).", likely: &["large packets are lost on the way (MTU): small ones pass, TLS and messages do not", "a filter inspects the session and stalls", "the server is overloaded"], check: &["in which stage does it stall? In the TLS handshake or the message body, suspect the MTU", "ping with large packets that may not be split"], postmaster: WRITE },
        Cause::SessionDropped => &Knowledge { happened: "The session with {host} was dropped.", meaning: "The server was reached and spoke, and then the connection was closed or reset (4.4.2).", likely: &["a filter or security software cuts the session, at either end", "a limit of the server", "a crash of the server's software"], check: &["in which stage is it dropped, and does it happen to others?", "security software on the sending server"], postmaster: WRITE },
        Cause::TlsFailed => &Knowledge { happened: "TLS with {host} failed.", meaning: "The server was reached and speaks SMTP, but the encrypted session did not come about.", likely: &["the server's certificate or TLS versions do not fit the sender's policy", "something in between tampers with STARTTLS", "large packets are lost on the way (MTU)"], check: &["openssl s_client -starttls smtp -connect HOST:25", "is TLS required by your policy (MTA-STS, DANE), or wished only?"], postmaster: WRITE },
        Cause::NoSuchDomain => &Knowledge { happened: "DNS says that the domain of {host} does not exist.", meaning: "The name is not in DNS. Trying again does not help unless the name was missing by mistake.", likely: &["a typing error in the address", "the domain has expired", "the sender's resolver is wrong"], check: &["the spelling of the address", "the domain by another resolver"], postmaster: "There is no postmaster to write to: reach the recipient by another way." },
        Cause::NoMailHost => &Knowledge { happened: "No mail server was found for {host}.", meaning: "The domain has no MX and no address, or its exchange has no address.", likely: &["the domain is not set up for mail", "its DNS was changed or is broken", "the sender's resolver is wrong"], check: &["the domain's MX, A and AAAA records"], postmaster: WRITE },
        Cause::NullMx => &Knowledge { happened: "The domain of {host} says that it takes no mail.", meaning: "It publishes a null MX (RFC 7505) on purpose.", likely: &["the address is wrong: the domain never takes mail"], check: &["the address"], postmaster: "There is no postmaster to write to: the domain takes no mail." },
        Cause::DnsFailed => &Knowledge { happened: "The DNS lookup for {host} failed for now.", meaning: "No usable answer came from DNS: the sender's resolver, the domain's name servers, or the way between them failed.", likely: &["the sender's resolver is broken or overloaded", "the domain's name servers do not answer", "DNSSEC of the domain is broken"], check: &["the domain by two public resolvers", "the sending server's /etc/resolv.conf"], postmaster: WRITE_LATER },
        Cause::MailLoop => &Knowledge { happened: "Mail for {host} goes round in a circle.", meaning: "The message came back to a server that had seen it, or the MX points to the sender itself.", likely: &["the MX points to a server that is not set up for the domain", "two forwardings that point to each other"], check: &["the domain's MX, and which domains the server there accepts"], postmaster: WRITE },
        Cause::TooBusy => &Knowledge { happened: "{host} asked to come back later: too busy.", meaning: "The server was reached and spoke. It has too many connections, or is overloaded.", likely: &["the server is overloaded", "you open too many connections at a time"], check: &["how many connections your server opens to it at a time"], postmaster: "Only if it lasts for days." },
        Cause::Greylisted => &Knowledge { happened: "{host} asked to come back later, as it does with everyone new.", meaning: "Greylisting: the next try, some minutes later, is accepted.", likely: &["greylisting"], check: &["does your server try again from the same address?"], postmaster: "No need: wait for the next try." },
        Cause::RateLimited => &Knowledge { happened: "{host} slows you down.", meaning: "The server was reached and spoke: it takes less mail from you for now.", likely: &["too much mail in a short time", "a poor reputation of your address"], check: &["how much you send to it", "your address's reputation"], postmaster: "If it lasts: by the operator's form for senders." },
        Cause::DeferredByQueue => &Knowledge { happened: "The sending server did not try {host} this time.", meaning: "It remembers an earlier failure and waits. The cause stands in an earlier line of the log.", likely: &["an earlier failure: look for it"], check: &["the first failure for this host in the log"], postmaster: DO_NOT_WRITE },
        Cause::Expired => &Knowledge { happened: "The message was given up after waiting in the queue.", meaning: "The text does not say why each try failed.", likely: &["the recipient's server could not be reached for days"], check: &["earlier notices and the sending server's log say the cause"], postmaster: WRITE_LATER },
        Cause::SenderLocal => &Knowledge { happened: "The sending server could not even begin to connect to {host}.", meaning: "The trouble is on the sending host itself: an address it does not have, a rule, or resources.", likely: &["no IPv6 or a wrong bind address", "a local firewall or security software", "no resources left"], check: &["the mail software's bind address", "local firewall rules on port 25"], postmaster: DO_NOT_WRITE },
        Cause::RefusedAtGreeting => &Knowledge { happened: "{host} refused in its greeting.", meaning: "The server was reached and said no at once: a refusal, not silence.", likely: &["your address is on a block list or lacks reverse DNS", "the host takes no mail"], check: &["the words of the refusal: they name the list or the rule"], postmaster: WRITE },
        Cause::Mailbox => &Knowledge { happened: "{host} does not take mail for this mailbox.", meaning: "A rejection: the server was reached and said no. This is not a connectivity problem.", likely: &["the address is wrong, full or closed"], check: &["the address"], postmaster: "Reach the recipient by another way." },
        Cause::Policy => &Knowledge { happened: "{host} refused by policy.", meaning: "A rejection: the server was reached and said no. This is not a connectivity problem.", likely: &["a block list, a missing reverse DNS, or a rule of the recipient"], check: &["the words of the refusal: they often name a page"], postmaster: "By the way that the refusal names." },
        Cause::Authentication => &Knowledge { happened: "{host} refused for want of authentication.", meaning: "A rejection: SPF, DKIM, DMARC or a login did not pass.", likely: &["SPF, DKIM or DMARC of your domain"], check: &["your domain's SPF, DKIM and DMARC records"], postmaster: DO_NOT_WRITE },
        Cause::Content => &Knowledge { happened: "{host} refused the content.", meaning: "A rejection: the message was taken for spam or a virus.", likely: &["links, attachments or wording of the message"], check: &["the message itself"], postmaster: "If it is a mistake: by the operator's form." },
        Cause::Size => &Knowledge { happened: "{host} refused the size.", meaning: "A rejection: the message is too large, or the mailbox has no room for it.", likely: &["a large attachment"], check: &["the size limit in the refusal"], postmaster: "No need: send less." },
        Cause::Relaying => &Knowledge { happened: "{host} does not relay.", meaning: "A rejection: the server does not take mail for this domain, or not from you.", likely: &["the MX points to the wrong server", "a missing login"], check: &["the domain's MX, and your server's relay settings"], postmaster: WRITE },
        Cause::Syntax => &Knowledge { happened: "{host} reported a protocol error.", meaning: "A rejection: something that was said is not understood.", likely: &["a malformed address or command, or something in between that changes it"], check: &["the words of the error"], postmaster: WRITE },
        Cause::RejectedOther => &Knowledge { happened: "{host} refused the message.", meaning: "A rejection: the server was reached and said no.", likely: &["the words beside the code say why"], check: &["the words of the refusal"], postmaster: WRITE },
        Cause::Unknown => &Knowledge { happened: "No failure could be read for {host}.", meaning: "The text says nothing that is known here.", likely: &[], check: &["paste the whole line or the whole bounce"], postmaster: DO_NOT_WRITE },
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn a_postfix_line_is_explained() {
        let text = "2026-11-24T09:00:00Z mx postfix/smtp[1]: A1: to=<a@example.org>, relay=none, dsn=4.4.1, status=deferred (connect to mx.example.org[192.0.2.1]:25: Connection timed out)";
        let explanation = explain(&read(text)[0]);
        assert_eq!(
            explanation.headline,
            "The sending server tried to connect to mx.example.org (192.0.2.1) and met silence."
        );
        assert!(explanation.temporary);
        assert_eq!(explanation.deadline.unwrap().to_string(), "2026-11-29T09:00:00Z");
    }

    #[test]
    fn every_cause_is_explained() {
        for cause in Cause::ALL {
            let known = knowledge(*cause);
            assert!(
                !known.happened.is_empty() && !known.meaning.is_empty() && !known.check.is_empty(),
                "{cause:?}"
            );
        }
    }

    #[test]
    fn a_headline_names_the_host_wherever_it_stands() {
        let headline = |text: &str| explain(&read(text)[0]).headline;
        assert_eq!(
            headline(
                "host mx.example.org[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command)"
            ),
            "mx.example.org (192.0.2.1) does not take mail for this mailbox."
        );
        let symptom = read("connect to mx.example.org[192.0.2.1]:25: Connection timed out").remove(0);
        for cause in Cause::ALL {
            for remote_host in [None, Some("mx.example.org".to_owned())] {
                let known = Symptom {
                    cause: *cause,
                    remote_host,
                    remote_address: None,
                    recipient_domain: None,
                    ..symptom.clone()
                };
                let headline = explain(&known).headline;
                assert!(!headline.contains(['{', '}']), "{headline}");
                let begins = headline.starts_with("mx.") || headline.starts_with(char::is_uppercase);
                assert!(begins, "{headline}");
            }
        }
    }
}
