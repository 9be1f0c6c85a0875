//! The Service of a webhook and its ValidatingWebhookConfiguration.

use std::net::SocketAddr;

use anyhow::Result;
use http::Method;
use serde_json::{Value, json};

use super::control_plane::ControlPlane;

/// Where the Services are; its objects are never reviewed.
pub(crate) const NAMESPACE: &str = "seawall-system";

/// Namespaces, and objects outside of namespaces, are only reviewed by the webhook of the scenario that they
/// name with this label. So scenarios do not see each other.
pub(crate) const SCENARIO: &str = "scenario";

const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/// A registered webhook; dropping it removes the registration.
pub(crate) struct Registration<'c> {
    cluster: &'c ControlPlane,
    name: String,
}

/// The name that a webhook's certificate must be for.
pub(crate) fn server_name(scenario: &str) -> String {
    format!("{scenario}.{NAMESPACE}.svc")
}

impl<'c> Registration<'c> {
    /// Makes the API server send the requests of one scenario to an address.
    pub(crate) fn new(
        cluster: &'c ControlPlane,
        scenario: &str,
        address: SocketAddr,
        authority: &str,
    ) -> Result<Self> {
        let service = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": scenario},
            "spec": {"clusterIP": address.ip(), "ports": [{"port": address.port()}]},
        });
        let services = format!("/api/v1/namespaces/{NAMESPACE}/services");
        cluster.call(Method::POST, &services, Some(&service))?.success()?;
        Self::of_service(cluster, scenario, (NAMESPACE, scenario, address.port()), authority)
    }

    /// The same for a Service that is there: its namespace, name and port.
    pub(crate) fn of_service(
        cluster: &'c ControlPlane,
        scenario: &str,
        (namespace, service, port): (&str, &str, u16),
        authority: &str,
    ) -> Result<Self> {
        let client_config = json!({
            "service": {"namespace": namespace, "name": service, "port": port, "path": "/validate"},
            "caBundle": base64(authority.as_bytes()),
        });
        let own = json!({"matchLabels": {SCENARIO: scenario}});
        let configuration = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": scenario},
            "webhooks": [
                webhook("namespaces.seawall.dev", &client_config, "namespaceSelector", &own, &namespaced()),
                webhook("cluster.seawall.dev", &client_config, "objectSelector", &own, &cluster_scoped()),
            ],
        });
        let registration = Self { cluster, name: scenario.to_owned() };
        cluster.call(Method::POST, CONFIGURATIONS, Some(&configuration))?.success()?;
        Ok(registration)
    }
}

impl Drop for Registration<'_> {
    fn drop(&mut self) {
        // A registration that stays behind can only hurt the namespace of its own scenario.
        let _ = self.cluster.call(Method::DELETE, &format!("{CONFIGURATIONS}/{}", self.name), None);
    }
}

/// A failed call is refused, so that a scenario cannot overlook it.
fn webhook(name: &str, client_config: &Value, selector: &str, own: &Value, rules: &Value) -> Value {
    json!({
        "name": name,
        "clientConfig": client_config,
        selector: own,
        "rules": rules,
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "sideEffects": "None",
        "timeoutSeconds": 5,
        "admissionReviewVersions": ["v1"],
    })
}

fn namespaced() -> Value {
    let (writes, all) = (["CREATE", "UPDATE"], ["CREATE", "UPDATE", "DELETE"]);
    let connections = ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy"];
    json!([
        rule("", &all, &["pods", "persistentvolumeclaims", "configmaps"]),
        rule("", &writes, &["replicationcontrollers", "secrets", "endpoints"]),
        rule("", &["UPDATE"], &["pods/ephemeralcontainers", "pods/resize", "replicationcontrollers/scale"]),
        rule("", &["CREATE"], &["pods/eviction"]),
        rule("", &["CONNECT"], &connections),
        rule("", &["UPDATE", "DELETE"], &["namespaces"]),
        rule("apps", &writes, &["deployments", "statefulsets", "daemonsets", "replicasets"]),
        rule("apps", &["UPDATE"], &["deployments/scale", "statefulsets/scale", "replicasets/scale"]),
        rule("batch", &writes, &["jobs", "cronjobs"]),
        rule("policy", &writes, &["poddisruptionbudgets"]),
        rule("autoscaling", &writes, &["horizontalpodautoscalers"]),
        rule("networking.k8s.io", &all, &["networkpolicies"]),
        rule("external-secrets.io", &writes, &["externalsecrets"]),
    ])
}

fn cluster_scoped() -> Value {
    json!([rule("apiextensions.k8s.io", &["DELETE"], &["customresourcedefinitions"])])
}

fn rule(group: &str, operations: &[&str], resources: &[&str]) -> Value {
    let version = if group == "autoscaling" { "v2" } else { "v1" };
    json!({
        "apiGroups": [group],
        "apiVersions": [version],
        "operations": operations,
        "resources": resources,
    })
}

/// `caBundle` is bytes, which JSON has as base64.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encode = |chunk: &[u8]| {
        let bits =
            chunk.iter().chain([&0, &0]).take(3).fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        let mut quad = [18, 12, 6, 0].map(|shift| char::from(ALPHABET[bits >> shift & 63]));
        quad[chunk.len() + 1..].fill('=');
        quad
    };
    bytes.chunks(3).flat_map(encode).collect()
}
