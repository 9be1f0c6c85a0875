//! A certificate chain with its private key, known to belong together.

use std::sync::Arc;

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::{Certificate, CertificateError};

/// What a server proves itself with.
#[derive(Clone, Debug)]
pub struct Identity {
    pub(super) key: Arc<CertifiedKey>,
    leaf: Arc<Certificate>,
}

/// Where a chain and its key came from, as errors name it.
pub(super) struct Origin {
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Identity {
    /// Verifies a chain (leaf first) and its key at the instant `now`.
    pub(super) fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        origin: Origin,
        now: Timestamp,
    ) -> Result<Self, CertificateError> {
        let certificate = origin.certificate.clone();
        let identity = Self::pair(chain, key, origin)?;
        identity.leaf.check_validity(&certificate, now)?;
        Ok(identity)
    }

    /// Verifies that a chain (leaf first) and a key belong together, at whatever time.
    pub(super) fn pair(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        origin: Origin,
    ) -> Result<Self, CertificateError> {
        let leaf = chain.first().cloned().unwrap_or_else(|| Vec::new().into());
        let leaf = Certificate::read(leaf, &origin.certificate)?;
        let provider = rustls::crypto::ring::default_provider();
        let key = CertifiedKey::from_der(chain, key, &provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                CertificateError::Mismatch { key: origin.key, certificate: origin.certificate }
            }
            source => CertificateError::UnusableKey { origin: origin.key, source },
        })?;
        Ok(Self { key: Arc::new(key), leaf: Arc::new(leaf) })
    }

    /// When the leaf stops being valid.
    pub fn expires(&self) -> Timestamp {
        self.leaf.not_after
    }

    /// What the leaf says of itself.
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The certificates, leaf first.
    pub(super) fn chain(&self) -> &[CertificateDer<'static>] {
        &self.key.cert
    }
}
