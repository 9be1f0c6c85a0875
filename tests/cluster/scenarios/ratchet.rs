//! Objects that were there before Seawall was.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{CONTAINER, mutable_deployment, with};
use crate::support::scene::Scene;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("ratchet::only_new_violations_are_refused", only_new_violations_are_refused),
    ("ratchet::deletion_never_gets_stuck", deletion_never_gets_stuck),
];

const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {IMG01: deny, SEC01: deny}
";

fn only_new_violations_are_refused(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "ratchet")?;
    let old = mutable_deployment("old");
    scene.accepts(&old)?;
    let guarded = scene.guard(POLICIES)?;

    let shown = guarded.kubectl(&["label", "deployment", "old", "team=shop"], "")?.success()?.stderr;
    ensure!(shown.contains("Warning: [IMG01] "), "an old violation is not warned of: {shown}");
    ensure!(
        guarded.seawall.metric("seawall_grandfathered_total", &[])? > 0.5,
        "not counted as grandfathered"
    );

    let worse =
        json!([{"op": "add", "path": format!("{CONTAINER}/securityContext"), "value": {"privileged": true}}]);
    let headers = [("Content-Type", "application/json-patch+json")];
    let answer = cluster.call_with(http::Method::PATCH, &guarded.path(&old), Some(&worse), &headers)?;
    ensure!(answer.refused_by() == ["SEC01"], "answered {}: {}", answer.status, answer.message());

    // The new violation next to an old one: another container of the same kind.
    let sidecar = json!([{"op": "add", "path": "/spec/template/spec/containers/0",
        "value": {"name": "sidecar", "image": "registry.example/sidecar:latest"}}]);
    let answer = cluster.call_with(http::Method::PATCH, &guarded.path(&old), Some(&sidecar), &headers)?;
    let fields: Vec<String> = answer.causes().into_iter().map(|cause| cause.field).collect();
    ensure!(
        fields == ["spec.template.spec.containers[0].image"],
        "answered {}: {}",
        answer.status,
        answer.message()
    );
    Ok(())
}

/// Even without the ratchet, and with a violation in it, an object must be able to go.
fn deletion_never_gets_stuck(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "deletion")?;
    let old = with(mutable_deployment("old"), "/metadata/finalizers", json!(["example.com/hold"]));
    scene.accepts(&old)?;
    let guarded = scene.guard(&format!("{POLICIES}ratchet: false\n"))?;

    guarded.delete(&old)?.success()?;
    let held = guarded.read(&old)?.success()?;
    ensure!(!held.body["metadata"]["deletionTimestamp"].is_null(), "the finalizer does not hold the object");

    // Being deleted is no excuse for what is new.
    let privileged =
        json!([{"op": "add", "path": format!("{CONTAINER}/securityContext"), "value": {"privileged": true}}]);
    let headers = [("Content-Type", "application/json-patch+json")];
    let answer = cluster.call_with(http::Method::PATCH, &guarded.path(&old), Some(&privileged), &headers)?;
    ensure!(
        answer.refused_by().contains(&"SEC01".to_owned()),
        "answered {}: {}",
        answer.status,
        answer.message()
    );

    guarded.merge(&old, &json!({"metadata": {"finalizers": null}}))?.success()?;
    ensure!(guarded.read(&old)?.status == 404, "the object is still there");
    Ok(())
}
