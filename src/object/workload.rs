//! Custom resources that carry Pods: only the configuration knows them, and where their template is.

use super::View;
use super::meta::Object;
use super::pod_spec::PodTemplate;
use super::shape::{self, ShapeError};
use crate::tree::Node;

/// A custom resource that carries a Pod template, as the configuration declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// API group.
    pub group: String,
    /// The version in which the template is where it is said to be.
    pub version: String,
    /// The name in `kind`.
    pub kind: String,
    /// The name in URLs.
    pub plural: String,
    /// Where the Pod template is: keys from the root.
    pub pod_template: Vec<String>,
}

/// The custom resources that one configuration declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workloads(Vec<Workload>);

impl Workload {
    /// The template in an object of the kind; many have none, because they refer to another object.
    pub fn template<'t>(&self, object: Object<'t>) -> Option<PodTemplate<'t>> {
        self.pod_template.iter().try_fold(object.node(), |node, key| node.field(key)).and_then(View::view)
    }

    /// Checks the shape of the template and of what leads to it.
    pub fn check(&self, root: Node<'_>) -> Result<(), ShapeError> {
        shape::check_at(root, &self.pod_template, &<PodTemplate<'static> as View<'static>>::SHAPE)
    }
}

impl Workloads {
    /// The declaration of this group and kind.
    pub fn find(&self, group: &str, kind: &str) -> Option<&Workload> {
        self.iter().find(|it| it.kind == kind && it.group == group)
    }

    /// All declarations, in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Workload> {
        self.0.iter()
    }
}

impl FromIterator<Workload> for Workloads {
    fn from_iter<I: IntoIterator<Item = Workload>>(declared: I) -> Self {
        Self(declared.into_iter().collect())
    }
}

impl<'w> IntoIterator for &'w Workloads {
    type Item = &'w Workload;
    type IntoIter = std::slice::Iter<'w, Workload>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::json;

    #[test]
    fn template_is_where_it_is_declared() {
        for (path, object, name, wrong) in [
            ("spec.template", r#"{"spec":{"template":{"metadata":{"name":"a"}}}}"#, Some("a"), None),
            ("template", r#"{"template":{"metadata":{"name":"a"}}}"#, Some("a"), None),
            ("spec.worker.template", r#"{"spec":{"template":{"metadata":{"name":"a"}}}}"#, None, None),
            ("spec.template", r#"{"spec":{"workloadRef":{"name":"web"}}}"#, None, None),
            ("spec.template", r#"{"spec":{"template":null}}"#, None, None),
            ("spec.template", r#"{"spec":null}"#, None, None),
            ("spec.template", "{}", None, None),
            ("spec.template", r#"{"spec":[]}"#, None, Some("`spec` is a list, must be an object")),
            (
                "spec.template",
                r#"{"spec":{"template":1}}"#,
                None,
                Some("`spec.template` is an integer, must be an object"),
            ),
            (
                "spec.template",
                r#"{"spec":{"template":{"spec":{"hostNetwork":"yes"}}}}"#,
                None,
                Some("`spec.template.spec.hostNetwork` is a string, must be a boolean"),
            ),
        ] {
            let tree = json::read(object.as_bytes()).unwrap();
            let workload = Workload {
                group: "example.com".to_owned(),
                version: "v1".to_owned(),
                kind: "Web".to_owned(),
                plural: "webs".to_owned(),
                pod_template: path.split('.').map(str::to_owned).collect(),
            };
            let root = tree.root().unwrap();
            let template = Object::view(root).and_then(|object| workload.template(object));
            assert_eq!(
                template.and_then(|it| it.metadata()?.name()).map(|name| *name),
                name,
                "{path} {object}"
            );
            let error = workload.check(root).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), wrong, "{path} {object}");
        }
    }
}
