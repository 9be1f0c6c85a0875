//! Whether a webhook is as it should be.
//!
//! Every list that we own as a whole is compared as the API server reads it, not as it is written. Selectors may hold
//! more than ours, because some managed clusters add requirements of their own to every webhook.

use k8s_openapi::api::admissionregistration::v1::{RuleWithOperations, ServiceReference, ValidatingWebhook};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

/// The name of the field that authorities stand in.
pub(super) const CA_BUNDLE: &str = "caBundle";

/// The first field in which `live` is not what is wanted. What nobody asked for is left alone.
pub(super) fn difference(live: &ValidatingWebhook, wanted: &ValidatingWebhook) -> Option<&'static str> {
    let live = with_defaults(live);
    let same = [
        (
            service(&live) == service(wanted) && live.client_config.url == wanted.client_config.url,
            "clientConfig",
        ),
        (rules(&live) == rules(wanted), "rules"),
        (covers(live.namespace_selector.as_ref(), wanted.namespace_selector.as_ref()), "namespaceSelector"),
        (covers(live.object_selector.as_ref(), wanted.object_selector.as_ref()), "objectSelector"),
        (has_conditions(&live, wanted), "matchConditions"),
        (live.failure_policy == wanted.failure_policy, "failurePolicy"),
        (live.match_policy == wanted.match_policy, "matchPolicy"),
        (live.side_effects == wanted.side_effects, "sideEffects"),
        (live.timeout_seconds == wanted.timeout_seconds, "timeoutSeconds"),
        (live.admission_review_versions == wanted.admission_review_versions, "admissionReviewVersions"),
        // Last, so that a change of the authorities alone can be told from all others.
        (bundle(&live) == bundle(wanted), CA_BUNDLE),
    ];
    same.into_iter().find_map(|(is_same, field)| (!is_same).then_some(field))
}

/// A webhook as the API server keeps it, so that every field in it is ours.
pub(super) fn with_defaults(webhook: &ValidatingWebhook) -> ValidatingWebhook {
    let mut webhook = webhook.clone();
    let text = |field: &mut Option<String>, default: &str| {
        field.get_or_insert_with(|| default.to_owned());
    };
    text(&mut webhook.failure_policy, "Fail");
    text(&mut webhook.match_policy, "Equivalent");
    webhook.timeout_seconds.get_or_insert(10);
    webhook.namespace_selector.get_or_insert_default();
    webhook.object_selector.get_or_insert_default();
    if let Some(service) = &mut webhook.client_config.service {
        service.port.get_or_insert(443);
    }
    for rule in webhook.rules.iter_mut().flatten() {
        text(&mut rule.scope, "*");
    }
    webhook
}

/// The authorities that a webhook trusts, in PEM.
pub(super) fn bundle(webhook: &ValidatingWebhook) -> &[u8] {
    webhook.client_config.ca_bundle.as_ref().map_or(&[], |bundle| &bundle.0)
}

fn service(webhook: &ValidatingWebhook) -> Option<&ServiceReference> {
    webhook.client_config.service.as_ref()
}

/// Rules as sets of sets: their order says nothing.
fn rules(webhook: &ValidatingWebhook) -> Vec<([Vec<&str>; 4], Option<&str>)> {
    fn sorted(list: Option<&Vec<String>>) -> Vec<&str> {
        let mut list: Vec<_> = list.into_iter().flatten().map(String::as_str).collect();
        list.sort_unstable();
        list.dedup();
        list
    }
    let rules = webhook.rules.iter().flatten().map(|rule| {
        let RuleWithOperations { api_groups, api_versions, operations, resources, scope } = rule;
        let lists = [api_groups, api_versions, operations, resources].map(|list| sorted(list.as_ref()));
        (lists, scope.as_deref())
    });
    let mut rules: Vec<_> = rules.collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// Whether a selector asks for everything that is wanted, and perhaps for more.
fn covers(live: Option<&LabelSelector>, wanted: Option<&LabelSelector>) -> bool {
    let Some(wanted) = wanted else { return true };
    let labels = |selector: &LabelSelector| selector.match_labels.clone().unwrap_or_default();
    let live_labels = live.map(labels).unwrap_or_default();
    let same = |a: &LabelSelectorRequirement, b: &LabelSelectorRequirement| {
        let values = |it: &LabelSelectorRequirement| {
            let mut values = it.values.clone().unwrap_or_default();
            values.sort_unstable();
            values.dedup();
            values
        };
        a.key == b.key && a.operator == b.operator && values(a) == values(b)
    };
    let found = || live.and_then(|live| live.match_expressions.as_ref()).into_iter().flatten();
    labels(wanted).iter().all(|(key, value)| live_labels.get(key) == Some(value))
        && wanted.match_expressions.iter().flatten().all(|it| found().any(|live| same(live, it)))
}

/// Writes a selector as it stands there, if it asks for more than is wanted. One that asks for less has been tampered
/// with, and nothing of it is kept.
pub(super) fn keep_more(wanted: &mut Option<LabelSelector>, live: Option<&LabelSelector>) {
    if live.is_some() && covers(live, wanted.as_ref()) {
        *wanted = live.cloned();
    }
}

/// Whether every condition that is wanted stands there.
fn has_conditions(live: &ValidatingWebhook, wanted: &ValidatingWebhook) -> bool {
    wanted
        .match_conditions
        .iter()
        .flatten()
        .all(|it| live.match_conditions.iter().flatten().any(|live| live == it))
}
