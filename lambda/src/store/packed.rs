//! Bytes as they are kept in an item: an item's size is what is paid for, and it has 400 KB at most.

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read, Write};

/// The most bytes that are unpacked.
const UNPACKED: u64 = 8 << 20;

/// `bytes`, packed. `None` where they cannot be.
pub(super) fn pack(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).ok()?;
    packer.finish().ok()
}

/// The first bytes of gzip (RFC 1952 s2.3.1). No brotli of a window of 4 MiB begins so.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What [`pack`] has packed, or what an earlier version packed by brotli.
pub(super) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let unpacker: Box<dyn Read> = match packed.starts_with(&GZIP) {
        true => Box::new(GzDecoder::new(packed)),
        false => Box::new(brotli_decompressor::Decompressor::new(packed, 4096)),
    };
    unpacker.take(UNPACKED).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_by_whichever_version() {
        let packed = pack(b"a report").expect("it packs");
        assert_eq!(unpack(&packed).as_deref(), Some(&b"a report"[..]));
        let by_brotli = b"\x1b\x07\x00\x00\xa4\x40\xc2\x82\x92\xc8\x3a";
        assert_eq!(unpack(by_brotli).as_deref(), Some(&b"a report"[..]));
        assert_eq!(unpack(b"neither"), None);
    }
}
