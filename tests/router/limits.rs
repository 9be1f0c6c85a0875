//! Greedy and slow peers, and that they are nobody else's problem.

use std::io::Write;
use std::time::Duration;

use seawall::server::ServerOptions;

use crate::support::{Client, Rig, eventually};

#[test]
fn a_peer_may_open_half_of_the_connections() {
    let rig = Rig::new(ServerOptions { connections: 20, ..ServerOptions::default() });
    let mut greedy: Vec<Client> = (0..10).map(|_| rig.client_from(2).unwrap()).collect();
    assert!(rig.client_from(2).is_err());
    assert_eq!(rig.refused("connections"), 1);
    assert_eq!(rig.client().post("/validate", "{}").status, 200);
    assert_eq!(greedy[9].post("/validate", "{}").status, 200);
    greedy.pop();
    eventually("its place is free again", || rig.client_from(2).is_ok());
}

#[test]
fn a_peer_may_have_half_of_the_reviews() {
    let rig = Rig::new(ServerOptions { reviews: 8, ..ServerOptions::default() });
    let mut slow: Vec<Client> = (0..4).map(|_| rig.client_from(2).unwrap()).collect();
    for client in &mut slow {
        client.send_head("/validate", 2);
    }
    eventually("all are in flight", || rig.metrics.reviews_in_flight.get() == 4);

    let mut more = rig.client_from(2).unwrap();
    for _ in 0..2 {
        let response = more.post("/validate", vec![b' '; 100_000]);
        assert_eq!(response.status, 429);
        assert!(response.head.contains("\r\nretry-after: 1\r\n"), "{}", response.head);
    }
    assert_eq!(rig.refused("concurrency"), 2);
    assert_eq!(rig.client().post("/validate", "{}").status, 200, "others are heard");
    for client in &mut slow {
        client.send("{}");
        assert_eq!(client.response().status, 200);
    }
    assert_eq!(more.post("/validate", "{}").status, 200, "on the same connection");
}

#[test]
fn a_peer_may_fill_half_of_the_memory_for_bodies() {
    let rig = Rig::new(ServerOptions { body_memory: 4_000_000, ..ServerOptions::default() });
    let mut holding = rig.client_from(2).unwrap();
    rig.held_review(&mut holding, 1_500_000);
    let mut more = rig.client_from(2).unwrap();
    assert_eq!(more.post("/validate", vec![b' '; 600_000]).status, 429);
    assert_eq!(rig.refused("body_memory"), 1);
    assert_eq!(rig.client().post("/validate", vec![b' '; 1_000_000]).status, 200, "others are heard");
    rig.release();
    assert_eq!(holding.response().body, "Open 1500000 whole 9000");
    assert_eq!(more.post("/validate", vec![b' '; 600_000]).status, 200, "on the same connection");
}

#[test]
fn an_idle_connection_is_kept_until_its_time() {
    let kept = ServerOptions { header_timeout: Duration::from_millis(20), ..ServerOptions::default() };
    let rig = Rig::new(kept.clone());
    let mut never_used = rig.client();
    let mut used = rig.client();
    for _ in 0..4 {
        assert_eq!(used.post("/validate", "{}").status, 200);
        std::thread::sleep(Duration::from_millis(150));
    }
    assert_eq!(never_used.post("/validate", "{}").status, 200);

    let rig = Rig::new(ServerOptions { idle_timeout: Duration::from_millis(100), ..kept });
    let mut client = rig.client();
    assert_eq!(client.post("/validate", "{}").status, 200);
    client.wait_until_closed();
}

#[test]
fn a_head_that_does_not_end_is_given_up() {
    let rig =
        Rig::new(ServerOptions { header_timeout: Duration::from_millis(50), ..ServerOptions::default() });
    let mut client = rig.client();
    assert_eq!(client.post("/validate", "{}").status, 200);
    client.send("POST /validate HTTP/1.1\r\nhost: ");
    client.wait_until_closed();
    assert_eq!(rig.refused("head_timeout"), 1);
}

#[test]
fn a_head_that_is_too_long_is_refused() {
    let rig = Rig::new(ServerOptions::default());
    let mut client = rig.client();
    let head = format!("POST /validate HTTP/1.1\r\nhost: {}\r\n\r\n", "x".repeat(10_000_000));
    // The answer may be overtaken by the end of the connection.
    assert!(client.stream.write_all(head.as_bytes()).is_err() || client.response().status == 431);
    assert_eq!(rig.client().post("/validate", "{}").status, 200);
}
