//! What Kubernetes' own controllers write.

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{mutable_deployment, pod, with};
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] =
    &[("controllers::pods_come_back_after_a_drain", pods_come_back_after_a_drain)];

/// The Pods of a Deployment that was there before Seawall come back, although nobody could write the like today.
fn pods_come_back_after_a_drain(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "drain")?;
    let old = with(mutable_deployment("old"), "/spec/replicas", json!(2));
    scene.accepts(&old)?;
    let pods = || -> Result<Vec<String>> {
        let path = "/api/v1/namespaces/drain/pods?labelSelector=app%3Dold";
        let answer = cluster.call(Method::GET, path, None)?.success()?;
        let items = answer.body["items"].as_array().context("no items")?;
        let name = |pod: &Value| pod["metadata"]["name"].as_str().map(ToOwned::to_owned);
        Ok(items.iter().filter_map(name).collect())
    };
    let before = eventually(PATIENCE, || Ok(Some(pods()?).filter(|pods| pods.len() == 2)))?;
    let guarded = scene.guard(
        "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {IMG01: deny}
",
    )?;

    for name in &before {
        let eviction = json!({
            "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "drain"},
        });
        let path = format!("/api/v1/namespaces/drain/pods/{name}/eviction");
        cluster.call(Method::POST, &path, Some(&eviction))?.success()?;
    }

    eventually(PATIENCE, || {
        let now = pods()?;
        Ok((now.len() == 2 && now.iter().all(|name| !before.contains(name))).then_some(()))
    })
    .context("the Pods do not come back")?;
    let audited =
        guarded.seawall.metric("seawall_findings_total", &[("policy", "IMG01"), ("mode", "audit")])?;
    ensure!(audited > 1.5, "their Pods were not counted");

    // The same Pod from a person, who claims that it belongs to the ReplicaSet.
    let by_hand = with(pod("by-hand"), "/spec/containers/0/image", json!("registry.example/app:latest"));
    let owner = json!([{
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "old-1", "uid": "00000000-0000-4000-8000-000000000000",
        "controller": true,
    }]);
    let answer = guarded.rejects(&with(by_hand, "/metadata/ownerReferences", owner))?;
    ensure!(answer.refused_by() == ["IMG01"], "refused otherwise: {}", answer.message());
    Ok(())
}
