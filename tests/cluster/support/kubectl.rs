//! What a person sees who works with kubectl.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::control_plane::ControlPlane;
use super::output::Output;

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
        Ok(Output::new("kubectl", &kubectl.wait_with_output()?))
    }
}
