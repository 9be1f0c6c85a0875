//! The programs that read the chart, and what they make of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::Stop;
use crate::texts::{self, root};

/// The namespace that everything is rendered for.
pub(crate) const NAMESPACE: &str = "seawall";

/// A program on this machine.
pub(crate) struct Program(PathBuf);

/// `helm`, as `$HELM` names it, as the scenarios against a real API server build it, or as it is installed.
pub(crate) fn helm() -> Result<Program, Stop> {
    find("helm", "HELM", &[target().join("helm/helm")])
}

/// `kubectl`, where the scenarios have it, or as it is installed.
pub(crate) fn kubectl() -> Result<Program, Stop> {
    let assets = std::env::var_os("KUBEBUILDER_ASSETS").map(|it| PathBuf::from(it).join("kubectl"));
    let built = ["v1.37", "v1.33"].map(|release| target().join(release).join("kubectl"));
    find("kubectl", "KUBECTL", &assets.into_iter().chain(built).collect::<Vec<_>>())
}

/// What the chart makes of some arguments, as YAML.
pub(crate) fn template(release: &str, arguments: &[&str]) -> Result<String, Stop> {
    let chart = root().join("charts/seawall");
    let fixed = ["template", release, &chart.display().to_string(), "--namespace", NAMESPACE];
    // The oldest release that is supported.
    helm()?.run(fixed.into_iter().chain(["--kube-version", "v1.33.0"]).chain(arguments.iter().copied()))
}

impl Program {
    /// Standard output, or all that was said if it fails.
    pub(crate) fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Result<String, Stop> {
        // A helm or a cluster that a person uses here must not decide anything.
        let nowhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("helm");
        let mut command = Command::new(&self.0);
        for variable in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
            command.env(variable, &nowhere);
        }
        command.env("KUBECONFIG", "/dev/null").args(arguments);
        let Output { status, stdout, stderr } =
            command.output().map_err(|error| format!("{}: {error}", self.0.display()))?;
        let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        if status.success() { Ok(out.into_owned()) } else { Err(Stop::Failed(format!("{out}{err}"))) }
    }
}

fn find(name: &str, variable: &str, built: &[PathBuf]) -> Result<Program, Stop> {
    if let Some(named) = std::env::var_os(variable).filter(|it| !it.is_empty()) {
        return Ok(Program(named.into()));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed: Vec<_> = std::env::split_paths(&path).map(|directory| directory.join(name)).collect();
    let found = built.iter().chain(&installed).find(|it| it.is_file());
    let absent =
        || Stop::Skipped(format!("no {name}: neither ${variable} nor PATH has it, and it is not built"));
    found.cloned().map(Program).ok_or_else(absent)
}

/// Where programs are that were built for the tests.
fn target() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().unwrap_or(tmp).join("controlplane")
}

/// The objects in a text, as JSON, in order.
pub(crate) fn objects(yaml: &str) -> Result<Vec<serde_json::Value>, Stop> {
    texts::documents("rendered", yaml).map(|it| it.into_iter().filter(|it| !it.is_null()).collect())
}
