//! A certificate that Seawall makes and renews itself, in a Secret that all replicas follow.
//!
//! Every replica serves what the Secret holds. The one that leads writes it; any other can go on where it stopped.
//! Needs `list`, `watch` and `patch` on this one Secret.

mod live;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Patch, PatchParams};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::Instant;

use self::live::LiveBundle;
use crate::certificates::rotation::{Live, Periods, Rotation, Step};
use crate::certificates::{
    CertificateError, CertificateStatus, CertificateStore, Identity, Material, Stored,
};
use crate::cluster::{say, say_watch};
use crate::metrics::Metrics;

/// How long a write may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long is waited for what.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// How often the clock is looked at; everything else is told.
    tick: Duration,
    /// How long a `caBundle` must have been live until every API server goes by it: they learn of it one by one.
    settle: Duration,
    /// How long nothing must have changed until every replica that still runs has taken up what there is.
    quiet: Duration,
    /// How long an authority is trusted after the last certificate of it was replaced.
    overlap: Duration,
    /// The pause between two writes; it doubles with every one that fails, up to `tick`.
    pause: Duration,
}

impl Pace {
    fn with_overlap(overlap: Duration) -> Self {
        let usual = Self::default();
        // Whoever wants an old authority gone soon does not want to wait for these.
        let (tick, quiet) = (usual.tick.min(overlap.max(usual.pause)), usual.quiet.min(overlap));
        Self { tick, quiet, overlap, ..usual }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            tick: Duration::from_mins(1),
            settle: Duration::from_secs(5),
            quiet: Duration::from_mins(1),
            overlap: Periods::default().overlap,
            pause: Duration::from_secs(1),
        }
    }
}

/// The names that a managed certificate goes by.
#[derive(Clone, Debug)]
pub struct ManagedNames {
    /// Namespace of the Secret.
    pub namespace: String,
    /// Name of the Secret, which must exist and may be empty.
    pub secret: String,
    /// DNS names that the certificate is for.
    pub dns: Vec<String>,
}

/// What a managed certificate goes by, and whom it tells.
pub struct ManagedOptions {
    /// Its names.
    pub names: ManagedNames,
    /// Counts what becomes of it.
    pub metrics: Metrics,
    /// The clock.
    pub clock: fn() -> Timestamp,
    /// Whether this replica leads.
    pub leading: watch::Receiver<bool>,
    /// The `caBundle` of the webhooks in use, `None` where there are none. Until a value has been sent once (`None` too
    /// counts), or its sender is gone, nothing is written for a few seconds: what is live must be known before it is
    /// changed.
    pub live: watch::Receiver<Option<Vec<u8>>>,
    /// Is sent what `caBundle` has to be, in PEM; it holds `None` until that is known.
    pub authorities: watch::Sender<Option<Vec<u8>>>,
}

/// A certificate in a Secret, served, and kept while leading.
pub struct Managed {
    keeper: Keeper,
    store: Arc<CertificateStore>,
}

impl Managed {
    /// Waits for the first certificate or, when leading, makes it. An authority is trusted for `overlap` after the last
    /// certificate of it was replaced.
    pub async fn start(
        client: Client,
        options: ManagedOptions,
        overlap: Duration,
    ) -> Result<Self, CertificateError> {
        Self::begin(Keeper::new(client, options, Pace::with_overlap(overlap))).await
    }

    async fn begin(mut keeper: Keeper) -> Result<Self, CertificateError> {
        let mut said = None;
        loop {
            keeper.turn().await;
            if let Some(identity) = &keeper.served {
                let material = Material { identity: identity.clone(), client_roots: None };
                let store = Arc::new(CertificateStore::new(material)?);
                tracing::info!(certificate.expires = %store.expires(), "serving the certificate of the Secret");
                return Ok(Self { keeper, store });
            }
            let trouble = keeper.trouble();
            if trouble != said {
                tracing::warn!(trouble, "waiting for the first certificate");
                said = trouble;
            }
        }
    }

    /// What TLS serves.
    pub fn store(&self) -> Arc<CertificateStore> {
        Arc::clone(&self.store)
    }

    /// Follows the Secret, and renews what it holds while leading, for ever. `report` is told how things stand, at
    /// least once a minute.
    pub async fn follow(mut self, mut report: impl FnMut(&CertificateStatus)) {
        loop {
            self.serve();
            report(&self.status());
            self.keeper.turn().await;
        }
    }

