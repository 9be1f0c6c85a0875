//! The only place where everything meets: from options to running tasks, and back to nothing in order.

mod audit;
mod certificate;
mod cluster;
mod configuration;
mod process;
mod registration;

use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::cluster::{LeaseNames, Snapshot};
use crate::config::Overrides;
use crate::metrics::Metrics;
use crate::object::kinds::{self, Kind};
use crate::registration::Service;
use crate::server::{DecisionLog, LineFormat, Readiness, Server, ServerOptions, Webhook};
use audit::Auditor;
use certificate::Exchange;
use configuration::Configuration;
use process::{Signals, Tasks, now};
use registration::{Election, Parts, Planner};

pub use audit::AuditOptions;
pub use certificate::CertificateSource;
pub(crate) use cluster::{client, followed, reach};
pub use registration::KeptRegistration;

/// How often files are looked at for changes.
const POLL: Duration = Duration::from_secs(2);

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
    /// The cluster, and this replica's place in it.
    pub cluster: ClusterOptions,
    /// Threads that answer reviews.
    pub threads: NonZeroUsize,
    /// Time from SIGTERM to the end of listening.
    pub drain_delay: Duration,
    /// How decisions are written.
    pub line_format: LineFormat,
}

/// The cluster, and this replica's place in it.
#[derive(Debug)]
pub struct ClusterOptions {
    /// How it is reached, if it is not the one that the process runs in.
    pub kubeconfig: Option<PathBuf>,
    /// How many bytes may be kept of what policies have to know of other objects, about.
    pub facts_memory: usize,
    /// The Service in front of this replica, in its own namespace.
    pub service: Option<Service>,
    /// The registration that is kept.
    pub registration: Option<KeptRegistration>,
    /// The audit in the background, if there is to be one.
    pub audit: Option<AuditOptions>,
    /// Name of the Lease whose holder writes.
    pub lease: String,
    /// Name of this replica's Pod, or of its host.
    pub identity: String,
    /// Uid of this replica's Pod.
    pub pod_uid: Option<String>,
}

/// Serves until SIGTERM or SIGINT. What is wrong at the start is an error; what goes wrong later is not.
pub fn serve(options: ServeOptions) -> anyhow::Result<()> {
    process::silence_panics();
    // Reviews have threads of their own; this one follows files, watches and signals.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(options))
}

