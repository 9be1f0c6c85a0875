//! The only place where everything meets: from options to running tasks, and back to nothing in order.

use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use crate::certificates::{self, CertificateStatus, CertificateStore, Material, Reloader, TlsFiles};
use crate::cluster::{self, Snapshot, WatchState};
use crate::config::watch::Watcher;
use crate::config::{self, Loaded, Overrides};
use crate::engine::Rules;
use crate::metrics::Metrics;
use crate::object::kinds;
use crate::server::{
    Active, DecisionLog, LineFormat, Readiness, ReadinessHandle, Server, ServerOptions, Webhook,
};

/// How often files are looked at for changes.
const POLL: Duration = Duration::from_secs(2);
/// How often exceptions are looked at for having expired; their dates are days.
const EXCEPTIONS: Duration = Duration::from_mins(1);

/// Everything that `seawall serve` is told.
#[derive(Debug)]
pub struct ServeOptions {
    /// Configuration file.
    pub config: Option<PathBuf>,
    /// What flags set over the configuration.
    pub overrides: Overrides,
    /// Address of the webhook port.
    pub listen: SocketAddr,
    /// Address of the admin port.
    pub admin_listen: SocketAddr,
    /// Where the certificate comes from.
    pub certificate: CertificateSource,
    /// Cluster to watch, if it is not the one that the process runs in.
    pub kubeconfig: Option<PathBuf>,
    /// Threads that answer reviews.
    pub threads: NonZeroUsize,
    /// Time from SIGTERM to the end of listening.
    pub drain_delay: Duration,
    /// How decisions are written.
    pub line_format: LineFormat,
}

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
    },
    /// Made in memory, for this machine only.
    Dev,
}

/// Serves until SIGTERM or SIGINT. What is wrong at the start is an error; what goes wrong later is not.
pub fn serve(options: ServeOptions) -> anyhow::Result<()> {
    silence_panics();
    // Reviews have threads of their own; this one follows files, watches and signals.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(options))
}

async fn run(options: ServeOptions) -> anyhow::Result<()> {
    let ServeOptions {
        config,
        overrides,
        listen,
        admin_listen,
        certificate,
        kubeconfig,
        threads,
        drain_delay,
        line_format,
    } = options;
    let metrics = Metrics::new(kinds::ALL.iter().map(|kind| kind.name));
    let readiness = Readiness::new();
    let mut tasks = Vec::new();

    let (watcher, loaded) = match &config {
        Some(path) => {
            Watcher::start(path, overrides, now()).map(|(watcher, loaded)| (Some(watcher), loaded))?
        }
        None => (None, config::load(None, &overrides, now())?),
    };
    let active = Arc::new(ArcSwap::from_pointee(activate(loaded, &metrics)));
    let configuration = readiness.part("configuration");
    configuration.ok();
    let is_dev = matches!(certificate, CertificateSource::Dev);
    let certificates = certificates(certificate, &readiness, &metrics, &mut tasks)?;
    let facts = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
    // Before the admin port answers: it must not say that all is there while a part has not been named yet.
    if let Some(client) = client(kubeconfig).await? {
        let namespaces = readiness.part("namespaces");
        let (metrics, mut seen) = (metrics.clone(), false);
        let report = move |state| report_watch(&namespaces, &metrics, &mut seen, state);
        tasks.push(spawn(cluster::watch(client, Arc::clone(&facts), report)));
    }
    let mut signals = Signals::new()?;

    let server_options = ServerOptions { threads, ..ServerOptions::default() };
    let webhook = Webhook {
        active: Arc::clone(&active),
        facts: Arc::clone(&facts),
        metrics: metrics.clone(),
        log: DecisionLog::to_stdout(line_format).context("cannot start the decision log")?,
        clock: now,
    };
    let admin = Server::admin(admin_listen, readiness.clone(), metrics.clone())?;
    let server = Server::webhook(listen, server_options, certificates, Arc::new(webhook), metrics.clone())?;
    tasks.push(spawn(follow_exceptions(Arc::clone(&active), metrics.clone())));
    if let Some(watcher) = watcher {
        tasks.push(spawn(follow_configuration(watcher, Arc::clone(&active), configuration, metrics)));
    }
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        webhook.address = %server.address(),
        admin.address = %admin.address(),
        configuration.digest = active.load().rules.digest(),
        "serving"
    );
    if is_dev {
        print_example(server.address())?;
    }

    signals.next().await;
    readiness.drain();
    server.drain();
    tracing::info!(
        delay_s = drain_delay.as_secs(),
        "asked to stop: not ready from now on, answering until the end"
    );
    let orderly = async {
        tokio::time::sleep(drain_delay).await;
        server.stop().await;
        admin.stop().await;
    };
    tokio::select! {
        () = orderly => tracing::info!("stopped"),
        () = signals.next() => tracing::warn!("asked to stop again: stopping at once"),
    }
    tasks.iter().for_each(JoinHandle::abort);
    Ok(())
}

fn activate(loaded: Loaded, metrics: &Metrics) -> Active {
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let digest = loaded.config.digest.to_string();
    metrics.configuration_in_use(&digest, now().as_second());
    Active { rules: Rules::new(loaded.config.table, digest), docs_url: loaded.config.docs_url }
}

