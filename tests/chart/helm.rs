//! The programs that read the chart, and what they make of it.

use std::path::Path;
use std::process::Command;

use crate::Stop;
use crate::support::binaries::Binaries;
use crate::support::helm::Helm;
use crate::support::output::Output;
use crate::support::settings::Release;
use crate::support::skipped::Skipped;
use crate::texts::{self, root};

/// The namespace that everything is rendered for.
pub(crate) const NAMESPACE: &str = "seawall";

/// Helm, as the scenarios against a real API server have it.
pub(crate) fn helm() -> Result<Helm, Stop> {
    Ok(Helm::new(Path::new(env!("CARGO_TARGET_TMPDIR")), None)?)
}

/// What kubectl, which is that of the scenarios unless `$KUBECTL` names one, makes of some arguments without a cluster.
pub(crate) fn kubectl(arguments: &[&str]) -> Result<String, Stop> {
    let program = match std::env::var_os("KUBECTL").filter(|it| !it.is_empty()) {
        Some(program) => program.into(),
        None => Binaries::find(Release::chosen()?)?.program("kubectl"),
    };
    let output = Command::new(&program).env("KUBECONFIG", "/dev/null").args(arguments).output();
    let output = output.map_err(|error| format!("{}: {error}", program.display()))?;
    printed(Output::new("kubectl", &output))
}

/// What the chart makes of some arguments, as YAML.
pub(crate) fn template(release: &str, arguments: &[&str]) -> Result<String, Stop> {
    // The oldest release that is supported.
    let arguments = [&["--kube-version", "v1.33.0"], arguments].concat();
    let output = helm()?.template(NAMESPACE, release, &root().join("charts/seawall"), &arguments);
    printed(output.map_err(|error| format!("{error:#}"))?)
}

/// Standard output, or all that was said if the program failed.
pub(crate) fn printed(output: Output) -> Result<String, Stop> {
    Ok(output.success().map_err(|error| error.to_string())?.stdout)
}

impl From<Skipped> for Stop {
    fn from(Skipped(reason): Skipped) -> Self {
        Self::Skipped(reason)
    }
}

/// The objects in a text, as JSON, in order.
pub(crate) fn objects(yaml: &str) -> Result<Vec<serde_json::Value>, Stop> {
    texts::documents("rendered", yaml).map(|it| it.into_iter().filter(|it| !it.is_null()).collect())
}
