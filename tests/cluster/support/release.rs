//! Seawall as the chart installs it, on a node of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use k8s_openapi::ByteString;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::api::Answer;
use super::control_plane::ControlPlane;
use super::helm::Helm;
use super::kubelet::Node;
use super::kubelet::replica::Replica;
use super::manifests;
use super::output::Output;
use super::registration::SCENARIO;
use super::scene::Scene;
use super::wait::{PATIENCE, eventually};

/// The port of probes and metrics of a Pod.
pub(crate) const ADMIN: u16 = 8080;
/// The container in a Pod.
pub(crate) const CONTAINER: &str = "seawall";

pub(crate) const CONFIGURATIONS: &str =
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/// A release of the chart, and the node that its Pods run on. Dropping it takes its webhooks away and is otherwise a
/// power failure.
pub(crate) struct Release<'c> {
    cluster: &'c ControlPlane,
    pub(crate) node: Node<'c>,
    pub(crate) helm: Helm,
    /// What Helm calls the release, and the label of everything in it.
    pub(crate) instance: String,
    pub(crate) namespace: String,
    /// What its objects are called.
    pub(crate) name: String,
    dir: PathBuf,
}

/// The chart.
pub(crate) fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/seawall")
}

impl<'c> Release<'c> {
    /// Installs the chart for the namespaces of one scene, and waits until two replicas are ready and the API server
    /// calls them. Unless the values say otherwise, images with a mutable tag are what the configuration is about.
    pub(crate) fn install(scene: &Scene<'c>, values: &Value) -> Result<Self> {
        let release = Self::prepare(scene)?;
        release.run("install", &of_scene(scene, values))?;
        release.wait_for_replicas(2)?;
        release.wait_until_called(scene)?;
        Ok(release)
    }

    /// What such a release needs before it is installed, for what has to be there even before.
    pub(crate) fn prepare(scene: &Scene<'c>) -> Result<Self> {
        let release = Self::new(scene.cluster(), &scene.name, &format!("{}-system", scene.name))?;
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": release.namespace}});
        scene.cluster().call(Method::POST, "/api/v1/namespaces", Some(&namespace))?.success()?;
        Ok(release)
    }

    /// A node and Helm, and nothing installed yet.
    pub(crate) fn new(cluster: &'c ControlPlane, release: &str, namespace: &str) -> Result<Self> {
        let dir = cluster.dir().join(format!("release-{release}"));
        fs::create_dir_all(&dir)?;
        let helm = Helm::new(&dir, Some(&cluster.kubeconfig("admin")))?;
        let node = Node::start(cluster, release, &[namespace])?;
        let name =
            if release.contains("seawall") { release.to_owned() } else { format!("{release}-seawall") };
        let (instance, namespace) = (release.to_owned(), namespace.to_owned());
        Ok(Self { cluster, node, helm, instance, namespace, name, dir })
    }

    /// `helm install` or `helm upgrade` with these values and no others; waits until everything is available.
    pub(crate) fn run(&self, command: &str, values: &Value) -> Result<Output> {
        let file = self.values(values)?;
        let helm = &self.helm;
        let output = match command {
            "install" => helm.install(&self.namespace, &self.instance, &chart(), &["--values", &file]),
            // Otherwise those of the last revision stay where none are given.
            _ => helm.upgrade(
                &self.namespace,
                &self.instance,
                &chart(),
                &["--reset-values", "--values", &file],
            ),
        };
        output?.success()
    }

    /// `helm upgrade` with the values of the scene and these.
    pub(crate) fn upgrade(&self, scene: &Scene<'_>, values: &Value) -> Result<()> {
        self.run("upgrade", &of_scene(scene, values)).map(drop)
    }

    /// `helm rollback`.
    pub(crate) fn rollback(&self, revision: u32) -> Result<()> {
        self.helm.rollback(&self.namespace, &self.instance, revision)?.success().map(drop)
    }

    /// `helm uninstall`.
    pub(crate) fn uninstall(&self) -> Result<()> {
        self.helm.uninstall(&self.namespace, &self.instance)?.success().map(drop)
    }

    /// Values in a file.
    pub(crate) fn values(&self, values: &Value) -> Result<String> {
        let file = self.dir.join("values.yaml");
        fs::write(&file, values.to_string())?;
        Ok(file.to_string_lossy().into_owned())
    }

