//! The cluster, if there is one: how it is reached, and what is followed of it.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use kube::config::{InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError};

use super::process::now;
use crate::cluster::WatchState;
use crate::engine::Rules;
use crate::metrics::Metrics;
use crate::object::kinds::{self, Kind};
use crate::server::ReadinessHandle;

/// A client for the cluster, if there is one.
pub(crate) async fn client(kubeconfig: Option<PathBuf>) -> anyhow::Result<Option<kube::Client>> {
    let config = match kubeconfig {
        Some(path) => {
            let read = read(&path, &KubeConfigOptions::default()).await;
            read.with_context(|| format!("--kubeconfig {}", path.display()))?
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

/// How long a person waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client for the cluster that a person means: that of a kubeconfig, else the one that this is a Pod of.
pub(crate) async fn reach(kubeconfig: Option<&Path>, context: Option<&str>) -> anyhow::Result<kube::Client> {
    let options = KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
    let config = match (kubeconfig, context) {
        (Some(path), _) => {
            let file = || format!("--kubeconfig {}", path.display());
            read(path, &options).await.map_err(|error| of_context(&error, context)).with_context(file)
        }
        (None, Some(_)) => {
            kube::Config::from_kubeconfig(&options).await.map_err(|error| of_context(&error, context))
        }
        (None, None) => kube::Config::infer().await.map_err(|error| {
            let error = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            anyhow!("no cluster: {error}, and this is no Pod: give --kubeconfig")
        }),
    };
    let mut config = config?;
    config.connect_timeout = Some(PATIENCE);
    // Whoever lists tries again, and knows when to give up.
    config.default_retry = false;
    Ok(kube::Client::try_from(config)?)
}

async fn read(kubeconfig: &Path, options: &KubeConfigOptions) -> Result<kube::Config, KubeconfigError> {
    kube::Config::from_custom_kubeconfig(Kubeconfig::read_from(kubeconfig)?, options).await
}

/// What is wrong with a kubeconfig, by the flag that mends it. Its own words say all that its source does.
fn of_context(error: &KubeconfigError, context: Option<&str>) -> anyhow::Error {
    match (error, context) {
        (KubeconfigError::LoadContext(name), Some(_)) => {
            anyhow!("--context {name}: there is no such context")
        }
        (KubeconfigError::CurrentContextNotSet, None) => anyhow!("no current context: give --context"),
        (error, _) => anyhow!("{error}"),
    }
}

/// The kinds that are watched for rules: those that their policies have to know, and Namespaces, for whose labels scopes
/// may ask.
pub(crate) fn followed(rules: &Rules) -> Vec<&'static Kind> {
    let mut kinds = rules.reads();
    if !kinds.contains(&&kinds::NAMESPACE) {
        kinds.push(&kinds::NAMESPACE);
    }
    kinds
}

/// Makes known how the watches are doing.
///
/// Ready once of every kind all objects have been seen, or it is clear that they will not be: reviews go on without
/// them, policies that need them are not evaluated, and rules that ask for labels warn at most. What fails later is only
/// said, and so is that a new configuration asks for one more kind: it reaches all replicas at once, and no list is worth
/// that none of them answers.
pub(super) struct Reporter<R> {
    part: ReadinessHandle,
    metrics: Metrics,
    /// The codes of policies that have to know a kind.
    readers: R,
    watches: Vec<(&'static Kind, Standing)>,
    was_ready: bool,
}

/// How a watch stands.
enum Standing {
    /// Nothing has been seen.
    Waiting(String),
    /// This many objects are known.
    Known(usize),
    /// They may have changed since, for this reason.
    Stale(String),
    /// They are not known, for this reason.
    Unknown(String),
}

impl<R: Fn(&Kind) -> Vec<&'static str>> Reporter<R> {
    pub(super) fn new(part: ReadinessHandle, metrics: Metrics, readers: R) -> Self {
        Self { part, metrics, readers, watches: Vec::new(), was_ready: false }
    }

    pub(super) fn report(&mut self, kind: &'static Kind, state: WatchState) {
        let place = self.watches.iter().position(|(it, _)| *it == kind);
        let was_waiting = place.is_none_or(|place| matches!(self.watches[place].1, Standing::Waiting(_)));
        let standing = match state {
            WatchState::Ended => {
                self.metrics.forget_facts(kind.name);
                self.watches.retain(|(it, _)| *it != kind);
                return self.tell();
            }
            WatchState::Started => {
                self.metrics.facts_unknown(kind.name);
                Standing::Waiting("not listed yet".to_owned())
            }
            WatchState::Synced { objects } => {
                self.metrics.facts(kind.name, objects, now().as_second());
                if place.is_some_and(|place| self.watches[place].1.is_trouble()) {
                    tracing::info!(kind = kind.name, objects, "followed again");
                }
                Standing::Known(objects)
            }
            WatchState::Stale { error } => {
                self.metrics.facts_stale(kind.name);
                tracing::warn!(kind = kind.name, error, "cannot watch: what is known may be stale");
                Standing::Stale(error)
            }
            WatchState::Unknown { error, is_refused } => {
                self.metrics.facts_unknown(kind.name);
                let policies = (self.readers)(kind).join(", ");
                tracing::warn!(
                    kind = kind.name,
                    policies,
                    error,
                    "cannot watch: policies that need it are not evaluated"
                );
                if was_waiting && !is_refused { Standing::Waiting(error) } else { Standing::Unknown(error) }
            }
        };
        match place {
            Some(place) => self.watches[place].1 = standing,
            None => self.watches.push((kind, standing)),
        }
        self.tell();
    }

    fn tell(&mut self) {
        let waiting = self.watches.iter().find_map(|(kind, standing)| match standing {
            Standing::Waiting(reason) => Some(format!("{}: {reason}", kind.name)),
            _ => None,
        });
        if let Some(waiting) = waiting.filter(|_| !self.was_ready) {
            return self.part.not_ready(waiting);
        }
        self.was_ready = true;
        let unsure = self.watches.iter().filter_map(|(kind, standing)| match standing {
            Standing::Stale(reason) => Some(format!("{} may be stale: {reason}", kind.name)),
            Standing::Waiting(reason) | Standing::Unknown(reason) => Some(self.unknown(kind, reason)),
            Standing::Known(_) => None,
        });
        let unsure: Vec<_> = unsure.collect();
        let seen: usize =
            self.watches.iter().map(|(_, it)| if let Standing::Known(count) = it { *count } else { 0 }).sum();
        let seen = format!("{seen} objects of {} kinds", self.watches.len() - unsure.len());
        self.part.detail(std::iter::once(seen).chain(unsure).collect::<Vec<_>>().join("; "));
    }

    fn unknown(&self, kind: &Kind, reason: &str) -> String {
        let readers = (self.readers)(kind);
        let missed = if readers.is_empty() { String::new() } else { format!(" for {}", readers.join(", ")) };
        format!("{} not known{missed}: {reason}", kind.name)
    }
}

impl Standing {
    fn is_trouble(&self) -> bool {
        matches!(self, Self::Stale(_) | Self::Unknown(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Readiness;

    type Readers = fn(&Kind) -> Vec<&'static str>;

    fn reporter(readiness: &Readiness) -> Reporter<Readers> {
        let metrics = Metrics::new(kinds::ALL.iter().map(|kind| kind.name));
        Reporter::new(readiness.part("facts"), metrics, |kind| {
            if *kind == kinds::SERVICE { vec!["AVL01", "NET02"] } else { Vec::new() }
        })
    }

    fn unknown(is_refused: bool) -> WatchState {
        WatchState::Unknown { error: "no answer".to_owned(), is_refused }
    }

    #[test]
    fn one_more_kind_takes_no_replica_away() {
        let readiness = Readiness::new();
        let mut reporter = reporter(&readiness);
        for (kind, state, is_ready) in [
            (&kinds::NAMESPACE, WatchState::Started, false),
            (&kinds::NAMESPACE, unknown(false), false),
            (&kinds::NAMESPACE, WatchState::Synced { objects: 4 }, true),
            (&kinds::SERVICE, WatchState::Started, true),
            (&kinds::SERVICE, unknown(false), true),
            (&kinds::SERVICE, WatchState::Ended, true),
        ] {
            reporter.report(kind, state);
            assert_eq!(readiness.is_ready(), is_ready);
        }
    }

    #[test]
    fn who_misses_what_is_said() {
        let readiness = Readiness::new();
        let mut reporter = reporter(&readiness);
        reporter.report(&kinds::NAMESPACE, WatchState::Synced { objects: 4 });
        let stale = WatchState::Stale { error: "no answer".to_owned() };
        for (state, expected, current) in [
            (unknown(true), "4 objects of 1 kinds; Service not known for AVL01, NET02: no answer", Some(0)),
            (WatchState::Synced { objects: 2 }, "6 objects of 2 kinds", Some(1)),
            (stale, "4 objects of 1 kinds; Service may be stale: no answer", Some(0)),
            (WatchState::Ended, "4 objects of 1 kinds", None),
        ] {
            reporter.report(&kinds::SERVICE, state);
            let said = readiness.report();
            assert!(said.contains(expected), "{said}");
            let metrics = reporter.metrics.encode();
            let current = current.map(|it| format!("seawall_facts_current{{kind=\"Service\"}} {it}\n"));
            match current {
                Some(current) => assert!(metrics.contains(&current), "{metrics}"),
                None => assert!(!metrics.contains("\"Service\""), "{metrics}"),
            }
        }
    }
}
