//! A kind that not every cluster has.

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use super::{POLICIES, connected, is_current, wait_until_current, wait_until_let_in, wait_until_refused};
use crate::support::control_plane::ControlPlane;
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};

const KIND: &str = "ScaledObject";

/// Before it is installed there is none of it, and not a word about that; its objects count soon after, and no longer
/// once it has gone.
pub(super) fn a_kind_comes_and_goes(cluster: &ControlPlane) -> Result<()> {
    // The kinds of a cluster are everybody's.
    let cluster = cluster.another()?;
    let scene = Scene::new(&cluster, "facts-absent")?;
    let kubeconfig = cluster.kubeconfig("admin");
    let guarded = scene.guard_with(POLICIES, &["--kubeconfig", &kubeconfig.to_string_lossy()])?;
    let [workload, budget, _] = connected();
    scene.create(&workload)?.success()?;
    let count = || guarded.seawall.metric("seawall_facts_objects", &[("kind", KIND)]);
    wait_until_current(&guarded.seawall)?;
    ensure!(count()? < 0.5 && is_current(&guarded.seawall, KIND)?, "what is not there is not known");
    scene.dry_run(&budget)?.success()?;

    let definition = definition();
    let definitions = scene.collection(&definition);
    cluster.call(Method::POST, &definitions, Some(&definition))?.success()?;
    let scaled = scaled_object();
    // The API server takes a moment to serve it.
    eventually(PATIENCE, || Ok(scene.create(&scaled)?.is_success().then_some(())))?;
    wait_until_refused(&scene, &budget).context("the kind is installed, and is not seen")?;
    ensure!((count()? - 1.0).abs() < 0.5, "{} are known of one", count()?);

    cluster.call(Method::DELETE, &scene.path(&definition), None)?.success()?;
    wait_until_let_in(&scene, &budget).context("the kind has gone, and still counts")?;
    eventually(PATIENCE, || Ok((count()? < 0.5).then_some(())))?;

    cluster.call(Method::POST, &definitions, Some(&definition)).context("once more")?;
    eventually(PATIENCE, || Ok(scene.create(&scaled)?.is_success().then_some(())))?;
    wait_until_refused(&scene, &budget)?;
    let missed = guarded.seawall.metric("seawall_not_evaluated_total", &[])?;
    ensure!(missed < 0.5, "{missed} times something was not known");
    let log = guarded.seawall.log()?;
    let about: Vec<_> = log.lines().filter(|line| line.contains(&format!("\"{KIND}\""))).collect();
    ensure!(
        about.iter().all(|line| line.contains("\"decision\"")),
        "that it is not there is news: {about:?}"
    );
    Ok(())
}

/// As much of KEDA's definition as the API server has to know.
fn definition() -> Value {
    let schema = json!({"openAPIV3Schema": {
        "type": "object", "x-kubernetes-preserve-unknown-fields": true,
    }});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "scaledobjects.keda.sh"},
        "spec": {
            "group": "keda.sh", "scope": "Namespaced",
            "names": {"kind": KIND, "plural": "scaledobjects", "singular": "scaledobject"},
            "versions": [{"name": "v1alpha1", "served": true, "storage": true, "schema": schema}],
        },
    })
}

fn scaled_object() -> Value {
    json!({
        "apiVersion": "keda.sh/v1alpha1", "kind": KIND, "metadata": {"name": "web"},
        "spec": {
            "minReplicaCount": 2, "maxReplicaCount": 9, "scaleTargetRef": {"name": "web"},
            "triggers": [{"type": "rabbitmq", "metadata": {}}],
        },
    })
}
