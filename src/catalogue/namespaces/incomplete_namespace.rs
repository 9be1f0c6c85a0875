//! `NSP10 incomplete-namespace`: a namespace must have what every one of them has to have.

use super::listed;
use crate::catalogue::beside;
use crate::object::kinds::Kind;
use crate::policy::prelude::*;

policy! {
    /// A namespace has no object of a kind that the organisation wants in each of them.
    ///
    /// Which of NetworkPolicy, ResourceQuota, LimitRange and RoleBinding, the parameters say. One object of the kind is
    /// enough, whatever it says: `missing-default-deny`, `missing-resource-quota` and `missing-limit-range` look into them.
    ///
    /// While somebody writes, it is said of the workloads that arrive, but for what a controller makes: a Namespace has
    /// nothing in it when it is made. Where nobody does (files, an audit), it is said once, of the Namespace, and files
    /// without the Namespace are not judged: somebody else makes it.
    ///
    /// ## Why
    /// A Namespace that was made by hand lacks what the template of the platform would have put into it: its share, its
    /// walls, and those who may look after it.
    ///
    /// ## Fix
    /// Make the Namespace as all others are made, or add what it lacks.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// # params: { kinds: [LimitRange] }
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop }
    /// ---
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata: { name: shop, namespace: shop }
    /// spec: { limits: [{ type: Container, defaultRequest: { cpu: 100m, memory: 128Mi } }] }
    /// ```
    pub(super) IncompleteNamespace = {
        code: "NSP10",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: &kinds::pod_carriers_and(&kinds::NAMESPACE),
        needs: Facts,
        reads: &[&kinds::NETWORK_POLICY, &kinds::RESOURCE_QUOTA, &kinds::LIMIT_RANGE, &kinds::ROLE_BINDING],
        equivalents: ["kyverno:namespace-inventory-check"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The kinds of which there must be an object.
    kinds: Vec<Wanted>,
}

/// A kind that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(inline)]
enum Wanted {
    LimitRange,
    NetworkPolicy,
    ResourceQuota,
    RoleBinding,
}

impl Wanted {
    fn kind(self) -> &'static Kind {
        match self {
            Self::LimitRange => &kinds::LIMIT_RANGE,
            Self::NetworkPolicy => &kinds::NETWORK_POLICY,
            Self::ResourceQuota => &kinds::RESOURCE_QUOTA,
            Self::RoleBinding => &kinds::ROLE_BINDING,
        }
    }
}

impl Default for Params {
    fn default() -> Self {
        Self { kinds: vec![Wanted::NetworkPolicy, Wanted::ResourceQuota] }
    }
}

impl Check for IncompleteNamespace {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some((object, path)) = beside::namespace_at_fault(subject) else { return };
        let mut missing = Vec::new();
        for kind in params.kinds.iter().map(|wanted| wanted.kind()) {
            let Some(found) = out.known(beside::in_namespace(context, kind, None)) else { return };
            if found.is_empty() {
                missing.push(kind.name);
            }
        }
        if let Some(missing) = listed(missing.into_iter()) {
            out.report(object.missing(path), format_args!("this namespace has no {missing}")).awaited();
        }
    }
}
