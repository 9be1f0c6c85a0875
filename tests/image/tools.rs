//! The programs that the tests call, and what is said where one of them is missing.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// The error of a test that cannot be run here, with the reason.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Skipped(String);

/// Whether a test that cannot be run is a failure (`SEAWALL_IMAGE=require`).
pub(crate) fn is_required() -> bool {
    std::env::var_os("SEAWALL_IMAGE").is_some_and(|value| value == "require")
}

/// Mounts and other users' processes are root's.
pub(crate) fn needs_root() -> Result<()> {
    let uid = Path::new("/proc/self").metadata().context("/proc/self")?.uid();
    skip_unless(uid == 0, "needs root, for mounts and to run as another user")
}

/// Skips unless a program, or a subcommand of one, is there; `install` is how to get it.
pub(crate) fn needs(program: &str, install: &str) -> Result<()> {
    let mut words = program.split(' ').chain(["--version"]);
    let mut command = Command::new(words.next().unwrap_or_default());
    let found = command.args(words).output().is_ok_and(|ran| ran.status.success());
    skip_unless(found, &format!("needs `{program}`: {install}"))
}

/// Skips unless Rust's standard library for a target is installed.
pub(crate) fn needs_target(target: &str) -> Result<()> {
    let asked = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    let installed = asked.is_ok_and(|it| Path::new(String::from_utf8_lossy(&it.stdout).trim()).is_dir());
    skip_unless(installed, &format!("needs the target: rustup target add {target}"))
}

/// Runs a program to its end; its standard output, or an error with what it said.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_owned();
    let ran = command.output().with_context(|| format!("could not start {}", program.display()))?;
    let said = String::from_utf8_lossy(&ran.stderr);
    ensure!(ran.status.success(), "{} failed with {}:\n{said}", describe(command), ran.status);
    Ok(String::from_utf8(ran.stdout)?)
}

fn describe(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

fn skip_unless(is_there: bool, reason: &str) -> Result<()> {
    if is_there { Ok(()) } else { Err(Skipped(reason.to_owned()).into()) }
}
