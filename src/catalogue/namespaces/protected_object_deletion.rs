//! `NSP09 protected-object-deletion`: what is marked as protected must not be deleted in one step.

use crate::policy::Request;
use crate::policy::prelude::*;

policy! {
    /// An object is deleted that a label or an annotation protects.
    ///
    /// Nothing is protected until it is marked. An object that is already being deleted is let go, and so is what
    /// the namespace controller, the garbage collector and other cleaners of Kubernetes remove because something
    /// else is gone: protect the Namespace or the owner as well.
    ///
    /// ## Why
    /// One wrong context, one `kubectl delete -f` of the wrong folder or one prune by a GitOps controller, and a
    /// namespace is gone with everything in it, or a volume claim with its data.
    ///
    /// ## Fix
    /// If it must go, remove the mark first: deleting takes two deliberate steps then.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: DELETE
    /// kind: { group: "", version: v1, kind: Namespace }
    /// name: shop
    /// oldObject:
    ///   apiVersion: v1
    ///   kind: Namespace
    ///   metadata: { name: shop, labels: { seawall.dev/protected: "true" } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: DELETE
    /// kind: { group: "", version: v1, kind: Namespace }
    /// name: preview-17
    /// oldObject: { apiVersion: v1, kind: Namespace, metadata: { name: preview-17 } }
    /// ```
    pub(super) ProtectedObjectDeletion = {
        code: "NSP09",
        since: "0.1.0",
        severity: High,
        on: Subject,
        kinds: kinds::DECLARED,
        operations: [Delete],
        needs: Request,
        equivalents: ["kyverno:block-updates-deletes", "kyverno:namespace-protection"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Key of the label or annotation that protects an object.
    key: String,
    /// The value that it must have.
    value: String,
}

impl Default for Params {
    fn default() -> Self {
        Self { key: "seawall.dev/protected".to_owned(), value: "true".to_owned() }
    }
}

impl Check for ProtectedObjectDeletion {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(object) = subject.old else { return };
        if object.is_being_deleted() || subject.request.is_some_and(Request::is_cleanup) {
            return;
        }
        if let Some(mark) = object.mark(&params.key, &params.value) {
            let (kind, name) = (shown(subject.group_kind.kind), shown(object.name().unwrap_or_default()));
            out.report(mark, format_args!("{kind} `{name}` is protected from deletion"));
        }
    }
}
