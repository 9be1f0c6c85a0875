//! What kube-proxy does: each new connection to the address of a Service goes to one of its endpoints, in turn.
//! Connections that are open stay where they are.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, TcpListener as Probe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Result;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::task::JoinHandle as Task;

use super::actor::Actor;
use super::control_plane::ControlPlane;
use super::kubelet::on_this_machine;
use super::skipped::Skipped;

/// How often the API is asked: the delay with which a node learns of anything.
const PERIOD: Duration = Duration::from_millis(200);

/// The label by which slices belong to a Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// Services at work; dropping this ends them, and the connections through them.
pub(crate) struct Proxy {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// One port of one Service.
struct Frontend {
    backends: Arc<Mutex<Vec<SocketAddr>>>,
    task: Task<()>,
}

type Ports = BTreeMap<SocketAddr, Vec<SocketAddr>>;

/// Fails where nobody may listen on the port that Services of webhooks have.
pub(crate) fn check() -> Result<(), Skipped> {
    match Probe::bind("127.96.255.254:443") {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(Skipped("this user may not listen on port 443".into()))
        }
        _ => Ok(()),
    }
}

impl Proxy {
    /// Serves the Services of some namespaces.
    pub(crate) fn start(cluster: &ControlPlane, namespaces: &[&str]) -> Self {
        let actor = Actor::new(cluster, "system:kube-proxy", &[]);
        let runtime = cluster.runtime().handle().clone();
        let namespaces: Vec<String> = namespaces.iter().map(|&name| name.to_owned()).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut frontends = BTreeMap::new();
            while !stopped.load(Ordering::Relaxed) {
                // What cannot be read now is read the next time.
                if let Ok(ports) = read(&actor, &namespaces) {
                    follow(&mut frontends, ports, &runtime);
                }
                thread::sleep(PERIOD);
            }
            for frontend in frontends.values() {
                frontend.task.abort();
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// All ports of all Services that have an endpoint, with the endpoints as they are on this machine.
fn read(actor: &Actor, namespaces: &[String]) -> Result<Ports> {
    let mut ports = Ports::new();
    for namespace in namespaces {
        let services: Vec<Service> = actor.list(&format!("/api/v1/namespaces/{namespace}/services"))?;
        let slices: Vec<EndpointSlice> =
            actor.list(&format!("/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"))?;
        for service in services {
            let name = service.metadata.name.as_ref();
            let Some(spec) = &service.spec else { continue };
            let ip: Option<IpAddr> = spec.cluster_ip.as_deref().and_then(|ip| ip.parse().ok());
            let own: Vec<&EndpointSlice> = slices
                .iter()
                .filter(|slice| slice.metadata.labels.as_ref().and_then(|all| all.get(SERVICE_NAME)) == name)
                .collect();
            for port in spec.ports.iter().flatten() {
                let number = u16::try_from(port.port)?;
                let found = endpoints(&own, port.name.as_deref().unwrap_or_default());
                if let Some(ip) = ip.filter(|_| !found.is_empty()) {
                    ports.insert(SocketAddr::from((ip, number)), found);
                }
            }
        }
    }
    Ok(ports)
}

/// Those that are ready; if there are none, those that still serve on their way out.
fn endpoints(slices: &[&EndpointSlice], port: &str) -> Vec<SocketAddr> {
    let (mut ready, mut serving) = (Vec::new(), Vec::new());
    for slice in slices {
        let mut ports = slice.ports.iter().flatten();
        let found = ports.find(|found| found.name.as_deref().unwrap_or_default() == port);
        let Some(number) = found.and_then(|found| u16::try_from(found.port?).ok()) else { continue };
        for endpoint in &slice.endpoints {
            let address = endpoint.addresses.first().and_then(|address| address.parse().ok());
            let Some(address) = address.map(|ip: IpAddr| on_this_machine(SocketAddr::from((ip, number))))
            else {
                continue;
            };
            let conditions = endpoint.conditions.clone().unwrap_or_default();
            if conditions.ready != Some(false) {
                ready.push(address);
            } else if conditions.serving == Some(true) {
                serving.push(address);
            }
        }
    }
    if ready.is_empty() { serving } else { ready }
}

fn follow(frontends: &mut BTreeMap<SocketAddr, Frontend>, ports: Ports, runtime: &Handle) {
    // Nobody listens for a Service without endpoints: connections are refused, as in a cluster.
    frontends.retain(|address, frontend| {
        let stays = ports.contains_key(address) && !frontend.task.is_finished();
        if !stays {
            frontend.task.abort();
        }
        stays
    });
    for (address, found) in ports {
        let frontend = frontends.entry(address).or_insert_with(|| {
            let backends = Arc::new(Mutex::new(Vec::new()));
            let task = runtime.spawn(serve(address, Arc::clone(&backends), runtime.clone()));
            Frontend { backends, task }
        });
        *frontend.backends.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

async fn serve(address: SocketAddr, backends: Arc<Mutex<Vec<SocketAddr>>>, runtime: Handle) {
    // If the address is not to be had, the task ends and is begun anew.
    let Ok(listener) = TcpListener::bind(address).await else { return };
    let mut turn = 0_usize;
    loop {
        let Ok((mut client, _)) = listener.accept().await else { continue };
        let backends = backends.lock().unwrap_or_else(PoisonError::into_inner).clone();
        turn = turn.wrapping_add(1);
        let Some(&backend) = backends.get(turn % backends.len().max(1)) else { continue };
        runtime.spawn(async move {
            let Ok(mut server) = TcpStream::connect(backend).await else { return };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            // Ends with either side; the caller sees what matters.
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}
