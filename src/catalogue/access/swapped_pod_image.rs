//! `ADM07 swapped-pod-image`: the image of a Pod that a controller owns is changed past its template.

use crate::object::pod_spec::{Container, PodSpec, PodTemplate};
use crate::policy::prelude::*;

policy! {
    /// Somebody changes the image of a running Pod that a controller owns.
    ///
    /// Kubernetes itself never does so: a controller that rolls out makes new Pods. A Pod that nobody owns may be
    /// changed.
    ///
    /// ## Why
    /// The template says another image than what runs. The Pod is one of a kind until it restarts elsewhere with the old
    /// image, and whoever can patch Pods ships code past the pipeline.
    ///
    /// ## Fix
    /// Change the image in the template, and let the controller roll it out.
    ///
    /// ## Exceptions
    /// Controllers that update in place, such as those of OpenKruise: scope a rule to their users.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: Pod }
    /// userInfo: { username: alice }
    /// object:
    ///   apiVersion: v1
    ///   kind: Pod
    ///   metadata: &owned
    ///     name: web-5d9f
    ///     ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: web, controller: true }]
    ///   spec: { containers: [{ name: web, image: "web:1.4.3-debug" }] }
    /// oldObject:
    ///   apiVersion: v1
    ///   kind: Pod
    ///   metadata: *owned
    ///   spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: apps, version: v1, kind: Deployment }
    /// userInfo: { username: alice }
    /// object:
    ///   apiVersion: apps/v1
    ///   kind: Deployment
    ///   metadata: { name: web }
    ///   spec: { template: { spec: { containers: [{ name: web, image: "web:1.4.3" }] } } }
    /// oldObject:
    ///   apiVersion: apps/v1
    ///   kind: Deployment
    ///   metadata: { name: web }
    ///   spec: { template: { spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    pub(super) SwappedPodImage = {
        code: "ADM07",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[&kinds::POD],
        operations: [Update],
        needs: Request,
        equivalents: [],
    }
}

impl Check for SwappedPodImage {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(pod), Some(old)) = (subject.pod(), subject.old) else { return };
        let Some(owner) = old.controller() else { return };
        let Some(before) = context.before::<PodTemplate<'_>>().and_then(PodTemplate::spec) else { return };
        // The API lets nobody add, remove or move them.
        let kept = containers(before).zip(containers(pod.spec));
        let changed = kept.filter_map(|(old, new)| Some((old.image()?, new.image()?)));
        for (_, image) in changed.filter(|(old, new)| old != new) {
            let kind = shown_within(owner.kind().map_or("controller", |kind| *kind), 30);
            out.report(
                image,
                format_args!("runs `{}` now, its {kind} still says another image", shown(&image)),
            );
        }
    }
}

/// The containers whose images can be changed.
fn containers(spec: PodSpec<'_>) -> impl Iterator<Item = Container<'_>> {
    spec.init_containers().iter().chain(spec.containers().iter())
}
