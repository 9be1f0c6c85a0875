//! The audit in the background, and what it leaves in the cluster.

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{collection, mutable_deployment};
use crate::support::release::Release;
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[("reports::say_what_is_there", say_what_is_there)];

const REPORTS: &str = "/apis/openreports.io/v1alpha1";

/// What was there before Seawall is found by one replica, is in its metrics and in a report of its namespace; once it is
/// mended, the report goes.
fn say_what_is_there(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "reported")?;
    for (plural, kind, scope) in
        [("reports", "Report", "Namespaced"), ("clusterreports", "ClusterReport", "Cluster")]
    {
        define(cluster, plural, kind, scope)?;
    }
    let bad = mutable_deployment("old");
    cluster.call(Method::POST, &collection(&bad, "reported"), Some(&bad))?.success()?;
    let audit = json!({ "enabled": true, "everySeconds": 60, "reports": true });
    let release = Release::install(&scene, &json!({ "audit": audit }))?;

    let path = format!("{REPORTS}/namespaces/reported/reports/seawall");
    let report = eventually(PATIENCE, || {
        Ok(cluster.call(Method::GET, &path, None)?.success().ok().map(|answer| answer.body))
    });
    let report = report.context("there is no report of the namespace")?;
    let results = report["results"].as_array().context("the report has no results")?;
    let of_old = |result: &&Value| result["resources"][0]["name"] == "old" && result["rule"] == "IMG01";
    let result = results.iter().find(of_old).context("the object is not in the report")?;
    let expected =
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "namespace": "reported", "name": "old" });
    ensure!(result["resources"] == json!([expected]), "another object: {result}");
    ensure!(result["properties"]["path"] == "spec.template.spec.containers[0].image", "elsewhere: {result}");
    let found = || release.metric("seawall_audit_findings", &[("policy", "IMG01")]);
    eventually(PATIENCE, || Ok((found()? >= 1.0).then_some(())))
        .context("the metrics do not say what was found")?;
    let auditors = release.replicas().into_iter().filter_map(|it| {
        it.metric(crate::support::release::ADMIN, "seawall_audit_objects", &[])
            .ok()
            .filter(|count| *count > 0.0)
    });
    ensure!(auditors.count() == 1, "not one replica audits");
    let before = report["metadata"]["resourceVersion"].clone();

    // Nothing has changed after the next one, and nothing is stored again.
    let audits = || release.metric("seawall_audits_total", &[("result", "complete")]);
    eventually(2 * PATIENCE, || Ok((audits()? >= 2.0).then_some(()))).context("it is not audited again")?;
    let again = cluster.call(Method::GET, &path, None)?.success()?.body;
    ensure!(again["metadata"]["resourceVersion"] == before, "the report was stored again");

    let gone = format!("{}/old", collection(&bad, "reported"));
    cluster.call(Method::DELETE, &gone, None)?.success()?;
    eventually(3 * PATIENCE, || {
        let report = cluster.call(Method::GET, &path, None)?;
        let results = report.body["results"].as_array().cloned().unwrap_or_default();
        let is_said = results.iter().any(|result| result["resources"][0]["name"] == "old");
        Ok((!is_said).then_some(()))
    })
    .context("what is gone is still reported")?;
    release.uninstall()
}

/// A kind of report, of which the API server checks nothing.
fn define(cluster: &ControlPlane, plural: &str, kind: &str, scope: &str) -> Result<()> {
    let schema = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    let version = json!({ "name": "v1alpha1", "served": true, "storage": true, "schema": { "openAPIV3Schema": schema } });
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.openreports.io") },
        "spec": {
            "group": "openreports.io", "scope": scope,
            "names": { "plural": plural, "kind": kind }, "versions": [version],
        },
    });
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    cluster.call(Method::POST, path, Some(&definition))?.success()?;
    eventually(PATIENCE, || {
        Ok(cluster.call(Method::GET, &format!("{REPORTS}/{plural}"), None)?.is_success().then_some(()))
    })
    .context("the kind of report does not appear")
}