/// The certificate, and the task that follows it.
fn certificates(
    source: CertificateSource,
    readiness: &Readiness,
    metrics: &Metrics,
    tasks: &mut Vec<JoinHandle<()>>,
) -> anyhow::Result<Arc<CertificateStore>> {
    let part = readiness.part("certificate");
    part.ok();
    match source {
        CertificateSource::Dev => {
            let made = certificates::dev::self_signed(["localhost", "127.0.0.1", "::1"], now())?;
            let material = Material { identity: made.identity, client_roots: None };
            Ok(Arc::new(CertificateStore::new(material)?))
        }
        CertificateSource::Files { certificate, key, client_ca } => {
            let files = TlsFiles { certificate, key, client_ca };
            let reloader = Reloader::start(files, now(), metrics.clone())?;
            let store = reloader.store();
            tasks.push(spawn(reloader.follow(POLL, now, move |status| report_certificate(&part, status))));
            Ok(store)
        }
    }
}

fn report_certificate(part: &ReadinessHandle, status: &CertificateStatus) {
    match status {
        CertificateStatus { expired: true, expires, .. } => part.not_ready(format!("expired at {expires}")),
        CertificateStatus { trouble: Some(trouble), .. } => {
            part.detail(format!("still serving the old one: {trouble}"));
        }
        CertificateStatus { .. } => part.ok(),
    }
}

/// Ready with the first complete view, or where it is clear that there will be none: reviews go on without it, and
/// rules that ask for labels warn at most. What fails later is only said.
fn report_watch(part: &ReadinessHandle, metrics: &Metrics, seen: &mut bool, state: WatchState) {
    match state {
        WatchState::Synced { objects } => {
            *seen = true;
            metrics.facts("Namespace", objects, now().as_second());
            part.detail(format!("{objects} seen"));
        }
        WatchState::Failing { error, forbidden } => {
            tracing::warn!(error, "cannot watch namespaces: rules that ask for their labels may only warn");
            if *seen || forbidden {
                part.detail(format!("labels may be stale or not known: {error}"));
            } else {
                part.not_ready(error);
            }
        }
    }
}

/// Takes every good change of the configuration, and keeps the last good one beside every bad one.
async fn follow_configuration(
    mut watcher: Watcher,
    active: Arc<ArcSwap<Active>>,
    part: ReadinessHandle,
    metrics: Metrics,
) {
    loop {
        tokio::time::sleep(POLL).await;
        let Some(change) = watcher.poll(now()) else { continue };
        match change {
            Ok(loaded) => {
                let next = activate(loaded, &metrics);
                tracing::info!(configuration.digest = next.rules.digest(), "configuration taken");
                active.store(Arc::new(next));
                metrics.config_reloads.with_label_values(&["success"]).inc();
                part.ok();
            }
            Err(errors) => {
                let digest = active.load().rules.digest().to_owned();
                tracing::error!(
                    configuration.digest = digest,
                    "configuration refused, the last good one stays: {errors}"
                );
                metrics.config_reloads.with_label_values(&["failure"]).inc();
                part.detail(format!("reload refused, still using {digest}: {errors}"));
            }
        }
    }
}

/// Tells of exceptions that expire while the server runs: from then on their findings are refused again.
async fn follow_exceptions(active: Arc<ArcSwap<Active>>, metrics: Metrics) {
    let mut told = 0;
    loop {
        let rules = active.load();
        let expired: Vec<_> = rules.rules.table().expired_exceptions(now()).collect();
        if expired.len() > told {
            for (owner, origin) in &expired {
                tracing::warn!(exception.owner = owner, exception.origin = %origin, "an exception has expired");
            }
        }
        told = expired.len();
        metrics.expired_exceptions.set(i64::try_from(told).unwrap_or(i64::MAX));
        tokio::time::sleep(EXCEPTIONS).await;
    }
}

/// A client for the cluster, if there is one.
async fn client(kubeconfig: Option<PathBuf>) -> anyhow::Result<Option<kube::Client>> {
    let config = match kubeconfig {
        Some(path) => {
            let name = path.display().to_string();
            let file =
                kube::config::Kubeconfig::read_from(path).with_context(|| format!("--kubeconfig {name}"))?;
            let options = kube::config::KubeConfigOptions::default();
            kube::Config::from_custom_kubeconfig(file, &options)
                .await
                .with_context(|| format!("--kubeconfig {name}"))?
        }
        None => match kube::Config::incluster() {
            Ok(config) => config,
            Err(_) => return Ok(None),
        },
    };
    Ok(Some(kube::Client::try_from(config)?))
}

/// A request that can be pasted into a shell.
fn print_example(address: SocketAddr) -> anyhow::Result<()> {
    let review = serde_json::json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "operation": "CREATE",
            "kind": { "group": "", "version": "v1", "kind": "Pod" },
            "resource": { "group": "", "version": "v1", "resource": "pods" },
            "namespace": "shop", "userInfo": { "username": "you" },
            "object": {
                "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "containers": [{ "name": "web", "image": "nginx" }] }
            }
        }
    });
    let mut err = anstream::stderr();
    writeln!(
        err,
        "\nTry it:\n\ncurl -sk https://{address}/validate -H 'Content-Type: application/json' -d '{review}'\n"
    )?;
    Ok(())
}

/// SIGTERM, which Kubernetes sends, and SIGINT, which people do.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// A panic is counted and answered where it is fenced. Its message may hold what an object holds, so that only its
/// place is written.
fn silence_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(panic.location = place, "panic");
    }));
}

#[expect(clippy::disallowed_methods, reason = "every task is kept, and ended when the server has stopped")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(task)
}

#[expect(clippy::disallowed_methods, reason = "the one clock of the server")]
fn now() -> Timestamp {
    Timestamp::now()
}
