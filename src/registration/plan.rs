//! From a mode table to webhooks.

use std::collections::BTreeSet;

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhook;
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;

use super::conditions::conditions;
use super::endpoint::Endpoint;
use super::rules::{Need, needs, rules};
use super::settings::{FailClosed, NAMESPACE_NAME, NEVER_REVIEWED, Settings};
use crate::modes::{LabelRequirement, LabelSelector, Mode, ModeTable};

/// The webhook that fails open.
pub const OPEN: &str = "validate.seawall.dev";
/// The one that fails closed.
pub const CLOSED: &str = "closed.validate.seawall.dev";
/// The one for what fails closed elsewhere, where it fails open.
pub const REST: &str = "rest.validate.seawall.dev";

/// The webhooks that a table needs, and nothing more. No request is meant by two of them, so that no write costs
/// two calls; where everything is off there are none.
///
/// `own_namespace` is Seawall's, which is never reviewed; empty if it has none. `caBundle` is left to the caller.
pub fn plan(
    table: &ModeTable,
    settings: &Settings,
    endpoint: &Endpoint,
    own_namespace: &str,
) -> Vec<ValidatingWebhook> {
    let is_on = |policy| table.strictest(policy) > Mode::Off;
    let all = needs(table, is_on);
    let (closed, within) = match &settings.fail_closed {
        Some(fail_closed) => (closed(table, fail_closed), fail_closed.within.as_ref()),
        None => (BTreeSet::new(), None),
    };
    // What is in no namespace cannot be told apart by it, and stays open.
    let closed: BTreeSet<Need<'_>> =
        closed.into_iter().filter(|need| within.is_none() || need.selectable).collect();
    let open = all.difference(&closed).copied().collect();
    let rest = if within.is_some() { closed.clone() } else { BTreeSet::new() };

    let conditions = conditions(table, is_on);
    let webhook = |name: &str, needs: &BTreeSet<Need<'_>>, requirement: Option<LabelRequirement>| {
        let is_closed = name == CLOSED;
        (!needs.is_empty()).then(|| ValidatingWebhook {
            name: name.to_owned(),
            client_config: endpoint.client_config(if is_closed { "/validate/closed" } else { "/validate" }),
            failure_policy: Some(if is_closed { "Fail" } else { "Ignore" }.to_owned()),
            timeout_seconds: Some(i32::from(settings.timeout_seconds)),
            side_effects: "None".to_owned(),
            match_policy: Some("Equivalent".to_owned()),
            admission_review_versions: vec!["v1".to_owned()],
            namespace_selector: Some(namespaces(settings, own_namespace, requirement)),
            object_selector: settings.object_selector.as_ref().map(selector),
            match_conditions: Some(conditions.clone()),
            rules: Some(rules(needs)),
        })
    };
    [
        webhook(OPEN, &open, None),
        webhook(CLOSED, &closed, within.cloned()),
        webhook(REST, &rest, within.cloned().map(negated)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the policies look at that the operator wants to fail closed. One that refuses nothing anywhere does not
/// count: under `maxMode: warn` nothing is blocked, whoever answers.
fn closed<'t>(table: &'t ModeTable, fail_closed: &FailClosed) -> BTreeSet<Need<'t>> {
    needs(table, |policy| {
        let meta = table.policy(policy).meta;
        table.strictest(policy) == Mode::Deny
            && fail_closed.policies.iter().any(|selector| meta.is_selected_by(selector))
    })
}

/// What selects the namespaces of a webhook.
fn namespaces(
    settings: &Settings,
    own_namespace: &str,
    requirement: Option<LabelRequirement>,
) -> meta::LabelSelector {
    let mut excluded: Vec<String> = Vec::new();
    let names = [NEVER_REVIEWED, own_namespace].into_iter();
    for name in names.chain(settings.exclude_namespaces.iter().map(String::as_str)) {
        if !name.is_empty() && !excluded.iter().any(|it| it == name) {
            excluded.push(name.to_owned());
        }
    }
    let not_excluded = LabelRequirement::NotIn(NAMESPACE_NAME.to_owned(), excluded);
    let further = settings.namespace_selector.clone().unwrap_or_default();
    let expressions = [not_excluded].into_iter().chain(further.match_expressions).chain(requirement);
    selector(&LabelSelector { match_labels: further.match_labels, match_expressions: expressions.collect() })
}

/// A label selector as the API has it.
fn selector(selector: &LabelSelector) -> meta::LabelSelector {
    let LabelSelector { match_labels, match_expressions } = selector;
    let expressions = match_expressions.iter().map(|requirement| {
        let (key, operator, values) = match requirement {
            LabelRequirement::In(key, values) => (key, "In", Some(values)),
            LabelRequirement::NotIn(key, values) => (key, "NotIn", Some(values)),
            LabelRequirement::Exists(key) => (key, "Exists", None),
            LabelRequirement::DoesNotExist(key) => (key, "DoesNotExist", None),
        };
        meta::LabelSelectorRequirement {
            key: key.clone(),
            operator: operator.to_owned(),
            values: values.cloned(),
        }
    });
    meta::LabelSelector {
        match_labels: Some(match_labels.clone()).filter(|labels| !labels.is_empty()),
        match_expressions: Some(expressions.collect()).filter(|it: &Vec<_>| !it.is_empty()),
    }
}

/// The requirement that holds for just those labels for which this one does not.
fn negated(requirement: LabelRequirement) -> LabelRequirement {
    match requirement {
        LabelRequirement::In(key, values) => LabelRequirement::NotIn(key, values),
        LabelRequirement::NotIn(key, values) => LabelRequirement::In(key, values),
        LabelRequirement::Exists(key) => LabelRequirement::DoesNotExist(key),
        LabelRequirement::DoesNotExist(key) => LabelRequirement::Exists(key),
    }
}
