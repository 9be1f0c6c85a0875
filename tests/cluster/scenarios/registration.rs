//! The registration that Seawall keeps itself, and who of several replicas does so.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::authority::Identity;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::mutable_deployment;
use crate::support::ports;
use crate::support::registration::{NAMESPACE, server_name};
use crate::support::scene::{Scene, VALID_UNTIL};
use crate::support::seawall::{Addresses, Seawall};
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("registration::another_replica_takes_over", another_replica_takes_over),
    (
        "registration::nothing_is_intercepted_before_somebody_answers",
        nothing_is_intercepted_before_somebody_answers,
    ),
    ("registration::what_is_ours_is_repaired", what_is_ours_is_repaired),
    ("registration::what_is_deleted_stays_deleted", what_is_deleted_stays_deleted),
    ("registration::its_own_certificate_is_trusted", its_own_certificate_is_trusted),
    ("registration::authorities_alone_are_kept", authorities_alone_are_kept),
];

const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const OPEN: &str = "validate.seawall.dev";

/// Reviews of all namespaces come here, and those of other scenarios are let through.
fn policies(scenario: &str) -> String {
    format!(
        "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
rules:
  - {{scope: {{namespaces: [{scenario}]}}, policies: [IMG01], mode: deny}}
"
    )
}

/// A cluster into which Seawall was installed, without replicas yet.
struct Installed<'c> {
    scene: Scene<'c>,
    identity: Identity,
    address: SocketAddr,
    authority: PathBuf,
}

