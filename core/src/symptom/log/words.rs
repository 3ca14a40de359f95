//! The words that tell something, whatever table they stand in: a name that holds one is not like others.

use crate::symptom::sieve::Sieve;
use crate::symptom::{classify, finality, mta, phrases, service, tokens};
use std::sync::OnceLock;

/// Every word of the reader's tables that can stand within a name.
struct Words {
    long: Sieve,
    /// Those of fewer than four bytes.
    short: Vec<&'static [u8]>,
    /// One bit for each two bytes that a short one begins with.
    begins: Box<[u64; 1024]>,
}

fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    WORDS.get_or_init(|| {
        let all = phrases::all().map(|(phrase, _)| phrase);
        let all =
            all.chain(service::words()).chain(mta::words()).chain(classify::words()).chain(finality::words());
        let all = all.chain(tokens::system_errors()).chain(tokens::words());
        // What has a space, a bracket or another sign that no name has is found in the form.
        let in_names = |word: &&str| {
            word.trim_matches(['.', '-', '_', ' '])
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        };
        let all: Vec<&'static str> = all.filter(in_names).map(|word| word.trim_matches(' ')).collect();
        let (short, long): (Vec<_>, Vec<_>) =
            all.into_iter().filter(|word| word.len() > 1).partition(|word| word.len() < 4);
        let short: Vec<&'static [u8]> = short.into_iter().map(str::as_bytes).collect();
        let mut begins = Box::new([0_u64; 1024]);
        for word in &short {
            let slot = usize::from(word[0]) << 8 | usize::from(word[1]);
            begins[slot >> 6] |= 1 << (slot & 63);
        }
        Words { long: Sieve::new(long.into_iter()), short, begins }
    })
}

/// Writes to `key` the words that stand in `name`, with what stands on either side of each.
pub(super) fn within(name: &[u8], key: &mut Vec<u8>) {
    let words = words();
    let mut from = 0;
    while let Some(hit) = words.long.find(&name[from..]) {
        put(name, from + hit.start, from + hit.end, key);
        from += hit.start + 1;
    }
    for at in 0..name.len().saturating_sub(1) {
        let (one, two) = (name[at].to_ascii_lowercase(), name[at + 1].to_ascii_lowercase());
        let slot = usize::from(one) << 8 | usize::from(two);
        if words.begins[slot >> 6] >> (slot & 63) & 1 == 0 {
            continue;
        }
        for word in &words.short {
            if name.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word)) {
                put(name, at, at + word.len(), key);
            }
        }
    }
    key.push(0);
}

fn put(name: &[u8], start: usize, end: usize, key: &mut Vec<u8>) {
    let side = |byte: Option<&u8>| match byte {
        None => 1,
        Some(byte) if byte.is_ascii_alphanumeric() => 2,
        Some(byte) => *byte,
    };
    key.push(side(start.checked_sub(1).and_then(|at| name.get(at))));
    key.extend(name[start..end].iter().map(u8::to_ascii_lowercase));
    key.push(side(name.get(end)));
}
