//! `META07 gitops-drift`: what Git describes is changed by somebody else.

use super::shared::{break_glass, change, owner};
use crate::policy::prelude::*;

policy! {
    /// Somebody other than its owner changes what a GitOps controller or a Helm release delivers.
    ///
    /// The object before and after are compared, without metadata and status. The owner is known by its field manager or
    /// by the name of its ServiceAccount; both can be imitated, so that this finds drift and stops no attacker. The
    /// controllers of Kubernetes pass, and so do Reloader, changes of replicas, the annotations of restarts and dry
    /// runs. What is called hand work (`META06`) is said there.
    ///
    /// ## Why
    /// The cluster no longer is what Git says. At the next sync the change disappears, when nobody expects it; or the
    /// controller and another writer undo each other's work for hours.
    ///
    /// ## Fix
    /// Change the source in Git, or tell the owner to leave the field alone and list it in `ignoreFields`.
    ///
    /// ## Exceptions
    /// Operators that change objects of others, such as injectors: name their field managers in `managers`, or scope a
    /// rule to their users. The break-glass annotation (`seawall.dev/break-glass: 2026-03-01T04:00:00Z`) opens the object
    /// until that instant.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: ConfigMap }
    /// userInfo: { username: "system:serviceaccount:tools:tuner" }
    /// oldObject:
    ///   apiVersion: v1
    ///   kind: ConfigMap
    ///   metadata: &metadata { name: web, labels: { kustomize.toolkit.fluxcd.io/name: shop } }
    ///   data: { workers: "4" }
    /// object:
    ///   apiVersion: v1
    ///   kind: ConfigMap
    ///   metadata: *metadata
    ///   data: { workers: "16" }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: ConfigMap }
    /// userInfo: { username: "system:serviceaccount:flux-system:kustomize-controller" }
    /// options: { fieldManager: kustomize-controller }
    /// oldObject:
    ///   apiVersion: v1
    ///   kind: ConfigMap
    ///   metadata: &metadata { name: web, labels: { kustomize.toolkit.fluxcd.io/name: shop } }
    ///   data: { workers: "4" }
    /// object:
    ///   apiVersion: v1
    ///   kind: ConfigMap
    ///   metadata: *metadata
    ///   data: { workers: "16" }
    /// ```
    pub(super) GitopsDrift = {
        code: "META07",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: kinds::DECLARED,
        operations: [Update],
        needs: Request,
        yields_to: ["META06" in Object],
        equivalents: [],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Names of owners, as field managers and as ServiceAccounts; `*` at the end stands for any end.
    managers: Vec<String>,
    /// Keys of labels and annotations that say that an object has an owner, whatever their value.
    owner_keys: Vec<String>,
    /// Fields that others may change, as paths of findings have them; `[*]` stands for any element of a list.
    ignore_fields: Vec<String>,
    /// Key of the annotation that holds the instant, as RFC 3339 has it, until which changes pass.
    break_glass_key: String,
    /// How many hours ahead that instant may lie; one that is further away does not count.
    break_glass_hours: u16,
}

impl Default for Params {
    fn default() -> Self {
        let managers = [
            "Reloader",
            "argocd-application-controller",
            "argocd-controller",
            "configsync",
            "helm",
            "helm-controller",
            "kustomize-controller",
            "terraform-provider-helm*",
        ];
        let ignored = [
            "spec.replicas",
            // Argo Rollouts leads a Service to the Pods of one version.
            "spec.selector.rollouts-pod-template-hash",
            "spec.conversion.webhook.clientConfig.caBundle",
            "spec.template.metadata.annotations[kubectl.kubernetes.io/restartedAt]",
            "spec.template.metadata.annotations[reloader.stakater.com/last-reloaded-from]",
        ];
        Self {
            managers: managers.map(str::to_owned).into(),
            owner_keys: owner::default_keys(),
            ignore_fields: ignored.map(str::to_owned).into(),
            break_glass_key: break_glass::KEY.to_owned(),
            break_glass_hours: break_glass::HOURS,
        }
    }
}

impl Check for GitopsDrift {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(request), Some(old), Some(new)) = (subject.request, subject.old, subject.object) else {
            return;
        };
        let service_account = request.user.strip_prefix("system:serviceaccount:");
        let service_account = service_account.and_then(|it| it.split_once(':')).map(|(_, name)| name);
        let is_owner = request.field_manager.into_iter().chain(service_account).any(|it| params.is_owner(it));
        if !subject.subresource.is_empty() || is_owner || request.is_by_kubernetes() {
            return;
        }
        if owner::mark(old, &params.owner_keys).is_none()
            || break_glass::is_broken(new, &params.break_glass_key, params.break_glass_hours, subject.now)
        {
            return;
        }
        let is_ignored = |path: &str| params.ignore_fields.iter().any(|it| change::is_at_or_below(path, it));
        if let Some(change) = change::first(old, new, is_ignored) {
            let (user, path) = (shown(request.user), shown(&change.path));
            out.report(change.place, format_args!("`{path}` is owned by Git or Helm, `{user}` changes it"));
        }
    }
}

impl Params {
    fn is_owner(&self, name: &str) -> bool {
        self.managers.iter().any(|manager| match manager.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == manager,
        })
    }
}
