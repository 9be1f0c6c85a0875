//! What a certificate says of itself.

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;

use super::CertificateError;

/// A decoded certificate: what is decided by, and what is shown of it.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Whose it is, such as `CN=seawall`.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// The DNS names and IP addresses that it is valid for.
    pub names: Vec<String>,
    /// The start of its validity.
    pub not_before: Timestamp,
    /// The end of its validity.
    pub not_after: Timestamp,
    /// The kind of key, such as `ECDSA P-256`.
    pub key: String,
    /// Whether it may issue others.
    pub is_authority: bool,
    pub(super) der: CertificateDer<'static>,
    /// The public key, without its algorithm.
    pub(super) public_key: Vec<u8>,
    /// The name by which what it issues finds it.
    pub(super) key_id: Option<Vec<u8>>,
    /// The common name, where that is all there is to the subject.
    pub(super) common_name: Option<String>,
}

impl Certificate {
    /// Decodes a certificate; `origin` says in errors where it came from.
    pub(super) fn read(der: CertificateDer<'static>, origin: &str) -> Result<Self, CertificateError> {
        let undecodable =
            |problem: String| CertificateError::Undecodable { origin: origin.to_owned(), problem };
        let (_, x509) = X509Certificate::from_der(&der).map_err(|error| undecodable(error.to_string()))?;
        let instant = |time: ASN1Time| {
            Timestamp::from_second(time.timestamp()).map_err(|error| undecodable(error.to_string()))
        };
        let not_before = instant(x509.validity().not_before)?;
        let not_after = instant(x509.validity().not_after)?;
        let (subject, issuer) = (x509.subject().to_string(), x509.issuer().to_string());
        let (names, key, is_authority) = (names(&x509), key(&x509), x509.is_ca());
        let public_key = x509.public_key().subject_public_key.data.to_vec();
        let (key_id, common_name) = (key_id(&x509), common_name(&x509));
        Ok(Self {
            subject,
            issuer,
            names,
            not_before,
            not_after,
            key,
            is_authority,
            der,
            public_key,
            key_id,
            common_name,
        })
    }

    /// Whether `now` lies within its validity.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.not_before <= now && now < self.not_after
    }

    /// Whether `now` lies within its validity, as an error that says on which side it does not.
    pub(super) fn check_validity(&self, origin: &str, now: Timestamp) -> Result<(), CertificateError> {
        let origin = origin.to_owned();
        if now < self.not_before {
            return Err(CertificateError::NotYetValid { origin, from: self.not_before });
        }
        if now >= self.not_after {
            return Err(CertificateError::Expired { origin, at: self.not_after });
        }
        Ok(())
    }
}

fn names(x509: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = x509.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match *bytes {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(*a, *b, *c, *d).to_string()),
            bytes => Some(std::net::Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string()),
        },
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).collect()
}

fn key(x509: &X509Certificate<'_>) -> String {
    let algorithm = x509.public_key().algorithm.algorithm.to_id_string();
    match x509.public_key().parsed() {
        Ok(PublicKey::EC(point)) => format!("ECDSA P-{}", point.key_size()),
        Ok(PublicKey::RSA(key)) => format!("RSA {}", key.key_size()),
        _ if algorithm == "1.3.101.112" => "Ed25519".to_owned(),
        _ => algorithm,
    }
}

fn key_id(x509: &X509Certificate<'_>) -> Option<Vec<u8>> {
    x509.iter_extensions().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
        _ => None,
    })
}

fn common_name(x509: &X509Certificate<'_>) -> Option<String> {
    let is_utf8 = |attribute: &x509_parser::x509::AttributeTypeAndValue<'_>| {
        attribute.attr_value().header.tag() == x509_parser::asn1_rs::Tag::Utf8String
    };
    let is_all = x509.subject().iter_attributes().count() == 1;
    let name = x509.subject().iter_common_name().next().filter(|name| is_all && is_utf8(name))?;
    name.as_str().ok().map(str::to_owned)
}