    /// Serves from the next handshake on what the keeper has decided to.
    fn serve(&mut self) {
        let Some(identity) = &self.keeper.served else { return };
        if identity.leaf().der == self.store.identity().leaf().der {
            return;
        }
        let result = match self.store.replace(Material { identity: identity.clone(), client_roots: None }) {
            Ok(()) => {
                tracing::info!(certificate.expires = %identity.expires(), "serving a new certificate");
                "success"
            }
            Err(error) => {
                tracing::error!(%error, "cannot take the new certificate; still serving the old one");
                "failure"
            }
        };
        self.keeper.metrics.certificate_reloads.with_label_values(&[result]).inc();
    }

    fn status(&self) -> CertificateStatus {
        let expires = self.store.expires();
        let now = (self.keeper.clock)();
        CertificateStatus { expires, expired: now >= expires, trouble: self.keeper.trouble() }
    }
}

impl std::fmt::Debug for Managed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Managed").field("rotation", &self.keeper.rotation).finish_non_exhaustive()
    }
}

/// Everything but what TLS serves.
struct Keeper {
    api: Api<Secret>,
    secret: String,
    rotation: Rotation,
    metrics: Metrics,
    clock: fn() -> Timestamp,
    leading: watch::Receiver<bool>,
    live: LiveBundle,
    events: BoxStream<'static, watcher::Result<Option<Secret>>>,
    /// The Secret as it was last seen, with its version.
    stored: Option<(Stored, Option<String>)>,
    /// When the certificate in the Secret was last seen to change.
    changed: Instant,
    served: Option<Identity>,
    authorities: watch::Sender<Option<Vec<u8>>>,
    watching: Result<(), String>,
    writing: Writing,
    pace: Pace,
}

/// How writes have fared.
struct Writing {
    pace: Pace,
    trouble: Option<String>,
    /// The pause after the next failure.
    pause: Duration,
    /// Nothing is written before; then it is looked at whether there is anything to write.
    not_before: Option<Instant>,
}

impl Keeper {
    fn new(client: Client, options: ManagedOptions, pace: Pace) -> Self {
        let ManagedOptions { names, metrics, clock, leading, live, authorities } = options;
        let ManagedNames { namespace, secret, dns } = names;
        let api: Api<Secret> = Api::namespaced(client, &namespace);
        Self {
            events: watcher::watch_object(api.clone(), &secret).default_backoff().boxed(),
            api,
            secret,
            rotation: Rotation {
                names: dns,
                periods: Periods { overlap: pace.overlap, ..Periods::default() },
            },
            metrics,
            clock,
            leading,
            live: LiveBundle::new(live, pace.settle),
            stored: None,
            changed: Instant::now(),
            served: None,
            authorities,
            watching: Ok(()),
            writing: Writing::new(pace),
            pace,
        }
    }

    /// Waits until something happens, and does what follows from it: one write at most.
    async fn turn(&mut self) {
        let look = Instant::now() + self.pace.tick;
        let look = [self.live.settles(), self.retries()].into_iter().flatten().fold(look, Instant::min);
        tokio::select! {
            Some(event) = self.events.next() => self.take(event),
            () = self.live.changed() => {}
            () = changed(&mut self.leading) => {}
            () = tokio::time::sleep_until(look) => {}
        }
        self.live.look();
        self.decide();
        self.write().await;
    }

    fn take(&mut self, event: watcher::Result<Option<Secret>>) {
        self.watching = match event {
            Ok(Some(secret)) => {
                self.see(&secret);
                Ok(())
            }
            Ok(None) => {
                self.stored = None;
                Err(format!("there is no Secret {}", self.secret))
            }
            Err(error) => Err(format!("cannot watch the Secret {}: {}", self.secret, say_watch(&error))),
        };
    }

    fn see(&mut self, secret: &Secret) {
        let stored = Stored::read(secret);
        let before = self.stored.as_ref().and_then(|(stored, _)| stored.leaf.as_ref());
        if before.map(|it| &it.leaf().der) != stored.leaf.as_ref().map(|it| &it.leaf().der) {
            self.changed = Instant::now();
        }
        self.stored = Some((stored, secret.metadata.resource_version.clone()));
    }

