//! Findings as report objects, where the cluster has a kind for them: one object a namespace, of bounded size, written only
//! when it changes.
//!
//! Two APIs have the same form: [OpenReports](https://openreports.io), and the
//! [Policy Report API](https://github.com/kubernetes-sigs/wg-policy-prototypes) that it came from.

use std::collections::BTreeSet;
use std::time::Duration;

use kube::api::{DeleteParams, Patch, PatchParams};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind, Status};
use kube::{Api, Client, Error};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::gathered::{Gathered, Kept, OfNamespace};
use crate::cluster::{ListError, Listed, PAGE, Pages, say};
use crate::modes::Mode;
use crate::object::View as _;
use crate::object::meta::Object;

/// Name of the report of a namespace, and who writes it.
const NAME: &str = "seawall";

/// The label by which our reports are known.
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// How many findings a report leaves out.
const LEFT_OUT: &str = "seawall.dev/findings-left-out";

/// How long the API server may take for one.
const ANSWER: Duration = Duration::from_secs(30);

/// How long the API server is left alone after a report.
const PAUSE: Duration = Duration::from_millis(20);

/// What reports can be written as, the better first.
const APIS: [ReportApi; 2] = [
    ReportApi {
        group: "openreports.io",
        version: "v1alpha1",
        kinds: [("Report", "reports"), ("ClusterReport", "clusterreports")],
    },
    ReportApi {
        group: "wgpolicyk8s.io",
        version: "v1alpha2",
        kinds: [("PolicyReport", "policyreports"), ("ClusterPolicyReport", "clusterpolicyreports")],
    },
];

/// An API with kinds of reports.
struct ReportApi {
    group: &'static str,
    version: &'static str,
    /// The kind in a namespace and the one outside, with their plurals.
    kinds: [(&'static str, &'static str); 2],
}

/// Why reports are not, or not all, written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The cluster has no kind of report.
    #[error("neither the API group openreports.io nor wgpolicyk8s.io is installed")]
    NoKind,
    /// The API server does not answer.
    #[error("{0}: no answer")]
    Silent(String),
    /// The API server answers with something else than asked for.
    #[error("{what}: {error}")]
    Refused {
        /// What was asked for.
        what: String,
        /// What the API server said.
        error: String,
    },
}

/// What has been done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Reports that stand as they should.
    pub written: usize,
    /// Reports of namespaces without findings that are gone.
    pub deleted: usize,
}

/// Makes the reports of the cluster say what was found, and no more. What one namespace refuses, a quota for example, does
/// not keep others from theirs; it is the error all the same.
pub async fn publish(client: &Client, found: &Gathered) -> Result<Published, ReportError> {
    let [in_namespace, outside] = kinds(client).await?;
    let (mut published, mut trouble) = (Published::default(), None);
    let mut left = existing(client, &in_namespace).await?;
    left.extend(existing(client, &outside).await?);
    for (namespace, of_namespace) in &found.namespaces {
        let resource = if namespace.is_empty() { &outside } else { &in_namespace };
        let params = PatchParams::apply(NAME).force();
        let body = Patch::Apply(body(resource, namespace, of_namespace));
        let api = api(client, resource, namespace);
        match answered("writing a report", resource, namespace, api.patch(NAME, &params, &body)).await {
            Ok(is_there) => published.written += usize::from(is_there),
            Err(error @ ReportError::Silent(_)) => return Err(error),
            Err(error) => trouble = trouble.or(Some(error)),
        }
        left.remove(namespace);
        sleep(PAUSE).await;
    }
    for namespace in left {
        let resource = if namespace.is_empty() { &outside } else { &in_namespace };
        let (api, params) = (api(client, resource, &namespace), DeleteParams::default());
        match answered("deleting a report", resource, &namespace, api.delete(NAME, &params)).await {
            Ok(was_there) => published.deleted += usize::from(was_there),
            Err(error @ ReportError::Silent(_)) => return Err(error),
            Err(error) => trouble = trouble.or(Some(error)),
        }
        sleep(PAUSE).await;
    }
    trouble.map_or(Ok(published), Err)
}

/// Whether the namespace and the report were there for a call.
async fn answered<T>(
    what: &str,
    resource: &ApiResource,
    namespace: &str,
    call: impl Future<Output = kube::Result<T>>,
) -> Result<bool, ReportError> {
    match timeout(ANSWER, call).await {
        Ok(Ok(_)) => Ok(true),
        Ok(Err(error)) if is_gone(&error) => Ok(false),
        Ok(Err(error @ Error::Api(_))) => Err(refused(what, resource, namespace, &error)),
        Ok(Err(error)) => Err(ReportError::Silent(format!("{what}: {}", say(&error)))),
        Err(_) => Err(ReportError::Silent(what.to_owned())),
    }
}

