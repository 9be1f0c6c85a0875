//! What the environment of the test run asks for.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// A release of Kubernetes for which there is a module in `tests/controlplane`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// The newest.
    V1_37,
    /// The oldest that is supported.
    V1_33,
}

/// A folder with ready-made programs (`KUBEBUILDER_ASSETS`).
pub(crate) fn assets() -> Option<PathBuf> {
    variable("KUBEBUILDER_ASSETS").map(PathBuf::from)
}

/// A ready-made Helm (`HELM`).
pub(crate) fn helm() -> Option<PathBuf> {
    variable("HELM").map(PathBuf::from)
}

/// Whether a scenario that cannot be run is a failure (`SEAWALL_E2E=require`).
pub(crate) fn is_required() -> bool {
    variable("SEAWALL_E2E").is_some_and(|value| value == "require")
}

/// The folder with external test cases (`SEAWALL_CORPORA`).
pub(crate) fn corpora() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpora");
    variable("SEAWALL_CORPORA").map_or_else(|| PathBuf::from(beside), PathBuf::from)
}

/// How many objects a large cluster has (`SEAWALL_SCALE`), else as many as are written in some seconds.
pub(crate) fn scale() -> Result<usize> {
    let Some(count) = variable("SEAWALL_SCALE") else { return Ok(2_000) };
    let count = count.to_str().and_then(|count| count.parse().ok()).filter(|count| *count > 0);
    count.context("SEAWALL_SCALE is no number of objects")
}

impl Release {
    /// The release that is asked for (`SEAWALL_CONTROL_PLANE`), else the newest.
    pub(crate) fn chosen() -> Result<Self, String> {
        let Some(name) = variable("SEAWALL_CONTROL_PLANE") else { return Ok(Self::V1_37) };
        let release = [Self::V1_37, Self::V1_33].into_iter().find(|release| name == release.line());
        release.ok_or_else(|| format!("SEAWALL_CONTROL_PLANE={} is none of v1.37, v1.33", name.display()))
    }

    /// The folder of its module.
    pub(crate) fn line(self) -> &'static str {
        match self {
            Self::V1_37 => "v1.37",
            Self::V1_33 => "v1.33",
        }
    }

    /// The version of `k8s.io/kubernetes` in that module.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::V1_37 => "v1.37.1",
            Self::V1_33 => "v1.33.13",
        }
    }

    /// Flags that tell the programs their own version: they decide by it which API versions to serve.
    pub(crate) fn linker_flags(self) -> String {
        let version = self.version();
        let minor = self.line().trim_start_matches("v1.");
        let package = "k8s.io/component-base/version";
        format!(
            "-s -w -X {package}.gitVersion={version} -X {package}.gitMajor=1 -X {package}.gitMinor={minor}"
        )
    }
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
