//! A chain of certificates as others see it: what a server sends, or what a file holds.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Bundle, Certificate, CertificateError, files};

/// How long a server may take to take a connection, and again to show its certificate.
const PATIENCE: Duration = Duration::from_secs(5);

/// Certificates, leaf first.
#[derive(Clone, Debug)]
pub struct Chain(Vec<Certificate>);

impl Chain {
    /// Reads a PEM file that `flag` has named.
    pub fn read(path: &Path, flag: &'static str) -> Result<Self, CertificateError> {
        let chain = files::certificates(&files::read(path, flag)?, path, flag)?;
        Self::decode(chain, &format!("in {} ({flag})", path.display()))
    }

    /// Asks the server at `address` (host and port) for the certificate that it has for `server_name`. It is not
    /// verified, but that the server has its key is.
    pub async fn of_server(address: &str, server_name: &str) -> Result<Self, CertificateError> {
        let failed = |problem: String| CertificateError::Unreachable { address: address.to_owned(), problem };
        let name = ServerName::try_from(server_name.to_owned())
            .map_err(|_| failed(format!("`{server_name}` is neither a DNS name nor an IP address")))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone(provider)))
            .with_no_client_auth();
        let connect = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await;
        let stream = connect
            .map_err(|_| failed(format!("no connection within {} s", PATIENCE.as_secs())))?
            .map_err(|error| failed(error.to_string()))?;
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
        let stream = tokio::time::timeout(PATIENCE, handshake)
            .await
            .map_err(|_| failed(format!("no certificate within {} s", PATIENCE.as_secs())))?
            .map_err(|error| failed(error.to_string()))?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let chain = chain.iter().map(|it| it.clone().into_owned()).collect();
        Self::decode(chain, &format!("of {address}"))
    }

    /// The certificates, leaf first; at least one.
    pub fn certificates(&self) -> &[Certificate] {
        &self.0
    }

    /// Verifies the chain against a bundle for each of `names` at the instant `now`, or says why it is not.
    pub fn verify(&self, bundle: &Bundle, names: &[String], now: Timestamp) -> Result<(), String> {
        let chain: Vec<_> = self.0.iter().map(|it| it.der.clone()).collect();
        bundle.verify_chain(&chain, names, now)
    }

    /// Whether the leaf is for `name`, whoever has issued it.
    pub fn is_for(&self, name: &str) -> bool {
        let leaf = self.0.first().and_then(|it| ParsedCertificate::try_from(&it.der).ok());
        let name = ServerName::try_from(name).ok();
        leaf.zip(name).is_some_and(|(leaf, name)| verify_server_name(&leaf, &name).is_ok())
    }

    fn decode(chain: Vec<CertificateDer<'static>>, origin: &str) -> Result<Self, CertificateError> {
        chain.into_iter().map(|der| Certificate::read(der, origin)).collect::<Result<_, _>>().map(Self)
    }
}

/// Takes any certificate: what it is worth is looked at afterwards.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
