//! `AVL20 mismatched-autoscaler`: what works through a queue must scale with the queue.

use crate::catalogue::beside;
use crate::object::Place;
use crate::object::autoscaling::Autoscaler;
use crate::policy::prelude::*;

policy! {
    /// An autoscaler scales by something that does not fit the kind of its workload.
    ///
    /// A label of the autoscaler, or else of its workload, says of what kind that is. Workers scale by something
    /// else than CPU and memory; what answers requests does not go down to nothing. And whatever the label is: what
    /// scales by CPU and memory alone cannot come back from nothing, as nothing uses none.
    ///
    /// ## Why
    /// A worker that waits for a database uses no CPU: the queue grows, and the autoscaler sees an idle Pod. A service
    /// that went down to nothing lets the first callers of the morning wait, or refuses them.
    ///
    /// ## Fix
    /// Scale workers by the length of their queue, with a ScaledObject; keep two Pods of what answers requests.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: mails, namespace: shop, labels: { workload-type: queue } }
    /// spec:
    ///   maxReplicas: 9
    ///   scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: mails }
    ///   metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: keda.sh/v1alpha1
    /// kind: ScaledObject
    /// metadata: { name: mails, namespace: shop, labels: { workload-type: queue } }
    /// spec: { scaleTargetRef: { name: mails }, triggers: [{ type: rabbitmq }] }
    /// ```
    pub(super) MismatchedAutoscaler = {
        code: "AVL20",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Autoscaler,
        needs: Facts,
        reads: &[
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER,
        ],
        equivalents: [],
        references: ["https://keda.sh/docs/latest/reference/scaledobject-spec/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Key of the label that says of what kind a workload is.
    key: String,
    /// Its values for workloads that work through a queue.
    workers: Vec<String>,
    /// Its values for workloads that answer requests.
    servers: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            key: "workload-type".to_owned(),
            workers: words(&["queue", "event"]),
            servers: words(&["http"]),
        }
    }
}

impl Check for MismatchedAutoscaler {
    type Params = Params;

    fn check(params: &Params, autoscaler: Autoscaler<'_>, context: &Context<'_>, out: &mut Findings) {
        let by_load = by_load_alone(autoscaler);
        let idle = match autoscaler {
            Autoscaler::Horizontal(_) => None,
            Autoscaler::Scaled(_) => autoscaler.min_replicas().filter(|least| **least == 0),
        };
        if let (Some(_), Some(least)) = (by_load, idle) {
            out.report(least, "scales by CPU and memory alone: it never comes back from nothing");
            return;
        }
        if by_load.is_none() && idle.is_none() {
            return;
        }
        let own = autoscaler.metadata().and_then(|metadata| metadata.labels().get(&params.key)).map(|it| *it);
        let label = match own {
            Some(label) => Some(label),
            None => match out.known(beside::target(context, autoscaler)) {
                Some(target) => target.and_then(|target| target.object.label(&params.key)).map(|it| *it),
                None => return,
            },
        };
        let Some(label) = label else { return };
        let is_one_of = |values: &[String]| values.iter().any(|value| value == label);
        if let Some(place) = by_load.filter(|_| is_one_of(&params.workers)) {
            let label = shown(label);
            out.report(
                place,
                format_args!("a workload of the kind `{label}` scales by CPU and memory, not by its queue"),
            );
        }
        if let Some(least) = idle.filter(|_| is_one_of(&params.servers)) {
            out.report(least, format_args!("a workload of the kind `{}` goes down to nothing", shown(label)));
        }
    }
}

/// Where it is said that nothing but the use of CPU and memory counts.
fn by_load_alone(autoscaler: Autoscaler<'_>) -> Option<Place<'_>> {
    match autoscaler {
        Autoscaler::Horizontal(autoscaler) => {
            let metrics = autoscaler.spec().map(|spec| spec.metrics())?;
            // Without a metric the API supplies CPU.
            let is_load = |kind: &str| matches!(kind, "Resource" | "ContainerResource");
            metrics.iter().all(|metric| is_load(&metric.kind())).then(|| metrics.into())
        }
        Autoscaler::Scaled(object) => {
            let triggers = object.spec().map(|spec| spec.triggers())?;
            let is_load = |kind: &str| matches!(kind, "cpu" | "memory");
            let all = !triggers.is_empty() && triggers.iter().all(|trigger| is_load(&trigger.kind()));
            all.then(|| triggers.into())
        }
    }
}
