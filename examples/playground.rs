//! A cluster on this machine with Seawall in it, to try things out: `cargo run --example playground`.
//!
//! It is the cluster of the tests: a real API server with its controllers, and a stand-in for a node that runs Seawall
//! in two Pods. Everything is gone when it ends. `docs/testing.md` says what is needed.

#![expect(clippy::print_stdout, reason = "it talks to the person who started it")]

#[path = "../tests/cluster/support/mod.rs"]
#[expect(dead_code, reason = "most of it is for the scenarios of the tests")]
mod support;

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};

use support::binaries::Binaries;
use support::control_plane::ControlPlane;
use support::installation::{Installation, NAME, PORT};
use support::kubelet::Node;
use support::registration::Registration;
use support::scene::Scene;
use support::settings::Release;

/// The namespace that Seawall is in.
const NAMESPACE: &str = "seawall";
/// The namespace of the manifests in `examples/`.
const SHOP: &str = "shop";

const CONFIGURATION: &str = "apiVersion: seawall.dev/v1
kind: Configuration
profile: production
maxMode: deny    # or warn, or audit
";

fn main() -> Result<()> {
    build()?;
    let release = Release::chosen().map_err(anyhow::Error::msg)?;
    println!("Starting a control plane …");
    let cluster = ControlPlane::start(&Binaries::find(release)?)?;
    let _node = Node::start(&cluster, "playground", &[NAMESPACE])?;
    let scene = Scene::new(&cluster, SHOP)?;
    println!("Installing Seawall …");
    let _registration = install(&scene)?;
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

/// Cargo builds an example without the program.
fn build() -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--bin", "seawall", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(support::places::target_dir())
        .status()
        .context("could not start cargo")?;
    ensure!(status.success(), "seawall could not be built");
    Ok(())
}

fn install<'s>(scene: &'s Scene<'s>) -> Result<Registration<'s>> {
    let cluster = scene.cluster();
    let installation = Installation::create(cluster, NAMESPACE, &scene.authority, CONFIGURATION)?;
    installation.wait_until_available()?;
    let service = (NAMESPACE, NAME, PORT);
    Registration::of_service(cluster, SHOP, service, &scene.authority.certificate)
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
    kubectl get pods --namespace {NAMESPACE}
    kubectl apply --filename examples/bad/web.yaml      # refused, with reasons
    kubectl apply --filename examples/good/web.yaml     # accepted
    kubectl edit configmap seawall --namespace {NAMESPACE}    # maxMode: warn, then apply the bad one again
    kubectl rollout restart deployment seawall --namespace {NAMESPACE}    # nobody notices

Ctrl-C ends everything.",
        kubeconfig.display(),
        kubectl.display(),
    );
}
