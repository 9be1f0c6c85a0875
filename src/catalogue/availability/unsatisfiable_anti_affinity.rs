//! `AVL24 unsatisfiable-anti-affinity`: Pods that keep apart need as many places as there are of them.

use std::collections::BTreeMap;

use crate::catalogue::beside::{self, Workload};
use crate::object::apps::Deployment;
use crate::object::autoscaling::{Autoscaler, ScaleTarget};
use crate::object::kinds::Kind;
use crate::object::pod::Pod;
use crate::object::pod_spec::PodTemplate;
use crate::object::scheduling::{Affinity, PodAffinityTerm};
use crate::object::selector::LabelSelector;
use crate::object::{Place, Text, View as _};
use crate::policy::prelude::*;

policy! {
    /// Required anti-affinity leaves room for fewer Pods than there may be.
    ///
    /// The workload, its `scale` and its autoscaler are judged together, whichever of them arrives. A rollout counts that
    /// makes a new Pod before it takes an old one away, unless the anti-affinity is only about Pods of the same revision
    /// (`matchLabelKeys`). How many zones there are is a parameter. Nodes come and go: anti-affinity over hosts is not judged.
    ///
    /// ## Why
    /// A Pod more than there are zones stays `Pending` for good: an autoscaler that may make fifty stops at three in the
    /// middle of the rush, and a rollout with as many Pods as zones waits for room that nobody makes.
    ///
    /// ## Fix
    /// Use `topologySpreadConstraints`, or make the anti-affinity preferred.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec:
    ///       affinity:
    ///         podAntiAffinity:
    ///           requiredDuringSchedulingIgnoredDuringExecution:
    ///             - { topologyKey: topology.kubernetes.io/zone, labelSelector: { matchLabels: { app: web } } }
    ///       containers: [{ name: web, image: "web:1.4.2" }]
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 3, maxReplicas: 50, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec:
    ///       topologySpreadConstraints:
    ///         - { maxSkew: 1, topologyKey: topology.kubernetes.io/zone, labelSelector: { matchLabels: { app: web } } }
    ///       containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) UnsatisfiableAntiAffinity = {
        code: "AVL24",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::SCALE, &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::SCALED_OBJECT,
        ],
        needs: Facts,
        reads: &[
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT,
        ],
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// How many values a label of nodes has in the cluster. Anti-affinity over other labels is not judged.
    static_domains: BTreeMap<String, u16>,
}

impl Default for Params {
    fn default() -> Self {
        let zones = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];
        Self { static_domains: zones.map(|zone| (zone.to_owned(), 3)).into() }
    }
}

const COUNTED: &[&Kind] = &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET];

impl Check for UnsatisfiableAntiAffinity {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.judged()) else { return };
        // Hardly any workload keeps its Pods apart, and then nobody need count them.
        let has_one = |pod: &Pod<'_>| pod.spec.affinity().and_then(Affinity::pod_anti_affinity).is_some();
        if subject.pod().is_some_and(|pod| !has_one(pod)) {
            return;
        }
        if let Some(autoscaler) = Autoscaler::of(kind, object).filter(|it| !it.is_made_by_keda()) {
            return check_autoscaler(params, autoscaler, context, out);
        }
        let Some(replicas) = subject.replicas() else { return };
        let Some(Some(workload)) = out.known(Workload::of_subject(context, COUNTED)) else { return };
        let Some(room) = Room::of(params, workload, context) else { return };
        let autoscaler = beside::autoscaler(context, workload.kind, workload.name());
        let Some(autoscaler) = out.known(autoscaler) else { return };
        let most = autoscaler.and_then(Autoscaler::max_replicas).unwrap_or(replicas);
        let is_scaled = *kind == kinds::SCALE;
        // How many there are for now is for the autoscaler to say.
        let Some(rollout) = room.lacks(*most).filter(|_| !is_scaled || autoscaler.is_none()) else { return };
        let place = if is_scaled { Place::from(replicas) } else { Place::from(room.key) };
        let (domains, zone) = (room.domains, room.zone());
        let message = match autoscaler {
            None => format!("one Pod for each of {domains} `{zone}`, and there are {most}{rollout}"),
            Some(by) => {
                let (kind, name) = (by.kind().name, by.metadata().and_then(|metadata| metadata.name()));
                let name = shown_within(name.map_or("", |name| *name), 15);
                format!("one Pod for each of {domains} `{zone}`, {kind} `{name}` makes up to {most}{rollout}")
            }
        };
        out.report(place, message).magnitude(*most);
    }
}

