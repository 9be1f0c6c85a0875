//! What a person sees who works with kubectl.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::control_plane::ControlPlane;

/// What kubectl printed, and whether it succeeded.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) success: bool,
}

impl Output {
    /// This output, if kubectl succeeded.
    pub(crate) fn success(self) -> Result<Self> {
        ensure!(self.success, "kubectl failed: {}", self.stderr);
        Ok(self)
    }

    /// What kubectl printed on standard error, if it failed.
    pub(crate) fn failure(self) -> Result<String> {
        ensure!(!self.success, "kubectl succeeded: {} {}", self.stdout, self.stderr);
        Ok(self.stderr)
    }
}

impl ControlPlane {
    /// kubectl as the administrator; `input` is its standard input.
    pub(crate) fn kubectl(&self, arguments: &[&str], input: &str) -> Result<Output> {
        self.kubectl_with_editor(arguments, input, "false")
    }

    /// kubectl with a command that edits files, for `kubectl edit`.
    pub(crate) fn kubectl_with_editor(
        &self,
        arguments: &[&str],
        input: &str,
        editor: &str,
    ) -> Result<Output> {
        let mut kubectl = Command::new(self.program("kubectl"))
            .arg("--kubeconfig")
            .arg(self.kubeconfig("admin"))
            .arg("--cache-dir")
            .arg(self.dir().join("kubectl-cache"))
            .arg("--request-timeout=30s")
            .args(arguments)
            .env("KUBE_EDITOR", editor)
            .env_remove("KUBECONFIG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("could not start kubectl")?;
        if let Some(mut stdin) = kubectl.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = kubectl.wait_with_output()?;
        Ok(Output {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            success: output.status.success(),
        })
    }
}
