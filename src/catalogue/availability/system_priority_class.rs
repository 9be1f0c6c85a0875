//! `AVL35 system-priority-class`: only what the cluster lives on may push aside everything else.

use crate::object::pod::Pod;
use crate::policy::Unknown;
use crate::policy::prelude::*;

policy! {
    /// A Pod outside `kube-system` has a PriorityClass that is made for the cluster itself.
    ///
    /// These are `system-cluster-critical` and `system-node-critical`.
    ///
    /// ## Why
    /// When there is no room, the scheduler evicts what is less important, and next to these classes everything is. One
    /// workload with such a class and too large a request throws production off its nodes, network agents among it.
    ///
    /// ## Fix
    /// Make a PriorityClass for what is important to you, with a value below a billion.
    ///
    /// ## Exceptions
    /// Parts of the cluster that have a namespace of their own, such as storage and network drivers: by a rule for it.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { spec: { priorityClassName: system-node-critical, containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { spec: { priorityClassName: business-critical, containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    pub(super) SystemPriorityClass = {
        code: "AVL35",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        equivalents: [],
        references: ["https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/"],
    }
}

impl Check for SystemPriorityClass {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let class = pod.spec.priority_class_name();
        let Some(class) = class.filter(|class| class.starts_with("system-")) else { return };
        let namespace = context.subject.namespace.ok_or(Unknown::Namespace);
        let Some(namespace) = out.known(namespace) else { return };
        if namespace != "kube-system" {
            out.report(
                class,
                format_args!("`{}` outside `kube-system` pushes production aside", shown(&class)),
            );
        }
    }
}
