//! What is to stand in the object, and what has to be written so that it does: pure.
//!
//! Every list that we own as a whole is compared as the API server reads it, not as it is written. Selectors may hold
//! more than ours, because some managed clusters add requirements of their own to every webhook.

use std::fmt::Write;

use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    RuleWithOperations, ServiceReference, ValidatingWebhook, ValidatingWebhookConfiguration,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Service;

/// The annotation that names the plan that was written last. While it is the same, what differs is the work of
/// somebody else; when it is not, everything is written as planned.
const PLAN: &str = "seawall.dev/plan";

/// The object, and the Service that its calls go to.
#[derive(Clone, Debug)]
pub struct Names {
    /// Name of the ValidatingWebhookConfiguration.
    pub configuration: String,
    /// The Service.
    pub service: Service,
}

/// What of the webhooks is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fields {
    /// Everything.
    All,
    /// `caBundle` of the webhooks that call us; all else is somebody else's.
    CaBundle,
}

/// Why something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// None of the webhooks calls us yet.
    First,
    /// The configuration needs other webhooks than before.
    Plan,
    /// The authorities have changed.
    Authorities,
    /// Somebody has changed what is ours: in which webhook, and what.
    Drift(String),
}

/// What has to be written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Correction {
    pub(super) cause: Cause,
    /// The body of a server-side apply.
    pub(super) patch: Value,
}

/// What is to stand in the object, except for the authorities.
#[derive(Clone, Debug)]
pub(super) struct Target {
    names: Names,
    fields: Fields,
    webhooks: Vec<ValidatingWebhook>,
    plan: String,
}

impl Target {
    pub(super) fn new(names: Names, fields: Fields, webhooks: &[ValidatingWebhook]) -> Self {
        let webhooks: Vec<_> = webhooks.iter().map(with_defaults).collect();
        let plan = digest(&webhooks);
        Self { names, fields, webhooks, plan }
    }

    /// The authorities that all webhooks trust that call us; none at all where they do not agree, and `None` where no
    /// webhook calls us.
    pub(super) fn live_bundle(&self, live: &ValidatingWebhookConfiguration) -> Option<Vec<u8>> {
        let mut bundles = self.ours(live).map(bundle);
        let first = bundles.next()?;
        Some(if bundles.all(|other| other == first) { first.to_vec() } else { Vec::new() })
    }

    /// What has to be written, if anything. `settled` are the authorities that stood there when nothing was missing.
    pub(super) fn correction(
        &self,
        live: &ValidatingWebhookConfiguration,
        bundle: &[u8],
        settled: Option<&[u8]>,
    ) -> Option<Correction> {
        match self.fields {
            Fields::All => self.full_correction(live, bundle, settled),
            Fields::CaBundle => self.bundle_correction(live, bundle, settled),
        }
    }

    fn full_correction(
        &self,
        live: &ValidatingWebhookConfiguration,
        authorities: &[u8],
        settled: Option<&[u8]>,
    ) -> Option<Correction> {
        let found = live.webhooks.as_deref().unwrap_or_default();
        let is_empty = self.ours(live).next().is_none();
        if is_empty && self.webhooks.is_empty() {
            return None;
        }
        let plan = live.metadata.annotations.as_ref().and_then(|it| it.get(PLAN));
        let same_plan = plan == Some(&self.plan);
        let wanted = self.webhooks.iter().map(|webhook| {
            let mut webhook = webhook.clone();
            webhook.client_config.ca_bundle = Some(ByteString(authorities.to_vec()));
            let live = found.iter().find(|live| live.name == webhook.name);
            (webhook, live)
        });
        let wanted: Vec<_> = wanted.collect();
        let drift = wanted.iter().find_map(|(webhook, live)| {
            let what = live.map_or(Some("missing"), |live| difference(live, webhook))?;
            Some((what, &webhook.name, *live))
        });
        let cause = match drift {
            _ if is_empty && plan.is_none() => Cause::First,
            _ if !same_plan => Cause::Plan,
            None => return None,
            Some((CA_BUNDLE, _, Some(live))) if settled == Some(bundle(live)) => Cause::Authorities,
            Some((what, name, _)) => Cause::Drift(format!("{name}: {what}")),
        };
        let webhooks = wanted.into_iter().map(|(mut webhook, live)| {
            if let Some(live) = live.filter(|_| same_plan) {
                keep_more(&mut webhook.namespace_selector, live.namespace_selector.as_ref());
                keep_more(&mut webhook.object_selector, live.object_selector.as_ref());
            }
            json!(webhook)
        });
        let webhooks: Vec<_> = webhooks.collect();
        Some(Correction { cause, patch: self.patch(live, Some(&self.plan), &webhooks) })
    }

