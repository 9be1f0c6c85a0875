//! Helm itself: what the scenarios about the chart take for granted.

use std::fs;

use anyhow::{Result, ensure};
use http::Method;

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::helm::Helm;
use crate::support::scene::Scene;

pub(crate) const SCENARIOS: &[Scenario] = &[("helm_works", works)];

const CHART: &str = "
apiVersion: v2
name: small
version: 0.1.0
icon: https://chart.example/icon.png
";

const TEMPLATE: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {colour: {{ .Values.colour }}}
";

/// A release is installed, upgraded, rolled back and removed.
fn works(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "helm")?;
    let dir = scene.dir("chart")?;
    let helm = Helm::new(&dir, Some(&cluster.kubeconfig("admin")))?;
    let chart = dir.join("small");
    fs::create_dir_all(chart.join("templates"))?;
    fs::write(chart.join("Chart.yaml"), CHART)?;
    fs::write(chart.join("values.yaml"), "colour: red")?;
    fs::write(chart.join("templates/map.yaml"), TEMPLATE)?;
    let colour = || -> Result<String> {
        let path = "/api/v1/namespaces/helm-release/configmaps/it";
        let answer = cluster.call(Method::GET, path, None)?;
        Ok(answer.body["data"]["colour"].as_str().unwrap_or("none").to_owned())
    };

    helm.lint(&chart, &[])?.success()?;
    let rendered = helm.template("helm-release", "it", &chart, &["--set", "colour=green"])?.success()?;
    ensure!(rendered.stdout.contains("colour: green"), "rendered {}", rendered.stdout);
    helm.install("helm-release", "it", &chart, &[])?.success()?;
    ensure!(colour()? == "red", "installed with {}", colour()?);
    helm.upgrade("helm-release", "it", &chart, &["--set", "colour=blue"])?.success()?;
    ensure!(colour()? == "blue", "upgraded to {}", colour()?);
    helm.rollback("helm-release", "it", 1)?.success()?;
    ensure!(colour()? == "red", "rolled back to {}", colour()?);
    helm.test("helm-release", "it")?.success()?;
    helm.uninstall("helm-release", "it")?.success()?;
    ensure!(colour()? == "none", "still there after it was removed");
    Ok(())
}
