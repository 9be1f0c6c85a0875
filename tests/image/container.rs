//! A process in the image's root file system, as a restricted Pod would have it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::tools::{needs, output};

/// Every program here becomes the next one, so the process that is started is Seawall in the end.
const ENTER: &str = r#"
set -e
mount --bind "$0" "$0"
mount -o remount,bind,ro "$0"
exec setpriv --no-new-privs chroot --userspec=65532:65532 --groups= "$0" "$@"
"#;

/// A server that runs, and dies with the test.
pub(crate) struct Container {
    process: Child,
    log: BufReader<ChildStderr>,
}

/// A command in a root file system that is read-only, as user 65532 without any rights or groups.
pub(crate) fn command(root: &Path) -> Result<Command> {
    for program in ["unshare", "setpriv"] {
        needs(program, "apt-get install util-linux")?;
    }
    let mut command = Command::new("unshare");
    // Nothing of this machine's environment: a kubeconfig of the person who runs the tests is none of its business.
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.args(["--mount", "sh", "-c", ENTER]).arg(root).arg("/seawall");
    Ok(command)
}

impl Container {
    /// Starts the image's program.
    pub(crate) fn start(root: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command = command(root)?;
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn()?;
        let log = BufReader::new(process.stderr.take().context("no standard error")?);
        Ok(Self { process, log })
    }

    /// The line of the log with a message.
    pub(crate) fn says(&mut self, message: &str) -> Result<Value> {
        let mut before = String::new();
        loop {
            let mut line = String::new();
            ensure!(self.log.read_line(&mut line)? > 0, "ended without `{message}`:\n{before}");
            match serde_json::from_str::<Value>(&line) {
                Ok(json) if json["message"] == message => return Ok(json),
                _ => before.push_str(&line),
            }
        }
    }

    /// A file below `/proc` about the process.
    pub(crate) fn proc(&self, name: &str) -> Result<String> {
        Ok(fs::read_to_string(format!("/proc/{}/{name}", self.process.id()))?)
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<ExitStatus> {
        output(Command::new("kill").args(["-TERM", &self.process.id().to_string()]))?;
        Ok(self.process.wait()?)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
