//! The image at work.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::build::Image;
use crate::container::{Container, command};
use crate::tools::{needs, output};

pub(crate) fn version(image: &Image) -> Result<()> {
    let said = output(command(&image.root()?)?.arg("--version"))?;
    let wanted = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), "\n");
    ensure!(said == wanted, "{said}");
    Ok(())
}

pub(crate) fn serves(image: &Image) -> Result<()> {
    needs("curl", "apt-get install curl")?;
    let any = "127.0.0.1:0";
    let arguments = ["serve", "--dev", "--listen", any, "--admin-listen", any, "--drain-delay", "0"];
    let mut container = Container::start(&image.root()?, &arguments)?;
    let serving = container.says("serving")?;
    let address = |field: &str| serving[field].as_str().with_context(|| format!("no {field} in {serving}"));
    let (webhook, admin) = (address("webhook.address")?, address("admin.address")?);

    restricted(&container)?;

    let ready = curl(&[&format!("http://{admin}/readyz")])?;
    ensure!(ready.trim() == "ok", "{ready}");
    let review = privileged_pod().to_string();
    let url = format!("https://{webhook}/validate");
    let answer =
        curl(&["--insecure", "--header", "Content-Type: application/json", "--data", &review, &url])?;
    let answer: Value = serde_json::from_str(&answer)?;
    let response = &answer["response"];
    ensure!(response["uid"] == "1" && response["allowed"] == false, "{answer}");

    let status = container.stop()?;
    ensure!(status.success(), "stopped with {status}");
    Ok(())
}

/// That the surroundings are as strict as they should be: without it the test would prove less than it says.
fn restricted(container: &Container) -> Result<()> {
    let status = container.proc("status")?;
    let field = |name: &str| {
        let mut lines = status.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(field, _)| *field == name).map(|(_, value)| value.split_whitespace().collect::<Vec<_>>())
    };
    for (name, wanted) in [
        ("Uid", &["65532"; 4] as &[&str]),
        ("Gid", &["65532"; 4]),
        ("Groups", &[]),
        ("CapEff", &["0000000000000000"]),
        ("NoNewPrivs", &["1"]),
    ] {
        ensure!(field(name).is_some_and(|found| found == wanted), "{name} in {status}");
    }
    // Fields 5 and 6 are where it is mounted, from the process's root on, and how.
    let mounts = container.proc("mountinfo")?;
    let mut options = mounts.lines().map(|line| line.split(' ').skip(4).take(2).collect::<Vec<_>>());
    let root = options.find(|mount| mount.first() == Some(&"/")).context("no root")?;
    ensure!(root.get(1).is_some_and(|options| options.split(',').any(|it| it == "ro")), "{root:?}");
    Ok(())
}

fn curl(arguments: &[&str]) -> Result<String> {
    output(
        Command::new("curl").args(["--silent", "--show-error", "--fail", "--max-time", "30"]).args(arguments),
    )
}

fn privileged_pod() -> Value {
    let container = json!({ "name": "web", "image": "web:1.2.3", "securityContext": { "privileged": true } });
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "web", "namespace": "shop" },
        "spec": { "containers": [container] },
    });
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "1",
            "operation": "CREATE",
            "kind": { "group": "", "version": "v1", "kind": "Pod" },
            "resource": { "group": "", "version": "v1", "resource": "pods" },
            "namespace": "shop",
            "userInfo": { "username": "somebody" },
            "object": pod,
        },
    })
}