impl<'c> Installed<'c> {
    /// What a chart makes: Service, Lease, and a ValidatingWebhookConfiguration.
    fn new(cluster: &'c ControlPlane, name: &str, webhooks: &Value) -> Result<Self> {
        let scene = Scene::new(cluster, name)?;
        let identity = scene.authority.issue(&server_name(name), VALID_UNTIL)?;
        let address = ports::service_address()?;
        let authority = scene.dir("authority")?.join("ca.crt");
        fs::write(&authority, &scene.authority.certificate)?;
        let installed = Self { scene, identity, address, authority };
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"clusterIP": address.ip(), "ports": [{"port": address.port()}]},
        });
        let lease =
            json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name}});
        let configuration = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": name},
            "webhooks": webhooks,
        });
        installed.post(&format!("/api/v1/namespaces/{NAMESPACE}/services"), &service)?;
        installed.post(&lease_path(""), &lease)?;
        installed.post(CONFIGURATIONS, &configuration)?;
        installed.allow()?;
        Ok(installed)
    }

    /// The permissions that the docs list, and no more.
    fn allow(&self) -> Result<()> {
        let name = &self.scene.name;
        let grant = |group: &str, resource: &str, named: bool, verbs: &[&str]| {
            let names = if named { vec![name] } else { Vec::new() };
            json!({"apiGroups": [group], "resources": [resource], "resourceNames": names, "verbs": verbs})
        };
        let own = json!([
            grant("coordination.k8s.io", "leases", true, &["get", "update"]),
            grant("discovery.k8s.io", "endpointslices", false, &["list"]),
            grant("events.k8s.io", "events", false, &["create"]),
            grant("", "secrets", true, &["list", "watch", "patch"]),
        ]);
        let everywhere = json!([grant(
            "admissionregistration.k8s.io",
            "validatingwebhookconfigurations",
            true,
            &["list", "watch", "patch"],
        )]);
        let subject = json!([{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "seawall"}]);
        for (kind, path, rules) in [
            ("Role", format!("namespaces/{NAMESPACE}/role"), own),
            ("ClusterRole", "clusterrole".to_owned(), everywhere),
        ] {
            let api = "rbac.authorization.k8s.io";
            let metadata = json!({"name": format!("kept-{name}")});
            let role = json!({"apiVersion": format!("{api}/v1"), "kind": kind, "metadata": metadata, "rules": rules});
            let binding = json!({
                "apiVersion": format!("{api}/v1"), "kind": format!("{kind}Binding"), "metadata": metadata,
                "roleRef": {"apiGroup": api, "kind": kind, "name": metadata["name"]}, "subjects": subject,
            });
            self.post(&format!("/apis/{api}/v1/{path}s"), &role)?;
            self.post(&format!("/apis/{api}/v1/{path}bindings"), &binding)?;
        }
        Ok(())
    }

    /// Starts a replica and waits until it is ready.
    fn replica(&self, name: &str, address: SocketAddr, arguments: &[&str]) -> Result<Seawall> {
        let kubeconfig = self.scene.cluster().kubeconfig("seawall");
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let flags = [
            format!("--kubeconfig={}", text(&kubeconfig)),
            format!("--tls-ca={}", text(&self.authority)),
            format!("--service={NAMESPACE}/{}:{}", self.scene.name, self.address.port()),
            format!("--webhook-config={}", self.scene.name),
            format!("--lease={}", self.scene.name),
            format!("--identity={}-{name}", self.scene.name),
        ];
        let flags: Vec<&str> = flags.iter().map(String::as_str).chain(arguments.iter().copied()).collect();
        let addresses = Addresses { webhook: address, admin: ports::loopback()? };
        if arguments.iter().any(|it| it.starts_with("--tls-secret")) {
            let flags: Vec<&str> = flags.into_iter().filter(|it| !it.starts_with("--tls-ca")).collect();
            return Seawall::start_managed(
                &self.scene.dir(name)?,
                addresses,
                &policies(&self.scene.name),
                &flags,
            );
        }
        Seawall::start(&self.scene.dir(name)?, addresses, &policies(&self.scene.name), &self.identity, &flags)
    }

    /// What the endpoint controller makes once a Pod is ready.
    fn add_endpoint(&self, ready: bool) -> Result<()> {
        let slice = json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {
                "name": format!("{}-{ready}", self.scene.name),
                "labels": {"kubernetes.io/service-name": self.scene.name},
            },
            "endpoints": [{"addresses": ["10.9.9.9"], "conditions": {"ready": ready}}],
        });
        self.post(&format!("/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"), &slice)
    }

    fn post(&self, path: &str, object: &Value) -> Result<()> {
        self.scene.cluster().call(Method::POST, path, Some(object))?.success().map(drop)
    }

    fn configuration(&self) -> Result<Value> {
        let path = format!("{CONFIGURATIONS}/{}", self.scene.name);
        Ok(self.scene.cluster().call(Method::GET, &path, None)?.success()?.body)
    }

    /// Waits until the webhook that fails open is as expected.
    fn wait_for(&self, what: &str, expected: impl Fn(&Value) -> bool) -> Result<Value> {
        eventually(PATIENCE, || {
            let configuration = self.configuration()?;
            let webhooks = configuration["webhooks"].as_array().into_iter().flatten();
            let found = webhooks.filter(|it| it["name"] == OPEN).find(|it| expected(it));
            Ok(found.cloned())
        })
        .with_context(|| format!("the webhook does not get {what}"))
    }

    /// Changes the registration as somebody would who works with kubectl.
    fn edit(&self, patch: &Value) -> Result<()> {
        let patch = patch.to_string();
        let arguments =
            ["patch", "validatingwebhookconfiguration", &self.scene.name, "--type=json", "-p", &patch];
        self.scene.kubectl(&arguments, "")?.success().map(drop)
    }

    fn holder(&self) -> Result<String> {
        let lease = self.scene.cluster().call(Method::GET, &lease_path(&self.scene.name), None)?.success()?;
        Ok(lease.body["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned())
    }

    fn wait_for_holder(&self, name: &str) -> Result<()> {
        let expected = format!("{}-{name}", self.scene.name);
        eventually(PATIENCE, || Ok((self.holder()? == expected).then_some(())))
            .with_context(|| format!("{expected} does not get the Lease"))
    }

    /// The reasons of the events about a replica.
    fn wait_for_event(&self, name: &str, reason: &str) -> Result<()> {
        let path = format!("/apis/events.k8s.io/v1/namespaces/{NAMESPACE}/events");
        let pod = format!("{}-{name}", self.scene.name);
        eventually(PATIENCE, || {
            let events = self.scene.cluster().call(Method::GET, &path, None)?.success()?.body;
            let mut events = events["items"].as_array().into_iter().flatten();
            Ok(events.any(|it| it["regarding"]["name"] == pod && it["reason"] == reason).then_some(()))
        })
        .with_context(|| format!("no event {reason} about {pod}"))
    }
}

impl Drop for Installed<'_> {
    fn drop(&mut self) {
        // What stays behind calls a Service that nobody answers, and fails open.
        let path = format!("{CONFIGURATIONS}/{}", self.scene.name);
        let _ = self.scene.cluster().call(Method::DELETE, &path, None);
    }
}