fn check_autoscaler(params: &Params, autoscaler: Autoscaler<'_>, context: &Context<'_>, out: &mut Findings) {
    let is_counted = |target: &ScaleTarget<'_>| COUNTED.iter().any(|kind| target.is(kind, target.name));
    let target = autoscaler.target().filter(is_counted);
    let Some(most) = autoscaler.max_replicas().filter(|_| target.is_some()) else { return };
    let Some(Some(workload)) = out.known(beside::target(context, autoscaler)) else { return };
    let Some(room) = Room::of(params, workload, context) else { return };
    if let Some(rollout) = room.lacks(*most) {
        let (kind, name) = (workload.kind.name, shown_within(workload.name(), 20));
        let (domains, zone) = (room.domains, room.zone());
        let message =
            format!("up to {most}{rollout}, but {kind} `{name}` has one for each of {domains} `{zone}`");
        out.report(most, message).magnitude(*most);
    }
}

/// How many Pods of a workload there can be at a time.
struct Room<'t> {
    /// The label of nodes that no two of them may share.
    key: Text<'t>,
    domains: u16,
    /// The Deployment, if its new Pods keep away from its old ones.
    rolled_out: Option<Deployment<'t>>,
}

impl<'t> Room<'t> {
    /// The least room that a term of the workload's own leaves; `None` if none limits it.
    fn of(params: &Params, workload: Workload<'t>, context: &Context<'_>) -> Option<Self> {
        let template =
            workload.object.node().descend(workload.kind.pod_template?).and_then(PodTemplate::view)?;
        let affinity = template.spec()?.affinity().and_then(Affinity::pod_anti_affinity)?;
        let labels = workload.pod_labels();
        let keeps_apart = |term: &PodAffinityTerm<'_>| {
            term.label_selector().is_some_and(|selector| selector.matches(labels))
                && term.mismatch_label_keys().is_empty()
                && term.namespace_selector().is_none_or(LabelSelector::is_empty)
                && term.reaches(context.subject.namespace)
        };
        let rooms = affinity.required().iter().filter(keeps_apart).filter_map(|term| {
            let key = term.topology_key();
            let domains = *params.static_domains.get(*key)?;
            let is_of_revision = term.match_label_keys().iter().any(|key| *key == "pod-template-hash");
            let is_rolled_out = *workload.kind == kinds::DEPLOYMENT && !is_of_revision;
            let rolled_out = is_rolled_out.then(|| Deployment::view(workload.object.node())).flatten();
            Some(Self { key, domains, rolled_out })
        });
        rooms.min_by_key(|room| (room.domains, room.rolled_out.is_none()))
    }

    /// Whether there is no room for so many Pods, and what is said of a rollout if there only is none during one.
    fn lacks(&self, pods: i64) -> Option<&'static str> {
        let room = i64::from(self.domains);
        if pods > room {
            return Some("");
        }
        let surges = || self.rolled_out?.spec().filter(|spec| spec.surges_first(pods));
        (pods == room && surges().is_some()).then_some(" and a rollout 1 more")
    }

    /// The label without its prefix, for messages.
    fn zone(&self) -> impl std::fmt::Display {
        shown_within(self.key.rsplit('/').next().unwrap_or_default(), 10)
    }
}
