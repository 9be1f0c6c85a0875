//! The registration that `seawall webhook-config` prints: what reaches Seawall, and what never does.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::api::Answer;
use crate::support::control_plane::{ControlPlane, EVERYTHING_ALLOWED};
use crate::support::manifests::{deployment, mutable_deployment, pod, with};
use crate::support::ports;
use crate::support::printed::{Applied, webhook_config};
use crate::support::registration::{NAMESPACE, server_name};
use crate::support::scene::{Scene, User, VALID_UNTIL};
use crate::support::seawall::{Addresses, Seawall};
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("webhook_config::of_everything_is_accepted", of_everything_is_accepted),
    ("webhook_config::sends_what_it_should", sends_what_it_should),
];

/// The label keeps other scenarios out of it. Where it fails closed, a condition that ends in an error is a refusal.
const CONFIGURATION: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {IMG01: deny, ADM01: deny, ADM05: deny}
rules:
  - {scope: {namespaces: [printed]}, policies: [NSP09], mode: deny}
registration:
  namespaceSelector: {matchLabels: {scenario: printed}}
  failClosed: {namespaces: [printed]}
";

const EVERYTHING: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
policies: {all: deny}
registration:
  timeoutSeconds: 30
  failClosed: {policies: [SEC, ADM], namespaceSelector: {matchExpressions: [{key: tier, operator: Exists}]}}
  excludeNamespaces: [sandbox]
  objectSelector: {matchExpressions: [{key: unjudged, operator: DoesNotExist}]}
";

const ALICE: User<'_> = User { name: "alice", groups: &["developers"] };
const REPLICA_SETS: &str = "system:serviceaccount:kube-system:replicaset-controller";

/// The API server compiles every condition and checks every rule and selector.
fn of_everything_is_accepted(cluster: &ControlPlane) -> Result<()> {
    let dir = cluster.dir().join("printed-everything");
    fs::create_dir_all(&dir)?;
    let path = dir.join("seawall.yaml");
    for (configuration, flags) in
        [(EVERYTHING, &[][..]), (EVERYTHING, &["--url", "https://wall:8443"]), ("", &["--max-mode", "warn"])]
    {
        let mut arguments: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        if !configuration.is_empty() {
            fs::write(&path, configuration)?;
            arguments.extend(["--config".to_owned(), path.to_string_lossy().into_owned()]);
        }
        let text = webhook_config(&arguments)?;
        let strict = ["create", "--validate=strict", "--dry-run=server", "-o", "json", "-f", "-"];
        let taken = cluster.kubectl(&strict, &text)?.success()?;
        // What is printed says it all: the API server has no defaults to add.
        arguments.extend(["--output".to_owned(), "json".to_owned()]);
        let printed: Value = serde_json::from_str(&webhook_config(&arguments)?)?;
        let mut taken: Value = serde_json::from_str(&taken.stdout)?;
        for webhook in taken["webhooks"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut)
        {
            webhook.retain(|key, value| key != "objectSelector" || *value != json!({}));
        }
        ensure!(taken["webhooks"] == printed["webhooks"], "{printed} became {taken}");
    }
    Ok(())
}

fn sends_what_it_should(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "printed")?;
    scene.add_namespace("printed-open", &json!({}))?;
    let address = ports::service_address()?;
    let identity = scene.authority.issue(&server_name("printed"), VALID_UNTIL)?;
    let addresses = Addresses { webhook: address, admin: ports::loopback()? };
    let dir = scene.dir("one")?;
    let mut seawall = Seawall::start(&dir, addresses, CONFIGURATION, &identity, &[])?;
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "printed"},
        "spec": {"clusterIP": address.ip(), "ports": [{"port": address.port()}]},
    });
    let services = format!("/api/v1/namespaces/{NAMESPACE}/services");
    cluster.call(Method::POST, &services, Some(&service))?.success()?;
    // What the scenario needs, written while nobody looks.
    scene.create(&pod("web"))?.success()?;
    scene.create(&deployment("scaled"))?.success()?;
    let protected =
        with(service_account("protected"), "/metadata/labels", json!({"seawall.dev/protected": "true"}));
    scene.create(&protected)?.success()?;
    scene.create(&service_account("free"))?.success()?;

    fs::write(dir.join("seawall.yaml"), CONFIGURATION)?;
    fs::write(dir.join("ca.crt"), &scene.authority.certificate)?;
    let file = |name: &str| dir.join(name).to_string_lossy().into_owned();
    let service = format!("{NAMESPACE}/printed:{}", address.port());
    let (configuration, authorities) = (file("seawall.yaml"), file("ca.crt"));
    let flags =
        ["--name", "printed", "--service", &service, "--config", &configuration, "--ca-bundle", &authorities];
    let _applied = Applied::new(cluster, "printed", &webhook_config(flags)?)?;
    let bad = mutable_deployment("bad");
    eventually(PATIENCE, || Ok((scene.dry_run(&bad)?.refused_by() == ["IMG01"]).then_some(())))
        .context("the API server does not call the webhook")?;

    people_are_reviewed(&scene)?;
    nodes_and_control_plane_are_not(&scene)?;
    what_controllers_make_is_not(&scene, &seawall)?;

    seawall.terminate()?;
    seawall.wait()?;
    let unanswered = scene.dry_run(&deployment("good"))?;
    ensure!(unanswered.status == 500, "closed: {}: {}", unanswered.status, unanswered.message());
    let open = "/apis/apps/v1/namespaces/printed-open/deployments?dryRun=All";
    cluster.call(Method::POST, open, Some(&bad))?.success().context("the other namespace is closed too")?;
    // The cluster can still heal itself.
    nodes_and_control_plane_are_not(&scene)
}

