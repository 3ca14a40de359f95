//! The form of a log line, or of a reason in a queue: the text without its names, addresses and numbers. Texts of one form say
//! the same but for those, so a form is read once and then filled in: a log of failures has few forms and many lines.
//!
//! A name may hold words that tell something (`imap.example.org`): those are part of the form.

use super::{passing, words};
use crate::keyed::Keyed;
use crate::symptom::cause::Cause;
use crate::symptom::model::Symptom;
use crate::symptom::tokens;
use crate::timestamp::Timestamp;
use std::net::IpAddr;

/// The forms that were read.
#[derive(Debug)]
pub(crate) struct Forms {
    known: Keyed<Form>,
    key: Vec<u8>,
    /// Whether the texts are lines, which begin with a stamp, or reasons, which have none.
    stamped: bool,
    /// At most this many forms are kept.
    most: usize,
    /// The longest form that is kept, in bytes.
    longest: usize,
}

/// What a form says.
#[derive(Debug)]
enum Form {
    /// Nothing.
    Nothing,
    /// This, and something that lies not in the form alone: each line is read by itself.
    Open(Cause),
    /// A symptom with places to fill in.
    Says(Box<Filled>),
}

/// A symptom, and which names and addresses of the line its fields are.
#[derive(Debug)]
struct Filled {
    symptom: Symptom,
    domain: Option<usize>,
    host: Option<usize>,
    address: Option<usize>,
    at: bool,
    queued: bool,
}

/// What a line has beside its form.
#[derive(Debug, Default)]
struct Parts<'l> {
    head: &'l str,
    names: Vec<&'l str>,
    addresses: Vec<IpAddr>,
    delay: Option<u64>,
    /// Whether a date or time stands in it.
    moment: bool,
}

/// How many bytes of a key are a hash of the rest: forms begin alike, and are told apart by what comes first.
const HASH: usize = 4;

/// A hash of `form`, four bytes at a time.
fn quick_hash(form: &[u8]) -> u32 {
    form.chunks(4).fold(0, |hash: u32, four| {
        let mut word = [0; 4];
        word[..four.len()].copy_from_slice(four);
        (hash.rotate_left(5) ^ u32::from_le_bytes(word)).wrapping_mul(0x9e37_79b1)
    })
}

/// Of the lines of a log.
impl Default for Forms {
    fn default() -> Self {
        Self { known: Keyed::default(), key: Vec::new(), stamped: true, most: 2_000, longest: 1_024 }
    }
}

impl Forms {
    /// Forms of the reasons that a queue gives.
    pub(crate) fn of_reasons() -> Self {
        Self { stamped: false, most: 50_000, longest: 2_048, ..Self::default() }
    }

    /// What `line` says: by its form where that is known, else by `read`.
    pub(crate) fn read(&mut self, line: &str, read: impl Fn(&str) -> Option<Symptom>) -> Option<Symptom> {
        let Some(parts) = self.parts(line) else { return read(line) };
        match self.known.get(&self.key) {
            Some(Form::Nothing) => None,
            Some(Form::Says(filled)) => Some(filled.with(&parts)),
            Some(Form::Open(_)) => read(line),
            None => {
                let symptom = read(line);
                self.keep(symptom.as_ref(), Some(&parts));
                symptom
            }
        }
    }

    /// The cause that `line` states: as [`read`](Self::read) finds it, and no more than that.
    pub(crate) fn cause(&mut self, line: &str, read: impl Fn(&str) -> Option<Symptom>) -> Option<Cause> {
        let parts = self.parts(line);
        if parts.is_none() {
            // Of no form: known if it came before, as it is.
            self.key.clear();
            self.key.extend_from_slice(&[0; HASH + 1]);
            self.key.extend_from_slice(line.as_bytes());
            self.hash();
        }
        match self.known.get(&self.key) {
            Some(Form::Nothing) => None,
            Some(Form::Says(filled)) => Some(filled.symptom.cause),
            Some(Form::Open(cause)) => Some(*cause),
            None => {
                let symptom = read(line);
                self.keep(symptom.as_ref(), parts.as_ref());
                symptom.map(|symptom| symptom.cause)
            }
        }
    }

