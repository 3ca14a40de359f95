//! A row's fields, and what tells the rows of one log from those of another.

use crate::cut::Cut as _;
use crate::symptom::tokens;
use crate::timestamp::Timestamp;
use std::borrow::Cow;

/// A field as it stands in the row, without the quotation marks around it, and where.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Field<'l> {
    raw: &'l str,
    pub(super) at: usize,
}

impl<'l> Field<'l> {
    /// The field, byte for byte in its place: a quotation mark that stands twice is one and a space.
    pub(super) fn words(self) -> Cow<'l, str> {
        if self.raw.contains("\"\"") {
            Cow::Owned(self.raw.replace("\"\"", "\" "))
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    pub(super) fn raw(self) -> &'l str {
        self.raw
    }

    /// `words` in the place of as many bytes that stand at `at`.
    pub(super) fn standing_in(words: &'l str, at: usize) -> Self {
        Self { raw: words, at }
    }

    /// The field from `words` on; the whole of it where they do not stand in it.
    pub(super) fn from(self, words: &str) -> Self {
        let at = self.raw.find(words).unwrap_or(0);
        Self { raw: self.raw.after(at), at: self.at + at }
    }

    /// `words` within the field; nothing where they do not stand in it.
    pub(super) fn word(self, words: &str) -> Self {
        let Some(at) = self.raw.find(words) else { return Self::default() };
        Self { raw: self.raw.within(at, at + words.len()), at: self.at + at }
    }

    /// What follows `begin`, where the field begins so.
    pub(super) fn after(self, begin: &str) -> Option<Self> {
        Some(Self { raw: self.raw.strip_prefix(begin)?, at: self.at + begin.len() })
    }
}

/// The fields of a row, and when it was written.
#[derive(Debug)]
pub(super) struct Fields<'l> {
    pub(super) all: Vec<Field<'l>>,
    pub(super) at: Option<tokens::Read<Timestamp>>,
    /// The whole row.
    pub(super) line: Field<'l>,
}

impl<'l> Fields<'l> {
    pub(super) fn get(&self, index: usize) -> Field<'l> {
        self.all.get(index).copied().unwrap_or_default()
    }
}

/// A row, by the log that it is of.
#[derive(Debug)]
pub(super) enum Row<'l> {
    /// `date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context`
    Protocol(Fields<'l>),
    /// `date-time,session,source,Destination,direction,description`
    Connectivity(Fields<'l>),
    /// `date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,…`
    Tracking(Fields<'l>),
    /// The SMTP service of IIS: fields parted by spaces, in an order that its header names.
    Iis(Fields<'l>),
    /// `"SMTPC" thread session "time" "address" "RECEIVED: …"`, parted by tabs.
    HMailServer(Fields<'l>),
}

/// The longest stamp that a row begins with, in bytes.
const STAMP: usize = 32;

/// The row that `line` is; it stands at `base`.
pub(super) fn row(line: &str, base: usize) -> Option<Row<'_>> {
    let whole = Field { raw: line, at: base };
    if line.starts_with('"') {
        return hmailserver(line, base);
    }
    let stamp = line.split(',').next().filter(|stamp| stamp.len() <= STAMP);
    let stamp = stamp.filter(|stamp| stamp.starts_with(|c: char| c.is_ascii_digit()));
    if let Some(stamp) = stamp.filter(|stamp| stamp.len() < line.len()) {
        let at = tokens::time(stamp);
        let at = at.map(|read| tokens::Read { start: read.start + base, end: read.end + base, ..read });
        let fields = Fields { all: split(line, base), at, line: whole };
        let session = |index: usize| is_session(fields.get(index).raw);
        let is_direction = |text: &str| matches!(text.trim_matches('\\'), "+" | "-" | "<" | ">" | "*" | "");
        let upper = |index: usize| {
            let word = fields.get(index).raw;
            word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase())
        };
        let number = |index: usize| fields.get(index).raw.parse::<u32>().is_ok();
        if session(2) && number(3) && is_direction(fields.get(6).raw) && fields.all.len() > 6 {
            return Some(Row::Protocol(fields));
        }
        if session(1) && is_direction(fields.get(4).raw) && fields.all.len() > 4 {
            return Some(Row::Connectivity(fields));
        }
        if fields.at.is_some() && fields.all.len() > 10 && upper(7) && upper(8) {
            return Some(Row::Tracking(fields));
        }
        if fields.at.is_some() {
            return None;
        }
    }
    let is_outbound = |word: &str| matches!(word, "OutboundConnectionResponse" | "OutboundConnectionCommand");
    let outbound = line.contains("OutboundConnection") && line.split(' ').any(is_outbound);
    outbound.then(|| {
        let at = tokens::time(line);
        let at = at.map(|read| tokens::Read { start: read.start + base, end: read.end + base, ..read });
        Row::Iis(Fields { all: words(line, base, ' '), at, line: whole })
    })
}

/// A session of Exchange: 16 hexadecimal digits, of which people hide some.
fn is_session(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'x' | b'X' | b'*');
    text.len() == 16 && text.starts_with('0') && text.bytes().all(is_digit)
}

fn hmailserver(line: &str, base: usize) -> Option<Row<'_>> {
    const KINDS: &[&str] =
        &["SMTPC", "SMTPD", "TCPIP", "APPLICATION", "DEBUG", "ERROR", "POP3D", "POP3C", "IMAPD"];
    let kind = line.after(1).split('"').next()?;
    let next = line.as_bytes().get(kind.len() + 2)?;
    if !KINDS.contains(&kind) || !matches!(next, b'\t' | b' ') {
        return None;
    }
    let all = if line.contains('\t') { words(line, base, '\t') } else { quoted(line, base) };
    let time = all.iter().find_map(|field| {
        let read = tokens::time(field.raw).filter(|_| field.raw.len() <= STAMP)?;
        Some(tokens::Read { start: read.start + field.at, end: read.end + field.at, ..read })
    });
    (all.len() > 3 && time.is_some()).then_some(Row::HMailServer(Fields {
        all,
        at: time,
        line: Field { raw: line, at: base },
    }))
}

