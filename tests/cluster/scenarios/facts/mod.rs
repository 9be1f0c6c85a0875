//! What is decided with the neighbours in view, and what becomes of that when something goes wrong.

mod absent;
mod away;
mod permitted;
mod scale;
mod stalled;
mod vanishing;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{CONTAINER, collection, deployment, with};
use crate::support::scene::Scene;
use crate::support::seawall::Seawall;
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("facts::of_a_large_cluster", scale::of_a_large_cluster),
    ("facts::a_kind_comes_and_goes", absent::a_kind_comes_and_goes),
    ("facts::rights_come_and_go", permitted::rights_come_and_go),
    ("facts::the_api_server_is_away", away::the_api_server_is_away),
    ("facts::what_expired_is_listed_again", away::what_expired_is_listed_again),
    ("facts::etcd_stands_still", stalled::etcd_stands_still),
    ("facts::a_namespace_vanishes", vanishing::a_namespace_vanishes),
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

    scene.create(&workload)?.success()?;
    scene.create(&budget)?.success()?;
    wait_until_refused(&scene, &autoscaler)?;
    let budgets = || guarded.seawall.metric("seawall_facts_objects", &[("kind", "PodDisruptionBudget")]);
    ensure!(budgets()? >= 1.0, "the budget is not counted");

    scene.delete(&budget)?.success()?;
    wait_until_let_in(&scene, &autoscaler)?;
    scene.create(&autoscaler)?.success()?;
    wait_until_refused(&scene, &budget)?;

    guarded.seawall.configure(&POLICIES.replace("AVL06: deny, ", ""))?;
    wait_until_let_in(&scene, &budget).context("the policy is off, and still speaks")?;
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

/// Waits until what does not go with its neighbours is refused.
fn wait_until_refused(scene: &Scene<'_>, object: &Value) -> Result<()> {
    eventually(PATIENCE, || Ok((scene.dry_run(object)?.refused_by() == ["AVL06"]).then_some(())))
        .context("what is beside it is not known")
}

/// Waits until nothing stands in its way any longer.
fn wait_until_let_in(scene: &Scene<'_>, object: &Value) -> Result<()> {
    eventually(PATIENCE, || {
        let answer = scene.dry_run(object)?;
        let refused = answer.refused_by();
        ensure!(answer.is_success() || refused == ["AVL06"], "{}: {}", answer.status, answer.message());
        Ok(answer.is_success().then_some(()))
    })
    .context("what is gone still counts")
}

/// Waits until of every kind all is known, and as it is.
fn wait_until_current(seawall: &Seawall) -> Result<()> {
    eventually(PATIENCE, || {
        let (status, detail) = seawall.readiness()?;
        Ok((status == 200 && !detail.contains("stale") && !detail.contains("not known")).then_some(()))
    })
    .with_context(|| format!("not everything is followed: {:?}", seawall.readiness()))
}

/// Whether what is held of a kind is as the cluster has it.
fn is_current(seawall: &Seawall, kind: &str) -> Result<bool> {
    Ok(seawall.metric("seawall_facts_current", &[("kind", kind)])? > 0.5)
}
