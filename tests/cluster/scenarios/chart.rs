//! Seawall as the chart installs it: from the first minute to the last.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::mutable_deployment;
use crate::support::release::Release;
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[("chart::warns_then_refuses", warns_then_refuses)];

/// The cap is what a team turns, and Helm turns it back.
fn warns_then_refuses(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "turned-on")?;
    let release = Release::install(&scene, &json!({}))?;
    let bad = mutable_deployment("bad");
    scene.warns(&bad)?;
    let before = release.wait_for_replicas(2)?;

    release.upgrade(&scene, &json!({"maxMode": "deny"}))?;
    let other = mutable_deployment("other");
    eventually(PATIENCE, || Ok((scene.dry_run(&other)?.status == 403).then_some(())))
        .context("nothing is refused")?;
    release.rollback(1)?;
    let after = release.wait_for_replicas(2)?;
    ensure!(before.iter().zip(&after).all(|(one, other)| one.name == other.name), "Pods were replaced");
    release.uninstall()
}
