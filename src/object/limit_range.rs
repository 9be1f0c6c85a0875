//! What a namespace supplies to containers that do not say it:
//! [LimitRange](https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/limit-range-v1/).
//!
//! The API server completes the items of a LimitRange when it is written (`SetDefaults_LimitRangeItem`); files have them
//! as their author left them, so that it is emulated here.

use super::At;
use super::lens::{Text, lens};
use super::meta::ObjectMeta;
use super::quantity::Quantity;

/// A quantity under a name that the table of fields can use.
type Amount<'t> = At<'t, Quantity>;

lens! {
    /// What applies to the Pods, containers and claims of a namespace.
    LimitRange {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: LimitRangeSpec,
    }

    /// All items.
    LimitRangeSpec {
        "limits" => limits: [LimitRangeItem],
    }

    /// What applies to one type.
    LimitRangeItem {
        "type" => kind: Text = "",
        "default" => default_limit: {Amount},
        "defaultRequest" => default_request: {Amount},
        "max" => max: {Amount},
        "min" => min: {Amount},
    }
}

impl<'t> LimitRange<'t> {
    /// What a container is limited to that names no limit of its own.
    pub fn container_limit(self, resource: &str) -> Option<At<'t, Quantity>> {
        self.of_containers().find_map(|item| item.limit(resource))
    }

    /// What a container requests that names neither a request nor a limit of its own.
    pub fn container_request(self, resource: &str) -> Option<At<'t, Quantity>> {
        self.of_containers().find_map(|item| {
            let own = item.default_request().get(resource);
            own.or_else(|| item.limit(resource)).or_else(|| item.min().get(resource))
        })
    }

    fn of_containers(self) -> impl Iterator<Item = LimitRangeItem<'t>> {
        let items = self.spec().into_iter().flat_map(|spec| spec.limits().iter());
        items.filter(|item| *item.kind() == "Container")
    }
}

impl<'t> LimitRangeItem<'t> {
    fn limit(self, resource: &str) -> Option<At<'t, Quantity>> {
        self.default_limit().get(resource).or_else(|| self.max().get(resource))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::View;
    use crate::tree::json;

    #[test]
    fn what_is_left_out_of_an_item_follows_from_the_rest() {
        for (item, request, limit) in [
            (
                r#""type":"Container","default":{"cpu":"2"},"defaultRequest":{"cpu":"1"}"#,
                Some("1"),
                Some("2"),
            ),
            (r#""type":"Container","default":{"cpu":"2"}"#, Some("2"), Some("2")),
            (r#""type":"Container","max":{"cpu":"4"},"min":{"cpu":"1"}"#, Some("4"), Some("4")),
            (r#""type":"Container","min":{"cpu":"1"}"#, Some("1"), None),
            (r#""type":"Container","default":{"memory":"2Gi"}"#, None, None),
            (r#""type":"Pod","max":{"cpu":"4"}"#, None, None),
        ] {
            let tree = json::read(format!(r#"{{"spec":{{"limits":[{{{item}}}]}}}}"#).as_bytes()).unwrap();
            let range = LimitRange::view(tree.root().unwrap()).unwrap();
            let shown = |amount: Option<At<'_, Quantity>>| amount.map(|amount| amount.to_string());
            assert_eq!(shown(range.container_request("cpu")).as_deref(), request, "{item}");
            assert_eq!(shown(range.container_limit("cpu")).as_deref(), limit, "{item}");
        }
    }
}
