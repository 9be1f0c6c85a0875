//! Requests that are more than a write of an object: subresources, connections, deletions.

use anyhow::{Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{deployment, pod, with};
use crate::support::registration::SCENARIO;
use crate::support::scene::{Scene, User};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("requests::scale", scale),
    ("requests::exec", exec),
    ("requests::ephemeral_container", ephemeral_container),
    ("requests::removal_of_a_pod", removal_of_a_pod),
    ("requests::delete", delete),
    ("requests::edit_of_what_gitops_owns", edit_of_what_gitops_owns),
];

const ALICE: User<'_> = User { name: "alice", groups: &["developers"] };

/// A person's `kubectl scale` is judged; a controller's is not.
fn scale(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "scale")?;
    let guarded = scene.guard(
        "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {ADM05: warn}
rules:
  - {scope: {names: [strict]}, policies: [ADM05], mode: deny}
",
    )?;
    guarded.create(&deployment("lenient"))?.success()?;
    guarded.create(&deployment("strict"))?.success()?;

    let lenient =
        guarded.kubectl_as(ALICE, &["scale", "deployment", "lenient", "--replicas=1"], "")?.success()?;
    ensure!(lenient.stderr.contains("Warning: [ADM05] "), "no warning: {}", lenient.stderr);
    let strict =
        guarded.kubectl_as(ALICE, &["scale", "deployment", "strict", "--replicas=1"], "")?.failure()?;
    ensure!(strict.contains("[ADM05 manual-scale] "), "refused otherwise: {strict}");
    ensure!(guarded.read(&deployment("strict"))?.body["spec"]["replicas"] == 0, "scaled all the same");

    let autoscaler = User {
        name: "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
        groups: &["system:serviceaccounts", "system:serviceaccounts:kube-system"],
    };
    guarded.kubectl_as(autoscaler, &["scale", "deployment", "strict", "--replicas=1"], "")?.success()?;
    Ok(())
}

/// Admission comes before the connection, so no kubelet is needed for a refusal.
fn exec(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "exec")?;
    let guarded = scene.guard(
        "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
rules:
  - {scope: {groups: [developers]}, policies: [ADM01], mode: deny}
",
    )?;
    guarded.create(&pod("web"))?.success()?;
    let command = ["exec", "web", "--", "id"];

    let refused = guarded.kubectl_as(ALICE, &command, "")?.failure()?;
    ensure!(
        refused.contains("ADM01") && refused.contains("denied the request"),
        "refused otherwise: {refused}"
    );

    // Somebody else only fails because the Pod runs nowhere.
    let failed = guarded.kubectl(&command, "")?.failure()?;
    ensure!(
        !failed.contains("ADM01") && failed.contains("does not have a host"),
        "failed otherwise: {failed}"
    );
    Ok(())
}

fn ephemeral_container(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "ephemeral")?;
    let guarded = scene.guard(
        "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {IMG01: deny, SEC01: deny}
",
    )?;
    let web = pod("web");
    guarded.create(&web)?.success()?;
    let debug = |image: &str, privileged: bool| {
        let container = json!({
            "name": "debugger", "image": image, "securityContext": {"privileged": privileged},
        });
        let change = json!({"spec": {"ephemeralContainers": [container]}});
        let headers = [("Content-Type", "application/strategic-merge-patch+json")];
        let path = format!("{}/ephemeralcontainers", guarded.path(&web));
        cluster.call_with(Method::PATCH, &path, Some(&change), &headers)
    };

    let answer = debug("registry.example/tools:latest", true)?;
    let fields: Vec<(String, String)> =
        answer.causes().into_iter().map(|cause| (cause.reason, cause.field)).collect();
    let expected = [
        ("IMG01", "spec.ephemeralContainers[0].image"),
        ("SEC01", "spec.ephemeralContainers[0].securityContext.privileged"),
    ];
    let expected: Vec<_> = expected.map(|(code, path)| (code.to_owned(), path.to_owned())).into();
    ensure!(fields == expected, "answered {}: {}", answer.status, answer.message());

    debug("registry.example/tools:1.2.3", false)?.success()?;
    Ok(())
}

