//! `AVL27 bare-pod`: somebody must bring a Pod back.

use crate::policy::prelude::*;

policy! {
    /// A Pod or a ReplicaSet is created that belongs to nothing.
    ///
    /// An owner reference is enough. It is written by whoever makes the object: this is about forgotten Pods, not about
    /// people who want to get past it. Pods of files on a node pass.
    ///
    /// ## Why
    /// A Pod on its own goes with its node and does not come back, and no rollout ever changes it: what was started for an
    /// hour of debugging serves somebody a year later, with the image of then. A ReplicaSet brings Pods back, but no release
    /// reaches them.
    ///
    /// ## Fix
    /// Make a Deployment, a StatefulSet or a Job of it.
    ///
    /// ## Exceptions
    /// Runners of pipelines, drivers of Spark and `kubectl debug`: by a rule for their users or namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: CREATE
    /// kind: { group: "", version: v1, kind: Pod }
    /// userInfo: { username: alice }
    /// object: { apiVersion: v1, kind: Pod, metadata: { name: web }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: CREATE
    /// kind: { group: "", version: v1, kind: Pod }
    /// userInfo: { username: "system:serviceaccount:kube-system:replicaset-controller" }
    /// object:
    ///   apiVersion: v1
    ///   kind: Pod
    ///   metadata: { name: web-5d8f9-x2x4z, ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: web-5d8f9, controller: true }] }
    ///   spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    pub(super) BarePod = {
        code: "AVL27",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[&kinds::POD, &kinds::REPLICA_SET],
        operations: [Create],
        needs: Request,
        equivalents: ["kyverno:prevent-bare-pods", "kubescape:C-0073", "datree:K8S_INCORRECT_KIND_VALUE_POD"],
        references: ["https://kubernetes.io/docs/concepts/configuration/overview/"],
    }
}

impl Check for BarePod {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(object) = subject.object else { return };
        let is_owned = object.metadata().is_some_and(|metadata| !metadata.owner_references().is_empty());
        if is_owned || object.annotation("kubernetes.io/config.mirror").is_some() {
            return;
        }
        let message = if subject.kind().is_some_and(|kind| *kind == kinds::POD) {
            "the Pod belongs to nothing: nobody brings it back"
        } else {
            "the ReplicaSet belongs to nothing: no rollout changes its Pods"
        };
        out.report(object, message);
    }
}
