//! `ADM04 ephemeral-container`: a container that somebody adds to a running Pod stays until the Pod goes.

use crate::object::pod_spec::PodTemplate;
use crate::policy::prelude::*;

policy! {
    /// Somebody adds an ephemeral container to a running Pod (`kubectl debug`).
    ///
    /// Policies about images and Pod security judge the container like every other one; this one is about its being
    /// there.
    ///
    /// ## Why
    /// It can do what the Pod can: it shares its network and its identity, often its processes, and stays until the Pod
    /// is gone. An image for debugging brings the tools that the image of the application left out on purpose.
    ///
    /// ## Fix
    /// Debug a copy of the Pod with `kubectl debug --copy-to`, and delete the Pod when you are done.
    ///
    /// ## Exceptions
    /// On-call engineers: scope a rule to their groups.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: UPDATE
    /// subResource: ephemeralcontainers
    /// kind: { group: "", version: v1, kind: Pod }
    /// userInfo: { username: alice }
    /// object:
    ///   apiVersion: v1
    ///   kind: Pod
    ///   metadata: { name: web }
    ///   spec:
    ///     containers: [{ name: web, image: "web:1.4.2" }]
    ///     ephemeralContainers: [{ name: debugger, image: "busybox:1.36" }]
    /// oldObject:
    ///   apiVersion: v1
    ///   kind: Pod
    ///   metadata: { name: web }
    ///   spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: Pod }
    /// userInfo: { username: alice }
    /// object: &pod
    ///   apiVersion: v1
    ///   kind: Pod
    ///   metadata: { name: web }
    ///   spec:
    ///     containers: [{ name: web, image: "web:1.4.2" }]
    ///     ephemeralContainers: [{ name: debugger, image: "busybox:1.36" }]
    /// oldObject: *pod
    /// ```
    pub(super) EphemeralContainer = {
        code: "ADM04",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &[&kinds::POD],
        operations: [Update],
        needs: Request,
        equivalents: ["kyverno:block-ephemeral-containers"],
    }
}

impl Check for EphemeralContainer {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(pod) = subject.pod() else { return };
        let before = context.before::<PodTemplate<'_>>().and_then(PodTemplate::spec);
        // They can only be added: whichever stands behind those that were there is new.
        let known = before.map_or(0, |spec| spec.ephemeral_containers().len());
        for container in pod.spec.ephemeral_containers().iter().skip(known) {
            let name = container.name().map_or("", |name| *name);
            let image = container.image().map_or("", |image| *image);
            let (name, image) = (shown_within(name, 36), shown_within(image, 36));
            out.report(
                container,
                format_args!("adds container `{name}` of image `{image}` to a running Pod"),
            );
        }
    }
}
