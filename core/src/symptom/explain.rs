//! A symptom in plain English: what happened, who wrote it, whether it is tried again, what it may be, what to look at.

use super::by_code::{DO_NOT_WRITE, by_code};
use super::cause::{Cause, SymptomFamily};
use super::finality::finality;
use super::model::{Finality, Symptom, WrittenBy};
use super::retry::{self, CountsFrom, RetryPolicy};
use super::table::Row;
use crate::address::Family;
use crate::timestamp::Timestamp;
use serde::Serialize;
use std::net::IpAddr;
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
    /// Whether it is tried again, as far as the text, its code and its cause tell: not where it was given up.
    pub temporary: bool,
    /// Whether the message is still tried or was given up, where that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finality: Option<Finality>,
    /// What becomes of the message, and what that asks of the sender.
    pub again: String,
    /// How the software that wrote it retries, where it is known and the message is not given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// When it gives up, where that can be computed. Never where it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// Whether the deadline is the text's own word, or counted from the time in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_words: Option<String>,
    /// What the rest of the log says beside it: what became of the same messages, and who else took mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
    /// What it may be, likeliest first for this text.
    pub likely: Vec<&'static str>,
    /// What to look at.
    pub check: Vec<&'static str>,
    /// Whether and when to write to the recipient's postmaster.
    pub postmaster: &'static str,
}

/// Explains `symptom`.
pub fn explain(symptom: &Symptom) -> Explanation {
    let finality = finality(symptom);
    let given_up = finality == Some(Finality::Failed);
    let policy = symptom.mta.as_deref().and_then(retry::policy_of).copied().filter(|_| !given_up);
    let (deadline, deadline_words) = if given_up { (None, None) } else { deadline(symptom, policy.as_ref()) };
    let knowledge = knowledge(symptom.cause);
    let own = Own::of(symptom);
    let waits = symptom.cause == Cause::Expired && finality == Some(Finality::Delayed);
    let happened = if waits { WAITS } else { knowledge.happened };
    Explanation {
        headline: headline(symptom, own.happened.unwrap_or(happened)),
        meaning: own.meaning.unwrap_or(knowledge.meaning),
        who_wrote: who_wrote(symptom),
        temporary: !given_up,
        finality,
        again: again(symptom, finality, policy.as_ref()),
        retry: policy,
        deadline,
        deadline_words,
        beside: None,
        likely: own.likely.map_or_else(|| likely(symptom, knowledge), <[_]>::to_vec),
        check: own.check.unwrap_or(knowledge.check).to_vec(),
        postmaster: own.postmaster.unwrap_or(knowledge.postmaster),
    }
}

/// Explains `symptom` at `now`: a deadline that has passed is none.
pub fn explain_at(symptom: &Symptom, now: Timestamp) -> Explanation {
    let explanation = explain(symptom);
    match explanation.deadline {
        Some(deadline) if deadline <= now => {
            let deadline_words = explanation.retry.map(|policy| policy.words());
            Explanation { deadline: None, deadline_words, ..explanation }
        }
        _ => explanation,
    }
}

/// Explains a row of a log's table: what its failures say, and what the log says beside them.
pub fn explain_row(row: &Row, now: Timestamp) -> Explanation {
    let mut explanation = explain_at(&row.symptom, now);
    let counted = explanation.retry.filter(|policy| policy.counts_from == CountsFrom::Arrival);
    let stated = row.symptom.retry_until.is_some() && row.until == row.symptom.retry_until;
    explanation.deadline = row.until;
    explanation.deadline_words = match row.until {
        None => explanation.retry.map(|policy| policy.words()),
        Some(_) if stated => explanation.deadline_words,
        Some(_) => counted.map(|policy| {
            format!("{}; counted for the message that ends next, by the clock of the log", policy.words())
        }),
    };
    if row.is_settled() {
        explanation.again = match row.messages {
            1 => "No need: the same message was delivered later, as this log shows.".to_owned(),
            messages => format!("No need: all {messages} messages were delivered later, as this log shows."),
        };
        (explanation.deadline, explanation.deadline_words) = (None, None);
    }
    if row.is_no_block() && row.cause.family() == SymptomFamily::NoAnswer {
        explanation.likely.retain(|one| !one.contains(BLOCKED));
        explanation.check.retain(|one| !one.contains(ASK_OTHERS));
    }
    explanation.beside = beside(row);
    explanation
}

