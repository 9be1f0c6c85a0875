//! The node: registered, with a heartbeat, and with the Pods of some namespaces.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use http::Method;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::super::actor::Actor;
use super::super::control_plane::ControlPlane;
use super::super::proxy::{self, Proxy};
use super::super::wait::{PATIENCE, eventually};
use super::address::PodNetwork;
use super::container::lock;
use super::image::{self, Images};
use super::pod::Life;
use super::replica::{Orders, Replica};
use super::sandbox;
use super::status::{now, now_micro};

/// How often the node asks for its Pods, and the scheduler for those without a node.
const PERIOD: Duration = Duration::from_millis(200);
/// How often the node says that it is there; it is taken for dead after forty seconds.
const HEARTBEAT: Duration = Duration::from_secs(5);

const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

/// A node with its kubelet and its kube-proxy, and the scheduler that knows no other node. Dropping it is a power
/// failure: its processes are killed, and the API still has its Pods.
pub(crate) struct Node<'c> {
    cluster: &'c ControlPlane,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    proxy: Option<Proxy>,
}

/// What all Pods of the node need.
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) kubelet: Actor,
    pub(super) images: Images,
    pub(super) network: PodNetwork,
    /// Where containers that are started from now on find the API.
    pub(super) api_server: Mutex<SocketAddr>,
    /// Nothing is started, neither for the first time nor again.
    pub(super) holds: AtomicBool,
    pub(super) stop: AtomicBool,
    dir: PathBuf,
    replicas: Mutex<BTreeMap<String, Arc<Replica>>>,
}

/// What the node has for its Pods.
pub(super) fn allocatable(resource: &str) -> &'static str {
    match resource {
        "cpu" => "4",
        "memory" => "8Gi",
        "pods" => "110",
        _ => "0",
    }
}

impl<'c> Node<'c> {
    /// A node for the Pods and Services of some namespaces, on which Seawall can run. It is skipped where containers
    /// cannot be run, or port 443 cannot be had.
    pub(crate) fn start(cluster: &'c ControlPlane, name: &str, namespaces: &[&str]) -> Result<Self> {
        proxy::check()?;
        Self::start_with(cluster, name, namespaces, image::seawall)
    }

    /// The same with other images, and wherever containers can be run.
    pub(crate) fn start_with(
        cluster: &'c ControlPlane,
        name: &str,
        namespaces: &[&str],
        images: Images,
    ) -> Result<Self> {
        sandbox::check()?;
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            kubelet: Actor::new(cluster, &format!("system:node:{name}"), &["system:nodes"]),
            images,
            network: PodNetwork::claim()?,
            api_server: Mutex::new(cluster.api_server()),
            holds: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            dir: cluster.dir().join(format!("node-{name}")),
            replicas: Mutex::default(),
        });
        shared.register()?;
        let scheduler = Actor::new(cluster, "system:kube-scheduler", &[]);
        let namespaces_to_schedule: Vec<String> = namespaces.iter().map(|&name| name.to_owned()).collect();
        let (kubelet, target) = (Arc::clone(&shared), Arc::clone(&shared));
        let threads = vec![
            thread::spawn(move || kubelet.run()),
            thread::spawn(move || target.schedule(&scheduler, &namespaces_to_schedule)),
        ];
        let proxy = Some(Proxy::start(cluster, namespaces));
        Ok(Self { cluster, shared, threads, proxy })
    }

    /// The Pods of a namespace that are on the node, by their names.
    pub(crate) fn replicas(&self, namespace: &str) -> Vec<Arc<Replica>> {
        let replicas = lock(&self.shared.replicas);
        let mut found: Vec<Arc<Replica>> =
            replicas.values().filter(|replica| replica.namespace == namespace).cloned().collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found
    }

    /// Starts no container, neither for the first time nor again, as long as this is so.
    pub(crate) fn hold(&self, holds: bool) {
        self.shared.holds.store(holds, Ordering::Relaxed);
    }

    /// Containers that are started from now on find the API at this address.
    pub(crate) fn use_api_server(&self, address: SocketAddr) {
        *lock(&self.shared.api_server) = address;
    }

    /// Waits until so many Pods of a namespace are ready, and no others are left.
    pub(crate) fn wait_for_ready(&self, namespace: &str, count: usize) -> Result<Vec<Arc<Replica>>> {
        let path = format!("/api/v1/namespaces/{namespace}/pods");
        eventually(PATIENCE, || {
            let answer = self.cluster.call(Method::GET, &path, None)?.success()?;
            let pods = answer.body["items"].as_array().map_or(&[][..], Vec::as_slice);
            let is_ready = |pod: &&Value| {
                let conditions = pod["status"]["conditions"].as_array();
                conditions.into_iter().flatten().any(|it| it["type"] == "Ready" && it["status"] == "True")
            };
            let all = pods.len() == count && pods.iter().filter(is_ready).count() == count;
            Ok(Some(self.replicas(namespace)).filter(|replicas| all && replicas.len() == count))
        })
        .with_context(|| format!("there are not {count} ready Pods in {namespace}"))
    }
}

