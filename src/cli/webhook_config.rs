//! `seawall webhook-config`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ValueEnum;
use k8s_openapi::ByteString;

use super::{EXIT_CLEAN, load};
use crate::certificates::Bundle;
use crate::config::Overrides;
use crate::modes::{Mode, Profile};
use crate::registration::manifest::{STATIC_SUFFIX, manifest};
use crate::registration::{Endpoint, Service, is_label, plan};
use crate::report::yaml;

/// Print the ValidatingWebhookConfiguration that a configuration needs: the kinds, operations and subresources that
/// its enabled policies look at, and nothing more.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
For example: seawall webhook-config --config seawall.yaml --ca-bundle ca.crt | kubectl apply -f -

With --static, it is a manifest for a directory that the API server reads itself (`staticManifestsDir` of \
ValidatingAdmissionWebhook in its AdmissionConfiguration, from Kubernetes 1.37 on): nobody can delete it through the \
API. It needs --url.")]
pub(super) struct Args {
    /// Configuration file; without it the defaults hold.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Profile instead of the configuration's.
    #[arg(long, value_name = "NAME")]
    profile: Option<Profile>,
    /// Cap instead of the configuration's.
    #[arg(long, value_name = "MODE")]
    max_mode: Option<Mode>,
    /// Name of the object; with --static, `.static.k8s.io` is put behind it.
    #[arg(long, value_name = "NAME", default_value = "seawall", value_parser = object_name)]
    name: String,
    /// Service in front of Seawall; its namespace is never reviewed. Without a port it is 443. Without this flag it
    /// is seawall/seawall; but with --static there is none, and no namespace is left out for it.
    #[arg(long, value_name = "NAMESPACE/NAME[:PORT]")]
    service: Option<Service>,
    /// Address that is called instead of the Service: https://HOST or https://HOST:PORT.
    #[arg(long, value_name = "URL", value_parser = Endpoint::url, required_if_eq("static", "true"))]
    url: Option<Endpoint>,
    /// Authorities in PEM that the certificate of Seawall has to come from. Without them somebody else has to put
    /// them in, or the API server trusts those of its own system.
    #[arg(long, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,
    /// Print a manifest for the API server's own directory instead.
    #[arg(long = "static", id = "static")]
    is_static: bool,
    /// How the object is written.
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    output: Output,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Output {
    /// For people and kubectl.
    #[default]
    Yaml,
    /// For programs.
    Json,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let overrides = Overrides { profile: args.profile, max_mode: args.max_mode, ..Overrides::default() };
    let config = load(args.config.as_deref(), &overrides)?.config;
    let usual = || Service { namespace: "seawall".to_owned(), name: "seawall".to_owned(), port: 443 };
    // A manifest of the API server's own is there so that nobody gets around it: not by a namespace that anybody may
    // make either.
    let service = args.service.clone().or_else(|| (!args.is_static).then(usual));
    let own_namespace = service.as_ref().map_or("", |service| &service.namespace).to_owned();
    let endpoint = args.url.clone().or_else(|| service.map(Endpoint::Service));
    let endpoint = endpoint.context("--static needs --url")?;
    let bundle = args.ca_bundle.as_deref().map(|path| Bundle::load(path, "--ca-bundle")).transpose()?;
    let bundle = bundle.map(|bundle| ByteString(bundle.pem().into_bytes()));
    let mut webhooks = plan(&config.table, &config.registration, &endpoint, &own_namespace);
    if webhooks.is_empty() {
        writeln!(anstream::stderr(), "warning: every policy is off: nothing is reviewed")?;
    }
    for webhook in &mut webhooks {
        webhook.client_config.ca_bundle.clone_from(&bundle);
    }
    let name = match args.name.strip_suffix(STATIC_SUFFIX) {
        Some(_) if !args.is_static => bail!("--name {}: only with --static may it end so", args.name),
        None if args.is_static => format!("{}{STATIC_SUFFIX}", args.name),
        _ => args.name.clone(),
    };
    let object = manifest(&name, &webhooks)?;
    let text = match args.output {
        Output::Yaml => yaml::render(&object),
        Output::Json => format!("{}\n", serde_json::to_string_pretty(&object)?),
    };
    write!(anstream::stdout(), "{text}")?;
    Ok(EXIT_CLEAN)
}

/// A name as the API takes it for a cluster-scoped object.
fn object_name(text: &str) -> Result<String, String> {
    if text.len() + STATIC_SUFFIX.len() <= 253 && text.split('.').all(is_label) {
        Ok(text.to_owned())
    } else {
        Err("lower case letters, digits, `-` and `.`".to_owned())
    }
}
