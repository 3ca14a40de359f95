//! Names of messages and sessions, as numbers: of a long log, many are remembered.

/// FNV-1a: `text` put to `hash`.
pub(super) fn mixed(hash: u64, text: &[u8]) -> u64 {
    text.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A hash of `text`.
pub(super) fn hashed(text: &[u8]) -> u64 {
    mixed(0xcbf2_9ce4_8422_2325, text)
}
