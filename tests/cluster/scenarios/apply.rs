//! Server-side apply and dry runs.

use anyhow::{Context as _, Result, ensure};

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{deployment, mutable_deployment};
use crate::support::scene::Scene;

pub(crate) const SCENARIOS: &[Scenario] = &[("apply::server_side", server_side), ("apply::dry_run", dry_run)];

const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {IMG01: deny}
";

fn server_side(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "server-side")?;
    let guarded = scene.guard(POLICIES)?;
    let apply = |object: &serde_json::Value| {
        guarded.kubectl(&["apply", "--server-side", "--field-manager=ci", "-f", "-"], &object.to_string())
    };

    let refused = apply(&mutable_deployment("web"))?.failure()?;
    ensure!(refused.contains("[IMG01 latest-image-tag] "), "refused otherwise: {refused}");
    apply(&deployment("web"))?.success()?;
    // The object is there now, so this apply is an UPDATE.
    let refused = apply(&mutable_deployment("web"))?.failure()?;
    ensure!(refused.contains("[IMG01 latest-image-tag] "), "refused otherwise: {refused}");
    Ok(())
}

/// A dry run gets the verdict that the real request would get, and changes nothing.
fn dry_run(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "dry-run")?;
    let guarded = scene.guard(POLICIES)?;
    let apply = |object: &serde_json::Value| {
        guarded.kubectl(&["apply", "--dry-run=server", "-f", "-"], &object.to_string())
    };

    let refused = apply(&mutable_deployment("bad"))?.failure()?;
    ensure!(refused.contains("[IMG01 latest-image-tag] "), "refused otherwise: {refused}");
    let accepted = apply(&deployment("good"))?.success()?;
    ensure!(accepted.stdout.contains("(server dry run)"), "printed: {}", accepted.stdout);
    ensure!(guarded.read(&deployment("good"))?.status == 404, "the dry run had an effect");

    let log = guarded.seawall.decisions("bad")?;
    let line = log.first().context("no decision in the log")?;
    ensure!(line["request.dryRun"] == true && line["decision"] == "deny", "logged: {line}");
    Ok(())
}
