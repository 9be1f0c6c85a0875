//! What tells Prometheus whom to ask, of the group `monitoring.coreos.com`.

use super::lens::{Bool, Map, Text, lens};
use super::meta::ObjectMeta;
use super::selector::LabelSelector;

lens! {
    /// [`ServiceMonitor` or `PodMonitor`](https://prometheus-operator.dev/docs/api-reference/api/): what is read of both is
    /// the same.
    Monitor {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: MonitorSpec,
    }

    /// Which Services or Pods are asked.
    MonitorSpec {
        "selector" => selector: LabelSelector,
        "namespaceSelector" => namespace_selector: NamespaceSelector,
    }

    /// In which namespaces; in that of the monitor, if nothing is said.
    NamespaceSelector {
        "any" => any: Bool = false,
        "matchNames" => match_names: [Text],
    }
}

impl Monitor<'_> {
    /// Whether something with these labels in this namespace is asked.
    pub fn selects(self, namespace: Option<&str>, labels: Option<Map<'_, Text<'_>>>) -> bool {
        let selector = self.spec().and_then(|spec| spec.selector());
        selector.is_some_and(|selector| selector.matches(labels)) && self.reaches(namespace)
    }

    fn reaches(self, namespace: Option<&str>) -> bool {
        let elsewhere = self.spec().and_then(|spec| spec.namespace_selector());
        let elsewhere = elsewhere.filter(|it| *it.any() || !it.match_names().is_empty());
        let Some(elsewhere) = elsewhere else {
            // Files leave out what the command line says.
            let own = self.metadata().and_then(|metadata| metadata.namespace());
            return own.is_none_or(|own| Some(*own) == namespace);
        };
        *elsewhere.any() || elsewhere.match_names().iter().any(|name| Some(*name) == namespace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::View;
    use crate::tree::json;

    #[test]
    fn namespaces_are_as_it_says_or_its_own() {
        for (namespaces, reached) in [
            ("", false),
            (r#","namespaceSelector":{}"#, false),
            (r#","namespaceSelector":{"any":true}"#, true),
            (r#","namespaceSelector":{"matchNames":["shop","other"]}"#, true),
            (r#","namespaceSelector":{"matchNames":["other"]}"#, false),
        ] {
            let text =
                format!(r#"{{"metadata":{{"namespace":"watch"}},"spec":{{"selector":{{}}{namespaces}}}}}"#);
            let tree = json::read(text.as_bytes()).unwrap();
            let monitor = Monitor::view(tree.root().unwrap()).unwrap();
            assert_eq!(monitor.selects(Some("shop"), None), reached, "{namespaces}");
        }
    }
}
