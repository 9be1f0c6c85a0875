//! `NSP12 populated-namespace-deletion`: a namespace must not be deleted in one step with what is in it.

use crate::policy::Request;
use crate::policy::prelude::*;

policy! {
    /// A Namespace is deleted that nobody has marked for it.
    ///
    /// The request does not tell whether there is anything in it, so that every Namespace needs the mark; where previews come
    /// and go, a rule leaves them out, or what makes them marks them at once. One that is already being deleted is let go,
    /// and so is what Kubernetes removes by itself.
    ///
    /// ## Why
    /// It takes every Deployment, Secret and volume claim along, at once and for good: one command in the wrong context, and
    /// the work of weeks is gone.
    ///
    /// ## Fix
    /// Mark the Namespace first: `kubectl annotate namespace NAME seawall.dev/deletable=true`.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: DELETE
    /// kind: { group: "", version: v1, kind: Namespace }
    /// name: shop
    /// userInfo: { username: alice }
    /// oldObject: { apiVersion: v1, kind: Namespace, metadata: { name: shop } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: DELETE
    /// kind: { group: "", version: v1, kind: Namespace }
    /// name: shop
    /// userInfo: { username: alice }
    /// oldObject:
    ///   { apiVersion: v1, kind: Namespace, metadata: { name: shop, annotations: { seawall.dev/deletable: "true" } } }
    /// ```
    pub(super) PopulatedNamespaceDeletion = {
        code: "NSP12",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: &[&kinds::NAMESPACE],
        operations: [Delete],
        needs: Request,
        yields_to: ["NSP09" in Object],
        equivalents: [],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Key of the label or annotation that marks a Namespace that may be deleted.
    key: String,
    /// The value that it must have.
    value: String,
}

impl Default for Params {
    fn default() -> Self {
        Self { key: "seawall.dev/deletable".to_owned(), value: "true".to_owned() }
    }
}

impl Check for PopulatedNamespaceDeletion {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(namespace) = subject.old else { return };
        if namespace.is_being_deleted() || subject.request.is_some_and(Request::is_cleanup) {
            return;
        }
        if namespace.mark(&params.key, &params.value).is_none() {
            let name = shown(namespace.name().unwrap_or_default());
            out.report(
                namespace,
                format!("`{name}` goes with all that is in it, and nothing says that it may"),
            );
        }
    }
}
