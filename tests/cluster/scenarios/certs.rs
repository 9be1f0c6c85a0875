//! `seawall certs` asks the live registration whether it trusts what is served.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::authority::Authority;
use crate::support::control_plane::ControlPlane;
use crate::support::registration::base64;
use crate::support::scene::Scene;
use crate::support::seawall::PROGRAM;

pub(crate) const SCENARIOS: &[Scenario] =
    &[("certs::asks_the_live_registration", asks_the_live_registration)];

fn asks_the_live_registration(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "certs")?;
    let guarded = scene.guard("apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: none\n")?;
    let ask = |name: &str| -> Result<(Option<i32>, Value, String)> {
        let output = Command::new(PROGRAM)
            .args(["certs", "--output", "json", "--webhook-config", name])
            .arg(format!("--address={}", guarded.address))
            .arg(format!("--kubeconfig={}", cluster.kubeconfig("admin").display()))
            .output()?;
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        Ok((output.status.code(), report, String::from_utf8(output.stderr)?))
    };

    let (code, report, stderr) = ask("certs")?;
    ensure!(code == Some(0) && report["ok"] == true, "ended with {code:?}: {report} {stderr}");

    // An authority of the same name that has never issued anything.
    let other = Authority::new()?;
    let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/certs";
    let bundle = base64(other.certificate.as_bytes());
    let change = json!([{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": bundle}]);
    let headers = [("Content-Type", "application/json-patch+json")];
    cluster.call_with(Method::PATCH, path, Some(&change), &headers)?.success()?;
    let (code, report, stderr) = ask("certs")?;
    let problem = report["checks"].as_array().into_iter().flatten().find(|check| check["ok"] == false);
    let problem = problem.with_context(|| format!("nothing is wrong: {report} {stderr}"))?;
    ensure!(
        code == Some(1) && problem["problem"] == "its signature is not that of the authority",
        "ended with {code:?}: {report}"
    );

    let (code, _, stderr) = ask("of-nobody")?;
    ensure!(code == Some(2) && stderr.contains("of-nobody"), "ended with {code:?}: {stderr}");
    Ok(())
}
