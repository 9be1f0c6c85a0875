//! `RES07 out-of-bounds-resources`: a container must not ask for more, or less, than any container should.

use std::collections::BTreeMap;

use crate::object::At;
use crate::object::pod::Pod;
use crate::object::quantity::Quantity;
use crate::policy::params::Amount;
use crate::policy::prelude::*;

policy! {
    /// A container requests or is limited to an amount that lies outside the bounds.
    ///
    /// By default the bounds are so wide that only a wrong unit is outside: `512m` of memory is half a byte, `500` of
    /// CPU is five hundred cores. A limit without a request is its own request, as the API server makes it one. What
    /// is not declared is left to the policies about what is missing.
    ///
    /// ## Why
    /// Too much is never scheduled, or makes the autoscaler buy a node for one Pod. Too little is killed at its
    /// start. Both are mostly a slip of the pen, and both look like a failure of the cluster.
    ///
    /// ## Fix
    /// Set an amount within the bounds, and look at its unit: `Mi` and `Gi` for memory, `m` for CPU.
    ///
    /// ## Exceptions
    /// What really is that large, by a rule with parameters of its own. A LimitRange does the same for Pods, one
    /// namespace at a time.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { limits: { memory: 512m } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { limits: { memory: 512Mi } } }]
    /// ```
    pub(super) OutOfBoundsResources = {
        code: "RES07",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        equivalents: [
            "gatekeeper:containerlimits", "gatekeeper:containerrequests", "gatekeeper:ephemeralstoragelimit",
            "kubescape:C-0004", "kubescape:C-0050", "kube-linter:unset-cpu-requirements",
            "kube-linter:unset-memory-requirements",
        ],
        references: ["https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// The bounds of what is requested, `min` and `max`, by resource (`cpu`, `memory`, …).
    requests: BTreeMap<String, Bounds>,
    /// The bounds of limits, `min` and `max`, by resource.
    limits: BTreeMap<String, Bounds>,
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
struct Bounds {
    /// The least there may be; `null` for any.
    min: Option<Amount>,
    /// The most there may be; `null` for any.
    max: Option<Amount>,
}

impl Default for Params {
    fn default() -> Self {
        let bounds = || {
            let memory = ("memory".to_owned(), Bounds::of("4Mi", "1Ti"));
            BTreeMap::from([memory, ("cpu".to_owned(), Bounds::of("1m", "128"))])
        };
        Self { requests: bounds(), limits: bounds() }
    }
}

impl Check for OutOfBoundsResources {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for container in pod.with_resources() {
            let name = container.display_name();
            let requests = params.requests.iter().map(|(resource, bounds)| {
                let own = container.requests().and_then(|requests| requests.get(resource));
                (resource, bounds, own.or_else(|| container.own_limit(resource)), "request", own.is_none())
            });
            let limits = params
                .limits
                .iter()
                .map(|(resource, bounds)| (resource, bounds, container.own_limit(resource), "limit", false));
            for (resource, bounds, amount, word, is_limit) in limits.chain(requests) {
                let Some(amount) = amount else { continue };
                // What the limit as such is too much of, it is not also too much of as a request.
                let is_said =
                    is_limit && params.limits.get(resource).is_some_and(|it| it.crossed(amount).is_some());
                let Some(crossed) = bounds.crossed(amount).filter(|_| !is_said) else { continue };
                let (written, resource) = (amount.written(), shown_within(resource, 20));
                let (written, name) = (shown_within(&written, 15), shown_within(name, 30));
                out.report(
                    amount,
                    format_args!("{resource} {word} `{written}` of container `{name}` is {crossed}"),
                );
            }
        }
    }
}

impl Bounds {
    fn of(min: &str, max: &str) -> Self {
        Self { min: Amount::new(min), max: Amount::new(max) }
    }

    /// The bound that an amount lies beyond, in words. Nothing at all is no amount.
    fn crossed(&self, amount: At<'_, Quantity>) -> Option<String> {
        if !amount.is_positive() {
            return None;
        }
        let below = self.min.as_ref().filter(|min| *amount < min.quantity());
        let below = below.map(|min| format!("below `{}`", shown_within(&min.to_string(), 15)));
        let above = self.max.as_ref().filter(|max| *amount > max.quantity());
        below.or_else(|| above.map(|max| format!("above `{}`", shown_within(&max.to_string(), 15))))
    }
}
