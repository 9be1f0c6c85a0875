//! The admin port, and ports that cannot be had.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use seawall::metrics::Metrics;
use seawall::server::{Readiness, Server, ServerOptions};

use crate::support::{Client, Rig, stop};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

#[test]
fn health_and_numbers_are_served_in_the_clear() {
    let readiness = Readiness::new();
    let part = readiness.part("certificate");
    let metrics = Metrics::new(["Pod"]);
    metrics.review("CREATE", "Pod", "deny");
    let server = Server::admin(ANY, readiness.clone(), metrics).unwrap();
    let mut client = Client::plain(server.address());

    assert_eq!(client.get("/livez").status, 200);
    let response = client.get("/readyz");
    assert_eq!(
        (response.status, response.body.as_str()),
        (503, "[-]certificate failed: starting\nreadyz check failed\n")
    );
    part.ok();
    let response = client.get("/readyz");
    assert_eq!((response.status, response.body.as_str()), (200, "ok\n"));
    let response = client.get("/readyz?verbose");
    assert_eq!((response.status, response.body.as_str()), (200, "[+]certificate ok\nreadyz check passed\n"));
    readiness.drain();
    assert_eq!(client.get("/readyz").status, 503);
    assert_eq!(client.get("/livez").status, 200, "who drains is alive");

    let numbers = client.get("/metrics");
    assert!(numbers.head.contains("content-type: text/plain; version=0.0.4"), "{}", numbers.head);
    for line in [
        "# TYPE seawall_reviews_total counter",
        r#"seawall_reviews_total{decision="deny",kind="Pod",operation="CREATE"} 1"#,
        "# TYPE process_resident_memory_bytes gauge",
    ] {
        assert!(numbers.body.contains(line), "{line}");
    }
    assert_eq!(client.get("/other").status, 404);
    stop(server);
}

#[test]
fn a_port_in_use_is_named_with_its_flag() {
    let taken = TcpListener::bind(ANY).unwrap().local_addr().unwrap();
    let holder = TcpListener::bind(taken).unwrap();
    let error = Server::admin(taken, Readiness::new(), Metrics::default()).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("cannot listen on {taken} (--admin-listen): the port is in use by another process")
    );
    drop(holder);
    let first = Server::admin(taken, Readiness::new(), Metrics::default()).unwrap();
    assert!(
        Server::admin(taken, Readiness::new(), Metrics::default()).is_err(),
        "also by another of our own"
    );
    stop(first);
}

#[test]
fn an_address_that_is_not_ours_is_named_with_its_flag() {
    let elsewhere = SocketAddr::from(([203, 0, 113, 1], 8443));
    let error = Server::admin(elsewhere, Readiness::new(), Metrics::default()).unwrap_err().to_string();
    assert!(error.starts_with("cannot listen on 203.0.113.1:8443 (--admin-listen): "), "{error}");
}

#[test]
fn several_threads_share_a_port() {
    let rig = Rig::new(ServerOptions { threads: 3.try_into().unwrap(), ..ServerOptions::default() });
    for _ in 0..20 {
        assert_eq!(rig.client().post("/validate", "{}").status, 200);
    }
    rig.stop();
}