    fn bundle_correction(
        &self,
        live: &ValidatingWebhookConfiguration,
        authorities: &[u8],
        settled: Option<&[u8]>,
    ) -> Option<Correction> {
        let wrong = self.ours(live).find(|webhook| bundle(webhook) != authorities)?;
        let cause = if settled == Some(bundle(wrong)) {
            Cause::Authorities
        } else {
            Cause::Drift(format!("{}: {CA_BUNDLE}", wrong.name))
        };
        let authorities = ByteString(authorities.to_vec());
        let webhooks = self
            .ours(live)
            .map(|webhook| json!({ "name": webhook.name, "clientConfig": { "caBundle": authorities } }));
        Some(Correction { cause, patch: self.patch(live, None, &webhooks.collect::<Vec<_>>()) })
    }

    fn patch(&self, live: &ValidatingWebhookConfiguration, plan: Option<&str>, webhooks: &[Value]) -> Value {
        let mut patch = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            // With the uid, what has been deleted is never made again.
            "metadata": { "name": self.names.configuration, "uid": live.metadata.uid },
            "webhooks": webhooks,
        });
        if let Some(plan) = plan {
            patch["metadata"]["annotations"] = json!({ PLAN: plan });
        }
        patch
    }

    /// The webhooks whose calls come to us.
    fn ours<'a>(
        &'a self,
        live: &'a ValidatingWebhookConfiguration,
    ) -> impl Iterator<Item = &'a ValidatingWebhook> {
        live.webhooks.iter().flatten().filter(|webhook| {
            let service = webhook.client_config.service.as_ref();
            let ours = &self.names.service;
            service.is_some_and(|it| it.namespace == ours.namespace && it.name == ours.name)
        })
    }
}

const CA_BUNDLE: &str = "caBundle";

