//! `SEC18 shared-user-id`: two workloads must not be the same user.

use crate::object::Int;
use crate::object::kinds::Kind;
use crate::object::pod::Pod;
use crate::object::security_context::{PodSecurityContext, SecurityContext};
use crate::policy::prelude::*;

policy! {
    /// A workload runs as a user whose id another workload of its namespace has too.
    ///
    /// Only ids that are written out count, and root is not looked at. Pods with `hostUsers: false` have ids of their own on
    /// the node and pass. Jobs are not looked at: two runs of one task may be the same user.
    ///
    /// ## Why
    /// A process that gets out of its container may read and signal everything that belongs to its user: with one id for two
    /// workloads that is the other workload. On shared volumes it needs not even get out.
    ///
    /// ## Fix
    /// Give each workload a `runAsUser` of its own.
    ///
    /// ## Exceptions
    /// Workloads that share a volume on purpose: by a rule for them, or better with one `fsGroup`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { spec: { securityContext: { runAsUser: 12001 }, containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: mail, namespace: shop }
    /// spec: { template: { spec: { securityContext: { runAsUser: 12001 }, containers: [{ name: mail, image: "mail:2.0.1" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { spec: { securityContext: { runAsUser: 12001 }, containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: mail, namespace: shop }
    /// spec: { template: { spec: { securityContext: { runAsUser: 12002 }, containers: [{ name: mail, image: "mail:2.0.1" }] } } }
    /// ```
    pub(super) SharedUserId = {
        code: "SEC18",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: WORKLOADS,
        needs: Facts,
        equivalents: ["kyverno:require-unique-uid-per-workload"],
    }
}

const WORKLOADS: &[&Kind] = &[
    &kinds::REPLICATION_CONTROLLER,
    &kinds::DEPLOYMENT,
    &kinds::STATEFUL_SET,
    &kinds::DAEMON_SET,
    &kinds::CRON_JOB,
];

impl Check for SharedUserId {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let mut users: Vec<Int<'_>> = subject.pod().map(users).unwrap_or_default();
        for kind in WORKLOADS.iter().copied() {
            if users.is_empty() {
                return;
            }
            let Some(others) = out.known(context.facts.objects(kind, subject.namespace)) else { return };
            for other in others {
                let name = other.name().unwrap_or_default();
                if subject.kind() == Some(kind) && subject.name == Some(name) {
                    continue;
                }
                let taken = Pod::of(kind, other).map(|pod| self::users(&pod)).unwrap_or_default();
                users.retain(|user| {
                    let is_shared = taken.iter().any(|it| **it == **user);
                    if is_shared {
                        let message =
                            format!("the user `{user}` is that of {} `{}` too", kind.name, shown(name));
                        out.report(*user, message);
                    }
                    !is_shared
                });
            }
        }
    }
}

/// The ids of users that a Pod runs as, each once, where it stands first.
fn users<'t>(pod: &Pod<'t>) -> Vec<Int<'t>> {
    let own = |context: Option<SecurityContext<'t>>| context.and_then(SecurityContext::run_as_user);
    let of_pod = pod.security_context().and_then(PodSecurityContext::run_as_user);
    let of_containers = pod.containers.iter().filter_map(|container| own(container.security_context()));
    let mut users: Vec<Int<'t>> = Vec::new();
    if !pod.spec.has_user_namespace() {
        for user in of_pod.into_iter().chain(of_containers).filter(|user| **user != 0) {
            if !users.iter().any(|known| **known == *user) {
                users.push(user);
            }
        }
    }
    users
}
