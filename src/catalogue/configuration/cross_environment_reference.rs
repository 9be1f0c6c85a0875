//! `CFG16 cross-environment-reference`: what runs in development must not reach into production.

use std::collections::BTreeMap;

use crate::object::Text;
use crate::object::configuration::ConfigMap;
use crate::object::network::Service;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// Something of one environment refers to a host of another.
    ///
    /// Looked at are environment variables, `command` and `args`, the data of ConfigMaps and the `externalName` of
    /// Services. Which environment they are in, a rule for its namespaces says (`environment`), or else a label of the
    /// object, of its Pod or of its Namespace, where that is known; where none does, or where it has no hosts of its own,
    /// nothing is found. What matches the hosts of the own environment too passes.
    ///
    /// ## Why
    /// A namespace for a feature is made by copying that of production, and one address is forgotten. Its tests then
    /// write into the production database, and nobody notices until the numbers are wrong.
    ///
    /// ## Fix
    /// Name the host of the same environment, or take it from a ConfigMap that each environment has its own of.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, labels: { environment: dev } }
    /// spec:
    ///   selector: { matchLabels: { app: web } }
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1", env: [{ name: DB, value: db.prod.example.com }] }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, labels: { environment: dev } }
    /// spec:
    ///   selector: { matchLabels: { app: web } }
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1", env: [{ name: DB, value: db.dev.example.com }] }] }
    /// ```
    pub(super) CrossEnvironmentReference = {
        code: "CFG16",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: KINDS,
        reads: &[&kinds::NAMESPACE],
        equivalents: [],
    }
}

const KINDS: &[&kinds::Kind] = &kinds::with::<{ kinds::ANY_POD_CARRIER.len() + 2 }>(
    &kinds::SERVICE,
    &kinds::pod_carriers_and(&kinds::CONFIG_MAP),
);

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// By environment, regular expressions for its hosts.
    hosts: BTreeMap<String, Patterns>,
    /// The environment that this is; set it in a rule for namespaces. Empty where the label says it.
    environment: String,
    /// Key of the label that names the environment of an object, or of its Namespace.
    label: String,
}

impl Default for Params {
    fn default() -> Self {
        // A part of the name of a host, with a domain behind it.
        let hosts = [
            ("prod", r"(?i)(^|[./@-])(prod|prd|production)(-[a-z0-9-]*)?\.[a-z]"),
            ("staging", r"(?i)(^|[./@-])(staging|stage|stg)(-[a-z0-9-]*)?\.[a-z]"),
            ("test", r"(?i)(^|[./@-])(test|testing|qa)(-[a-z0-9-]*)?\.[a-z]"),
            ("dev", r"(?i)(^|[./@-])(dev|development)(-[a-z0-9-]*)?\.[a-z]"),
        ];
        Self {
            hosts: hosts.map(|(name, host)| (name.to_owned(), Patterns::of_default(&[host]))).into(),
            environment: String::new(),
            label: "environment".to_owned(),
        }
    }
}

impl Check for CrossEnvironmentReference {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some((own, hosts)) = params.own(subject, context) else { return };
        let mut check = |value: Text<'_>| {
            let others = || params.hosts.iter().filter(|(name, _)| name.as_str() != own);
            let other = others().find(|(_, hosts)| hosts.is_match(&value));
            if let Some((other, _)) = other.filter(|_| !hosts.is_match(&value)) {
                let (own, other) = (shown_within(own, 20), shown_within(other, 20));
                out.report(value, format_args!("refers to a host of `{other}`, and this is `{own}`"));
            }
        };
        for container in subject.pod().into_iter().flat_map(|pod| &pod.containers) {
            container.variables().filter_map(|variable| variable.value()).for_each(&mut check);
            container.command().iter().chain(container.args().iter()).for_each(&mut check);
        }
        if let Some(map) = subject.lens::<ConfigMap<'static>>() {
            map.data().iter().for_each(|(_, value)| check(value));
        }
        let service = subject.lens::<Service<'static>>().and_then(Service::spec);
        service.and_then(|spec| spec.external_name()).into_iter().for_each(check);
    }
}

impl Params {
    /// The environment of the subject, and its hosts.
    fn own<'s>(&'s self, subject: &Subject<'s>, context: &Context<'s>) -> Option<(&'s str, &'s Patterns)> {
        let of_object = || subject.judged()?.label(&self.label);
        let of_pod = || subject.pod()?.metadata?.labels().get(&self.label);
        let of_namespace = || context.facts.namespace(subject.namespace?).ok()?.label(&self.label);
        let own = match self.environment.as_str() {
            "" => *of_object().or_else(of_pod).or_else(of_namespace)?,
            environment => environment,
        };
        Some((own, self.hosts.get(own)?))
    }
}
