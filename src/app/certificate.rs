//! Where the certificate comes from, and who is told of what becomes of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;

use super::POLL;
use super::process::{Tasks, now};
use crate::certificates::{
    self, CertificateError, CertificateStatus, CertificateStore, Managed, ManagedNames, ManagedOptions,
    Material, Reloader, TlsFiles,
};
use crate::cluster::{Events, Reason};
use crate::metrics::Metrics;
use crate::registration::Service;
use crate::server::ReadinessHandle;

/// Where the certificate comes from.
#[derive(Debug)]
pub enum CertificateSource {
    /// From files, which are followed.
    Files {
        /// Chain in PEM.
        certificate: PathBuf,
        /// Key in PEM.
        key: PathBuf,
        /// Authorities of clients in PEM.
        client_ca: Option<PathBuf>,
        /// Authorities of the chain in PEM, for API servers to trust.
        ca: Option<PathBuf>,
    },
    /// From a Secret in the namespace of the Service, made and renewed by whoever leads.
    Managed {
        /// Name of the Secret.
        secret: String,
        /// How long an authority is trusted after the last certificate of it was replaced.
        overlap: Duration,
    },
    /// Made in memory, for this machine only.
    Dev,
}

/// What is served, for those who have to look before there is anything.
pub(super) type Served = Arc<OnceLock<Arc<CertificateStore>>>;

/// What the certificate and the registration have to know of each other.
pub(super) struct Exchange {
    /// What is served.
    pub(super) served: Served,
    /// The authorities that API servers have to trust, as the certificate's source knows them.
    pub(super) authorities: watch::Sender<Option<Vec<u8>>>,
    /// The authorities that API servers do trust, where we know that.
    pub(super) live: watch::Receiver<Option<Vec<u8>>>,
    /// Whether this replica leads.
    pub(super) leading: watch::Receiver<bool>,
}

/// Makes the certificate's state known.
pub(super) struct Reporter {
    part: ReadinessHandle,
    metrics: Metrics,
    events: Events,
    last: Option<CertificateStatus>,
}

/// The certificate, with the tasks that follow it. For one that is managed this takes until there is one.
pub(super) async fn start(
    source: CertificateSource,
    cluster: Option<(kube::Client, &Service)>,
    exchange: Exchange,
    mut reporter: Reporter,
    tasks: &Tasks,
) -> anyhow::Result<Arc<CertificateStore>> {
    let Exchange { served, authorities, live, leading } = exchange;
    let store = match source {
        CertificateSource::Dev => {
            let made = certificates::dev::self_signed(["localhost", "127.0.0.1", "::1"], now())?;
            let material = Material { identity: made.identity, client_roots: None };
            Arc::new(CertificateStore::new(material)?)
        }
        CertificateSource::Files { certificate, key, client_ca, ca } => {
            if let Some(path) = ca {
                authorities.send_replace(Some(read_authorities(&path)?));
                tasks.start("the watch on --tls-ca", follow_authorities(path, authorities));
            }
            let files = TlsFiles { certificate, key, client_ca };
            let reloader = Reloader::start(files, now(), reporter.metrics.clone())?;
            let store = reloader.store();
            let follow = reloader.follow(POLL, now, move |status| reporter.report(status));
            tasks.start("the watch on the certificate", follow);
            store
        }
        CertificateSource::Managed { secret, overlap } => {
            let (client, service) =
                cluster.context("--tls-secret needs a cluster: a Pod, or --kubeconfig")?;
            let names = ManagedNames {
                namespace: service.namespace.clone(),
                secret,
                dns: vec![service.server_name()],
            };
            let metrics = reporter.metrics.clone();
            let options = ManagedOptions { names, metrics, clock: now, leading, live, authorities };
            let managed = Managed::start(client, options, overlap).await?;
            let store = managed.store();
            tasks.start(
                "the keeper of the certificate",
                managed.follow(move |status| reporter.report(status)),
            );
            store
        }
    };
    // It is set here and nowhere else.
    let _ = served.set(Arc::clone(&store));
    Ok(store)
}

impl Reporter {
    pub(super) fn new(part: ReadinessHandle, metrics: Metrics, events: Events) -> Self {
        Self { part, metrics, events, last: None }
    }

    fn report(&mut self, status: &CertificateStatus) {
        let last = self.last.replace(status.clone());
        if last.as_ref() == Some(status) {
            return;
        }
        let CertificateStatus { expires, expired, trouble } = status;
        match (expired, trouble) {
            (true, _) => self.part.not_ready(format!("expired at {expires}")),
            (false, Some(trouble)) => self.part.detail(format!("still serving the old one: {trouble}")),
            (false, None) => self.part.ok(),
        }
        let before = |look: fn(&CertificateStatus) -> bool| last.as_ref().is_some_and(look);
        if *expired && !before(|it| it.expired) {
            self.events.tell(Reason::CertificateTrouble, format!("expired at {expires}"));
        } else if let Some(trouble) = trouble.as_ref().filter(|_| !before(|it| it.trouble.is_some())) {
            self.events.tell(Reason::CertificateTrouble, trouble);
        }
        if last.as_ref().is_some_and(|last| last.expires != *expires) {
            self.events.tell(Reason::CertificateRenewed, format!("valid until {expires}"));
        }
    }
}

/// Follows the file of `--tls-ca`; what cannot be read leaves the last good one in use.
async fn follow_authorities(path: PathBuf, authorities: watch::Sender<Option<Vec<u8>>>) {
    let mut trouble = None;
    loop {
        tokio::time::sleep(POLL).await;
        match read_authorities(&path) {
            Ok(read) => {
                trouble = None;
                authorities.send_if_modified(|before| before.replace(read.clone()) != Some(read));
            }
            Err(error) => {
                let now = Some(error.to_string());
                if trouble != now {
                    tracing::warn!(error = now, "cannot take the authorities; the last good ones stay");
                }
                trouble = now;
            }
        }
    }
}

fn read_authorities(path: &Path) -> Result<Vec<u8>, CertificateError> {
    certificates::Bundle::load(path, "--tls-ca").map(|bundle| bundle.pem().into_bytes())
}