/// Drains go by evictions and by deletions of Pods: neither is ever refused, under no configuration.
fn removal_of_a_pod(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "removal")?;
    let marked = |name: &str| with(pod(name), "/metadata/labels", json!({"seawall.dev/protected": "true"}));
    let (drained, deleted) = (marked("drained"), marked("deleted"));
    scene.accepts(&drained)?;
    scene.accepts(&deleted)?;
    let guarded = scene.guard("{apiVersion: seawall.dev/v1, kind: Configuration, policies: {all: deny}}")?;

    let eviction = json!({
        "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "drained", "namespace": scene.name},
    });
    let path = format!("{}/eviction", guarded.path(&drained));
    cluster.call(Method::POST, &path, Some(&eviction))?.success()?;
    guarded.delete(&deleted)?.success()?;

    // Both went through a review, not past it.
    for (name, operation, kind) in [("drained", "CREATE", "Eviction"), ("deleted", "DELETE", "Pod")] {
        let lines = guarded.seawall.decisions(name)?;
        let reviewed = |line: &Value| line["request.operation"] == operation && line["object.kind"] == kind;
        ensure!(lines.iter().any(reviewed), "no review of {operation} {kind} in {lines:?}");
    }
    Ok(())
}

/// What is protected cannot be deleted by mistake.
fn delete(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "delete")?;
    let guarded = scene.guard(
        "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {NSP09: deny}
",
    )?;
    let claim = |name: &str, labels: Value| {
        json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "labels": labels},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        })
    };
    let data = claim("data", json!({"seawall.dev/protected": "true"}));
    guarded.create(&data)?.success()?;

    let answer = guarded.delete(&data)?;
    ensure!(answer.refused_by() == ["NSP09"], "answered {}: {}", answer.status, answer.message());
    ensure!(guarded.read(&data)?.is_success(), "deleted all the same");

    guarded.add_namespace("delete-protected", &json!({"seawall.dev/protected": "true"}))?;
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "delete-protected"}});
    let definition = definition();
    guarded.create(&definition)?.success()?;
    for object in [&namespace, &definition] {
        let answer = guarded.delete(object)?;
        ensure!(answer.refused_by() == ["NSP09"], "answered {}: {}", answer.status, answer.message());
        ensure!(
            guarded.read(object)?.body["metadata"]["deletionTimestamp"].is_null(),
            "deleted all the same"
        );
    }

    // Without the mark, and after it has been taken away, everything can go.
    let scratch = claim("scratch", json!({}));
    guarded.create(&scratch)?.success()?;
    guarded.delete(&scratch)?.success()?;
    for object in [&data, &namespace, &definition] {
        guarded
            .merge(object, &json!({"metadata": {"labels": {"seawall.dev/protected": null}}}))?
            .success()?;
        guarded.delete(object)?.success()?;
    }
    Ok(())
}

fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": "boats.harbour.example",
            "labels": {"seawall.dev/protected": "true", SCENARIO: "delete"},
        },
        "spec": {
            "group": "harbour.example",
            "scope": "Namespaced",
            "names": {"plural": "boats", "kind": "Boat"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }],
        },
    })
}

/// A change by hand of an object that a GitOps tool will put back.
fn edit_of_what_gitops_owns(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "gitops")?;
    let guarded = scene.guard(
        "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {META06: deny}
",
    )?;
    let labels = json!({"kustomize.toolkit.fluxcd.io/name": "apps"});
    let owned = with(deployment("owned"), "/metadata/labels", labels);
    guarded.create(&owned)?.success()?;
    guarded.create(&deployment("free"))?.success()?;
    let edit = |name: &str| {
        let flags: Vec<String> = ALICE.flags();
        let mut arguments: Vec<&str> = flags.iter().map(String::as_str).collect();
        arguments.extend(["--namespace", "gitops", "edit", "deployment", name]);
        cluster.kubectl_with_editor(&arguments, "", "sed -i s/app:1.4.2/app:1.4.3/")
    };

    let refused = edit("owned")?.failure()?;
    ensure!(refused.contains("META06") && refused.contains("kubectl-edit"), "refused otherwise: {refused}");
    edit("free")?.success()?;
    Ok(())
}
