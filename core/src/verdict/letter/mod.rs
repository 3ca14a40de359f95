//! The letters to those who must act, in four languages: to the recipient's postmaster, to the sender's provider.
//!
//! They are read by strangers. So they say what was seen, by whom and when, in words that need no knowledge of
//! noanswer, and nothing that was not seen.

mod texts;

use super::fault::{Fault, Party};
use super::types::{Message, NamedFault};
use crate::address::{AddressPolicy, Reachability};
use crate::evidence::{self, Attempt, Evidence, Expectation, Outcome, Role, Sight};
use crate::language::Language;
use crate::smtp::{self, Stage};
use crate::symptom::Symptom;
use crate::timestamp::Timestamp;
use std::net::IpAddr;
pub(crate) use texts::{Texts, texts};

/// So many things that were seen stand in a letter, the failures first: who asks for more gets the report.
const MOST: usize = 24;

/// So many of the failures that the sender's own software wrote of stand in a letter.
const OWN_WORDS: usize = 3;

/// What a letter tells of.
pub(crate) struct Told<'a> {
    /// The domain, as people write it.
    pub(crate) domain: &'a str,
    /// When it was looked at.
    pub(crate) at: Option<Timestamp>,
    /// What each vantage saw.
    pub(crate) evidence: &'a [Evidence],
    /// What the user's text says.
    pub(crate) symptoms: &'a [Symptom],
    /// The faults that stand.
    pub(crate) faults: &'a [NamedFault],
}

/// To the minute, in a form that no language writes otherwise: `2026-11-26 15:24 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => text,
    }
}

impl Told<'_> {
    fn has(&self, fault: Fault) -> bool {
        self.faults.iter().any(|named| named.fault == fault)
    }

    fn filled(&self, text: &str) -> String {
        let when = self.at.map_or_else(|| "…".to_owned(), moment);
        text.replace("{domain}", self.domain).replace("{when}", &when)
    }

    fn sender(&self) -> Option<&Evidence> {
        evidence::of_sender(self.evidence)
    }

    /// Whether mail for the domain gets through all the same: the sender was served, or the faults stop none.
    fn passes(&self) -> bool {
        let theirs = || self.faults.iter().filter(|named| named.party == Party::Them);
        let served = self.sender().is_some_and(|one| one.attempts.iter().any(Attempt::went_well));
        served || (theirs().next().is_some() && theirs().all(|named| named.fault.mail_passes()))
    }

    /// The sender's addresses as the Internet sees them: a private one tells nobody anything.
    fn addresses(&self) -> Vec<IpAddr> {
        let public =
            |address: &IpAddr| matches!(AddressPolicy::default().judge(*address), Reachability::Public);
        let own = self.sender().and_then(|one| one.host.as_ref());
        let own = own.into_iter().flat_map(|host| &host.source_addresses);
        let seen = self.sender().into_iter().flat_map(|one| &one.public_addresses);
        let mut all: Vec<IpAddr> = Vec::new();
        for address in seen.chain(own).copied().filter(public) {
            if !all.contains(&address) {
                all.push(address);
            }
        }
        all
    }

    fn own_addresses(&self, texts: &Texts) -> Option<String> {
        let all: Vec<String> = self.addresses().iter().map(IpAddr::to_string).collect();
        (!all.is_empty()).then(|| texts.addresses.replace("{list}", &all.join(", ")))
    }
}

/// The letter to the recipient's postmaster.
pub(crate) fn to_postmaster(told: &Told<'_>, language: Language) -> Message {
    let texts = texts(language);
    let seen = seen_of_them(told, texts);
    let opening = if told.has(Fault::SenderFiltered) { texts.postmaster_filter } else { texts.postmaster };
    let mut opening = told.filled(opening);
    if told.passes() {
        opening.push(' ');
        opening.push_str(texts.postmaster_passes);
    }
    let mut body = Body::of(texts, opening);
    body.paragraph(told.filled(texts.seen_at));
    body.lines(of_dns(told, texts));
    body.lines(seen.iter().map(Seen::line));
    if !seen.is_empty() {
        body.paragraph(texts.at_the_same_time.to_owned());
    }
    body.own_words(told.symptoms, texts);
    // Who was turned away by name or address is found in their log by it.
    if [Fault::SenderFiltered, Fault::Refusing, Fault::TooBusy].iter().any(|fault| told.has(*fault)) {
        body.paragraphs(told.own_addresses(texts));
    }
    let ask =
        if told.has(Fault::SenderFiltered) { texts.postmaster_ask_filter } else { texts.postmaster_ask };
    body.paragraph(ask.to_owned());
    if !seen.is_empty() {
        body.paragraph(texts.no_mail_sent.to_owned());
    }
    body.message("postmaster", told.filled(texts.postmaster_subject), texts)
}

