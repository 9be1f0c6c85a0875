//! `seawall serve`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use super::EXIT_CLEAN;
use crate::app;
use crate::config::Overrides;
use crate::modes::{Mode, Profile};
use crate::registration::{Fields, Service};
use crate::server::LineFormat;

/// What `seawall serve` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "For example: seawall serve --dev")]
pub(super) struct Args {
    /// Configuration file; it is followed, and taken anew when it changes.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address of the webhook port (TLS). [default: 0.0.0.0:8443; with --dev 127.0.0.1:8443]
    #[arg(long, value_name = "ADDR", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Address of the admin port (health and metrics, in the clear). [default: 0.0.0.0:8080; with --dev
    /// 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", value_parser = address)]
    admin_listen: Option<SocketAddr>,
    /// Certificate chain in PEM; it is followed, and served anew when it changes.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["dev", "tls_secret"], requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate in PEM.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["dev", "tls_secret"], requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Authorities of the certificate in PEM, which `caBundle` is to hold; they are followed.
    #[arg(long, value_name = "FILE", requires = "tls_cert", conflicts_with_all = ["dev", "tls_secret"])]
    tls_ca: Option<PathBuf>,
    /// Instead of files: a Secret in the namespace of the Service, in which Seawall keeps an authority and a certificate
    /// that it makes and renews itself.
    #[arg(long, value_name = "NAME", requires = "service", conflicts_with_all = ["tls_cert", "tls_key"])]
    tls_secret: Option<String>,
    /// Time for which an authority of `--tls-secret` is trusted after the last certificate of it was replaced, in
    /// seconds. Shorter than a minute, replicas that learn late of the new certificate may be refused.
    #[arg(long, value_name = "SECONDS", default_value = "3600", requires = "tls_secret")]
    tls_overlap: u64,
    /// Authorities in PEM; clients must then have a certificate of one of them.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dev", "tls_secret"])]
    client_ca: Option<PathBuf>,
    /// Profile instead of the configuration's.
    #[arg(long, value_name = "NAME")]
    profile: Option<Profile>,
    /// Cap instead of the configuration's: `audit` is a dry run, `warn` never blocks.
    #[arg(long, value_name = "MODE")]
    max_mode: Option<Mode>,
    /// Serve on this machine only, with a certificate made in memory, and print a request to try.
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key", "tls_secret"])]
    dev: bool,
    /// Cluster whose namespaces are watched for their labels, and which all else is about; in a Pod it is its own
    /// cluster.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Memory for what policies have to know of other objects, in MiB, about. A kind for which there is no room is not
    /// known, and policies that need it are not evaluated: `/readyz?verbose`, a metric and the log say so.
    #[arg(long, value_name = "MIB", default_value = "128")]
    facts_memory: usize,
    /// The Service through which the API server calls this replica: NAMESPACE/NAME:PORT, without a port 443. Its
    /// namespace is taken for Seawall's own: it is not reviewed, and has the Lease, the Secret and events.
    #[arg(long, value_name = "SERVICE")]
    service: Option<Service>,
    /// ValidatingWebhookConfiguration to keep as the configuration needs it. It must exist; its deletion is respected.
    #[arg(long, value_name = "NAME", requires = "service", conflicts_with = "dev")]
    webhook_config: Option<String>,
    /// What is kept of it: everything, or `caBundle` alone where somebody else keeps the rest.
    #[arg(long, value_name = "FIELDS", default_value = "all", requires = "webhook_config")]
    webhook_config_fields: WebhookConfigFields,
    /// Time from the beginning of one audit of what exists already to that of the next, in seconds; the replica that
    /// holds the Lease does it, slowly. What it finds is in the metrics. Without, there is none.
    #[arg(long, value_name = "SECONDS", requires = "service", conflicts_with = "dev",
        value_parser = clap::value_parser!(u64).range(60..))]
    audit_every: Option<u64>,
    /// Write what audits find into the cluster too: one report a namespace, of openreports.io where that is installed, else
    /// of wgpolicyk8s.io.
    #[arg(long, requires = "audit_every")]
    audit_reports: bool,
    /// Audit Secrets too, which is to read what is in them.
    #[arg(long, requires = "audit_every")]
    audit_secrets: bool,
    /// Lease, which must exist: of several replicas the one that holds it writes and audits. Without `--tls-secret`,
    /// `--webhook-config` and `--audit-every` nobody needs it.
    #[arg(long, value_name = "NAME", default_value = "seawall")]
    lease: String,
    /// Name of this replica, which no other has: that of its Pod. [default: the name of the host]
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,
    /// Uid of this replica's Pod, by which `kubectl describe pod` finds its events.
    #[arg(long, value_name = "UID", requires = "identity")]
    pod_uid: Option<String>,
    /// Threads that answer reviews. One answers tens of thousands a second.
    #[arg(long, value_name = "N", default_value = "1")]
    threads: NonZeroUsize,
    /// Time from SIGTERM to the end of listening, in which load balancers learn of it, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "5")]
    drain_delay: u64,
    /// How log lines are written: decisions to standard output, all else to standard error.
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    log_format: LogFormat,
    /// Which operational log lines are written, such as `info` or `seawall=debug`.
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log_level: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WebhookConfigFields {
    /// Everything.
    All,
    /// `caBundle` of the webhooks that call the Service.
    CaBundle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

pub(super) fn run(args: Args) -> anyhow::Result<u8> {
    // A flag that is added must be decided on here.
    let Args {
        config,
        listen,
        admin_listen,
        tls_cert,
        tls_key,
        tls_ca,
        tls_secret,
        tls_overlap,
        client_ca,
        profile,
        max_mode,
        dev,
        kubeconfig,
        facts_memory,
        service,
        webhook_config,
        webhook_config_fields,
        audit_every,
        audit_reports,
        audit_secrets,
        lease,
        identity,
        pod_uid,
        threads,
        drain_delay,
        log_format,
        log_level,
    } = args;
    ensure!(
        webhook_config.is_none() || tls_cert.is_none() || tls_ca.is_some(),
        "--webhook-config needs --tls-ca beside --tls-cert: API servers have to be told whom to trust"
    );
    let identity = match identity {
        Some(identity) => identity,
        None if service.is_some() => host_name()?,
        // Nobody is told.
        None => String::new(),
    };
    let registration = webhook_config.map(|name| app::KeptRegistration {
        name,
        fields: match webhook_config_fields {
            WebhookConfigFields::All => Fields::All,
            WebhookConfigFields::CaBundle => Fields::CaBundle,
        },
    });
    let audit = audit_every.map(|every| app::AuditOptions {
        every: Duration::from_secs(every),
        reports: audit_reports,
        secrets: audit_secrets,
    });
    let address = |port| {
        if dev { SocketAddr::from(([127, 0, 0, 1], port)) } else { SocketAddr::from(([0, 0, 0, 0], port)) }
    };
    init_logs(log_format, &log_level)?;
    app::serve(app::ServeOptions {
        config,
        overrides: Overrides { profile, max_mode, ..Overrides::default() },
        listen: listen.unwrap_or_else(|| address(8443)),
        admin_listen: admin_listen.unwrap_or_else(|| address(8080)),
        certificate: match (tls_cert, tls_key, tls_secret) {
            (Some(certificate), Some(key), _) => {
                app::CertificateSource::Files { certificate, key, client_ca, ca: tls_ca }
            }
            (_, _, Some(secret)) => {
                app::CertificateSource::Managed { secret, overlap: Duration::from_secs(tls_overlap) }
            }
            _ => app::CertificateSource::Dev,
        },
        cluster: app::ClusterOptions {
            kubeconfig,
            facts_memory: facts_memory.saturating_mul(1024 * 1024),
            service,
            registration,
            audit,
            lease,
            identity,
            pod_uid,
        },
        threads,
        drain_delay: Duration::from_secs(drain_delay),
        line_format: match log_format {
            LogFormat::Json => LineFormat::Json,
            LogFormat::Text => LineFormat::Text,
        },
    })?;
    Ok(EXIT_CLEAN)
}

fn init_logs(format: LogFormat, level: &str) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(level).map_err(|error| anyhow::anyhow!("--log-level {level}: {error}"))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => logs.json().flatten_event(true).init(),
        LogFormat::Text => logs.with_ansi(false).init(),
    }
    Ok(())
}

