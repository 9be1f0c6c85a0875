//! `NET27 cross-environment-traffic`: what is being tried out must not talk to what has to run.

use super::isolation::elsewhere;
use crate::object::Text;
use crate::object::meta::Object;
use crate::object::network::{Direction, NetworkPolicy};
use crate::policy::Within;
use crate::policy::prelude::*;

policy! {
    /// A NetworkPolicy lets Pods talk to those of a namespace of another environment.
    ///
    /// A label of the Namespaces says which environment they are of; those without one are for all, and pass. Namespaces
    /// that a `namespaceSelector` selects today count, and where a `podSelector` stands beside it, those that have a workload
    /// with such Pods: a rule for the name servers of any namespace is for one. Whether the policy arrives or the Namespace
    /// that it now selects, both are looked at.
    ///
    /// ## Why
    /// Where environments share a cluster, NetworkPolicies are what keeps them apart. A selector that is a little too wide
    /// lets the load test of a feature write into the database of the shop, by a name that resolves in every namespace.
    ///
    /// ## Fix
    /// Ask for the environment in the `namespaceSelector` too, with the value of the own namespace.
    ///
    /// ## Exceptions
    /// What watches over all environments: collectors of metrics, pipelines.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: { name: db, namespace: shop }
    /// spec:
    ///   podSelector: { matchLabels: { app: db } }
    ///   ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: shop } } }] }]
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop, labels: { team: shop, environment: production } }
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop-staging, labels: { team: shop, environment: staging } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: { name: db, namespace: shop }
    /// spec:
    ///   podSelector: { matchLabels: { app: db } }
    ///   ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: shop, environment: production } } }] }]
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop, labels: { team: shop, environment: production } }
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop-staging, labels: { team: shop, environment: staging } }
    /// ```
    pub(super) CrossEnvironmentTraffic = {
        code: "NET27",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: &[&kinds::NETWORK_POLICY, &kinds::NAMESPACE],
        needs: Facts,
        reads: &[
            &kinds::NETWORK_POLICY, &kinds::NAMESPACE, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET,
            &kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER,
        ],
        yields_to: ["NET22" in Field],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/security/multi-tenancy/#network-isolation"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Keys of the labels by which a Namespace says its environment; the first that is there counts.
    label_keys: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { label_keys: ["environment", "env"].map(str::to_owned).into() }
    }
}

impl Check for CrossEnvironmentTraffic {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        if let Some(policy) = subject.lens::<NetworkPolicy<'static>>() {
            check_policy(params, policy, context, out);
        } else if subject.request.is_some() {
            check_namespace(params, context, out);
        }
    }
}

fn check_policy(params: &Params, policy: NetworkPolicy<'_>, context: &Context<'_>, out: &mut Findings) {
    let mut peers = elsewhere(policy).peekable();
    let Some(own) = peers.peek().and(context.subject.namespace) else { return };
    let namespaces = context.facts.find(&kinds::NAMESPACE, Within::Cluster, None);
    let Some(namespaces) = out.known(namespaces) else { return };
    let is_own = |namespace: &&Object<'_>| namespace.name() == Some(own);
    let Some(environment) = namespaces.iter().find(is_own).and_then(|it| params.environment(*it)) else {
        return;
    };
    let others: Vec<_> = namespaces.iter().filter_map(|it| Some((*it, params.environment(*it)?))).collect();
    for peer in peers {
        for (namespace, other) in others.iter().filter(|(_, other)| *other != environment) {
            let Some(is_there) = out.known(peer.is_in(*namespace, context.facts)) else { return };
            if is_there {
                let way = if peer.direction == Direction::Ingress { "open to" } else { "out to" };
                let name = shown_within(namespace.name().unwrap_or_default(), 30);
                let (other, own) = (shown_within(other, 20), shown_within(&environment, 20));
                let message = format_args!("from `{own}` {way} `{other}`: Namespace `{name}` is selected");
                out.report(peer.namespaces, message);
                break;
            }
        }
    }
}

/// The first policy by which a Namespace is connected to another environment than its own.
fn check_namespace(params: &Params, context: &Context<'_>, out: &mut Findings) {
    let Some(namespace) = context.subject.object else { return };
    let Some(environment) = params.environment(namespace) else { return };
    let policies = context.facts.list::<NetworkPolicy<'static>>(Within::Cluster, None);
    let Some(policies) = out.known(policies) else { return };
    for policy in policies {
        let home = policy.metadata().and_then(|metadata| metadata.namespace());
        let Some(home) = home.filter(|home| Some(**home) != context.subject.name) else { continue };
        let mut peers = elsewhere(policy).filter(|peer| peer.may_be_in(namespace)).peekable();
        if peers.peek().is_none() {
            continue;
        }
        let known = context.facts.named(&kinds::NAMESPACE, None, &home);
        let Some(known) = out.known(known) else { return };
        let Some(other) = known.and_then(|it| params.environment(it)).filter(|it| *it != environment) else {
            continue;
        };
        for peer in peers {
            let Some(is_there) = out.known(peer.is_in(namespace, context.facts)) else { return };
            if is_there {
                let (home, other) = (shown_within(&home, 30), shown_within(&other, 20));
                let message = format_args!("a NetworkPolicy of Namespace `{home}` connects it to `{other}`");
                out.report(environment, message);
                return;
            }
        }
    }
}

impl Params {
    fn environment<'t>(&self, namespace: Object<'t>) -> Option<Text<'t>> {
        self.label_keys.iter().find_map(|key| namespace.label(key))
    }
}
