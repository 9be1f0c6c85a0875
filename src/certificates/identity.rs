//! A certificate chain with its private key, known to belong together and to be valid.

use std::sync::Arc;

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::CertificateError;

/// What a server proves itself with.
#[derive(Clone, Debug)]
pub struct Identity {
    pub(super) key: Arc<CertifiedKey>,
    expires: Timestamp,
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
        let expires = check_validity(chain.first().map_or(&[], AsRef::as_ref), &origin.certificate, now)?;
        let provider = rustls::crypto::ring::default_provider();
        let key = CertifiedKey::from_der(chain, key, &provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                CertificateError::Mismatch { key: origin.key, certificate: origin.certificate }
            }
            source => CertificateError::UnusableKey { origin: origin.key, source },
        })?;
        Ok(Self { key: Arc::new(key), expires })
    }

    /// When the leaf stops being valid.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }
}

/// The end of a certificate's validity, if `now` lies within it.
fn check_validity(leaf: &[u8], origin: &str, now: Timestamp) -> Result<Timestamp, CertificateError> {
    let undecodable = |problem: String| CertificateError::Undecodable { origin: origin.to_owned(), problem };
    let (_, certificate) = X509Certificate::from_der(leaf).map_err(|error| undecodable(error.to_string()))?;
    let instant = |time: x509_parser::time::ASN1Time| {
        Timestamp::from_second(time.timestamp()).map_err(|error| undecodable(error.to_string()))
    };
    let from = instant(certificate.validity().not_before)?;
    let until = instant(certificate.validity().not_after)?;
    if now < from {
        return Err(CertificateError::NotYetValid { origin: origin.to_owned(), from });
    }
    if now >= until {
        return Err(CertificateError::Expired { origin: origin.to_owned(), at: until });
    }
    Ok(until)
}
