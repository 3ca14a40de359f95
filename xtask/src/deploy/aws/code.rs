//! What is deployed to a region: the function's code, and what its stack is told.

use anyhow::{Context, Result, ensure};
use std::hash::Hasher;
use std::path::PathBuf;

/// What a stack is told beside what it is told always.
pub type Parameters = Vec<(&'static str, String)>;

/// The function's code.
pub struct Code {
    /// The zip.
    pub zip: PathBuf,
    /// Its name in a bucket, another for other bytes: so CloudFormation sees that it changed.
    pub key: String,
}

impl Code {
    /// The zip at `zip`, named after its bytes.
    ///
    /// # Errors
    /// When it cannot be read, or is no zip.
    pub fn read(zip: PathBuf) -> Result<Self> {
        let bytes = std::fs::read(&zip).with_context(|| zip.display().to_string())?;
        ensure!(bytes.starts_with(b"PK"), "{} is not a zip", zip.display());
        let mut hash = std::hash::DefaultHasher::new();
        hash.write(&bytes);
        Ok(Self { zip, key: format!("noanswer-{:016x}.zip", hash.finish()) })
    }
}
