//! `META14 hand-added-finalizer`: a finalizer that no controller knows keeps an object for ever.

use std::collections::HashSet;

use crate::object::meta::Object;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// A person gives an object a finalizer.
    ///
    /// Controllers do so rightly, and write as ServiceAccounts or as Kubernetes: they pass. Finalizers of Kubernetes
    /// itself pass too. An update that does nothing else is never refused, as one that takes a finalizer away.
    ///
    /// ## Why
    /// An object with a finalizer goes only when somebody takes the finalizer away. If no controller does, the object
    /// hangs in deletion, and with it its namespace, until it is torn out by hand.
    ///
    /// ## Fix
    /// Leave finalizers to the controller that removes them; to protect an object from deletion there are policies.
    ///
    /// ## Exceptions
    /// Pipelines that apply manifests with finalizers under a name of their own: scope a rule to their users.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: CREATE
    /// kind: { group: "", version: v1, kind: ConfigMap }
    /// userInfo: { username: alice }
    /// object: { apiVersion: v1, kind: ConfigMap, metadata: { name: web, finalizers: [example.com/keep] } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: CREATE
    /// kind: { group: "", version: v1, kind: ConfigMap }
    /// userInfo: { username: "system:serviceaccount:operators:shop-operator" }
    /// object: { apiVersion: v1, kind: ConfigMap, metadata: { name: web, finalizers: [example.com/keep] } }
    /// ```
    pub(super) HandAddedFinalizer = {
        code: "META14",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: kinds::DECLARED,
        needs: Request,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions for finalizers that people may add.
    allowed: Patterns,
}

impl Default for Params {
    fn default() -> Self {
        let of_kubernetes =
            [r"^([a-z-]+\.)*kubernetes\.io/", "^foregroundDeletion$", "^orphan$", "^kubernetes$"];
        Self { allowed: Patterns::of_default(&of_kubernetes) }
    }
}

impl Check for HandAddedFinalizer {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(request), Some(object)) = (subject.request, subject.object) else { return };
        if !request.is_by_person() {
            return;
        }
        let Some(metadata) = object.metadata() else { return };
        let before = subject.old.and_then(Object::metadata);
        let before: HashSet<&str> =
            before.into_iter().flat_map(|before| before.finalizers().iter()).map(|it| *it).collect();
        for finalizer in metadata.finalizers().iter() {
            if !before.contains(*finalizer) && !params.allowed.is_match(&finalizer) {
                let (user, finalizer_shown) = (shown(request.user), shown(&finalizer));
                out.report(finalizer, format_args!("`{user}` adds finalizer `{finalizer_shown}` by hand"));
            }
        }
    }
}
