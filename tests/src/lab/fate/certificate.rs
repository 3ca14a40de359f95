//! Certificates: the lab's own authority for DNS-over-HTTPS, and self-signed ones as mail servers have them.

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::IpAddr;
use std::sync::Arc;

/// A certificate and its key, in PEM.
pub struct Certificate {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

/// So many names stand in a mail server's certificate that it fills more than one packet, as many real ones do:
/// that is what dies in an MTU black hole.
const NAMES: usize = 100;

impl Certificate {
    /// A certificate for `name`, signed by its own key in the name of `issuer`, as large as those of shared hosts are.
    pub fn by(issuer: &str, name: &str) -> Result<Self> {
        let names = (0..NAMES).map(|n| format!("customer-{n}.{name}"));
        let mut parameters =
            CertificateParams::new([name.to_owned()].into_iter().chain(names).collect::<Vec<_>>())?;
        parameters.distinguished_name.push(DnType::CommonName, issuer);
        let key = KeyPair::generate()?;
        let certificate = parameters.self_signed(&key)?;
        Ok(Self { certificate: certificate.pem(), key: key.serialize_pem() })
    }

    /// A new authority (its certificate alone, in PEM) and a certificate by it for `addresses`.
    pub fn with_authority(addresses: &[IpAddr]) -> Result<(String, Self)> {
        let mut parameters = CertificateParams::new(Vec::new())?;
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, "noanswer lab authority");
        let authority = CertifiedIssuer::self_signed(parameters, KeyPair::generate()?)?;
        let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(names)?.signed_by(&key, &authority)?;
        Ok((authority.pem(), Self { certificate: certificate.pem(), key: key.serialize_pem() }))
    }

    /// A TLS server's settings with this certificate.
    pub fn tls(&self) -> Result<rustls::ServerConfig> {
        let chain = vec![CertificateDer::from_pem_slice(self.certificate.as_bytes())?];
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .context("the certificate does not fit its key")
    }
}