fn lease_path(name: &str) -> String {
    let path = format!("/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/{name}");
    path.trim_end_matches('/').to_owned()
}

fn trusts(webhook: &Value) -> bool {
    webhook["clientConfig"]["caBundle"].as_str().is_some_and(|bundle| !bundle.is_empty())
}

fn nothing_is_intercepted_before_somebody_answers(cluster: &ControlPlane) -> Result<()> {
    let installed = Installed::new(cluster, "kept-first", &json!([]))?;
    let seawall = installed.replica("one", installed.address, &[])?;
    installed.wait_for_holder("one")?;
    ensure!(seawall.metric("seawall_leader", &[])? > 0.0, "it holds the Lease and does not say so");

    installed.add_endpoint(false)?;
    // Longer than the keeper takes to look several times.
    std::thread::sleep(Duration::from_secs(4));
    ensure!(installed.configuration()?["webhooks"].as_array().is_none_or(Vec::is_empty), "nobody is ready");

    installed.add_endpoint(true)?;
    let webhook = installed.wait_for("there", trusts)?;
    ensure!(webhook["failurePolicy"] == "Ignore", "{webhook}");
    eventually(PATIENCE, || {
        let answer = installed.scene.dry_run(&mutable_deployment("web"))?;
        Ok((answer.refused_by() == ["IMG01"]).then_some(()))
    })
    .context("the API server does not call the webhook")?;
    seawall.wait_for_metric("seawall_registration_in_place", &[], 0.0)?;
    ensure!(seawall.metric("seawall_registration_repairs_total", &[])? < 1.0, "the first time is no repair");
    Ok(())
}

fn what_is_ours_is_repaired(cluster: &ControlPlane) -> Result<()> {
    let installed = Installed::new(cluster, "kept-repaired", &json!([]))?;
    installed.add_endpoint(true)?;
    let mut seawall = installed.replica("one", installed.address, &[])?;
    let before = installed.wait_for("there", trusts)?;

    // Managed clusters add requirements such as this one.
    let requirement = json!({"key": "control-plane", "operator": "DoesNotExist"});
    installed.edit(&json!([
        {"op": "add", "path": "/webhooks/0/namespaceSelector/matchExpressions/-", "value": requirement},
        {"op": "add", "path": "/webhooks/0/objectSelector/matchLabels", "value": {"theirs": "yes"}},
    ]))?;
    std::thread::sleep(Duration::from_secs(3));
    let theirs = installed
        .wait_for("their requirement", |it| it["objectSelector"]["matchLabels"]["theirs"] == "yes")?;
    ensure!(
        seawall.metric("seawall_registration_repairs_total", &[])? < 1.0,
        "requirements of others are theirs"
    );

    installed.edit(&json!([{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]))?;
    let repaired = installed.wait_for("its authorities back", trusts)?;
    ensure!(repaired == theirs, "it was {theirs} and is {repaired}");
    seawall.wait_for_metric("seawall_registration_repairs_total", &[], 0.0)?;
    installed.wait_for_event("one", "RegistrationRepaired")?;

    installed.edit(&json!([{"op": "replace", "path": "/webhooks/0/rules", "value": []},
                           {"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Fail"}]))?;
    installed
        .wait_for("its rules back", |it| it["rules"] == before["rules"] && it["failurePolicy"] == "Ignore")?;
    installed.edit(&json!([{"op": "replace", "path": "/webhooks", "value": []}]))?;
    installed.wait_for("back as a whole", |it| *it == before)?;

    let another = format!("{}registration: {{timeoutSeconds: 2}}\n", policies("kept-repaired"));
    seawall.configure(&another)?;
    installed.wait_for("what another configuration needs", |it| it["timeoutSeconds"] == 2).map(drop)
}

fn what_is_deleted_stays_deleted(cluster: &ControlPlane) -> Result<()> {
    let installed = Installed::new(cluster, "kept-deleted", &json!([]))?;
    installed.add_endpoint(true)?;
    let seawall = installed.replica("one", installed.address, &[])?;
    installed.wait_for("there", trusts)?;

    installed.scene.kubectl(&["delete", "validatingwebhookconfiguration", "kept-deleted"], "")?.success()?;
    installed.wait_for_event("one", "RegistrationTrouble")?;
    std::thread::sleep(Duration::from_secs(3));
    let path = format!("{CONFIGURATIONS}/kept-deleted");
    ensure!(cluster.call(Method::GET, &path, None)?.status == 404, "it was made again");
    let (status, report) = seawall.readiness()?;
    ensure!(status == 200 && report.contains("nothing is reviewed"), "{status} {report}");

    // Whoever makes it again means it.
    let configuration = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "kept-deleted"},
    });
    installed.post(CONFIGURATIONS, &configuration)?;
    installed.wait_for("there again", trusts).map(drop)
}

