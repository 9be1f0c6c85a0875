//! Objects of real projects and of the API itself: every policy looks at them, none of them fails, and the webhook
//! finds what `check` finds.

use std::collections::BTreeSet;

use seawall::catalogue;
use seawall::config::{self, Overrides};
use seawall::engine::Rules;
use seawall::manifests::{self, ManifestSet};
use seawall::policy::Needs;
use seawall::server::Endpoint;
use serde_json::{Value, json};

use crate::support::every_policy;
use crate::webhook::{now, send, webhook};

/// The code of an object that does not have the shape of its kind.
const INVALID: &str = "INVALID";

/// Code, path and message of a finding.
type Found = (String, String, String);

fn everything() -> Overrides {
    Overrides { select: every_policy(), ..Overrides::default() }
}

/// Every policy runs over the object, and none fails.
pub(crate) fn run(row: &Value) -> Result<(), String> {
    check(&row["object"]).map(drop)
}

/// The webhook finds in the object what `check` finds, besides what only a request tells.
pub(crate) fn run_both_ways(row: &Value) -> Result<(), String> {
    let object = &row["object"];
    let mut in_files = check(object)?;
    let (group, version) = object["apiVersion"]
        .as_str()
        .unwrap_or_default()
        .rsplit_once('/')
        .unwrap_or(("", object["apiVersion"].as_str().unwrap_or_default()));
    let review = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "1",
            "kind": { "group": group, "version": version, "kind": object["kind"] },
            "operation": "CREATE",
            "namespace": object["metadata"]["namespace"],
            "name": object["metadata"]["name"],
            "userInfo": { "username": "pipeline" },
            "object": object,
        },
    });
    let webhook = webhook(None, &everything());
    let (status, answer) = send(&webhook, Endpoint::Open, review.to_string().as_bytes());
    if status != 200 {
        return Err(format!("answered {status} {answer}"));
    }
    let mut at_the_gate: BTreeSet<Found> = causes(&answer);
    // Who writes, and when, is known at the gate only; that nothing stands beside the object, only in files.
    let by_object =
        |(code, ..): &Found| catalogue::find(code).is_none_or(|it| it.meta.needs == Needs::Object);
    at_the_gate.retain(by_object);
    in_files.retain(by_object);
    // What an API server would have refused before is a finding in files, and cannot be judged at the gate.
    let invalid: Vec<_> = in_files.iter().filter(|(code, ..)| code == INVALID).cloned().collect();
    if !invalid.is_empty() && answer["response"]["auditAnnotations"]["decision"] == "cannot_judge" {
        at_the_gate.extend(invalid);
    }
    if at_the_gate == in_files {
        return Ok(());
    }
    let only_files: Vec<_> = in_files.difference(&at_the_gate).collect();
    let only_gate: Vec<_> = at_the_gate.difference(&in_files).collect();
    Err(format!("only check finds {only_files:?}, only the webhook finds {only_gate:?}"))
}

fn check(object: &Value) -> Result<BTreeSet<Found>, String> {
    let loaded = config::load(None, &everything(), now()).map_err(|errors| errors.to_string())?;
    let rules = Rules::new(loaded.config.table, "test");
    let set = ManifestSet::read(&["-".into()], &mut object.to_string().as_bytes());
    if let Some(error) = set.errors().first() {
        return Err(error.to_string());
    }
    let mut found = BTreeSet::new();
    for checked in manifests::check(&set, &rules, None, now()) {
        if let Some((policy, _)) = checked.verdict.panicked.first() {
            return Err(format!("{} panicked", policy.code));
        }
        if let Some(malformed) = checked.verdict.malformed {
            found.insert((INVALID.to_owned(), malformed.path.clone(), malformed.to_string()));
        }
        for finding in checked.verdict.findings {
            found.insert((
                finding.policy.code.to_owned(),
                finding.path().to_owned(),
                finding.message().to_owned(),
            ));
        }
    }
    Ok(found)
}

fn causes(answer: &Value) -> BTreeSet<Found> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let causes = answer["response"]["status"]["details"]["causes"].as_array().into_iter().flatten();
    causes.map(|cause| (text(&cause["reason"]), text(&cause["field"]), text(&cause["message"]))).collect()
}
