//! What one peer may take of what all share: connections, handshakes, reviews, and memory for bodies.
//!
//! Any Pod can reach the port, and none may starve the API server's calls. A peer may take more of a resource
//! as long as it holds no more of it than is left for everyone: alone it gets half, two greedy ones get a third
//! each, and there is always something left for who comes next.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use super::ServerOptions;

/// What is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// Open connections.
    Connections,
    /// TLS handshakes in progress.
    Handshakes,
    /// Reviews being received or judged.
    Reviews,
    /// Bytes of bodies held in memory.
    BodyBytes,
}

const RESOURCES: usize = 4;

/// The resources of one port, and who holds how much of them.
#[derive(Debug)]
pub(super) struct Limits {
    capacity: [usize; RESOURCES],
    used: [AtomicUsize; RESOURCES],
    peers: Mutex<HashMap<IpAddr, Known>>,
}

/// A peer in the table, with the number of [`Peer`] values that stand for it.
#[derive(Debug, Default)]
struct Known {
    held: Arc<Held>,
    handles: usize,
}

/// What one peer holds.
#[derive(Debug, Default)]
struct Held([AtomicUsize; RESOURCES]);

/// A peer with at least one connection; dropping the last value of a peer forgets it.
#[derive(Debug)]
pub(super) struct Peer {
    limits: Arc<Limits>,
    address: IpAddr,
    held: Arc<Held>,
}

/// An amount of a resource, given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    peer: Arc<Peer>,
    resource: Resource,
    amount: usize,
}

impl Limits {
    /// The limits of one port.
    pub(super) fn of(options: &ServerOptions) -> Self {
        Self::new(options.connections, options.handshakes, options.reviews, options.body_memory)
    }

    /// Limits with these capacities, for [`Resource`]s in their order.
    pub(super) fn new(connections: usize, handshakes: usize, reviews: usize, body_bytes: usize) -> Self {
        Self {
            capacity: [connections, handshakes, reviews, body_bytes],
            used: <[AtomicUsize; RESOURCES]>::default(),
            peers: Mutex::default(),
        }
    }

    /// The peer at an address. Addresses of one IPv6 subnet are one peer: a host there has all of them.
    pub(super) fn peer(self: &Arc<Self>, address: IpAddr) -> Arc<Peer> {
        let address = host(address);
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = peers.entry(address).or_default();
        known.handles += 1;
        Arc::new(Peer { limits: Arc::clone(self), address, held: Arc::clone(&known.held) })
    }
}

impl Peer {
    /// Takes an amount of a resource, unless that would be more than this peer's part.
    pub(super) fn take(self: &Arc<Self>, resource: Resource, amount: usize) -> Option<Share> {
        let mut share = Share { peer: Arc::clone(self), resource, amount: 0 };
        share.grow(amount).then_some(share)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let mut peers = self.limits.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut known) = peers.entry(self.address) {
            known.get_mut().handles -= 1;
            if known.get().handles == 0 {
                known.remove();
            }
        }
    }
}

impl Share {
    /// Takes more, or leaves the share as it was and says `false`.
    pub(super) fn grow(&mut self, amount: usize) -> bool {
        let which = self.resource as usize;
        let (limits, held) = (&self.peer.limits, &self.peer.held.0[which]);
        let used = limits.used[which].fetch_add(amount, Relaxed) + amount;
        let mine = held.fetch_add(amount, Relaxed) + amount;
        // Taken first and given back if it was too much: two that race may both be refused, never both admitted.
        if limits.capacity[which].checked_sub(used).is_some_and(|left| mine <= left) {
            self.amount += amount;
            return true;
        }
        held.fetch_sub(amount, Relaxed);
        limits.used[which].fetch_sub(amount, Relaxed);
        false
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let which = self.resource as usize;
        self.peer.held.0[which].fetch_sub(self.amount, Relaxed);
        self.peer.limits.used[which].fetch_sub(self.amount, Relaxed);
    }
}

fn host(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(capacity: usize) -> Arc<Limits> {
        Arc::new(Limits::new(capacity, capacity, capacity, capacity))
    }

    /// How many connections a peer gets, one after the other, holding them all.
    fn grab(peer: &Arc<Peer>, held: &mut Vec<Share>) -> usize {
        let before = held.len();
        while let Some(share) = peer.take(Resource::Connections, 1) {
            held.push(share);
        }
        held.len() - before
    }

    #[test]
    fn each_greedy_peer_leaves_something_for_the_next() {
        let limits = limits(120);
        let mut held = Vec::new();
        let peers: Vec<_> = (1..=4).map(|n| limits.peer(IpAddr::from([10, 0, 0, n]))).collect();
        let got: Vec<usize> = peers.iter().map(|peer| grab(peer, &mut held)).collect();
        assert_eq!(got, [60, 30, 15, 7]);
    }

    #[test]
    fn what_is_dropped_is_given_back_and_the_peer_forgotten() {
        let limits = limits(100);
        let peer = limits.peer(IpAddr::from([10, 0, 0, 1]));
        let mut held = Vec::new();
        assert_eq!(grab(&peer, &mut held), 50);
        held.clear();
        assert_eq!(grab(&peer, &mut held), 50);
        drop((held, peer));
        assert!(limits.peers.lock().unwrap().is_empty());
        assert_eq!(limits.used[0].load(Relaxed), 0);
    }

    #[test]
    fn a_share_that_cannot_grow_stays_as_it_was() {
        let limits = limits(100);
        let peer = limits.peer(IpAddr::from([10, 0, 0, 1]));
        let mut share = peer.take(Resource::BodyBytes, 40).unwrap();
        assert!(!share.grow(11));
        assert!(share.grow(10));
        assert!(peer.take(Resource::Reviews, 50).is_some(), "resources do not share a capacity");
    }

    #[test]
    fn who_counts_as_one_peer() {
        for (address, peer) in [
            ("10.0.0.1", "10.0.0.1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("fd00:1:2:3:4:5:6:7", "fd00:1:2:3::"),
            ("::1", "::1"),
        ] {
            assert_eq!(host(address.parse().unwrap()), peer.parse::<IpAddr>().unwrap(), "{address}");
        }
    }
}
