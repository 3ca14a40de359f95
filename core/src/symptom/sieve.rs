//! Finds any of some hundred literals in bytes, at the speed of memory, natively and in wasm alike.
//!
//! Each literal is known by four of its bytes, the most telling ones. Every four bytes of the log are looked up in a
//! table of bits; where the bit is set, the literals with those four bytes are compared. No instruction set is asked for
//! anything: what packs bytes into registers natively has nothing to pack them into in a browser.

//!
//! Every table of the reader is looked for so, in lines as in logs: an automaton reads a table of transitions at each byte,
//! and each read waits for the one before; here nothing waits.

use crate::order;

/// The sieve. Letters of ASCII are found in either case.
#[derive(Debug)]
pub(super) struct Sieve {
    /// One bit for each hash of four bytes that a literal is known by.
    bits: Box<[u64; 1 << (HASH_BITS - 6)]>,
    /// Sorted by the hash of their four bytes.
    known: Vec<Known>,
    /// Where in `known` the hashes of one word of `bits` begin.
    starts: Box<[u16; 1 << (HASH_BITS - 6)]>,
    /// Literals of fewer than four bytes, and their places in the list.
    short: Vec<(usize, &'static [u8])>,
}

/// A literal, and the four bytes that it is known by.
#[derive(Debug)]
struct Known {
    four: u32,
    at: usize,
    literal: &'static [u8],
    /// Its place in the list.
    index: usize,
}

/// A literal that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// Its first byte.
    pub(super) start: usize,
    /// One past its last byte.
    pub(super) end: usize,
}

/// How many bits a hash has: 8 KiB of table, so that it stays in the nearest cache.
const HASH_BITS: u32 = 16;

/// Makes a letter of ASCII small, and some other bytes equal: what is found is compared in full.
const FOLD: u32 = 0x2020_2020;

impl Sieve {
    /// A sieve for `literals`, in lower case.
    pub(super) fn new(mut literals: impl Iterator<Item = &'static str>) -> Self {
        Self::of(&mut literals)
    }

    /// Not for each kind of iterator anew: the wasm would hold it thirty times.
    fn of(literals: &mut dyn Iterator<Item = &'static str>) -> Self {
        let (mut known, mut short) = (Vec::new(), Vec::new());
        for (index, literal) in literals.enumerate() {
            let literal = literal.as_bytes();
            let four = literal.windows(4).enumerate().max_by_key(|(_, four)| telling(four));
            match four.and_then(|(at, four)| Some((at, folded(four)?))) {
                Some((at, four)) => known.push(Known { four, at, literal, index }),
                None => short.push((index, literal)),
            }
        }
        order::sort_by_key(&mut known, |known| hash(known.four));
        let mut bits = Box::new([0; 1 << (HASH_BITS - 6)]);
        let mut starts = Box::new([0; 1 << (HASH_BITS - 6)]);
        for (index, known) in known.iter().enumerate().rev() {
            let slot = hash(known.four);
            bits[slot >> 6] |= 1 << (slot & 63);
            starts[slot >> 6] = u16::try_from(index).unwrap_or(u16::MAX);
        }
        Self { bits, known, starts, short }
    }

