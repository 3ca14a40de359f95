//! TLS by rustls with ring, because a function of AWS Lambda is loaded and started again and again. Measured on
//! 2026-11-24, static musl binaries that make one ClientHello and end, medians of 40 starts: ring 1.6 MB and 0.5 ms;
//! aws-lc-rs, rustls' default, 3.7 MB and 115 ms, for it gathers its own entropy first. (A whole prober: 3.3 MB
//! against 5.5 MB.)

use noanswer_core::evidence::TlsSeen;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, ProtocolVersion, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use x509_parser::prelude::{FromDer, X509Certificate};

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

/// SMTP's STARTTLS as it is: most exchanges have certificates that nobody checks (RFC 7672 s1.3), so the certificate is
/// looked at and not judged. The handshake itself is checked: the peer holds the certificate's key.
pub(crate) fn opportunistic_client_config() -> ClientConfig {
    let provider = provider();
    let builder = ClientConfig::builder_with_provider(provider.clone());
    let versions = builder.with_safe_default_protocol_versions().expect("ring supports the default versions");
    let verifier = Arc::new(LookOnly(provider));
    let mut config = versions.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    config
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
    let (issuer, subject) = match X509Certificate::from_der(certificate) {
        Ok((_, parsed)) => (parsed.issuer().to_string(), parsed.subject().to_string()),
        Err(_) => (String::new(), String::new()),
    };
    let digest = Sha256::digest(certificate);
    Some(TlsSeen {
        version: match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3".to_owned(),
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2".to_owned(),
            other => format!("{other:?}"),
        },
        fingerprint_sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        issuer,
        subject,
    })
}
