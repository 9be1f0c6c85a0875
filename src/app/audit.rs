//! The audit in the background: what exists already is judged again and again, by the replica that leads.

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::FutureExt as _;
use kube::Client;
use tokio::select;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::cluster;
use super::process::now;
use crate::audit::{self, Beside, Gathered, Pace, ReportError, Scope, Summary};
use crate::cluster::{ListError, Snapshot};
use crate::metrics::Metrics;
use crate::object::kinds;
use crate::server::Active;

/// How the API server is spared: a page of the largest kind takes it some milliseconds, and then it has a second for
/// others. 100,000 objects take seven minutes. And how memory is spared that reviews need: no object of the API is longer
/// than such a page.
const PACE: Pace = Pace { page: 250, length: 8 * 1024 * 1024, pause: Duration::from_secs(1) };

/// How long facts are waited for before policies go without.
const FACTS: Duration = Duration::from_mins(1);

/// How often it is looked whether they have come.
const LOOK: Duration = Duration::from_millis(500);

/// Whether and how what exists already is audited.
#[derive(Clone, Copy, Debug)]
pub struct AuditOptions {
    /// Time from the beginning of an audit to that of the next.
    pub every: Duration,
    /// Whether findings are written as report objects.
    pub reports: bool,
    /// Whether Secrets are audited too, which is to read what is in them.
    pub secrets: bool,
}

/// What audits in the background.
pub(super) struct Auditor {
    pub(super) client: Client,
    pub(super) options: AuditOptions,
    pub(super) active: Arc<ArcSwap<Active>>,
    pub(super) facts: Arc<ArcSwap<Snapshot>>,
    pub(super) metrics: Metrics,
    pub(super) leading: watch::Receiver<bool>,
    /// The namespace of this replica, which is not reviewed.
    pub(super) own_namespace: String,
}

impl Auditor {
    /// Audits whenever it is time to, for as long as this replica may lead.
    pub(super) async fn run(mut self) {
        while self.leading.wait_for(|leads| *leads).await.is_ok() {
            let mut leading = self.leading.clone();
            select! {
                _ = leading.wait_for(|leads| !leads) => {}
                () = self.audit_always() => {}
            }
            // Whoever leads now says what there is.
            self.metrics.audited([], 0);
        }
    }

    async fn audit_always(&self) {
        let mut next = Instant::now();
        loop {
            sleep_until(next).await;
            next = Instant::now() + self.options.every;
            // Of what is in a cluster nothing may end a server that answers for all that is written into it.
            if AssertUnwindSafe(self.audit()).catch_unwind().await.is_err() {
                self.metrics.audits.with_label_values(&["panicked"]).inc();
                tracing::error!("the audit has panicked: it is tried again when it is due; please report it");
            }
            next = next.max(Instant::now() + self.options.every / 2);
        }
    }

    async fn audit(&self) {
        let (began, active) = (Instant::now(), self.active.load_full());
        let wanted = cluster::followed(&active.rules);
        let known = async {
            while !wanted.iter().all(|kind| self.facts.load().knows(kind)) {
                sleep(LOOK).await;
            }
        };
        // What is not known then is not known to reviews either.
        let _ = timeout(FACTS, known).await;
        let facts = self.facts.load_full();
        let beside = Beside { facts: &*facts, now: now() };
        let mut left_out = active.excluded.clone();
        left_out.push(self.own_namespace.clone());
        let without = if self.options.secrets { Vec::new() } else { vec![&kinds::SECRET] };
        let scope = Scope { left_out, without, ..Scope::default() };
        let mut found = Gathered::new(self.options.reports);
        let summary =
            audit::scan(&self.client, &active.rules, beside, &scope, PACE, &mut found, pending()).await;
        if self.take(&summary, &found, began.elapsed()) && self.options.reports {
            self.publish(&found.settled()).await;
        }
    }

    /// Makes known what was found; says whether everything was seen that may be.
    fn take(&self, summary: &Summary, found: &Gathered, took: Duration) -> bool {
        let Summary { objects, owned, ref unlisted, is_cut } = *summary;
        for kind in unlisted {
            tracing::warn!(kind = kind.kind, error = %kind.error, "cannot list: the audit goes without");
        }
        for (policy, count) in &found.panicked {
            self.metrics.policy_panics.with_label_values(&[policy]).inc_by(*count);
        }
        // What may not be listed is nobody's business here; what could not be would look as if it were mended.
        let has_failed = unlisted.iter().any(|kind| !matches!(kind.error, ListError::Refused(_)));
        if is_cut || has_failed {
            self.metrics.audits.with_label_values(&["cut"]).inc();
            tracing::warn!(objects, "the audit was cut short");
            return false;
        }
        self.metrics.audits.with_label_values(&["complete"]).inc();
        let counts = found.counts.iter().map(|((policy, mode), count)| (*policy, mode.as_str(), *count));
        self.metrics.audited(counts, objects);
        self.metrics.audit_unlisted.set(i64::try_from(unlisted.len()).unwrap_or(i64::MAX));
        self.metrics.audit_last_success.set(now().as_second());
        let findings: usize = found.counts.values().sum();
        tracing::info!(objects, owned, findings, took_s = took.as_secs(), "audited what exists");
        true
    }

    async fn publish(&self, found: &Gathered) {
        match audit::publish(&self.client, found).await {
            Ok(done) => {
                tracing::info!(written = done.written, deleted = done.deleted, "reports are as was found");
            }
            Err(error @ ReportError::NoKind) => tracing::info!(%error, "no reports are written"),
            Err(error) => {
                self.metrics.audit_report_failures.inc();
                tracing::warn!(%error, "reports could not all be written");
            }
        }
    }
}
