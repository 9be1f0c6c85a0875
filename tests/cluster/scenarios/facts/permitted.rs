//! Seawall may read a kind, or may not, and that changes while it runs.

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use super::{connected, is_current, wait_until_current, wait_until_refused};
use crate::support::api_server::ApiServer;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{CONTAINER, with};
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};

const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {AVL06: deny, AVL20: deny, IMG01: deny}
";

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const BUDGET: &str = "PodDisruptionBudget";

/// Who misses a kind says so, by name; all others work. A right that is granted is used without a restart, and of what
/// may not be read any longer nothing is guessed.
pub(super) fn rights_come_and_go(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "facts-rights")?;
    let mut api_server = ApiServer::beside(cluster, &scene.name)?;
    introduce(&scene)?;
    let kubeconfig = api_server.kubeconfig(&scene.name, &[])?;
    let guarded = scene.guard_with(POLICIES, &["--kubeconfig", &kubeconfig])?;
    let [workload, budget, autoscaler] = connected();
    scene.create(&workload)?.success()?;
    scene.create(&budget)?.success()?;
    let is_missed = || -> Result<()> {
        let missed = || guarded.seawall.metric("seawall_not_evaluated_total", &[("policy", "AVL06")]);
        let before = missed()?;
        eventually(PATIENCE, || {
            scene.dry_run(&autoscaler)?.success().context("refused by what is not known")?;
            Ok((missed()? > before).then_some(()))
        })
        .context("the policy does not say that it could not answer")?;
        let (status, detail) = guarded.seawall.readiness()?;
        ensure!(status == 200 && detail.contains("PodDisruptionBudget not known for AVL06"), "{detail}");
        let log = guarded.seawall.log()?;
        let warned = log.lines().filter(|line| line.contains(BUDGET) && line.contains("\"AVL06\"")).count();
        ensure!(warned > 0, "the log does not say who misses it");
        ensure!(!is_current(&guarded.seawall, BUDGET)?, "the metric does not say that it is not known");
        Ok(())
    };
    // Policies that need others of the kinds, and those that need none.
    let others_work = || -> Result<()> {
        let scales_by_nothing =
            with(autoscaler.clone(), "/metadata/labels", json!({"workload-type": "queue"}));
        let cpu = json!([{"type": "Resource", "resource": {
            "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70},
        }}]);
        let refused = scene.dry_run(&with(scales_by_nothing, "/spec/metrics", cpu))?.refused_by();
        ensure!(refused.iter().any(|it| it == "AVL20"), "refused by {refused:?} instead of AVL20");
        let bad = with(workload.clone(), &format!("{CONTAINER}/image"), json!("web:latest"));
        let refused = scene.dry_run(&with(bad, "/metadata/name", json!("bad")))?.refused_by();
        ensure!(refused == ["IMG01"], "refused by {refused:?} instead of IMG01");
        Ok(())
    };
    eventually(PATIENCE, || Ok(is_current(&guarded.seawall, "Deployment")?.then_some(())))?;
    is_missed()?;
    others_work()?;

    permit(&scene, &["poddisruptionbudgets"])?;
    wait_until_refused(&scene, &autoscaler).context("the new right is not used")?;
    wait_until_current(&guarded.seawall)?;

    // A watch that has begun goes on; only the next has to be permitted.
    permit(&scene, &[])?;
    api_server.kill()?;
    api_server.restart()?;
    eventually(PATIENCE, || Ok(scene.dry_run(&autoscaler)?.is_success().then_some(())))
        .context("what may not be read any longer still counts")?;
    is_missed()?;
    eventually(PATIENCE, || Ok(is_current(&guarded.seawall, "Deployment")?.then_some(())))?;
    others_work()
}

/// Binds the user of a scene to a role of its own.
fn introduce(scene: &Scene<'_>) -> Result<()> {
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": scene.name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": scene.name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": scene.name}],
    });
    scene
        .cluster()
        .call(Method::POST, &format!("{RBAC}/clusterroles"), Some(&role(scene, &[])))?
        .success()?;
    scene.cluster().call(Method::POST, &format!("{RBAC}/clusterrolebindings"), Some(&binding))?.success()?;
    Ok(())
}

/// Lets it read all that the policies need except budgets, and further kinds beside these.
fn permit(scene: &Scene<'_>, further: &[&str]) -> Result<()> {
    let path = format!("{RBAC}/clusterroles/{}", scene.name);
    scene.cluster().call(Method::PUT, &path, Some(&role(scene, further)))?.success().map(drop)
}

fn role(scene: &Scene<'_>, further: &[&str]) -> Value {
    let of = |group: &str, resources: &[&str]| json!({"apiGroups": [group], "resources": resources, "verbs": ["list", "watch"]});
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": scene.name},
        "rules": [
            of("", &["namespaces", "replicationcontrollers"]),
            of("apps", &["deployments", "replicasets", "statefulsets"]),
            of("autoscaling", &["horizontalpodautoscalers"]),
            of("keda.sh", &["scaledobjects"]),
            of("policy", if further.is_empty() { &["none"] } else { further }),
        ],
    })
}
