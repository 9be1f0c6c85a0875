//! About images.

use serde_json::{Value, json};

use super::texts;

pub(super) fn parameters(tool: &str, check: &str, settings: &Value) -> Value {
    match (tool, check) {
        // The check is one list of expressions; as its cases set it, it is about `latest` and nothing else.
        ("kube-linter", "latest-tag") => json!({
            "IMG03": { "names": [], "patterns": [] },
            "IMG04": { "words": [] },
            "IMG15": { "words": [] },
        }),
        ("polaris", "pullPolicyNotAlways") => json!({ "IMG08": { "demands": ["alwaysForTags"] } }),
        ("gatekeeper", check) => gatekeeper(check, &settings["parameters"]),
        ("kubewarden", "trusted-repos-policy") => json!({
            "IMG01": { "tags": texts(&settings["tags"]["reject"], |it| it) },
            "IMG06": {
                "allowed": both(settings, "allow"),
                "denied": both(settings, "reject"),
            },
        }),
        ("kyverno", check) => kyverno(check),
        _ => json!({}),
    }
}

fn gatekeeper(check: &str, settings: &Value) -> Value {
    match check {
        "allowedrepos" => json!({ "IMG06": { "allowed": texts(&settings["repos"], |it| it) } }),
        "allowedreposv2" => json!({ "IMG06": { "allowed": texts(&settings["allowedImages"], |it| it) } }),
        // The check is one list of tags.
        "disallowedtags" => json!({
            "IMG01": { "tags": texts(&settings["tags"], |it| it) },
            "IMG03": { "names": [], "patterns": [] },
            "IMG04": { "words": [] },
            "IMG15": { "words": [] },
        }),
        "disallowedrepos" => json!({ "IMG06": { "denied": texts(&settings["repos"], |it| it) } }),
        _ => json!({}),
    }
}

fn kyverno(check: &str) -> Value {
    let allowed = |patterns: &[&str]| json!({ "IMG06": { "allowed": patterns } });
    match check {
        // What the ConfigMaps and Namespaces of its cases allow.
        "advanced-restrict-image-registries" => allowed(&["docker.io", "ghcr.io", "img.corp.com"]),
        // The check compares the last component alone.
        "allowed-image-repos" => allowed(&["*/*/kyverno", "*/*/myknownimage"]),
        "restrict-image-registries" => allowed(&["bar.io", "eu.foo.io"]),
        _ => json!({}),
    }
}

/// Whole registries and single images, which the check has in two lists.
fn both<'a>(settings: &'a Value, list: &str) -> Vec<&'a str> {
    let lists = [&settings["registries"][list], &settings["images"][list]];
    lists.into_iter().flat_map(|list| texts(list, |it| it)).collect()
}
