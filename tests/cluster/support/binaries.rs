//! Where the programs of the control plane come from.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::settings::{self, Release};
use crate::Skipped;

/// Programs that every control plane consists of, besides etcd.
const KUBERNETES: [&str; 3] = ["kube-apiserver", "kube-controller-manager", "kubectl"];

/// The programs of one release.
#[derive(Clone, Debug)]
pub(crate) struct Binaries(PathBuf);

impl Binaries {
    /// Finds the programs of a release or builds them; ready-made ones are taken whatever their release.
    pub(crate) fn find(release: Release) -> Result<Self, Skipped> {
        if let Some(assets) = settings::assets() {
            return Self::ready_made(assets).map_err(Skipped);
        }
        let built = target_dir().join("controlplane").join(release.line());
        if !Self(built.clone()).is_complete() {
            build(release, &built).map_err(Skipped)?;
        }
        Ok(Self(built))
    }

    /// The path of a program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn ready_made(dir: PathBuf) -> Result<Self, String> {
        let found = Self(dir);
        let missing: Vec<&str> = found.missing().collect();
        if missing.is_empty() {
            return Ok(found);
        }
        Err(format!("KUBEBUILDER_ASSETS={} has no {}", found.0.display(), missing.join(", ")))
    }

    fn missing(&self) -> impl Iterator<Item = &'static str> {
        let names = KUBERNETES.into_iter().chain(["etcd"]);
        names.filter(|name| !self.0.join(name).is_file())
    }

    fn is_complete(&self) -> bool {
        self.missing().next().is_none()
    }
}

/// The target directory of this build: the folder for the files of tests lies in it.
fn target_dir() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().unwrap_or(tmp).to_owned()
}

fn build(release: Release, into: &Path) -> Result<(), String> {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/controlplane").join(release.line());
    // Under a lock and under another name until it is complete, so that neither a second run nor an
    // interrupted one leaves half a control plane behind.
    let parent = into.parent().unwrap_or(into);
    fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
    let lock = File::create(parent.join(".lock")).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(|error| format!("{}: {error}", parent.display()))?;
    if Binaries(into.to_owned()).is_complete() {
        return Ok(());
    }
    let partial = parent.join(format!("{}.partial", release.line()));
    note(&format!("building the control plane {} with go, once; this takes some minutes", release.version()));
    let kubernetes: Vec<String> =
        KUBERNETES.iter().map(|name| format!("k8s.io/kubernetes/cmd/{name}")).collect();
    go_build(&module, &partial, &release.linker_flags(), &kubernetes)?;
    go_build(&module, &partial.join("etcd"), "-s -w", &["go.etcd.io/etcd/server/v3".to_owned()])?;
    fs::rename(&partial, into).map_err(|error| format!("{}: {error}", into.display()))
}

fn go_build(module: &Path, output: &Path, linker_flags: &str, packages: &[String]) -> Result<(), String> {
    // A trailing separator makes `go` treat the output as a directory.
    let output = if packages.len() > 1 { output.join("") } else { output.to_owned() };
    let built = Command::new("go")
        .args(["build", "-mod=readonly", "-p", "2", "-trimpath", "-ldflags", linker_flags, "-o"])
        .arg(output)
        .args(packages)
        .current_dir(module)
        .output();
    match built {
        Ok(built) if built.status.success() => Ok(()),
        Ok(built) => Err(format!("go build failed: {}", String::from_utf8_lossy(&built.stderr).trim())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err("neither KUBEBUILDER_ASSETS is set nor is there a `go` to build the control plane with"
                .into())
        }
        Err(error) => Err(format!("go: {error}")),
    }
}

fn note(text: &str) {
    // Progress for a person who waits; nothing depends on it.
    let _ = writeln!(io::stderr(), "{text}");
}
