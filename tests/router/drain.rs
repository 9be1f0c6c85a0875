//! The end: nobody's call fails because a replica goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use seawall::certificates::Material;
use seawall::server::ServerOptions;

use crate::support::{BOUND, Client, Rig, certificate, eventually, stop, trusting};

#[test]
fn while_draining_everything_is_answered_and_asked_to_go() {
    let rig = Rig::new(ServerOptions::default());
    let mut used = rig.client();
    let mut idle = rig.client();
    assert!(!used.post("/validate", "{}").head.contains("connection: close"));
    rig.server.drain();

    let last = used.post("/validate", "{}");
    assert_eq!(last.status, 200);
    assert!(last.head.contains("\r\nconnection: close\r\n"), "{}", last.head);
    used.wait_until_closed();
    assert_eq!(rig.client().post("/validate", "{}").status, 200, "who comes now is still served");
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(idle.post("/validate", "{}").status, 200, "who was silent is not cut off");

    let mut silent = rig.client();
    let address = rig.address();
    rig.stop();
    silent.wait_until_closed();
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn what_has_begun_is_finished() {
    let rig = Rig::new(ServerOptions::default());
    let mut client = rig.client();
    client.send_head("/validate", 2);
    eventually("it is in flight", || rig.metrics.reviews_in_flight.get() == 1);
    let mut offloaded = rig.client();
    rig.held_review(&mut offloaded, 1_000_000);

    let metrics = rig.metrics.clone();
    let reviewer = Arc::clone(&rig.reviewer);
    let stopping = std::thread::spawn(move || rig.stop());
    std::thread::sleep(Duration::from_millis(50));
    client.send("{}");
    assert_eq!(client.response().body, "Open 2 whole 9000");
    reviewer.released.store(true, Relaxed);
    assert_eq!(offloaded.response().status, 200);
    stopping.join().unwrap();
    assert_eq!((metrics.connections.get(), metrics.reviews_in_flight.get()), (0, 0));
}

#[test]
fn a_request_on_its_way_to_a_silent_connection_is_answered() {
    let rig = Rig::new(ServerOptions { linger: BOUND, finish_timeout: BOUND, ..ServerOptions::default() });
    let mut used = rig.client();
    assert_eq!(used.post("/validate", "{}").status, 200);
    let mut fresh = rig.client();
    let address = rig.address();
    let stopping = std::thread::spawn(move || rig.stop());
    eventually("nothing is accepted", || std::net::TcpStream::connect(address).is_err());
    for client in [&mut used, &mut fresh] {
        let response = client.post("/validate", "{}");
        assert_eq!(response.status, 200);
        assert!(response.head.contains("\r\nconnection: close\r\n"), "{}", response.head);
    }
    stopping.join().unwrap();
}

#[test]
fn who_never_finishes_is_not_waited_for() {
    let rig =
        Rig::new(ServerOptions { finish_timeout: Duration::from_millis(100), ..ServerOptions::default() });
    let mut client = rig.client();
    client.send_head("/validate", 2);
    eventually("it is in flight", || rig.metrics.reviews_in_flight.get() == 1);
    let metrics = rig.metrics.clone();
    rig.stop();
    assert_eq!((metrics.connections.get(), metrics.reviews_in_flight.get()), (0, 0));
    client.wait_until_closed();
}

#[test]
fn over_http_2_streams_finish_and_new_ones_go_elsewhere() {
    let rig = Rig::new(ServerOptions::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(rig.address()).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(trusting(&rig.ca, &[b"h2"])));
        let stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http2::handshake::<_, _, Full<Bytes>>(
            TokioExecutor::new(),
            TokioIo::new(stream),
        )
        .await
        .unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        let ended = tasks.spawn(async { drop(connection.await) });
        let body = format!("hold{}", " ".repeat(500_000));
        let request = Request::post("https://localhost/validate")
            .header("content-type", "application/json")
            .body(Full::<Bytes>::from(body))
            .unwrap();
        let call = sender.send_request(request);
        let drain = async {
            while rig.reviewer.held.load(Relaxed) == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            rig.server.drain();
            rig.release();
        };
        let (response, ()) = futures::future::join(call, drain).await;
        let body = response.unwrap().into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "Open 500004 whole 9000");
        tokio::time::timeout(BOUND, async {
            while !ended.is_finished() {
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("the connection ends by itself once its streams have");
    });
}

/// Two replicas, clients that keep their connections and call without pause, and a relay that learns a moment
/// late to which of them new connections go.
#[test]
fn a_replica_goes_under_load_and_no_call_fails() {
    const CLIENTS: u8 = 8;
    let served = certificate();
    let rig = || {
        let material = Material { identity: served.identity.clone(), client_roots: None };
        Rig::with_material(ServerOptions::default(), material, served.ca_pem.clone())
    };
    let (going, staying) = (rig(), rig());
    let target = AtomicUsize::new(0);
    let calls = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let going_at = going.address();
    let connect = || -> Client {
        if target.load(Relaxed) == 1 {
            return staying.client();
        }
        let stream = std::net::TcpStream::connect(going_at).unwrap();
        stream.set_read_timeout(Some(BOUND)).unwrap();
        Client::new(stream, Arc::new(trusting(&served.ca_pem, &[]))).unwrap()
    };
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = connect();
                while done.load(Relaxed) == 0 {
                    let response = client.try_post("/validate", b"{}").expect("no call fails");
                    assert_eq!(response.status, 200);
                    calls.fetch_add(1, Relaxed);
                    if response.head.contains("connection: close") {
                        client = connect();
                    }
                }
            });
        }
        let after = |more: usize| {
            let from = calls.load(Relaxed);
            eventually("calls go on", || calls.load(Relaxed) >= from + more);
        };
        after(200);
        going.server.drain();
        after(200);
        target.store(1, Relaxed);
        eventually("all have moved", || staying.metrics.connections.get() == i64::from(CLIENTS));
        let Rig { server, .. } = going;
        stop(server);
        after(200);
        done.store(1, Relaxed);
    });
    staying.stop();
}
