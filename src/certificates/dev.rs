//! A certificate made in memory, for `serve --dev` and for tests.

use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::PrivateKeyDer;

use super::identity::Origin;
use super::{CertificateError, Identity};

/// How long before `now` validity starts, for clocks that disagree.
const LEEWAY: Duration = Duration::from_hours(1);
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
    pub key_pem: Secret,
    /// What the server proves itself with.
    pub identity: Identity,
}

/// Text that never shows itself.
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Makes an authority and a certificate for `names` (DNS names or IP addresses), valid from an hour before
/// `now` for 30 days.
pub fn self_signed(
    names: impl IntoIterator<Item = impl Into<String>>,
    now: Timestamp,
) -> Result<DevCertificate, CertificateError> {
    let mut authority = params(Vec::new(), "seawall dev authority", now)?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let mut leaf = params(names.into_iter().map(Into::into).collect(), "seawall dev", now)?;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = leaf.signed_by(&key, &authority)?;

    let origin = Origin { certificate: "made in memory".to_owned(), key: "made in memory".to_owned() };
    let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(|problem| {
        CertificateError::Undecodable { origin: origin.key.clone(), problem: problem.to_owned() }
    })?;
    Ok(DevCertificate {
        ca_pem: authority.pem(),
        certificate_pem: certificate.pem(),
        key_pem: Secret(key.serialize_pem()),
        identity: Identity::new(vec![certificate.der().clone()], private, origin, now)?,
    })
}

/// Parameters with a name and a validity; without the latter a certificate would be valid from 1975 to 4096.
fn params(
    names: Vec<String>,
    common_name: &str,
    now: Timestamp,
) -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, common_name);
    let now = Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default());
    params.not_before = date_time_ymd(1970, 1, 1) + now.saturating_sub(LEEWAY);
    params.not_after = params.not_before + VALIDITY;
    Ok(params)
}
