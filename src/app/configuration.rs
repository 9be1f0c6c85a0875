//! The configuration in use: taken at start, and anew with every change that is good.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::POLL;
use super::process::now;
use super::registration::Planner;
use crate::cluster::{Events, Reason};
use crate::config::watch::Watcher;
use crate::config::{self, Loaded, Overrides};
use crate::engine::Rules;
use crate::metrics::Metrics;
use crate::object::kinds::Kind;
use crate::registration::NEVER_REVIEWED;
use crate::server::{Active, ReadinessHandle};

/// How often exceptions are looked at for having expired; their dates are days.
const EXCEPTIONS: Duration = Duration::from_mins(1);

/// The configuration that reviews go by, and everybody who has to know when another takes its place.
pub(super) struct Configuration {
    pub(super) active: Arc<ArcSwap<Active>>,
    pub(super) part: ReadinessHandle,
    pub(super) metrics: Metrics,
    pub(super) events: Events,
    pub(super) planner: Option<Planner>,
    /// The kinds that the watches follow.
    pub(super) followed: watch::Sender<Vec<&'static Kind>>,
}

/// Reads the configuration for the first time; there is something to follow where there is a file.
pub(super) fn load(path: Option<&Path>, overrides: Overrides) -> anyhow::Result<(Option<Watcher>, Loaded)> {
    Ok(match path {
        Some(path) => {
            Watcher::start(path, overrides, now()).map(|(watcher, loaded)| (Some(watcher), loaded))?
        }
        None => (None, config::load(None, &overrides, now())?),
    })
}

/// The rules of a configuration, ready to be used.
pub(super) fn activate(loaded: Loaded, metrics: &Metrics) -> Active {
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let digest = loaded.config.digest.to_string();
    metrics.configuration_in_use(&digest, now().as_second());
    let mut excluded = loaded.config.registration.exclude_namespaces;
    excluded.push(NEVER_REVIEWED.to_owned());
    Active { rules: Rules::new(loaded.config.table, digest), docs_url: loaded.config.docs_url, excluded }
}

impl Configuration {
    /// Takes every good change of the configuration, and keeps the last good one beside every bad one.
    pub(super) async fn follow(self, mut watcher: Watcher) {
        let Self { active, part, metrics, events, planner, followed } = self;
        let mut refused = false;
        loop {
            tokio::time::sleep(POLL).await;
            let Some(change) = watcher.poll(now()) else { continue };
            match change {
                Ok(loaded) => {
                    // First the rules: what is sent here from now on is then judged by them.
                    let plan = planner.as_ref().map(|planner| planner.plan(&loaded));
                    let next = activate(loaded, &metrics);
                    tracing::info!(configuration.digest = next.rules.digest(), "configuration taken");
                    if std::mem::take(&mut refused) {
                        events.tell(Reason::ConfigurationTaken, format!("now using {}", next.rules.digest()));
                    }
                    followed.send_replace(super::cluster::followed(&next.rules));
                    active.store(Arc::new(next));
                    if let (Some(planner), Some(plan)) = (&planner, plan) {
                        planner.announce(plan);
                    }
                    metrics.config_reloads.with_label_values(&["success"]).inc();
                    part.ok();
                }
                Err(errors) => {
                    let digest = active.load().rules.digest().to_owned();
                    tracing::error!(
                        configuration.digest = digest,
                        "configuration refused, the last good one stays: {errors}"
                    );
                    events.tell(Reason::ConfigurationRefused, format!("still using {digest}: {errors}"));
                    refused = true;
                    metrics.config_reloads.with_label_values(&["failure"]).inc();
                    part.detail(format!("reload refused, still using {digest}: {errors}"));
                }
            }
        }
    }
}

/// Tells of exceptions that expire while the server runs: from then on their findings are refused again.
pub(super) async fn follow_exceptions(active: Arc<ArcSwap<Active>>, metrics: Metrics) {
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
