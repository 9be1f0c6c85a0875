//! Certificates from files: the three flags, what is read for them, and what it amounts to.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

use super::identity::Origin;
use super::{CertificateError, Identity};

const CERTIFICATE_FLAG: &str = "--tls-cert";
const KEY_FLAG: &str = "--tls-key";
const CLIENT_CA_FLAG: &str = "--client-ca";

/// More than any chain or bundle of authorities needs.
const MAX_FILE: u64 = 1024 * 1024;

/// Where the certificate, its key and the authorities of clients are.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// PEM file with the certificate chain, leaf first (`--tls-cert`).
    pub certificate: PathBuf,
    /// PEM file with the private key (`--tls-key`).
    pub key: PathBuf,
    /// PEM file with the authorities that client certificates must come from (`--client-ca`); without it,
    /// clients are not asked for one.
    pub client_ca: Option<PathBuf>,
}

/// What a TLS configuration is made of.
#[derive(Clone, Debug)]
pub struct Material {
    /// What the server proves itself with.
    pub identity: Identity,
    /// The authorities that clients must prove themselves by, if they must.
    pub client_roots: Option<RootCertStore>,
}

/// The bytes of the files at one moment.
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl TlsFiles {
    /// Reads and verifies the files at the instant `now`.
    pub fn load(&self, now: Timestamp) -> Result<Material, CertificateError> {
        self.verify(&self.read()?, now)
    }

    pub(super) fn read(&self) -> Result<Contents, CertificateError> {
        Ok(Contents {
            certificate: read(&self.certificate, CERTIFICATE_FLAG)?,
            key: read(&self.key, KEY_FLAG)?,
            client_ca: self.client_ca.as_deref().map(|path| read(path, CLIENT_CA_FLAG)).transpose()?,
        })
    }

    pub(super) fn verify(&self, contents: &Contents, now: Timestamp) -> Result<Material, CertificateError> {
        let chain = certificates(&contents.certificate, &self.certificate, CERTIFICATE_FLAG)?;
        let key = PrivateKeyDer::from_pem_slice(&contents.key)
            .map_err(|error| broken(&error, &self.key, KEY_FLAG, "private key"))?;
        let origin = Origin {
            certificate: format!("in {} ({CERTIFICATE_FLAG})", self.certificate.display()),
            key: format!("in {} ({KEY_FLAG})", self.key.display()),
        };
        let client_roots = match (&self.client_ca, &contents.client_ca) {
            (Some(path), Some(bytes)) => Some(roots(bytes, path)?),
            _ => None,
        };
        Ok(Material { identity: Identity::new(chain, key, origin, now)?, client_roots })
    }
}

impl Contents {
    /// A digest that tells one set of contents from another.
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [Some(&self.certificate), Some(&self.key), self.client_ca.as_ref()].into_iter().flatten()
        {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

pub(super) fn read(path: &Path, flag: &'static str) -> Result<Vec<u8>, CertificateError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|source| CertificateError::Unreadable { path: path.to_owned(), flag, source })?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(CertificateError::TooLarge { path: path.to_owned(), flag, limit: MAX_FILE });
    }
    Ok(bytes)
}

pub(super) fn certificates(
    bytes: &[u8],
    path: &Path,
    flag: &'static str,
) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| broken(&error, path, flag, "certificate"))?;
    if chain.is_empty() {
        return Err(CertificateError::Missing { path: path.to_owned(), flag, wanted: "certificate" });
    }
    Ok(chain)
}

fn roots(bytes: &[u8], path: &Path) -> Result<RootCertStore, CertificateError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(bytes, path, CLIENT_CA_FLAG)? {
        roots.add(certificate).map_err(|error| CertificateError::ClientCa {
            path: path.to_owned(),
            problem: error.to_string(),
        })?;
    }
    Ok(roots)
}

/// Says what is wrong in own words: the library's quote the file, and the file may be a key.
fn broken(error: &pem::Error, path: &Path, flag: &'static str, wanted: &'static str) -> CertificateError {
    let path = path.to_owned();
    let problem = match error {
        pem::Error::NoItemsFound => return CertificateError::Missing { path, flag, wanted },
        pem::Error::MissingSectionEnd { .. } => "an END line is missing",
        pem::Error::IllegalSectionStart { .. } => "a BEGIN line is malformed",
        pem::Error::Base64Decode(_) => "the text between BEGIN and END is not base64",
        _ => "it cannot be decoded",
    };
    CertificateError::Pem { path, flag, problem }
}
