//! Clients that the operator knows: each has a token of its own, limits of its own, and may be told of what is done for it.
//!
//! A file (TOML) names them. Tokens are hashed in it; they are random (128 bits and more), so that a plain SHA-256 does:
//! there is nothing to guess.

use super::quota::Limit;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use noanswer_core::ports::{HttpCall, HttpMethod};
use noanswer_core::timestamp::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

/// A client of the file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Client {
    /// What it is called in the log and in counters.
    pub name: String,
    /// The SHA-256 of its token, in hexadecimal.
    token_sha256: String,
    /// Checks a minute; those of everybody, where the file does not say.
    #[serde(default)]
    checks: Option<u32>,
    /// Lookups a minute.
    #[serde(default)]
    lookups: Option<u32>,
    /// Where it is told of checks that are done (`Prefer: respond-async`): HTTPS.
    #[serde(default)]
    webhook: Option<String>,
    /// The variable that holds the secret with which that is signed.
    #[serde(default)]
    webhook_secret_env: Option<String>,
    #[serde(skip)]
    secret: Vec<u8>,
}

/// No secret is printed.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A clients file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// It is not TOML of the expected form.
    #[error("it is not of the expected form: {0}")]
    Form(String),
    /// A client that cannot be one.
    #[error("client {name:?}: {words}")]
    Client {
        /// Its name.
        name: String,
        /// What is wrong.
        words: String,
    },
}

/// The clients that are known, by their tokens.
#[derive(Clone, Debug, Default)]
pub struct Clients(Vec<Arc<Client>>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "client")]
    clients: Vec<Client>,
}

