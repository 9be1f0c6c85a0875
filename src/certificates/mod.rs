//! The certificate Seawall serves with: made or read, verified, swapped without dropping a connection.
//!
//! [`CertificateStore`] holds what is served now. It is filled from files ([`TlsFiles`], followed by [`Reloader`]), from
//! a Secret whose certificates Seawall makes and renews itself ([`Managed`]), or in memory for a first try
//! ([`dev::self_signed`]). Time is always an argument.

mod authority;
mod bundle;
mod certificate;
mod chain;
pub mod dev;
mod files;
mod identity;
mod managed;
mod reload;
pub mod rotation;
mod store;
mod stored;

use std::path::PathBuf;

use jiff::Timestamp;

pub use authority::KeyPem;
pub use bundle::{Bundle, verifies};
pub use certificate::Certificate;
pub use chain::Chain;
pub use files::{Material, TlsFiles};
pub use identity::Identity;
pub use managed::{Managed, ManagedNames, ManagedOptions};
pub use reload::{CertificateStatus, Reloader};
pub use store::CertificateStore;
pub use stored::{Rotate, Stored};

/// Why a certificate cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("cannot read {} ({flag}): {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The flag that named it.
        flag: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is far larger than any certificate chain.
    #[error("{} ({flag}) is larger than {limit} bytes, so it is not a certificate or key", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The flag that named it.
        flag: &'static str,
        /// The most that is read.
        limit: u64,
    },
    /// A file is not PEM, or what stands between its markers is broken.
    #[error("{} ({flag}) is not valid PEM: {problem}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// The flag that named it.
        flag: &'static str,
        /// What is wrong, without any of the content.
        problem: &'static str,
    },
    /// A file is PEM, but without what is looked for.
    #[error("{} ({flag}) holds no {wanted}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The flag that named it.
        flag: &'static str,
        /// `certificate` or `private key`.
        wanted: &'static str,
    },
    /// A private key stands where everybody may read.
    #[error("{} ({flag}) has a private key, which has no business among authorities", path.display())]
    HasKey {
        /// The file.
        path: PathBuf,
        /// The flag that named it.
        flag: &'static str,
    },
    /// The certificate cannot be decoded.
    #[error("the certificate {origin} cannot be decoded: {problem}")]
    Undecodable {
        /// Where the certificate came from.
        origin: String,
        /// What the decoder said.
        problem: String,
    },
    /// The key is of a kind that cannot sign.
    #[error("the private key {origin} cannot be used: {source}")]
    UnusableKey {
        /// Where the key came from.
        origin: String,
        /// What the TLS library said.
        source: rustls::Error,
    },
    /// Certificate and key are not a pair.
    #[error("the private key {key} does not belong to the certificate {certificate}")]
    Mismatch {
        /// Where the key came from.
        key: String,
        /// Where the certificate came from.
        certificate: String,
    },
    /// The certificate was valid once.
    #[error("the certificate {origin} expired at {at}")]
    Expired {
        /// Where the certificate came from.
        origin: String,
        /// The end of its validity.
        at: Timestamp,
    },
    /// The certificate will be valid.
    #[error("the certificate {origin} is not valid before {from}")]
    NotYetValid {
        /// Where the certificate came from.
        origin: String,
        /// The start of its validity.
        from: Timestamp,
    },
    /// A certificate in the file of client authorities cannot be a root of trust.
    #[error("{} (--client-ca) holds a certificate that cannot be trusted: {problem}", path.display())]
    ClientCa {
        /// The file.
        path: PathBuf,
        /// What the TLS library said.
        problem: String,
    },
    /// A server does not show its certificate.
    #[error("{address} does not show a certificate: {problem}")]
    Unreachable {
        /// Where it should be.
        address: String,
        /// What happened instead.
        problem: String,
    },
    /// The TLS library refuses its settings.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// A certificate could not be made.
    #[error("a certificate cannot be made: {0}")]
    Generate(#[from] rcgen::Error),
}