    /// Calls `each` with the place in the list and the bounds of every literal in `lower`, a text in lower case: those of
    /// four bytes and more first, then the shorter ones, from the beginning of the text.
    pub(super) fn all(&self, lower: &str, mut each: impl FnMut(usize, usize, usize)) {
        let bytes = lower.as_bytes();
        let mut at = 0;
        while at + 4 <= bytes.len() {
            let four = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) | FOLD;
            let slot = hash(four);
            if self.bits[slot >> 6] >> (slot & 63) & 1 != 0 {
                for (known, hit) in self.hits(bytes, at, four) {
                    if bytes[hit.start..hit.end] == *known.literal {
                        each(known.index, hit.start, hit.end);
                    }
                }
            }
            at += 1;
        }
        for (index, literal) in &self.short {
            let mut done = 0;
            for start in memchr::memchr_iter(literal[0], bytes) {
                if start >= done && bytes[start..].starts_with(literal) {
                    done = start + literal.len();
                    each(*index, start, done);
                }
            }
        }
    }

    /// The first literal of four bytes or more in `bytes`; of several that overlap, any.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<Hit> {
        // By index: where code is built to be small, an iterator that others use as well becomes a call for each byte.
        let mut at = 0;
        while at + 4 <= bytes.len() {
            let four = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) | FOLD;
            let slot = hash(four);
            if self.bits[slot >> 6] >> (slot & 63) & 1 != 0
                && let Some(hit) = self.compare(bytes, at, four)
            {
                return Some(hit);
            }
            at += 1;
        }
        None
    }

    #[inline(never)]
    fn compare(&self, bytes: &[u8], at: usize, four: u32) -> Option<Hit> {
        self.hits(bytes, at, four).next().map(|(_, hit)| hit)
    }

    /// The literals that are known by the four bytes at `at` and stand there.
    fn hits(&self, bytes: &[u8], at: usize, four: u32) -> impl Iterator<Item = (&Known, Hit)> {
        let slot = hash(four);
        let first = usize::from(self.starts[slot >> 6]);
        let known = self
            .known
            .get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(move |known| hash(known.four) <= slot);
        known.filter(move |known| known.four == four).filter_map(move |known| {
            let start = at.checked_sub(known.at)?;
            let end = start + known.literal.len();
            let same = bytes.get(start..end)?.eq_ignore_ascii_case(known.literal);
            same.then_some((known, Hit { start, end }))
        })
    }
}

#[inline(always)]
fn folded(four: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(four.try_into().ok()?) | FOLD)
}

/// Multiplicative hashing: the high bits of a product with 2^32 over the golden ratio.
#[inline(always)]
fn hash(four: u32) -> usize {
    (four.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}

/// How seldom four bytes stand in a log: the more, the fewer comparisons in vain. Only speed hangs on it.
fn telling(four: &[u8]) -> u32 {
    const FREQUENT: &[u8] = b" etaoinsrlcdmpuhgfbywvkxjqz";
    const EVERYWHERE: &[u8] = b"postfix/smtpd connect from unknown[ disconnect from client= postfix/qmgr queue active removed \
        message-id=< postfix/cleanup status=sent queued as relay= delays= commands= after noqueue: reject: rcpt from required \
        client host rejected: cannot find your hostname warning: hostname does not resolve to address authentication failed \
        exim[ completed dovecot: imap-login: login: user=< logged out session=< sendmail[ stat=sent spamd: result: connection";
    if memchr::memchr_iter(four[0], EVERYWHERE).any(|at| EVERYWHERE[at..].starts_with(four)) {
        return 0;
    }
    let each = four.iter().map(|byte| match FREQUENT.iter().position(|frequent| frequent == byte) {
        Some(rank) => u32::try_from(rank).unwrap_or(0),
        // Digits and points fill logs.
        None if byte.is_ascii_digit() || b".:=[]/-".contains(byte) => 6,
        None => 15,
    });
    // Two words meet there.
    let between = if four[1..3].contains(&b' ') { 25 } else { 0 };
    each.sum::<u32>() + between
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_there_is_found_and_nothing_else() {
        let sieve = Sieve::new(["timed out", "status=", " == ", "接続を拒否"].into_iter());
        let found = |text: &str| {
            sieve
                .find(text.as_bytes())
                .map(|hit| String::from_utf8_lossy(&text.as_bytes()[hit.start..hit.end]).into_owned())
        };
        assert_eq!(found("Connection TIMED Out").as_deref(), Some("TIMED Out"));
        assert_eq!(found("status=sent").as_deref(), Some("status="));
        assert_eq!(found("a == b").as_deref(), Some(" == "));
        assert_eq!(found("x接続を拒否").as_deref(), Some("接続を拒否"));
        for text in ["", "sta", "status", "timed ou", "imed out", "status\u{1d}", "=="] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
