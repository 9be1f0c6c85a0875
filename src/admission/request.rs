//! From an AdmissionReview to a subject.

use jiff::Timestamp;

use super::ApiVersion;
use crate::object::kinds;
use crate::object::meta::Object;
use crate::object::workload::Workloads;
use crate::object::{List, View};
use crate::policy::{GroupKind, GroupVersionKind, Operation, Request, Subject};
use crate::tree::{Node, Tree};

/// A review as it was sent, ready to be judged.
pub struct Review<'t> {
    /// The version that the answer must have too.
    pub api_version: ApiVersion,
    /// What the answer must repeat.
    pub uid: &'t str,
    /// What is to be judged.
    pub subject: Subject<'t>,
}

/// Why something is not an AdmissionReview.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It has another type.
    #[error(
        "`apiVersion` and `kind` are `{api_version}` and `{kind}`, must be `admission.k8s.io/v1` and `AdmissionReview`"
    )]
    OtherType {
        /// What stands in `apiVersion`.
        api_version: String,
        /// What stands in `kind`.
        kind: String,
    },
    /// A field that every review has is missing or of the wrong type.
    #[error("`{0}` is missing or of the wrong type")]
    Field(&'static str),
}

impl<'t> Review<'t> {
    /// Reads a review from the tree of its body.
    pub fn read(tree: &'t Tree, now: Timestamp) -> Result<Self, Malformed> {
        let root = tree.root().filter(|root| root.is_object()).ok_or(Malformed::Field("apiVersion"))?;
        let api_version = api_version(root)?;
        let request = root.field("request").filter(|it| it.is_object()).ok_or(Malformed::Field("request"))?;
        let uid =
            text(request, "uid").filter(|uid| !uid.is_empty()).ok_or(Malformed::Field("request.uid"))?;
        Ok(Self { api_version, uid, subject: subject(request, now)? })
    }

    /// The review for those who know these custom resources too.
    #[must_use]
    pub fn knowing(self, workloads: &'t Workloads) -> Self {
        Self { subject: self.subject.knowing(workloads), ..self }
    }
}

/// Reads the `request` of a review.
pub fn subject(request: Node<'_>, now: Timestamp) -> Result<Subject<'_>, Malformed> {
    let kind = request.field("kind").ok_or(Malformed::Field("request.kind"))?;
    let group_kind = GroupKind {
        group: text(kind, "group").unwrap_or_default(),
        kind: text(kind, "kind").ok_or(Malformed::Field("request.kind.kind"))?,
    };
    let operation = text(request, "operation").ok_or(Malformed::Field("request.operation"))?;
    let operation = operation.parse().unwrap_or(Operation::Unknown);
    let old = object(request, "oldObject", "request.oldObject")?;
    let object = object(request, "object", "request.object")?;
    let named = object.or(old);
    let namespace = text(request, "namespace").filter(|namespace| !namespace.is_empty());
    let subresource = text(request, "subResource").unwrap_or_default();
    // `name` is empty for generated names and for the objects of a DELETECOLLECTION; the object may know better.
    let name = text(request, "name").map(|name| if subresource == "proxy" { proxied(name) } else { name });
    let name = name.filter(|name| !name.is_empty());
    let unnamed = name.is_none();
    let name = name.or_else(|| named.and_then(Object::name));
    let written_as = request.field("requestKind").map(|written| GroupVersionKind {
        group: text(written, "group").unwrap_or_default(),
        version: text(written, "version").unwrap_or_default(),
        kind: text(written, "kind").unwrap_or_default(),
    });
    let resource = request.field("resource").and_then(|resource| {
        kinds::of_resource(text(resource, "group").unwrap_or_default(), text(resource, "resource")?)
    });
    let user = request.field("userInfo");
    let options = request.field("options");
    let request = Request {
        user: user.and_then(|user| text(user, "username")).unwrap_or_default(),
        groups: user.map(|user| List::of(user, "groups")),
        field_manager: options.and_then(|options| text(options, "fieldManager")),
        dry_run: request.field("dryRun").and_then(Node::as_bool).unwrap_or_default(),
        written_as,
        resource,
        unnamed,
    };
    Ok(Subject::of_request(operation, group_kind, subresource, name, namespace, (object, old), request, now))
}

/// The name of what is reached by the subresource `proxy`. Whoever asks may put a scheme before it and a port behind it:
/// `web`, `web:8080`, `https:web:8443`.
fn proxied(name: &str) -> &str {
    let mut parts = name.split(':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(name), Some(_)) => name,
        (name, ..) => name.unwrap_or_default(),
    }
}

fn api_version(root: Node<'_>) -> Result<ApiVersion, Malformed> {
    let (version, kind) =
        (text(root, "apiVersion").unwrap_or_default(), text(root, "kind").unwrap_or_default());
    match ApiVersion::of(version) {
        Some(version) if kind == "AdmissionReview" => Ok(version),
        _ => Err(Malformed::OtherType { api_version: shown(version), kind: shown(kind) }),
    }
}

/// What a client sent, short enough to be shown to it.
fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

fn text<'t>(node: Node<'t>, key: &str) -> Option<&'t str> {
    node.field(key).and_then(Node::as_str)
}

fn object<'t>(request: Node<'t>, key: &str, path: &'static str) -> Result<Option<Object<'t>>, Malformed> {
    let Some(node) = request.field(key) else { return Ok(None) };
    Object::view(node).map(Some).ok_or(Malformed::Field(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxied_name_is_without_scheme_and_port() {
        for name in ["web", "web:8080", "web:", "https:web:8443", "http:web:", ":web:ui"] {
            assert_eq!(proxied(name), "web", "{name}");
        }
        assert_eq!(proxied(""), "");
    }
}