/// The first field in which `live` is not what is wanted. What nobody asked for is left alone.
fn difference(live: &ValidatingWebhook, wanted: &ValidatingWebhook) -> Option<&'static str> {
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
fn with_defaults(webhook: &ValidatingWebhook) -> ValidatingWebhook {
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

fn bundle(webhook: &ValidatingWebhook) -> &[u8] {
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
fn keep_more(wanted: &mut Option<LabelSelector>, live: Option<&LabelSelector>) {
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

/// What tells one plan from another.
fn digest(webhooks: &[ValidatingWebhook]) -> String {
    let hash = Sha256::digest(json!(webhooks).to_string());
    hash.iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &[u8] = b"an authority";

    fn names() -> Names {
        Names { configuration: "seawall".to_owned(), service: "guards/wall".parse().unwrap() }
    }

    fn webhook(edit: impl FnOnce(&mut Value)) -> ValidatingWebhook {
        let mut webhook = json!({
            "name": "validate.seawall.dev",
            "clientConfig": { "service": { "namespace": "guards", "name": "wall", "path": "/validate" } },
            "rules": [
                { "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                  "resources": ["deployments", "daemonsets"] },
                { "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"] },
            ],
            "namespaceSelector": { "matchExpressions": [
                { "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system", "guards"] },
            ] },
            "matchConditions": [{ "name": "a", "expression": "true" }],
            "sideEffects": "None",
            "timeoutSeconds": 3,
            "failurePolicy": "Ignore",
            "admissionReviewVersions": ["v1"],
        });
        edit(&mut webhook);
        serde_json::from_value(webhook).unwrap()
    }

    fn target() -> Target {
        Target::new(names(), Fields::All, &[webhook(|_| {})])
    }

    /// The object after a patch was applied, and then edited.
    fn after(patch: &Value, edit: impl FnOnce(&mut Value)) -> ValidatingWebhookConfiguration {
        let mut object = patch.clone();
        edit(&mut object);
        serde_json::from_value(object).unwrap()
    }

    fn empty() -> ValidatingWebhookConfiguration {
        after(&json!({ "metadata": { "name": "seawall", "uid": "1" } }), |_| {})
    }

    #[test]
    fn the_first_time_everything_is_written_and_then_nothing() {
        let target = target();
        let Correction { cause, patch } = target.correction(&empty(), AUTHORITY, None).unwrap();
        assert_eq!(cause, Cause::First);
        assert_eq!(patch["metadata"]["uid"], "1");
        assert_eq!(patch["webhooks"][0]["clientConfig"]["caBundle"], json!(ByteString(AUTHORITY.to_vec())));
        let live = after(&patch, |_| {});
        assert_eq!(target.correction(&live, AUTHORITY, None), None);
        assert_eq!(target.live_bundle(&live).as_deref(), Some(AUTHORITY));
        assert_eq!(target.live_bundle(&empty()), None);

        let nothing = Target::new(names(), Fields::All, &[]);
        assert_eq!(nothing.correction(&empty(), AUTHORITY, None), None, "where there is nothing to review");
        let cleared = nothing.correction(&live, AUTHORITY, None).unwrap();
        assert_eq!((cleared.cause, &cleared.patch["webhooks"]), (Cause::Plan, &json!([])));
    }

    #[test]
    fn what_somebody_changes_is_corrected_if_it_is_ours() {
        let first = target().correction(&empty(), AUTHORITY, None).unwrap().patch;
        let requirement = json!({ "key": "control-plane", "operator": "DoesNotExist" });
        let extended = |values: Value| json!({ "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": values });
        let selector = "/namespaceSelector/matchExpressions";
        #[rustfmt::skip]
        let cases = [
            ("/clientConfig/caBundle", json!(""), Some("caBundle")),
            ("/clientConfig/caBundle", Value::Null, Some("caBundle")),
            ("/clientConfig/service/path", json!("/elsewhere"), Some("clientConfig")),
            ("/clientConfig/service/port", Value::Null, None),
            ("/rules/0/operations", json!(["UPDATE", "CREATE"]), None),
            ("/rules/0/resources", json!(["daemonsets", "deployments", "deployments"]), None),
            ("/rules/0/operations", json!(["CREATE"]), Some("rules")),
            ("/rules/0/scope", Value::Null, None),
            ("/rules/0/scope", json!("Cluster"), Some("rules")),
            ("/rules", json!([]), Some("rules")),
            ("/failurePolicy", json!("Fail"), Some("failurePolicy")),
            ("/matchPolicy", Value::Null, None),
            ("/matchPolicy", json!("Exact"), Some("matchPolicy")),
            ("/timeoutSeconds", json!(30), Some("timeoutSeconds")),
            ("/sideEffects", json!("NoneOnDryRun"), Some("sideEffects")),
            ("/admissionReviewVersions", json!(["v1", "v1beta1"]), Some("admissionReviewVersions")),
            (selector, json!([extended(json!(["guards", "kube-system"]))]), None),
            (selector, json!([requirement, extended(json!(["kube-system", "guards"]))]), None),
            (selector, json!([extended(json!(["kube-system", "guards", "evil"]))]), Some("namespaceSelector")),
            (selector, json!([requirement]), Some("namespaceSelector")),
            (selector, json!([]), Some("namespaceSelector")),
            ("/namespaceSelector/matchLabels", json!({ "a": "b" }), None),
            ("/objectSelector/matchLabels", json!({ "a": "b" }), None),
            ("/matchConditions", json!([]), Some("matchConditions")),
            ("/matchConditions", json!([{ "name": "a", "expression": "false" }]), Some("matchConditions")),
            ("/matchConditions", json!([{ "name": "b", "expression": "true" },
                                        { "name": "a", "expression": "true" }]), None),
            ("/name", json!("another.seawall.dev"), Some("missing")),
        ];
        for (field, value, expected) in cases {
            let live = after(&first, |object| {
                let (parent, key) = field.rsplit_once('/').unwrap();
                let parent = object["webhooks"][0].pointer_mut(parent).unwrap();
                parent[key] = value.clone();
            });
            let correction = target().correction(&live, AUTHORITY, None);
            let cause = correction.as_ref().map(|it| it.cause.clone());
            let drift = expected.map(|what| Cause::Drift(format!("validate.seawall.dev: {what}")));
            assert_eq!(cause, drift, "{field} {value}");
            // What is written then is as it was at first.
            if let Some(correction) = correction {
                assert_eq!(correction.patch, first, "{field} {value}");
            }
        }
    }

    #[test]
    fn requirements_of_others_survive_a_repair_but_not_another_plan() {
        let first = target().correction(&empty(), AUTHORITY, None).unwrap().patch;
        let live = after(&first, |object| {
            let webhook = &mut object["webhooks"][0];
            webhook["namespaceSelector"]["matchLabels"] = json!({ "managed": "yes" });
            webhook["clientConfig"]["caBundle"] = json!("");
        });
        let repair = target().correction(&live, AUTHORITY, None).unwrap();
        assert_eq!(
            repair.patch["webhooks"][0]["namespaceSelector"]["matchLabels"],
            json!({ "managed": "yes" })
        );

        let other = Target::new(names(), Fields::All, &[webhook(|it| it["timeoutSeconds"] = json!(2))]);
        let next = other.correction(&live, AUTHORITY, None).unwrap();
        assert_eq!(next.cause, Cause::Plan);
        assert_eq!(next.patch["webhooks"][0]["namespaceSelector"]["matchLabels"], Value::Null);
    }

    #[test]
    fn new_authorities_are_no_repair_and_a_wiped_object_is() {
        let first = target().correction(&empty(), AUTHORITY, None).unwrap().patch;
        let live = after(&first, |_| {});
        let cause = |live, settled| target().correction(live, b"both", settled).map(|it| it.cause);
        assert_eq!(cause(&live, Some(AUTHORITY)), Some(Cause::Authorities));
        let drift = |what: &str| Some(Cause::Drift(format!("validate.seawall.dev: {what}")));
        assert_eq!(cause(&live, Some(b"both")), drift("caBundle"));
        let wiped = after(&first, |object| object["webhooks"] = json!([]));
        assert_eq!(cause(&wiped, None), drift("missing"));
    }

    #[test]
    fn where_the_rest_is_somebody_elses_only_authorities_are_written() {
        let target = Target::new(names(), Fields::CaBundle, &[webhook(|_| {})]);
        assert_eq!(target.correction(&empty(), AUTHORITY, None), None);
        let others = json!({ "metadata": { "name": "seawall", "uid": "1" }, "webhooks": [
            webhook(|it| it["timeoutSeconds"] = json!(30)),
            webhook(|it| { it["name"] = json!("b"); it["clientConfig"]["caBundle"] = json!(ByteString(AUTHORITY.to_vec())); }),
            webhook(|it| { it["name"] = json!("c"); it["clientConfig"]["service"]["name"] = json!("other"); }),
        ] });
        let live = after(&others, |_| {});
        assert_eq!(target.live_bundle(&live).as_deref(), Some(&[][..]), "they do not agree");
        let Correction { cause, patch } = target.correction(&live, AUTHORITY, None).unwrap();
        assert_eq!(cause, Cause::Drift("validate.seawall.dev: caBundle".to_owned()));
        let entry =
            |name| json!({ "name": name, "clientConfig": { "caBundle": ByteString(AUTHORITY.to_vec()) } });
        assert_eq!(patch["webhooks"], json!([entry("validate.seawall.dev"), entry("b")]));
        assert_eq!(patch["metadata"], json!({ "name": "seawall", "uid": "1" }));
    }
}
