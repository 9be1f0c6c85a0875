//! About ownership.

use serde_json::{Map, Value, json};

use super::texts;

pub(super) fn parameters(tool: &str, check: &str, settings: &Value) -> Value {
    match (tool, check) {
        ("datree", "WORKLOAD_MISSING_LABEL_OWNER_VALUE") | ("kube-linter", "required-label-owner") => {
            labels(&json!({ "owner": [] }))
        }
        ("datree", "DEPLOYMENT_MISSING_LABEL_ENV_VALUE") => labels(&json!({ "env": [] })),
        ("gatekeeper", "requiredlabels") => labels(&by_key(&settings["parameters"]["labels"])),
        ("gatekeeper", "requiredannotations") => {
            json!({ "META02": { "annotations": by_key(&settings["parameters"]["annotations"]) } })
        }
        ("kube-linter", "required-annotation-email") => {
            json!({ "META02": { "annotations": { "email": [settings["value"]] } } })
        }
        ("kube-linter", "template-forbidden-annotation") => {
            json!({ "META03": { "denied": [r"^reloader\.stakater\.com/auto=true$"] } })
        }
        ("kubewarden", "annotations-policy") => annotations(settings),
        ("kyverno", check) => kyverno(check, settings),
        _ => json!({}),
    }
}

fn kyverno(check: &str, settings: &Value) -> Value {
    let organisation =
        |of: &str| json!([format!("^(https|oci|ssh)://(git@)?[a-z.]+[/:]{of}/"), r"\.myorg\.com"]);
    match check {
        "allowed-annotations" => {
            json!({ "META03": { "denied": [r"fluxcd\.io/"], "allowed": [r"^fluxcd\.io/(cow|dog)="] } })
        }
        "metadata-match-regex" => labels(&json!({ "corp.org/version": ["^v[0-9].[0-9].[0-9]$"] })),
        "require-annotations" => json!({ "META02": { "annotations": { "corp.org/department": [] } } }),
        "require-labels" => match settings["metadata"]["labels"].as_object() {
            Some(wanted) => {
                labels(&wanted.keys().map(|key| (key.clone(), json!([]))).collect::<Map<_, _>>().into())
            }
            None => json!({}),
        },
        // Which revision an Application follows, the checks do not mind.
        "application-field-validation" | "application-prevent-default-project" => {
            json!({ "META10": { "floating": [] } })
        }
        "verify-flux-sources" => json!({ "META11": { "urls": organisation("myorg") } }),
        "verify-git-repositories" => json!({ "META11": { "urls": organisation("fluxcd") } }),
        _ => json!({}),
    }
}

/// The same labels for workloads and for everything else.
fn labels(required: &Value) -> Value {
    json!({ "META01": { "labels": required, "otherLabels": required } })
}

/// Entries of a list with a key and maybe an expression.
fn by_key(list: &Value) -> Value {
    let entries = list.as_array().into_iter().flatten().filter_map(|it| {
        let expressions: Vec<_> = it["allowedRegex"].as_str().into_iter().collect();
        Some((it["key"].as_str()?.to_owned(), json!(expressions)))
    });
    entries.collect::<Map<_, _>>().into()
}

fn annotations(settings: &Value) -> Value {
    let keys = texts(&settings["values"], |it| it);
    let any = format!("^({})$", keys.join("|"));
    match settings["criteria"].as_str() {
        Some("doesNotContainAnyOf") => json!({ "META03": { "denied": [any] } }),
        _ => json!({ "META03": { "denied": [".*"], "allowed": [any] } }),
    }
}
