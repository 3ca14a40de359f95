//! DNS-over-HTTPS by reqwest: rustls, HTTP/2, no redirects, bounded in size and time.

use noanswer_core::ports::{Fetch, FetchError, HttpRequest, HttpResponse};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use std::time::Duration;

/// How long one question may take.
const QUESTION: Duration = Duration::from_secs(4);

/// How long a connection to a DoH server or to a vantage's API may take to come about: TCP has sent its first packet three
/// times by then (RFC 6298 s2.1). What is not there after it is not slow, and nobody waits for it longer.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);

/// Asks DoH servers.
#[derive(Clone, Debug)]
pub struct DohFetch {
    client: reqwest::Client,
    question: Duration,
}

/// The client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum DohSetupError {
    /// The file of `--doh-ca` cannot be read.
    #[error("cannot read the CA file {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file of `--doh-ca` holds no certificate in PEM.
    #[error("the CA file {path} holds no certificate in PEM form")]
    NotPem {
        /// The file.
        path: String,
    },
    /// The HTTP client could not be made.
    #[error("cannot set up HTTPS: {0}")]
    Client(#[from] reqwest::Error),
}

impl DohFetch {
    /// A client that trusts the built-in roots, or only the certificates of `ca` (PEM) where one is given.
    ///
    /// # Errors
    /// When the CA file cannot be read or is none.
    pub fn new(ca: Option<&Path>) -> Result<Self, DohSetupError> {
        let tls = crate::tls::https_client_config(roots(ca)?);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("noanswer/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .no_proxy()
            .build()?;
        Ok(Self { client, question: QUESTION })
    }

    /// The HTTP client, for other calls that trust the same roots.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }
}

pub(crate) fn roots(ca: Option<&Path>) -> Result<rustls::RootCertStore, DohSetupError> {
    let mut roots = rustls::RootCertStore::empty();
    let Some(path) = ca else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(roots);
    };
    let shown = path.display().to_string();
    let pem =
        std::fs::read(path).map_err(|source| DohSetupError::Unreadable { path: shown.clone(), source })?;
    let certificates = CertificateDer::pem_slice_iter(&pem).flatten();
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 { Err(DohSetupError::NotPem { path: shown }) } else { Ok(roots) }
}

impl Fetch for DohFetch {
    async fn pause(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    async fn fetch(&self, request: &HttpRequest) -> Result<HttpResponse, FetchError> {
        let ask = async {
            let sent = self.client.get(&request.url).header(reqwest::header::ACCEPT, request.accept).send();
            let mut response = sent.await.map_err(said)?;
            let status = response.status().as_u16();
            let content_type = response.headers().get(reqwest::header::CONTENT_TYPE);
            let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(said)? {
                body.extend_from_slice(&chunk);
                if body.len() > Self::BODY_LIMIT {
                    return Err(FetchError::TooLarge);
                }
            }
            Ok(HttpResponse { status, content_type, body })
        };
        tokio::time::timeout(self.question, ask).await.unwrap_or(Err(FetchError::TimedOut))
    }
}

/// The innermost words of an error: the outer ones only say that a request failed, and repeat the URL.
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

fn said(error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        return FetchError::TimedOut;
    }
    let words = innermost(&error);
    if words.contains("certificate") || words.contains("handshake") || words.contains("alert") {
        FetchError::Tls(words)
    } else if error.is_connect() {
        FetchError::Unreachable(words)
    } else {
        FetchError::Other(words)
    }
}
