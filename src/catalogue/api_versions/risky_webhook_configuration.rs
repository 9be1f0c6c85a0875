//! `APH03 risky-webhook-configuration`: a webhook that can stop the cluster that it runs in.

use crate::object::selector::LabelSelector;
use crate::object::webhooks::{AdmissionWebhook, WebhookConfiguration, WebhookRule};
use crate::object::{List, Text};
use crate::policy::prelude::*;

policy! {
    /// An admission webhook can refuse the Pods that would bring it back, or holds up requests for long.
    ///
    /// The first is one that fails closed, runs in the cluster, and is asked about new Pods in every namespace: none is
    /// left out by a selector or a condition. The API server asks no webhook about such configurations: this is for
    /// files.
    ///
    /// ## Why
    /// When its last Pod is gone, the new one is refused because nobody answers, and so is every other Pod, those of the
    /// network and of DNS included. The cluster does not come back by itself after it was shut down. While a webhook does
    /// not answer, every request that it is asked about waits for its whole timeout.
    ///
    /// ## Fix
    /// Leave out `kube-system` and its own namespace with `namespaceSelector`, and set `timeoutSeconds` to 5 or less.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: { name: checks }
    /// webhooks:
    ///   - name: checks.example.com
    ///     clientConfig: { service: { name: checks, namespace: checks } }
    ///     rules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: [CREATE], resources: ["*"] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: { name: checks }
    /// webhooks:
    ///   - name: checks.example.com
    ///     clientConfig: { service: { name: checks, namespace: checks } }
    ///     rules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: [CREATE], resources: ["*"] }]
    ///     timeoutSeconds: 5
    ///     namespaceSelector:
    ///       matchExpressions:
    ///         - { key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system, checks] }
    /// ```
    pub(super) RiskyWebhookConfiguration = {
        code: "APH03",
        since: "0.1.0",
        severity: Medium,
        on: WebhookConfiguration,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The longest timeout that passes, in seconds.
    max_timeout_seconds: u8,
}

impl Default for Params {
    fn default() -> Self {
        Self { max_timeout_seconds: 10 }
    }
}

impl Check for RiskyWebhookConfiguration {
    type Params = Params;

    fn check(params: &Params, configuration: WebhookConfiguration<'_>, _: &Context<'_>, out: &mut Findings) {
        for webhook in configuration.webhooks().iter() {
            let timeout = webhook.timeout_seconds();
            if *timeout > i64::from(params.max_timeout_seconds) {
                out.report(timeout, format_args!("requests wait up to {timeout} s for an answer"))
                    .magnitude(*timeout);
            }
            if *webhook.failure_policy() == "Fail"
                && is_in_cluster(webhook)
                && is_asked_about_all_pods(webhook)
            {
                let name = shown(webhook.name().map_or("", |name| *name)).to_string();
                out.report(
                    webhook.missing("namespaceSelector"),
                    format_args!("`{name}` refuses all Pods while it is down, its own included"),
                );
            }
        }
    }
}

fn is_in_cluster(webhook: AdmissionWebhook<'_>) -> bool {
    webhook.client_config().is_some_and(|config| config.service().is_some())
}

fn is_asked_about_all_pods(webhook: AdmissionWebhook<'_>) -> bool {
    let selects_all = |selector: Option<LabelSelector<'_>>| {
        selector.is_none_or(|it| it.match_labels().is_empty() && it.match_expressions().is_empty())
    };
    selects_all(webhook.namespace_selector())
        && selects_all(webhook.object_selector())
        && webhook.match_conditions().is_empty()
        && webhook.rules().iter().any(is_about_new_pods)
}

fn is_about_new_pods(rule: WebhookRule<'_>) -> bool {
    let has = |list: List<'_, Text<'_>>, words: &[&str]| list.iter().any(|it| words.contains(&*it));
    has(rule.api_groups(), &["*", ""])
        && has(rule.resources(), &["*", "*/*", "pods"])
        && has(rule.operations(), &["*", "CREATE"])
        && *rule.scope() != "Cluster"
}
