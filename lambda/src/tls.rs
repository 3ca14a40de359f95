//! TLS by rustls with ring, because a function of AWS Lambda is loaded and started again and again. Measured on
//! 2026-11-24, static musl binaries that make one ClientHello and end, medians of 40 starts: ring 1.6 MB and 0.5 ms;
//! aws-lc-rs, rustls' default, 3.7 MB and 115 ms, for it gathers its own entropy first. (A whole prober: 3.3 MB
//! against 5.5 MB.)

use noanswer_core::evidence::{RetryForm, TlsFailure, TlsFailureKind, TlsSeen};
use noanswer_core::scrub::bounded;
use noanswer_core::timestamp::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, ProtocolVersion, RootCertStore, ServerConfig,
    SignatureScheme, SupportedProtocolVersion,
};
use sha2::{Digest, Sha256};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use x509_parser::prelude::{FromDer, Validity, X509Certificate};

/// The one provider of cryptography in the house.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// HTTPS as it should be: certificates are checked against `roots`.
pub(crate) fn https_client_config(roots: RootCertStore) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(provider());
    let versions = builder.with_safe_default_protocol_versions().expect("ring supports the default versions");
    let mut config = versions.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// A server's certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateFileError {
    /// It cannot be read, or is not PEM.
    #[error("cannot read {path}: {words}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        words: String,
    },
    /// The two do not belong together, or are of a kind that is not known.
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// The server's side of HTTPS, with the chain of certificates and the key of two PEM files.
pub(crate) fn https_server_config(
    certificates: &Path,
    key: &Path,
) -> Result<ServerConfig, CertificateFileError> {
    let unreadable = |path: &Path, error: &dyn std::fmt::Display| CertificateFileError::Unreadable {
        path: path.display().to_string(),
        words: error.to_string(),
    };
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(certificates, &error))?;
    if chain.is_empty() {
        return Err(unreadable(certificates, &"it holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, &error))?;
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// SMTP's STARTTLS as it is, in the forms that a prober tries.
#[derive(Clone, Debug)]
pub(crate) struct Handshakes {
    usual: Arc<ClientConfig>,
    no_sni: Arc<ClientConfig>,
    tls12: Arc<ClientConfig>,
}

impl Default for Handshakes {
    fn default() -> Self {
        let mut no_sni = opportunistic(rustls::DEFAULT_VERSIONS);
        no_sni.enable_sni = false;
        Self {
            usual: Arc::new(opportunistic(rustls::DEFAULT_VERSIONS)),
            no_sni: Arc::new(no_sni),
            tls12: Arc::new(opportunistic(&[&rustls::version::TLS12])),
        }
    }
}

impl Handshakes {
    /// The handshake of a session in this form.
    pub(crate) fn of(&self, form: Option<RetryForm>) -> Arc<ClientConfig> {
        match form {
            Some(RetryForm::NoSni) => self.no_sni.clone(),
            Some(RetryForm::Tls12) => self.tls12.clone(),
            _ => self.usual.clone(),
        }
    }
}

/// Most exchanges have certificates that nobody checks (RFC 7672 s1.3), so the certificate is looked at and not judged.
/// The handshake itself is checked: the peer holds the certificate's key.
fn opportunistic(versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
    let provider = provider();
    let builder = ClientConfig::builder_with_provider(provider.clone());
    let versions = builder.with_protocol_versions(versions).expect("ring supports these versions");
    let verifier = Arc::new(LookOnly(provider));
    let mut config = versions.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    config
}

/// Whose limit a failed handshake shows, and the library's words.
pub(crate) fn failure(error: &io::Error) -> TlsFailure {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let kind = match inner {
        Some(error) => failure_kind(error),
        None if error.kind() == io::ErrorKind::UnexpectedEof => TlsFailureKind::Closed,
        None => TlsFailureKind::Other,
    };
    TlsFailure { kind, words: bounded(&error.to_string(), 512).into_owned() }
}

fn failure_kind(error: &rustls::Error) -> TlsFailureKind {
    use rustls::{AlertDescription as Alert, Error};
    match error {
        // What a server says that has nothing in common with us (RFC 5246 s7.2.2, RFC 8446 s6.2).
        Error::AlertReceived(
            Alert::HandshakeFailure | Alert::ProtocolVersion | Alert::InsufficientSecurity,
        ) => TlsFailureKind::ProberLacks,
        Error::AlertReceived(_) => TlsFailureKind::Alert,
        Error::PeerIncompatible(_) => TlsFailureKind::ProberLacks,
        // A certificate is not judged here: one that fails is of a form that the library does not read. "Bad signature" it
        // says, too, of an RSA key below 2048 bits, by which it checks none.
        Error::InvalidCertificate(_) => TlsFailureKind::ProberLacks,
        Error::InvalidMessage(_) => TlsFailureKind::NotTls,
        Error::PeerMisbehaved(_) | Error::InappropriateMessage { .. } | Error::DecryptError => {
            TlsFailureKind::Misbehaved
        }
        Error::InappropriateHandshakeMessage { .. } => TlsFailureKind::Misbehaved,
        _ => TlsFailureKind::Other,
    }
}

#[derive(Debug)]
struct LookOnly(Arc<CryptoProvider>);

impl ServerCertVerifier for LookOnly {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// TLS in which the certificate is checked against `roots`, and a certificate that does not hold is noted and passed: what
/// follows can still be looked at. For one handshake.
pub(crate) fn noting_client_config(roots: RootCertStore) -> Result<(ClientConfig, Arc<Note>), rustls::Error> {
    let provider = provider();
    let checks = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    let note = Arc::new(Note { checks, passes: LookOnly(provider.clone()), words: Mutex::default() });
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = builder.dangerous().with_custom_certificate_verifier(note.clone()).with_no_client_auth();
    Ok((config, note))
}

/// What was noted of a certificate.
#[derive(Debug)]
pub(crate) struct Note {
    checks: Arc<WebPkiServerVerifier>,
    passes: LookOnly,
    words: Mutex<Option<String>>,
}

impl Note {
    /// Why the certificate does not hold; `None` where it does.
    pub(crate) fn words(&self) -> Option<String> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Note {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let checked =
            self.checks.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        if let Err(error) = checked {
            let words = match &error {
                rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                    "no authority that is trusted has signed it".to_owned()
                }
                rustls::Error::InvalidCertificate(reason) => reason.to_string(),
                other => other.to_string(),
            };
            *self.words.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.passes.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.passes.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.passes.supported_verify_schemes()
    }
}

/// What a finished handshake shows. `None` when the peer sent no certificate.
pub(crate) fn seen(session: &rustls::ClientConnection) -> Option<TlsSeen> {
    let certificate = session.peer_certificates()?.first()?;
    let parsed = X509Certificate::from_der(certificate).ok().map(|(_, parsed)| parsed);
    let name = |of: fn(&X509Certificate<'_>) -> String| parsed.as_ref().map(of).unwrap_or_default();
    let date =
        |of: fn(&Validity) -> i64| parsed.as_ref().map(|parsed| Timestamp::from_unix(of(parsed.validity())));
    let digest = Sha256::digest(certificate);
    Some(TlsSeen {
        version: match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3".to_owned(),
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2".to_owned(),
            other => format!("{other:?}"),
        },
        fingerprint_sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        issuer: name(|parsed| parsed.issuer().to_string()),
        subject: name(|parsed| parsed.subject().to_string()),
        not_before: date(|validity| validity.not_before.timestamp()),
        not_after: date(|validity| validity.not_after.timestamp()),
    })
}
