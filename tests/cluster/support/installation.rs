//! Seawall in the cluster as `docs/operations.md` has it: two replicas in Pods, behind a Service.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use super::authority::Authority;
use super::control_plane::ControlPlane;
use super::scene::VALID_UNTIL;
use super::wait::{PATIENCE, eventually};

/// The name of everything that belongs to an installation.
pub(crate) const NAME: &str = "seawall";
/// The port of the Service.
pub(crate) const PORT: u16 = 443;
/// The port of probes and metrics of a Pod.
pub(crate) const ADMIN: u16 = 8080;

/// An installation in a namespace of its own.
pub(crate) struct Installation<'c> {
    cluster: &'c ControlPlane,
    pub(crate) namespace: String,
}

impl<'c> Installation<'c> {
    /// Creates everything, with files as certificates; nothing is registered.
    pub(crate) fn create(
        cluster: &'c ControlPlane,
        namespace: &str,
        authority: &Authority,
        configuration: &str,
    ) -> Result<Self> {
        let installation = Self { cluster, namespace: namespace.to_owned() };
        let identity = authority.issue(&format!("{NAME}.{namespace}.svc"), VALID_UNTIL)?;
        let tls = json!({"tls.crt": identity.certificate, "tls.key": identity.key});
        let account = json!({"kind": "ServiceAccount", "name": NAME, "namespace": namespace});
        let role = format!("{namespace}-{NAME}");
        let rbac = "rbac.authorization.k8s.io/v1";
        for object in [
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME}}),
            json!({"apiVersion": rbac, "kind": "ClusterRole", "metadata": {"name": role}, "rules": [
                {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list", "watch"]},
            ]}),
            json!({
                "apiVersion": rbac, "kind": "ClusterRoleBinding", "metadata": {"name": role},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [account],
            }),
            json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME},
                "data": {"seawall.yaml": configuration},
            }),
            json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "seawall-tls"},
                "type": "kubernetes.io/tls", "stringData": tls,
            }),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": NAME}, "spec": {
                "selector": {"app": NAME}, "ports": [{"port": PORT, "targetPort": "webhook"}],
            }}),
            deployment(),
        ] {
            cluster.call(Method::POST, &installation.collection(&object), Some(&object))?.success()?;
        }
        Ok(installation)
    }

    /// Waits until the Deployment is what it should be, as `kubectl rollout status` does.
    pub(crate) fn wait_until_available(&self) -> Result<()> {
        eventually(PATIENCE, || {
            let deployment = self.cluster.call(Method::GET, &self.deployment(), None)?.success()?.body;
            let status = &deployment["status"];
            let counts = ["replicas", "updatedReplicas", "availableReplicas"].map(|key| status[key].as_u64());
            let is_current = status["observedGeneration"] == deployment["metadata"]["generation"];
            let wanted = deployment["spec"]["replicas"].as_u64();
            Ok((is_current && counts.iter().all(|count| *count == wanted)).then_some(()))
        })
        .context("the Deployment does not become available")
    }

    /// Puts another configuration into the ConfigMap.
    pub(crate) fn configure(&self, configuration: &str) -> Result<()> {
        let path = format!("/api/v1/namespaces/{}/configmaps/{NAME}", self.namespace);
        let change = json!({"data": {"seawall.yaml": configuration}});
        let headers = [("Content-Type", "application/merge-patch+json")];
        self.cluster.call_with(Method::PATCH, &path, Some(&change), &headers)?.success()?;
        Ok(())
    }

    /// Replaces all Pods by new ones, one after the other.
    pub(crate) fn restart(&self) -> Result<()> {
        let deployment = format!("deployment/{NAME}");
        let namespace = ["--namespace", &self.namespace];
        self.cluster
            .kubectl(&[&namespace[..], &["rollout", "restart", &deployment]].concat(), "")?
            .success()?;
        self.wait_until_available()
    }

    /// Deletes the Deployment and waits until it and its Pods are gone.
    pub(crate) fn delete(&self, within: Duration) -> Result<()> {
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground",
        });
        let answer = self.cluster.call(Method::DELETE, &self.deployment(), Some(&options))?;
        ensure!(answer.is_success(), "the API server answered {}: {}", answer.status, answer.message());
        eventually(within, || {
            Ok((self.cluster.call(Method::GET, &self.deployment(), None)?.status == 404).then_some(()))
        })
        .context("the Deployment does not go away")
    }

    fn deployment(&self) -> String {
        format!("/apis/apps/v1/namespaces/{}/deployments/{NAME}", self.namespace)
    }

    fn collection(&self, object: &Value) -> String {
        super::manifests::collection(object, &self.namespace)
    }
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": NAME}},
            "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {"metadata": {"labels": {"app": NAME}}, "spec": {
                "serviceAccountName": NAME,
                "terminationGracePeriodSeconds": 30,
                "containers": [container()],
                "volumes": [
                    {"name": "configuration", "configMap": {"name": NAME}},
                    {"name": "tls", "secret": {"secretName": "seawall-tls"}},
                ],
            }},
        },
    })
}

fn container() -> Value {
    json!({
        "name": NAME,
        "image": "registry.example/seawall:0.1.0",
        "args": [
            "serve",
            "--config=/etc/seawall/seawall.yaml",
            "--tls-cert=/tls/tls.crt",
            "--tls-key=/tls/tls.key",
            "--listen=$(POD_IP):8443",
            "--admin-listen=$(POD_IP):8080",
            "--threads=$(THREADS)",
            "--drain-delay=2",
        ],
        "env": [
            {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "THREADS", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        ],
        "ports": [
            {"name": "webhook", "containerPort": 8443},
            {"name": "admin", "containerPort": ADMIN},
        ],
        "startupProbe": {
            "httpGet": {"path": "/livez", "port": "admin"}, "periodSeconds": 1, "failureThreshold": 30,
        },
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "admin"}, "periodSeconds": 1},
        "livenessProbe": {
            "httpGet": {"path": "/livez", "port": "admin"}, "periodSeconds": 1, "failureThreshold": 3,
        },
        "resources": {
            "requests": {"cpu": "50m", "memory": "64Mi"},
            "limits": {"cpu": "1500m", "memory": "256Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "runAsNonRoot": true,
            "runAsUser": 65532,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "configuration", "mountPath": "/etc/seawall", "readOnly": true},
            {"name": "tls", "mountPath": "/tls", "readOnly": true},
        ],
    })
}
