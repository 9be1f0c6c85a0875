//! Files that are judged beside what the cluster has, and what runs already as exceptions.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{deployment, mutable_deployment, with};
use crate::support::output::Output;
use crate::support::scene::Scene;
use crate::support::seawall::PROGRAM;
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("with_cluster::the_cluster_stands_behind_the_files", the_cluster_stands_behind_the_files),
    ("with_cluster::what_may_not_be_read_is_named", what_may_not_be_read_is_named),
    (
        "with_cluster::what_runs_is_excepted_and_what_is_new_refused",
        what_runs_is_excepted_and_what_is_new_refused,
    ),
];

/// A budget and a workload in the cluster make an autoscaler in a file a mistake, until a file replaces one of them.
fn the_cluster_stands_behind_the_files(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "beneath")?;
    let dir = scene.dir("files")?;
    scene.create(&deployment("web"))?.success()?;
    scene.create(&budget(&json!(2)))?.success()?;
    let elsewhere = with(deployment("web"), "/spec/template/metadata/labels/app", json!("other"));
    for (what, files, expected) in [
        ("an autoscaler alone", &[autoscaler()][..], &["AVL06"][..]),
        ("a workload that the budget does not cover", &[autoscaler(), elsewhere], &[]),
        ("a budget that lets Pods go", &[autoscaler(), budget(&json!(1))], &[]),
        ("a workload that is in the cluster too", &[deployment("web")], &[]),
        ("all of it", &[autoscaler(), deployment("web"), budget(&json!(2))], &["AVL06"; 3]),
    ] {
        write(&dir, files)?;
        let (code, output) = check(cluster, &dir, "admin", &["--namespace", "beneath"])?;
        ensure!(codes(&output)? == expected, "{what}: {output:?}");
        ensure!(code == i32::from(!expected.is_empty()), "{what}: {code}: {output:?}");
    }
    write(&dir, &[autoscaler()])?;
    let (code, output) = check(cluster, &dir, "admin", &[])?;
    ensure!(
        (code, codes(&output)?.len()) == (0, 0),
        "the namespace of the context is another one: {output:?}"
    );
    let manifests = dir.join("manifests");
    let (code, output) = seawall(&["check", &text(&manifests), "--select", "AVL06", "--output", "json"])?;
    ensure!((code, codes(&output)?.len()) == (0, 0), "nobody has asked the cluster: {output:?}");
    let context = ["--namespace", "beneath", "--context", "missing"];
    let (code, output) = check(cluster, &dir, "admin", &context)?;
    ensure!(code == 2 && output.stderr.contains("--context missing"), "{code}: {output:?}");
    Ok(())
}

/// Without the right to read a kind, it is said, and the policies that need it are not evaluated; others are. The right
/// to read in the namespace of the files is enough.
fn what_may_not_be_read_is_named(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "unseen")?;
    let dir = scene.dir("files")?;
    scene.create(&deployment("web"))?.success()?;
    scene.create(&budget(&json!(2)))?.success()?;
    write(&dir, &[autoscaler(), mutable_deployment("bad")])?;
    let flags = ["--namespace", "unseen", "--select", "AVL06,IMG01"];
    let (code, output) = check(cluster, &dir, "seawall", &flags)?;
    ensure!(code == 1 && codes(&output)? == ["IMG01"], "{code}: {output:?}");
    let unread = "warning: PodDisruptionBudget objects of the cluster cannot be read: ";
    ensure!(output.stderr.contains(unread), "{output:?}");
    let totals: Value = serde_json::from_str(output.stdout.lines().last().context("no line")?)?;
    ensure!(totals["totals"]["notEvaluated"].as_u64() > Some(0), "{totals}");

    let group = "rbac.authorization.k8s.io";
    let role = json!({
        "apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": { "name": "reads" },
        "rules": [{ "apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"] }],
    });
    let binding = json!({
        "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": { "name": "reads" },
        "roleRef": { "apiGroup": group, "kind": "Role", "name": "reads" },
        "subjects": [{ "apiGroup": group, "kind": "User", "name": "seawall" }],
    });
    scene.create(&role)?.success()?;
    scene.create(&binding)?.success()?;
    eventually(PATIENCE, || {
        let (_, output) = check(cluster, &dir, "seawall", &flags)?;
        Ok((output.stderr.is_empty() && codes(&output)? == ["AVL06", "IMG01"]).then_some(()))
    })
    .context("the right to read in the namespace is not enough")
}

