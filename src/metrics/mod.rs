//! What Seawall counts: every metric with its name, labels and help, as a value that is passed in.
//!
//! There is no global registry, so two servers in one process (a test) never share a count. The number of
//! series is bounded by construction: label values come from this program or its configuration, and the one
//! that comes from a request, `kind`, is `other` unless the caller named it in advance.

mod family;
mod table;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use prometheus::{IntGauge, Registry, TextEncoder};

pub use family::{Description, Label};
pub use table::{CounterVec, Handles};

/// The media type of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The label value for what is not in a fixed set.
const OTHER: &str = "other";

/// Everything that is counted, and the registry it is written from.
///
/// The metrics themselves are the fields of [`Handles`], reachable through this value; cloning it gives another
/// handle on the same counts.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    handles: Handles,
    kinds: HashSet<&'static str>,
}

impl Metrics {
    /// Metrics with all counts at zero. `kinds` are the values that the label `kind` may take beside `other`.
    pub fn new(kinds: impl IntoIterator<Item = &'static str>) -> Self {
        let registry = Registry::new();
        let handles = Handles::register(&registry);
        handles.build_info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Self(Arc::new(Inner { registry, handles, kinds: kinds.into_iter().collect() }))
    }

    /// Counts one answered review.
    ///
    /// `operation` and `kind` may be anything a request says; `decision` is a word of this program.
    pub fn review(&self, operation: &str, kind: &str, decision: &'static str) {
        let kind = self.0.kinds.get(kind).copied().unwrap_or(OTHER);
        self.0.handles.reviews.with_label_values(&[bounded_operation(operation), kind, decision]).inc();
    }

    /// Observes how long one review took, from its request head to its answer.
    pub fn review_took(&self, duration: Duration) {
        self.0.handles.review_duration.observe(duration.as_secs_f64());
    }

    /// Says which configuration is in use, and since when (seconds since the epoch).
    pub fn configuration_in_use(&self, digest: &str, since: i64) {
        self.0.handles.config_info.reset();
        self.0.handles.config_info.with_label_values(&[digest]).set(1);
        self.0.handles.config_last_success.set(since);
    }

    /// Says how many objects of a kind are held, as the cluster has them, and when that was last brought up to date (seconds
    /// since the epoch).
    pub fn facts(&self, kind: &'static str, objects: usize, changed: i64) {
        let objects = i64::try_from(objects).unwrap_or(i64::MAX);
        self.0.handles.facts_objects.with_label_values(&[kind]).set(objects);
        self.0.handles.facts_changed.with_label_values(&[kind]).set(changed);
        self.0.handles.facts_current.with_label_values(&[kind]).set(1);
    }

    /// Says that what is held of a kind may have changed in the cluster.
    pub fn facts_stale(&self, kind: &'static str) {
        self.0.handles.facts_current.with_label_values(&[kind]).set(0);
    }

    /// Says that nothing is held of a kind that is to be watched.
    pub fn facts_unknown(&self, kind: &'static str) {
        self.forget_facts(kind);
        self.0.handles.facts_current.with_label_values(&[kind]).set(0);
    }

    /// Says that a kind is not watched any longer.
    pub fn forget_facts(&self, kind: &'static str) {
        // The only error is a series that was never there.
        let _ = self.0.handles.facts_objects.remove_label_values(&[kind]);
        let _ = self.0.handles.facts_changed.remove_label_values(&[kind]);
        let _ = self.0.handles.facts_current.remove_label_values(&[kind]);
    }

    /// Says what an audit found, in place of what the last one did: how many findings by policy and mode, and in how
    /// many objects it looked for them. Nothing found in no object is what a replica says that no longer audits.
    pub fn audited(
        &self,
        findings: impl IntoIterator<Item = (&'static str, &'static str, usize)>,
        objects: usize,
    ) {
        let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
        self.0.handles.audit_findings.reset();
        for (policy, mode, count) in findings {
            self.0.handles.audit_findings.with_label_values(&[policy, mode]).set(number(count));
        }
        self.0.handles.audit_objects.set(number(objects));
    }

    /// The counts in the text format of Prometheus.
    pub fn encode(&self) -> String {
        // The only error is a family without series, and `gather` returns none of those.
        TextEncoder::new().encode_to_string(&self.0.registry.gather()).unwrap_or_default()
    }

    /// Every metric there is, in the order of their declaration, for the reference documentation.
    pub fn describe() -> Vec<Description> {
        Handles::describe()
    }
}

