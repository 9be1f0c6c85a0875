//! `deploy/`: the chart's manifests for those without Helm.

use serde_json::{Value, json};

use crate::texts::root;
use crate::{Outcome, Stop, golden, helm, none_of};

const HEAD: &str = "\
# What the chart renders with its own values, for those without Helm. Made by `UPDATE=1 cargo test --test chart`;
# changes belong into a kustomization above this one.
";

/// Marks of Helm: policies and people would take the objects for those of a release.
const OF_HELM: [&str; 3] = ["# Source: ", "helm.sh/chart: ", "app.kubernetes.io/managed-by: "];

pub(crate) fn plain() -> Outcome {
    let rendered = helm::template("seawall", &["--no-hooks", "--set=tests.enabled=false"])?;
    let lines = rendered.lines().map(str::trim_end);
    let lines = lines.filter(|line| !OF_HELM.iter().any(|mark| line.trim_start().starts_with(mark)));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    Ok(golden::check("deploy/base/seawall.yaml", &format!("{HEAD}{text}"))?)
}

pub(crate) fn kustomize() -> Outcome {
    let build = |folder: &str| -> Result<Vec<Value>, Stop> {
        helm::objects(&helm::kubectl(&["kustomize", &root().join(folder).display().to_string()])?)
    };
    let (plain, dry_run) = (build("deploy")?, build("deploy/dry-run")?);
    let mut faults = Vec::new();
    let namespace = plain.iter().find(|it| it["kind"] == "Namespace");
    let label = "pod-security.kubernetes.io/enforce";
    if !namespace.is_some_and(|it| it["metadata"]["labels"][label] == "restricted") {
        faults.push("the namespace is not `restricted`".to_owned());
    }
    let arguments = |objects: &[Value]| {
        let deployment = objects.iter().find(|it| it["kind"] == "Deployment");
        let list = deployment.and_then(|it| it.pointer("/spec/template/spec/containers/0/args")?.as_array());
        list.cloned().unwrap_or_default()
    };
    let (usual, dry) = (arguments(&plain), arguments(&dry_run));
    if dry != [usual.as_slice(), &[json!("--max-mode=audit")]].concat() {
        faults.push(format!("the dry run differs in more or less than its cap: {dry:?}"));
    }
    if plain.len() != dry_run.len() {
        faults.push(format!("{} objects, {} in the dry run", plain.len(), dry_run.len()));
    }
    none_of(&faults)
}
