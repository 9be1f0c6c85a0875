//! The life of one container: started, probed, restarted with a back-off.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use k8s_openapi::api::core::v1::Container as Spec;
use serde_json::{Value, json};

use super::super::process::Process;
use super::probe::{Opinion, Probe};
use super::sandbox::Sandbox;
use super::status::now;

/// The first pause before a restart, and the longest; a kubelet begins with ten seconds.
const FIRST_BACK_OFF: Duration = Duration::from_millis(300);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(5);

/// The process of a container, which a scenario can send signals too.
pub(super) type Slot = Arc<Mutex<Option<Process>>>;

/// One container of a Pod.
pub(super) struct Container {
    spec: Spec,
    ip: Ipv4Addr,
    sandbox: Sandbox,
    process: Slot,
    state: State,
    last_end: Option<Value>,
    restarts: u32,
    probes: Probes,
}

enum State {
    Running { since: String },
    BackOff { until: Instant },
    Ended { code: i32, end: Value },
}

#[derive(Default)]
struct Probes {
    startup: Option<Probe>,
    liveness: Option<Probe>,
    readiness: Option<Probe>,
    is_started: bool,
    is_ready: bool,
}

impl Container {
    pub(super) fn start(spec: &Spec, ip: Ipv4Addr, sandbox: Sandbox, process: Slot) -> Result<Self> {
        let mut container = Self {
            spec: spec.clone(),
            ip,
            sandbox,
            process,
            state: State::BackOff { until: Instant::now() },
            last_end: None,
            restarts: 0,
            probes: Probes::default(),
        };
        container.run()?;
        Ok(container)
    }

    /// Does what is due; `restarts` is whether the container is started again after its end, and `holds` that this
    /// has to wait.
    pub(super) fn tick(&mut self, holds: bool, restarts: impl Fn(i32) -> bool) -> Result<()> {
        match &self.state {
            State::Running { since } => {
                let since = since.clone();
                match self.exit_code()? {
                    Some(code) => self.has_ended(code, &since, &restarts),
                    None => {
                        if self.probes.tick() == Some(Opinion::Bad) {
                            // By the book it has the whole grace period of the Pod; here it has nothing to lose.
                            self.signal("KILL");
                        }
                    }
                }
            }
            State::BackOff { until } if !holds && Instant::now() >= *until => {
                self.restarts += 1;
                self.run()?;
            }
            State::BackOff { .. } | State::Ended { .. } => {}
        }
        Ok(())
    }

    /// Keeps only the readiness probe going, as for a Pod that is on its way out; whether the container has ended.
    pub(super) fn tick_ending(&mut self) -> Result<bool> {
        let State::Running { since } = &self.state else { return Ok(true) };
        let since = since.clone();
        if let Some(code) = self.exit_code()? {
            self.has_ended(code, &since, &|_| false);
            return Ok(true);
        }
        self.probes.tick_readiness();
        Ok(false)
    }

    /// The exit code, if the container has ended for good.
    pub(super) fn ended(&self) -> Option<i32> {
        match &self.state {
            State::Ended { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Sends a signal to a container that runs.
    pub(super) fn signal(&self, signal: &str) {
        if let Some(process) = lock(&self.process).as_mut() {
            // One that has just ended needs no signal.
            let _ = process.signal(signal);
        }
    }

    pub(super) fn spec(&self) -> &Spec {
        &self.spec
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(self.state, State::Running { .. }) && self.probes.is_ready
    }

    /// The entry of `status.containerStatuses`.
    pub(super) fn status(&self) -> Value {
        let is_running = matches!(self.state, State::Running { .. });
        let state = match &self.state {
            State::Running { since } => json!({"running": {"startedAt": since}}),
            State::BackOff { .. } => json!({"waiting": {"reason": "CrashLoopBackOff"}}),
            State::Ended { end, .. } => json!({"terminated": end}),
        };
        let last = self.last_end.as_ref().map_or_else(|| json!({}), |end| json!({"terminated": end}));
        json!({
            "name": self.spec.name,
            "image": self.spec.image,
            "imageID": self.spec.image,
            "containerID": format!("process://{}-{}", self.spec.name, self.restarts),
            "ready": self.is_ready(),
            "started": is_running && self.probes.is_started,
            "restartCount": self.restarts,
            "state": state,
            "lastState": last,
        })
    }

    fn run(&mut self) -> Result<()> {
        self.probes = Probes::new(&self.spec, self.ip)?;
        *lock(&self.process) = Some(self.sandbox.start()?);
        self.state = State::Running { since: now() };
        Ok(())
    }

    fn exit_code(&self) -> Result<Option<i32>> {
        let mut process = lock(&self.process);
        let status = process.as_mut().map(Process::ended).transpose()?.flatten();
        Ok(status.map(|status| status.code().unwrap_or(128)))
    }

    fn has_ended(&mut self, code: i32, since: &str, restarts: &dyn Fn(i32) -> bool) {
        *lock(&self.process) = None;
        let reason = if code == 0 { "Completed" } else { "Error" };
        let end = json!({"exitCode": code, "reason": reason, "startedAt": since, "finishedAt": now()});
        self.last_end = Some(end.clone());
        self.state = if restarts(code) {
            let back_off = FIRST_BACK_OFF * 2_u32.pow(self.restarts.min(5));
            State::BackOff { until: Instant::now() + back_off.min(LONGEST_BACK_OFF) }
        } else {
            State::Ended { code, end }
        };
    }
}

impl Probes {
    fn new(spec: &Spec, ip: Ipv4Addr) -> Result<Self> {
        let probe = |probe: &Option<_>| probe.as_ref().map(|probe| Probe::new(probe, spec, ip)).transpose();
        Ok(Self {
            startup: probe(&spec.startup_probe)?,
            liveness: probe(&spec.liveness_probe)?,
            readiness: probe(&spec.readiness_probe)?,
            is_started: spec.startup_probe.is_none(),
            is_ready: spec.readiness_probe.is_none() && spec.startup_probe.is_none(),
        })
    }

    /// Bad is what asks for a restart.
    fn tick(&mut self) -> Option<Opinion> {
        if !self.is_started {
            let opinion = self.startup.as_mut()?.tick()?;
            if opinion == Opinion::Bad {
                return Some(opinion);
            }
            self.is_started = true;
            self.is_ready = self.readiness.is_none();
        }
        self.tick_readiness();
        self.liveness.as_mut()?.tick()
    }

    fn tick_readiness(&mut self) {
        if let Some(opinion) = self.readiness.as_mut().and_then(Probe::tick) {
            self.is_ready = opinion == Opinion::Good;
        }
    }
}

/// A scenario that failed while it held the lock has not made the process any worse.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
