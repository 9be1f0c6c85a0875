//! Addresses of Pods.
//!
//! The API server takes no loopback address for an endpoint, and no other address is there to be had without
//! changing the machine's network. So the API says `10.97.N.n` where the process listens on `127.97.N.n`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU8, Ordering};

use anyhow::{Context as _, Result};

/// The port of a kubelet. Whoever listens on it has the network of that node for itself, so that the tests can be
/// run several times beside each other.
const KUBELET: u16 = 10_250;

/// The network of one node.
pub(crate) struct PodNetwork {
    node: Ipv4Addr,
    last: AtomicU8,
    _claim: TcpListener,
}

impl PodNetwork {
    /// A network that no other node has.
    pub(super) fn claim() -> Result<Self> {
        let claimed = (1..=254).find_map(|network| {
            let node = Ipv4Addr::new(127, 97, network, 1);
            Some((node, TcpListener::bind((node, KUBELET)).ok()?))
        });
        let (node, claim) = claimed.context("all Pod networks are in use")?;
        Ok(Self { node, last: AtomicU8::new(1), _claim: claim })
    }

    /// The address of the node, as the API has it.
    pub(super) fn node(&self) -> Ipv4Addr {
        in_the_api(self.node)
    }

    /// The address of one more Pod, as the API has it. They come back after 250 Pods.
    pub(super) fn next(&self) -> Ipv4Addr {
        let next = |last: u8| Some(if last < 250 { last + 1 } else { 2 });
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap_or_default();
        let [a, b, c, _] = self.node.octets();
        in_the_api(Ipv4Addr::new(a, b, c, next(last).unwrap_or_default()))
    }
}

/// Where the process listens that has this address in the API.
pub(crate) fn on_this_machine(address: SocketAddr) -> SocketAddr {
    let IpAddr::V4(ip) = address.ip() else { return address };
    match ip.octets() {
        [10, 97, c, d] => SocketAddr::from((Ipv4Addr::new(127, 97, c, d), address.port())),
        _ => address,
    }
}

fn in_the_api(ip: Ipv4Addr) -> Ipv4Addr {
    let [_, b, c, d] = ip.octets();
    Ipv4Addr::new(10, b, c, d)
}
