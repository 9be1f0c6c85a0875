//! A replica of the program that is tested.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::admin;
use super::authority::Identity;
use super::places::target_dir;
use super::process::Process;
use super::volume::Volume;
use super::wait::{PATIENCE, eventually};

/// The program.
pub(crate) const PROGRAM: &str = match option_env!("CARGO_BIN_EXE_seawall") {
    Some(program) => program,
    None => "",
};

/// The program, also in an example: Cargo tells those nothing and builds the program only if it is asked to.
pub(crate) fn program() -> PathBuf {
    if PROGRAM.is_empty() { target_dir().join("debug/seawall") } else { PathBuf::from(PROGRAM) }
}

/// Where a replica listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    /// Its webhook.
    pub(crate) webhook: SocketAddr,
    /// Its probes and metrics.
    pub(crate) admin: SocketAddr,
}

/// One running `seawall serve`.
pub(crate) struct Seawall {
    process: Process,
    configuration: Volume,
    certificate: Volume,
    admin: SocketAddr,
}

impl Seawall {
    /// Starts a replica in a folder of its own and waits until it is ready.
    pub(crate) fn start(
        dir: &Path,
        addresses: Addresses,
        configuration: &str,
        identity: &Identity,
        arguments: &[&str],
    ) -> Result<Self> {
        Self::launch(dir, addresses, configuration, identity, arguments)?.wait_until_ready(PATIENCE)
    }

    /// The same without waiting.
    pub(crate) fn launch(
        dir: &Path,
        addresses: Addresses,
        configuration: &str,
        identity: &Identity,
        arguments: &[&str],
    ) -> Result<Self> {
        let certificate = Volume::new(dir.join("certificate"), &files(identity))?;
        let own = [("--tls-cert", "tls.crt"), ("--tls-key", "tls.key")];
        let own = own.map(|(flag, file)| format!("{flag}={}", certificate.path(file).display()));
        let arguments: Vec<&str> = own.iter().map(String::as_str).chain(arguments.iter().copied()).collect();
        Self::launch_with(dir, addresses, configuration, certificate, &arguments)
    }

    /// The same for a replica that is told by its arguments where its certificate comes from.
    pub(crate) fn start_managed(
        dir: &Path,
        addresses: Addresses,
        configuration: &str,
        arguments: &[&str],
    ) -> Result<Self> {
        let nothing = Volume::new(dir.join("certificate"), &[])?;
        Self::launch_with(dir, addresses, configuration, nothing, arguments)?.wait_until_ready(PATIENCE)
    }

    fn launch_with(
        dir: &Path,
        Addresses { webhook, admin }: Addresses,
        configuration: &str,
        certificate: Volume,
        arguments: &[&str],
    ) -> Result<Self> {
        let configuration = Volume::new(dir.join("configuration"), &[("seawall.yaml", configuration)])?;
        let mut own = vec![
            "serve".to_owned(),
            format!("--config={}", configuration.path("seawall.yaml").display()),
            format!("--listen={webhook}"),
            format!("--admin-listen={admin}"),
        ];
        own.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let process = Process::start(Path::new(PROGRAM), own, dir, "seawall")?;
        Ok(Self { process, configuration, certificate, admin })
    }

    /// Waits until it is ready.
    pub(crate) fn wait_until_ready(mut self, within: Duration) -> Result<Self> {
        eventually(within, || {
            self.process.expect_running()?;
            Ok(self.readiness().ok().filter(|(status, _)| *status == 200))
        })
        .context("Seawall does not become ready")?;
        Ok(self)
    }

    /// Puts another configuration in the place of the one it was started with.
    pub(crate) fn configure(&mut self, configuration: &str) -> Result<()> {
        self.configuration.update(&[("seawall.yaml", configuration)])
    }

    /// Puts another certificate in the place of the one it was started with.
    pub(crate) fn certify(&mut self, identity: &Identity) -> Result<()> {
        self.certificate.update(&files(identity))
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&mut self) -> Result<()> {
        self.process.signal("TERM")
    }

    /// Sends SIGKILL, and waits until it has ended.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.process.signal("KILL")?;
        self.wait().map(drop)
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        self.process.wait(PATIENCE)
    }

    /// Status and details of its readiness.
    pub(crate) fn readiness(&self) -> Result<(u16, String)> {
        admin::get(self.admin, "/readyz?verbose")
    }

    /// The sum of all series of a metric that have the given labels.
    pub(crate) fn metric(&self, name: &str, labels: &[(&str, &str)]) -> Result<f64> {
        let (_, metrics) = admin::get(self.admin, "/metrics")?;
        Ok(admin::sum(&metrics, name, labels))
    }

    /// Waits until a metric has grown beyond a value.
    pub(crate) fn wait_for_metric(&self, name: &str, labels: &[(&str, &str)], above: f64) -> Result<()> {
        eventually(PATIENCE, || Ok((self.metric(name, labels)? > above).then_some(())))
            .with_context(|| format!("{name}{labels:?} does not grow beyond {above}"))
    }

    /// Everything that it has logged.
    pub(crate) fn log(&self) -> Result<String> {
        self.process.log()
    }

    /// What the log says about reviews of objects with this name; it is written with a small delay.
    pub(crate) fn decisions(&self, name: &str) -> Result<Vec<Value>> {
        eventually(PATIENCE, || {
            let log = self.process.log()?;
            let complete = log.rsplit_once('\n').map_or("", |(complete, _)| complete);
            let lines = complete
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).with_context(|| format!("not JSON: {line}")));
            let mut lines = lines.collect::<Result<Vec<_>>>()?;
            lines.retain(|line| line["object.name"] == name && line["decision"].is_string());
            Ok(Some(lines).filter(|lines| !lines.is_empty()))
        })
        .with_context(|| format!("no decision about `{name}` in the log"))
    }
}

fn files(identity: &Identity) -> [(&str, &str); 2] {
    [("tls.crt", &identity.certificate), ("tls.key", &identity.key)]
}
