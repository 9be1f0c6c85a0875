//! A Pod that runs, as a scenario sees it.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::super::admin;
use super::address::on_this_machine;
use super::container::{Slot, lock};

/// A Pod on the node.
pub(crate) struct Replica {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(super) uid: String,
    pub(super) ip: Ipv4Addr,
    pub(super) dir: PathBuf,
    /// The processes by the names of their containers.
    pub(super) processes: Mutex<BTreeMap<String, Slot>>,
    pub(super) orders: Orders,
}

/// What the API says about the end of a Pod.
#[derive(Default)]
pub(super) struct Orders {
    grace: Mutex<Option<Duration>>,
    is_gone: AtomicBool,
}

impl Replica {
    /// Sends a signal to the Pod's processes: `KILL` for a crash, `STOP` and `CONT` for one that hangs.
    pub(crate) fn signal(&self, signal: &str) -> Result<()> {
        let processes = lock(&self.processes);
        ensure!(!processes.is_empty(), "Pod {} does not run", self.name);
        for process in processes.values() {
            if let Some(process) = lock(process).as_mut() {
                process.signal(signal)?;
            }
        }
        Ok(())
    }

    /// Where a port of the Pod is on this machine.
    pub(crate) fn address(&self, port: u16) -> SocketAddr {
        on_this_machine(SocketAddr::from((self.ip, port)))
    }

    /// Everything that a container has printed, over all its restarts.
    pub(crate) fn log(&self, container: &str) -> Result<String> {
        let path = self.dir.join(format!("{container}.log"));
        let log = fs::read(&path).with_context(|| path.display().to_string())?;
        Ok(String::from_utf8_lossy(&log).into_owned())
    }

    /// The sum of all series of a metric that have the given labels; the port is that of the metrics.
    pub(crate) fn metric(&self, port: u16, name: &str, labels: &[(&str, &str)]) -> Result<f64> {
        let (_, metrics) = admin::get(self.address(port), "/metrics")?;
        Ok(admin::sum(&metrics, name, labels))
    }

    /// Status and details of Seawall's readiness; the port is that of the metrics.
    pub(crate) fn readiness(&self, port: u16) -> Result<(u16, String)> {
        admin::get(self.address(port), "/readyz?verbose")
    }
}

impl Orders {
    /// The Pod has to end, within so much time.
    pub(super) fn end_within(&self, grace: Duration) {
        *lock(&self.grace) = Some(grace);
    }

    /// The Pod is no longer there.
    pub(super) fn gone(&self) {
        self.is_gone.store(true, Ordering::Relaxed);
    }

    pub(super) fn grace(&self) -> Option<Duration> {
        *lock(&self.grace)
    }

    pub(super) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }
}
