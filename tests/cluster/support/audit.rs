//! What the API server's audit log says about who asked for what.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::control_plane::ControlPlane;

/// The file in the control plane's folder.
pub(super) const LOG: &str = "audit.log";
/// The file with [`policy`] there.
pub(super) const POLICY: &str = "audit-policy.json";

/// One call to the API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    /// Who called; of somebody who was impersonated, that one.
    pub(crate) user: String,
    /// `get`, `list`, `watch`, `create` and so on.
    pub(crate) verb: String,
    /// Group of the resource; empty for the core group.
    pub(crate) group: String,
    /// Resource in the plural; empty for calls such as `/version`.
    pub(crate) resource: String,
    /// Such as `status` or `token`, else empty.
    pub(crate) subresource: String,
    /// Empty outside of namespaces.
    pub(crate) namespace: String,
    /// The name of the object; a list or watch that is limited to one name has it too.
    pub(crate) name: String,
    /// The path with its query.
    pub(crate) uri: String,
    /// The HTTP status of the answer; of a watch that goes on, that of its beginning.
    pub(crate) code: u64,
}

/// The policy: everything, without content.
pub(super) fn policy() -> Value {
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [{"level": "Metadata"}],
    })
}

impl ControlPlane {
    /// All calls by users that match, in the order in which they were answered. A call is there a moment after its
    /// answer.
    pub(crate) fn audited(&self, user: impl Fn(&str) -> bool) -> Result<Vec<Call>> {
        calls(&self.dir().join(LOG), user)
    }

    /// All calls by a ServiceAccount.
    pub(crate) fn audited_account(&self, namespace: &str, name: &str) -> Result<Vec<Call>> {
        self.audited(|user| user == format!("system:serviceaccount:{namespace}:{name}"))
    }
}

/// All calls in a log by users that match.
pub(super) fn calls(log: &Path, user: impl Fn(&str) -> bool) -> Result<Vec<Call>> {
    let log = fs::read(log).context("the audit log")?;
    let log = String::from_utf8_lossy(&log);
    let complete = log.rsplit_once('\n').map_or("", |(complete, _)| complete);
    // A watch has an entry when it begins and one when it ends.
    let mut calls = BTreeMap::new();
    for (number, line) in complete.lines().enumerate() {
        let event: Value = serde_json::from_str(line).context("a line of the audit log")?;
        let id = event["auditID"].as_str().unwrap_or_default().to_owned();
        let call = Call::new(&event);
        if user(&call.user) {
            calls.entry(id).or_insert((number, call));
        }
    }
    let mut calls: Vec<(usize, Call)> = calls.into_values().collect();
    calls.sort_by_key(|(number, _)| *number);
    Ok(calls.into_iter().map(|(_, call)| call).collect())
}

impl Call {
    fn new(event: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let object = &event["objectRef"];
        let impersonated = &event["impersonatedUser"]["username"];
        let user = if impersonated.is_string() { impersonated } else { &event["user"]["username"] };
        Self {
            user: text(user),
            verb: text(&event["verb"]),
            group: text(&object["apiGroup"]),
            resource: text(&object["resource"]),
            subresource: text(&object["subresource"]),
            namespace: text(&object["namespace"]),
            name: text(&object["name"]),
            uri: text(&event["requestURI"]),
            code: event["responseStatus"]["code"].as_u64().unwrap_or_default(),
        }
    }
}
