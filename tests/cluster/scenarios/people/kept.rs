//! What keeps objects, and what keeps a namespace safe.

use anyhow::{Context as _, Result};
use http::Method;
use serde_json::{Value, json};

use super::{ALICE, let_in, refused, warned_of};
use crate::support::control_plane::ControlPlane;
use crate::support::scene::{Guarded, Scene, User};
use crate::support::wait::{PATIENCE, eventually};

const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {META14: deny, META16: deny, NSP11: deny, NSP12: deny, NET30: deny}
";

const OPERATOR: User<'_> = User {
    name: "system:serviceaccount:operators:shop",
    groups: &["system:serviceaccounts", "system:serviceaccounts:operators"],
};

pub(super) fn at_what_should_stay(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "kept")?;
    scene.add_namespace("kept-strict", &json!({"pod-security.kubernetes.io/enforce": "restricted"}))?;
    let guarded = scene.guard(POLICIES)?;
    finalizers(&guarded)?;
    pod_security(&guarded)?;
    network_policies(&guarded)?;
    namespaces(&guarded)
}

fn finalizers(guarded: &Guarded<'_>) -> Result<()> {
    let create = |user, object: &Value| guarded.kubectl_as(user, &["create", "-f", "-"], &object.to_string());
    let held = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"workers": "4"},
        "metadata": {"name": "held", "finalizers": ["shop.example/cleanup"]},
    });
    refused(create(ALICE, &held)?, "META14")?;
    let_in(create(OPERATOR, &held)?)?;
    // The API server gives it one of its own before anybody is asked.
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    });
    let_in(create(ALICE, &claim)?)?;

    let patch = |user, change: Value| {
        let change = change.to_string();
        guarded.kubectl_as(user, &["patch", "configmap", "held", "--type=merge", "--patch", &change], "")
    };
    let both = |finalizers: Value| json!({"metadata": {"finalizers": finalizers}, "data": {"workers": "5"}});
    refused(patch(ALICE, both(json!([])))?, "META16")?;
    refused(patch(ALICE, both(json!(["shop.example/cleanup", "shop.example/keep"])))?, "META14")?;
    let_in(patch(ALICE, both(json!(["shop.example/cleanup"])))?)?;
    // What does nothing else is never refused: an object must be able to go.
    warned_of(patch(ALICE, json!({"metadata": {"finalizers": null}}))?, "META16")?;
    let finalizer = || json!({"metadata": {"finalizers": ["shop.example/cleanup"]}});
    warned_of(patch(ALICE, finalizer())?, "META14")?;
    let_in(patch(OPERATOR, json!({"metadata": {"finalizers": null}}))?)
}

fn pod_security(guarded: &Guarded<'_>) -> Result<()> {
    let label = |change: &str| {
        let arguments = ["label", "namespace", "kept-strict", "--overwrite"];
        let change = format!("pod-security.kubernetes.io/{change}");
        guarded.kubectl_as(ALICE, &[&arguments[..], &[&change]].concat(), "")
    };
    refused(label("enforce=baseline")?, "NSP11")?;
    refused(label("enforce-")?, "NSP11")?;
    let_in(label("warn=privileged")?)?;
    let strict = "/api/v1/namespaces/kept";
    let headers = [("Content-Type", "application/merge-patch+json")];
    for level in ["baseline", "restricted"] {
        let change = json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": level}}});
        guarded.cluster().call_with(Method::PATCH, strict, Some(&change), &headers)?.success()?;
    }
    Ok(())
}

fn network_policies(guarded: &Guarded<'_>) -> Result<()> {
    let policy = |name: &str, selector: Value| {
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name},
            "spec": {"podSelector": selector, "policyTypes": ["Ingress", "Egress"]},
        })
    };
    guarded.create(&policy("deny-all", json!({})))?.success()?;
    guarded.create(&policy("web", json!({"matchLabels": {"app": "web"}})))?.success()?;
    let by_alice = |arguments: &[&str]| guarded.kubectl_as(ALICE, arguments, "");
    refused(by_alice(&["delete", "networkpolicy", "deny-all"])?, "NET30")?;
    refused(
        by_alice(&["patch", "networkpolicy", "deny-all", "--patch", r#"{"spec": {"ingress": [{}]}}"#])?,
        "NET30",
    )?;
    // All of a collection at once, of which the request names none.
    refused(
        by_alice(&["delete", "--raw", "/apis/networking.k8s.io/v1/namespaces/kept/networkpolicies"])?,
        "NET30",
    )?;
    let gone = by_alice(&["delete", "networkpolicy", "web", "--ignore-not-found"])?;
    let_in(gone)
}

/// Nothing that Kubernetes itself removes along with the namespace stays behind, the policy that denies all included.
fn namespaces(guarded: &Guarded<'_>) -> Result<()> {
    let by_alice = |arguments: &[&str]| guarded.kubectl_as(ALICE, arguments, "");
    let delete = ["delete", "namespace", "kept", "--wait=false"];
    refused(by_alice(&delete)?, "NSP12")?;
    let_in(by_alice(&["annotate", "namespace", "kept", "seawall.dev/deletable=true"])?)?;
    let_in(by_alice(&delete)?)?;
    eventually(PATIENCE, || {
        let answer = guarded.cluster().call(Method::GET, "/api/v1/namespaces/kept", None)?;
        Ok((answer.status == 404).then_some(()))
    })
    .context("the namespace hangs in its deletion")
}
