//! `META16 hand-removed-finalizer`: what a finalizer waits for is left undone when it is torn out.

use std::collections::HashSet;

use crate::object::Place;
use crate::policy::prelude::*;

policy! {
    /// A person takes a finalizer from an object.
    ///
    /// Controllers do so when their work is done, and write as ServiceAccounts or as Kubernetes: they pass. An update
    /// that does nothing else is never refused, so that an object can always go.
    ///
    /// ## Why
    /// The finalizer stood for work that is still to be done: a load balancer, a disk or a record elsewhere is left
    /// behind, costs money, and is in the way when the name is used again. A claim that loses its protection loses its
    /// data under a running Pod.
    ///
    /// ## Fix
    /// Find out why the controller that set it does not finish; if it is gone for good, do its work and then remove it.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: PersistentVolumeClaim }
    /// userInfo: { username: alice }
    /// object: { apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: data } }
    /// oldObject:
    ///   apiVersion: v1
    ///   kind: PersistentVolumeClaim
    ///   metadata: { name: data, finalizers: [kubernetes.io/pvc-protection] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: PersistentVolumeClaim }
    /// userInfo: { username: "system:serviceaccount:kube-system:pvc-protection-controller" }
    /// object: { apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: data } }
    /// oldObject:
    ///   apiVersion: v1
    ///   kind: PersistentVolumeClaim
    ///   metadata: { name: data, finalizers: [kubernetes.io/pvc-protection] }
    /// ```
    pub(super) HandRemovedFinalizer = {
        code: "META16",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: kinds::DECLARED,
        operations: [Update],
        needs: Request,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/"],
    }
}

impl Check for HandRemovedFinalizer {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(request), Some(old), Some(new)) = (subject.request, subject.old, subject.object) else {
            return;
        };
        if !request.is_by_person() {
            return;
        }
        let finalizers = new.metadata().map(|metadata| metadata.finalizers());
        let place = finalizers.map_or(Place::from(new), Place::from);
        let kept: HashSet<&str> = finalizers.into_iter().flat_map(|it| it.iter()).map(|it| *it).collect();
        for finalizer in old.metadata().into_iter().flat_map(|metadata| metadata.finalizers().iter()) {
            if !kept.contains(*finalizer) {
                let (user, finalizer) = (shown(request.user), shown(&finalizer));
                out.report(place, format_args!("`{user}` removes finalizer `{finalizer}` by hand"));
            }
        }
    }
}
