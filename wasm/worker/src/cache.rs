//! Answers that are shared, by the platform's Cache API: in one place of the platform, for as long as each says.
//!
//! On `*.workers.dev` the platform keeps nothing; then every question is asked anew, within the limits.

use sha2::{Digest, Sha256};
use worker::{Cache, Response};

/// How long evidence is shared, in seconds.
pub(crate) const EVIDENCE_S: u64 = 60;

/// What is kept of `question` among the answers of `kind`.
pub(crate) async fn get(kind: &str, question: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Cache::default().get(key(kind, question), false).await.ok()??;
    kept.bytes().await.ok()
}

/// Keeps `answer` for `seconds`. A cache that does not take it costs a question more, and nothing else.
pub(crate) async fn put(kind: &str, question: &[u8], answer: Vec<u8>, seconds: u64) {
    let Ok(response) = Response::from_bytes(answer) else { return };
    let lives = response.headers().set("cache-control", &format!("max-age={seconds}"));
    if lives.is_ok() {
        let _ = Cache::default().put(key(kind, question), response).await;
    }
}

/// A URL that nobody else can name: a digest, so that no question can be made to look like another.
fn key(kind: &str, question: &[u8]) -> String {
    let digest: String = Sha256::digest(question).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("https://noanswer.invalid/{kind}/{digest}")
}
