//! Environment variables of a container, and `$(NAME)` in its arguments.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, EnvVarSource, ObjectFieldSelector, Pod, ResourceFieldSelector, Secret, Service,
};

use super::super::actor::Actor;
use super::address::on_this_machine;

/// What variables can be about.
pub(super) struct Surroundings<'p> {
    pub(super) kubelet: &'p Actor,
    pub(super) pod: &'p Pod,
    pub(super) pod_ip: Ipv4Addr,
    pub(super) host_ip: Ipv4Addr,
    pub(super) node: &'p str,
    pub(super) api_server: SocketAddr,
}

impl Surroundings<'_> {
    /// The variables of a container in their order; later ones can refer to earlier ones.
    pub(super) fn variables(&self, container: &Container) -> Result<Vec<(String, String)>> {
        if container.env_from.as_ref().is_some_and(|sources| !sources.is_empty()) {
            bail!("`envFrom` is not understood");
        }
        let mut variables = vec![
            ("PATH".to_owned(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
            ("HOSTNAME".to_owned(), self.pod.metadata.name.clone().unwrap_or_default()),
            ("KUBERNETES_SERVICE_HOST".to_owned(), self.api_server.ip().to_string()),
            ("KUBERNETES_SERVICE_PORT".to_owned(), self.api_server.port().to_string()),
        ];
        for variable in container.env.iter().flatten() {
            let value = match &variable.value_from {
                Some(source) => self.value_from(source, container),
                None => Ok(Some(expand(variable.value.as_deref().unwrap_or_default(), &variables))),
            };
            if let Some(value) = value.with_context(|| format!("variable {}", variable.name))? {
                variables.retain(|(name, _)| *name != variable.name);
                variables.push((variable.name.clone(), value));
            }
        }
        Ok(variables)
    }

    /// The value of a field of the Pod, for a variable or a file.
    pub(super) fn field(&self, selector: &ObjectFieldSelector) -> Result<String> {
        let metadata = &self.pod.metadata;
        let spec = self.pod.spec.as_ref();
        let path = selector.field_path.as_str();
        if let Some(value) = entry(path, "metadata.labels", metadata.labels.as_ref())
            .or_else(|| entry(path, "metadata.annotations", metadata.annotations.as_ref()))
        {
            return Ok(value);
        }
        let value = match path {
            "metadata.name" => metadata.name.clone(),
            "metadata.namespace" => metadata.namespace.clone(),
            "metadata.uid" => metadata.uid.clone(),
            "spec.nodeName" => Some(self.node.to_owned()),
            "spec.serviceAccountName" => spec.and_then(|spec| spec.service_account_name.clone()),
            // What the process is told is where it can listen.
            "status.podIP" | "status.podIPs" => Some(local(self.pod_ip)),
            "status.hostIP" | "status.hostIPs" => Some(local(self.host_ip)),
            _ => bail!("field {path} is not understood"),
        };
        Ok(value.unwrap_or_default())
    }

    /// `/etc/hosts` with the Services of the Pod's namespace: the cluster's DNS, as far as it goes.
    pub(super) fn hosts(&self) -> Result<String> {
        let namespace = self.pod.metadata.namespace.as_deref().unwrap_or_default();
        let services: Vec<Service> =
            self.kubelet.list(&format!("/api/v1/namespaces/{namespace}/services"))?;
        let mut hosts = "127.0.0.1 localhost\n".to_owned();
        for service in services {
            let name = service.metadata.name.unwrap_or_default();
            let ip = service.spec.and_then(|spec| spec.cluster_ip).filter(|ip| ip != "None");
            if let Some(ip) = ip {
                let full = format!("{name}.{namespace}.svc");
                hosts.push_str(
                    &[&ip, &name, &full, &format!("{full}.cluster.local")].map(String::as_str).join(" "),
                );
                hosts.push('\n');
            }
        }
        Ok(hosts)
    }

    /// `None` where something optional is not there.
    fn value_from(&self, source: &EnvVarSource, container: &Container) -> Result<Option<String>> {
        let namespace = self.pod.metadata.namespace.as_deref().unwrap_or_default();
        if let Some(selector) = &source.field_ref {
            return self.field(selector).map(Some);
        }
        if let Some(selector) = &source.resource_field_ref {
            return resource(selector, container).map(Some);
        }
        let (value, name, optional) = if let Some(selector) = &source.config_map_key_ref {
            let path = format!("/api/v1/namespaces/{namespace}/configmaps/{}", selector.name);
            let found: Option<ConfigMap> = self.kubelet.read(&path)?;
            let value = found.and_then(|found| found.data?.remove(&selector.key));
            (value, &selector.name, selector.optional)
        } else if let Some(selector) = &source.secret_key_ref {
            let path = format!("/api/v1/namespaces/{namespace}/secrets/{}", selector.name);
            let found: Option<Secret> = self.kubelet.read(&path)?;
            let value = found.and_then(|found| found.data?.remove(&selector.key));
            let value = value.map(|value| String::from_utf8(value.0)).transpose()?;
            (value, &selector.name, selector.optional)
        } else {
            bail!("this `valueFrom` is not understood");
        };
        if value.is_none() && optional != Some(true) {
            bail!("the key is not in {name}");
        }
        Ok(value)
    }
}

/// `$(NAME)` is the value of a variable, `$$` is a dollar, and what names no variable stays as it is.
pub(super) fn expand(text: &str, variables: &[(String, String)]) -> String {
    let values: HashMap<&str, &str> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            expanded.push('$');
            rest = after;
            continue;
        }
        let named = after.strip_prefix('(').and_then(|after| after.split_once(')'));
        if let Some((value, after)) = named.and_then(|(name, after)| Some((values.get(name)?, after))) {
            expanded.push_str(value);
            rest = after;
        } else {
            expanded.push('$');
            rest = after;
        }
    }
    expanded + rest
}

