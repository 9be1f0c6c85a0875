//! `seawall serve`.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use super::EXIT_CLEAN;
use crate::app;
use crate::config::Overrides;
use crate::modes::{Mode, Profile};
use crate::server::LineFormat;

/// What `seawall serve` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "For example: seawall serve --dev")]
pub(super) struct Args {
    /// Configuration file; it is followed, and taken anew when it changes.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address of the webhook port (TLS). [default: 0.0.0.0:8443; with --dev 127.0.0.1:8443]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Address of the admin port (health and metrics, in the clear). [default: 0.0.0.0:8080; with --dev
    /// 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    admin_listen: Option<SocketAddr>,
    /// Certificate chain in PEM; it is followed, and served anew when it changes.
    #[arg(long, value_name = "FILE", required_unless_present = "dev", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate in PEM.
    #[arg(long, value_name = "FILE", required_unless_present = "dev", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Authorities in PEM; clients must then have a certificate of one of them.
    #[arg(long, value_name = "FILE", conflicts_with = "dev")]
    client_ca: Option<PathBuf>,
    /// Profile instead of the configuration's.
    #[arg(long, value_name = "NAME")]
    profile: Option<Profile>,
    /// Cap instead of the configuration's: `audit` is a dry run, `warn` never blocks.
    #[arg(long, value_name = "MODE")]
    max_mode: Option<Mode>,
    /// Serve on this machine only, with a certificate made in memory, and print a request to try.
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"])]
    dev: bool,
    /// Cluster whose namespaces are watched for their labels; in a Pod it is its own cluster.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
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
        client_ca,
        profile,
        max_mode,
        dev,
        kubeconfig,
        threads,
        drain_delay,
        log_format,
        log_level,
    } = args;
    let address = |port| {
        if dev { SocketAddr::from(([127, 0, 0, 1], port)) } else { SocketAddr::from(([0, 0, 0, 0], port)) }
    };
    init_logs(log_format, &log_level)?;
    app::serve(app::ServeOptions {
        config,
        overrides: Overrides { profile, max_mode, ..Overrides::default() },
        listen: listen.unwrap_or_else(|| address(8443)),
        admin_listen: admin_listen.unwrap_or_else(|| address(8080)),
        certificate: match (tls_cert, tls_key) {
            (Some(certificate), Some(key)) => app::CertificateSource::Files { certificate, key, client_ca },
            _ => app::CertificateSource::Dev,
        },
        kubeconfig,
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
