//! Whom a policy lets through that is in another namespace.

use crate::catalogue::beside;
use crate::object::key::{self, Key};
use crate::object::kinds::Kind;
use crate::object::meta::Object;
use crate::object::network::{Direction, NetworkPolicy, NetworkPolicyPeer};
use crate::object::selector::LabelSelector;
use crate::policy::{Facts, Unknown};

/// A peer in other namespaces.
pub(in crate::catalogue::network) struct Elsewhere<'t> {
    /// Which way connections go.
    pub(in crate::catalogue::network) direction: Direction,
    /// Which namespaces it is in.
    pub(in crate::catalogue::network) namespaces: LabelSelector<'t>,
    /// Which Pods it is there; `None` for all.
    pods: Option<LabelSelector<'t>>,
}

/// The peers of a policy that are in namespaces which it selects.
pub(in crate::catalogue::network) fn elsewhere(
    policy: NetworkPolicy<'_>,
) -> impl Iterator<Item = Elsewhere<'_>> {
    policy.spec().into_iter().flat_map(|spec| {
        let directions = Direction::ALL.into_iter().filter(move |direction| spec.is_about(*direction));
        directions.flat_map(move |direction| {
            let peers = spec.rules(direction).iter().flat_map(move |rule| rule.peers(direction).iter());
            peers.filter_map(move |peer| Elsewhere::of(direction, peer))
        })
    })
}

impl<'t> Elsewhere<'t> {
    fn of(direction: Direction, peer: NetworkPolicyPeer<'t>) -> Option<Self> {
        let pods = peer.pod_selector().filter(|pods| !pods.is_empty());
        Some(Self { direction, namespaces: peer.namespace_selector()?, pods })
    }

    /// Whether its namespaces include this one. The API server labels each with its name; files do not.
    pub(in crate::catalogue::network) fn may_be_in(&self, namespace: Object<'_>) -> bool {
        self.namespaces.fits(|key| match key {
            "kubernetes.io/metadata.name" => namespace.name(),
            _ => namespace.label(key).map(|value| *value),
        })
    }

    /// Whether there is such a peer in a namespace: where it is some Pods only, whether a workload there makes them.
    pub(in crate::catalogue::network) fn is_in(
        &self,
        namespace: Object<'_>,
        facts: &dyn Facts,
    ) -> Result<bool, Unknown> {
        if !self.may_be_in(namespace) {
            return Ok(false);
        }
        let Some(pods) = self.pods else { return Ok(true) };
        let is_one = |kind: &Kind, object| pods.matches(key::pod_labels(kind, object));
        for kind in beside::RUNNING.iter().copied() {
            let objects = facts.find(kind, namespace.name().into(), Key::of_selected(pods.match_labels()))?;
            if objects.into_iter().any(|object| is_one(kind, object)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