/// The value for `metadata.labels['key']`.
fn entry(path: &str, of: &str, map: Option<&BTreeMap<String, String>>) -> Option<String> {
    let key = path.strip_prefix(of)?.strip_prefix("['")?.strip_suffix("']")?;
    Some(map.and_then(|map| map.get(key)).cloned().unwrap_or_default())
}

/// A request or limit in units of the divisor, rounded up; a limit that is missing is what the node has.
fn resource(selector: &ResourceFieldSelector, container: &Container) -> Result<String> {
    let resources = container.resources.as_ref();
    let (of, name) = selector.resource.split_once('.').context("no resource")?;
    let (quantities, missing) = match of {
        "limits" => {
            (resources.and_then(|resources| resources.limits.as_ref()), super::node::allocatable(name))
        }
        "requests" => (resources.and_then(|resources| resources.requests.as_ref()), "0"),
        _ => bail!("resource {} is not understood", selector.resource),
    };
    let text = quantities.and_then(|quantities| quantities.get(name)).map_or(missing, |found| &found.0);
    let divisor = selector.divisor.as_ref().map_or("1", |divisor| divisor.0.as_str());
    let divisor = if divisor == "0" { "1" } else { divisor };
    let (value, divisor) = (milli(text)?, milli(divisor)?);
    Ok(value.div_ceil(divisor).to_string())
}

/// Thousandths of a quantity.
fn milli(quantity: &str) -> Result<u128> {
    let digits = quantity.find(|c: char| !c.is_ascii_digit()).unwrap_or(quantity.len());
    let (number, unit) = quantity.split_at(digits);
    let factor = match unit {
        "m" => 1,
        "" => 1_000,
        "k" => 1_000_000,
        "M" => 1_000_000_000,
        "G" => 1_000_000_000_000,
        "Ki" => 1_000 << 10,
        "Mi" => 1_000 << 20,
        "Gi" => 1_000 << 30,
        _ => bail!("quantity {quantity} is not understood"),
    };
    Ok(number.parse::<u128>().with_context(|| format!("quantity {quantity}"))? * factor)
}

fn local(ip: Ipv4Addr) -> String {
    on_this_machine(SocketAddr::from((ip, 0))).ip().to_string()
}