impl Clients {
    /// Reads the text of a file; secrets are taken from `env` now.
    ///
    /// # Errors
    /// When it is of another form, a name or token stands twice, or a webhook is not HTTPS or has no secret.
    pub fn parse(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, ClientsError> {
        let file: File = toml::from_str(text)
            .map_err(|error| ClientsError::Form(crate::toml_error::one_line(&error, text)))?;
        let mut known = BTreeSet::new();
        let mut clients = Vec::new();
        for mut client in file.clients {
            let wrong =
                |words: &str| ClientsError::Client { name: client.name.clone(), words: words.to_owned() };
            client.token_sha256.make_ascii_lowercase();
            let hash = &client.token_sha256;
            if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(wrong(
                    "token-sha256 is no SHA-256 in hexadecimal: `noanswer config token` makes one",
                ));
            }
            let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            if client.name.is_empty() || !client.name.bytes().all(is_word) {
                return Err(wrong("name: letters, digits, - _ . alone"));
            }
            if !known.insert(client.name.clone()) || !known.insert(hash.clone()) {
                return Err(wrong("its name or its token stands twice"));
            }
            if client.checks == Some(0) || client.lookups == Some(0) {
                return Err(wrong("a limit of 0: leave the client out"));
            }
            if let Some(url) = &client.webhook {
                let url = url::Url::parse(url).map_err(|_| wrong("webhook is no URL"))?;
                if url.scheme() != "https" && !url.host_str().is_some_and(is_loopback) {
                    return Err(wrong("webhook: https alone, but for loopback"));
                }
                let name = client.webhook_secret_env.as_deref();
                let name = name.ok_or_else(|| wrong("a webhook needs webhook-secret-env"))?;
                let secret = env(name).filter(|secret| secret.len() >= 16);
                let words = format!("the variable {name} holds no secret of 16 characters or more");
                let secret = secret.ok_or_else(|| wrong(&words))?;
                // The form in which Standard Webhooks' libraries take a secret.
                client.secret = match secret.strip_prefix("whsec_") {
                    Some(coded) => STANDARD
                        .decode(coded)
                        .map_err(|_| wrong(&format!("{name}: no base64 after whsec_")))?,
                    None => secret.into_bytes(),
                };
            }
            clients.push(Arc::new(client));
        }
        Ok(Self(clients))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose token an `Authorization` header carries (RFC 6750 s2.1).
    pub fn of(&self, authorization: Option<&str>) -> Option<Arc<Client>> {
        let (scheme, token) = authorization?.split_once(' ')?;
        if self.0.is_empty() || !scheme.eq_ignore_ascii_case("Bearer") {
            return None;
        }
        let hash = hash(token);
        // Each is compared, and in constant time: which one it is like tells nobody anything.
        let is = |client: &Client| {
            bool::from(subtle::ConstantTimeEq::ct_eq(hash.as_bytes(), client.token_sha256.as_bytes()))
        };
        self.0.iter().fold(None, |found, client| if is(client) { Some(client.clone()) } else { found })
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// The SHA-256 of a token, as it stands in the file.
pub fn hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

/// A new token of these random bytes.
pub fn token(random: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

impl Client {
    /// How often in a minute it may.
    pub fn a_minute(&self, limit: Limit) -> u32 {
        match limit {
            Limit::Checks => self.checks,
            Limit::Lookups => self.lookups,
            Limit::Relay | Limit::Targets => None,
        }
        .unwrap_or(limit.a_minute())
    }

    /// The call that tells it `body`, a JSON object, at `now`: signed as Standard Webhooks says (HMAC-SHA256 of
    /// `id.timestamp.body`), so that its receiver knows who sent it, and when. Nothing where it wants no calls.
    pub fn webhook(&self, id: &str, body: String, now: Timestamp) -> Option<HttpCall> {
        let url = self.webhook.clone()?;
        let at = now.unix();
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).ok()?;
        mac.update(format!("{id}.{at}.{body}").as_bytes());
        let tag = STANDARD.encode(mac.finalize().into_bytes());
        let header = |name: &str, value: String| (name.to_owned(), value);
        Some(HttpCall {
            method: HttpMethod::Post,
            url,
            headers: vec![
                header("content-type", "application/json".to_owned()),
                header("webhook-id", id.to_owned()),
                header("webhook-timestamp", at.to_string()),
                header("webhook-signature", format!("v1,{tag}")),
            ],
            body: body.into_bytes(),
            timeout_ms: 10_000,
            limit: 64 << 10,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Clients, String> {
        // The second is the first as Standard Webhooks' libraries take it.
        let env = |name: &str| match name {
            "SECRET" => Some("0123456789abcdef".to_owned()),
            "CODED" => Some("whsec_MDEyMzQ1Njc4OWFiY2RlZg==".to_owned()),
            _ => None,
        };
        Clients::parse(text, &env).map_err(|error| error.to_string())
    }

    #[test]
    fn a_client_is_known_by_its_token_and_has_its_own_limits() {
        let text = format!(
            "[[client]]\nname = 'a'\ntoken-sha256 = '{}'\nchecks = 600\n\
             [[client]]\nname = 'b'\ntoken-sha256 = '{}'\n",
            hash("right"),
            hash("other")
        );
        let clients = parsed(&text).expect("a file");
        let of = |header: &str| clients.of(Some(header)).map(|client| client.name.clone());
        assert_eq!(of("bearer right").as_deref(), Some("a"));
        assert_eq!(of("Bearer other").as_deref(), Some("b"));
        assert_eq!(of("Bearer wrong"), None);
        assert_eq!(of(&format!("Bearer {}", hash("right"))), None, "the hash is no token");
        let client = clients.of(Some("Bearer right")).expect("known");
        assert_eq!((client.a_minute(Limit::Checks), client.a_minute(Limit::Lookups)), (600, 30));
        assert!(!format!("{clients:?}").contains(&hash("right")));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let hash = hash("x");
        for (text, words) in [
            ("[[client]]\nname = 'a'\ntoken-sha256 = 'plain'".to_owned(), "SHA-256"),
            (format!("[[client]]\nname = 'a b'\ntoken-sha256 = '{hash}'"), "name"),
            (format!("[[client]]\nname = 'a'\ntoken-sha256 = '{hash}'\n").repeat(2), "twice"),
            (
                format!("[[client]]\nname = 'a'\ntoken-sha256 = '{hash}'\nwebhook = 'http://hook.example/'"),
                "https",
            ),
            (
                format!("[[client]]\nname = 'a'\ntoken-sha256 = '{hash}'\nwebhook = 'https://hook.example/'"),
                "secret",
            ),
            (format!("[[client]]\nname = 'a'\ntoken-sha256 = '{hash}'\nquota = 7"), "quota"),
        ] {
            let error = parsed(&text).expect_err(&text);
            assert!(error.contains(words), "{error}");
        }
    }

    /// The example of the Standard Webhooks specification's form, by another implementation (openssl dgst -sha256 -hmac).
    #[test]
    fn a_call_is_signed_over_its_id_its_time_and_its_body() {
        for name in ["SECRET", "CODED"] {
            let text = format!(
                "[[client]]\nname = 'a'\ntoken-sha256 = '{}'\nwebhook = 'https://hook.example/x'\nwebhook-secret-env = '{name}'",
                hash("x")
            );
            let client = parsed(&text).expect("a file").of(Some("Bearer x")).expect("known");
            let call = client.webhook("id-1", r#"{"a":1}"#.to_owned(), Timestamp::from_unix(1_700_000_000));
            let call = call.expect("it wants calls");
            let signature = call.headers.iter().find(|(name, _)| name == "webhook-signature");
            assert_eq!(
                signature.map(|(_, value)| value.as_str()),
                Some("v1,NXIo6Hqv9psVb++1NHddD2YMdQBPEXIwdg+LFCwXLx4=")
            );
        }
    }
}
