//! What a person sees who works with a program.

use std::process;

use anyhow::{Result, ensure};

/// What a program printed, and whether it succeeded.
#[derive(Debug)]
pub(crate) struct Output {
    program: &'static str,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) success: bool,
}

impl Output {
    pub(crate) fn new(program: &'static str, output: &process::Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        Self { program, stdout, stderr, success: output.status.success() }
    }

    /// This output, if the program succeeded.
    pub(crate) fn success(self) -> Result<Self> {
        ensure!(self.success, "{} failed: {}{}", self.program, self.stdout, self.stderr);
        Ok(self)
    }

    /// What was printed on standard error, if the program failed.
    pub(crate) fn failure(self) -> Result<String> {
        ensure!(!self.success, "{} succeeded: {} {}", self.program, self.stdout, self.stderr);
        Ok(self.stderr)
    }
}
