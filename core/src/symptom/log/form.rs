//! The form of a log line: the line without its names, addresses and numbers. Lines of one form say the same but for those,
//! so a form is read once and then filled in: a log of failures has few forms and many lines.
//!
//! A name may hold words that tell something (`imap.example.org`): those are part of the form.

use super::words;
use crate::keyed::Keyed;
use crate::symptom::model::Symptom;
use crate::symptom::tokens;
use crate::timestamp::Timestamp;
use std::net::IpAddr;

/// At most this many forms are kept.
const FORMS: usize = 2_000;

/// The longest form that is kept, in bytes.
const LONGEST: usize = 1_024;

/// The forms that were read.
#[derive(Debug, Default)]
pub(super) struct Forms {
    known: Keyed<Form>,
    key: Vec<u8>,
}

/// What a form says.
#[derive(Debug)]
enum Form {
    /// Nothing.
    Nothing,
    /// Something that lies not in the form alone: each line is read by itself.
    Open,
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

impl Forms {
    /// What `line` says: by its form where that is known, else by `read`.
    pub(super) fn read(&mut self, line: &str, read: impl Fn(&str) -> Option<Symptom>) -> Option<Symptom> {
        self.key.clear();
        self.key.extend_from_slice(&[0; HASH]);
        let Some(parts) = parts(line, &mut self.key) else { return read(line) };
        let hash = quick_hash(&self.key[HASH..]).to_be_bytes();
        self.key[..HASH].copy_from_slice(&hash);
        match self.known.get(&self.key) {
            Some(Form::Nothing) => None,
            Some(Form::Says(filled)) => Some(filled.with(&parts)),
            Some(Form::Open) => read(line),
            None => {
                let symptom = read(line);
                if self.known.len() < FORMS {
                    let form = match &symptom {
                        None => Form::Nothing,
                        Some(symptom) => Filled::of(symptom, &parts)
                            .map_or(Form::Open, |filled| Form::Says(Box::new(filled))),
                    };
                    self.known.get_or_insert_with(&self.key, || form);
                }
                symptom
            }
        }
    }
}

impl Filled {
    /// `symptom`, which was read in a line of these parts, as one to fill in; `None` where a field is no part of the line.
    fn of(symptom: &Symptom, parts: &Parts) -> Option<Self> {
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

/// Writes the form of `line` to `key`; `None` for lines without a stamp, and those that are not of ASCII.
fn parts<'l>(line: &'l str, key: &mut Vec<u8>) -> Option<Parts<'l>> {
    let bytes = line.as_bytes();
    let head = head(bytes)?;
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
    (key.len() <= LONGEST && parts.names.len() < 16).then_some(parts)
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
