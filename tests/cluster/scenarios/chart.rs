//! Seawall as the chart installs it: from the first minute to the last.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::json;

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::mutable_deployment;
use crate::support::release::{ADMIN, CONTAINER, Release, chart};
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};
use crate::support::writers::Writers;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("chart::from_the_first_minute_to_the_last", from_the_first_minute_to_the_last),
    ("chart::upgrade_under_load", upgrade_under_load),
    ("chart::wrong_configuration", wrong_configuration),
    ("chart::uninstall_under_load", uninstall_under_load),
];

/// Where the wrong configuration is wrong.
const MISTAKE: &str = "rules[0].from";

/// Everything as the documentation has it, in a cluster of its own: install, look, turn it on, turn it back, remove.
fn from_the_first_minute_to_the_last(shared: &ControlPlane) -> Result<()> {
    let cluster = shared.another()?;
    let scene = Scene::new(&cluster, "shop")?;
    let release = Release::new(&cluster, "seawall", "seawall")?;
    let helm = |arguments: &[&str]| release.helm.run(arguments)?.success();
    let chart = chart().to_string_lossy().into_owned();
    let bad = ["apply", "--filename", &example("bad/web.yaml")];

    let install = ["install", "seawall", &chart, "--namespace=seawall", "--create-namespace"];
    helm(&[&install[..], &["--set=image.repository=registry.example/nobody/has-this"]].concat())?;
    let restricted =
        ["label", "namespace", "seawall", "pod-security.kubernetes.io/enforce=restricted", "--overwrite"];
    cluster.kubectl(&restricted, "")?.success()?;
    let pods = "/api/v1/namespaces/seawall/pods";
    eventually(PATIENCE, || {
        let pods = cluster.call(Method::GET, pods, None)?.success()?.body.to_string();
        Ok((pods.matches("ErrImagePull").count() >= 2).then_some(()))
    })
    .context("the image was found")?;
    scene.accepts(&mutable_deployment("before"))?;
    ensure!(release.webhooks()?.is_empty(), "calls are intercepted, and nobody is there");

    release.run("upgrade", &json!({}))?;
    let before = release.wait_for_replicas(2)?;
    release.wait_until_called(&scene)?;
    let warned = cluster.kubectl(&bad, "")?.success()?.stderr;
    ensure!(warned.contains("Warning: [IMG01] "), "kubectl shows no warning: {warned}");
    helm(&["test", "seawall", "--namespace=seawall", "--timeout=60s"])?;

    let upgrade = ["upgrade", "seawall", &chart, "--namespace=seawall", "--reset-then-reuse-values"];
    helm(&[&upgrade[..], &["--set=maxMode=deny", "--wait"]].concat())?;
    let other = mutable_deployment("other");
    eventually(PATIENCE, || Ok((scene.dry_run(&other)?.status == 403).then_some(())))
        .context("nothing is refused")?;
    all_have_taken(&release, 1)?;
    cluster.kubectl(&["delete", "--filename", bad[2]], "")?.success()?;
    let refused = cluster.kubectl(&bad, "")?.failure()?;
    ensure!(refused.contains("denied the request") && refused.contains("[IMG01 "), "refused with: {refused}");

    release.rollback(2)?;
    all_have_taken(&release, 2)?;
    cluster.kubectl(&bad, "")?.success()?;
    let after = release.wait_for_replicas(2)?;
    ensure!(before.iter().zip(&after).all(|(one, other)| one.name == other.name), "Pods were replaced");

    release.uninstall()?;
    nothing_is_left(&release)
}

/// Pods are replaced, and become more and less, and every write is reviewed all the same.
fn upgrade_under_load(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "upgraded")?;
    let release = Release::install(&scene, &json!({}))?;
    let before = release.wait_for_replicas(2)?;
    let writers = Writers::start_warned(&scene)?;

    let changed = json!({"podAnnotations": {"example.com/change": "1"}, "replicaCount": 3});
    release.upgrade(&scene, &changed)?;
    let between = release.wait_for_replicas(3)?;
    ensure!(between.iter().all(|new| before.iter().all(|old| old.name != new.name)), "a Pod is still there");
    writers.go_on()?;
    release.upgrade(&scene, &json!({"podAnnotations": {"example.com/change": "2"}}))?;
    let after = release.wait_for_replicas(2)?;
    ensure!(after.iter().all(|new| between.iter().all(|old| old.name != new.name)), "a Pod is still there");
    writers.go_on()?;

    writers.finish()?;
    for replica in before.iter().chain(&between) {
        let log = replica.log(CONTAINER)?;
        ensure!(log.contains("\"stopped\""), "{} did not end in order:\n{log}", replica.name);
    }
    Ok(())
}