    /// The parts of `line`, whose form becomes the key; `None` where it has none.
    fn parts<'l>(&mut self, line: &'l str) -> Option<Parts<'l>> {
        self.key.clear();
        self.key.extend_from_slice(&[0; HASH]);
        let parts = parts(line, self.stamped, &mut self.key)?;
        self.hash();
        (self.key.len() <= self.longest).then_some(parts)
    }

    fn hash(&mut self) {
        let hash = quick_hash(&self.key[HASH..]).to_be_bytes();
        self.key[..HASH].copy_from_slice(&hash);
    }

    /// Keeps what the text says whose form the key is.
    fn keep(&mut self, symptom: Option<&Symptom>, parts: Option<&Parts>) {
        if self.known.len() >= self.most || self.key.len() > self.longest {
            return;
        }
        let form = match symptom {
            None => Form::Nothing,
            Some(symptom) => parts
                .and_then(|parts| Filled::of(symptom, parts))
                .map_or(Form::Open(symptom.cause), |filled| Form::Says(Box::new(filled))),
        };
        self.known.get_or_insert_with(&self.key, || form);
    }
}

impl Filled {
    /// `symptom`, which was read in a line of these parts, as one to fill in; `None` where a field is no part of the line.
    fn of(symptom: &Symptom, parts: &Parts) -> Option<Self> {
        if parts.moment {
            return None;
        }
        let place = |name: &Option<String>| -> Option<Option<usize>> {
            let Some(name) = name else { return Some(None) };
            let place = parts.names.iter().position(|part| part.eq_ignore_ascii_case(name));
            let within = || parts.names.iter().any(|part| part.to_ascii_lowercase().contains(name.as_str()));
            if place.is_none() && within() { None } else { Some(place) }
        };
        let at = match symptom.at {
            None => false,
            Some(at) if time(parts.head) == Some(at) => true,
            Some(_) => return None,
        };
        let queued = symptom.queued_s.is_some();
        if queued && symptom.queued_s != parts.delay || symptom.retry_until.is_some() {
            return None;
        }
        let address = symptom.remote_address;
        Some(Self {
            domain: place(&symptom.recipient_domain)?,
            host: place(&symptom.remote_host)?,
            address: address.and_then(|address| parts.addresses.iter().position(|one| *one == address)),
            at,
            queued,
            symptom: Symptom { spans: Vec::new(), ..symptom.clone() },
        })
    }

    fn with(&self, parts: &Parts) -> Symptom {
        let mut symptom = self.symptom.clone();
        let name = |place: usize| parts.names.get(place).map(|name| name.to_ascii_lowercase());
        if let Some(place) = self.domain {
            symptom.recipient_domain = name(place);
        }
        if let Some(place) = self.host {
            symptom.remote_host = name(place);
        }
        if let Some(place) = self.address {
            symptom.remote_address = parts.addresses.get(place).copied();
        }
        if self.at {
            symptom.at = time(parts.head);
        }
        if self.queued {
            symptom.queued_s = parts.delay;
        }
        symptom
    }
}

fn time(head: &str) -> Option<Timestamp> {
    tokens::time(head).map(|read| read.value)
}

/// Writes the form of `line` to `key`; `None` for lines without a stamp where they have one, and those that are not of ASCII.
fn parts<'l>(line: &'l str, stamped: bool, key: &mut Vec<u8>) -> Option<Parts<'l>> {
    let bytes = line.as_bytes();
    let head = if stamped { head(bytes)? } else { 0 };
    if !line.is_ascii() {
        return None;
    }
    let mut parts = Parts { head: &line[..head], ..Parts::default() };
    key.push(head.min(64) as u8);
    let mut at = head;
    let mut copied = head;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    while at < bytes.len() {
        if !is_name(bytes[at]) {
            // An address in brackets.
            if bytes[at] == b'['
                && let Some(end) = address(line, at + 1, &mut parts)
            {
                key.extend_from_slice(&bytes[copied..=at]);
                key.push(if parts.addresses.last().is_some_and(IpAddr::is_ipv6) { 6 } else { 4 });
                (at, copied) = (end, end);
                continue;
            }
            at += 1;
            continue;
        }
        let start = at;
        if !stamped && let Some(end) = passing::moment(bytes, start) {
            key.extend_from_slice(&bytes[copied..start]);
            key.push(9);
            parts.moment = true;
            (at, copied) = (end, end);
            continue;
        }
        let mut dotted = false;
        while at < bytes.len() && is_name(bytes[at]) {
            dotted |= bytes[at] == b'.';
            at += 1;
        }
        let next = bytes.get(at).copied();
        let before = &bytes[..start];
        let mark = if next == Some(b']') && before.ends_with(b"[") && all_digits(&bytes[start..at]) {
            Some(1)
        } else if before.ends_with(b"]: ") && next == Some(b':') && is_identifier(&bytes[start..at]) {
            Some(2)
        } else if before.ends_with(b" delay=") && next == Some(b',') {
            parts.delay = line[start..at].split('.').next().and_then(|seconds| seconds.parse().ok());
            parts.delay.map(|_| 3)
        } else if before.ends_with(b"delays=") {
            at += bytes[at..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'/' | b'.'))
                .count();
            Some(5)
        } else if next == Some(b'@') && before.ends_with(b"<") {
            words::within(&bytes[start..at], key);
            Some(7)
        } else {
            None
        };
        if let Some(mark) = mark {
            key.extend_from_slice(&bytes[copied..start]);
            key.push(mark);
            copied = at;
            continue;
        }
        if !stamped && let Some(end) = passing::session(&bytes[..at], start) {
            key.extend_from_slice(&bytes[copied..start]);
            key.push(10);
            words::within(&bytes[start..end], key);
            (at, copied) = (end, end);
            continue;
        }
        if dotted {
            let end = at
                - bytes[start..at].iter().rev().take_while(|byte| matches!(byte, b'.' | b'-' | b'_')).count();
            if start < end && bytes[start].is_ascii_alphanumeric() && is_host(&bytes[start..end]) {
                key.extend_from_slice(&bytes[copied..start]);
                name(&line[start..end], &mut parts, key);
                (at, copied) = (end, end);
                // What was trimmed is of the form.
                at += bytes[at..].iter().take_while(|byte| is_name(**byte)).count();
            }
        }
    }
    key.extend_from_slice(&bytes[copied..]);
    (parts.names.len() < 16).then_some(parts)
}

