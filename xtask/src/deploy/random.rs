//! Randomness of the system.

use anyhow::Result;
use std::io::Read;

/// A token that nobody guesses: 256 bits of the system's randomness, in hexadecimal.
///
/// # Errors
/// When the system gives none.
pub fn token() -> Result<String> {
    let mut bytes = [0; 32];
    std::fs::File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
