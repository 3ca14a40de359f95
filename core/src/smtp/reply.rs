//! Replies (RFC 5321 s4.2), read from whatever a peer sends, in whatever pieces it comes.

use super::{EnhancedStatus, ReplyCode};
use serde::{Deserialize, Serialize};

/// What a peer may send in one session, in bytes.
pub const SESSION_BYTES: usize = 64 * 1024;
/// How many lines a peer may send in one session: no limit of SMTP's, which has none (RFC 5321 s4.5.3.1.5 limits a line),
/// and far beyond the longest legal notice.
pub const SESSION_LINES: usize = 4_000;
/// How much of what is not SMTP is kept, in bytes.
const FIRST_BYTES: usize = 64;

/// A complete reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The reply code.
    pub code: ReplyCode,
    /// The enhanced status code, where one of the code's class was said (RFC 2034 s4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enhanced: Option<EnhancedStatus>,
    /// The text of each line without code and line end, as said; what is not UTF-8 is replaced. Hostile wherever shown.
    pub lines: Vec<String>,
}

impl Reply {
    /// The text, lines joined by a line feed.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// 2yz: the command was done (RFC 5321 s4.2.1).
    pub fn is_positive(&self) -> bool {
        (200..300).contains(&self.code.0)
    }

    /// 5yz: permanent failure (RFC 5321 s4.2.1).
    pub fn is_permanent(&self) -> bool {
        (500..600).contains(&self.code.0)
    }
}

/// What came is not a reply. What a remote did is data: this goes into the evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// A line that cannot be one of a reply, such as `HTTP/1.1 400` or `SSH-2.0`.
    #[error("not SMTP: it began with {first:?}")]
    NotSmtp {
        /// The first 64 bytes of the line, as said; what is not UTF-8 is replaced.
        first: String,
    },
    /// The lines of one reply have different codes (RFC 5321 s4.2.1 forbids it).
    #[error("the lines of one reply have different codes: {first}, then {then}")]
    MixedCodes {
        /// The code of the first line.
        first: ReplyCode,
        /// The code that differs.
        then: ReplyCode,
    },
    /// More than 64 KiB in one session.
    #[error("it sent more than 64 KiB")]
    TooLong,
    /// More than 4,000 lines in one session.
    #[error("it sent more than 4000 lines")]
    TooManyLines,
}

/// Collects what a peer sends and gives whole replies. Keeps at most 64 KiB, whatever comes.
#[derive(Clone, Debug, Default)]
pub struct ReplyReader {
    /// What was taken and not yet read as lines.
    buffer: Vec<u8>,
    /// Bytes taken in this session.
    taken: usize,
    /// Whether the peer sent more than may be taken.
    overflow: bool,
    /// Lines read in this session.
    lines: usize,
    /// The reply under way.
    partial: Option<Reply>,
}

impl ReplyReader {
    /// A reader for a new session.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what the peer sent. What exceeds the session's 64 KiB is dropped, and [`read`](Self::read) says so.
    pub fn push(&mut self, bytes: &[u8]) {
        let take = bytes.len().min(SESSION_BYTES - self.taken);
        self.buffer.extend_from_slice(&bytes[..take]);
        self.taken += take;
        self.overflow |= take < bytes.len();
    }

    /// The next whole reply; `None` when more is needed.
    ///
    /// # Errors
    /// [`ReplyError`] when what came cannot be a reply or is too much. Reading on after an error gives nothing useful.
    pub fn read(&mut self) -> Result<Option<Reply>, ReplyError> {
        while let Some(end) = memchr::memchr(b'\n', &self.buffer) {
            if self.lines == SESSION_LINES {
                return Err(ReplyError::TooManyLines);
            }
            self.lines += 1;
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            // A bare LF ends a line here too: some servers send it, and nothing is at stake in a probe.
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            if let Some(reply) = self.take_line(line.strip_suffix(b"\r").unwrap_or(line))? {
                return Ok(Some(reply));
            }
        }
        if self.buffer.len() > FIRST_BYTES && Line::parse(&self.buffer).is_none() {
            return Err(not_smtp(&self.buffer));
        }
        if self.overflow { Err(ReplyError::TooLong) } else { Ok(None) }
    }

