//! A bundle of authorities, as `ca.crt` and `caBundle` have it, and what it verifies.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError as Reason, RootCertStore};

use super::{Certificate, CertificateError, Identity, files};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// In the markers of keys of every kind.
const PRIVATE_KEY: &[u8] = b"PRIVATE KEY";

/// Authorities to trust, in their order.
#[derive(Clone, Debug, Default)]
pub struct Bundle(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    pem: String,
    certificate: Certificate,
}

impl Bundle {
    /// Reads every certificate of a PEM text. What is broken is left out; how many were, comes second.
    pub fn read(pem: &[u8]) -> (Self, usize) {
        let text = String::from_utf8_lossy(pem);
        let (mut entries, mut broken) = (Vec::new(), 0);
        for block in text.split(BEGIN).skip(1) {
            let entry = block.split_once(END).and_then(|(body, _)| Entry::read(body));
            broken += usize::from(entry.is_none());
            entries.extend(entry);
        }
        // A text without any marker is broken as a whole.
        broken += usize::from(entries.is_empty() && broken == 0 && !text.trim().is_empty());
        (Self(entries), broken)
    }

    /// Reads a PEM file that `flag` has named. One of nothing is an error, and so is one with something broken or with a
    /// private key in it: bundles go where everybody may read them.
    pub fn load(path: &Path, flag: &'static str) -> Result<Self, CertificateError> {
        let bytes = files::read(path, flag)?;
        if bytes.windows(PRIVATE_KEY.len()).any(|it| it == PRIVATE_KEY) {
            return Err(CertificateError::HasKey { path: path.to_owned(), flag });
        }
        files::certificates(&bytes, path, flag)?;
        let (bundle, broken) = Self::read(&bytes);
        if broken > 0 {
            let problem = "what stands between its markers is no certificate";
            return Err(CertificateError::Pem { path: path.to_owned(), flag, problem });
        }
        Ok(bundle)
    }

    /// The certificates.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.0.iter().map(|entry| &entry.certificate)
    }

    /// Verifies the chain of `identity` for each of `names` at the instant `now`.
    pub fn verify(&self, identity: &Identity, names: &[String], now: Timestamp) -> Result<(), String> {
        self.verify_chain(identity.chain(), names, now)
    }

    /// Verifies a chain, leaf first, for each of `names` (DNS names or IP addresses) at the instant `now`.
    pub fn verify_chain(
        &self,
        chain: &[CertificateDer<'_>],
        names: &[String],
        now: Timestamp,
    ) -> Result<(), String> {
        let [leaf, intermediates @ ..] = chain else { return Err("there is no certificate".to_owned()) };
        let leaf = ParsedCertificate::try_from(leaf).map_err(|error| say(&error))?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.certificates().map(|it| it.der.clone()));
        let now = Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default());
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
        let now = UnixTime::since_unix_epoch(now);
        verify_server_cert_signed_by_trust_anchor(&leaf, &roots, intermediates, now, algorithms)
            .map_err(|error| say(&error))?;
        names.iter().try_for_each(|name| {
            let server = ServerName::try_from(name.as_str())
                .map_err(|_| format!("`{name}` is neither a DNS name nor an IP address"))?;
            verify_server_name(&leaf, &server).map_err(|_| format!("it is not for `{name}`"))
        })
    }

    pub(super) fn contains(&self, certificate: &Certificate) -> bool {
        self.certificates().any(|it| it.der == certificate.der)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The bundle without all but what `keep` holds of.
    pub(super) fn only(&self, keep: impl Fn(&Certificate) -> bool) -> Self {
        Self(self.0.iter().filter(|entry| keep(&entry.certificate)).cloned().collect())
    }

    /// Both, the entries of `self` last, no entry twice; of the first ones no more than leave `most` in all.
    pub(super) fn after(&self, earlier: &Self, most: usize) -> Self {
        let mut entries = earlier.only(|it| !self.contains(it)).0;
        entries.extend(self.0.iter().cloned());
        let surplus = entries.len().saturating_sub(most);
        Self(entries.split_off(surplus))
    }

    /// The bundle as PEM: its certificates and nothing else.
    pub fn pem(&self) -> String {
        self.0.iter().map(|entry| entry.pem.as_str()).collect()
    }
}

impl Entry {
    fn read(body: &str) -> Option<Self> {
        let pem = format!("{BEGIN}\n{}\n{END}\n", body.trim());
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
        let certificate = Certificate::read(der, "").ok()?;
        Some(Self { pem, certificate })
    }
}

/// Whether an API server with this `caBundle` would trust a server with this identity under this name.
pub fn verifies(bundle_pem: &[u8], leaf: &Identity, dns_name: &str, now: Timestamp) -> bool {
    Bundle::read(bundle_pem).0.verify(leaf, &[dns_name.to_owned()], now).is_ok()
}

/// Why a chain is not verified, in words for those who do not know the library.
fn say(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(reason) = error else { return error.to_string() };
    let words = match reason {
        Reason::UnknownIssuer => "none of the authorities has issued it",
        Reason::Expired | Reason::ExpiredContext { .. } => "it has expired",
        Reason::NotValidYet | Reason::NotValidYetContext { .. } => "it is not valid yet",
        Reason::BadSignature => "its signature is not that of the authority",
        Reason::InvalidPurpose | Reason::InvalidPurposeContext { .. } => "it is not for servers",
        _ => return error.to_string(),
    };
    words.to_owned()
}
