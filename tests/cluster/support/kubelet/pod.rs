//! The life of one Pod, in a thread of its own.

use std::fs;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use http::Method;
use k8s_openapi::api::core::v1::{Container as Spec, LifecycleHandler, Pod, PodSpec};
use serde_json::{Value, json};

use super::container::{Container, lock};
use super::environment::{Surroundings, expand};
use super::node::Shared;
use super::probe::Question;
use super::replica::Replica;
use super::sandbox::Sandbox;
use super::status::{self, Conditions, now};
use super::volumes::Volumes;

/// How often something is done for a Pod.
const TICK: Duration = Duration::from_millis(50);
/// How often volumes are compared with what they are made of; a kubelet may take a minute.
const REFRESH: Duration = Duration::from_secs(1);

/// A Pod and what there is of it on this machine.
pub(super) struct Life {
    node: Arc<Shared>,
    replica: Arc<Replica>,
    pod: Pod,
    volumes: Volumes,
    containers: Vec<Container>,
    conditions: Conditions,
    since: String,
    reported: Value,
}

/// Why containers are not started yet: the reason for the status, and everything else for people.
struct NotYet(&'static str, anyhow::Error);

impl Life {
    pub(super) fn new(node: Arc<Shared>, replica: Arc<Replica>, pod: Pod) -> Self {
        Self {
            volumes: Volumes::new(replica.dir.join("volumes")),
            node,
            replica,
            pod,
            containers: Vec::new(),
            conditions: Conditions::default(),
            since: now(),
            reported: Value::Null,
        }
    }

    /// Lives until the Pod is deleted or the node is gone.
    pub(super) fn live(mut self) {
        let mut refreshed = Instant::now();
        while !self.is_gone() {
            thread::sleep(TICK);
            if let Some(grace) = self.replica.orders.grace() {
                return self.end(grace);
            }
            let holds = self.node.holds.load(Ordering::Relaxed);
            if self.containers.is_empty() {
                if holds {
                    continue;
                }
                if let Err(NotYet(reason, error)) = self.start() {
                    self.report_waiting(reason, &format!("{error:#}"));
                    thread::sleep(TICK * 4);
                }
                continue;
            }
            if refreshed.elapsed() > REFRESH {
                refreshed = Instant::now();
                // Without an answer the files stay what they are.
                let _ = self.volumes.refresh(&surroundings(&self.node, &self.replica, &self.pod));
            }
            let policy = self.spec().and_then(|spec| spec.restart_policy.as_deref()).unwrap_or("Always");
            let policy = policy.to_owned();
            let restarts = |code| policy == "Always" || policy == "OnFailure" && code != 0;
            for container in &mut self.containers {
                // A container that cannot be started now is one that has a back-off more.
                let _ = container.tick(holds, restarts);
            }
            self.report();
        }
        for container in &self.containers {
            container.signal("KILL");
        }
        lock(&self.replica.processes).clear();
    }

    fn is_gone(&self) -> bool {
        self.replica.orders.is_gone() || self.node.stop.load(Ordering::Relaxed)
    }

    fn spec(&self) -> Option<&PodSpec> {
        self.pod.spec.as_ref()
    }

    fn start(&mut self) -> Result<(), NotYet> {
        let around = surroundings(&self.node, &self.replica, &self.pod);
        let spec = self.pod.spec.as_ref().context("no spec").map_err(|error| NotYet("NoSpec", error))?;
        if spec.init_containers.as_ref().is_some_and(|containers| !containers.is_empty()) {
            return Err(NotYet("NotUnderstood", anyhow::anyhow!("init containers are not understood")));
        }
        self.volumes.refresh(&around).map_err(|error| NotYet("ContainerCreating", error))?;
        let sandboxes = spec.containers.iter().map(|spec| Ok((spec, self.sandbox(spec, &around)?)));
        for (spec, sandbox) in sandboxes.collect::<Result<Vec<_>, NotYet>>()? {
            let slot = Arc::default();
            lock(&self.replica.processes).insert(spec.name.clone(), Arc::clone(&slot));
            let started = Container::start(spec, self.replica.ip, sandbox, slot);
            self.containers.push(started.map_err(|error| NotYet("CreateContainerError", error))?);
        }
        Ok(())
    }

    fn sandbox(&self, spec: &Spec, around: &Surroundings<'_>) -> Result<Sandbox, NotYet> {
        let name = spec.image.as_deref().unwrap_or_default();
        let image = (self.node.images)(name)
            .with_context(|| format!("there is no image {name}"))
            .map_err(|error| NotYet("ErrImagePull", error))?;
        let sandbox = || {
            ensure!(spec.working_dir.is_none(), "`workingDir` is not understood");
            fs::create_dir_all(&self.replica.dir)?;
            fs::write(self.replica.dir.join("hosts"), around.hosts()?)?;
            fs::write(self.replica.dir.join("nsswitch.conf"), "hosts: files\n")?;
            let variables = around.variables(spec)?;
            let entry = image.program.file_name().context("an image without a program")?;
            let entry = vec![format!("/{}", entry.to_string_lossy())];
            let command = spec.command.clone().filter(|command| !command.is_empty()).unwrap_or(entry);
            let command = command.iter().chain(spec.args.iter().flatten());
            let command: Vec<String> = command.map(|argument| expand(argument, &variables)).collect();
            Sandbox::new(&self.replica.dir, &self.pod, spec, &image, &self.volumes, &variables, &command)
        };
        sandbox().map_err(|error| NotYet("CreateContainerConfigError", error))
    }

    /// Ends the containers in order, and then says so.
    fn end(mut self, grace: Duration) {
        let end = Instant::now() + grace;
        for container in &self.containers {
            let hook = container.spec().lifecycle.as_ref().and_then(|lifecycle| lifecycle.pre_stop.as_ref());
            if let Some(hook) = hook {
                // A hook that fails does not keep the Pod, nor does it take more than the grace period.
                let _ = run_hook(hook, container.spec(), self.replica.ip, grace);
            }
            container.signal("TERM");
        }
        let mut is_killed = false;
        loop {
            let ended: Vec<bool> =
                self.containers.iter_mut().map(|container| container.tick_ending().unwrap_or(true)).collect();
            self.report();
            if ended.iter().all(|ended| *ended) {
                break;
            }
            if !is_killed && (Instant::now() >= end || self.node.stop.load(Ordering::Relaxed)) {
                is_killed = true;
                for container in &self.containers {
                    container.signal("KILL");
                }
            }
            thread::sleep(TICK);
        }
        lock(&self.replica.processes).clear();
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
            "preconditions": {"uid": self.replica.uid},
        });
        while !self.is_gone() {
            let answer = self.node.kubelet.call(Method::DELETE, &self.path(), Some(&options));
            // Gone, or another Pod of the same name.
            if answer.is_ok_and(|answer| answer.is_success() || matches!(answer.status, 404 | 409)) {
                break;
            }
            thread::sleep(TICK * 4);
        }
    }

    fn report(&mut self) {
        if self.containers.is_empty() {
            return;
        }
        let status = status::of(
            &self.containers,
            &mut self.conditions,
            &self.since,
            self.replica.ip,
            self.node.network.node(),
        );
        self.send(status);
    }

    fn report_waiting(&mut self, reason: &str, message: &str) {
        let containers = self.spec().into_iter().flat_map(|spec| &spec.containers);
        let names: Vec<(&str, &str)> = containers
            .map(|container| (container.name.as_str(), container.image.as_deref().unwrap_or_default()))
            .collect();
        self.send(status::waiting(&names, reason, message, self.node.network.node()));
    }

    fn send(&mut self, status: Value) {
        if status == self.reported {
            return;
        }
        let patch = json!({"metadata": {"uid": self.replica.uid}, "status": status});
        // What was not taken is sent again with the next tick.
        if self
            .node
            .kubelet
            .patch(&format!("{}/status", self.path()), &patch)
            .is_ok_and(|answer| answer.is_success())
        {
            self.reported = status;
        }
    }

    fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/pods/{}", self.replica.namespace, self.replica.name)
    }
}

fn surroundings<'p>(node: &'p Shared, replica: &Replica, pod: &'p Pod) -> Surroundings<'p> {
    Surroundings {
        kubelet: &node.kubelet,
        pod,
        pod_ip: replica.ip,
        host_ip: node.network.node(),
        node: &node.name,
        api_server: *lock(&node.api_server),
    }
}

fn run_hook(hook: &LifecycleHandler, spec: &Spec, ip: Ipv4Addr, grace: Duration) -> Result<()> {
    if let Some(sleep) = &hook.sleep {
        thread::sleep(Duration::from_secs(sleep.seconds.unsigned_abs()).min(grace));
        return Ok(());
    }
    let get = hook.http_get.as_ref().context("a hook of this kind is not understood")?;
    Question::of_get(get, spec, ip)?.ask(grace)
}
