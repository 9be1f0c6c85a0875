//! Making certificates: an authority, and leaves of it. Every key is a new ECDSA P-256 one.
//!
//! Two authorities never look alike, even if they are made in the same second: the subject ends in the beginning of
//! the key's identifier, and leaves name their authority by that identifier too. So nobody who verifies a chain while
//! two authorities are trusted tries the wrong one. Serial numbers come from the key and are as unique.

use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

use super::identity::Origin;
use super::{Certificate, CertificateError, Identity};

/// How long before now validity starts, for clocks that disagree.
pub(super) const LEEWAY: Duration = Duration::from_hours(1);

/// What errors say of things that were never in a file.
const IN_MEMORY: &str = "made in memory";

/// A private key in PEM, which never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPem(pub String);

impl std::fmt::Debug for KeyPem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyPem")
    }
}

/// A certificate that issues others, with its key.
pub(super) struct Authority {
    pub(super) certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key, just issued.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) certificate_pem: String,
    pub(super) key_pem: KeyPem,
    pub(super) identity: Identity,
}

/// A new authority: how it is written down, and what it issues with.
pub(super) struct NewAuthority {
    pub(super) certificate_pem: String,
    pub(super) key_pem: KeyPem,
    pub(super) authority: Authority,
}

impl Authority {
    /// Makes an authority, valid from [`LEEWAY`] before `now` until `validity` after.
    pub(super) fn generate(
        name: &str,
        validity: Duration,
        now: Timestamp,
    ) -> Result<NewAuthority, CertificateError> {
        let key = KeyPair::generate()?;
        let mut params = params(Vec::new(), now, after(now, validity))?;
        let id = params.key_identifier(&key);
        let id = id.first_chunk().map_or(0, |id| u32::from_be_bytes(*id));
        params.distinguished_name.push(DnType::CommonName, format!("{name} {id:08x}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let made = params.self_signed(&key)?;
        let certificate_pem = made.pem();
        let key_pem = KeyPem(key.serialize_pem());
        let certificate = Certificate::read(made.into(), IN_MEMORY)?;
        let authority = Self { certificate, issuer: Issuer::new(params, key) };
        Ok(NewAuthority { certificate_pem, key_pem, authority })
    }

    /// The authority among `certificates` that `key_pem` is the key of, if there is one that can issue.
    pub(super) fn find<'a>(
        mut certificates: impl Iterator<Item = &'a Certificate>,
        key_pem: &str,
    ) -> Option<Self> {
        let key = KeyPair::from_pem(key_pem).ok()?;
        let certificate =
            certificates.find(|it| it.is_authority && it.public_key == key.public_key_raw()).cloned()?;
        // The name of the issuer has to come out to the byte; where it would not, others issue.
        let name = certificate.common_name.clone()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        if let Some(id) = &certificate.key_id {
            params.key_identifier_method = KeyIdMethod::PreSpecified(id.clone());
        }
        Some(Self { certificate, issuer: Issuer::new(params, key) })
    }

    /// Issues a certificate for `names` (DNS names or IP addresses), valid from [`LEEWAY`] before `now` until
    /// `validity` after, and no longer than the authority.
    pub(super) fn issue(
        &self,
        names: &[String],
        validity: Duration,
        now: Timestamp,
    ) -> Result<Issued, CertificateError> {
        let until = after(now, validity).min(self.certificate.not_after);
        let mut params = params(names.to_vec(), now, until)?;
        params.distinguished_name.push(DnType::CommonName, "seawall");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let made = params.signed_by(&key, &self.issuer)?;
        let (certificate_pem, key_pem) = (made.pem(), KeyPem(key.serialize_pem()));
        let private = key.serialize_der().try_into().map_err(|problem: &str| {
            CertificateError::Undecodable { origin: IN_MEMORY.to_owned(), problem: problem.to_owned() }
        })?;
        let origin = Origin { certificate: IN_MEMORY.to_owned(), key: IN_MEMORY.to_owned() };
        let identity = Identity::new(vec![made.into()], private, origin, now)?;
        Ok(Issued { certificate_pem, key_pem, identity })
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("certificate", &self.certificate.subject).finish_non_exhaustive()
    }
}

/// Parameters with a validity; without one a certificate would be valid from 1975 to 4096.
fn params(
    names: Vec<String>,
    now: Timestamp,
    until: Timestamp,
) -> Result<CertificateParams, CertificateError> {
    let since_epoch = |at: Timestamp| Duration::from_secs(u64::try_from(at.as_second()).unwrap_or_default());
    let epoch = date_time_ymd(1970, 1, 1);
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = epoch + since_epoch(now).saturating_sub(LEEWAY);
    params.not_after = epoch + since_epoch(until);
    Ok(params)
}

/// So much later, or the end of time.
pub(super) fn after(at: Timestamp, duration: Duration) -> Timestamp {
    at.checked_add(duration).unwrap_or(Timestamp::MAX)
}
