//! One port: its listener, its threads, and the order in which it ends.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::runtime::{self, Runtime};
use tokio::sync::{oneshot, watch};

use super::limits::Limits;
use super::phase::{self, Phase, PhaseView};
use super::{Readiness, Reviewer, ServerError, ServerOptions, admin, listener, router};
use crate::certificates::CertificateStore;
use crate::metrics::Metrics;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;
/// Threads for what takes long; more work than that waits.
const OFFLOAD_THREADS: usize = 2;
/// What hyper may buffer of one connection, and so also the longest head.
const READ_BUFFER: usize = 64 * 1024;

/// A port that is being served. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    phase: watch::Sender<Phase>,
    ended: Vec<oneshot::Receiver<()>>,
}

/// What serving a port takes, shared by its threads.
pub(super) struct Port {
    pub(super) router: Router,
    pub(super) tls: Option<Arc<CertificateStore>>,
    pub(super) limits: Arc<Limits>,
    pub(super) options: ServerOptions,
    /// Where its connections are counted, if they are.
    pub(super) metrics: Option<Metrics>,
    pub(super) phase: PhaseView,
    pub(super) http1: Builder<TokioExecutor>,
    pub(super) http2: Builder<TokioExecutor>,
}

impl Server {
    /// Serves reviews over TLS at the address of `--listen`.
    pub fn webhook(
        listen: SocketAddr,
        options: ServerOptions,
        certificates: Arc<CertificateStore>,
        reviewer: Arc<dyn Reviewer>,
        metrics: Metrics,
    ) -> Result<Self, ServerError> {
        let router = router::review_router(reviewer, options.clone(), metrics.clone());
        Self::start("--listen", listen, options, router, Some(certificates), Some(metrics))
    }

    /// Serves health and metrics in the clear at the address of `--admin-listen`, on a thread of its own, so that
    /// they are answered also when all else is busy.
    pub fn admin(listen: SocketAddr, readiness: Readiness, metrics: Metrics) -> Result<Self, ServerError> {
        let options = ServerOptions { connections: 256, linger: Duration::ZERO, ..ServerOptions::default() };
        Self::start("--admin-listen", listen, options, admin::router(readiness, metrics), None, None)
    }

    /// The address it listens on, with the port that was chosen where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Goes on answering everything, and asks clients to send their next request elsewhere.
    pub fn drain(&self) {
        phase::advance(&self.phase, Phase::Draining);
    }

    /// Stops accepting, waits for what is being answered (at most [`ServerOptions::finish_timeout`]), and ends.
    pub async fn stop(self) {
        phase::advance(&self.phase, Phase::Stopping);
        for ended in self.ended {
            // The error means that the thread is gone, which is as good.
            drop(ended.await);
        }
    }

    fn start(
        flag: &'static str,
        listen: SocketAddr,
        options: ServerOptions,
        router: Router,
        tls: Option<Arc<CertificateStore>>,
        metrics: Option<Metrics>,
    ) -> Result<Self, ServerError> {
        let unheard = |source| ServerError::Listen { address: listen, flag, source };
        let listener = bind(listen).map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ServerError::PortInUse { address: listen, flag },
            _ => unheard(source),
        })?;
        let address = listener.local_addr().map_err(unheard)?;
        let (sender, view) = phase::channel();
        let threads = options.threads.get();
        let port = Arc::new(Port::new(router, tls, options, metrics, view));
        let ended = (0..threads)
            .map(|number| spawn(number, listener.try_clone()?, Arc::clone(&port)))
            .collect::<io::Result<_>>()
            .map_err(|source| ServerError::Thread { flag, source })?;
        Ok(Self { address, phase: sender, ended })
    }
}

impl Port {
    fn new(
        router: Router,
        tls: Option<Arc<CertificateStore>>,
        options: ServerOptions,
        metrics: Option<Metrics>,
        phase: PhaseView,
    ) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        // Heads and idle connections are timed by `activity`.
        builder.http1().header_read_timeout(None).max_buf_size(READ_BUFFER);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(options.header_timeout)
            .keep_alive_timeout(options.header_timeout)
            .max_concurrent_streams(options.streams);
        Self {
            router,
            tls,
            limits: Arc::new(Limits::of(&options)),
            options,
            metrics,
            phase,
            http1: builder.clone().http1_only(),
            http2: builder.http2_only(),
        }
    }

    pub(super) fn refused(&self, reason: &'static str) {
        if let Some(metrics) = &self.metrics {
            metrics.requests_refused.with_label_values(&[reason]).inc();
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Only so that a restart is not refused while old connections linger: a port with a listener is still in use.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Starts one of the threads. All accept from one listener, so that the idlest takes the next connection and the
/// end of one thread loses none that waits.
fn spawn(number: usize, listener: TcpListener, port: Arc<Port>) -> io::Result<oneshot::Receiver<()>> {
    let runtime: Runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(OFFLOAD_THREADS)
        .thread_name("seawall-offload")
        .build()?;
    let listener = {
        let _context = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    let (done, ended) = oneshot::channel();
    std::thread::Builder::new().name(format!("seawall-io-{number}")).spawn(move || {
        runtime.block_on(listener::serve(listener, port));
        // What still runs on an offload thread has nobody left to answer to.
        runtime.shutdown_background();
        // The error means that nobody waits.
        let _ = done.send(());
    })?;
    Ok(ended)
}
