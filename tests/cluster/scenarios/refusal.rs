//! What somebody sees who writes a bad workload, in each mode.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::api::Cause;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{CONTAINER, deployment, mutable_deployment, with};
use crate::support::scene::Scene;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("refusal::names_every_finding", names_every_finding),
    ("refusal::is_a_warning_under_max_mode_warn", is_a_warning_under_max_mode_warn),
    ("refusal::is_a_count_under_max_mode_audit", is_a_count_under_max_mode_audit),
];

const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
docsUrl: https://seawall.example/policies
policies: {IMG01: deny, SEC01: deny}
";

/// A Deployment with an image that can change and a container that owns its node.
fn bad_deployment() -> Value {
    with(mutable_deployment("bad"), &format!("{CONTAINER}/securityContext"), json!({"privileged": true}))
}

const IMAGE: &str = "spec.template.spec.containers[0].image";
const PRIVILEGED: &str = "spec.template.spec.containers[0].securityContext.privileged";

fn names_every_finding(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "refusal")?;
    let guarded = scene.guard(POLICIES)?;
    let bad = bad_deployment();

    let seen = guarded.kubectl(&["apply", "-f", "-"], &bad.to_string())?.failure()?;
    for text in [
        "admission webhook \"namespaces.seawall.dev\" denied the request",
        &format!("[IMG01 latest-image-tag] {IMAGE}: "),
        &format!("[SEC01 privileged-container] {PRIVILEGED}: "),
        "fix: ",
        "https://seawall.example/policies",
    ] {
        ensure!(seen.contains(text), "kubectl does not show `{text}` but: {seen}");
    }

    let answer = guarded.rejects(&bad)?;
    ensure!(answer.body["reason"] == "Forbidden", "reason: {}", answer.body["reason"]);
    let causes = answer.causes();
    let is_cause = |reason: &str, field: &str| {
        let is = |cause: &Cause| cause.reason == reason && cause.field == field && !cause.message.is_empty();
        causes.iter().filter(|cause| is(cause)).count() == 1
    };
    ensure!(
        causes.len() == 2 && is_cause("IMG01", IMAGE) && is_cause("SEC01", PRIVILEGED),
        "causes: {causes:?}"
    );
    ensure!(guarded.read(&bad)?.status == 404, "the refused object is there");

    guarded.accepts(&deployment("good"))
}

fn is_a_warning_under_max_mode_warn(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "warning")?;
    let guarded = scene.guard(&format!("{POLICIES}maxMode: warn\n"))?;

    let bad = bad_deployment();
    let shown = guarded.kubectl(&["create", "-f", "-"], &bad.to_string())?.success()?.stderr;
    for warning in [format!("Warning: [IMG01] {IMAGE}: "), format!("Warning: [SEC01] {PRIVILEGED}: ")] {
        ensure!(shown.lines().any(|line| line.starts_with(&warning)), "no `{warning}` in: {shown}");
    }

    let warnings = guarded.warns(&mutable_deployment("other"))?;
    ensure!(warnings.len() == 1, "warnings: {warnings:?}");
    Ok(())
}

fn is_a_count_under_max_mode_audit(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "audit")?;
    let guarded = scene.guard(&format!("{POLICIES}maxMode: audit\n"))?;

    guarded.accepts(&bad_deployment())?;

    for policy in ["IMG01", "SEC01"] {
        let count =
            guarded.seawall.metric("seawall_findings_total", &[("policy", policy), ("mode", "audit")])?;
        // The ReplicaSet that the Deployment is given may be counted too.
        ensure!(count > 0.5, "{policy} was not counted");
    }
    let log = guarded.seawall.decisions("bad")?;
    let line = log.first().context("no decision in the log")?;
    ensure!(line["decision"] == "allow" && line["findings"][0]["mode"] == "audit", "logged: {line}");
    Ok(())
}
