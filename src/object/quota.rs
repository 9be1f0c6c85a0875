//! What a namespace grants to the Pods in it: to all together, and to each of those that do not say.

use super::lens::{Text, lens};
use super::meta::ObjectMeta;
use super::quantity::Quantity;

/// `Quantities` under a name that the table of fields can use.
type Amount<'t> = super::At<'t, Quantity>;

lens! {
    /// [`ResourceQuota`](https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/resource-quota-v1/).
    ResourceQuota {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: ResourceQuotaSpec,
    }

    /// How much of what there may be.
    ResourceQuotaSpec {
        "hard" => hard: {Amount},
        "scopes" => scopes: [Text],
        "scopeSelector" => scope_selector: ScopeSelector,
    }

    /// Which Pods are counted.
    ScopeSelector {
        "matchExpressions" => match_expressions: [ScopedResourceSelectorRequirement],
    }

    /// One condition of them.
    ScopedResourceSelectorRequirement {}

    /// [`LimitRange`](https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/limit-range-v1/).
    LimitRange {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: LimitRangeSpec,
    }

    /// Bounds and defaults.
    LimitRangeSpec {
        "limits" => limits: [LimitRangeItem],
    }

    /// Bounds and defaults of containers, of whole Pods, or of claims of storage: `type` says of what.
    LimitRangeItem {
        "type" => kind: Text = "",
        "default" => default: {Amount},
        "defaultRequest" => default_request: {Amount},
        "max" => max: {Amount},
        "min" => min: {Amount},
    }
}

impl<'t> ResourceQuotaSpec<'t> {
    /// Whether it counts whatever is in the namespace, and not only Pods of some sort.
    pub fn counts_all(self) -> bool {
        let is_narrowed = |selector: ScopeSelector<'t>| !selector.match_expressions().is_empty();
        self.scopes().is_empty() && !self.scope_selector().is_some_and(is_narrowed)
    }

    /// How much there may be of a resource in all. What is requested has two names.
    pub fn bound(self, resource: &str) -> Option<Amount<'t>> {
        let (long, short) = REQUESTED
            .into_iter()
            .find(|(long, short)| [*long, *short].contains(&resource))
            .unwrap_or((resource, resource));
        self.hard().get(long).or_else(|| self.hard().get(short))
    }
}

/// What is requested, with the word for it and without.
const REQUESTED: [(&str, &str); 3] = [
    ("requests.cpu", "cpu"),
    ("requests.memory", "memory"),
    ("requests.ephemeral-storage", "ephemeral-storage"),
];

impl<'t> LimitRange<'t> {
    /// What a container of the namespace is limited to that declares no limit.
    pub fn container_limit(self, resource: &str) -> Option<Amount<'t>> {
        self.spec()?.of_containers().find_map(|item| item.limit_of_undeclared(resource))
    }

    /// What it requests if it declares neither a request nor a limit.
    pub fn container_request(self, resource: &str) -> Option<Amount<'t>> {
        self.spec()?.of_containers().find_map(|item| item.request_of_undeclared(resource))
    }
}

impl<'t> LimitRangeSpec<'t> {
    /// What is said about containers.
    pub fn of_containers(self) -> impl Iterator<Item = LimitRangeItem<'t>> {
        self.limits().iter().filter(|item| *item.kind() == "Container")
    }
}

impl<'t> LimitRangeItem<'t> {
    /// The limit that a container gets which declares none: the API server takes the maximum where no default is
    /// declared.
    pub fn limit_of_undeclared(self, resource: &str) -> Option<Amount<'t>> {
        self.default().get(resource).or_else(|| self.max().get(resource))
    }

    /// The request that a container gets which declares none: where no default is declared, the API server takes the
    /// limit that it would get, and the minimum if there is none.
    pub fn request_of_undeclared(self, resource: &str) -> Option<Amount<'t>> {
        let declared = self.default_request().get(resource);
        declared.or_else(|| self.limit_of_undeclared(resource)).or_else(|| self.min().get(resource))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::View as _;
    use crate::tree::json;

    #[test]
    fn undeclared_resources_are_those_that_the_api_server_makes() {
        for (item, limit, request) in [
            ("{}", None, None),
            (r#"{"default":{"cpu":"1"}}"#, Some("1"), Some("1")),
            (r#"{"default":{"cpu":"1"},"defaultRequest":{"cpu":"250m"}}"#, Some("1"), Some("0.25")),
            (r#"{"defaultRequest":{"cpu":"250m"}}"#, None, Some("0.25")),
            (r#"{"max":{"cpu":"2"}}"#, Some("2"), Some("2")),
            (r#"{"max":{"cpu":"2"},"default":{"cpu":"1"}}"#, Some("1"), Some("1")),
            (r#"{"min":{"cpu":"100m"}}"#, None, Some("0.1")),
            (r#"{"min":{"cpu":"100m"},"max":{"cpu":"2"}}"#, Some("2"), Some("2")),
            (r#"{"default":{"memory":"1Gi"},"defaultRequest":null}"#, None, None),
        ] {
            let tree = json::read(item.as_bytes()).unwrap();
            let item = LimitRangeItem::view(tree.root().unwrap()).unwrap();
            let shown = |it: Option<Amount<'_>>| it.map(|it| it.to_string());
            assert_eq!(shown(item.limit_of_undeclared("cpu")).as_deref(), limit);
            assert_eq!(shown(item.request_of_undeclared("cpu")).as_deref(), request);
        }
    }

    #[test]
    fn requests_in_a_quota_have_two_names() {
        for (spec, resource, bound) in [
            (r#"{"hard":{"requests.cpu":"4"}}"#, "requests.cpu", Some("4")),
            (r#"{"hard":{"cpu":"4"}}"#, "requests.cpu", Some("4")),
            (r#"{"hard":{"requests.memory":"4"}}"#, "memory", Some("4")),
            (r#"{"hard":{"cpu":"4"}}"#, "limits.cpu", None),
            (r#"{"hard":{"pods":"4"}}"#, "pods", Some("4")),
            (r#"{"hard":{"storage":"4"}}"#, "requests.storage", None),
            (r#"{"hard":null}"#, "pods", None),
        ] {
            let tree = json::read(spec.as_bytes()).unwrap();
            let spec = ResourceQuotaSpec::view(tree.root().unwrap()).unwrap();
            assert_eq!(spec.bound(resource).map(|it| it.to_string()).as_deref(), bound, "{resource}");
        }
    }

    #[test]
    fn quota_with_a_scope_does_not_count_all() {
        for (spec, counts_all) in [
            ("{}", true),
            (r#"{"scopes":[]}"#, true),
            (r#"{"scopes":["NotTerminating"]}"#, false),
            (r#"{"scopeSelector":{}}"#, true),
            (
                r#"{"scopeSelector":{"matchExpressions":[{"scopeName":"PriorityClass","operator":"Exists"}]}}"#,
                false,
            ),
        ] {
            let tree = json::read(spec.as_bytes()).unwrap();
            assert_eq!(ResourceQuotaSpec::view(tree.root().unwrap()).unwrap().counts_all(), counts_all);
        }
    }
}
