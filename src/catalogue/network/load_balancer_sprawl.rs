//! `NET02 load-balancer-sprawl`: a load balancer for every application is one bill for every application.

use crate::catalogue::beside;
use crate::object::Text;
use crate::object::network::Service;
use crate::policy::Within;
use crate::policy::prelude::*;

policy! {
    /// A Service makes one load balancer more than there may be.
    ///
    /// Load balancers of the namespace are counted, and those of the whole cluster where `maxInCluster` is set. A Service that
    /// is being deleted counts until its load balancer is gone.
    ///
    /// ## Why
    /// Every Service of the type `LoadBalancer` rents one from the cloud, with an address of its own. It costs money by the
    /// hour, certificates and firewalls are kept in as many places, and one day the quota of the account is used up: the next
    /// one stays `<pending>` for ever.
    ///
    /// ## Fix
    /// Make it `ClusterIP`, and let an Ingress or a Gateway lead to it, which share one load balancer.
    ///
    /// ## Exceptions
    /// What is not HTTP, and the namespaces of Ingress controllers and Gateways.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 443 }] }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: api, namespace: shop }
    /// spec: { type: LoadBalancer, selector: { app: api }, ports: [{ port: 443 }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 443 }] }
    /// ```
    pub(super) LoadBalancerSprawl = {
        code: "NET02",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Service,
        needs: Facts,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// How many load balancers there may be in a namespace.
    max_in_namespace: u16,
    /// How many there may be in the whole cluster; any number, unless it is set.
    max_in_cluster: Option<u16>,
}

impl Default for Params {
    fn default() -> Self {
        Self { max_in_namespace: 1, max_in_cluster: None }
    }
}

impl Check for LoadBalancerSprawl {
    type Params = Params;

    fn check(params: &Params, service: Service<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(kind) = kind_of_load_balancer(service) else { return };
        let namespace = Within::from(context.subject.namespace);
        let in_namespace = (namespace, Some(params.max_in_namespace), "namespace");
        let in_cluster = (Within::Cluster, params.max_in_cluster, "cluster");
        for (within, most, place) in [in_namespace, in_cluster] {
            let Some(most) = most else { continue };
            let Some(services) = out.known(context.facts.list::<Service<'static>>(within, None)) else {
                return;
            };
            let is_other = |it: &&Service<'_>| {
                kind_of_load_balancer(**it).is_some() && !beside::is_subject(context, it.node())
            };
            let count = 1 + services.iter().filter(is_other).count();
            if count > most.into() {
                let message =
                    format!("there are {count} load balancers in the {place} then, at most {most} may be");
                out.report(kind, message).magnitude(i64::try_from(count).unwrap_or(i64::MAX));
                return;
            }
        }
    }
}

fn kind_of_load_balancer(service: Service<'_>) -> Option<Text<'_>> {
    service.spec().map(|spec| spec.kind()).filter(|kind| **kind == "LoadBalancer")
}
