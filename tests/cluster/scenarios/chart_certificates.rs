//! Certificates that somebody else makes, and a registration that stands in Git.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use super::chart_values::define_foreign_kinds;
use crate::Scenario;
use crate::support::authority::{Authority, Identity};
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::mutable_deployment;
use crate::support::printed::webhook_config;
use crate::support::registration::{SCENARIO, base64};
use crate::support::release::{ADMIN, CONFIGURATIONS, Release, chart, of_scene};
use crate::support::scene::{Scene, VALID_UNTIL};
use crate::support::wait::{PATIENCE, eventually};
use crate::support::writers::Writers;
use crate::support::yaml;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("chart::registration_in_git_and_own_certificate", registration_in_git_and_own_certificate),
    ("chart::cert_manager", cert_manager),
];

/// Nothing is kept but `caBundle`, whatever Helm does beside it; and a certificate is renewed that Seawall only reads.
fn registration_in_git_and_own_certificate(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "in-git")?;
    let release = Release::prepare(&scene)?;
    put_certificate(&release, "from-the-vault", &scene.authority, VALID_UNTIL)?;
    let configuration = json!({
        "apiVersion": "seawall.dev/v1", "kind": "Configuration", "profile": "none",
        "policies": {"IMG01": "deny"},
        "registration": {"namespaceSelector": {"matchLabels": {SCENARIO: scene.name}}},
    });
    let file = scene.dir("git")?.join("seawall.yaml");
    fs::write(&file, configuration.to_string())?;
    let service = format!("{}/{}", release.namespace, release.name);
    let printed = webhook_config(["--config", &file.to_string_lossy(), "--service", &service])?;
    let webhooks = yaml::documents(&printed)?.pop().context("nothing is printed")?["webhooks"].take();
    let values = |annotation: &str| {
        of_scene(
            &scene,
            &json!({
                "certificates": {"mode": "files", "secretName": "from-the-vault"},
                "registration": {
                    "static": true, "webhooks": webhooks, "annotations": {"example.com/owner": annotation},
                },
            }),
        )
    };

    release.run("install", &values("platform"))?;
    release.wait_for_replicas(2)?;
    release.wait_until_called(&scene)?;
    let before = release.webhooks()?;
    ensure!(before.len() == 1 && trusts(&before[0], &scene.authority.certificate), "{before:?}");
    ensure!(before[0]["rules"] == webhooks[0]["rules"], "the rules are others: {before:?}");

    let writers = Writers::start_warned(&scene)?;
    writers.go_on()?;
    release.run("upgrade", &values("somebody"))?;
    let live = release.registration()?.unwrap_or_default();
    ensure!(live["metadata"]["annotations"]["example.com/owner"] == "somebody", "Helm has changed nothing");
    ensure!(release.webhooks()? == before, "Helm has changed more than it was told to: {live}");
    renewed(&release, "from-the-vault", &scene.authority)?;
    writers.go_on()?;
    writers.finish()?;
    release.uninstall()
}

/// What cert-manager does is done here: a Secret for the Certificate, and `caBundle` where the annotation asks for it.
fn cert_manager(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "issued")?;
    define_foreign_kinds(cluster)?;
    let release = Release::prepare(&scene)?;
    let values = release.values(&of_scene(&scene, &json!({"certificates": {"mode": "certManager"}})))?;
    let chart = chart().to_string_lossy().into_owned();
    let install = ["install", &release.instance, &chart, "--namespace", &release.namespace];
    release.helm.run([&install[..], &["--values", &values]].concat())?.success()?;
    scene.accepts(&mutable_deployment("before"))?;
    ensure!(release.webhooks()?.is_empty(), "calls are intercepted, and there is no certificate");

    let certificate = release.get("/apis/cert-manager.io/v1", "certificates", &release.name)?.success()?.body;
    let secret = certificate["spec"]["secretName"].as_str().context("no Secret")?;
    let names = json!([format!("{}.{}.svc", release.name, release.namespace)]);
    ensure!(certificate["spec"]["dnsNames"] == names, "a certificate for others: {certificate}");
    put_certificate(&release, secret, &scene.authority, VALID_UNTIL)?;
    inject(cluster, &release, &scene.authority.certificate)?;
    release.wait_for_replicas(2)?;
    release.wait_until_called(&scene)?;
    inject(cluster, &release, &scene.authority.certificate)?;
    let registered = release.webhooks()?;
    ensure!(trusts(&registered[0], &scene.authority.certificate), "{registered:?}");

    let writers = Writers::start_warned(&scene)?;
    writers.go_on()?;
    renewed(&release, secret, &scene.authority)?;
    // What is injected is kept as long as it does its work, were it more than what is in the Secret.
    let both = format!("{}{}", scene.authority.certificate, Authority::new()?.certificate);
    inject(cluster, &release, &both)?;
    writers.go_on()?;
    std::thread::sleep(std::time::Duration::from_secs(3));
    ensure!(trusts(&release.webhooks()?[0], &both), "what was injected is gone");
    ensure!(
        release.metric("seawall_registration_repairs_total", &[])? < 1.0,
        "what was injected was repaired"
    );
    writers.finish()?;
    Ok(())
}

/// A certificate for the Service of a release, in a Secret.
fn put_certificate(
    release: &Release<'_>,
    secret: &str,
    authority: &Authority,
    until: i32,
) -> Result<Identity> {
    let identity = authority.issue(&format!("{}.{}.svc", release.name, release.namespace), until)?;
    let object = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"name": secret},
        "stringData": {
            "tls.crt": identity.certificate, "tls.key": identity.key, "ca.crt": authority.certificate,
        },
    });
    release.put(&object)?;
    Ok(identity)
}

/// Another certificate of the same authority is served by every replica, without a restart.
fn renewed(release: &Release<'_>, secret: &str, authority: &Authority) -> Result<()> {
    let identity = put_certificate(release, secret, authority, VALID_UNTIL + 1)?;
    let name = format!("{}.{}.svc", release.name, release.namespace);
    for replica in release.replicas() {
        eventually(PATIENCE, || {
            let served = authority.certificate_of(replica.address(8443), &name)?;
            Ok((served == identity.der).then_some(()))
        })
        .with_context(|| format!("{} does not serve the new certificate", replica.name))?;
        let (status, detail) = replica.readiness(ADMIN)?;
        ensure!(status == 200, "{} is not ready: {detail}", replica.name);
    }
    Ok(())
}

/// `caBundle` of all webhooks of the release, if it asks for that of its Certificate.
fn inject(cluster: &ControlPlane, release: &Release<'_>, authorities: &str) -> Result<()> {
    let registration = release.registration()?.context("no registration")?;
    let asked_for = &registration["metadata"]["annotations"]["cert-manager.io/inject-ca-from"];
    let certificate = format!("{}/{}", release.namespace, release.name);
    ensure!(*asked_for == json!(certificate), "asked for is {asked_for}");
    let bundle = base64(authorities.as_bytes());
    let webhooks = release.webhooks()?;
    let set = webhooks.iter().enumerate().map(|(index, _)| {
        json!({"op": "add", "path": format!("/webhooks/{index}/clientConfig/caBundle"), "value": bundle})
    });
    let headers = [("Content-Type", "application/json-patch+json")];
    let path = format!("{CONFIGURATIONS}/{}?fieldManager=cainjector", release.name);
    cluster.call_with(Method::PATCH, &path, Some(&set.collect::<Value>()), &headers)?.success().map(drop)
}

fn trusts(webhook: &Value, authorities: &str) -> bool {
    webhook["clientConfig"]["caBundle"] == json!(base64(authorities.as_bytes()))
}
