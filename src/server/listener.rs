//! Accepting connections, for as long as the port is served, whatever happens.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::connection;
use super::phase::Phase;
use super::port::Port;

/// How long to wait after an error that the next attempt would meet again, such as too many open files.
const PAUSE: Duration = Duration::from_millis(200);

/// Accepts until the port stops, then waits for its connections to finish.
pub(super) async fn serve(listener: TcpListener, port: Arc<Port>) {
    let mut phase = port.phase.clone();
    let mut connections = JoinSet::new();
    let mut failing = false;
    loop {
        tokio::select! {
            () = phase.reached(Phase::Stopping) => break,
            // A connection that panicked has been reported by the panic itself.
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => {
                    failing = false;
                    connections.spawn(connection::serve(stream, from.ip(), Arc::clone(&port)));
                }
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::error!(%error, "cannot accept connections; trying again");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
    // What has waited to be accepted is served too: closing the listener would reset it.
    while let Some((stream, from)) = waiting(&listener) {
        connections.spawn(connection::serve(stream, from, Arc::clone(&port)));
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(port.options.finish_timeout, finished).await.is_err() {
        tracing::warn!(connections = connections.len(), "connections did not finish in time and are cut");
    }
}

/// A connection that has waited to be accepted, if there is one.
fn waiting(listener: &TcpListener) -> Option<(TcpStream, IpAddr)> {
    let (stream, from) = listener.accept().now_or_never()?.ok()?;
    Some((stream, from.ip()))
}

/// Whether an error is about the connection that was to be accepted and says nothing of the next.
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
