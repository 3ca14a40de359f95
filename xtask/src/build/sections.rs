//! Custom sections of a wasm module, which nothing that runs it reads.

use anyhow::{Context, Result};

/// The module without its custom sections (WebAssembly Core 2.0, s5.5.3).
///
/// # Errors
/// When it is no module.
pub(super) fn without_custom(module: &[u8]) -> Result<Vec<u8>> {
    const HEAD: usize = 8; // the magic number and the version
    let mut kept = module.get(..HEAD).context("no wasm")?.to_vec();
    let mut at = HEAD;
    while let Some(id) = module.get(at) {
        let (length, body) = size(module, at + 1).context("a section without a size")?;
        let section = module.get(at..body + length).context("a section that is cut")?;
        if *id != 0 {
            kept.extend_from_slice(section);
        }
        at = body + length;
    }
    Ok(kept)
}

/// The number at `at` in LEB128 (s5.2.2), and where it ends.
fn size(module: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = *module.get(at)?;
        number |= usize::from(byte & 0x7f).checked_shl(shift)?;
        at += 1;
        if byte & 0x80 == 0 {
            return Some((number, at));
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::without_custom;

    #[test]
    fn only_custom_sections_go() {
        let head = b"\0asm\x01\0\0\0";
        let types = [1, 1, 0];
        let custom = [0, 5, 1, b'x', 1, 2, 3];
        let module = [head.as_slice(), &custom, &types, &custom].concat();
        assert_eq!(without_custom(&module).unwrap(), [head.as_slice(), &types].concat());
        assert!(without_custom(&module[..10]).is_err());
        assert!(without_custom(b"no").is_err());
    }
}
