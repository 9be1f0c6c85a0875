//! `META06 hand-edit`: what Git describes must not be changed past it.

use jiff::{SignedDuration, Timestamp};

use crate::object::meta::Object;
use crate::object::{Place, Text};
use crate::policy::prelude::*;

policy! {
    /// Somebody changes an object by hand that a GitOps controller or a Helm release owns.
    ///
    /// Who writes is told by the field manager, the name by which a client calls itself: `kubectl edit`, `patch`,
    /// `set` and the like are hand work, `kubectl apply` may as well be a pipeline. An update counts if the object
    /// had an owner before it. Parts that a controller makes of an owned object carry its labels, not its
    /// ownership. `kubectl scale`, `rollout undo` and clients that say nothing cannot be told; a rule for users
    /// and groups can.
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
        let owner_keys = [
            "argocd.argoproj.io/tracking-id",
            "argocd.argoproj.io/instance",
            "configsync.gke.io/resource-id",
            "helm.toolkit.fluxcd.io/name",
            "kustomize.toolkit.fluxcd.io/name",
            "meta.helm.sh/release-name",
        ];
        Self {
            managers: commands.map(|command| format!("kubectl-{command}")).into(),
            owner_keys: owner_keys.map(str::to_owned).into(),
            break_glass_key: "seawall.dev/break-glass".to_owned(),
            break_glass_hours: 24,
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
        let owner = params.owner(subject.old.unwrap_or(object));
        if !subject.subresource.is_empty() || owner.is_none() || params.glass_is_broken(object, subject.now) {
            return;
        }
        // The mark may be what was taken away: its place is looked up in the object as it will be.
        let place = params.owner(object).map_or(Place::from(object), Place::from);
        let (user, manager) = (shown(request.user), shown(manager));
        out.report(place, format!("owned by Git or Helm, changed by hand: `{user}` with `{manager}`"));
    }
}

impl Params {
    /// The label or annotation that says who owns the object.
    fn owner<'t>(&self, object: Object<'t>) -> Option<Text<'t>> {
        if object.controller().is_some() {
            return None;
        }
        self.owner_keys.iter().find_map(|key| object.annotation(key).or_else(|| object.label(key)))
    }

    fn glass_is_broken(&self, object: Object<'_>, now: Timestamp) -> bool {
        let until = object.annotation(&self.break_glass_key).and_then(|it| it.parse::<Timestamp>().ok());
        let latest = now.saturating_add(SignedDuration::from_hours(self.break_glass_hours.into()));
        until.is_some_and(|until| now < until && latest.is_ok_and(|latest| until <= latest))
    }
}