impl Drop for Node<'_> {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        drop(self.proxy.take());
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        let _ = self.cluster.call(Method::DELETE, &format!("/api/v1/nodes/{}", self.shared.name), None);
    }
}

impl Shared {
    fn register(&self) -> Result<()> {
        let resources = || -> Value {
            ["cpu", "memory", "pods"]
                .into_iter()
                .map(|name| (name.to_owned(), json!(allocatable(name))))
                .collect()
        };
        let node = json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "labels": {"kubernetes.io/hostname": self.name}},
            "status": {
                "capacity": resources(),
                "allocatable": resources(),
                "addresses": [{"type": "InternalIP", "address": self.network.node()}],
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "KubeletReady",
                    "lastHeartbeatTime": now(), "lastTransitionTime": now(),
                }],
            },
        });
        self.kubelet.call(Method::POST, "/api/v1/nodes", Some(&node))?.success().context("the node")?;
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self.name},
            "spec": {"holderIdentity": self.name, "leaseDurationSeconds": 40, "renewTime": now_micro()},
        });
        self.kubelet.call(Method::POST, LEASES, Some(&lease))?.success().context("the node's Lease")?;
        Ok(())
    }

    fn run(self: Arc<Self>) {
        let mut lives = Vec::new();
        let mut beat = Instant::now();
        while !self.stop.load(Ordering::Relaxed) {
            if beat.elapsed() > HEARTBEAT {
                beat = Instant::now();
                let renewal = json!({"spec": {"renewTime": now_micro()}});
                let _ = self.kubelet.patch(&format!("{LEASES}/{}", self.name), &renewal);
            }
            let path = format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{}", self.name);
            // What cannot be read now is read the next time.
            if let Ok(pods) = self.kubelet.list::<Pod>(&path) {
                lives.extend(self.follow(pods));
            }
            thread::sleep(PERIOD);
        }
        for life in lives {
            let _: thread::Result<()> = JoinHandle::join(life);
        }
    }

    /// Brings what is new to those who live, and starts those who do not yet.
    fn follow(self: &Arc<Self>, pods: Vec<Pod>) -> Vec<JoinHandle<()>> {
        let mut replicas = lock(&self.replicas);
        replicas.retain(|uid, replica| {
            let is_there = pods.iter().any(|pod| pod.metadata.uid.as_ref() == Some(uid));
            if !is_there {
                replica.orders.gone();
            }
            is_there
        });
        let mut lives = Vec::new();
        for pod in pods {
            let uid = pod.metadata.uid.clone().unwrap_or_default();
            let grace = pod.metadata.deletion_timestamp.as_ref().map(|_| {
                let seconds = pod.metadata.deletion_grace_period_seconds.unwrap_or_default();
                Duration::from_secs(seconds.unsigned_abs())
            });
            let replica = replicas.entry(uid.clone()).or_insert_with(|| {
                let replica = Arc::new(self.replica(uid, &pod));
                let life = Life::new(Arc::clone(self), Arc::clone(&replica), pod);
                lives.push(thread::spawn(move || life.live()));
                replica
            });
            if let Some(grace) = grace {
                replica.orders.end_within(grace);
            }
        }
        lives
    }

    fn replica(&self, uid: String, pod: &Pod) -> Replica {
        let is_on_host = pod.spec.as_ref().and_then(|spec| spec.host_network) == Some(true);
        Replica {
            namespace: pod.metadata.namespace.clone().unwrap_or_default(),
            name: pod.metadata.name.clone().unwrap_or_default(),
            dir: self.dir.join(&uid),
            uid,
            ip: if is_on_host { self.network.node() } else { self.network.next() },
            processes: Mutex::default(),
            orders: Orders::default(),
        }
    }

    fn schedule(&self, scheduler: &Actor, namespaces: &[String]) {
        while !self.stop.load(Ordering::Relaxed) {
            for namespace in namespaces {
                let path = format!("/api/v1/namespaces/{namespace}/pods");
                let pods = scheduler.list::<Pod>(&format!("{path}?fieldSelector=spec.nodeName%3D"));
                for pod in pods.into_iter().flatten().filter(|pod| pod.metadata.deletion_timestamp.is_none())
                {
                    let name = pod.metadata.name.unwrap_or_default();
                    let binding = json!({
                        "apiVersion": "v1",
                        "kind": "Binding",
                        "metadata": {"name": name, "uid": pod.metadata.uid},
                        "target": {"apiVersion": "v1", "kind": "Node", "name": self.name},
                    });
                    // One that fails is tried again, with what the API then has.
                    let _ = scheduler.call(Method::POST, &format!("{path}/{name}/binding"), Some(&binding));
                }
            }
            thread::sleep(PERIOD);
        }
    }
}