/// What the log says beside a row, in sentences.
fn beside(row: &Row) -> Option<String> {
    let several =
        |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let mut said = Vec::new();
    if row.settled > 0 && !row.is_settled() {
        let of = several(row.messages, "message", "messages");
        said.push(format!("Of {of}, {} delivered later.", several(row.settled, "was", "were")));
    }
    if row.delivered > 0 && !row.is_settled() {
        said.push(format!("The destination took {} since.", several(row.delivered, "other mail", "mails")));
    }
    if row.is_no_block() && row.cause.family() == SymptomFamily::NoAnswer {
        said.push(format!(
            "{} other hosts took mail on port 25 in the same hours: port 25 is not blocked on the sender's side.",
            row.others
        ));
    }
    (!said.is_empty()).then(|| said.join(" "))
}

/// Words of what explains a failure by a block on the sender's side.
const BLOCKED: &str = "port 25 is blocked on the sender's side";

/// Words of the question that other deliveries of a log answer.
const ASK_OTHERS: &str = "port 25 of large exchanges";

/// What is known of a cause.
struct Knowledge {
    happened: &'static str,
    meaning: &'static str,
    likely: &'static [&'static str],
    check: &'static [&'static str],
    postmaster: &'static str,
}

/// What the place of the failure says better than its cause does.
#[derive(Default)]
struct Own {
    happened: Option<&'static str>,
    meaning: Option<&'static str>,
    likely: Option<&'static [&'static str]>,
    check: Option<&'static [&'static str]>,
    postmaster: Option<&'static str>,
}

impl Own {
    fn of(symptom: &Symptom) -> Self {
        let ipv6 = symptom.remote_address.is_some_and(|address| Family::of(address) == Family::Ipv6);
        if let Some(said) = by_code(symptom) {
            return Self {
                happened: Some(said.happened),
                meaning: Some(said.meaning),
                likely: Some(said.likely),
                check: Some(said.check),
                postmaster: said.postmaster,
            };
        }
        if matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns) && is_relay(symptom) {
            return Self {
                likely: Some(RELAY_LIKELY),
                check: Some(RELAY_CHECK),
                postmaster: Some(
                    "Ask whoever runs that relay: the recipient's postmaster knows nothing of it.",
                ),
                ..Self::default()
            };
        }
        if symptom.mta.as_deref() == Some(MAIL_SHIELD) {
            return Self {
                meaning: Some(
                    "A mail scanner on the sender's own machine, as a rule antivirus software, took the connection in the server's place, could not reach the server itself, and said so as if it were the server's greeting.",
                ),
                likely: Some(SHIELD_LIKELY),
                check: Some(SHIELD_CHECK),
                ..Self::default()
            };
        }
        if symptom.cause == Cause::Mailbox && is_full(symptom) {
            return Self { likely: Some(FULL_LIKELY), check: Some(FULL_CHECK), ..Self::default() };
        }
        if symptom.cause == Cause::Mailbox && is_address(symptom) {
            return Self { likely: Some(ADDRESS_LIKELY), ..Self::default() };
        }
        if symptom.cause == Cause::SenderLocal && ipv6 {
            return Self {
                // Linux gives EACCES for ICMPv6 type 1 code 1, whoever sent it (RFC 4443 s3.1).
                meaning: Some(
                    "The connection was not permitted or not possible. Over IPv6, Linux says \"Permission denied\" of a rule on the own host and also where a router, or the host itself, answered \"administratively prohibited\".",
                ),
                ..Self::default()
            };
        }
        Self::default()
    }
}

/// Ports of mail submission (RFC 6409, RFC 8314; 2525 by custom): a server that relays to them was told to.
const SUBMISSION: [u16; 3] = [465, 587, 2525];

