//! `seawall certs`: which certificate is served, and whether those who call would take it.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::admissionregistration::v1::{ValidatingWebhookConfiguration, WebhookClientConfig};
use kube::Api;
use serde_json::{Value, json};

use super::{EXIT_CLEAN, EXIT_FINDINGS, now};
use crate::app;
use crate::certificates::{Bundle, Certificate, Chain};
use crate::registration::server_name;
use crate::report::Plain;

/// How long the cluster may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What `seawall certs` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 all is well, 1 something is wrong with the certificate, 2 it could not be looked at.\n\
    For example: kubectl -n seawall port-forward svc/seawall 8443:443 & \
    seawall certs --kubeconfig ~/.kube/config --webhook-config seawall"
)]
pub(super) struct Args {
    /// Server that is asked for its certificate.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8443")]
    address: String,
    /// PEM file with a certificate chain, leaf first, that is looked at instead.
    #[arg(long, value_name = "FILE", conflicts_with = "address")]
    cert: Option<PathBuf>,
    /// DNS name or IP address that the certificate must be for.
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    /// PEM file with the authorities that the certificate must come from.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// ValidatingWebhookConfiguration whose every webhook must trust the certificate, by its `caBundle` and for its
    /// service.
    #[arg(long, value_name = "NAME")]
    webhook_config: Option<String>,
    /// Cluster of --webhook-config; in a Pod it is its own cluster.
    #[arg(long, value_name = "FILE", requires = "webhook_config")]
    kubeconfig: Option<PathBuf>,
    /// Days that must be left before anything expires.
    #[arg(long, value_name = "DAYS", default_value = "14")]
    warn_days: u32,
    /// How the answer is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// Something that was looked at, and what is wrong with it.
struct Check {
    what: String,
    problem: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(inspect(args))
}

async fn inspect(args: &Args) -> anyhow::Result<u8> {
    let now = now();
    let (source, chain) = match &args.cert {
        Some(path) => (path.display().to_string(), Chain::read(path, "--cert")?),
        None => (args.address.clone(), served(args).await?),
    };
    let mut checks: Vec<_> =
        chain.certificates().iter().map(|it| validity(it, args.warn_days, now)).collect();
    if let Some(path) = &args.ca {
        let problem = chain.verify(&Bundle::load(path, "--ca")?, &[], now).err();
        checks.push(Check { what: format!("verified by {}", path.display()), problem });
    }
    if let Some(name) = &args.server_name {
        let problem = (!chain.is_for(name)).then(|| "the certificate is for other names".to_owned());
        checks.push(Check { what: format!("for {name}"), problem });
    }
    if let Some(name) = &args.webhook_config {
        checks.extend(webhooks(args.kubeconfig.clone(), name, &chain, now).await?);
    }
    match args.output {
        Output::Text => text(&source, &chain, &checks, now)?,
        Output::Json => {
            let certificates = chain.certificates().iter().map(|it| certificate_json(it, now));
            let report = json!({
                "source": source,
                "chain": certificates.collect::<Vec<_>>(),
                "checks": checks.iter().map(check_json).collect::<Vec<_>>(),
                "ok": checks.iter().all(|it| it.problem.is_none()),
            });
            writeln!(anstream::stdout(), "{report}")?;
        }
    }
    if args.ca.is_none() && args.webhook_config.is_none() {
        writeln!(
            anstream::stderr(),
            "note: nobody was asked to trust it; --ca or --webhook-config say against what to verify it"
        )?;
    }
    Ok(if checks.iter().all(|it| it.problem.is_none()) { EXIT_CLEAN } else { EXIT_FINDINGS })
}

async fn served(args: &Args) -> anyhow::Result<Chain> {
    let Some((host, _)) = args.address.rsplit_once(':') else {
        bail!("--address {}: give host and port, as in 127.0.0.1:8443", args.address)
    };
    let host = host.trim_matches(['[', ']']);
    Ok(Chain::of_server(&args.address, args.server_name.as_deref().unwrap_or(host)).await?)
}

/// Whether a certificate is valid, and will be for some days.
fn validity(certificate: &Certificate, warn_days: u32, now: Timestamp) -> Check {
    let enough = SignedDuration::from_hours(24 * i64::from(warn_days));
    let problem = if now < certificate.not_before {
        Some(format!("not valid before {}", certificate.not_before))
    } else if now >= certificate.not_after {
        Some(format!("expired at {}", certificate.not_after))
    } else if certificate.not_after.duration_since(now) < enough {
        Some(format!("expires within {warn_days} days, at {}", certificate.not_after))
    } else {
        None
    };
    Check { what: format!("validity of {}", certificate.subject), problem }
}

/// What each webhook of a configuration thinks of the chain.
async fn webhooks(
    kubeconfig: Option<PathBuf>,
    name: &str,
    chain: &Chain,
    now: Timestamp,
) -> anyhow::Result<Vec<Check>> {
    let client = app::client(kubeconfig).await?;
    let client = client.context("--webhook-config needs a cluster, and this is no Pod: give --kubeconfig")?;
    let api: Api<ValidatingWebhookConfiguration> = Api::all(client);
    let configuration = tokio::time::timeout(PATIENCE, api.get(name))
        .await
        .with_context(|| format!("--webhook-config {name}: the API server does not answer"))?
        .with_context(|| format!("--webhook-config {name}"))?;
    let webhooks = configuration.webhooks.unwrap_or_default();
    if webhooks.is_empty() {
        let problem = Some("it has no webhooks yet".to_owned());
        return Ok(vec![Check { what: name.to_owned(), problem }]);
    }
    let check = |client: &WebhookClientConfig, webhook: &str| {
        let Some(host) = host(client) else {
            let problem = Some("its clientConfig names no host".to_owned());
            return Check { what: webhook.to_owned(), problem };
        };
        let what = format!("{webhook} verifies it for {host}");
        let problem = match &client.ca_bundle {
            None => Some("it has no caBundle".to_owned()),
            Some(pem) => chain.verify(&Bundle::read(&pem.0).0, &[host], now).err(),
        };
        Check { what, problem }
    };
    Ok(webhooks.iter().map(|webhook| check(&webhook.client_config, &webhook.name)).collect())
}

/// The name for which the API server verifies the certificate of a webhook.
fn host(client: &WebhookClientConfig) -> Option<String> {
    if let Some(service) = &client.service {
        return Some(server_name(&service.namespace, &service.name));
    }
    let url: http::Uri = client.url.as_deref()?.parse().ok()?;
    url.host().map(|host| host.trim_matches(['[', ']']).to_owned())
}

fn text(source: &str, chain: &Chain, checks: &[Check], now: Timestamp) -> anyhow::Result<()> {
    let mut out = anstream::stdout();
    writeln!(out, "{}", Plain(source))?;
    for certificate in chain.certificates() {
        let Certificate { subject, issuer, names, not_before, not_after, key, .. } = certificate;
        writeln!(out, "\n  subject     {}", Plain(subject))?;
        if !names.is_empty() {
            writeln!(out, "  names       {}", Plain(names.join(", ")))?;
        }
        writeln!(out, "  issuer      {}", Plain(issuer))?;
        writeln!(out, "  not before  {not_before}")?;
        writeln!(out, "  not after   {not_after} ({} days left)", days_left(certificate, now))?;
        writeln!(out, "  key         {key}")?;
    }
    writeln!(out)?;
    for Check { what, problem } in checks {
        match problem {
            None => writeln!(out, "ok      {}", Plain(what))?,
            Some(problem) => writeln!(out, "WRONG   {}: {}", Plain(what), Plain(problem))?,
        }
    }
    Ok(())
}

fn certificate_json(certificate: &Certificate, now: Timestamp) -> Value {
    json!({
        "subject": certificate.subject,
        "names": certificate.names,
        "issuer": certificate.issuer,
        "notBefore": certificate.not_before.to_string(),
        "notAfter": certificate.not_after.to_string(),
        "daysLeft": days_left(certificate, now),
        "key": certificate.key,
        "isAuthority": certificate.is_authority,
    })
}

fn check_json(Check { what, problem }: &Check) -> Value {
    json!({ "check": what, "ok": problem.is_none(), "problem": problem })
}

/// Whole days until the end; negative once it has passed.
fn days_left(certificate: &Certificate, now: Timestamp) -> i64 {
    certificate.not_after.duration_since(now).as_secs().div_euclid(24 * 60 * 60)
}