    /// Waits until so many replicas are ready, and no others are left.
    pub(crate) fn wait_for_replicas(&self, count: usize) -> Result<Vec<Arc<Replica>>> {
        self.node.wait_for_ready(&self.namespace, count)
    }

    /// The replicas that there are, in whatever state.
    pub(crate) fn replicas(&self) -> Vec<Arc<Replica>> {
        self.node.replicas(&self.namespace)
    }

    /// The sum of a metric over all replicas.
    pub(crate) fn metric(&self, name: &str, labels: &[(&str, &str)]) -> Result<f64> {
        self.replicas().iter().map(|replica| replica.metric(ADMIN, name, labels)).sum()
    }

    /// Writes, without effect, until one of the replicas has seen a review: the API server learns of registrations
    /// with a delay.
    pub(crate) fn wait_until_called(&self, scene: &Scene<'_>) -> Result<()> {
        let canary = manifests::deployment("canary");
        let reviews = || self.metric("seawall_reviews_total", &[]);
        let before = reviews()?;
        eventually(PATIENCE, || {
            scene.dry_run(&canary)?;
            Ok((reviews()? > before).then_some(()))
        })
        .context("the API server does not call the webhook")
    }

    /// The ValidatingWebhookConfiguration, if it is there.
    pub(crate) fn registration(&self) -> Result<Option<Value>> {
        let answer = self.cluster.call(Method::GET, &format!("{CONFIGURATIONS}/{}", self.name), None)?;
        if answer.status == 404 {
            return Ok(None);
        }
        Ok(Some(answer.success()?.body))
    }

    /// The webhooks in it; none where there is nothing.
    pub(crate) fn webhooks(&self) -> Result<Vec<Value>> {
        let mut registration = self.registration()?.unwrap_or_default();
        Ok(match registration["webhooks"].take() {
            Value::Array(webhooks) => webhooks,
            _ => Vec::new(),
        })
    }

    /// The authorities that the API server trusts, in PEM; none where there is no webhook or no `caBundle`.
    pub(crate) fn bundle(&self) -> Result<String> {
        let webhooks = self.webhooks()?;
        let bundle = webhooks.first().map(|it| &it["clientConfig"]["caBundle"]).filter(|it| it.is_string());
        let Some(bundle) = bundle else { return Ok(String::new()) };
        Ok(String::from_utf8(ByteString::deserialize(bundle)?.0)?)
    }

    /// Changes the ValidatingWebhookConfiguration by hand, by a JSON patch.
    pub(crate) fn tamper(&self, patch: &Value) -> Result<()> {
        let headers = [("Content-Type", "application/json-patch+json")];
        let live = format!("{CONFIGURATIONS}/{}", self.name);
        self.cluster.call_with(Method::PATCH, &live, Some(patch), &headers)?.success().map(drop)
    }

    /// Asks for a rotation, as the documentation has it: of the certificate (`leaf`) or of the authority (`ca`).
    pub(crate) fn rotate(&self, what: &str) -> Result<()> {
        let (secret, annotation) = (format!("{}-tls", self.name), format!("seawall.dev/rotate={what}"));
        let annotate = ["--namespace", &self.namespace, "annotate", "secret", &secret, &annotation];
        self.cluster.kubectl(&annotate, "")?.success().map(drop)
    }

    /// The Pod that holds the Lease, if one does.
    pub(crate) fn leader(&self) -> Result<Option<Arc<Replica>>> {
        let lease = self.get("/apis/coordination.k8s.io/v1", "leases", &self.name)?.success()?;
        let holder = lease.body["spec"]["holderIdentity"].as_str().unwrap_or_default();
        Ok(self.replicas().into_iter().find(|replica| replica.name == holder))
    }

    /// The notes of all events with a reason, about any of the Pods.
    pub(crate) fn events(&self, reason: &str) -> Result<Vec<String>> {
        let path = format!("/apis/events.k8s.io/v1/namespaces/{}/events", self.namespace);
        let events = self.cluster.call(Method::GET, &path, None)?.success()?.body;
        let events = events["items"].as_array().into_iter().flatten().filter(|it| it["reason"] == reason);
        Ok(events.map(|it| it["note"].as_str().unwrap_or_default().to_owned()).collect())
    }

