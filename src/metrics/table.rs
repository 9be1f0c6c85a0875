//! The metrics, one entry each. Names and labels are an interface: users' alerts are written against them.

use prometheus::{Histogram, IntCounter, IntGauge};

use super::family::metrics;

/// Counters told apart by labels. On a hot path, keep what `with_label_values` returns.
pub type CounterVec = prometheus::IntCounterVec;

/// Gauges told apart by labels.
pub(super) type GaugeVec = prometheus::IntGaugeVec;

/// A counter of seconds, with fractions.
pub(super) type SecondsTotal = prometheus::Counter;

metrics! {
    /// The handles. A field is a metric, and its doc comment is the help text that Prometheus shows.
    pub struct Handles {
        /// Reviews answered, by operation, kind of object (`other` where Seawall does not know it) and decision.
        pub(super) reviews: CounterVec = "seawall_reviews_total" ["operation", "kind", "decision"],
        /// Seconds from the head of a review's request to its answer.
        pub(super) review_duration: Histogram = "seawall_review_duration_seconds" [],
        /// Findings reported, by policy and by the mode that applied to them.
        pub findings: CounterVec = "seawall_findings_total" ["policy", "mode"],
        /// Findings lowered to a warning because the object had them before the update.
        pub grandfathered: IntCounter = "seawall_grandfathered_total" [],
        /// Findings lowered to audit by an exception.
        pub excepted: IntCounter = "seawall_excepted_total" [],
        /// Exceptions of the configuration that have expired and do nothing any more.
        pub expired_exceptions: IntGauge = "seawall_expired_exceptions" [],
        /// Policies not evaluated because a fact they need was not known.
        pub not_evaluated: CounterVec = "seawall_not_evaluated_total" ["policy"],
        /// Panics in a policy; each is a defect of Seawall.
        pub policy_panics: CounterVec = "seawall_policy_panics_total" ["policy"],
        /// Reviews answered as the failure policy would have it, because they could not be judged.
        pub cannot_judge: CounterVec = "seawall_cannot_judge_total" ["reason"],
        /// Connections and requests turned away before any judging, by reason.
        pub requests_refused: CounterVec = "seawall_requests_refused_total" ["reason"],
        /// Connections open on the webhook port.
        pub connections: IntGauge = "seawall_connections" [],
        /// Reviews being received or judged.
        pub reviews_in_flight: IntGauge = "seawall_reviews_in_flight" [],
        /// Attempts to take a new configuration, by result (`success` or `failure`).
        pub config_reloads: CounterVec = "seawall_config_reloads_total" ["result"],
        /// The configuration in use: always 1, with its digest as the label.
        pub(super) config_info: GaugeVec = "seawall_config_info" ["digest"],
        /// When the configuration in use was taken, in seconds since the epoch.
        pub(super) config_last_success: IntGauge = "seawall_config_last_success_timestamp_seconds" [],
        /// When the certificate being served expires, in seconds since the epoch.
        pub certificate_expiry: IntGauge = "seawall_certificate_expiry_timestamp_seconds" [],
        /// Attempts to take a new certificate, by result (`success` or `failure`).
        pub certificate_reloads: CounterVec = "seawall_certificate_reloads_total" ["result"],
        /// When the newest authority of the managed certificate expires, in seconds since the epoch; 0 where the
        /// certificate is not managed.
        pub certificate_authority_expiry: IntGauge = "seawall_certificate_authority_expiry_timestamp_seconds" [],
        /// Steps of rotation that this replica has done, by step (`first`, `certificate`, `authority` or `retire`).
        pub certificate_rotations: CounterVec = "seawall_certificate_rotations_total" ["step"],
        /// Objects held of what a watch has seen, by kind.
        pub(super) facts_objects: GaugeVec = "seawall_facts_objects" ["kind"],
        /// When a watch last brought a change or followed again after trouble, in seconds since the epoch, by kind.
        pub(super) facts_changed: GaugeVec = "seawall_facts_last_change_timestamp_seconds" ["kind"],
        /// Whether what is held of a kind follows the cluster: 1, or 0 where it may be stale or is not known.
        pub(super) facts_current: GaugeVec = "seawall_facts_current" ["kind"],
        /// What the last audit found in what exists already, by policy and by the mode that applies. Only the replica that
        /// leads has it.
        pub(super) audit_findings: GaugeVec = "seawall_audit_findings" ["policy", "mode"],
        /// Objects that the last audit judged.
        pub(super) audit_objects: IntGauge = "seawall_audit_objects" [],
        /// Kinds that the last audit could not list, or not to their end.
        pub audit_unlisted: IntGauge = "seawall_audit_unlisted_kinds" [],
        /// When the last audit ended that saw everything it may see, in seconds since the epoch.
        pub audit_last_success: IntGauge = "seawall_audit_last_success_timestamp_seconds" [],
        /// Audits, by result: `complete`, `cut` where the API server did not answer for a kind, or `panicked`, which is a
        /// defect of Seawall. One that another replica takes over counts there.
        pub audits: CounterVec = "seawall_audits_total" ["result"],
        /// Times that the reports of an audit could not all be written.
        pub audit_report_failures: IntCounter = "seawall_audit_report_failures_total" [],
        /// Whether this replica leads, and so writes to the cluster: 1 or 0.
        pub leader: IntGauge = "seawall_leader" [],
        /// Whether all webhooks are as the configuration needs them, and trust the certificate being served: 1 or 0; 0 too
        /// where no ValidatingWebhookConfiguration is kept.
        pub registration_in_place: IntGauge = "seawall_registration_in_place" [],
        /// Corrections of a ValidatingWebhookConfiguration that something else had changed.
        pub registration_repairs: IntCounter = "seawall_registration_repairs_total" [],
        /// The version of Seawall: always 1, with the version as the label.
        pub(super) build_info: GaugeVec = "seawall_build_info" ["version"],
        /// Processor time used, user and system, in seconds.
        pub process_cpu: SecondsTotal = "process_cpu_seconds_total" [],
        /// Resident memory, in bytes.
        pub process_resident_memory: IntGauge = "process_resident_memory_bytes" [],
        /// Virtual memory, in bytes.
        pub process_virtual_memory: IntGauge = "process_virtual_memory_bytes" [],
        /// File descriptors in use.
        pub process_open_fds: IntGauge = "process_open_fds" [],
        /// File descriptors that may be in use.
        pub process_max_fds: IntGauge = "process_max_fds" [],
        /// Threads of the process.
        pub process_threads: IntGauge = "process_threads" [],
        /// When the process started, in seconds since the epoch.
        pub process_start_time: IntGauge = "process_start_time_seconds" [],
    }
}
