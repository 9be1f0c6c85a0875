//! A cluster on this machine with Seawall in it, to try things out: `cargo run --example playground`.
//!
//! It is the cluster of the tests: a real API server with its controllers, and a stand-in for a node that runs the two
//! Pods which Helm installs from the chart. Everything is gone when it ends. `docs/testing.md` says what is needed.

#![expect(clippy::print_stdout, reason = "it talks to the person who started it")]

#[path = "../tests/cluster/support/mod.rs"]
#[expect(dead_code, reason = "most of it is for the scenarios of the tests")]
mod support;

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};

use support::binaries::Binaries;
use support::control_plane::ControlPlane;
use support::release::Release;
use support::scene::Scene;
use support::settings;

/// The release of the chart, and its namespace.
const SEAWALL: &str = "seawall";
/// The namespace of the manifests in `examples/`.
const SHOP: &str = "shop";

fn main() -> Result<()> {
    build()?;
    let release = settings::Release::chosen().map_err(anyhow::Error::msg)?;
    println!("Starting a control plane …");
    let cluster = ControlPlane::start(&Binaries::find(release)?)?;
    let scene = Scene::new(&cluster, SHOP)?;
    println!("Installing Seawall …");
    let seawall = Release::new(&cluster, SEAWALL, SEAWALL)?;
    seawall.run("install", &json!({"maxMode": "deny"}))?;
    seawall.wait_until_called(&scene)?;
    explain(&cluster);
    cluster.runtime().block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            pressed = ctrl_c() => pressed,
            _ = terminate.recv() => Ok(()),
        }
    })?;
    println!("\nCleaning up …");
    Ok(())
}

/// Cargo builds an example without the program. Together with the example, it is built from the same dependencies,
/// and these are there already.
fn build() -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--bin", "seawall", "--example", "playground", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(support::places::target_dir())
        .status()
        .context("could not start cargo")?;
    ensure!(status.success(), "seawall could not be built");
    Ok(())
}

fn explain(cluster: &ControlPlane) {
    let kubeconfig = cluster.kubeconfig("admin");
    let kubectl = cluster.program("kubectl");
    println!(
        "
Kubeconfig: {}

In another terminal, in the folder of this repository:

    export KUBECONFIG={0}
    alias kubectl={}
    kubectl get pods --namespace {SEAWALL}
    kubectl apply --filename examples/bad/web.yaml      # refused, with reasons
    kubectl apply --filename examples/good/web.yaml     # accepted
    kubectl edit configmap seawall --namespace {SEAWALL}    # maxMode: warn, then apply the bad one again
    kubectl rollout restart deployment seawall --namespace {SEAWALL}    # nobody notices

Ctrl-C ends everything.",
        kubeconfig.display(),
        kubectl.display(),
    );
}