    /// What is to be served and trusted, now that something has changed.
    fn decide(&mut self) {
        let Some((stored, _)) = &self.stored else { return };
        let now = (self.clock)();
        let next = self.rotation.successor(self.served.as_ref(), stored, self.live(), now);
        if let Some(next) = next {
            self.metrics.certificate_expiry.set(next.expires().as_second());
            self.served = Some(next.clone());
        }
        if let Some(authority) = &stored.authority {
            let expires = authority.certificate.not_after;
            self.metrics.certificate_authority_expiry.set(expires.as_second());
        }
        if let Some(bundle) = self.rotation.bundle(stored, now) {
            self.authorities.send_if_modified(|sent| {
                let is_new = sent.as_ref() != Some(&bundle);
                *sent = Some(bundle);
                is_new
            });
        }
    }

    /// Does the next step, when it is ours to do.
    async fn write(&mut self) {
        let may = *self.leading.borrow()
            && self.live.is_known()
            && self.writing.not_before.is_none_or(|at| Instant::now() >= at);
        if !may {
            return;
        }
        self.writing.not_before = None;
        let Some((stored, version)) = &self.stored else { return };
        let now = (self.clock)();
        let step = self.rotation.next(stored, self.live(), now);
        let Some(word) = word(step) else { return };
        let patch = match self.rotation.take(step, stored, self.live(), now) {
            Ok(change) => change.patch(version.as_deref()),
            Err(error) => return self.writing.failed(error.to_string()),
        };
        let params = PatchParams::default();
        let patch = Patch::Merge(patch);
        let write = self.api.patch(&self.secret, &params, &patch);
        match tokio::time::timeout(PATIENCE, write).await {
            Ok(Ok(secret)) => {
                tracing::info!(step = word, "certificates: a step of rotation is done");
                self.metrics.certificate_rotations.with_label_values(&[word]).inc();
                self.writing.succeeded();
                self.see(&secret);
                self.decide();
            }
            // Somebody else has written: what they wrote is about to be seen.
            Ok(Err(kube::Error::Api(status))) if status.code == 409 => self.writing.succeeded(),
            Ok(Err(error)) => {
                self.writing.failed(format!("cannot write the Secret {}: {}", self.secret, say(&error)));
            }
            Err(_) => self.writing.failed(format!("cannot write the Secret {}: no answer", self.secret)),
        }
    }

    fn live(&self) -> Live<'_> {
        let LiveBundle { current, settled, since, .. } = &self.live;
        let is_quiet = self.changed.max(*since).elapsed() >= self.pace.quiet;
        Live { current: current.as_ref(), settled: settled.as_ref(), is_quiet }
    }

    /// When a write that failed, or was held back, is due again.
    fn retries(&self) -> Option<Instant> {
        self.writing.not_before.filter(|_| *self.leading.borrow())
    }

    fn trouble(&self) -> Option<String> {
        let stored = self.stored.iter().flat_map(|(stored, _)| stored.troubles());
        let watching = self.watching.as_ref().err();
        let all: Vec<_> = watching.into_iter().chain(&self.writing.trouble).chain(stored).cloned().collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

impl Writing {
    fn new(pace: Pace) -> Self {
        Self { pace, trouble: None, pause: pace.pause, not_before: None }
    }

    fn succeeded(&mut self) {
        *self = Self { not_before: Some(Instant::now() + self.pace.pause), ..Self::new(self.pace) };
    }

    fn failed(&mut self, trouble: String) {
        if self.trouble.as_ref() != Some(&trouble) {
            tracing::error!(trouble, "certificates: a step of rotation failed; it is tried again");
        }
        self.trouble = Some(trouble);
        self.not_before = Some(Instant::now() + self.pause);
        self.pause = (self.pause * 2).min(self.pace.tick);
    }
}

/// How a step is counted and logged; nothing is not.
fn word(step: Step) -> Option<&'static str> {
    match step {
        Step::Nothing => None,
        Step::First => Some("first"),
        Step::Leaf => Some("certificate"),
        Step::Authority => Some("authority"),
        Step::Retire => Some("retire"),
    }
}

/// Waits for a change; for ever, once nobody is left to make one.
async fn changed<T>(receiver: &mut watch::Receiver<T>) {
    if receiver.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
