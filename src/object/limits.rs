//! LimitRange: what a namespace gives to containers that declare nothing.

use super::lens::{List, Text, lens};
use super::meta::ObjectMeta;
use super::quantity::Quantity;

/// `Quantities` under a name that the table of fields can use.
type Amount<'t> = super::At<'t, Quantity>;

lens! {
    /// [`LimitRange`](https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/limit-range-v1/).
    LimitRange {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: LimitRangeSpec,
    }

    /// The limits that hold in the namespace.
    LimitRangeSpec {
        "limits" => limits: [LimitRangeItem],
    }

    /// The limits of one type of thing.
    LimitRangeItem {
        "type" => kind: Text,
        "max" => max: {Amount},
        "min" => min: {Amount},
        "default" => default_limit: {Amount},
        "defaultRequest" => default_request: {Amount},
    }
}

impl<'t> LimitRange<'t> {
    /// The limit of a resource that a container gets if it declares none; the maximum stands in for a default
    /// (`SetDefaults_LimitRangeItem`).
    pub fn container_limit(self, resource: &str) -> Option<Amount<'t>> {
        self.of_containers().find_map(|item| item.limit(resource))
    }

    /// The request of a resource that a container gets if it declares neither request nor limit.
    pub fn container_request(self, resource: &str) -> Option<Amount<'t>> {
        self.of_containers().find_map(|item| {
            let own = item.default_request().get(resource).or_else(|| item.limit(resource));
            own.or_else(|| item.min().get(resource))
        })
    }

    fn of_containers(self) -> impl Iterator<Item = LimitRangeItem<'t>> {
        let items = self.spec().map(LimitRangeSpec::limits);
        items.into_iter().flat_map(List::iter).filter(|item| item.kind().is_some_and(|it| *it == "Container"))
    }
}

impl<'t> LimitRangeItem<'t> {
    fn limit(self, resource: &str) -> Option<Amount<'t>> {
        self.default_limit().get(resource).or_else(|| self.max().get(resource))
    }
}
