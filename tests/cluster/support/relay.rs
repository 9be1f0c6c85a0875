//! What a Service with two endpoints does: each new connection goes to a replica that is ready, and connections
//! that are open stay where they are.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Handle, Runtime};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::seawall::Addresses;
use super::wait::{PATIENCE, eventually};

/// How often readiness is looked at: as late as this, new connections still go to a replica that has said that it
/// is going. Clusters are slower; the drain delay is for that.
const PROBE_PERIOD: Duration = Duration::from_millis(500);

/// One replica behind the relay.
struct Backend {
    at: Addresses,
    ready: AtomicBool,
    connections: AtomicUsize,
}

/// A running relay; dropping it ends it.
pub(crate) struct Relay {
    backends: Vec<Arc<Backend>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Relay {
    /// Relays connections to an address.
    pub(crate) fn start(runtime: &Runtime, address: SocketAddr, backends: &[Addresses]) -> Result<Self> {
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let backends = backends.iter().map(|&at| {
            Arc::new(Backend { at, ready: AtomicBool::new(false), connections: AtomicUsize::new(0) })
        });
        let backends: Vec<Arc<Backend>> = backends.collect();
        let probes = backends.iter().map(|backend| runtime.spawn(probe(Arc::clone(backend))));
        let mut tasks: Vec<JoinHandle<()>> = probes.collect();
        tasks.push(runtime.spawn(accept(listener, backends.clone(), runtime.handle().clone())));
        Ok(Self { backends, tasks })
    }

    /// Waits until all backends are ready.
    pub(crate) fn wait_until_ready(&self) -> Result<()> {
        let all_ready = || self.backends.iter().all(|backend| backend.ready.load(Ordering::Relaxed));
        eventually(PATIENCE, || Ok(all_ready().then_some(()))).context("a replica does not become ready")
    }

    /// How many connections each backend was given.
    pub(crate) fn connections(&self) -> Vec<usize> {
        self.backends.iter().map(|backend| backend.connections.load(Ordering::Relaxed)).collect()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn probe(backend: Arc<Backend>) {
    loop {
        let is_ready = timeout(Duration::from_secs(1), is_ready(backend.at.admin)).await;
        backend.ready.store(matches!(is_ready, Ok(Ok(true))), Ordering::Relaxed);
        sleep(PROBE_PERIOD).await;
    }
}

async fn is_ready(admin: SocketAddr) -> Result<bool> {
    let mut stream = TcpStream::connect(admin).await?;
    stream.write_all(format!("GET /readyz HTTP/1.0\r\nHost: {admin}\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.split(' ').nth(1) == Some("200"))
}

async fn accept(listener: TcpListener, backends: Vec<Arc<Backend>>, runtime: Handle) {
    let mut turn = 0;
    loop {
        let Ok((mut client, _)) = listener.accept().await else { continue };
        turn += 1;
        let mut in_turn = (0..backends.len()).map(|offset| &backends[(turn + offset) % backends.len()]);
        // Without a ready replica the connection is dropped, as in a cluster.
        let Some(backend) = in_turn.find(|backend| backend.ready.load(Ordering::Relaxed)) else { continue };
        let backend = Arc::clone(backend);
        runtime.spawn(async move {
            let Ok(mut server) = TcpStream::connect(backend.at.webhook).await else { return };
            backend.connections.fetch_add(1, Ordering::Relaxed);
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            // Ends with either side; the scenario sees what matters as a failed write.
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}
