//! What people and accidents do to an installation, and how it comes through.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::api_server::ApiServer;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{deployment, mutable_deployment, with};
use crate::support::registration::SCENARIO;
use crate::support::release::{ADMIN, CONTAINER, Release, of_scene};
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("resilience::api_server_restarted", api_server_restarted),
    ("resilience::all_replicas_killed", all_replicas_killed),
    ("resilience::repairs_and_break_glass", repairs_and_break_glass),
];

const OPEN: &str = "validate.seawall.dev";
const CLOSED: &str = "closed.validate.seawall.dev";

/// Repairs take a second or two; machines that run tests may be slow.
const SECONDS: Duration = Duration::from_secs(20);

/// Everything that refuses something fails closed, wherever this installation is asked at all.
fn closed() -> Value {
    json!({"maxMode": "deny", "config": {"policies": {"AVL06": "warn"}, "registration": {"failClosed": {}}}})
}

/// What is ours is repaired, what others add stays, and what is deleted stays away until somebody wants it back.
fn repairs_and_break_glass(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "tampered")?;
    let release = Release::install(&scene, &closed())?;
    let replicas = release.wait_for_replicas(2)?;
    let foreign = json!({"key": "example.com/unmanaged", "operator": "DoesNotExist"});
    let add = "/namespaceSelector/matchExpressions/-";
    tamper(&release, CLOSED, add, "add", &foreign)?;
    let expected = sorted(release.webhooks()?);
    ensure!(expected.len() == 2, "there are {} webhooks", expected.len());

    for (webhook, place) in [(CLOSED, "/clientConfig/caBundle"), (CLOSED, "/rules/0"), (OPEN, "")] {
        tamper(&release, webhook, place, "remove", &Value::Null)?;
        eventually(SECONDS, || Ok((sorted(release.webhooks()?) == expected).then_some(())))
            .with_context(|| format!("{webhook}{place} is not repaired"))?;
    }
    let notes = release.wait_for_event("RegistrationRepaired", 2)?;
    for (webhook, what) in [(CLOSED, "caBundle"), (CLOSED, "rules"), (OPEN, "missing")] {
        let note = format!("{webhook}: {what}");
        ensure!(notes.iter().any(|it| it.contains(&note)), "no event says {note}: {notes:?}");
    }
    ensure!(notes.len() == 3, "repaired without need: {notes:?}");

    // Nobody answers any more, and nobody could help.
    for replica in &replicas {
        replica.signal("STOP")?;
    }
    let good = deployment("good");
    wait_until_refused(&scene, &good)?;
    cluster.kubectl(&["delete", "validatingwebhookconfiguration", &release.name], "")?.success()?;
    eventually(PATIENCE, || Ok(scene.dry_run(&good)?.is_success().then_some(())))
        .context("the break glass does not help")?;
    for replica in &replicas {
        replica.signal("CONT")?;
    }
    release.wait_for_readiness(|detail| detail.contains("nothing is reviewed"))?;
    release.wait_for_event("RegistrationTrouble", 0)?;
    wait_for_a_leader(&release)?;
    ensure!(release.registration()?.is_none(), "what was deleted is there again");

    release.upgrade(&scene, &closed())?;
    let bad = mutable_deployment("bad");
    eventually(PATIENCE, || Ok((scene.dry_run(&bad)?.refused_by() == ["IMG01"]).then_some(())))
        .context("an upgrade does not bring it back")?;
    let after = release.wait_for_replicas(2)?;
    ensure!(after.iter().zip(&replicas).all(|(one, other)| one.name == other.name), "Pods were replaced");
    for replica in &replicas {
        let starts = replica.log(CONTAINER)?.matches("\"serving\"").count();
        ensure!(starts == 1, "{} was started {starts} times", replica.name);
    }
    Ok(())
}

/// Nobody is there to ask, and the cluster brings Seawall back all the same.
fn all_replicas_killed(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "locked")?;
    let release = Release::install(&scene, &closed())?;
    // Were it for the selector alone, these would be asked about too.
    let own = release.namespace.clone();
    for namespace in [own.as_str(), "kube-system", "kube-node-lease"] {
        let label = json!({"metadata": {"labels": {SCENARIO: scene.name}}});
        merge(cluster, &format!("/api/v1/namespaces/{namespace}"), &label)?;
    }
    let web = with(deployment("web"), "/spec/replicas", json!(1));
    scene.accepts(&web)?;
    let pods = |namespace: &str| names(cluster, &format!("/api/v1/namespaces/{namespace}/pods"));
    let of_web = eventually(PATIENCE, || Ok(pods(&scene.name)?.pop())).context("no Pod is made")?;

    release.node.hold(true);
    let dead = pods(&own)?;
    for replica in release.wait_for_replicas(2)? {
        replica.signal("KILL")?;
    }
    let good = deployment("good");
    wait_until_refused(&scene, &good)?;

    // Where the cluster lives, nothing waits for Seawall.
    for namespace in [own.as_str(), "kube-system"] {
        let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments?dryRun=All");
        let bad = mutable_deployment("bad");
        cluster.call(Method::POST, &path, Some(&bad))?.success().with_context(|| namespace.to_owned())?;
    }
    let node = format!("/api/v1/nodes/{}", scene.name);
    merge(cluster, &node, &json!({"metadata": {"labels": {"example.com/healed": "yes"}}}))?;
    let heartbeat = format!("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{}", scene.name);
    let heartbeat = || anyhow::Ok(cluster.call(Method::GET, &heartbeat, None)?.success()?.body);
    let beat = heartbeat()?["spec"]["renewTime"].clone();
    ensure!(beat.is_string(), "the node has no heartbeat");
    eventually(PATIENCE, || Ok((heartbeat()?["spec"]["renewTime"] != beat).then_some(())))
        .context("the node cannot say that it is there")?;

    // Controllers make Pods, in the scope and in our own namespace.
    cluster
        .kubectl(&["--namespace", &scene.name, "delete", "pod", &of_web, "--wait=false"], "")?
        .success()?;
    cluster.kubectl(&["--namespace", &own, "delete", "pods", "--all", "--wait=false"], "")?.success()?;
    eventually(PATIENCE, || {
        let (web, ours) = (pods(&scene.name)?, pods(&own)?);
        let are_new = web.iter().all(|it| *it != of_web) && ours.iter().all(|it| !dead.contains(it));
        Ok((are_new && web.len() == 1 && ours.len() == 2).then_some(()))
    })
    .context("controllers make no Pods")?;
    wait_until_refused(&scene, &good)?;

    release.node.hold(false);
    release.wait_for_replicas(2)?;
    eventually(PATIENCE, || Ok(scene.dry_run(&good)?.is_success().then_some(())))
        .context("it does not come back")?;
    let refused = scene.dry_run(&mutable_deployment("bad"))?.refused_by();
    ensure!(refused == ["IMG01"], "refused by {refused:?}");
    Ok(())
}