/// Fields parted by `mark`, without the quotation marks around them; empty ones are none.
fn words(line: &str, base: usize, mark: char) -> Vec<Field<'_>> {
    let mut at = base;
    let field = |word: &'_ str| -> (usize, usize) {
        let inner = word.strip_prefix('"').map_or(word, |word| word.strip_suffix('"').unwrap_or(word));
        (usize::from(word.starts_with('"')), inner.len())
    };
    line.split(mark)
        .filter_map(|word| {
            let start = at;
            at += word.len() + mark.len_utf8();
            let (skip, length) = field(word);
            (!word.is_empty()).then(|| Field { raw: word.within(skip, skip + length), at: start + skip })
        })
        .collect()
}

/// Fields parted by spaces, of which some stand in quotation marks: pasted text has lost its tabs.
fn quoted(line: &str, base: usize) -> Vec<Field<'_>> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let rest = line.after(at);
        let (skip, end) = match rest.strip_prefix('"') {
            // A quotation mark within does not end the last field.
            Some(inner) => (1, 1 + inner.find("\" ").or_else(|| inner.rfind('"')).unwrap_or(inner.len())),
            None => (0, rest.find(' ').unwrap_or(rest.len())),
        };
        if end > skip {
            all.push(Field { raw: rest.within(skip, end), at: base + at + skip });
        }
        at += end + 1;
    }
    all
}

/// The fields of a row of CSV (RFC 4180).
fn split(line: &str, base: usize) -> Vec<Field<'_>> {
    let bytes = line.as_bytes();
    let mut all = Vec::new();
    let mut start = 0;
    while start <= bytes.len() {
        let quoted = bytes.get(start) == Some(&b'"');
        let mut end = start + usize::from(quoted);
        let mut inside = quoted;
        while end < bytes.len() && (inside || bytes[end] != b',') {
            inside ^= quoted && bytes[end] == b'"';
            end += 1;
        }
        let raw = line.within(start, end);
        let raw = raw.strip_prefix('"').filter(|_| quoted).unwrap_or(raw);
        let raw = raw.strip_suffix('"').filter(|_| quoted).unwrap_or(raw);
        all.push(Field { raw, at: base + start + usize::from(quoted) });
        start = end + 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_where_they_stand() {
        let line =
            "2026-11-24T08:00:00.000Z,EX1\\Internet,08DC0A1B2C3D4E5F,1,,192.0.2.44:25,*,\"a \"\"b\"\", c\",d";
        let Some(Row::Protocol(row)) = row(line, 7) else { panic!("a row of a protocol log") };
        assert_eq!(row.all.len(), 9);
        let data = row.get(7);
        assert_eq!(data.words(), "a \" b\" , c");
        assert_eq!(&line[data.at - 7..data.at - 7 + data.raw.len()], data.raw);
        assert_eq!(row.get(8).raw, "d");
        assert_eq!(row.get(5).raw, "192.0.2.44:25");
    }

    #[test]
    fn rows_are_told_apart() {
        let kind = |line: &str| match row(line, 0) {
            Some(Row::Protocol(_)) => "protocol",
            Some(Row::Connectivity(_)) => "connectivity",
            Some(Row::Tracking(_)) => "tracking",
            Some(Row::Iis(_)) => "iis",
            Some(Row::HMailServer(_)) => "hmailserver",
            None => "none",
        };
        for (line, expected) in [
            (
                "2026-11-24T08:00:00.000Z,08DC0A1B2C3D4E5F,SMTP,example.org,+,DnsConnectorDelivery",
                "connectivity",
            ),
            (
                "2026-11-24T08:00:00.000Z,,EX1,192.0.2.1,mx.example.org,,Internet,SMTP,SEND,1,<a@b>,u@example.org,250 ok",
                "tracking",
            ),
            (
                "2026-11-24 08:00:00 192.0.2.1 OutboundConnectionResponse SMTPSVC1 MX - 25 - - 421+4.7.0+no 0 0",
                "iis",
            ),
            (
                "\"SMTPC\"\t100\t2\t\"2026-11-24 08:00:00.000\"\t\"192.0.2.1\"\t\"RECEIVED: 220 mx\"",
                "hmailserver",
            ),
            ("\"SMTPC\" 100 2 \"2026-11-24 08:00:00.000\" \"192.0.2.1\" \"RECEIVED: 220 mx\"", "hmailserver"),
            ("2026-11-24T08:00:00Z mx postfix/smtp[1]: connect to mx, refused", "none"),
            ("2026-11-24 08:00:00,123 INFO sending, later", "none"),
            ("\"quoted\" words", "none"),
            ("", "none"),
        ] {
            assert_eq!(kind(line), expected, "{line}");
        }
    }
}
