//! What is decided with the neighbours in view.

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{CONTAINER, collection, deployment, with};
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("facts::others_decide", others_decide),
    ("facts::what_may_not_be_read_is_not_evaluated", what_may_not_be_read_is_not_evaluated),
];

const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {AVL06: deny, IMG01: deny}
";

/// A budget that leaves the autoscaler of a workload nothing to evict is refused, whichever of them comes last, and is not
/// once the other has gone; a configuration that does not ask any longer ends the watches.
fn others_decide(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "facts")?;
    let kubeconfig = cluster.kubeconfig("admin");
    let mut guarded = scene.guard_with(POLICIES, &["--kubeconfig", &kubeconfig.to_string_lossy()])?;
    let [workload, budget, autoscaler] = connected();
    let dry_run = |object: &Value| {
        cluster.call(Method::POST, &format!("{}?dryRun=All", collection(object, "facts")), Some(object))
    };
    let create =
        |object: &Value| cluster.call(Method::POST, &collection(object, "facts"), Some(object))?.success();

    create(&workload)?;
    create(&budget)?;
    eventually(PATIENCE, || Ok((dry_run(&autoscaler)?.refused_by() == ["AVL06"]).then_some(())))
        .context("the autoscaler is let in beside the budget")?;
    let budgets = || guarded.seawall.metric("seawall_facts_objects", &[("kind", "PodDisruptionBudget")]);
    ensure!(budgets()? >= 1.0, "the budget is not counted");

    let gone = format!("{}/web", collection(&budget, "facts"));
    cluster.call(Method::DELETE, &gone, None)?.success()?;
    eventually(PATIENCE, || Ok(dry_run(&autoscaler)?.is_success().then_some(())))
        .context("the budget is gone, and still counts")?;
    create(&autoscaler)?;
    eventually(PATIENCE, || Ok((dry_run(&budget)?.refused_by() == ["AVL06"]).then_some(())))
        .context("the budget is let in beside the autoscaler")?;

    guarded.seawall.configure(&POLICIES.replace("AVL06: deny, ", ""))?;
    eventually(PATIENCE, || Ok(dry_run(&budget)?.is_success().then_some(())))
        .context("the policy is off, and still speaks")?;
    let budgets = || guarded.seawall.metric("seawall_facts_objects", &[("kind", "PodDisruptionBudget")]);
    eventually(PATIENCE, || Ok((budgets()? < 1.0).then_some(())))
        .context("nobody asks, and the watch goes on")
}

/// Without the right to read a kind the policies that need it say so, and all others work.
fn what_may_not_be_read_is_not_evaluated(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "unread")?;
    let kubeconfig = cluster.kubeconfig("seawall");
    let guarded = scene.guard_with(POLICIES, &["--kubeconfig", &kubeconfig.to_string_lossy()])?;
    let [workload, budget, _] = connected();
    cluster.call(Method::POST, &collection(&budget, "unread"), Some(&budget))?.success()?;
    let bad = with(workload, &format!("{CONTAINER}/image"), json!("web:latest"));
    ensure!(guarded.dry_run(&bad)?.refused_by() == ["IMG01"], "other policies do not work");
    let missed = guarded.seawall.metric("seawall_not_evaluated_total", &[("policy", "AVL06")])?;
    ensure!(missed >= 1.0, "the policy has not said that it could not answer");
    Ok(())
}

/// A workload, a budget for it and its autoscaler, which do not go together.
fn connected() -> [Value; 3] {
    let labels = json!({ "app": "web" });
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": "web" },
        "spec": { "minAvailable": 2, "selector": { "matchLabels": labels } },
    });
    let autoscaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": "web" },
        "spec": {
            "minReplicas": 2, "maxReplicas": 9,
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
        },
    });
    [deployment("web"), budget, autoscaler]
}
