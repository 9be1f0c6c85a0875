//! Where the programs of the control plane come from.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::places::target_dir;
use super::settings::{self, Release};
use super::skipped::Skipped;

/// Programs that every control plane consists of, besides etcd.
const KUBERNETES: [&str; 3] = ["kube-apiserver", "kube-controller-manager", "kubectl"];

/// The programs of one release.
#[derive(Clone, Debug)]
pub(crate) struct Binaries(PathBuf);

/// A Go module in `tests/controlplane` and what is built from it.
pub(super) struct Module<'m> {
    /// Its folder there, and in the target directory.
    pub(super) name: &'m str,
    /// What a person who waits is told.
    pub(super) what: String,
    /// The files that must be there in the end.
    pub(super) programs: &'m [&'m str],
}

impl Binaries {
    /// Finds the programs of a release or builds them; ready-made ones are taken whatever their release.
    pub(crate) fn find(release: Release) -> Result<Self, Skipped> {
        if let Some(assets) = settings::assets() {
            return Self::ready_made(assets).map_err(Skipped);
        }
        let module = Module {
            name: release.line(),
            what: format!("the control plane {}", release.version()),
            programs: &["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"],
        };
        let built = module.build(|module, output| {
            let kubernetes: Vec<String> =
                KUBERNETES.iter().map(|name| format!("k8s.io/kubernetes/cmd/{name}")).collect();
            go_build(module, output, &release.linker_flags(), &kubernetes)?;
            go_build(module, &output.join("etcd"), "-s -w", &["go.etcd.io/etcd/server/v3".to_owned()])
        });
        built.map(Self).map_err(Skipped)
    }

    /// The path of a program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn ready_made(dir: PathBuf) -> Result<Self, String> {
        let names = KUBERNETES.into_iter().chain(["etcd"]);
        let missing: Vec<&str> = names.filter(|name| !dir.join(name).is_file()).collect();
        if missing.is_empty() {
            return Ok(Self(dir));
        }
        Err(format!("KUBEBUILDER_ASSETS={} has no {}", dir.display(), missing.join(", ")))
    }
}

impl Module<'_> {
    /// The folder with the programs; `build` is given the module's folder and the one to build into.
    pub(super) fn build(
        &self,
        build: impl FnOnce(&Path, &Path) -> Result<(), String>,
    ) -> Result<PathBuf, String> {
        let parent = target_dir().join("controlplane");
        let into = parent.join(self.name);
        let is_complete = || self.programs.iter().all(|name| into.join(name).is_file());
        if is_complete() {
            return Ok(into);
        }
        // Under a lock and under another name until it is complete, so that neither a second run nor an
        // interrupted one leaves half of the programs behind.
        fs::create_dir_all(&parent).map_err(|error| format!("{}: {error}", parent.display()))?;
        let lock = File::create(parent.join(".lock")).and_then(|file| file.lock().map(|()| file));
        let _lock = lock.map_err(|error| format!("{}: {error}", parent.display()))?;
        if is_complete() {
            return Ok(into);
        }
        let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/controlplane").join(self.name);
        let partial = parent.join(format!("{}.partial", self.name));
        note(&format!("building {} with go, once; this takes some minutes", self.what));
        build(&module, &partial)?;
        fs::rename(&partial, &into).map_err(|error| format!("{}: {error}", into.display()))?;
        Ok(into)
    }
}

/// Builds packages of a module, into a folder if there are several.
pub(super) fn go_build(
    module: &Path,
    output: &Path,
    linker_flags: &str,
    packages: &[String],
) -> Result<(), String> {
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
            Err("there are neither ready-made programs nor a `go` to build them with".into())
        }
        Err(error) => Err(format!("go: {error}")),
    }
}

fn note(text: &str) {
    // Progress for a person who waits; nothing depends on it.
    let _ = writeln!(io::stderr(), "{text}");
}
