//! Nothing can be read or written, and reviews go on.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::{POLICIES, connected, wait_until_current, wait_until_let_in, wait_until_refused};
use crate::support::control_plane::ControlPlane;
use crate::support::scene::Scene;

/// How long etcd stands still.
const STILL: Duration = Duration::from_secs(5);

/// What is known decides while etcd stands still, and what happens afterwards is seen as ever.
pub(super) fn etcd_stands_still(cluster: &ControlPlane) -> Result<()> {
    // Nobody else is to suffer from it.
    let cluster = cluster.another()?;
    let scene = Scene::new(&cluster, "facts-stalled")?;
    let kubeconfig = cluster.kubeconfig("admin");
    let mut guarded = scene.guard_with(POLICIES, &["--kubeconfig", &kubeconfig.to_string_lossy()])?;
    let [workload, budget, autoscaler] = connected();
    scene.create(&workload)?.success()?;
    scene.create(&budget)?.success()?;
    wait_until_refused(&scene, &autoscaler)?;

    cluster.signal_etcd("STOP")?;
    // A further kind is asked for, of which the API server cannot say anything now.
    guarded.seawall.configure(&POLICIES.replace("AVL06", "STO11: deny, AVL06"))?;
    for _ in 0..10 {
        // Who is refused never gets as far as etcd.
        let refused = scene.dry_run(&autoscaler)?.refused_by();
        ensure!(refused == ["AVL06"], "refused by {refused:?}");
        let (status, detail) = guarded.seawall.readiness()?;
        ensure!(status == 200, "not ready: {detail}");
        thread::sleep(STILL / 10);
    }
    cluster.signal_etcd("CONT")?;

    wait_until_current(&guarded.seawall)?;
    let claims = guarded.seawall.metric("seawall_facts_current", &[("kind", "PersistentVolumeClaim")])?;
    ensure!(claims > 0.5, "the further kind is not known");
    scene.delete(&budget)?.success().context("etcd does not come back")?;
    wait_until_let_in(&scene, &autoscaler)?;
    scene.create(&autoscaler)?.success()?;
    wait_until_refused(&scene, &budget)?;
    let faults = guarded.seawall.metric("seawall_cannot_judge_total", &[])?;
    ensure!(faults < 0.5, "{faults} reviews could not be judged");
    Ok(())
}