impl Symptom {
    /// The port of mail submission that was tried, where it was one: then what was tried is a relay.
    pub fn submission_port(&self) -> Option<u16> {
        self.port.filter(|port| SUBMISSION.contains(port))
    }
}

/// Whether what failed is the sender's own relay (smarthost) or a hop within its own house, not the recipient's server.
fn is_relay(symptom: &Symptom) -> bool {
    let inside = |address| match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    // A name without a dot is one of the own network: `localhost`, a container's.
    let near = |host: &str| !host.contains('.');
    symptom.submission_port().is_some()
        || symptom.remote_address.is_some_and(inside)
        || symptom.remote_host.as_deref().is_some_and(near)
}

/// Whether the codes say that the mailbox is full: X.2.2 (RFC 3463 s3.3), or 552 without a code beside it (RFC 5321 s4.2.3).
fn is_full(symptom: &Symptom) -> bool {
    match (symptom.enhanced_status, symptom.reply_code) {
        (Some(status), _) => (status.subject, status.detail) == (2, 2),
        (None, code) => code.is_some_and(|code| code.0 == 552),
    }
}

/// Whether the code says that the address is at fault: X.1.y (RFC 3463 s3.2).
fn is_address(symptom: &Symptom) -> bool {
    symptom.enhanced_status.is_some_and(|status| status.subject == 1)
}

const ADDRESS_LIKELY: &[&str] = &["the address is wrong, or no longer in use"];
const FULL_LIKELY: &[&str] = &["the mailbox is full: its owner can make room"];
const FULL_CHECK: &[&str] = &["the words of the refusal"];

/// What [`mta`](super::mta) calls the mail scanners that stand between a machine's programs and its network.
const MAIL_SHIELD: &str = "mail_shield";
const SHIELD_LIKELY: &[&str] = &[
    "the mail scanner, or the network behind it, cannot reach that server and port",
    "the name or the port of the server in the program's settings is wrong",
];
const SHIELD_CHECK: &[&str] = &[
    "switch the scanner's mail shield off for a moment and try again: what is said then is the network's own",
    "from the same machine, beside it: do other servers answer on that port?",
];

const RELAY_LIKELY: &[&str] = &[
    "the name, port or kind of encryption of the relay in your settings is wrong",
    "the relay is down, or not started",
    "a firewall or your provider blocks that port",
];
const RELAY_CHECK: &[&str] = &[
    "the relay's settings in your mail software: this is not the recipient's server",
    "from the same machine: does the relay answer on that port?",
];

/// When it gives up: the text's own word, or counted from when the message was taken.
fn deadline(symptom: &Symptom, policy: Option<&RetryPolicy>) -> (Option<Timestamp>, Option<String>) {
    if let Some(until) = symptom.retry_until {
        return (Some(until), Some("the text itself says until when it is tried again".to_owned()));
    }
    let Some(policy) = policy else { return (None, None) };
    let left = symptom
        .queued_s
        .filter(|_| policy.counts_from == CountsFrom::Arrival)
        .map(|age| Duration::from_secs(policy.gives_up_after_s.saturating_sub(age)));
    let until = symptom.at.zip(left).map(|(at, left)| at.after(left));
    let words = policy.words();
    let counted = "counted from the time in the text, which is read as UTC where it names no zone";
    (until, Some(if until.is_some() { format!("{words}, {counted}") } else { words }))
}

/// What becomes of the message, and what that asks of the sender.
fn again(symptom: &Symptom, finality: Option<Finality>, policy: Option<&RetryPolicy>) -> String {
    let tries = policy
        .map_or_else(String::new, |policy| format!(" {}", policy.tries(&format!("{} tries", policy.name))));
    match finality {
        Some(Finality::Failed) => {
            format!("No: this message was given up or refused for good. {}", send_again(symptom))
        }
        Some(Finality::Delayed) => format!(
            "Yes: it waits in the queue of the sending server. Do not send it again, or it may arrive twice.{tries}"
        ),
        None => format!(
            "The text does not say. In a log or a delay notice it is tried again; a failure report is the end of it.{tries}"
        ),
    }
}