    /// Waits until there are more events with a reason than before, and gives the notes of all.
    pub(crate) fn wait_for_event(&self, reason: &str, before: usize) -> Result<Vec<String>> {
        eventually(PATIENCE, || Ok(Some(self.events(reason)?).filter(|it| it.len() > before)))
            .with_context(|| format!("no event {reason}"))
    }

    /// Puts another text into the ConfigMap, as `kubectl edit` does.
    pub(crate) fn configure(&self, configuration: &str) -> Result<()> {
        let path = format!("/api/v1/namespaces/{}/configmaps/{}", self.namespace, self.name);
        let change = json!({"data": {"seawall.yaml": configuration}});
        let headers = [("Content-Type", "application/merge-patch+json")];
        self.cluster.call_with(Method::PATCH, &path, Some(&change), &headers)?.success().map(drop)
    }

    /// Everything in the cluster that belongs to the release, and what is in its namespace that only Seawall or Helm
    /// could have put there.
    pub(crate) fn leftovers(&self) -> Result<Vec<String>> {
        let kinds = ["api-resources", "--verbs=list", "--output=name"];
        let kinds = self.cluster.kubectl(&kinds, "")?.success()?.stdout;
        let kinds: Vec<&str> = kinds.lines().filter(|it| !it.starts_with("events")).collect();
        let (kinds, instance) = (kinds.join(","), format!("app.kubernetes.io/instance={}", self.instance));
        let labelled = ["get", &kinds, "--all-namespaces", "--output=name", "--selector", &instance];
        let mut left = self.cluster.kubectl(&labelled, "")?.success()?.stdout;
        let kinds = "leases,secrets,configmaps,serviceaccounts,endpointslices,pods,replicasets";
        let own = ["get", kinds, "--namespace", &self.namespace, "--output=name"];
        left += &self.cluster.kubectl(&own, "")?.success()?.stdout;
        // Kubernetes puts these into every namespace.
        let given = ["configmap/kube-root-ca.crt", "serviceaccount/default"];
        let left = left.lines().filter(|it| !given.contains(it)).map(ToOwned::to_owned);
        Ok(left.collect())
    }

    /// An object in the namespace of the release.
    pub(crate) fn get(&self, api: &str, plural: &str, name: &str) -> Result<Answer> {
        let path = format!("{api}/namespaces/{}/{plural}/{name}", self.namespace);
        self.cluster.call(Method::GET, &path, None)
    }

    /// Makes an object in the namespace of the release, or changes it into this.
    pub(crate) fn put(&self, object: &Value) -> Result<()> {
        let path = manifests::collection(object, &self.namespace);
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let headers = [("Content-Type", "application/apply-patch+yaml")];
        let path = format!("{path}/{name}?fieldManager=scenario&force=true");
        self.cluster.call_with(Method::PATCH, &path, Some(object), &headers)?.success().map(drop)
    }

    /// Waits until each replica says something in its readiness, or no longer says it.
    pub(crate) fn wait_for_readiness(&self, says: impl Fn(&str) -> bool) -> Result<()> {
        for replica in self.replicas() {
            let mut last = String::new();
            eventually(PATIENCE, || {
                let (status, detail) = replica.readiness(ADMIN)?;
                ensure!(status == 200, "{} is not ready: {detail}", replica.name);
                last = detail;
                Ok(says(&last).then_some(()))
            })
            .with_context(|| format!("{} says: {last}", replica.name))?;
        }
        Ok(())
    }
}

impl Drop for Release<'_> {
    fn drop(&mut self) {
        // Nobody answers any more, and others may write where these webhooks are asked.
        let _ = self.cluster.call(Method::DELETE, &format!("{CONFIGURATIONS}/{}", self.name), None);
    }
}

/// Values that keep a release to its scene, and those given.
pub(crate) fn of_scene(scene: &Scene<'_>, values: &Value) -> Value {
    let mut all = json!({
        "infrastructureRules": [],
        "drainDelaySeconds": 2,
        "config": {
            "profile": "none",
            "policies": {"IMG01": "deny"},
            "registration": {"namespaceSelector": {"matchLabels": {SCENARIO: scene.name}}},
        },
    });
    merge(&mut all, values);
    all
}

/// As Helm does it: objects are merged, everything else is replaced.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => into.clone_from(from),
    }
}