/// The letter to the sender's provider.
pub(crate) fn to_provider(told: &Told<'_>, language: Language) -> Message {
    let texts = texts(language);
    let mtu = told.has(Fault::SenderPathMtu);
    let mut body = Body::of(texts, texts.provider.to_owned());
    body.paragraph(told.filled(texts.seen_at));
    if mtu {
        body.lines([texts.large_packets.to_owned()]);
    }
    body.lines(seen_by_sender(told, texts).iter().map(Seen::line));
    body.own_words(told.symptoms, texts);
    body.paragraphs(told.own_addresses(texts));
    let ask = if mtu { texts.provider_ask_mtu } else { texts.provider_ask };
    body.paragraph(ask.to_owned());
    if told.has(Fault::OutboundPort25Blocked)
        && let Some((cloud, _)) = told.sender().and_then(Evidence::cloud)
    {
        // What the cloud says of itself, and its form, are in English.
        body.paragraph(format!("As far as we know, {} (as of {}).", cloud.policy, cloud.as_of));
        let particulars = cloud.particulars(told.addresses().first().copied());
        body.paragraphs(particulars.map(|text| text.trim_end().to_owned()));
    }
    body.message("provider", texts.provider_subject.to_owned(), texts)
}

/// What the sender's own mail software wrote: codes, cause, host and time, never the text.
pub(crate) fn own_words(symptom: &Symptom, texts: &Texts) -> String {
    let codes = [
        symptom.reply_code.map(|code| code.to_string()),
        symptom.enhanced_status.map(|status| status.to_string()),
    ];
    let mut said: Vec<String> = codes.into_iter().flatten().collect();
    said.push(super::observe::text::spoken(symptom.cause));
    said.extend(symptom.remote_host.clone());
    said.extend(symptom.at.map(moment));
    texts.wrote.replace("{words}", &said.join(", "))
}

struct Body(String);

impl Body {
    fn of(texts: &Texts, opening: String) -> Self {
        Self(format!("{}\n\n{opening}\n", texts.hello))
    }

    fn paragraph(&mut self, text: String) {
        self.paragraphs([text]);
    }

    fn paragraphs(&mut self, all: impl IntoIterator<Item = String>) {
        for text in all {
            self.0.push('\n');
            self.0.push_str(&text);
            self.0.push('\n');
        }
    }

    fn lines(&mut self, all: impl IntoIterator<Item = String>) {
        for line in all {
            self.0.push_str("- ");
            self.0.push_str(&line);
            self.0.push('\n');
        }
    }

    fn own_words(&mut self, symptoms: &[Symptom], texts: &Texts) {
        self.paragraphs(symptoms.iter().take(OWN_WORDS).map(|one| own_words(one, texts)));
    }

    fn message(mut self, to: &str, subject: String, texts: &Texts) -> Message {
        self.paragraph(texts.thanks.to_owned());
        Message { to: to.to_owned(), subject, body: self.0 }
    }
}

/// One thing that was seen, and by whom.
struct Seen {
    what: String,
    failed: bool,
    waited_ms: Option<f64>,
    by: Vec<String>,
    waited: &'static str,
    seen_from: &'static str,
}

impl Seen {
    /// `mx.example.org [192.0.2.1], port 25: no answer to the connection (waited 10 s). Seen from: Frankfurt; our own server`
    fn line(&self) -> String {
        let mut line = self.what.clone();
        if let Some(ms) = self.waited_ms {
            let seconds = ((ms / 1000.0).round() as u64).max(1);
            line.push_str(&format!(" ({})", self.waited.replace("{s}", &seconds.to_string())));
        }
        if !self.by.is_empty() {
            line.push_str(&format!(". {}", self.seen_from.replace("{places}", &self.by.join("; "))));
        }
        line
    }
}

/// The same thing, seen from several places, is said once.
fn gathered<'a>(all: impl Iterator<Item = (&'a Attempt, Option<String>)>, texts: &Texts) -> Vec<Seen> {
    let mut seen: Vec<Seen> = Vec::new();
    for (attempt, by) in all {
        let Some(words) = words(attempt, texts) else { continue };
        let port = texts.port.replace("{n}", &attempt.port.to_string());
        let what = format!("{} [{}], {port}: {words}", attempt.exchange, attempt.address);
        let silence = attempt.outcome == Outcome::TimedOut;
        let place = seen.iter().position(|one| one.what == what).unwrap_or_else(|| {
            seen.push(Seen {
                what,
                failed: !matches!(attempt.outcome, Outcome::Completed | Outcome::Connected),
                waited_ms: None,
                by: Vec::new(),
                waited: texts.waited,
                seen_from: texts.seen_from,
            });
            seen.len() - 1
        });
        let one = &mut seen[place];
        if let Some(ms) = attempt.ended_ms.filter(|_| silence) {
            one.waited_ms = Some(one.waited_ms.map_or(ms, |before| before.max(ms)));
        }
        if let Some(by) = by.filter(|by| !one.by.contains(by)) {
            one.by.push(by);
        }
    }
    // Failures first, else as they were seen.
    let (mut seen, works): (Vec<Seen>, Vec<Seen>) = seen.into_iter().partition(|one| one.failed);
    seen.extend(works);
    seen.truncate(MOST);
    seen
}

