//! `META08 write-during-freeze`: while a freeze lasts nothing is changed but what must be.

use super::shared::freeze::Window;
use super::shared::{break_glass, change};
use crate::policy::prelude::*;

policy! {
    /// An object is made, changed or deleted while a change freeze lasts.
    ///
    /// When that is `windows` says: between two dates, or every week, each in a time zone of its own; unless it is set,
    /// the weekends in UTC. A window begins at its `from` and ends before its `until`. Kubernetes itself, what controllers
    /// make for an owner, status and changes of metadata alone pass. Operators that write Secrets and
    /// ConfigMaps need a rule that lets them pass.
    ///
    /// ## Why
    /// Before a holiday or a sale everybody who could repair a bad rollout is away, or every minute counts.
    ///
    /// ## Fix
    /// Wait until the freeze is over; what cannot wait passes with the break-glass annotation, and leaves its trace.
    ///
    /// ## Exceptions
    /// `seawall.dev/break-glass: 2026-12-24T20:00:00Z` on an object opens it until that instant. Rules for groups, such
    /// as that of the engineers on call, open it for good.
    ///
    /// ## Denied
    /// ```yaml
    /// # On a Sunday.
    /// operation: DELETE
    /// kind: { group: "", version: v1, kind: Service }
    /// userInfo: { username: alice }
    /// oldObject: { apiVersion: v1, kind: Service, metadata: { name: web } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// # On the same day.
    /// operation: DELETE
    /// kind: { group: "", version: v1, kind: Service }
    /// userInfo: { username: "system:serviceaccount:kube-system:namespace-controller" }
    /// oldObject: { apiVersion: v1, kind: Service, metadata: { name: web } }
    /// ```
    pub(super) WriteDuringFreeze = {
        code: "META08",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: kinds::DECLARED,
        operations: [Create, Update, Delete],
        needs: Request,
        equivalents: ["kyverno:resource-creation-updating-denied", "kyverno:time-bound-policy"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// When nothing is to be changed.
    windows: Vec<Window>,
    /// Key of the annotation that holds the instant, as RFC 3339 has it, until which changes pass.
    break_glass_key: String,
    /// How many hours ahead that instant may lie; one that is further away does not count.
    break_glass_hours: u16,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            windows: Window::weekends().into_iter().collect(),
            break_glass_key: break_glass::KEY.to_owned(),
            break_glass_hours: break_glass::HOURS,
        }
    }
}

impl Check for WriteDuringFreeze {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(request), Some(object)) = (subject.request, subject.judged()) else { return };
        let Some(window) = params.windows.iter().find(|window| window.contains(subject.now)) else { return };
        let is_broken =
            || break_glass::is_broken(object, &params.break_glass_key, params.break_glass_hours, subject.now);
        if !subject.subresource.is_empty()
            || request.is_by_kubernetes()
            || subject.object.is_none() && object.is_being_deleted()
            || subject.old.unwrap_or(object).controller().is_some()
            || is_broken()
        {
            return;
        }
        let place = match (subject.old, subject.object) {
            (Some(old), Some(new)) => match change::first(old, new, |_| false) {
                Some(change) => change.place,
                None => return,
            },
            _ => object.node(),
        };
        let (user, end) = (shown_within(request.user, 24), window.to_string());
        let end = shown_within(&end, 50);
        out.report(place, format_args!("`{user}` writes during a freeze, which lasts until {end}"));
    }
}
