//! `CFG18 cluster-coupled-workload`: an application need not know that it runs in Kubernetes.

use crate::object::Text;
use crate::object::pod::{Pod, PodContainer};
use crate::policy::prelude::*;

policy! {
    /// An application is told about its cluster, or given the means to talk to it.
    ///
    /// That is: labels, annotations or the address of its Pod in a variable, `downwardAPI` volumes, a kubeconfig that
    /// is mounted, and variables that lead to Kubernetes or to Vault. Variables for telemetry (`OTEL_…`) pass, and so do
    /// resources (`resourceFieldRef`): a runtime has to know its limits. `serviceLinks` adds Pods for which
    /// `enableServiceLinks` is not turned off.
    ///
    /// ## Why
    /// What knows its labels, its address and the API of its platform cannot be run anywhere else: not on a laptop, not
    /// in a test, not on the next platform. And a change of the platform becomes a change of every application.
    ///
    /// ## Fix
    /// Hand in what the application needs as plain configuration, and leave finding others to Services and the mesh.
    ///
    /// ## Exceptions
    /// Controllers, agents, and members of a cluster of their own that have to tell each other their addresses.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     env: [{ name: POD_IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     env: [{ name: GOMEMLIMIT, valueFrom: { resourceFieldRef: { resource: limits.memory } } }]
    /// ```
    pub(super) ClusterCoupledWorkload = {
        code: "CFG18",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        equivalents: [],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Fields of the Pod that an application need not know; of labels and annotations any key.
    fields: Vec<String>,
    /// How names of variables begin that may have these fields.
    telemetry: Vec<String>,
    /// Variables that an application need not have.
    variables: Vec<String>,
    /// Whether Pods have to turn off `enableServiceLinks`, by which every Service of the namespace becomes variables.
    service_links: bool,
}

impl Default for Params {
    fn default() -> Self {
        let fields =
            ["metadata.labels", "metadata.annotations", "status.podIP", "status.podIPs", "status.hostIP"];
        Self {
            fields: fields.map(str::to_owned).into(),
            telemetry: vec!["OTEL_".to_owned()],
            variables: ["KUBECONFIG", "VAULT_ADDR", "VAULT_TOKEN"].map(str::to_owned).into(),
            service_links: false,
        }
    }
}

impl Check for ClusterCoupledWorkload {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for variable in pod.containers.iter().flat_map(PodContainer::variables) {
            let Some(name) = variable.name() else { continue };
            let field = variable.value_from().and_then(|from| from.field_ref()?.field_path());
            if params.variables.iter().any(|it| it == *name) {
                out.report(name, format_args!("variable `{}` leads to the platform", shown(&name)));
            } else if let Some(field) = field.filter(|field| params.tells(&name, field)) {
                out.report(field, format_args!("`{}` tells the application of its Pod", shown(&field)));
            }
        }
        for volume in pod.spec.volumes().iter() {
            let sources = volume.projected().into_iter().flat_map(|projected| projected.sources().iter());
            let told =
                volume.downward_api().into_iter().chain(sources.filter_map(|source| source.downward_api()));
            for told in told.filter(|_| !volume.has_api_token()) {
                out.report(told, "tells the application of its Pod");
            }
        }
        for (name, keys) in pod.spec.mounted_secrets() {
            let is_kubeconfig = |text: Text<'_>| text.contains("kubeconfig");
            if is_kubeconfig(name) || keys.into_iter().any(is_kubeconfig) {
                out.report(name, format_args!("Secret `{}` leads to the API of a cluster", shown(&name)));
            }
        }
        let links = pod.spec.enable_service_links();
        if params.service_links && *links {
            out.report(links, "every Service of the namespace becomes variables of the application")
                .fix(Fix::set(links, false));
        }
    }
}

impl Params {
    fn tells(&self, variable: &str, field: &str) -> bool {
        // `metadata.labels['app']` is one of the labels.
        let field = field.split('[').next().unwrap_or_default();
        self.fields.iter().any(|it| it == field)
            && !self.telemetry.iter().any(|start| variable.starts_with(start))
    }
}
