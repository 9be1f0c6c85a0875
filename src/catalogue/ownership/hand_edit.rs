//! `META06 hand-edit`: what Git describes must not be changed past it.

use super::shared::{break_glass, owner};
use crate::object::Place;
use crate::object::meta::Object;
use crate::policy::prelude::*;

policy! {
    /// Somebody changes an object by hand that a GitOps controller or a Helm release owns.
    ///
    /// Who writes is told by the field manager, the name by which a client calls itself: `kubectl edit`, `patch`,
    /// `set` and the like are hand work, `kubectl apply` may as well be a pipeline. An update counts if the object
    /// had an owner before it and if more than its finalizers changes. Parts that a controller makes of an owned object
    /// carry its labels, not its ownership. `kubectl scale`, `rollout undo` and clients that say nothing cannot be told;
    /// a rule for users and groups can.
    ///
    /// ## Why
    /// The controller takes the change back, at once or with the next release, when nobody expects it; or it does
    /// not, and Git no longer says what runs. What was fixed by hand at night breaks again on Tuesday.
    ///
    /// ## Fix
    /// Change the source in Git; in an emergency set the break-glass annotation to the end of the repair.
    ///
    /// ## Exceptions
    /// `kubectl annotate` with the break-glass annotation (`seawall.dev/break-glass: 2026-03-01T04:00:00Z`) opens
    /// the object to hand work until that instant.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: ConfigMap }
    /// userInfo: { username: alice }
    /// options: { fieldManager: kubectl-edit }
    /// oldObject: &map
    ///   apiVersion: v1
    ///   kind: ConfigMap
    ///   metadata: { name: web, labels: { kustomize.toolkit.fluxcd.io/name: shop } }
    /// object: *map
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: ConfigMap }
    /// userInfo: { username: "system:serviceaccount:flux-system:kustomize-controller" }
    /// options: { fieldManager: kustomize-controller }
    /// oldObject: &map
    ///   apiVersion: v1
    ///   kind: ConfigMap
    ///   metadata: { name: web, labels: { kustomize.toolkit.fluxcd.io/name: shop } }
    /// object: *map
    /// ```
    pub(super) HandEdit = {
        code: "META06",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: kinds::DECLARED,
        needs: Request,
        equivalents: [],
        references: ["https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Field managers that stand for work by hand.
    managers: Vec<String>,
    /// Keys of labels and annotations that say that an object has an owner, whatever their value.
    owner_keys: Vec<String>,
    /// Key of the annotation that holds the instant, as RFC 3339 has it, until which hand work passes.
    break_glass_key: String,
    /// How many hours ahead that instant may lie; one that is further away does not count.
    break_glass_hours: u16,
}

impl Default for Params {
    fn default() -> Self {
        let commands =
            ["annotate", "autoscale", "create", "edit", "expose", "label", "patch", "replace", "run", "set"];
        Self {
            managers: commands.map(|command| format!("kubectl-{command}")).into(),
            owner_keys: owner::default_keys(),
            break_glass_key: break_glass::KEY.to_owned(),
            break_glass_hours: break_glass::HOURS,
        }
    }
}

impl Check for HandEdit {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(request), Some(object)) = (subject.request, subject.object) else { return };
        let Some(manager) = request.field_manager.filter(|it| params.managers.iter().any(|name| name == it))
        else {
            return;
        };
        let mark = owner::mark(subject.old.unwrap_or(object), &params.owner_keys);
        let is_broken =
            || break_glass::is_broken(object, &params.break_glass_key, params.break_glass_hours, subject.now);
        let is_finalizing = || subject.old.is_some_and(|old| changes_finalizers_alone(old, object));
        if !subject.subresource.is_empty() || mark.is_none() || is_broken() || is_finalizing() {
            return;
        }
        // The mark may be what was taken away: its place is looked up in the object as it will be.
        let place = owner::mark(object, &params.owner_keys).map_or(Place::from(object), Place::from);
        let (user, manager) = (shown(request.user), shown(manager));
        out.report(place, format_args!("owned by Git or Helm, changed by hand: `{user}` with `{manager}`"));
    }
}

/// Whether nothing but finalizers changes: of that, policies of its own speak.
fn changes_finalizers_alone(old: Object<'_>, new: Object<'_>) -> bool {
    const WRITTEN_WITH_THEM: [&str; 3] = ["finalizers", "resourceVersion", "generation"];
    let (Some(before), Some(after)) = (old.metadata(), new.metadata()) else { return false };
    before.finalizers().iter().ne(after.finalizers().iter())
        && before.node().same_except(after.node(), &WRITTEN_WITH_THEM)
        && old.node().same_except(new.node(), &["metadata"])
}
