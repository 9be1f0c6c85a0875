//! A namespace goes away with all that is in it.

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use super::{POLICIES, connected, wait_until_current};
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{collection, with};
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};

/// How many of each kind are in it.
const MANY: u32 = 20;

/// Objects are judged in it until it is gone: no review fails, and nothing of it is left.
pub(super) fn a_namespace_vanishes(cluster: &ControlPlane) -> Result<()> {
    // So that everything that is counted is ours.
    let cluster = cluster.another()?;
    let scene = Scene::new(&cluster, "facts-vanishing")?;
    let kubeconfig = cluster.kubeconfig("admin");
    let guarded = scene.guard_with(POLICIES, &["--kubeconfig", &kubeconfig.to_string_lossy()])?;
    let metric = |name: &str, labels: &[(&str, &str)]| guarded.seawall.metric(name, labels);
    let counts = || -> Result<Vec<f64>> {
        let kinds = ["Namespace", "Deployment", "PodDisruptionBudget"];
        kinds.iter().map(|kind| metric("seawall_facts_objects", &[("kind", kind)])).collect()
    };
    wait_until_current(&guarded.seawall)?;
    let before = counts()?;

    let namespace = "facts-vanishing-soon";
    scene.add_namespace(namespace, &json!({}))?;
    let [workload, budget, autoscaler] = connected();
    let named = |object: &Value, name: &str| with(object.clone(), "/metadata/name", json!(name));
    for number in 0..MANY {
        for object in [&workload, &budget] {
            let object = named(object, &format!("web-{number}"));
            cluster.call(Method::POST, &collection(&object, namespace), Some(&object))?.success()?;
        }
    }
    let [namespaces, deployments, budgets] = [1, MANY, MANY].map(f64::from);
    let expected = [before[0] + namespaces, before[1] + deployments, before[2] + budgets];
    eventually(PATIENCE, || Ok((counts()? == expected).then_some(()))).context("not all are counted")?;

    let target = with(autoscaler, "/spec/scaleTargetRef/name", json!("web-0"));
    let path = format!("{}?dryRun=All", collection(&target, namespace));
    let place = format!("/api/v1/namespaces/{namespace}");
    let reviews = metric("seawall_reviews_total", &[])?;
    cluster.call(Method::DELETE, &place, None)?.success()?;
    eventually(PATIENCE, || {
        let answer = cluster.call(Method::POST, &path, Some(&target))?;
        // What is being deleted takes nothing new in, and then it is not there any longer.
        ensure!(
            answer.is_success() || [403, 404].contains(&answer.status),
            "{}: {}",
            answer.status,
            answer.message()
        );
        Ok((cluster.call(Method::GET, &place, None)?.status == 404).then_some(()))
    })
    .context("the namespace does not go")?;
    eventually(PATIENCE, || Ok((counts()? == before).then_some(()))).context("something of it is left")?;

    ensure!(metric("seawall_reviews_total", &[])? > reviews, "nothing was judged meanwhile");
    for fault in ["seawall_cannot_judge_total", "seawall_policy_panics_total", "seawall_not_evaluated_total"]
    {
        let times = metric(fault, &[])?;
        ensure!(times < 0.5, "{fault} is {times}");
    }
    wait_until_current(&guarded.seawall)
}