impl std::ops::Deref for Metrics {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        &self.0.handles
    }
}

impl Default for Metrics {
    /// Metrics for which every kind is `other`.
    fn default() -> Self {
        Self::new([])
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

/// A gauge that is one higher until this is dropped, however that comes about.
#[derive(Debug)]
pub struct Raised(IntGauge);

impl Raised {
    /// Raises a gauge.
    pub fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn bounded_operation(operation: &str) -> &'static str {
    match operation {
        "CREATE" => "CREATE",
        "UPDATE" => "UPDATE",
        "DELETE" => "DELETE",
        "CONNECT" => "CONNECT",
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_types_and_labels_are_an_interface() {
        let lines: Vec<String> = Metrics::describe()
            .iter()
            .map(|it| format!("{} {} {}", it.kind, it.name, it.labels.join(",")).trim_end().to_owned())
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        counter seawall_reviews_total operation,kind,decision
        histogram seawall_review_duration_seconds
        counter seawall_findings_total policy,mode
        counter seawall_grandfathered_total
        counter seawall_excepted_total
        gauge seawall_expired_exceptions
        counter seawall_not_evaluated_total policy
        counter seawall_policy_panics_total policy
        counter seawall_cannot_judge_total reason
        counter seawall_requests_refused_total reason
        gauge seawall_connections
        gauge seawall_reviews_in_flight
        counter seawall_config_reloads_total result
        gauge seawall_config_info digest
        gauge seawall_config_last_success_timestamp_seconds
        gauge seawall_certificate_expiry_timestamp_seconds
        counter seawall_certificate_reloads_total result
        gauge seawall_certificate_authority_expiry_timestamp_seconds
        counter seawall_certificate_rotations_total step
        gauge seawall_facts_objects kind
        gauge seawall_facts_last_change_timestamp_seconds kind
        gauge seawall_facts_current kind
        gauge seawall_audit_findings policy,mode
        gauge seawall_audit_objects
        gauge seawall_audit_unlisted_kinds
        gauge seawall_audit_last_success_timestamp_seconds
        counter seawall_audits_total result
        counter seawall_audit_report_failures_total
        gauge seawall_leader
        gauge seawall_registration_in_place
        counter seawall_registration_repairs_total
        gauge seawall_build_info version
        counter process_cpu_seconds_total
        gauge process_resident_memory_bytes
        gauge process_virtual_memory_bytes
        gauge process_open_fds
        gauge process_max_fds
        gauge process_threads
        gauge process_start_time_seconds
        ");
    }

    #[test]
    fn every_metric_has_help_that_is_a_sentence() {
        for metric in Metrics::describe() {
            assert!(
                metric.help.ends_with('.') && !metric.help.starts_with(' '),
                "{}: {:?}",
                metric.name,
                metric.help
            );
        }
    }

    #[test]
    fn what_a_request_says_never_makes_a_new_series() {
        let metrics = Metrics::new(["Pod"]);
        for n in 0..100 {
            metrics.review(&format!("OP{n}"), &format!("Kind{n}"), "allow");
        }
        metrics.review("CREATE", "Pod", "deny");
        let text = metrics.encode();
        let mut series: Vec<&str> =
            text.lines().filter(|it| it.starts_with("seawall_reviews_total{")).collect();
        series.sort_unstable();
        assert_eq!(
            series,
            [
                r#"seawall_reviews_total{decision="allow",kind="other",operation="other"} 100"#,
                r#"seawall_reviews_total{decision="deny",kind="Pod",operation="CREATE"} 1"#,
            ]
        );
    }

    #[test]
    fn only_the_configuration_in_use_is_shown() {
        let metrics = Metrics::default();
        metrics.configuration_in_use("aaaa", 1);
        metrics.configuration_in_use("bbbb", 2);
        let text = metrics.encode();
        assert!(text.contains(r#"seawall_config_info{digest="bbbb"} 1"#), "{text}");
        assert!(!text.contains("aaaa"), "{text}");
        assert!(text.contains("seawall_config_last_success_timestamp_seconds 2"), "{text}");
    }

    #[test]
    fn two_values_do_not_share_counts() {
        let (one, two) = (Metrics::default(), Metrics::default());
        one.grandfathered.inc();
        assert_eq!((one.grandfathered.get(), two.grandfathered.get()), (1, 0));
    }
}
