//! From the repository to an image: what the builder gets, the static binary, the final stage around it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::tools::{needs, needs_root, needs_target, output};

/// The date of everything in the images, in seconds since 1970: any but now.
pub(crate) const EPOCH: u64 = 1_000_000_000;

/// What the label of the revision must say.
pub(crate) const REVISION: &str = "0123abcd";

/// The files that `.dockerignore` lets through, in a folder.
pub(crate) struct Context {
    pub(crate) folder: PathBuf,
}

/// An image in its storage.
pub(crate) struct Image {
    storage: Storage,
    /// The binary that it was built around.
    binary: PathBuf,
    /// What `buildah inspect` says of it.
    pub(crate) inspected: Value,
}

/// Images of this run alone, gone with it.
struct Storage(TempDir);

impl Context {
    /// Copies what a builder would be sent.
    pub(crate) fn take() -> Result<Self> {
        needs_root()?;
        needs("buildah", "apt-get install buildah")?;
        let storage = Storage::new()?;
        // Always the same folder, so that cargo knows its own work of the last run.
        let folder = target_dir().join("context");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let mut command = storage.buildah();
        command.args(["build", "--output"]).arg(format!("type=local,dest={}", folder.display()));
        command.args(["--file", "-"]).arg(repository());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn()?;
        process.stdin.take().context("no standard input")?.write_all(b"FROM scratch\nCOPY . .\n")?;
        let ran = process.wait_with_output()?;
        ensure!(ran.status.success(), "no sources: {}", String::from_utf8_lossy(&ran.stderr));
        Ok(Self { folder })
    }

    /// A static binary of these sources, compiled as quickly as possible.
    fn binary(&self) -> Result<PathBuf> {
        let machine = std::env::consts::ARCH;
        let target = format!("{machine}-unknown-linux-musl");
        needs_target(&target)?;
        needs(&format!("{machine}-linux-gnu-gcc"), "apt-get install gcc libc6-dev")?;
        let folder = target_dir().join("build");
        let mut cargo = Command::new("cargo");
        cargo
            .args(["build", "--locked", "--bin", "seawall", "--target", &target, "--target-dir"])
            .arg(&folder);
        for setting in ["debug=false", "strip=true"] {
            cargo.args(["--config", &format!("profile.dev.{setting}")]);
        }
        // These are made faster for tests with much data.
        for package in ["granit-parser", "regex-automata", "serde_json"] {
            cargo.args(["--config", &format!("profile.dev.package.{package}.opt-level=0")]);
        }
        output(cargo.current_dir(&self.folder))?;
        Ok(folder.join(target).join("debug/seawall"))
    }
}

impl Image {
    /// Builds the final stage of the Dockerfile.
    pub(crate) fn build(context: &Context) -> Result<Self> {
        Self::around(context.binary()?, EPOCH + 1)
    }

    /// The same again, in another storage and around a binary that was made later.
    pub(crate) fn again(&self) -> Result<Self> {
        Self::around(self.binary.clone(), EPOCH + 86_400)
    }

    fn around(binary: PathBuf, made: u64) -> Result<Self> {
        let storage = Storage::new()?;
        let stage = storage.0.path().join("builder");
        fs::create_dir(&stage)?;
        let copy = stage.join("seawall");
        fs::copy(&binary, &copy)?;
        File::options()
            .append(true)
            .open(&copy)?
            .set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(made))?;
        // The folder takes the place of the stage of that name, which is then not built.
        let stage = format!("builder={}", stage.display());
        let (epoch, revision) = (EPOCH.to_string(), format!("REVISION={REVISION}"));
        let mut build = storage.buildah();
        build.args(["build", "--isolation", "chroot", "--timestamp", &epoch, "--build-arg", &revision]);
        output(build.args(["--build-context", &stage, "--tag", "localhost/seawall"]).arg(repository()))?;
        let inspected = output(storage.buildah().args(["inspect", "--type", "image", "localhost/seawall"]))?;
        Ok(Self { binary, inspected: serde_json::from_str(&inspected)?, storage })
    }

    /// A folder with the root file system of a new container.
    pub(crate) fn root(&self) -> Result<PathBuf> {
        let container = output(self.storage.buildah().args(["from", "--pull-never", "localhost/seawall"]))?;
        let root = output(self.storage.buildah().args(["mount", container.trim()]))?;
        Ok(PathBuf::from(root.trim()))
    }
}

impl Storage {
    fn new() -> Result<Self> {
        fs::create_dir_all(target_dir())?;
        Ok(Self(TempDir::new_in(target_dir())?))
    }

    fn buildah(&self) -> Command {
        let mut command = Command::new("buildah");
        // Plain folders: the default needs a kernel module that is not everywhere.
        command.args(["--storage-driver", "vfs", "--root"]).arg(self.0.path().join("storage"));
        command.arg("--runroot").arg(self.0.path().join("state"));
        command
    }
}

/// The root of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder of the target directory.
fn target_dir() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().unwrap_or(tmp).join("image")
}
