//! Child processes that cannot outlive the tests, however these end.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::wait::eventually;

/// A shell between the tests and the program: it sends on the signals that it reads from its standard input,
/// and ends the program at the end of that input. The kernel closes the pipe even where no destructor runs.
const SUPERVISOR: &str = r#"
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
{
    while read -r signal; do kill -s "$signal" "$child"; done
    kill -s TERM "$child"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
        sleep 0.2
        kill -s 0 "$child" || exit
    done
    kill -s KILL "$child"
} <&3 2>/dev/null &
watcher=$!
exec 3<&-
wait "$child"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
"#;

/// A running program; dropping it ends it and waits until it has ended.
pub(crate) struct Process {
    supervisor: Child,
    orders: Option<ChildStdin>,
    log: PathBuf,
}

impl Process {
    /// Starts a program; what it prints goes to `<dir>/<name>.log`.
    pub(crate) fn start<A: AsRef<OsStr>>(
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        dir: &Path,
        name: &str,
    ) -> Result<Self> {
        let log = dir.join(format!("{name}.log"));
        let output = File::options().create(true).append(true).open(&log)?;
        let mut supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR, "sh"])
            .arg(program)
            .args(arguments)
            .current_dir(dir)
            // A kubeconfig of the person who runs the tests is none of their business.
            .env_remove("KUBECONFIG")
            // Ctrl-C is for the tests, which then end everything in order.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("could not start {}", program.display()))?;
        let orders = supervisor.stdin.take();
        Ok(Self { supervisor, orders, log })
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, signal: &str) -> Result<()> {
        let mut orders = self.orders.as_ref().context("the program was told to end")?;
        writeln!(orders, "{signal}").context("the program has ended")
    }

    /// How the program ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.supervisor.try_wait()?)
    }

    /// Fails with the end of the log if the program has ended.
    pub(crate) fn expect_running(&mut self) -> Result<()> {
        let Some(status) = self.ended()? else { return Ok(()) };
        let log = self.log()?;
        let tail: Vec<&str> = log.lines().rev().take(20).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        bail!("{} ended with {status}:\n{}", self.log.display(), tail.join("\n"))
    }

    /// Waits until the program has ended by itself.
    pub(crate) fn wait(&mut self, within: Duration) -> Result<ExitStatus> {
        eventually(within, || self.ended()).context("the program does not end")
    }

    /// Everything that the program has printed.
    pub(crate) fn log(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.orders.take());
        // Nothing could be done about an error here, and the supervisor is on its way out in any case.
        let _ = self.supervisor.wait();
    }
}
