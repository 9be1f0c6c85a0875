//! A server to talk to, and clients that can misbehave.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use seawall::certificates::dev::{DevCertificate, self_signed};
use seawall::certificates::{CertificateStore, Material};
use seawall::metrics::Metrics;
use seawall::server::{Answer, Exchange, Reviewer, Server, ServerOptions};
use socket2::{Domain, Socket, Type};

/// No wait in these tests is longer; reaching it is a failure.
pub(crate) const BOUND: Duration = Duration::from_secs(30);

/// A moment for which all certificates are made. Clients check them against the real clock, so it is taken
/// from there.
pub(crate) fn now() -> Timestamp {
    let since_epoch = std::time::UNIX_EPOCH.elapsed().unwrap();
    Timestamp::from_second(since_epoch.as_secs().try_into().unwrap()).unwrap()
}

pub(crate) fn certificate() -> DevCertificate {
    self_signed(["localhost"], now()).unwrap()
}

/// Says what it was given; `panic` and `panic twice` do as they say, and `hold` waits to be released.
#[derive(Default)]
pub(crate) struct Echo {
    pub(crate) held: AtomicUsize,
    pub(crate) released: AtomicBool,
}

impl Reviewer for Echo {
    fn review(&self, exchange: Exchange<'_>) -> Answer {
        assert!(!exchange.body.starts_with(b"panic"), "as asked");
        if exchange.body.starts_with(b"hold") {
            self.held.fetch_add(1, Relaxed);
            eventually("released", || self.released.load(Relaxed));
        }
        let allowance = exchange.deadline - exchange.received;
        answer(&format!(
            "{:?} {} {} {}",
            exchange.endpoint,
            exchange.body.len(),
            if exchange.oversize { "oversize" } else { "whole" },
            allowance.as_millis()
        ))
    }

    fn cannot_judge(&self, exchange: Exchange<'_>) -> Answer {
        assert!(exchange.body != b"panic twice", "as asked");
        answer("cannot judge")
    }
}

fn answer(text: &str) -> Answer {
    Answer { status: 200, body: Bytes::copy_from_slice(text.as_bytes()) }
}

/// A running webhook port.
pub(crate) struct Rig {
    pub(crate) server: Server,
    pub(crate) store: Arc<CertificateStore>,
    pub(crate) metrics: Metrics,
    pub(crate) ca: String,
    pub(crate) reviewer: Arc<Echo>,
}

impl Rig {
    pub(crate) fn new(options: ServerOptions) -> Self {
        let certificate = certificate();
        let material = Material { identity: certificate.identity, client_roots: None };
        Self::with_material(options, material, certificate.ca_pem)
    }

    pub(crate) fn with_material(options: ServerOptions, material: Material, ca: String) -> Self {
        let store = Arc::new(CertificateStore::new(material).unwrap());
        let metrics = Metrics::default();
        let reviewer = Arc::new(Echo::default());
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server =
            Server::webhook(listen, options, Arc::clone(&store), Arc::clone(&reviewer) as _, metrics.clone())
                .unwrap();
        Self { server, store, metrics, ca, reviewer }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub(crate) fn client(&self) -> Client {
        self.client_from(1).unwrap()
    }

    /// A client at 127.0.0.`host`.
    pub(crate) fn client_from(&self, host: u8) -> io::Result<Client> {
        Client::new(self.tcp_from(host), Arc::new(trusting(&self.ca, &[b"http/1.1"])))
    }

    /// A connection without a handshake, from 127.0.0.`host`.
    pub(crate) fn tcp_from(&self, host: u8) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((IpAddr::from([127, 0, 0, host]), 0)).into()).unwrap();
        socket.connect(&self.address().into()).unwrap();
        socket.set_read_timeout(Some(BOUND)).unwrap();
        socket.into()
    }

    /// Sends a review, long enough to be judged apart, whose judging goes on until [`Rig::release`].
    pub(crate) fn held_review(&self, client: &mut Client, length: usize) {
        let mut body = vec![b' '; length];
        body[..4].copy_from_slice(b"hold");
        client.send_head("/validate", length);
        client.send(body);
        eventually("it is being judged", || self.reviewer.held.load(Relaxed) > 0);
    }

    pub(crate) fn release(&self) {
        self.reviewer.released.store(true, Relaxed);
    }

    pub(crate) fn refused(&self, reason: &str) -> u64 {
        self.metrics.requests_refused.with_label_values(&[reason]).get()
    }

    pub(crate) fn stop(self) {
        stop(self.server);
    }
}

pub(crate) fn stop(server: Server) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(server.stop());
}

/// A client configuration that trusts one authority.
pub(crate) fn trusting(ca: &str, alpn: &[&[u8]]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    config
}

/// Waits for something that happens on another thread.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + BOUND;
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// An HTTP/1.1 client that sends what it is told.
pub(crate) struct Client<S: Read + Write = StreamOwned<ClientConnection, TcpStream>> {
    pub(crate) stream: S,
    buffer: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Client {
    /// Shakes hands.
    pub(crate) fn new(stream: TcpStream, config: Arc<ClientConfig>) -> io::Result<Self> {
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self { stream, buffer: Vec::new() })
    }

    pub(crate) fn server_certificate(&self) -> CertificateDer<'static> {
        self.stream.conn.peer_certificates().unwrap()[0].clone().into_owned()
    }
}

impl Client<TcpStream> {
    /// Without TLS.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(BOUND)).unwrap();
        Self { stream, buffer: Vec::new() }
    }
}

impl<S: Read + Write> Client<S> {
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
        self.stream.flush().unwrap();
    }

    /// The head of a review with a body of some length.
    pub(crate) fn send_head(&mut self, path: &str, length: usize) {
        self.send(format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        ));
    }

    pub(crate) fn try_post(&mut self, path: &str, body: &[u8]) -> io::Result<Response> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.stream.write_all(&[head.as_bytes(), body].concat())?;
        self.stream.flush()?;
        self.try_response()
    }

    pub(crate) fn post(&mut self, path: &str, body: impl AsRef<[u8]>) -> Response {
        self.try_post(path, body.as_ref()).unwrap()
    }

    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n"));
        self.response()
    }

    pub(crate) fn response(&mut self) -> Response {
        self.try_response().unwrap()
    }

    pub(crate) fn try_response(&mut self) -> io::Result<Response> {
        let end = loop {
            match self.buffer.windows(4).position(|it| it == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.fill()?,
            }
        };
        let head = String::from_utf8(self.buffer.drain(..end).collect()).unwrap().to_lowercase();
        let length = head
            .split("content-length: ")
            .nth(1)
            .map_or(0, |it| it.split("\r\n").next().unwrap().parse::<usize>().unwrap());
        while self.buffer.len() < length {
            self.fill()?;
        }
        let body = String::from_utf8(self.buffer.drain(..length).collect()).unwrap();
        Ok(Response { status: head[9..12].parse().unwrap(), head, body })
    }

    /// Waits for the other side to close.
    pub(crate) fn wait_until_closed(&mut self) {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest)),
            Err(error) => assert!(is_gone(&error), "{error}"),
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                self.buffer.extend_from_slice(&chunk[..read]);
                Ok(())
            }
        }
    }
}

/// Whether an error says that the other side has closed.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
}