/// What places that count saw of the domain's mail servers.
fn seen_of_them(told: &Told<'_>, texts: &Texts) -> Vec<Seen> {
    let counting = told.evidence.iter().filter(|one| one.failure.is_none());
    let attempts = counting.flat_map(|one| {
        let by = match one.role {
            Role::Sender => texts.our_server.to_owned(),
            Role::Region if one.place.is_empty() => one.vantage.clone(),
            Role::Region => one.place.clone(),
        };
        let counts = |tried: &&Attempt| {
            tried.port == smtp::PORT && matches!(one.sight_in(tried.family()), Sight::Clear | Sight::Partial)
        };
        one.attempts.iter().filter(counts).map(move |tried| (tried, Some(by.clone())))
    });
    gathered(attempts, texts)
}

/// What the sending server saw of hosts whose answer is known.
fn seen_by_sender(told: &Told<'_>, texts: &Texts) -> Vec<Seen> {
    let open = |expected| expected == Expectation::Open;
    let controls = told.sender().into_iter().flat_map(|one| &one.controls);
    let mut seen =
        gathered(controls.clone().filter(|one| open(one.expected)).map(|one| (&one.attempt, None)), texts);
    // An answer where nobody listens is the proof that something stands between.
    let answered = controls.filter(|one| !open(one.expected) && one.attempt.connected());
    for mut one in gathered(answered.map(|one| (&one.attempt, None)), texts) {
        one.what = format!("{} ({})", one.what, texts.nobody_listens);
        seen.push(one);
    }
    seen
}

/// What DNS lacks, where that is the fault: nothing was connected to.
fn of_dns(told: &Told<'_>, texts: &Texts) -> Vec<String> {
    let mut lines = Vec::new();
    for named in told.faults {
        let text = match named.fault {
            Fault::NoAddressForMx => texts.no_address,
            Fault::MxNotPublic => texts.not_public,
            Fault::DnsBroken => texts.dns_broken,
            _ => continue,
        };
        lines.push(told.filled(text));
        // What which resolver said, in the words of DNS.
        lines.extend(named.because.iter().cloned());
    }
    lines
}

/// What an attempt met, for whoever runs the host; nothing where it tells of the place that tried alone.
fn words(attempt: &Attempt, texts: &Texts) -> Option<String> {
    if let Some(words) = attempt.refusal() {
        return Some(texts.replied.replace("{words}", &words));
    }
    let staged = |before: &str| {
        let stage = match attempt.stage {
            Stage::Dns | Stage::Connect => texts.at_connect,
            Stage::Greeting => texts.at_greeting,
            Stage::Starttls => texts.at_starttls,
            _ => texts.at_ehlo,
        };
        format!("{before} ({stage})")
    };
    Some(match attempt.outcome {
        Outcome::Completed => texts.completed.to_owned(),
        Outcome::Connected => texts.connected.to_owned(),
        Outcome::TimedOut => match attempt.stage {
            Stage::Dns | Stage::Connect => texts.silent_connect.to_owned(),
            Stage::Greeting => texts.silent_greeting.to_owned(),
            Stage::Starttls => texts.silent_starttls.to_owned(),
            _ => texts.silent_ehlo.to_owned(),
        },
        Outcome::Refused => texts.refused.to_owned(),
        Outcome::Unconnected => texts.unconnected.to_owned(),
        Outcome::Reset => staged(texts.reset),
        Outcome::Closed => staged(texts.closed),
        Outcome::HostUnreachable => texts.host_unreachable.to_owned(),
        Outcome::NetworkUnreachable => texts.network_unreachable.to_owned(),
        Outcome::Prohibited => texts.prohibited.to_owned(),
        Outcome::Garbage => staged(texts.garbage),
        Outcome::TlsFailed => texts.tls_failed.to_owned(),
        Outcome::Replied
        | Outcome::PermissionDenied
        | Outcome::AddressNotAvailable
        | Outcome::LocalError
        | Outcome::NotTried => return None,
    })
}

#[cfg(test)]
mod tests;