#[expect(clippy::too_many_lines, reason = "the order in which all starts and stops is one story")]
async fn run(options: ServeOptions) -> anyhow::Result<()> {
    let ServeOptions {
        config,
        overrides,
        listen,
        admin_listen,
        certificate,
        cluster:
            ClusterOptions { kubeconfig, facts_memory, service, registration, audit, lease, identity, pod_uid },
        threads,
        drain_delay,
        line_format,
    } = options;
    let metrics = Metrics::new(kinds::of_subjects().map(|kind| kind.name));
    let readiness = Readiness::new();
    let tasks = Tasks::default();

    let (watcher, loaded) = configuration::load(config.as_deref(), overrides)?;
    let planner = service.clone().map(Planner::new);
    if let Some(planner) = &planner {
        planner.announce(planner.plan(&loaded));
    }
    let active = Arc::new(ArcSwap::from_pointee(configuration::activate(loaded, &metrics)));
    let client = cluster::client(kubeconfig).await?;
    let mut signals = Signals::new()?;

    // Every part is named before the admin port answers, so that it never says too early that all is there.
    let part = readiness.part("configuration");
    part.ok();
    let certified = readiness.part("certificate");
    certified.not_ready("none yet");
    let of_facts = client.as_ref().map(|_| readiness.part("facts"));
    let registered = registration.as_ref().map(|_| readiness.part("registration"));
    let admin = Server::admin(admin_listen, readiness.clone(), metrics.clone())?;

    let facts = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
    let followed = watch::Sender::new(cluster::followed(&active.load().rules));
    if let (Some(client), Some(part)) = (client.clone(), of_facts) {
        let readers = {
            let active = Arc::clone(&active);
            move |kind: &Kind| active.load().rules.readers(kind)
        };
        let mut reporter = cluster::Reporter::new(part, metrics.clone(), readers);
        let report = move |kind, state| reporter.report(kind, state);
        let wanted = followed.subscribe();
        let follow = crate::cluster::watch(client, wanted, Arc::clone(&facts), facts_memory, report);
        tasks.start("the watches on facts", follow);
    }
    let place = client.zip(service);
    let events = registration::events(place.as_ref(), &identity, pod_uid, &tasks);
    let is_managed = matches!(certificate, CertificateSource::Managed { .. });
    let leads = is_managed || registration.is_some() || audit.is_some();
    let mut election = match place.as_ref().filter(|_| leads) {
        Some((client, service)) => {
            let names = LeaseNames { namespace: service.namespace.clone(), lease, identity };
            Election::start(client.clone(), names, metrics.clone(), &tasks)
        }
        None => Election::none(),
    };
    let (authorities, (live, live_seen)) = (watch::Sender::new(None), watch::channel(None));
    let exchange =
        Exchange { served: Arc::default(), leading: election.leading.clone(), live: live_seen, authorities };
    if let (Some(kept), Some(part)) = (registration, registered) {
        let (client, service) =
            place.clone().context("--webhook-config needs a cluster: a Pod, or --kubeconfig")?;
        let plans = planner.as_ref().context("--webhook-config needs --service")?.plans();
        let mut reporter = registration::Reporter::new(&kept.name, part, metrics.clone(), events.clone());
        let parts = Parts { kept, service, plans, is_managed, live };
        let keeper = registration::keeper(client, parts, &exchange);
        tasks.start("the keeper of the registration", keeper.keep(move |report| reporter.report(report)));
    }

    if let Some(options) = audit {
        let (client, service) =
            place.clone().context("--audit-every needs a cluster: a Pod, or --kubeconfig")?;
        let auditor = Auditor {
            client,
            options,
            active: Arc::clone(&active),
            facts: Arc::clone(&facts),
            metrics: metrics.clone(),
            leading: election.leading.clone(),
            own_namespace: service.namespace,
        };
        tasks.start("the audit", auditor.run());
    }

    let is_dev = matches!(certificate, CertificateSource::Dev);
    let reporter = certificate::Reporter::new(certified.clone(), metrics.clone(), events.clone());
    let place = place.as_ref().map(|(client, service)| (client.clone(), service));
    let certificates = tokio::select! {
        store = certificate::start(certificate, place, exchange, reporter, &tasks) => store?,
        name = tasks.failed() => {
            election.leave().await;
            bail!("{name} has panicked before there was a certificate");
        }
        () = signals.next() => {
            tracing::info!("asked to stop before there was a certificate");
            election.leave().await;
            return Ok(());
        }
    };
    let server_options = ServerOptions { threads, ..ServerOptions::default() };
    let webhook = Webhook {
        active: Arc::clone(&active),
        facts: Arc::clone(&facts),
        metrics: metrics.clone(),
        log: DecisionLog::to_stdout(line_format).context("cannot start the decision log")?,
        clock: now,
    };
    let server = Server::webhook(listen, server_options, certificates, Arc::new(webhook), metrics.clone())?;
    certified.ok();
    let exceptions = configuration::follow_exceptions(Arc::clone(&active), metrics.clone());
    tasks.start("the watch on exceptions", exceptions);
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        webhook.address = %server.address(),
        admin.address = %admin.address(),
        configuration.digest = active.load().rules.digest(),
        "serving"
    );
    if let Some(watcher) = watcher {
        let configuration = Configuration { active, part, metrics, events, planner, followed };
        tasks.start("the watch on the configuration", configuration.follow(watcher));
    }
    if is_dev {
        print_example(server.address())?;
    }

    let failed = tokio::select! {
        () = signals.next() => None,
        name = tasks.failed() => Some(name),
    };
    readiness.drain();
    server.drain();
    let delay_s = drain_delay.as_secs();
    match failed {
        None => tracing::info!(delay_s, "asked to stop: not ready from now on, answering until the end"),
        // Whoever started this process starts it again, with nothing missing.
        Some(name) => tracing::error!(delay_s, "{name} has panicked: stopping, answering until the end"),
    }
    let orderly = async {
        // Another replica takes over while this one still answers. What is registered stays: others serve it.
        tokio::join!(tokio::time::sleep(drain_delay), election.leave());
        server.stop().await;
        admin.stop().await;
    };
    tokio::select! {
        () = orderly => tracing::info!("stopped"),
        () = signals.next() => tracing::warn!("asked to stop again: stopping at once"),
    }
    match failed {
        None => Ok(()),
        Some(name) => bail!("{name} has panicked"),
    }
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
