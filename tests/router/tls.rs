//! Certificates as clients see them, and handshakes that come to nothing.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::PrivateKeyDer;
use seawall::certificates::Material;
use seawall::server::ServerOptions;

use crate::support::{Client, Rig, certificate, eventually, is_gone, trusting};

#[test]
fn a_new_certificate_is_for_new_connections() {
    let rig = Rig::new(ServerOptions::default());
    let mut open = rig.client();
    let old = open.server_certificate();
    assert_eq!(open.post("/validate", "{}").status, 200);

    let new = certificate();
    rig.store.replace(Material { identity: new.identity, client_roots: None }).unwrap();
    assert_eq!(open.post("/validate", "{}").status, 200, "what is open stays open");
    let mut client = Client::new(rig.tcp_from(1), Arc::new(trusting(&new.ca_pem, &[]))).unwrap();
    assert_ne!(client.server_certificate(), old);
    assert_eq!(client.post("/validate", "{}").status, 200);
    assert!(rig.client_from(1).is_err(), "the old authority no longer stands for it");
}

#[test]
fn handshakes_that_do_not_go_on_keep_nobody_out() {
    let rig = Rig::new(ServerOptions { handshakes: 40, ..ServerOptions::default() });
    let mut silent: Vec<_> = (0..60).map(|_| rig.tcp_from(2)).collect();
    for stream in &mut silent {
        // Some begin and stop; those over the limit may be closed already.
        let _ = stream.write_all(&[22, 3, 1, 2, 0]);
    }
    eventually("the limit is met", || rig.refused("handshakes") > 0);
    for _ in 0..10 {
        assert_eq!(rig.client().post("/validate", "{}").status, 200);
    }
    assert_eq!(rig.refused("handshakes"), 40, "20 of 60 may be in progress");
}

#[test]
fn a_handshake_ends_in_time() {
    let rig =
        Rig::new(ServerOptions { handshake_timeout: Duration::from_millis(50), ..ServerOptions::default() });
    Client::plain(rig.address()).wait_until_closed();
    eventually("it is counted", || rig.refused("handshake_timeout") == 1);
}

#[test]
fn what_is_not_tls_is_closed() {
    let rig = Rig::new(ServerOptions::default());
    let mut client = Client::plain(rig.address());
    client.send("GET /validate HTTP/1.1\r\nhost: x\r\n\r\n");
    eventually("it is counted", || rig.refused("handshake_failed") == 1);
    assert_eq!(rig.client().post("/validate", "{}").status, 200);
}

#[test]
fn with_a_client_authority_only_its_clients_are_heard() {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let served = certificate();
    let material = Material { identity: served.identity, client_roots: Some(roots) };
    let rig = Rig::with_material(ServerOptions::default(), material, served.ca_pem);

    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = params.signed_by(&key, &authority).unwrap();
    let anonymous = trusting(&rig.ca, &[]);
    let mut known = anonymous.clone();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    known.client_auth_cert_resolver = Arc::new(rustls::sign::SingleCertAndKey::from(
        rustls::sign::CertifiedKey::from_der(
            vec![leaf.der().clone()],
            private,
            &rustls::crypto::ring::default_provider(),
        )
        .unwrap(),
    ));
    let mut client = Client::new(rig.tcp_from(1), Arc::new(known)).unwrap();
    assert_eq!(client.post("/validate", "{}").status, 200);

    // In TLS 1.3 a client learns of the refusal with its first read.
    let refusal = Client::new(rig.tcp_from(1), Arc::new(anonymous))
        .and_then(|mut client| client.try_post("/validate", b"{}"))
        .unwrap_err();
    assert!(is_gone(&refusal) || refusal.to_string().contains("CertificateRequired"), "{refusal}");
}