/// How long the stamp is that `line` begins with: syslog's, ISO 8601's, or Exim's.
fn head(line: &[u8]) -> Option<usize> {
    let digits =
        |places: &[usize]| places.iter().all(|place| line.get(*place).is_some_and(u8::is_ascii_digit));
    let at = |place: usize, byte: u8| line.get(place) == Some(&byte);
    if at(3, b' ')
        && at(6, b' ')
        && at(9, b':')
        && at(12, b':')
        && at(15, b' ')
        && digits(&[5, 7, 8, 10, 11, 13, 14])
    {
        return Some(15);
    }
    let iso = at(4, b'-')
        && at(7, b'-')
        && at(13, b':')
        && at(16, b':')
        && digits(&[0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 17, 18]);
    if iso && at(10, b'T') {
        return line.iter().take(40).position(|byte| *byte == b' ');
    }
    (iso && at(10, b' ') && at(19, b' ')).then_some(19)
}

fn all_digits(token: &[u8]) -> bool {
    token.iter().all(u8::is_ascii_digit)
}

/// Whether a token is a message's identifier, and no number that tells something.
fn is_identifier(token: &[u8]) -> bool {
    let digits = token.iter().filter(|byte| byte.is_ascii_digit()).count();
    token.len() >= 6 && digits > 0 && token.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether a token is a host's name, as [`tokens::host`] says, without making one.
fn is_host(token: &[u8]) -> bool {
    let last = token.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    last.len() >= 2
        && last.iter().any(u8::is_ascii_alphabetic)
        && std::str::from_utf8(token).ok().and_then(tokens::host).is_some()
}

/// The address in brackets that begins at `start`: where it ends. Those of the own machine and network are of the form.
fn address(line: &str, start: usize, parts: &mut Parts) -> Option<usize> {
    let rest = &line[start..line.len().min(start + 48)];
    let end = rest.find(']')?;
    let text = &rest[..end];
    if !text.contains(['.', ':']) {
        return None;
    }
    let address: IpAddr = text.parse().ok()?;
    let own = match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_unspecified()
        }
    };
    if own {
        return None;
    }
    // Which of several it is tells as much as the words around it.
    parts.addresses.push(address);
    Some(start + end)
}

