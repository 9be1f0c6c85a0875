//! What was written in an API version with an end, whatever the API server makes of it.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{ALICE, let_in, refused};
use crate::support::control_plane::ControlPlane;
use crate::support::registration::SCENARIO;
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};

const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {APH01: deny, APH05: deny}
";

pub(super) fn in_versions_with_an_end(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "versions")?;
    scene.create(&external_secrets())?.success()?;
    let secret = |version: &str| {
        json!({
            "apiVersion": format!("external-secrets.io/{version}"), "kind": "ExternalSecret",
            "metadata": {"name": format!("db-{version}")}, "spec": {},
        })
    };
    eventually(PATIENCE, || Ok(scene.dry_run(&secret("v1beta1"))?.is_success().then_some(())))
        .context("the kind is not served")?;
    let guarded = scene.guard(POLICIES)?;
    let create = |object: &Value| guarded.kubectl_as(ALICE, &["create", "-f", "-"], &object.to_string());

    // Seawall asks for `v1`, and the API server converts: that it was another one stands in the request alone.
    refused(create(&secret("v1beta1"))?, "APH05")?;
    let_in(create(&secret("v1"))?)?;

    // The one kind that a release of today serves and calls deprecated without being told to.
    let endpoints = json!({
        "apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "db"},
        "subsets": [{"addresses": [{"ip": "192.0.2.7"}], "ports": [{"port": 5432}]}],
    });
    refused(create(&endpoints)?, "APH01")?;
    let autoscaler = json!({
        "apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
        "spec": {
            "maxReplicas": 3,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        },
    });
    // Converted too, and to stay.
    let_in(create(&autoscaler)?)?;
    let shown = guarded.seawall.decisions("web")?;
    ensure!(shown[0]["decision"] == "allow", "decided otherwise: {shown:?}");
    guarded.delete(&external_secrets())?.success().map(drop)
}

fn external_secrets() -> Value {
    let version = |name: &str, stored: bool| {
        let schema =
            json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
        json!({"name": name, "served": true, "storage": stored, "schema": schema})
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "externalsecrets.external-secrets.io", "labels": {SCENARIO: "versions"}},
        "spec": {
            "group": "external-secrets.io", "scope": "Namespaced",
            "names": {"plural": "externalsecrets", "kind": "ExternalSecret"},
            "versions": [version("v1", true), version("v1beta1", false)],
        },
    })
}
