//! What the chart renders, as the API server takes it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::api::Answer;
use crate::support::control_plane::ControlPlane;
use crate::support::helm::Helm;
use crate::support::manifests::collection;
use crate::support::release::chart;
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};
use crate::support::yaml;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("chart::every_combination_of_values_is_accepted", every_combination_of_values_is_accepted),
    ("chart::plain_manifests_are_accepted", plain_manifests_are_accepted),
];

/// The only combination that is not fit for the `restricted` Pod Security Standard.
const UNRESTRICTED: &str = "host-network.yaml";

/// The combinations of `tests/chart/`, with the fields checked strictly, in a namespace that is as strict.
fn every_combination_of_values_is_accepted(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "combined")?;
    let restricted =
        ["enforce", "warn"].map(|it| (format!("pod-security.kubernetes.io/{it}"), json!("restricted")));
    scene.add_namespace("combined-system", &restricted.into_iter().collect::<Value>())?;
    define_foreign_kinds(cluster)?;
    let helm = Helm::new(&scene.dir("helm")?, None)?;
    let files = fs::read_dir(folder("tests/chart/values"))?.map(|file| Ok(file?.path()));
    let files: Vec<PathBuf> = files.collect::<Result<_>>()?;
    ensure!(files.len() > 10, "{} combinations", files.len());
    let version = cluster.call(Method::GET, "/version", None)?.success()?.body["gitVersion"].take();
    let version = format!("--kube-version={}", version.as_str().unwrap_or_default());
    for file in files {
        let values = file.to_string_lossy();
        let more = [&version, "--values", &values];
        let rendered = helm.template("combined-system", "it", &chart(), &more)?.success()?;
        let warnings = accepted(cluster, "combined-system", &rendered.stdout);
        let warnings = warnings.with_context(|| values.clone().into_owned())?;
        let is_restricted = warnings.is_empty();
        ensure!(is_restricted != file.ends_with(UNRESTRICTED), "{values}: {warnings:?}");
    }
    Ok(())
}

/// `deploy/`, as kubectl builds it.
fn plain_manifests_are_accepted(cluster: &ControlPlane) -> Result<()> {
    let _scene = Scene::new(cluster, "seawall")?;
    for directory in ["deploy", "deploy/dry-run"] {
        let built = cluster.kubectl(&["kustomize", &folder(directory).to_string_lossy()], "")?.success()?;
        let warnings = accepted(cluster, "seawall", &built.stdout).context(directory)?;
        ensure!(warnings.is_empty(), "{directory}: {warnings:?}");
    }
    Ok(())
}

/// Everything in a text is taken as it is; what is said to it is returned.
fn accepted(cluster: &ControlPlane, namespace: &str, text: &str) -> Result<Vec<String>> {
    let objects = yaml::documents(text)?;
    ensure!(objects.len() > 5, "only {} objects", objects.len());
    let mut warnings = Vec::new();
    for object in objects {
        let what = format!("{} {}", object["kind"], object["metadata"]["name"]);
        // A Pod is only taken where its account is, so that this one is kept.
        let kept = if object["kind"] == "ServiceAccount" { "" } else { "&dryRun=All" };
        let answer = apply(cluster, namespace, &object, kept)?;
        ensure!(answer.is_success(), "{what}: {}", answer.message());
        warnings.extend(answer.warnings);
    }
    Ok(warnings)
}

/// Kinds of cert-manager and the Prometheus Operator.
pub(super) fn define_foreign_kinds(cluster: &ControlPlane) -> Result<()> {
    for kind in yaml::documents(&fs::read_to_string(folder("tests/chart/crds.yaml"))?)? {
        apply(cluster, "", &kind, "")?.success()?;
        let spec = &kind["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let path = format!("/apis/{}/v1/{}?limit=1", text(&spec["group"]), text(&spec["names"]["plural"]));
        eventually(PATIENCE, || Ok(cluster.call(Method::GET, &path, None)?.is_success().then_some(())))
            .with_context(|| format!("{path} does not appear"))?;
    }
    Ok(())
}

/// Server-side apply, which minds neither what is there nor who else does the same.
fn apply(cluster: &ControlPlane, namespace: &str, object: &Value, more: &str) -> Result<Answer> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let path = format!("{}/{name}", collection(object, namespace));
    let path = format!("{path}?fieldManager=scenario&force=true&fieldValidation=Strict{more}");
    let headers = [("Content-Type", "application/apply-patch+yaml")];
    cluster.call_with(Method::PATCH, &path, Some(object), &headers)
}

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
