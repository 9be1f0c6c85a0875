//! Objects in a cluster carry the defaults of the API, files do not; both must get the same findings.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::support::api::Answer;
use crate::support::control_plane::ControlPlane;
use crate::support::scene::Scene;
use crate::support::seawall::PROGRAM;
use crate::support::settings;
use crate::{Scenario, Skipped};

pub(crate) const SCENARIOS: &[Scenario] = &[("defaults::change_no_finding", change_no_finding)];

/// Workloads of each kind.
const EACH: usize = 8;
const KINDS: [&str; 6] = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"];

/// Code and path.
type Found = BTreeSet<(String, String)>;

fn change_no_finding(cluster: &ControlPlane) -> Result<()> {
    let workloads = workloads()?;
    let scene = Scene::new(cluster, "defaults")?;
    let (files, stored) = (scene.dir("files")?, scene.dir("stored")?);
    let mut compared = Vec::new();
    for kind in KINDS {
        let mut seen = 0;
        for workload in workloads.iter().filter(|workload| workload["kind"] == kind) {
            let mut object = workload["object"].clone();
            object["metadata"]["namespace"] = json!(scene.name);
            // Some need what is not in this cluster, such as a priority class; others are refused as they stand.
            let Some(answer) = scene.dry_run(&object).ok().filter(Answer::is_success) else {
                continue;
            };
            let name = format!("{kind}-{seen}.json");
            fs::write(files.join(&name), object.to_string())?;
            fs::write(stored.join(&name), answer.body.to_string())?;
            compared.push((name, workload["id"].as_str().unwrap_or_default().to_owned()));
            seen += 1;
            if seen == EACH {
                break;
            }
        }
        ensure!(seen > 0, "no {kind} of the corpus was accepted");
    }
    let mut total = 0;
    let mut different = Vec::new();
    let (of_files, of_stored) = (check(&files)?, check(&stored)?);
    for (name, id) in compared {
        let of = |all: &[(String, Found)]| -> Found {
            all.iter().filter(|(file, _)| *file == name).flat_map(|(_, found)| found.clone()).collect()
        };
        let (file, stored) = (of(&of_files), of(&of_stored));
        total += file.len();
        let only_file: Vec<_> = file.difference(&stored).collect();
        let only_stored: Vec<_> = stored.difference(&file).collect();
        if file != stored {
            different
                .push(format!("{id}: only in the file {only_file:?}, only in the cluster {only_stored:?}"));
        }
    }
    ensure!(different.is_empty(), "{}", different.join("\n"));
    ensure!(total > 0, "nothing was found in any of them");
    Ok(())
}

/// The findings of each file in a folder.
fn check(dir: &Path) -> Result<Vec<(String, Found)>> {
    let output =
        Command::new(PROGRAM).args(["check", "--select", "all", "--output", "json"]).arg(dir).output()?;
    let code = output.status.code();
    ensure!(
        matches!(code, Some(0 | 1)),
        "check ended with {code:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let stdout = String::from_utf8(output.stdout)?;
    let mut findings = Vec::new();
    for line in stdout.lines() {
        let line: Value = serde_json::from_str(line)?;
        let (Some(file), Some(code), Some(path)) =
            (line["file"].as_str(), line["policy"]["code"].as_str(), line["path"].as_str())
        else {
            continue;
        };
        let file = Path::new(file).file_name().context("a finding without a file")?;
        let found = BTreeSet::from([(code.to_owned(), path.to_owned())]);
        findings.push((file.to_string_lossy().into_owned(), found));
    }
    Ok(findings)
}

/// The workloads of real projects.
fn workloads() -> Result<Vec<Value>> {
    let corpora = settings::corpora();
    let Ok(file) = fs::File::open(corpora.join("realworld_workloads.jsonl.gz")) else {
        return Err(Skipped(format!("no realworld_workloads.jsonl.gz in {}", corpora.display())).into());
    };
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text)?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}
