//! Seawall in Pods, on a node that takes them as the API server has them.

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::json;

use crate::Scenario;
use crate::support::configurations::{REFUSES, WARNS};
use crate::support::control_plane::ControlPlane;
use crate::support::installation::{ADMIN, Installation, NAME, PORT};
use crate::support::kubelet::Node;
use crate::support::kubelet::image::Image;
use crate::support::manifests::{mutable_deployment, pod, with};
use crate::support::registration::Registration;
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};
use crate::support::writers::Writers;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("node::rolling_restart", rolling_restart),
    ("node::crash_and_hang", crash_and_hang),
    ("node::pod_that_ends", pod_that_ends),
];

/// A configuration is edited and all Pods are replaced while people write, and then Seawall is removed.
fn rolling_restart(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "pods")?;
    let node = Node::start(cluster, "pods", &["pods-system"])?;
    let installation = Installation::create(cluster, "pods-system", &scene.authority, REFUSES)?;
    installation.wait_until_available()?;
    let before = node.wait_for_ready("pods-system", 2)?;
    let registration =
        Registration::of_service(cluster, "pods", ("pods-system", NAME, PORT), &scene.authority.certificate)?;
    let bad = mutable_deployment("bad");
    eventually(PATIENCE, || Ok((scene.dry_run(&bad)?.refused_by() == ["IMG01"]).then_some(())))
        .context("not refused at first")?;

    let writers = Writers::start(&scene)?;
    installation.configure(WARNS)?;
    // Each review may go to another replica: the new configuration has to have reached both.
    for replica in &before {
        eventually(PATIENCE, || {
            let taken = [("result", "success")];
            Ok((replica.metric(ADMIN, "seawall_config_reloads_total", &taken)? > 0.0).then_some(()))
        })
        .with_context(|| format!("{} does not take the new configuration", replica.name))?;
    }
    let answer = scene.dry_run(&bad)?.success()?;
    ensure!(!answer.warnings.is_empty(), "accepted without a warning");
    writers.go_on()?;

    installation.restart()?;
    let after = node.wait_for_ready("pods-system", 2)?;
    ensure!(after.iter().all(|new| before.iter().all(|old| old.name != new.name)), "a Pod is still there");
    writers.go_on()?;
    let reviews: Vec<f64> = after
        .iter()
        .map(|replica| replica.metric(ADMIN, "seawall_reviews_total", &[]))
        .collect::<Result<_>>()?;
    ensure!(reviews.iter().all(|&count| count > 0.0), "a replica has nothing to do: {reviews:?}");
    writers.finish()?;

    drop(registration);
    installation.delete(PATIENCE)?;
    for replica in before.iter().chain(&after) {
        let log = replica.log(NAME)?;
        ensure!(log.contains("\"stopped\""), "{} did not end in order:\n{log}", replica.name);
    }
    let calls = cluster.audited_account("pods-system", NAME)?;
    ensure!(!calls.is_empty(), "nobody called the API with the token of the Pods");
    for call in calls {
        ensure!(call.resource == "namespaces" && call.code == 200, "an odd call: {call:?}");
    }
    Ok(())
}

/// A container that is killed comes back, and one that no longer answers is killed.
fn crash_and_hang(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "crash")?;
    let node = Node::start(cluster, "crash", &["crash-system"])?;
    let installation = Installation::create(cluster, "crash-system", &scene.authority, REFUSES)?;
    let replicas = node.wait_for_ready("crash-system", 2)?;
    for replica in &replicas {
        let (status, detail) = replica.readiness(ADMIN)?;
        ensure!(status == 200, "{} is ready and says: {detail}", replica.name);
    }
    for (signal, replica) in ["KILL", "STOP"].into_iter().zip(&replicas) {
        replica.signal(signal)?;
        let path = format!("/api/v1/namespaces/crash-system/pods/{}", replica.name);
        eventually(PATIENCE, || {
            let pod = cluster.call(Method::GET, &path, None)?.success()?.body;
            let status = &pod["status"]["containerStatuses"][0];
            let is_back = status["restartCount"] == 1 && status["ready"] == true;
            Ok((is_back && status["lastState"]["terminated"]["exitCode"] == 137).then_some(()))
        })
        .with_context(|| format!("{} does not come back after {signal}", replica.name))?;
    }
    installation.wait_until_available()?;
    installation.delete(PATIENCE)
}

/// A Pod that is there to do something once does it, and finds a Service by its name.
fn pod_that_ends(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "once")?;
    let getent = |_: &str| Some(Image { program: "/usr/bin/getent".into(), user: 65532 });
    let node = Node::start_with(cluster, "once", &["once"], getent)?;
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "it"}, "spec": {"ports": [{"port": 80}]},
    });
    let address = scene.create(&service)?.success()?.body["spec"]["clusterIP"].clone();
    for (host, phase) in [("it.once.svc", "Succeeded"), ("nobody.once.svc", "Failed")] {
        let name = phase.to_lowercase();
        let pod = with(pod(&name), "/spec/containers/0/args", json!(["hosts", host]));
        let pod = with(pod, "/spec/restartPolicy", json!("Never"));
        scene.create(&pod)?.success()?;
        eventually(PATIENCE, || {
            Ok((scene.read(&pod)?.success()?.body["status"]["phase"] == phase).then_some(()))
        })
        .with_context(|| format!("a Pod that asks for {host} does not become {phase}"))?;
    }
    let replicas = node.replicas("once");
    let replica = replicas.iter().find(|replica| replica.name == "succeeded").context("the Pod is gone")?;
    let (log, address) = (replica.log("app")?, address.as_str().context("no address")?);
    ensure!(log.contains(address), "the Service is {address}, the Pod found {log}");
    Ok(())
}