/// The API server that the replicas talk to goes away, for longer than a leader may wait.
fn api_server_restarted(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "cut-off")?;
    let mut api_server = ApiServer::beside(cluster, &scene.name)?;
    let release = Release::new(cluster, &scene.name, &format!("{}-system", scene.name))?;
    release.node.use_api_server(api_server.address);
    let values = of_scene(&scene, &closed());
    release.run("install", &values)?;
    let replicas = release.wait_for_replicas(2)?;
    release.wait_until_called(&scene)?;
    let bad = mutable_deployment("bad");
    let is_judged = || -> Result<()> {
        let refused = scene.dry_run(&bad)?.refused_by();
        ensure!(refused == ["IMG01"], "refused by {refused:?}");
        Ok(())
    };

    api_server.kill()?;
    eventually(PATIENCE, || {
        is_judged()?;
        Ok((release.metric("seawall_leader", &[])? < 0.5).then_some(()))
    })
    .context("somebody leads who cannot write")?;
    release.wait_for_readiness(|detail| detail.contains("may be stale"))?;
    api_server.restart()?;
    wait_for_a_leader(&release)?;
    is_judged()?;
    let before = sorted(release.webhooks()?);
    tamper(&release, CLOSED, "/clientConfig/caBundle", "remove", &Value::Null)?;
    eventually(PATIENCE, || Ok((sorted(release.webhooks()?) == before).then_some(())))
        .context("nothing is repaired any more")?;
    // Namespaces are followed again, and nothing is left to say.
    scene.add_namespace("cut-off-afterwards", &json!({}))?;
    release.wait_for_readiness(|detail| !detail.contains("stale") && !detail.contains("cannot"))?;
    is_judged()?;
    for replica in &replicas {
        let starts = replica.log(CONTAINER)?.matches("\"serving\"").count();
        ensure!(starts == 1, "{} was started {starts} times", replica.name);
    }
    Ok(())
}

/// Waits until exactly one replica says that it leads.
fn wait_for_a_leader(release: &Release<'_>) -> Result<()> {
    eventually(PATIENCE, || {
        let leads = release
            .replicas()
            .iter()
            .map(|it| it.metric(ADMIN, "seawall_leader", &[]))
            .sum::<Result<f64>>()?;
        ensure!(leads < 1.5, "there are {leads} leaders");
        Ok((leads > 0.5).then_some(()))
    })
    .context("nobody leads")
}

/// Waits until writes are refused because nobody answers.
fn wait_until_refused(scene: &Scene<'_>, object: &Value) -> Result<()> {
    eventually(PATIENCE, || {
        let answer = scene.dry_run(object)?;
        let why = format!("failed calling webhook \"{CLOSED}\"");
        if !answer.is_success() && !answer.message().contains(&why) {
            bail!("refused for another reason: {}", answer.message());
        }
        Ok((!answer.is_success()).then_some(()))
    })
    .context("nothing is refused, though nobody answers")
}

/// Changes one place of a webhook.
fn tamper(release: &Release<'_>, webhook: &str, place: &str, operation: &str, value: &Value) -> Result<()> {
    let webhooks = release.webhooks()?;
    let index = webhooks.iter().position(|it| it["name"] == webhook).context("there is no such webhook")?;
    release.tamper(&json!([{"op": operation, "path": format!("/webhooks/{index}{place}"), "value": value}]))
}

fn sorted(mut webhooks: Vec<Value>) -> Vec<Value> {
    webhooks.sort_by_key(|it| it["name"].to_string());
    webhooks
}

fn merge(cluster: &ControlPlane, path: &str, change: &Value) -> Result<()> {
    let headers = [("Content-Type", "application/merge-patch+json")];
    cluster.call_with(Method::PATCH, path, Some(change), &headers)?.success().map(drop)
}

fn names(cluster: &ControlPlane, path: &str) -> Result<Vec<String>> {
    let objects = cluster.call(Method::GET, path, None)?.success()?.body;
    let objects = objects["items"].as_array().into_iter().flatten();
    Ok(objects.filter_map(|it| it["metadata"]["name"].as_str()).map(ToOwned::to_owned).collect())
}
