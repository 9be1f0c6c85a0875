//! What a namespace gives to containers, and takes from them.

use super::lens::{Text, lens};
use super::meta::ObjectMeta;

/// A quantity under a name that the table of fields can use.
type Amount<'t> = super::At<'t, super::quantity::Quantity>;

lens! {
    /// [`LimitRange`](https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/limit-range-v1/).
    LimitRange {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: LimitRangeSpec,
    }

    /// What holds for the objects of the namespace.
    LimitRangeSpec {
        "limits" => limits: [LimitRangeItem],
    }

    /// What holds for objects of one kind.
    LimitRangeItem {
        "type" => kind: Text = "",
        "default" => default_limit: {Amount},
        "defaultRequest" => default_request: {Amount},
        "max" => max: {Amount},
        "min" => min: {Amount},
    }
}

impl LimitRange<'_> {
    /// Whether a container that requests nothing of a resource gets a request when its Pod is made.
    ///
    /// What is left out of a LimitRange the API server fills in when it is written, and a file does not show it: the
    /// default limit from the maximum, the default request from the default limit or else from the minimum.
    pub fn gives_request(self, resource: &str) -> bool {
        let mut items = self.spec().into_iter().flat_map(|spec| spec.limits().iter());
        items.any(|item| {
            let sources = [item.default_request(), item.default_limit(), item.max(), item.min()];
            *item.kind() == "Container" && sources.iter().any(|source| source.get(resource).is_some())
        })
    }
}