/// `IP:PORT`. A version 6 address may do without its brackets, because a Pod's address is put in front of a port as it
/// is; its last part is the port in any case.
fn address(text: &str) -> Result<SocketAddr, String> {
    let bare = || {
        let (ip, port) = text.rsplit_once(':')?;
        let ip: Ipv6Addr = ip.parse().ok()?;
        Some(SocketAddr::new(IpAddr::V6(ip), port.parse().ok()?))
    };
    text.parse().ok().or_else(bare).ok_or_else(|| "this is not IP:PORT".to_owned())
}

fn host_name() -> anyhow::Result<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"));
    let name = name.context("cannot find out the name of the host; name this replica with --identity")?;
    Ok(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_a_pod_has_them() {
        for (text, expected) in [
            ("127.0.0.1:8443", Some("127.0.0.1:8443")),
            ("[::]:8443", Some("[::]:8443")),
            ("[fd00::7]:8443", Some("[fd00::7]:8443")),
            ("fd00::7:8443", Some("[fd00::7]:8443")),
            ("fd00:1:2:3:4:5:6:7:8443", Some("[fd00:1:2:3:4:5:6:7]:8443")),
            (":::8443", Some("[::]:8443")),
            ("fd00:1:2:3:4:5:6:7", None),
            ("fd00::7:99999", None),
            ("10.0.0.1", None),
            (":8443", None),
            ("localhost:8443", None),
            ("", None),
        ] {
            let read = address(text).ok().map(|address| address.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
