//! A container: a process with a file system and a user of its own.
//!
//! It has its mounts and its root directory, the user and groups of its security context, no capabilities and no way
//! to new ones if that is said. It shares network and processes with this machine, and has no limits.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::{Container, Pod};

use super::super::process::Process;
use super::super::skipped::Skipped;
use super::image::Image;
use super::volumes::Volumes;

/// Mounts what it is told, as triples of source, target and `ro` or `rw`, and goes on inside.
const SCRIPT: &str = r#"
set -e
root=$1 writable=$2
shift 2
mount --bind "$root" "$root"
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then
        mkdir -p "$root$2"
    else
        mkdir -p "$(dirname "$root$2")"
        : >>"$root$2"
    fi
    mount --rbind "$1" "$root$2"
    if [ "$3" = ro ]; then mount -o remount,bind,ro "$root$2"; fi
    shift 3
done
shift
if [ "$writable" = ro ]; then mount -o remount,bind,ro "$root"; fi
exec chroot "$root" "$@"
"#;

/// What a program needs of this machine that is not linked statically, and the tools that put it into its place.
const MACHINE: [&str; 9] =
    ["/usr", "/lib", "/lib64", "/bin", "/proc", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"];

/// Everything that has to be known to start a container, again and again.
pub(super) struct Sandbox {
    name: String,
    dir: PathBuf,
    arguments: Vec<OsString>,
}

/// How this machine gives a process mounts of its own.
#[derive(Clone, Copy)]
enum Unshare {
    /// By right: users can be changed too.
    Root,
    /// By a user namespace that knows only one user.
    UserNamespace,
}

/// Fails where containers cannot be run.
pub(super) fn check() -> Result<(), Skipped> {
    unshare().map(|_| ()).ok_or_else(|| Skipped("this machine gives no process mounts of its own".into()))
}

/// Whether files and processes can be given to any user.
pub(super) fn knows_all_users() -> bool {
    matches!(unshare(), Some(Unshare::Root))
}

impl Sandbox {
    /// A container of a Pod whose files of `/etc` are in its folder; `command` is what it runs, with its arguments and its variables.
    pub(super) fn new(
        dir: &Path,
        pod: &Pod,
        container: &Container,
        image: &Image,
        volumes: &Volumes,
        variables: &[(String, String)],
        command: &[String],
    ) -> Result<Self> {
        let unshare = unshare().context("this machine gives no process mounts of its own")?;
        let root = dir.join(&container.name);
        fs::create_dir_all(&root)?;
        let context = container.security_context.as_ref();
        let read_only = context.and_then(|context| context.read_only_root_filesystem) == Some(true);
        let mut arguments: Vec<OsString> = unshare.flags().iter().map(OsString::from).collect();
        arguments.extend(["sh", "-c", SCRIPT, "sh"].map(OsString::from));
        arguments.extend([root.into_os_string(), if read_only { "ro" } else { "rw" }.into()]);
        for path in MACHINE.into_iter().filter(|path| Path::new(path).exists()) {
            let mode = if path.starts_with("/dev") { "rw" } else { "ro" };
            arguments.extend([path.into(), path.into(), mode.into()]);
        }
        for file in ["hosts", "nsswitch.conf"] {
            arguments.extend([dir.join(file).into(), Path::new("/etc").join(file).into(), "ro".into()]);
        }
        let program = image.program.file_name().context("an image without a program")?;
        arguments.extend([image.program.clone().into(), Path::new("/").join(program).into(), "ro".into()]);
        let mut mounts: Vec<_> = container.volume_mounts.iter().flatten().collect();
        // What lies in another mount comes after it.
        mounts.sort_by_key(|mount| mount.mount_path.split('/').count());
        for mount in mounts {
            ensure!(mount.sub_path_expr.is_none(), "`subPathExpr` is not understood");
            let (volume, never_writable) = volumes.find(&mount.name);
            let source = volume.join(mount.sub_path.as_deref().unwrap_or_default());
            // A part of a volume stays what it was, as its link is followed only now.
            let source = fs::canonicalize(&source).with_context(|| format!("volume {}", mount.name))?;
            let read_only = never_writable || mount.read_only == Some(true);
            let mode = if read_only { "ro" } else { "rw" };
            arguments.extend([source.into(), OsString::from(&mount.mount_path), mode.into()]);
        }
        arguments.push("--".into());
        arguments.extend(user(pod, container, image, unshare)?.into_iter().map(OsString::from));
        arguments.extend(["/usr/bin/env", "-i"].map(OsString::from));
        arguments.extend(variables.iter().map(|(name, value)| OsString::from(format!("{name}={value}"))));
        arguments.extend(command.iter().map(OsString::from));
        Ok(Self { name: container.name.clone(), dir: dir.to_owned(), arguments })
    }

    /// Starts the container; what it prints is added to its log.
    pub(super) fn start(&self) -> Result<Process> {
        Process::start(Path::new("unshare"), &self.arguments, &self.dir, &self.name)
    }
}

impl Unshare {
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Root => &["--mount", "--propagation", "private"],
            Self::UserNamespace => &["--user", "--map-root-user", "--mount", "--propagation", "private"],
        }
    }

    fn works(self) -> bool {
        let status = Command::new("unshare")
            .args(self.flags())
            // Mounting is what is needed, and what some machines refuse even then.
            .args(["sh", "-c", "mount --bind / / && command -v setpriv chroot"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    }
}

fn unshare() -> Option<Unshare> {
    static FOUND: OnceLock<Option<Unshare>> = OnceLock::new();
    *FOUND.get_or_init(|| [Unshare::Root, Unshare::UserNamespace].into_iter().find(|way| way.works()))
}

/// The command that becomes the user of a container.
fn user(pod: &Pod, container: &Container, image: &Image, unshare: Unshare) -> Result<Vec<String>> {
    let of_pod = pod.spec.as_ref().and_then(|spec| spec.security_context.as_ref());
    let own = container.security_context.as_ref();
    let user = own
        .and_then(|own| own.run_as_user)
        .or_else(|| of_pod?.run_as_user)
        .unwrap_or_else(|| i64::from(image.user));
    let group = own.and_then(|own| own.run_as_group).or_else(|| of_pod?.run_as_group).unwrap_or(user);
    let must_not_be_root = own.and_then(|own| own.run_as_non_root).or_else(|| of_pod?.run_as_non_root);
    ensure!(user != 0 || must_not_be_root != Some(true), "container has runAsNonRoot and would run as root");
    let mut command = vec!["/usr/bin/setpriv".to_owned()];
    if matches!(unshare, Unshare::Root) {
        command.push(format!("--reuid={user}"));
        command.push(format!("--regid={group}"));
        let more = of_pod.and_then(|of_pod| of_pod.supplemental_groups.as_ref()).into_iter().flatten();
        let groups = of_pod.and_then(|of_pod| of_pod.fs_group.as_ref()).into_iter().chain(more);
        let groups: Vec<String> = groups.map(ToString::to_string).collect();
        command.push(if groups.is_empty() {
            "--clear-groups".to_owned()
        } else {
            format!("--groups={}", groups.join(","))
        });
    }
    if own.and_then(|own| own.allow_privilege_escalation) == Some(false) {
        command.push("--no-new-privs".to_owned());
    }
    let dropped = own.and_then(|own| own.capabilities.as_ref()?.drop.as_ref());
    if dropped.is_some_and(|dropped| dropped.iter().any(|name| name.eq_ignore_ascii_case("ALL"))) {
        command.extend(["--bounding-set=-all", "--inh-caps=-all"].map(ToOwned::to_owned));
    }
    command.push("--".to_owned());
    Ok(command)
}