fn another_replica_takes_over(cluster: &ControlPlane) -> Result<()> {
    let installed = Installed::new(cluster, "kept-leader", &json!([]))?;
    installed.add_endpoint(true)?;
    let mut first = installed.replica("one", installed.address, &[])?;
    installed.wait_for_holder("one")?;
    let mut second = installed.replica("two", ports::loopback()?, &[])?;
    installed.wait_for("there", trusts)?;
    second.wait_for_metric("seawall_registration_in_place", &[], 0.0)?;
    ensure!(second.metric("seawall_leader", &[])? < 1.0, "two lead");

    first.kill()?;
    installed.edit(&json!([{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]))?;
    installed.wait_for_holder("two")?;
    installed.wait_for("its authorities back", trusts)?;
    second.wait_for_metric("seawall_registration_repairs_total", &[], 0.0)?;

    // In order: the Lease is free at once, long before it would end.
    let third = installed.replica("three", ports::loopback()?, &[])?;
    second.terminate()?;
    eventually(Duration::from_secs(10), || Ok((installed.holder()? == "kept-leader-three").then_some(())))
        .context("the Lease was not given back")?;
    ensure!(second.wait()?.success(), "it did not end in order");
    third.wait_for_metric("seawall_leader", &[], 0.0)?;
    ensure!(trusts(&installed.wait_for("kept", |_| true)?), "stopping has changed the registration");
    Ok(())
}

fn its_own_certificate_is_trusted(cluster: &ControlPlane) -> Result<()> {
    let installed = Installed::new(cluster, "kept-managed", &json!([]))?;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "kept-managed"}});
    installed.post(&format!("/api/v1/namespaces/{NAMESPACE}/secrets"), &secret)?;
    installed.add_endpoint(true)?;
    let managed = ["--tls-secret=kept-managed"];
    let mut first = installed.replica("one", installed.address, &managed)?;
    installed.wait_for("there", trusts)?;
    eventually(PATIENCE, || {
        let answer = installed.scene.dry_run(&mutable_deployment("web"))?;
        Ok((answer.refused_by() == ["IMG01"]).then_some(()))
    })
    .context("the API server does not call the webhook")?;

    // One that comes later serves the same, and may write once the first is gone.
    let second = installed.replica("two", ports::loopback()?, &managed)?;
    second.wait_for_metric("seawall_registration_in_place", &[], 0.0)?;
    first.terminate()?;
    ensure!(first.wait()?.success(), "it did not end in order");
    installed.wait_for_holder("two")?;
    installed.edit(&json!([{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]))?;
    installed.wait_for("its authorities back", trusts).map(drop)
}

fn authorities_alone_are_kept(cluster: &ControlPlane) -> Result<()> {
    let (name, port) = ("kept-static", 443);
    let webhook = |name: &str, service: &str| {
        json!({
            "name": name,
            "clientConfig": {"service": {
                "namespace": NAMESPACE, "name": service, "port": port, "path": "/validate",
            }},
            "rules": [{
                "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"],
            }],
            "namespaceSelector": {"matchLabels": {"nobody": "has-this"}},
            "failurePolicy": "Ignore", "sideEffects": "None", "timeoutSeconds": 7, "admissionReviewVersions": ["v1"],
        })
    };
    let webhooks = json!([webhook("by.hand.example", name), webhook("not.ours.example", "elsewhere")]);
    let installed = Installed::new(cluster, name, &webhooks)?;
    // It becomes ready once the authorities stand there.
    let _seawall = installed.replica("one", installed.address, &["--webhook-config-fields=ca-bundle"])?;

    let configuration = installed.configuration()?;
    let found = configuration["webhooks"].as_array().context("no webhooks")?;
    ensure!(found.len() == 2 && trusts(&found[0]) && !trusts(&found[1]), "{configuration}");
    ensure!(
        found[0]["timeoutSeconds"] == 7 && found[0]["rules"][0]["resources"] == json!(["deployments"]),
        "{found:?}"
    );
    Ok(())
}