    /// Whether something came that has not been given out as a reply: half a reply, or one that nobody asked for.
    pub fn has_more(&self) -> bool {
        !self.buffer.is_empty() || self.partial.is_some()
    }

    /// What a peer that says no more leaves behind: `None` when it is nothing or the beginning of a reply.
    pub fn garbage(&self) -> Option<ReplyError> {
        let begun = self.buffer.len() < 4 && self.buffer.iter().all(u8::is_ascii_digit);
        (!begun && Line::parse(&self.buffer).is_none()).then(|| not_smtp(&self.buffer))
    }

    /// Drops all that has come and has not been given out, and gives it as text, at most its first 64 bytes.
    pub fn discard(&mut self) -> String {
        let mut text = String::new();
        if let Some(partial) = self.partial.take() {
            text = format!("{}-{}", partial.code, partial.text());
            if !self.buffer.is_empty() {
                text.push('\n');
            }
        }
        text.push_str(&lossy_start(&self.buffer));
        self.buffer.clear();
        text.chars().take(FIRST_BYTES).collect()
    }

    fn take_line(&mut self, line: &[u8]) -> Result<Option<Reply>, ReplyError> {
        let Some(Line { code, last, text }) = Line::parse(line) else {
            return Err(not_smtp(line));
        };
        let text = String::from_utf8_lossy(text).into_owned();
        let mut reply = match self.partial.take() {
            Some(partial) if partial.code != code => {
                return Err(ReplyError::MixedCodes { first: partial.code, then: code });
            }
            Some(partial) => partial,
            None => Reply { code, enhanced: enhanced(code, &text), lines: Vec::new() },
        };
        reply.lines.push(text);
        if last {
            return Ok(Some(reply));
        }
        self.partial = Some(reply);
        Ok(None)
    }
}

/// One line of a reply: `Reply-code [ SP textstring ]` or with `-` when more follow (RFC 5321 s4.2).
struct Line<'a> {
    code: ReplyCode,
    last: bool,
    text: &'a [u8],
}

impl<'a> Line<'a> {
    fn parse(line: &'a [u8]) -> Option<Self> {
        let (digits, rest) = line.split_first_chunk::<3>()?;
        if !matches!(digits[0], b'2'..=b'5') || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = |at: usize| u16::from(digits[at] - b'0');
        let code = ReplyCode(number(0) * 100 + number(1) * 10 + number(2));
        match rest.split_first() {
            None => Some(Self { code, last: true, text: rest }),
            Some((b' ', text)) => Some(Self { code, last: true, text }),
            Some((b'-', text)) => Some(Self { code, last: false, text }),
            Some(_) => None,
        }
    }
}

fn enhanced(code: ReplyCode, text: &str) -> Option<EnhancedStatus> {
    let status: EnhancedStatus = text.split_whitespace().next()?.parse().ok()?;
    (u16::from(status.class) == code.0 / 100).then_some(status)
}

fn not_smtp(bytes: &[u8]) -> ReplyError {
    ReplyError::NotSmtp { first: lossy_start(bytes) }
}

