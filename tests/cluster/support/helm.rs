//! Helm, as the person uses it who installs the chart.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::binaries::{Module, go_build};
use super::output::Output;
use super::settings;
use super::skipped::Skipped;

/// The version in `tests/controlplane/helm/go.mod`, and the release of Kubernetes that it was made for: what
/// `helm template` and `helm lint` take for the cluster's, as no cluster is asked.
const VERSION: &str = "v3.22.0";
const KUBERNETES_MINOR: &str = "37";

/// How long `--wait` waits.
const TIMEOUT: &str = "--timeout=90s";

/// Helm for one cluster, with folders of its own: what a person has configured does not matter.
pub(crate) struct Helm {
    program: PathBuf,
    home: PathBuf,
    kubeconfig: Option<PathBuf>,
}

impl Helm {
    /// Finds Helm or builds it, and keeps its files in a folder; without a kubeconfig it can only render.
    pub(crate) fn new(home: &Path, kubeconfig: Option<&Path>) -> Result<Self, Skipped> {
        Ok(Self { program: find()?, home: home.join("helm"), kubeconfig: kubeconfig.map(ToOwned::to_owned) })
    }

    /// `helm install RELEASE CHART` in a namespace that is made if it is missing; waits until everything is
    /// available.
    pub(crate) fn install(
        &self,
        namespace: &str,
        release: &str,
        chart: &Path,
        more: &[&str],
    ) -> Result<Output> {
        let own = ["--create-namespace", "--wait", TIMEOUT];
        self.with_chart("install", namespace, release, chart, &[&own, more].concat())
    }

    /// `helm upgrade RELEASE CHART`; waits until everything is available.
    pub(crate) fn upgrade(
        &self,
        namespace: &str,
        release: &str,
        chart: &Path,
        more: &[&str],
    ) -> Result<Output> {
        self.with_chart("upgrade", namespace, release, chart, &[&["--wait", TIMEOUT], more].concat())
    }

    /// `helm template RELEASE CHART`.
    pub(crate) fn template(
        &self,
        namespace: &str,
        release: &str,
        chart: &Path,
        more: &[&str],
    ) -> Result<Output> {
        self.with_chart("template", namespace, release, chart, more)
    }

    /// `helm rollback RELEASE REVISION`; waits until everything is available.
    pub(crate) fn rollback(&self, namespace: &str, release: &str, revision: u32) -> Result<Output> {
        let revision = revision.to_string();
        self.run(["rollback", "--namespace", namespace, release, &revision, "--wait", TIMEOUT])
    }

    /// `helm uninstall RELEASE`; waits until everything is gone.
    pub(crate) fn uninstall(&self, namespace: &str, release: &str) -> Result<Output> {
        self.run(["uninstall", "--namespace", namespace, release, "--wait", TIMEOUT])
    }

    /// `helm test RELEASE`, with what its Pods print.
    pub(crate) fn test(&self, namespace: &str, release: &str) -> Result<Output> {
        self.run(["test", "--namespace", namespace, release, TIMEOUT])
    }

    /// `helm lint --strict CHART`.
    pub(crate) fn lint(&self, chart: &Path, more: &[&str]) -> Result<Output> {
        let arguments = ["lint", "--strict"].map(OsStr::new).into_iter().chain([chart.as_os_str()]);
        self.run(arguments.chain(more.iter().map(OsStr::new)))
    }

    /// Any other command.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<Output> {
        let mut helm = Command::new(&self.program);
        // Nothing of what a person has set for their own Helm or cluster is let through.
        helm.env_clear();
        helm.envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "LANG"));
        helm.env("HOME", &self.home);
        for folder in ["cache", "config", "data"] {
            helm.env(format!("HELM_{}_HOME", folder.to_uppercase()), self.home.join(folder));
        }
        helm.arg("--kubeconfig").arg(self.kubeconfig.as_deref().unwrap_or(Path::new("/nonexistent")));
        let output = helm.args(arguments).stdin(Stdio::null()).output().context("could not start helm")?;
        Ok(Output::new("helm", &output))
    }

    fn with_chart(
        &self,
        command: &str,
        namespace: &str,
        release: &str,
        chart: &Path,
        more: &[&str],
    ) -> Result<Output> {
        let first = [command, "--namespace", namespace, release].map(OsStr::new).into_iter();
        self.run(first.chain([chart.as_os_str()]).chain(more.iter().map(OsStr::new)))
    }
}

/// `$HELM`, the one in `$KUBEBUILDER_ASSETS`, or one that is built.
fn find() -> Result<PathBuf, Skipped> {
    if let Some(helm) = settings::helm() {
        return if helm.is_file() {
            Ok(helm)
        } else {
            Err(Skipped(format!("HELM={} is no file", helm.display())))
        };
    }
    let beside = settings::assets().map(|assets| assets.join("helm")).filter(|helm| helm.is_file());
    if let Some(helm) = beside {
        return Ok(helm);
    }
    let module = Module { name: "helm", what: format!("Helm {VERSION}"), programs: &["helm"] };
    let built = module.build(|module, output| {
        let package = "helm.sh/helm/v3";
        let release = ["pkg/lint/rules", "pkg/chartutil"].map(|part| {
            format!(
                "-X {package}/{part}.k8sVersionMajor=1 -X {package}/{part}.k8sVersionMinor={KUBERNETES_MINOR}"
            )
        });
        let version = format!("-X {package}/internal/version.version={VERSION}");
        let flags = format!("-s -w {version} {}", release.join(" "));
        go_build(module, &output.join("helm"), &flags, &[format!("{package}/cmd/helm")])
    });
    built.map(|dir| dir.join("helm")).map_err(Skipped)
}
