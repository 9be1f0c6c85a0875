//! The API server that Seawall watches goes away, and comes back without a memory of what happened meanwhile.

use anyhow::{Context as _, Result, ensure};

use super::{POLICIES, connected, is_current, wait_until_current, wait_until_let_in, wait_until_refused};
use crate::support::api_server::ApiServer;
use crate::support::control_plane::{ControlPlane, EVERYTHING_ALLOWED};
use crate::support::scene::{Guarded, Scene};
use crate::support::wait::{PATIENCE, eventually};

const BUDGET: &str = "PodDisruptionBudget";

/// Reviews are answered with what was known, which is said, and changes are followed again afterwards.
pub(super) fn the_api_server_is_away(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "facts-away")?;
    let mut api_server = ApiServer::beside(cluster, &scene.name)?;
    let guarded = guard(&scene, &api_server)?;
    let [workload, budget, autoscaler] = connected();
    scene.create(&workload)?.success()?;
    scene.create(&budget)?.success()?;
    wait_until_refused(&scene, &autoscaler)?;

    api_server.kill()?;
    wait_until_stale(&guarded)?;
    let refused = scene.dry_run(&autoscaler)?.refused_by();
    ensure!(refused == ["AVL06"], "what was known is forgotten: {refused:?}");
    let missed = guarded.seawall.metric("seawall_not_evaluated_total", &[])?;
    ensure!(missed < 0.5, "{missed} times something was not known");
    api_server.restart()?;
    // Also of kinds to which nothing happens.
    wait_until_current(&guarded.seawall)?;
    ensure!(is_current(&guarded.seawall, BUDGET)?, "the metric does not know that it is over");
    let log = guarded.seawall.log()?;
    ensure!(log.contains("followed again"), "nothing is logged when it is over");
    scene.delete(&budget)?.success()?;
    wait_until_let_in(&scene, &autoscaler)
}

/// What went while nobody watched is noticed, though no change says so any longer.
pub(super) fn what_expired_is_listed_again(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "facts-expired")?;
    let mut api_server = ApiServer::beside(cluster, &scene.name)?;
    let guarded = guard(&scene, &api_server)?;
    let [workload, budget, autoscaler] = connected();
    scene.create(&workload)?.success()?;
    scene.create(&budget)?.success()?;
    wait_until_refused(&scene, &autoscaler)?;
    let before = lists_of_budgets(&api_server, &scene)?;

    api_server.kill()?;
    wait_until_stale(&guarded)?;
    scene.delete(&budget)?.success()?;
    // Its memory begins with its start: what is older, it cannot tell.
    api_server.restart()?;
    wait_until_let_in(&scene, &autoscaler)?;
    wait_until_current(&guarded.seawall)?;
    let lists = lists_of_budgets(&api_server, &scene)?;
    ensure!(lists > before, "nothing was listed again");
    let log = guarded.seawall.log()?;
    ensure!(!log.contains("too old"), "that a watch expires is no trouble, and is logged");
    Ok(())
}

fn guard<'s>(scene: &'s Scene<'s>, api_server: &ApiServer<'_>) -> Result<Guarded<'s>> {
    let kubeconfig = api_server.kubeconfig(&scene.name, &[EVERYTHING_ALLOWED])?;
    scene.guard_with(POLICIES, &["--kubeconfig", &kubeconfig])
}

/// How often all budgets were sent, be it as a list or at the beginning of a watch.
fn lists_of_budgets(api_server: &ApiServer<'_>, scene: &Scene<'_>) -> Result<usize> {
    let calls = api_server.audited(&scene.name)?.into_iter();
    let calls = calls.filter(|it| it.resource == "poddisruptionbudgets" && it.code == 200);
    Ok(calls.filter(|it| it.verb == "list" || it.uri.contains("sendInitialEvents")).count())
}

fn wait_until_stale(guarded: &Guarded<'_>) -> Result<()> {
    eventually(PATIENCE, || {
        let (status, detail) = guarded.seawall.readiness()?;
        ensure!(status == 200, "not ready: {detail}");
        let is_said = [BUDGET, "Namespace"].iter().all(|it| detail.contains(&format!("{it} may be stale")));
        Ok((is_said && !is_current(&guarded.seawall, BUDGET)?).then_some(()))
    })
    .context("nothing is said of an API server that is away")
}