/// Every way in which something can arrive: writes, subresources, connections, deletions.
fn people_are_reviewed(scene: &Scene<'_>) -> Result<()> {
    let refused = scene.kubectl_as(ALICE, &["create", "-f", "-"], &mutable_deployment("bad").to_string())?;
    let refused = refused.failure()?;
    ensure!(refused.contains("closed.validate.seawall.dev") && refused.contains("IMG01"), "{refused}");
    let open = "/apis/apps/v1/namespaces/printed-open/deployments?dryRun=All";
    let refused = scene.cluster().call(Method::POST, open, Some(&mutable_deployment("bad")))?;
    ensure!(refused.message().contains("\"rest.validate.seawall.dev\""), "open: {}", refused.message());

    for (command, policy) in [
        (&["exec", "web", "--", "id"][..], "ADM01"),
        (&["scale", "deployment", "scaled", "--replicas=1"], "ADM05"),
        (&["delete", "serviceaccount", "protected"], "NSP09"),
    ] {
        let refused = scene.kubectl_as(ALICE, command, "")?.failure()?;
        ensure!(refused.contains(policy) && refused.contains("denied the request"), "{command:?}: {refused}");
    }
    scene.kubectl_as(ALICE, &["delete", "serviceaccount", "free"], "")?.success()?;
    let change = json!({"spec": {"ephemeralContainers": [{"name": "debugger", "image": "tools:latest"}]}});
    let headers = [("Content-Type", "application/strategic-merge-patch+json")];
    let path = format!("{}/ephemeralcontainers", scene.path(&pod("web")));
    let debugged = scene.cluster().call_with(Method::PATCH, &path, Some(&change), &headers)?;
    ensure!(debugged.refused_by() == ["IMG01"], "ephemeral container: {}", debugged.message());
    Ok(())
}

fn nodes_and_control_plane_are_not(scene: &Scene<'_>) -> Result<()> {
    for user in [
        User { name: "system:apiserver", groups: &["system:masters"] },
        User { name: "system:node:worker-1", groups: &["system:nodes"] },
        User { name: "system:kube-scheduler", groups: &[] },
    ] {
        let answer = dry_run_as(scene, user, &mutable_deployment("bad"))?;
        ensure!(answer.is_success(), "{} is asked about: {}", user.name, answer.message());
    }
    Ok(())
}

/// Only what one of Kubernetes' own controllers makes, and only for an owner that was reviewed.
fn what_controllers_make_is_not(scene: &Scene<'_>, seawall: &Seawall) -> Result<()> {
    let reviews = || seawall.metric("seawall_reviews_total", &[("kind", "Pod")]);
    let owned = |api_version: &str, kind: &str, controller: bool| {
        let owner = json!([{
            "apiVersion": api_version, "kind": kind, "name": "it", "controller": controller,
            "uid": "00000000-0000-4000-8000-000000000000",
        }]);
        with(
            with(pod("made"), "/metadata/ownerReferences", owner),
            "/spec/containers/0/image",
            json!("app:latest"),
        )
    };
    let orphan = with(pod("made"), "/spec/containers/0/image", json!("app:latest"));
    let controller = User { name: REPLICA_SETS, groups: &[] };
    for (who, made, is_reviewed) in [
        (controller, owned("apps/v1", "ReplicaSet", true), false),
        (controller, owned("v1", "ReplicationController", true), false),
        (controller, owned("batch/v1", "Job", true), false),
        (controller, owned("apps/v1", "ReplicaSet", false), true),
        (controller, owned("v1", "ReplicaSet", true), true),
        (controller, owned("harbour.example/v1", "Boat", true), true),
        (controller, orphan, true),
        (ALICE, owned("apps/v1", "ReplicaSet", true), true),
    ] {
        let before = reviews()?;
        let answer = dry_run_as(scene, who, &made)?;
        let references = &made["metadata"]["ownerReferences"];
        let was_reviewed = reviews()? > before;
        ensure!(was_reviewed == is_reviewed, "{} for {references}: {}", who.name, answer.message());
        ensure!(answer.is_success() != is_reviewed, "{} for {references}: {}", who.name, answer.message());
    }
    Ok(())
}

fn dry_run_as(scene: &Scene<'_>, user: User<'_>, object: &Value) -> Result<Answer> {
    let groups = user.groups.iter().copied().chain([EVERYTHING_ALLOWED]);
    let mut headers = vec![("Impersonate-User", user.name)];
    headers.extend(groups.map(|group| ("Impersonate-Group", group)));
    let path = format!("{}?dryRun=All", scene.collection(object));
    scene.cluster().call_with(Method::POST, &path, Some(object), &headers)
}

fn service_account(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "labels": {}}})
}
