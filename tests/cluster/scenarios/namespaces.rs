//! Rules for namespaces by their labels.

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::json;

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::mutable_deployment;
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("namespaces::labels_decide", labels_decide),
    ("namespaces::unknown_labels_only_warn", unknown_labels_only_warn),
];

const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
rules:
  - {scope: {namespaceSelector: {matchLabels: {stage: production}}}, policies: [IMG01], mode: deny}
";

fn labels_decide(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "labels")?;
    scene.add_namespace("labels-production", &json!({"stage": "production"}))?;
    let kubeconfig = cluster.kubeconfig("seawall");
    let kubeconfig = kubeconfig.to_string_lossy();
    let guarded = scene.guard_with(POLICIES, &["--kubeconfig", &kubeconfig])?;
    let create_in = |namespace: &str| {
        let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments?dryRun=All");
        cluster.call(Method::POST, &path, Some(&mutable_deployment("web")))
    };

    let answer = create_in("labels-production")?;
    ensure!(
        answer.refused_by() == ["IMG01"],
        "answered {}: {} {:?}",
        answer.status,
        answer.message(),
        answer.warnings
    );
    let answer = create_in("labels")?.success()?;
    ensure!(answer.warnings.is_empty(), "warnings: {:?}", answer.warnings);

    // The watch goes on: a label that comes later decides too.
    guarded.kubectl(&["label", "namespace", "labels", "stage=production"], "")?.success()?;
    eventually(PATIENCE, || Ok((create_in("labels")?.refused_by() == ["IMG01"]).then_some(())))
        .context("the new label is not seen")
}

fn unknown_labels_only_warn(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "unknown-labels")?;
    let guarded = scene.guard(POLICIES)?;

    let warnings = guarded.warns(&mutable_deployment("web"))?;
    ensure!(warnings.len() == 1 && warnings[0].starts_with("[IMG01] "), "warnings: {warnings:?}");
    Ok(())
}
