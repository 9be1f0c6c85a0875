//! Free ports below the range from which the kernel takes the ports of outgoing connections, so that nobody
//! else gets one between the moment it is chosen and the moment a program listens on it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};

const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

/// Addresses below `127.96.1.0` belong to the API server.
const SERVICE_NETWORK: [u8; 3] = [127, 96, 1];

static TAKEN: AtomicU32 = AtomicU32::new(0);

/// An address of the service network, which is a part of the loopback network, with a port that is free on it.
pub(crate) fn service_address() -> Result<SocketAddr> {
    static HOSTS: AtomicU32 = AtomicU32::new(1);
    let host = u8::try_from(HOSTS.fetch_add(1, Ordering::Relaxed)).context("too many Services")?;
    let [a, b, c] = SERVICE_NETWORK;
    free(Ipv4Addr::new(a, b, c, host))
}

/// A free port on loopback.
pub(crate) fn loopback() -> Result<SocketAddr> {
    free(Ipv4Addr::LOCALHOST)
}

fn free(ip: Ipv4Addr) -> Result<SocketAddr> {
    // Runs of this program beside each other begin at different places.
    let offset = process::id().wrapping_mul(97);
    let candidates = (0..COUNT).filter_map(|_| {
        let next = offset.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + next % COUNT).ok()?;
        Some(SocketAddr::from((ip, port)))
    });
    candidates
        .into_iter()
        .find(|address| TcpListener::bind(address).is_ok())
        .with_context(|| format!("no free port on {ip}"))
}
