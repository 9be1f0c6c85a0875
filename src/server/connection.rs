//! One connection: admission, handshake, requests, end.
//!
//! The API server does not repeat a request that it wrote to a connection which was closed at that moment. So an
//! HTTP/1.1 connection is asked to end only with an answer (`Connection: close`), and closed unasked only at the
//! very end or after minutes of silence. HTTP/2 has GOAWAY, which takes what is on its way.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;

use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower::Service;

use super::activity::{Activity, Counted, Finding, Watchdog};
use super::limits::{Peer, Resource};
use super::phase::Phase;
use super::port::Port;
use crate::certificates::CertificateStore;
use crate::metrics::Raised;

/// The protocol spoken over a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

/// Serves one connection to its end.
pub(super) async fn serve(stream: TcpStream, from: IpAddr, port: Arc<Port>) {
    let peer = port.limits.peer(from);
    let Some(_connection) = peer.take(Resource::Connections, 1) else {
        return port.refused("connections");
    };
    // Without this, answers wait up to 40 ms for the acknowledgement of what was sent before.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Some(certificates) = &port.tls else {
        return speak(stream, Protocol::Http1, peer, &port).await;
    };
    let Some(stream) = shake_hands(stream, certificates, &peer, &port).await else { return };
    let protocol = match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => Protocol::Http2,
        _ => Protocol::Http1,
    };
    let _open = port.metrics.as_ref().map(|metrics| Raised::new(&metrics.connections));
    speak(stream, protocol, peer, &port).await;
}

async fn shake_hands(
    stream: TcpStream,
    certificates: &CertificateStore,
    peer: &Arc<Peer>,
    port: &Port,
) -> Option<TlsStream<TcpStream>> {
    let Some(_handshake) = peer.take(Resource::Handshakes, 1) else {
        port.refused("handshakes");
        return None;
    };
    let acceptor = TlsAcceptor::from(certificates.config());
    match timeout(port.options.handshake_timeout, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a TLS handshake failed");
            port.refused("handshake_failed");
            None
        }
        Err(_) => {
            port.refused("handshake_timeout");
            None
        }
    }
}

/// Answers the requests of one connection.
async fn speak<T>(stream: T, protocol: Protocol, peer: Arc<Peer>, port: &Arc<Port>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Arc::new(Activity::default());
    let options = &port.options;
    let mut watchdog = Watchdog::new(
        Arc::clone(&activity),
        options.header_timeout,
        options.idle_timeout,
        protocol == Protocol::Http1,
    );
    let io = TokioIo::new(Counted::new(stream, Arc::clone(&activity)));
    let service = {
        let port = Arc::clone(port);
        service_fn(move |mut request: Request<Incoming>| {
            let busy = activity.busy();
            request.extensions_mut().insert(Arc::clone(&peer));
            let answer = port.router.clone().call(request);
            let phase = port.phase.clone();
            async move {
                let Ok(mut response) = answer.await;
                if protocol == Protocol::Http1 && phase.now() >= Phase::Draining {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                drop(busy);
                Ok::<_, Infallible>(response)
            }
        })
    };
    let builder = match protocol {
        Protocol::Http1 => &port.http1,
        Protocol::Http2 => &port.http2,
    };

    // GOAWAY is for those who are here when draining begins; who comes later is served until the end.
    let mut phase = port.phase.clone();
    let leave = match (protocol, phase.now()) {
        (Protocol::Http2, Phase::Serving) => Phase::Draining,
        _ => Phase::Stopping,
    };
    let mut leave = pin!(async move {
        phase.reached(leave).await;
        if protocol == Protocol::Http1 {
            sleep(options.linger).await;
        }
    });
    let mut leaving = false;
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut look = pin!(sleep_until(Instant::now() + options.header_timeout));
    loop {
        tokio::select! {
            biased;
            // Errors are the peer's doing: it left, or does not speak HTTP.
            _ = connection.as_mut() => return,
            () = leave.as_mut(), if !leaving => {
                leaving = true;
                connection.as_mut().graceful_shutdown();
            }
            () = look.as_mut() => {
                match watchdog.look() {
                    Finding::Fine => {}
                    Finding::Idle if !leaving => {
                        leaving = true;
                        connection.as_mut().graceful_shutdown();
                    }
                    Finding::Idle => return,
                    Finding::SlowHead => return port.refused("head_timeout"),
                }
                look.as_mut().reset(Instant::now() + options.header_timeout);
            }
        }
    }
}