/// What a notice of a delay says that gives no cause but the wait.
const WAITS: &str = "The message still waits in the sending server's queue.";

/// When to send again what was given up.
fn send_again(symptom: &Symptom) -> &'static str {
    match (symptom.family, symptom.cause) {
        (_, Cause::NullMx) => "Sending again does not help: ask for another address.",
        (_, Cause::NoSuchDomain) => "Send it again once the name is in DNS, or to the right name.",
        (_, Cause::Mailbox) if is_full(symptom) => "Send it again once the mailbox has room.",
        (_, Cause::Mailbox) => {
            "Correct the address, or ask the recipient by another way, before you send again."
        }
        (_, Cause::MailLoop) => "Send it again once the loop is broken.",
        (SymptomFamily::Dns, _) => "Send it again once the domain's DNS is mended.",
        (_, Cause::TlsFailed) => "Send it again once TLS between the two servers works.",
        (_, Cause::SessionTimedOut | Cause::SessionDropped) => {
            "Send it again once a whole session with the host works."
        }
        (SymptomFamily::NoAnswer, _) => {
            "Send it again once the host answers: noanswer check DOMAIN tells whether it does."
        }
        (SymptomFamily::Busy, _) => "Send it again later: nothing need be changed.",
        (SymptomFamily::Sender, _) => "Send it again once the sending server is mended.",
        (SymptomFamily::Rejected, _) => "Change what the refusal names, then send again.",
        (SymptomFamily::Expired | SymptomFamily::Unknown, _) => "Send it again once the cause is gone.",
    }
}

fn headline(symptom: &Symptom, happened: &str) -> String {
    // A recipient's domain is not the name of the address that was tried.
    let whom = match (symptom.remote_host.as_deref(), symptom.remote_address) {
        (Some(host), Some(address)) => format!("{host} ({address})"),
        (Some(host), None) => host.to_owned(),
        (None, Some(address)) => address.to_string(),
        (None, None) => match symptom.recipient_domain.as_deref() {
            Some(domain) => domain.to_owned(),
            None if happened.starts_with("{host}") => "The recipient's server".to_owned(),
            None => "the recipient's server".to_owned(),
        },
    };
    let mut headline = happened.replace("{host}", &whom);
    if symptom.expired && symptom.cause != Cause::Expired {
        headline.push_str(" The message was given up.");
    }
    headline
}

fn who_wrote(symptom: &Symptom) -> &'static str {
    // Hops are counted by whoever takes the message (RFC 5321 s6.3).
    if symptom.cause == Cause::MailLoop && symptom.enhanced_status.is_some() {
        return "The server that got the message once too often wrote this.";
    }
    match symptom.written_by {
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
    let first = (ipv6 && unreached).then_some(
        "the sending server has no working IPv6: hosts with both families are then reached by IPv4",
    );
    first.into_iter().chain(knowledge.likely.iter().copied()).collect()
}

const CHECK_SILENCE: &[&str] = &[
    "from the sending server: does port 25 of large exchanges of several operators answer? If none does, it is your side",
    "from another network: does this host answer there? If it does, and other exchanges answer you, something between you and it drops you",
    "the domain's MX: do the names and addresses still fit?",
];
const WRITE_LATER: &str = "Write to the recipient's postmaster, by another way, once you know that other hosts answer you and this one does not.";
const WRITE: &str = "The recipient's postmaster can tell: write by another way, and send the evidence along.";

