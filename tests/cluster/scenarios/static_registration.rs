//! The registration that the API server reads from its own files.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::support::api_server::ApiServer;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{collection, deployment, mutable_deployment};
use crate::support::ports;
use crate::support::printed::webhook_config;
use crate::support::scene::{Scene, VALID_UNTIL};
use crate::support::seawall::{Addresses, Seawall};
use crate::support::wait::{PATIENCE, eventually};
use crate::{NotInThisRelease, Scenario};

pub(crate) const SCENARIOS: &[Scenario] =
    &[("static_registration::nobody_can_delete_it", nobody_can_delete_it)];

const REFUSES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {IMG01: deny}
registration: {failClosed: {namespaces: [default]}}
";

const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/// The first minor release in which the feature gate is on.
const SINCE: u32 = 37;

fn nobody_can_delete_it(cluster: &ControlPlane) -> Result<()> {
    let version = cluster.call(Method::GET, "/version", None)?.success()?.body;
    let minor = version["minor"].as_str().unwrap_or_default().trim_end_matches('+').parse::<u32>()?;
    if minor < SINCE {
        let reason = format!("Kubernetes 1.{minor} reads no registration from files, 1.{SINCE} does");
        return Err(NotInThisRelease(reason).into());
    }
    let scene = Scene::new(cluster, "static")?;
    let dir = scene.dir("one")?;
    let addresses = Addresses { webhook: ports::loopback()?, admin: ports::loopback()? };
    let identity = scene.authority.issue("127.0.0.1", VALID_UNTIL)?;
    let mut seawall = Seawall::start(&dir, addresses, REFUSES, &identity, &[])?;

    let manifests = dir.join("manifests");
    fs::create_dir_all(&manifests)?;
    fs::write(dir.join("seawall.yaml"), REFUSES)?;
    fs::write(dir.join("ca.crt"), &scene.authority.certificate)?;
    let file = |name: &str| dir.join(name).to_string_lossy().into_owned();
    let url = format!("https://{}", addresses.webhook);
    let (configuration, authorities) = (file("seawall.yaml"), file("ca.crt"));
    let flags = ["--static", "--url", &url, "--config", &configuration, "--ca-bundle", &authorities];
    fs::write(manifests.join("seawall.yaml"), webhook_config(flags)?)?;
    let admission = json!({
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AdmissionConfiguration",
        "plugins": [{
            "name": "ValidatingAdmissionWebhook",
            "configuration": {
                "apiVersion": "apiserver.config.k8s.io/v1",
                "kind": "WebhookAdmissionConfiguration",
                "staticManifestsDir": manifests,
            },
        }],
    });
    fs::write(dir.join("admission.json"), admission.to_string())?;
    let flag = format!("--admission-control-config-file={}", file("admission.json"));
    let server = ApiServer::start(cluster, "static", &[flag])?;

    let bad = mutable_deployment("bad");
    let create = |object: &Value| {
        server.call(Method::POST, &format!("{}?dryRun=All", collection(object, "default")), Some(object))
    };
    let is_refused = || Ok((create(&bad)?.refused_by() == ["IMG01"]).then_some(()));
    eventually(PATIENCE, is_refused).context("the bad Deployment is not refused")?;
    create(&deployment("good"))?.success()?;

    // It is nothing that the API knows of, and nothing that the API would take.
    let listed = server.call(Method::GET, CONFIGURATIONS, None)?.success()?;
    ensure!(listed.body["items"] == json!([]), "listed: {}", listed.body);
    let name = "seawall.static.k8s.io";
    let deleted = server.call(Method::DELETE, &format!("{CONFIGURATIONS}/{name}"), None)?;
    ensure!(deleted.status == 404, "deleted: {}", deleted.message());
    server.call(Method::DELETE, CONFIGURATIONS, None)?.success()?;
    let forged = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
    });
    let created = server.call(Method::POST, CONFIGURATIONS, Some(&forged))?;
    ensure!(!created.is_success(), "the API takes another of the same name");
    ensure!(create(&bad)?.refused_by() == ["IMG01"], "not refused after all were deleted");

    // What fails closed still does without an answer.
    seawall.terminate()?;
    seawall.wait()?;
    let unanswered = create(&deployment("good"))?;
    ensure!(unanswered.status == 500, "answered {}: {}", unanswered.status, unanswered.message());
    Ok(())
}