/// The kinds of reports that the cluster has: in namespaces, and outside.
async fn kinds(client: &Client) -> Result<[ApiResource; 2], ReportError> {
    for ReportApi { group, version, kinds } in APIS {
        let api_version = format!("{group}/{version}");
        match client.list_api_group_resources(&api_version).await {
            Ok(_) => {
                return Ok(kinds.map(|(kind, plural)| {
                    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
                }));
            }
            Err(Error::Api(status)) if status.code == 404 => {}
            Err(error) => {
                return Err(ReportError::Refused {
                    what: format!("looking for {group}"),
                    error: say(&error),
                });
            }
        }
    }
    Err(ReportError::NoKind)
}

/// Where there is a report of ours, by namespace.
async fn existing(client: &Client, resource: &ApiResource) -> Result<BTreeSet<String>, ReportError> {
    let ours = format!("{MANAGED_BY}={NAME}");
    let listed = Listed { labels: Some(&ours), only_metadata: true, ..Listed::all(resource.clone()) };
    let mut pages = Pages::new(client.clone(), &listed, PAGE);
    let mut found = BTreeSet::new();
    while let Some(page) = pages.next().await.map_err(|error| unlisted(resource, &error))? {
        let ours = page.items().filter_map(Object::view).filter(|report| report.name() == Some(NAME));
        found.extend(ours.map(|report| report.namespace().unwrap_or_default().to_owned()));
    }
    Ok(found)
}

fn unlisted(resource: &ApiResource, error: &ListError) -> ReportError {
    ReportError::Refused { what: format!("listing reports ({})", resource.plural), error: error.to_string() }
}

fn api(client: &Client, resource: &ApiResource, namespace: &str) -> Api<DynamicObject> {
    match namespace {
        "" => Api::all_with(client.clone(), resource),
        namespace => Api::namespaced_with(client.clone(), namespace, resource),
    }
}

/// The namespace, or the report, has gone meanwhile: there is nothing left to say anything about.
fn is_gone(error: &Error) -> bool {
    let is_terminating = |status: &Status| {
        let causes = status.details.iter().flat_map(|details| &details.causes);
        causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating")
    };
    matches!(error, Error::Api(status) if status.code == 404 || is_terminating(status))
}

fn refused(what: &str, resource: &ApiResource, namespace: &str, error: &Error) -> ReportError {
    let place = if namespace.is_empty() { String::new() } else { format!(" in {namespace}") };
    ReportError::Refused { what: format!("{what} ({}{place})", resource.plural), error: say(error) }
}

/// A report as it is to stand. Nothing in it changes from scan to scan but what is found, so that what is written again is
/// not stored again.
fn body(resource: &ApiResource, namespace: &str, found: &OfNamespace) -> Value {
    let count = |mode| found.counts.get(&mode).copied().unwrap_or_default();
    let worst = found.worst();
    let mut metadata = json!({ "name": NAME, "labels": { MANAGED_BY: NAME } });
    if !namespace.is_empty() {
        metadata["namespace"] = namespace.into();
    }
    let left_out = found.len() - worst.len();
    if left_out > 0 {
        metadata["annotations"] = json!({ LEFT_OUT: left_out.to_string() });
    }
    json!({
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": metadata,
        "summary": {
            "pass": 0,
            "fail": count(Mode::Deny),
            "warn": count(Mode::Warn) + count(Mode::Audit),
            "error": found.not_evaluated,
            "skip": 0,
        },
        "results": worst.iter().map(|kept| result(kept, namespace)).collect::<Value>(),
    })
}

fn result(kept: &Kept, namespace: &str) -> Value {
    let Kept { policy, mode, api_version, kind, name, path, message } = kept;
    let mut object = json!({ "apiVersion": api_version, "kind": kind, "name": name });
    if !namespace.is_empty() {
        object["namespace"] = namespace.into();
    }
    json!({
        "source": NAME,
        "policy": policy.name,
        "rule": policy.code,
        "category": policy.theme.folder(),
        "severity": policy.severity.as_str(),
        // What is not refused does not fail.
        "result": if *mode == Mode::Deny { "fail" } else { "warn" },
        "scored": *mode == Mode::Deny,
        "message": message,
        "resources": [object],
        "properties": { "mode": mode.to_string(), "path": path },
    })
}
