//! Requests: what is refused, what is judged, and how bodies of all sizes and speeds fare.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use seawall::server::ServerOptions;

use crate::support::{Rig, trusting};

#[test]
fn what_is_not_a_review_is_refused_with_a_reason() {
    let rig = Rig::new(ServerOptions::default());
    for (request, status, said) in [
        ("GET /validate HTTP/1.1\r\nhost: x\r\n\r\n", 405, "reviews are sent by POST"),
        ("DELETE /validate/closed HTTP/1.1\r\nhost: x\r\n\r\n", 405, "reviews are sent by POST"),
        ("GET / HTTP/1.1\r\nhost: x\r\n\r\n", 404, "/validate"),
        ("POST /validate/other HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", 404, "/validate"),
        ("POST /validate HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}", 415, "application/json"),
        (
            "POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/yaml\r\ncontent-length: 2\r\n\r\n{}",
            415,
            "application/json",
        ),
    ] {
        let mut client = rig.client();
        client.send(request);
        let response = client.response();
        assert_eq!(response.status, status, "{request}");
        assert!(response.body.contains(said), "{request}: {}", response.body);
        assert_eq!(status == 405, response.head.contains("\r\nallow: post\r\n"), "{}", response.head);
    }
    assert_eq!(rig.refused("content_type"), 2);
}

#[test]
fn the_reviewer_is_told_path_body_and_deadline() {
    let rig = Rig::new(ServerOptions::default());
    let mut client = rig.client();
    for (path, body, said) in [
        ("/validate", "{}", "Open 2 whole 9000"),
        ("/validate/closed?timeout=3s", "{}", "Closed 2 whole 2000"),
        ("/validate?timeout=1s", "", "Open 0 whole 300"),
    ] {
        let response = client.post(path, body);
        assert_eq!((response.status, response.body.as_str()), (200, said));
        assert!(response.head.contains("\r\ncontent-type: application/json\r\n"), "{}", response.head);
    }
}

#[test]
fn a_panic_becomes_an_answer_and_harms_no_one_else() {
    let rig = Rig::new(ServerOptions::default());
    let mut client = rig.client();
    let long = format!("panic{}", "!".repeat(ServerOptions::default().offload_above));
    for (body, status, said) in [
        ("panic", 200, "cannot judge"),
        ("panic twice", 500, "\"internal error\""),
        (long.as_str(), 200, "cannot judge"),
        ("{}", 200, "Open 2 whole 9000"),
    ] {
        let response = client.post("/validate", body);
        assert_eq!((response.status, response.body.as_str()), (status, said));
    }
    assert_eq!(rig.metrics.reviews_in_flight.get(), 0);
}

#[test]
fn long_bodies_arrive_whole() {
    let rig = Rig::new(ServerOptions::default());
    let mut client = rig.client();
    for length in [10_000, 100_000, 300_000, 3_000_000, 36_000_000] {
        let response = client.post("/validate", vec![b' '; length]);
        assert_eq!(response.body, format!("Open {length} whole 9000"));
    }
}

#[test]
fn a_body_over_the_limit_is_answered_from_its_beginning() {
    let rig = Rig::new(ServerOptions::default());
    let mut client = rig.client();
    let length = 100_000_000;
    client.send_head("/validate", length);
    let chunk = vec![b' '; 1_000_000];
    for _ in 0..length / chunk.len() {
        client.send(&chunk);
    }
    assert_eq!(client.response().body, "Open 65536 oversize 9000");

    // The same without a length, on the same connection.
    client.send("POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
    for _ in 0..50 {
        client.send(format!("{:x}\r\n", chunk.len()));
        client.send(&chunk);
        client.send("\r\n");
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.response().body, "Open 65536 oversize 9000");
    assert_eq!(client.post("/validate", "{}").body, "Open 2 whole 9000");
}

#[test]
fn a_body_longer_than_any_review_is_not_waited_for() {
    let rig = Rig::new(ServerOptions::default());
    let mut client = rig.client();
    client.send_head("/validate", 1_000_000_000_000);
    assert_eq!(client.response().status, 413);
    client.wait_until_closed();
    assert_eq!(rig.refused("body_length"), 1);
}

#[test]
fn a_slow_body_is_given_up() {
    let rig =
        Rig::new(ServerOptions { body_timeout: Duration::from_millis(100), ..ServerOptions::default() });
    let mut client = rig.client();
    client.send_head("/validate", 10);
    client.send("{");
    assert_eq!(client.response().status, 408);
    client.wait_until_closed();
    assert_eq!(rig.refused("body_timeout"), 1);

    let mut trickle = rig.client();
    trickle.send_head("/validate", 1_000_000);
    while trickle.stream.write_all(b" ").and_then(|()| trickle.stream.flush()).is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(rig.refused("body_timeout"), 2);
    assert_eq!(rig.client().post("/validate", "{}").status, 200);
}

#[test]
fn a_client_that_leaves_in_the_middle_leaves_nothing_behind() {
    let rig = Rig::new(ServerOptions::default());
    for _ in 0..20 {
        let mut client = rig.client();
        client.send_head("/validate", 1_000_000);
        client.send(vec![b' '; 200_000]);
    }
    crate::support::eventually("all is given back", || {
        rig.metrics.reviews_in_flight.get() == 0 && rig.metrics.connections.get() == 0
    });
    assert_eq!(rig.client().post("/validate", vec![b' '; 36_000_000]).status, 200);
}

#[test]
fn a_connection_over_http_2_carries_many_streams() {
    let rig = Rig::new(ServerOptions { threads: 2.try_into().unwrap(), ..ServerOptions::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answered = runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(rig.address()).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(trusting(&rig.ca, &[b"h2"])));
        let stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        let (sender, connection) = hyper::client::conn::http2::handshake::<_, _, Full<Bytes>>(
            TokioExecutor::new(),
            TokioIo::new(stream),
        )
        .await
        .unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async { drop(connection.await) });
        let calls = (0..2_000).map(|_| {
            let mut sender = sender.clone();
            async move {
                let request = Request::post("https://localhost/validate?timeout=10s")
                    .header("content-type", "application/json")
                    .body(Full::<Bytes>::from(vec![b' '; 5_000]))
                    .unwrap();
                let response = sender.send_request(request).await.unwrap();
                response.into_body().collect().await.unwrap().to_bytes()
            }
        });
        futures::future::join_all(calls).await
    });
    assert!(answered.iter().all(|body| body == "Open 5000 whole 9000"));
    assert_eq!(answered.len(), 2_000);
}
