//! What `seawall webhook-config` prints.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Result, ensure};
use http::Method;

use super::control_plane::ControlPlane;
use super::seawall::PROGRAM;

const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/// Runs `seawall webhook-config`; it must succeed and have nothing to complain of.
pub(crate) fn webhook_config<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Result<String> {
    let output = Command::new(PROGRAM).arg("webhook-config").args(arguments).output()?;
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && complaints.is_empty(), "webhook-config says: {complaints}");
    Ok(String::from_utf8(output.stdout)?)
}

/// A printed configuration in the cluster; dropping it removes it.
pub(crate) struct Applied<'c> {
    cluster: &'c ControlPlane,
    name: &'static str,
}

impl<'c> Applied<'c> {
    /// Applies a configuration of this name, first without effect.
    pub(crate) fn new(cluster: &'c ControlPlane, name: &'static str, text: &str) -> Result<Self> {
        cluster.kubectl(&["apply", "--dry-run=server", "-f", "-"], text)?.success()?;
        let applied = Self { cluster, name };
        cluster.kubectl(&["apply", "-f", "-"], text)?.success()?;
        Ok(applied)
    }
}

impl Drop for Applied<'_> {
    fn drop(&mut self) {
        // It selects by the label of its scenario: what stays behind can only hurt that one.
        let _ = self.cluster.call(Method::DELETE, &format!("{CONFIGURATIONS}/{}", self.name), None);
    }
}
