//! The control plane itself: what every other scenario takes for granted.

use anyhow::{Context as _, Result, ensure};

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests;
use crate::support::scene::{Scene, User};
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[("control_plane_works", works)];

/// Clients are served, controllers act under names of their own, and somebody else can be impersonated.
fn works(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "control-plane")?;
    scene.accepts(&manifests::deployment("web"))?;
    scene.kubectl(&["scale", "deployment", "web", "--replicas=1"], "")?.success()?;
    let pods = "/api/v1/namespaces/control-plane/pods?labelSelector=app%3Dweb";
    eventually(PATIENCE, || {
        let answer = cluster.call(http::Method::GET, pods, None)?.success()?;
        let pods = answer.body["items"].as_array().context("no items")?;
        Ok((pods.len() == 1).then_some(()))
    })
    .context("the controllers make no Pod")?;
    let alice = User { name: "alice", groups: &["developers"] };
    let whoami = scene.kubectl_as(alice, &["auth", "whoami", "-o", "json"], "")?.success()?;
    ensure!(whoami.stdout.contains("alice") && whoami.stdout.contains("developers"));
    Ok(())
}