/// What only Seawall can tell to be wrong changes nothing, for those who run already.
fn wrong_configuration(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "mistaken")?;
    let good = json!({"maxMode": "deny"});
    let release = Release::install(&scene, &good)?;
    let bad = mutable_deployment("bad");
    let still_refused = || -> Result<()> {
        let answer = scene.dry_run(&bad)?;
        ensure!(answer.refused_by() == ["IMG01"], "answered {}: {}", answer.status, answer.message());
        Ok(())
    };
    still_refused()?;

    // No schema knows how long February is.
    let rule = json!({"name": "later", "policies": ["SEC"], "mode": "deny", "from": "2027-02-30"});
    release.upgrade(&scene, &json!({"maxMode": "deny", "config": {"rules": [rule]}}))?;
    release.wait_for_readiness(|detail| detail.contains(MISTAKE))?;
    let notes = release.wait_for_event("ConfigurationRefused", 0)?;
    ensure!(notes.iter().all(|note| note.contains(MISTAKE)), "events say: {notes:?}");
    still_refused()?;

    let old = release.wait_for_replicas(2)?;
    let pod = format!("/api/v1/namespaces/{}/pods/{}", release.namespace, old[0].name);
    cluster.call(Method::DELETE, &pod, None)?.success()?;
    let new = eventually(PATIENCE, || {
        let mut new = release.replicas();
        new.retain(|it| old.iter().all(|old| old.name != it.name));
        Ok(new.pop().filter(|it| it.log(CONTAINER).is_ok_and(|log| log.contains(MISTAKE))))
    })
    .context("a new Pod does not say why it does not start")?;
    for _ in 0..20 {
        still_refused()?;
    }
    ensure!(new.readiness(ADMIN).is_err(), "it is there with a configuration that is wrong");

    release.upgrade(&scene, &good)?;
    release.wait_for_replicas(2)?;
    release.wait_for_event("ConfigurationTaken", 0)?;
    release.wait_for_readiness(|detail| !detail.contains(MISTAKE))?;
    still_refused()
}

/// Nobody who writes notices that Seawall goes, and nothing of it stays.
fn uninstall_under_load(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "removed")?;
    // So that a webhook with nobody behind it would show.
    let closed =
        json!({"maxMode": "deny", "config": {"registration": {"failClosed": {"namespaces": [scene.name]}}}});
    let release = Release::install(&scene, &closed)?;
    let policies: Vec<_> = release.webhooks()?.into_iter().map(|it| it["failurePolicy"].clone()).collect();
    ensure!(policies.contains(&json!("Fail")), "nothing fails closed: {policies:?}");
    ensure!(!release.leftovers()?.is_empty(), "nothing of it would be found");
    let writers = Writers::start(&scene)?;
    writers.go_on()?;
    release.uninstall()?;
    writers.go_on()?;
    writers.finish()?;
    scene.accepts(&mutable_deployment("afterwards"))?;
    nothing_is_left(&release)
}

/// Waits until every replica has taken so many configurations since it was started.
fn all_have_taken(release: &Release<'_>, times: u32) -> Result<()> {
    for replica in release.replicas() {
        eventually(PATIENCE, || {
            let taken = replica.metric(ADMIN, "seawall_config_reloads_total", &[("result", "success")])?;
            Ok((taken >= f64::from(times)).then_some(()))
        })
        .with_context(|| format!("{} does not take the configuration", replica.name))?;
    }
    Ok(())
}

fn nothing_is_left(release: &Release<'_>) -> Result<()> {
    // What belongs to something that was deleted is collected a moment later.
    let mut left = Vec::new();
    eventually(PATIENCE, || {
        left = release.leftovers()?;
        Ok(left.is_empty().then_some(()))
    })
    .with_context(|| format!("there is still {left:?}"))
}

fn example(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(file).to_string_lossy().into_owned()
}
