//! The Secret of a managed certificate: what is in it, and how it is changed.
//!
//! | key | holds |
//! |---|---|
//! | `ca.crt` | the authorities to trust: one, more while one takes over from another |
//! | `ca.key` | the key of the newest of them |
//! | `tls.crt`, `tls.key` | the certificate that is served, and its key |

use std::fmt::Write;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Map, Value, json};

use super::authority::{Authority, KeyPem};
use super::identity::Origin;
use super::{Bundle, CertificateError, Identity};

const AUTHORITIES: &str = "ca.crt";
const AUTHORITY_KEY: &str = "ca.key";
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// The annotation by which a person asks for a rotation; it is removed when that begins.
const ROTATE: &str = "seawall.dev/rotate";

/// What a Secret holds, as far as it can be used. Reading cannot fail: what is broken is absent, and said.
#[derive(Debug, Default)]
pub struct Stored {
    pub(super) bundle: Bundle,
    /// The newest authority, if its key is there.
    pub(super) authority: Option<Authority>,
    /// The certificate to serve, whether it is valid now or not.
    pub(super) leaf: Option<Identity>,
    pub(super) rotate: Option<Rotate>,
    troubles: Vec<String>,
}

/// A rotation that a person asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotate {
    /// A new certificate of the same authority.
    Leaf,
    /// A new authority, and then a certificate of it.
    Authority,
}

/// What is written anew; what is `None` stays.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) bundle: Option<Bundle>,
    pub(super) authority_key: Option<KeyPem>,
    /// Certificate and key.
    pub(super) leaf: Option<(String, KeyPem)>,
    /// What a person has asked for begins with this.
    pub(super) begun: bool,
}

impl Stored {
    /// Reads a Secret.
    pub fn read(secret: &Secret) -> Self {
        let data = |key: &str| secret.data.as_ref()?.get(key).map(|it| it.0.as_slice());
        let mut stored = Self::default();
        if let Some(pem) = data(AUTHORITIES) {
            let (bundle, broken) = Bundle::read(pem);
            stored.bundle = bundle;
            if broken > 0 {
                stored.trouble(format_args!("{AUTHORITIES} holds something that is no certificate"));
            }
        }
        if let Some(pem) = data(AUTHORITY_KEY) {
            let pem = std::str::from_utf8(pem).unwrap_or_default();
            stored.authority = Authority::find(stored.bundle.certificates(), pem);
            if stored.authority.is_none() {
                stored
                    .trouble(format_args!("{AUTHORITY_KEY} is not the key of an authority in {AUTHORITIES}"));
            }
        }
        match (data(CERTIFICATE), data(KEY)) {
            (None, None) => {}
            (Some(certificate), Some(key)) => match pair(certificate, key) {
                Ok(identity) => stored.leaf = Some(identity),
                Err(error) => stored.trouble(format_args!("{error}")),
            },
            (None, Some(_)) => stored.trouble(format_args!("{CERTIFICATE} is missing")),
            (Some(_), None) => stored.trouble(format_args!("{KEY} is missing")),
        }
        let annotations = secret.metadata.annotations.as_ref();
        stored.rotate = annotations.and_then(|it| it.get(ROTATE)).and_then(|asked| match asked.as_str() {
            "leaf" => Some(Rotate::Leaf),
            "ca" => Some(Rotate::Authority),
            _ => {
                stored.trouble(format_args!("the annotation {ROTATE} must be `leaf` or `ca`"));
                None
            }
        });
        stored
    }

    /// What cannot be used, and why; never what it holds.
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    fn trouble(&mut self, what: std::fmt::Arguments<'_>) {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write!(text, "{what}");
        self.troubles.push(text);
    }
}

impl Change {
    /// The JSON merge patch that makes this change to the Secret as it was read: the API server refuses it once
    /// somebody else has written.
    pub(super) fn patch(&self, resource_version: Option<&str>) -> Value {
        let bundle = self.bundle.as_ref().map(Bundle::pem);
        let texts = [
            (AUTHORITIES, bundle.as_deref()),
            (AUTHORITY_KEY, self.authority_key.as_ref().map(|key| key.0.as_str())),
            (CERTIFICATE, self.leaf.as_ref().map(|(certificate, _)| certificate.as_str())),
            (KEY, self.leaf.as_ref().map(|(_, key)| key.0.as_str())),
        ];
        let data: Map<_, _> = texts
            .into_iter()
            .filter_map(|(key, text)| Some((key.to_owned(), json!(ByteString(text?.as_bytes().to_vec())))))
            .collect();
        let mut metadata = json!({ "resourceVersion": resource_version });
        if self.begun {
            metadata["annotations"] = json!({ ROTATE: null });
        }
        json!({ "metadata": metadata, "data": data })
    }
}

fn pair(certificate: &[u8], key: &[u8]) -> Result<Identity, CertificateError> {
    let origin = Origin { certificate: format!("in {CERTIFICATE}"), key: format!("in {KEY}") };
    let undecodable = |origin: &String, problem: &str| CertificateError::Undecodable {
        origin: origin.clone(),
        problem: problem.to_owned(),
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| undecodable(&origin.certificate, "it is not PEM"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| CertificateError::UnusableKey {
        origin: origin.key.clone(),
        source: rustls::Error::General("it is not PEM".to_owned()),
    })?;
    Identity::pair(chain, key, origin)
}