/// From an audit to a refusal of everything new on the same day: what runs is excepted, may be written, and stays so.
fn what_runs_is_excepted_and_what_is_new_refused(cluster: &ControlPlane) -> Result<()> {
    const POLICIES: &str =
        "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: none\npolicies: {IMG01: deny}\n";
    let scene = Scene::new(cluster, "adopted")?;
    let dir = scene.dir("files")?;
    let old = mutable_deployment("old");
    scene.create(&old)?.success()?;
    let configuration = dir.join("seawall.yaml");
    fs::write(&configuration, POLICIES)?;
    let (kubeconfig, configuration) = (text(&cluster.kubeconfig("admin")), text(&configuration));
    let audit = |more: &[&str]| {
        let flags =
            ["audit", "--kubeconfig", &kubeconfig, "--config", &configuration, "--namespace", "adopted"];
        seawall(&[&flags, more].concat())
    };

    let (code, report) = audit(&["--output", "json"])?;
    ensure!((code, codes(&report)?) == (1, vec!["IMG01".to_owned()]), "{code}: {report:?}");
    let baseline = dir.join("baseline.jsonl");
    fs::write(&baseline, &report.stdout)?;
    let (code, known) = audit(&["--baseline", &text(&baseline)])?;
    ensure!(code == 0 && known.stdout.contains("1 known finding of "), "{code}: {known:?}");

    let exceptions = dir.join("exceptions.yaml");
    let terms = ["--owner", "team-shop", "--reason", "adoption", "--expires", "2999-01-01"];
    let (code, written) = audit(&[&["--write-exceptions", &text(&exceptions)], &terms[..]].concat())?;
    ensure!(code == 0 && written.stderr.contains("1 exception for 1 finding "), "{code}: {written:?}");
    let exceptions = fs::read_to_string(exceptions)?;
    let list = exceptions.find("exceptions:").map(|start| &exceptions[start..]).context("no exceptions")?;
    let adopted = format!("{POLICIES}{list}");
    fs::write(&configuration, &adopted)?;
    let (code, excepted) = audit(&[])?;
    ensure!(code == 0 && excepted.stdout.contains("0 denied"), "{code}: {excepted:?}");

    let guarded = scene.guard(&adopted)?;
    let changed =
        guarded.merge(&old, &json!({ "metadata": { "labels": { "changed": "yes" } } }))?.success()?;
    ensure!(changed.warnings.is_empty(), "what is excepted is warned of: {:?}", changed.warnings);
    guarded.delete(&old)?.success()?;
    guarded.accepts(&old).context("what is excepted cannot be made again")?;
    let refused = guarded.rejects(&mutable_deployment("new"))?;
    ensure!(refused.refused_by() == ["IMG01"], "{}", refused.message());
    Ok(())
}

/// `seawall check` of what is in the folder, beside the cluster as somebody may see it.
fn check(cluster: &ControlPlane, dir: &Path, user: &str, more: &[&str]) -> Result<(i32, Output)> {
    let (manifests, kubeconfig) = (text(&dir.join("manifests")), text(&cluster.kubeconfig(user)));
    let mut flags =
        vec!["check", &manifests, "--with-cluster", "--kubeconfig", &kubeconfig, "--output", "json"];
    if !more.contains(&"--select") {
        flags.extend(["--select", "AVL06"]);
    }
    seawall(&[&flags, more].concat())
}

fn seawall(arguments: &[&str]) -> Result<(i32, Output)> {
    let output = Command::new(PROGRAM).args(arguments).env_remove("KUBECONFIG").output()?;
    Ok((output.status.code().context("ended by a signal")?, Output::new("seawall", &output)))
}

/// The policies of the findings of a report.
fn codes(output: &Output) -> Result<Vec<String>> {
    let mut codes = Vec::new();
    for line in output.stdout.lines() {
        let line: Value = serde_json::from_str(line)?;
        codes.extend(line["policy"]["code"].as_str().map(str::to_owned));
    }
    Ok(codes)
}

fn write(dir: &Path, objects: &[Value]) -> Result<()> {
    let manifests = dir.join("manifests");
    // What an earlier case wrote is not part of this one.
    if manifests.exists() {
        fs::remove_dir_all(&manifests)?;
    }
    fs::create_dir_all(&manifests)?;
    for (index, object) in objects.iter().enumerate() {
        fs::write(manifests.join(format!("{index}.json")), object.to_string())?;
    }
    Ok(())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn budget(min_available: &Value) -> Value {
    json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": "web" },
        "spec": { "minAvailable": min_available, "selector": { "matchLabels": { "app": "web" } } },
    })
}

fn autoscaler() -> Value {
    json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": "web" },
        "spec": {
            "minReplicas": 2, "maxReplicas": 9,
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
        },
    })
}