/// Writes which name of the line stands here, what it has in common with those before it, and the words in it.
fn name<'l>(name: &'l str, parts: &mut Parts<'l>, key: &mut Vec<u8>) {
    let known = parts.names.iter().position(|known| known.eq_ignore_ascii_case(name));
    key.extend_from_slice(&[8, known.unwrap_or(parts.names.len()) as u8]);
    if known.is_some() {
        return;
    }
    let within = |long: &str, short: &str| {
        long.len() > short.len() && long[long.len() - short.len()..].eq_ignore_ascii_case(short)
    };
    for known in &parts.names {
        key.push(1 + u8::from(within(known, name)) + 2 * u8::from(within(name, known)));
    }
    parts.names.push(name);
    words::within(name.as_bytes(), key);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symptom::classify::statement;

    #[test]
    fn reasons_of_one_form_are_read_as_each_by_itself() {
        let alone = |reason: &str| crate::symptom::read(reason).into_iter().next();
        let mut forms = Forms::of_reasons();
        let mut told = 0;
        for (host, address) in [("mx.example.org", "192.0.2.1"), ("imap.example.net", "2001:db8::7")] {
            for session in ["d9443c01a7336-2a0f00d4c4bsi12345678f8f.123", "08DC0A1B2C3D4E5F", "0x800CCC0E"] {
                for at in ["11/26/2026 9:00:00 AM", "26.11.2026 09:55:02", "2026-11-26T10:00:00.000Z", "25"] {
                    for number in ["10060", "10061", "10013"] {
                        for reason in [
                            format!("connect to {host}[{address}]:25: Connection timed out"),
                            format!(
                                "host {host}[{address}] said: 421-4.7.28 Unusual rate of mail. {session} - gsmtp (in reply to end of DATA command)"
                            ),
                            format!(
                                "451 4.7.500 Server busy. Please try again later from [{address}]. ({session} {at})"
                            ),
                            format!("550-5.1.1234-Unknown user {session}"),
                            format!(
                                "[{{LRT={at}}};{{LED=441 4.4.1 Error encountered while communicating with primary target IP address: \"Failed to connect. Winsock error code: {number}, Win32 error code: {number}.\" The last endpoint attempted was {address}:25}};{{FQDN={host}}}]"
                            ),
                            format!("Zeitüberschreitung bei {host} ({at}): Connection timed out"),
                        ] {
                            let each = alone(&reason);
                            assert_eq!(
                                forms.cause(&reason, alone),
                                each.as_ref().map(|one| one.cause),
                                "{reason}"
                            );
                            let plain = |one: Symptom| Symptom { spans: Vec::new(), ..one };
                            assert_eq!(
                                forms.read(&reason, alone).map(plain),
                                each.clone().map(plain),
                                "{reason}"
                            );
                            told += usize::from(each.is_some());
                        }
                    }
                }
            }
        }
        assert!(told > 300 && forms.known.len() < told / 3, "{told} reasons in {} forms", forms.known.len());
    }

    #[test]
    fn lines_of_one_form_are_read_as_each_by_itself() {
        let mut forms = Forms::default();
        let mut told = 0;
        for (host, address, port) in [
            ("mx.example.org", "192.0.2.1", 25),
            ("mx1.example.net", "192.0.2.77", 25),
            ("imap.example.com", "192.0.2.3", 25),
            ("imap.example.com", "192.0.2.3", 993),
            ("relay.spamhaus.example", "10.0.0.1", 587),
            ("mysql.example.org", "127.0.0.1", 10_025),
            ("a.example.org", "2001:db8::1", 25),
            ("example.org", "2001:db8::1", 25),
            ("pop.example.org", "192.0.2.1", 110),
        ] {
            for domain in ["example.org", "example.net", host, "greylist.example.org"] {
                for head in ["Nov 24 08:00:00 mail", "2026-11-24T08:00:01+01:00 mail"] {
                    for (id, delay) in [("4XyzAB1cdEz9", "1843"), ("A1B2C3D4", "0.5")] {
                        let why = format!("connect to {host}[{address}]:{port}: Connection timed out");
                        let said = format!(
                            "host {host}[{address}] said: 450 4.2.0 <u@{domain}>: Greylisted (in reply to RCPT TO command)"
                        );
                        for rest in [
                            why.clone(),
                            format!(
                                "{id}: to=<u@{domain}>, relay=none, delay={delay}, delays=1/2/3/0.4, dsn=4.4.1, status=deferred ({why})"
                            ),
                            format!(
                                "{id}: to=<u@{domain}>, relay={host}[{address}]:{port}, delay={delay}, delays=1/2/3/0.4, dsn=4.2.0, status=deferred ({said})"
                            ),
                            format!("{id}: from=<a@{domain}>, size=450, nrcpt=1 (queue active)"),
                            format!(
                                "{id}: to=<u@{domain}>, delay=2+03:00:00, xdelay=00:00:01, mailer=esmtp, pri=550, relay={host}. [{address}], dsn=4.0.0, stat=Deferred: Connection refused by {host}."
                            ),
                        ] {
                            let line = format!("{head} postfix/smtp[21{}]: {rest}", id.len());
                            let alone =
                                statement(&line, 0).map(|symptom| Symptom { spans: Vec::new(), ..symptom });
                            let by_form = forms.read(&line, |line| statement(line, 0));
                            let by_form = by_form.map(|symptom| Symptom { spans: Vec::new(), ..symptom });
                            assert_eq!(by_form, alone, "{line}");
                            told += usize::from(alone.is_some());
                        }
                    }
                }
            }
        }
        assert!(told > 300 && forms.known.len() < told / 2, "{told} lines in {} forms", forms.known.len());
    }
}