#[rustfmt::skip]
fn knowledge(cause: Cause) -> &'static Knowledge {
    match cause {
        Cause::ConnectTimedOut => &Knowledge { happened: "The sending server tried to connect to {host} and met silence.", meaning: "No answer came to the attempt to connect: neither yes nor no. Something dropped the packets, or nobody is there. Software writes it as 4.4.1, as it does a refusal or a missing route.", likely: &["outbound port 25 is blocked on the sender's side: most large clouds and some access providers do so by default", "the recipient's server is down, or its firewall drops everybody", "something on the way, or the recipient's side, drops your address alone", "a broken route between the two"], check: CHECK_SILENCE, postmaster: WRITE_LATER },
        Cause::ConnectRefused => &Knowledge { happened: "The connection to {host} was refused.", meaning: "A clear no came back: nobody listens on that port, or a firewall, at either end or between, says so in its place.", likely: &["the mail service there is not running", "the MX points to the wrong host", "a firewall near you rejects port 25"], check: &["from the sending server: do other exchanges answer on port 25?", "who sent the refusal: the host itself, or something on the way?", "the domain's MX"], postmaster: WRITE },
        Cause::HostUnreachable => &Knowledge { happened: "There was no way to {host}.", meaning: "A router, the sender's own system, or a firewall said that the host cannot be reached, or that it is prohibited.", likely: &["the host is down: the last router before it found nobody", "a firewall rejects the connection and says it like this", "a broken route"], check: CHECK_SILENCE, postmaster: WRITE_LATER },
        Cause::NetworkUnreachable => &Knowledge { happened: "There was no route to the network of {host}.", meaning: "The sending system, or a router near it, knows no way to that network.", likely: &["the sending server's network is down or misconfigured", "a broken route"], check: &["does the sending server have a default route, for IPv4 and for IPv6?", "do other hosts answer it?"], postmaster: DO_NOT_WRITE },
        Cause::ConnectFailed => &Knowledge { happened: "No connection to {host} came about.", meaning: "The text does not say why: silence, a refusal, or no route.", likely: &["outbound port 25 is blocked on the sender's side", "the recipient's server is down or refuses", "something on the way, or the recipient's side, drops your address alone"], check: CHECK_SILENCE, postmaster: WRITE_LATER },
        Cause::GreetingTimedOut => &Knowledge { happened: "The connection to {host} came about, but no greeting came.", meaning: "Somebody accepted the connection and stayed silent. A sender should wait at least five minutes for the greeting (RFC 5321 s4.5.3.2.1); some software waits one.", likely: &["the server is overloaded or its backend is dead", "it greets late on purpose, and the sender hung up too early", "something in between accepts connections for everybody"], check: &["wait longer: (sleep 60; printf 'QUIT\\r\\n') | nc -w 90 HOST 25", "do other exchanges greet the sending server?"], postmaster: WRITE },
        Cause::DroppedAtGreeting => &Knowledge { happened: "{host} closed the connection before greeting.", meaning: "The server, or a filter before it, accepted the connection and hung up.", likely: &["a filter drops your address", "too many connections at a time", "the mail service is broken"], check: &["does it drop others too?", "is your address on a block list?"], postmaster: WRITE },
        Cause::SessionTimedOut => &Knowledge { happened: "The session with {host} fell silent.", meaning: "The server was reached and greeted, and then stopped answering: that is not \"no answer from host\" but a bad connection (4.4.2).", likely: &["large packets are lost on the way (MTU): small ones pass, TLS and messages do not", "a filter inspects the session and stalls", "the server is overloaded"], check: &["in which stage does it stall? In the TLS handshake or the message body, suspect the MTU", "ping with packets of 1400 bytes that may not be split, beside small ones (Linux, IPv4: ping -M do -s 1372 HOST; IPv6: -s 1352)"], postmaster: WRITE },
        Cause::SessionDropped => &Knowledge { happened: "The session with {host} was dropped.", meaning: "The server was reached and spoke, and then the connection was closed or reset (4.4.2).", likely: &["a filter or security software cuts the session, at either end", "a limit of the server", "a crash of the server's software"], check: &["in which stage is it dropped, and does it happen to others?", "security software on the sending server"], postmaster: WRITE },
        Cause::TlsFailed => &Knowledge { happened: "TLS with {host} failed.", meaning: "The server was reached and speaks SMTP, but the encrypted session did not come about.", likely: &["TLS from the first byte where the port wants STARTTLS, or the reverse (465 begins with TLS; 25 and 587 begin in clear text)", "the server's certificate or TLS versions do not fit the sender's policy", "something in between tampers with STARTTLS", "large packets are lost on the way (MTU)"], check: &["openssl s_client -starttls smtp -connect HOST:25 (for port 465 without -starttls smtp; an IPv6 address in brackets)", "is TLS required by your policy (MTA-STS, DANE), or wished only?"], postmaster: WRITE },
        Cause::NoSuchDomain => &Knowledge { happened: "DNS says that {host} does not exist.", meaning: "The name is not in DNS. Trying again does not help unless the name was missing by mistake.", likely: &["a typing error in the address, or in a host's name in the sender's own settings", "the domain has expired", "the sender's resolver is wrong"], check: &["the spelling of the address", "the domain by another resolver"], postmaster: "If it is the recipient's domain, there is no postmaster to write to: reach the recipient by another way." },
        Cause::NoMailHost => &Knowledge { happened: "No mail server was found for {host}.", meaning: "The domain has no MX and no address, or its exchange has no address.", likely: &["the domain is not set up for mail", "its DNS was changed or is broken", "the sender's resolver is wrong"], check: &["the domain's MX, A and AAAA records"], postmaster: WRITE },
        Cause::NullMx => &Knowledge { happened: "The domain of {host} says that it takes no mail.", meaning: "It publishes a null MX (RFC 7505) on purpose.", likely: &["the address is wrong: the domain never takes mail"], check: &["the address"], postmaster: "There is no postmaster to write to: the domain takes no mail." },
        Cause::DnsFailed => &Knowledge { happened: "The DNS lookup for {host} failed for now.", meaning: "No usable answer came from DNS: the sender's resolver, the domain's name servers, or the way between them failed.", likely: &["the sender's resolver is broken or overloaded", "the domain's name servers do not answer", "DNSSEC of the domain is broken"], check: &["the domain by two public resolvers", "the sending server's /etc/resolv.conf"], postmaster: WRITE_LATER },
        Cause::MailLoop => &Knowledge { happened: "Mail for {host} goes round in a circle.", meaning: "The message came back to a server that had seen it, or the MX points to the sender itself.", likely: &["the MX points to a server that is not set up for the domain", "two forwardings that point to each other"], check: &["the domain's MX, and which domains the server there accepts"], postmaster: WRITE },
        Cause::TooBusy => &Knowledge { happened: "{host} asked to come back later: too busy.", meaning: "The server was reached and spoke. It has too many connections, or is overloaded.", likely: &["the server is overloaded", "you open too many connections at a time"], check: &["how many connections your server opens to it at a time"], postmaster: "Only if it lasts for days." },
        Cause::Greylisted => &Knowledge { happened: "{host} asked to come back later, as it does with everyone new.", meaning: "Greylisting: a later try from the same address is usually accepted (RFC 6647).", likely: &["greylisting"], check: &["does your server try again from the same address?"], postmaster: "No need: wait for the next try." },
        Cause::RateLimited => &Knowledge { happened: "{host} slows you down.", meaning: "The server was reached and spoke: it takes less mail from you for now.", likely: &["too much mail in a short time", "a poor reputation of your address"], check: &["how much you send to it", "your address's reputation"], postmaster: "If it lasts: by the operator's form for senders." },
        Cause::DeferredByQueue => &Knowledge { happened: "The sending server did not try {host} this time.", meaning: "It remembers an earlier failure and does not try again before a time of its own. The cause stands in an earlier line of the log.", likely: &["an earlier failure: look for it"], check: &["the first failure for this host in the log"], postmaster: DO_NOT_WRITE },
        Cause::Expired => &Knowledge { happened: "The message was given up after waiting in the queue.", meaning: "The text does not say why each try failed.", likely: &["the recipient's server could not be reached for as long as the sending server tries"], check: &["earlier notices and the sending server's log say the cause"], postmaster: WRITE_LATER },
        Cause::SenderLocal => &Knowledge { happened: "The sending server could not begin to connect to {host}.", meaning: "The sending system could not, or was not allowed to, begin: an address it does not have, a rule, or resources.", likely: &["no IPv6 or a wrong bind address", "a local firewall or security software", "no resources left"], check: &["the mail software's bind address", "local firewall rules on port 25"], postmaster: DO_NOT_WRITE },
        Cause::RefusedAtGreeting => &Knowledge { happened: "{host} refused in its greeting.", meaning: "The server was reached and said no at once: a refusal, not silence.", likely: &["your address is on a block list or lacks reverse DNS", "the host takes no mail"], check: &["the words of the refusal: they name the list or the rule"], postmaster: WRITE },
        Cause::Mailbox => &Knowledge { happened: "{host} does not take mail for this mailbox.", meaning: "A rejection: a server was reached and said no. This is not a connectivity problem.", likely: &["the address is wrong, or the mailbox is full or closed"], check: &["the spelling of the address", "the words of the refusal"], postmaster: "Reach the recipient by another way." },
        Cause::Policy => &Knowledge { happened: "{host} refused by policy.", meaning: "A rejection: the server was reached and said no. This is not a connectivity problem.", likely: &["a block list, a missing reverse DNS, or a rule of the recipient"], check: &["the words of the refusal: they often name a page"], postmaster: "By the way that the refusal names." },
        Cause::Authentication => &Knowledge { happened: "{host} refused for want of authentication.", meaning: "A rejection: SPF, DKIM, DMARC or a login did not pass.", likely: &["SPF, DKIM or DMARC of your domain"], check: &["your domain's SPF, DKIM and DMARC records"], postmaster: DO_NOT_WRITE },
        Cause::Content => &Knowledge { happened: "{host} refused the content.", meaning: "A rejection: the message was taken for spam or a virus.", likely: &["links, attachments or wording of the message, or the reputation of what it names"], check: &["the message itself"], postmaster: "If it is a mistake: by the operator's form." },
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
        let text = "2026-11-24T09:00:00Z mx postfix/smtp[1]: A1: to=<a@example.org>, relay=none, delay=86400, dsn=4.4.1, status=deferred (connect to mx.example.org[192.0.2.1]:25: Connection timed out)";
        let explanation = explain(&read(text)[0]);
        assert_eq!(
            explanation.headline,
            "The sending server tried to connect to mx.example.org (192.0.2.1) and met silence."
        );
        assert!(explanation.temporary);
        // It had been in the queue for a day: four of Postfix's five are left.
        assert_eq!(explanation.deadline.unwrap().to_string(), "2026-11-28T09:00:00Z");
        assert!(explanation.again.starts_with("Yes: it waits"), "{}", explanation.again);
    }

    #[test]
    fn what_was_given_up_has_no_deadline_and_is_to_be_sent_again() {
        let bounce = "From: MAILER-DAEMON@mx.example.net\nSubject: Undelivered Mail Returned to Sender\n\n\
            Reporting-MTA: dns; mx.example.net\nX-Postfix-Queue-ID: A1\nArrival-Date: Tue, 24 Nov 2026 09:00:00 +0000\n\n\
            Final-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 4.4.1\n\
            Diagnostic-Code: X-Postfix; connect to mx.example.org[192.0.2.1]:25: Connection timed out\n";
        let explanation = explain(&read(bounce)[0]);
        assert!(!explanation.temporary && explanation.retry.is_none(), "{explanation:?}");
        assert_eq!((explanation.deadline, explanation.deadline_words), (None, None));
        assert!(explanation.again.contains("Send it again once the host answers"), "{}", explanation.again);
    }

    /// What was reached need not answer, and a full mailbox has a right address.
    #[test]
    fn what_to_wait_for_fits_what_failed() {
        let again = |text: &str| explain(&read(text)[0]).again;
        let tls = again(
            "550 5.4.317 Message expired, cannot connect to remote server(451 5.7.3 STARTTLS is required to send mail)",
        );
        assert!(tls.contains("once TLS between the two servers works"), "{tls}");
        let full = explain(&read("552 5.2.2 mailbox full")[0]);
        assert!(full.again.contains("has room") && !full.likely.concat().contains("wrong"), "{full:?}");
        assert!(again("550 5.1.1 User unknown").contains("Correct the address"));
        assert_eq!(explain(&read("550 5.1.1 User unknown")[0]).likely, ADDRESS_LIKELY);
        assert!(again("554 5.4.6 hop count exceeded").contains("once the loop is broken"));
        let said = again(
            "host mx.example.org[192.0.2.1] said: 421 4.7.0 [TSS04] Messages from 192.0.2.9 temporarily deferred",
        );
        assert!(said.contains("in the queue of the sending server"), "{said}");
    }

    #[test]
    fn a_scanner_on_the_senders_machine_is_not_the_server() {
        let text = "Invalid greeting: 421 Cannot connect to SMTP server 192.0.2.7 (192.0.2.7:25), connect error 10060";
        assert!(explain(&read(text)[0]).meaning.contains("in the server's place"));
    }

    #[test]
    fn exims_time_is_not_counted_from_the_line() {
        let line = "2026-11-24 09:00:00 1tFabc-0004gI-6W == a@example.org R=dnslookup T=remote_smtp defer (110): Connection timed out H=mx.example.org [192.0.2.1]";
        let explanation = explain(&read(line)[0]);
        assert_eq!(explanation.deadline, None);
        assert!(explanation.deadline_words.unwrap().contains("after this host first failed"));
    }

    #[test]
    fn a_relay_of_ones_own_is_not_the_recipients_server() {
        let explanation =
            explain(&read("connect to smtp.relay.example[192.0.2.1]:587: Connection timed out")[0]);
        assert!(explanation.check[0].contains("not the recipient's server"), "{explanation:?}");
        assert!(!explanation.postmaster.contains("Write to the recipient's postmaster"));
        let mx = explain(&read("connect to mx.example.org[192.0.2.1]:25: Connection timed out")[0]);
        assert!(mx.check[0].contains("port 25"), "{mx:?}");
    }

    #[test]
    fn the_name_that_failed_is_the_one_that_was_looked_up() {
        let text = "to=<u@example.org>, relay=none, delay=1, dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for name=localhost type=AAAA: Host not found)";
        let explanation = explain(&read(text)[0]);
        assert_eq!(explanation.headline, "DNS says that localhost does not exist.");
        assert!(explanation.postmaster.contains("knows nothing of it"), "{}", explanation.postmaster);
    }

    #[test]
    fn a_deadline_that_has_passed_is_none() {
        let text = "2026-11-24T09:00:00Z mx postfix/smtp[1]: A1: to=<a@example.org>, relay=none, delay=86400, dsn=4.4.1, status=deferred (connect to mx.example.org[192.0.2.1]:25: Connection timed out)";
        let at = |now| explain_at(&read(text)[0], Timestamp::parse(now).unwrap()).deadline;
        assert!(at("2026-11-28T08:59:59Z").is_some());
        assert_eq!(at("2026-11-28T09:00:00Z"), None);
    }

    /// The table's commands are run in tests; what stands in a sentence must be one of them, to the letter.
    #[test]
    fn commands_in_sentences_are_those_of_the_table() {
        let said = |cause| knowledge(cause).check.join("\n");
        let told = |key, address: Option<&str>| {
            let address = address.map(|address| address.parse().unwrap());
            let command = crate::facts::command(key, address).unwrap().filled("", address);
            address.map_or(command.replace("ADDRESS", "HOST"), |of| command.replace(&of.to_string(), "HOST"))
        };
        assert!(said(Cause::GreetingTimedOut).contains(&told("greeting", None)));
        for (address, told_size) in [("192.0.2.7", "-s 1372 "), ("2001:db8::7", "-s 1352 ")] {
            assert!(told("mtu", Some(address)).contains(told_size));
            assert!(said(Cause::SessionTimedOut).contains(told_size.trim_end()));
        }
    }

    #[test]
    fn every_cause_is_explained() {
        for cause in Cause::ALL {
            let known = knowledge(*cause);
            assert!(
                !known.happened.is_empty() && known.meaning.ends_with(['.', ')']) && !known.check.is_empty(),
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
