//! A certificate made in memory, for `serve --dev` and for tests.

use std::time::Duration;

use jiff::Timestamp;

use super::authority::{Authority, Issued, KeyPem};
use super::{CertificateError, Identity};

/// How long the certificate is valid: longer than anyone keeps a development server.
const VALIDITY: Duration = Duration::from_hours(30 * 24);

/// An authority that exists only here, and a certificate of it.
#[derive(Debug)]
pub struct DevCertificate {
    /// The authority's certificate, for clients to trust. Its key is gone.
    pub ca_pem: String,
    /// The leaf's certificate.
    pub certificate_pem: String,
    /// The leaf's private key.
    pub key_pem: KeyPem,
    /// What the server proves itself with.
    pub identity: Identity,
}

/// Makes an authority and a certificate for `names` (DNS names or IP addresses), valid from an hour before
/// `now` until 30 days after.
pub fn self_signed(
    names: impl IntoIterator<Item = impl Into<String>>,
    now: Timestamp,
) -> Result<DevCertificate, CertificateError> {
    let names: Vec<_> = names.into_iter().map(Into::into).collect();
    let made = Authority::generate("seawall dev authority", VALIDITY, now)?;
    let Issued { certificate_pem, key_pem, identity } = made.authority.issue(&names, VALIDITY, now)?;
    Ok(DevCertificate { ca_pem: made.certificate_pem, certificate_pem, key_pem, identity })
}