fn lossy_start(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(FIRST_BYTES)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_all(pieces: &[&[u8]]) -> Vec<Result<Reply, ReplyError>> {
        let mut reader = ReplyReader::new();
        let mut seen = Vec::new();
        for piece in pieces {
            reader.push(piece);
            loop {
                match reader.read() {
                    Ok(Some(reply)) => seen.push(Ok(reply)),
                    Ok(None) => break,
                    Err(error) => {
                        seen.push(Err(error));
                        return seen;
                    }
                }
            }
        }
        seen
    }

    fn one(bytes: &[u8]) -> Result<Reply, ReplyError> {
        let mut seen = read_all(&[bytes]);
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }

    #[test]
    fn reads_replies() {
        let reply = one(b"250-mx.example greets you\r\n250-SIZE 1\r\n250 HELP\n").expect("a reply");
        assert_eq!(reply.code, ReplyCode(250));
        assert_eq!(reply.lines, ["mx.example greets you", "SIZE 1", "HELP"]);
        let busy = one(b"421 4.7.0 later\r\n").expect("a reply");
        assert_eq!(busy.enhanced, Some(EnhancedStatus::new(4, 7, 0)));
        let other_class = one(b"421 5.7.0 later\r\n").expect("a reply");
        assert_eq!(other_class.enhanced, None);
        assert_eq!(one(b"220\r\n").expect("a bare code").lines, [""]);
        assert_eq!(one(b"220 a\0b\xff\x1b[2J\r\n").expect("a reply").lines, ["a\0b\u{fffd}\u{1b}[2J"]);
    }

    #[test]
    fn knows_what_is_not_smtp() {
        for strange in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"SSH-2.0-OpenSSH_9.6\r\n",
            b"* OK IMAP4rev1\r\n",
            b"+OK POP3\r\n",
            b"\r\n",
            b"150 hello\r\n",
            b"2200 hello\r\n",
            b"220_hello\r\n",
            b"220-a\r\nb\r\n",
        ] {
            assert!(matches!(one(strange), Err(ReplyError::NotSmtp { .. })), "{strange:?}");
        }
        let mixed = ReplyError::MixedCodes { first: ReplyCode(220), then: ReplyCode(554) };
        assert_eq!(one(b"220-a\r\n554 b\r\n"), Err(mixed));
        let endless = one(&[b'x'; 200]).expect_err("no line end is needed to tell");
        assert_eq!(endless, ReplyError::NotSmtp { first: "x".repeat(64) });
    }

    #[test]
    fn says_what_is_left_behind() {
        let garbage = |bytes: &[u8]| {
            let mut reader = ReplyReader::new();
            reader.push(bytes);
            assert_eq!(reader.read(), Ok(None));
            reader.garbage().is_some()
        };
        assert!(garbage(b"\x15\x03\x01\x00\x02\x02\x28"), "a TLS alert");
        assert!(!garbage(b""));
        assert!(!garbage(b"22"));
        assert!(!garbage(b"220 mx.exa"));
        assert!(!garbage(b"220-mx.example\r\n"));
    }

    #[test]
    fn takes_no_more_than_the_limits() {
        let mut reader = ReplyReader::new();
        reader.push(b"220 ");
        for _ in 0..1000 {
            reader.push(&[b'x'; 1024 * 1024]);
        }
        assert_eq!(reader.read(), Err(ReplyError::TooLong));
        assert!(reader.buffer.capacity() <= 4 * SESSION_BYTES, "memory stays flat");
        let endless = b"220-hello\r\n".repeat(SESSION_LINES + 1);
        assert_eq!(one(&endless), Err(ReplyError::TooManyLines));
        let mut long = b"220-hello\r\n".repeat(SESSION_LINES - 1);
        long.extend(b"220 end\r\n");
        assert_eq!(one(&long).expect("just within the limit").lines.len(), SESSION_LINES);
    }

    fn pieces_of(bytes: &[u8], cuts: Vec<prop::sample::Index>) -> Vec<Vec<u8>> {
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        at.windows(2).map(|pair| bytes[pair[0]..pair[1]].to_vec()).collect()
    }

    fn session() -> impl Strategy<Value = Vec<u8>> {
        let line = prop_oneof![
            4 => "(220|250|421|554)[ -][ -~]{0,80}\r?\n".prop_map(String::into_bytes),
            1 => prop::collection::vec(any::<u8>(), 0..100),
            1 => "[ -~]{0,90}".prop_map(String::into_bytes),
        ];
        prop::collection::vec(line, 0..12).prop_map(|lines| lines.concat())
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(bytes in session(), cuts: Vec<prop::sample::Index>) {
            let pieces = pieces_of(&bytes, cuts);
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(read_all(&pieces), read_all(&[&bytes]));
        }
    }
}
