//! The cluster, if there is one: how it is reached, and what is followed of it.

use std::path::PathBuf;

use anyhow::Context;
use kube::config::InClusterError;

use super::process::now;
use crate::cluster::WatchState;
use crate::metrics::Metrics;
use crate::server::ReadinessHandle;

/// A client for the cluster, if there is one.
pub(crate) async fn client(kubeconfig: Option<PathBuf>) -> anyhow::Result<Option<kube::Client>> {
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
            Err(InClusterError::ReadEnvironmentVariable(_)) => return Ok(None),
            Err(error) => {
                tracing::warn!(%error, "in a Pod without access to its cluster: rules that ask for labels may only warn");
                return Ok(None);
            }
        },
    };
    Ok(Some(kube::Client::try_from(config)?))
}

/// Ready with the first complete view, or where it is clear that there will be none: reviews go on without it, and
/// rules that ask for labels warn at most. What fails later is only said.
pub(super) fn report_watch(part: &ReadinessHandle, metrics: &Metrics, seen: &mut bool, state: WatchState) {
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
