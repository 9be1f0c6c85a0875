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

    /// The codes of the policies that refused, as the texts of their findings have them; each once.
    pub(crate) fn refused_by(&self) -> Vec<&str> {
        let bracketed = self.stderr.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
        // A warning has the code alone, a refusal also the name of the policy.
        let named = bracketed.filter_map(|(inside, _)| inside.split_once(' '));
        let mut codes: Vec<&str> = named.map(|(code, _)| code).filter(|code| is_code(code)).collect();
        codes.dedup();
        codes
    }

    /// The codes of the policies that warned; each once.
    pub(crate) fn warned_by(&self) -> Vec<&str> {
        let warnings = self.stderr.lines().filter_map(|line| line.strip_prefix("Warning: ["));
        let mut codes: Vec<&str> = warnings.filter_map(|rest| Some(rest.split_once(']')?.0)).collect();
        codes.dedup();
        codes
    }
}

fn is_code(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
