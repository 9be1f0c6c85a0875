//! What is served now, replaced as a whole.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::SingleCertAndKey;

use super::{CertificateError, Identity, Material};

/// The TLS configuration that new connections get.
///
/// A replacement takes effect with the next handshake; connections that are open keep what they agreed on.
pub struct CertificateStore(ArcSwap<Served>);

struct Served {
    config: Arc<ServerConfig>,
    identity: Identity,
}

impl CertificateStore {
    /// A store that serves `material`.
    pub fn new(material: Material) -> Result<Self, CertificateError> {
        Ok(Self(ArcSwap::from_pointee(Served::new(material)?)))
    }

    /// Serves `material` from the next handshake on. After an error, what was served before still is.
    pub fn replace(&self, material: Material) -> Result<(), CertificateError> {
        self.0.store(Arc::new(Served::new(material)?));
        Ok(())
    }

    /// The configuration for one handshake.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.load().config)
    }

    /// When the certificate being served stops being valid.
    pub fn expires(&self) -> Timestamp {
        self.0.load().identity.expires()
    }

    /// What is being served.
    pub fn identity(&self) -> Identity {
        self.0.load().identity.clone()
    }
}

impl Served {
    fn new(Material { identity, client_roots }: Material) -> Result<Self, CertificateError> {
        // The provider is named: with two of them compiled in, the library's own choice would be a panic.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let builder = match client_roots {
            None => builder.with_no_client_auth(),
            Some(roots) => builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .build()
                    .map_err(|error| rustls::Error::General(error.to_string()))?,
            ),
        };
        let key = SingleCertAndKey::from(Arc::clone(&identity.key));
        let mut config = builder.with_cert_resolver(Arc::new(key));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // Resumption saves nothing with elliptic curve keys, and would outlive a change of the client authorities.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self { config: Arc::new(config), identity })
    }
}

impl std::fmt::Debug for CertificateStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertificateStore").field("expires", &self.expires()).finish()
    }
}
