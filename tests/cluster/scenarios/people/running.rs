//! What is done to Pods that run.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use super::{ALICE, let_in, refused, warned_of};
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{deployment, with};
use crate::support::output::Output;
use crate::support::scene::{Guarded, Scene, User};
use crate::support::wait::{PATIENCE, eventually};

/// Everybody's access goes through this; whoever is on call may do it all.
const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {ADM02: deny, ADM03: deny, ADM04: deny, ADM07: deny, ADM08: warn, AVL27: deny, RES07: deny}
rules:
  - {scope: {groups: [developers]}, policies: [ADM01], mode: deny}
  - {scope: {groups: [oncall]}, policies: [ADM02, ADM03, ADM04, AVL27], mode: off}
  - {scope: {names: [vault]}, policies: [ADM03], mode: deny}
";

/// Who may run commands, but not copy.
const SUPPORT: User<'_> = User { name: "sam", groups: &["support"] };
const ON_CALL: User<'_> = User { name: "olga", groups: &["oncall"] };

/// What the API server says of a connection to a Pod that was let in, and that no node runs.
const NO_NODE: &str = "does not have a host";

pub(super) fn at_running_pods(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "running")?;
    let guarded = scene.guard(POLICIES)?;
    // Its Pod is one that a controller makes and that nobody minds.
    guarded.create(&with(deployment("web"), "/spec/replicas", json!(1)))?.success()?;
    let pod = running_pod(&guarded)?;

    connections(&guarded, &pod)?;
    proxies(&guarded, &pod)?;
    changes(&guarded, &pod)?;
    pods_without_an_owner(&guarded)?;
    removals(&guarded, &pod)
}

/// The name of the Pod; kubectl only connects to one that says that it runs.
fn running_pod(guarded: &Guarded<'_>) -> Result<String> {
    let pods = "/api/v1/namespaces/running/pods";
    let name = eventually(PATIENCE, || {
        let listed = guarded.cluster().call(Method::GET, pods, None)?.success()?;
        let pods = listed.body["items"].as_array().into_iter().flatten();
        let mut alive = pods.filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
        Ok(alive.find_map(|pod| pod["metadata"]["name"].as_str().map(ToOwned::to_owned)))
    });
    let name = name.context("the Deployment gets no Pod")?;
    let headers = [("Content-Type", "application/merge-patch+json")];
    let status = json!({"status": {"phase": "Running"}});
    let path = format!("{pods}/{name}/status");
    guarded.cluster().call_with(Method::PATCH, &path, Some(&status), &headers)?.success()?;
    Ok(name)
}

fn connections(guarded: &Guarded<'_>, pod: &str) -> Result<()> {
    let by = |user, arguments: &[&str]| guarded.kubectl_as(user, arguments, "");
    refused(by(ALICE, &["exec", pod, "--", "id"])?, "ADM01")?;
    passed(by(SUPPORT, &["exec", pod, "--", "id"])?, NO_NODE)?;

    let file = guarded.dir("one")?.join("fix.sh");
    fs::write(&file, "true")?;
    let (file, there) = (file.to_string_lossy(), format!("{pod}:/tmp/fix.sh"));
    // Nothing can be seen of a copy that is not of an exec too.
    refused(by(ALICE, &["cp", &there, &file])?, "ADM01")?;
    for arguments in [["cp", &there, &file], ["cp", &file, &there]] {
        refused(by(SUPPORT, &arguments)?, "ADM02")?;
        passed(by(ON_CALL, &arguments)?, NO_NODE)?;
    }
    for arguments in [["attach", pod].as_slice(), &["port-forward", pod, ":5432"]] {
        refused(by(ALICE, arguments)?, "ADM03")?;
        passed(by(ON_CALL, arguments)?, NO_NODE)?;
    }
    Ok(())
}

/// What is asked for through the API server's proxy comes with and without a path, a port and a verb.
fn proxies(guarded: &Guarded<'_>, pod: &str) -> Result<()> {
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    });
    guarded.create(&service)?.success()?;
    let raw = |user, path: &str| {
        guarded.kubectl_as(user, &["get", "--raw", &format!("/api/v1/namespaces/running/{path}")], "")
    };
    let (pod, service) = (format!("pods/{pod}:8080/proxy/metrics"), "services/http:web:80/proxy/");
    for path in [pod.as_str(), service] {
        refused(raw(ALICE, path)?, "ADM03")?;
    }
    // A rule for names means the Pod or Service, with whichever scheme and port it is asked for.
    refused(raw(ON_CALL, "services/https:vault:ui/proxy/")?, "ADM03")?;
    // There is nobody whom it could reach.
    passed(raw(ON_CALL, &pod)?, "address not allowed")?;
    passed(raw(ON_CALL, service)?, "no endpoints available")?;
    Ok(())
}

fn changes(guarded: &Guarded<'_>, pod: &str) -> Result<()> {
    let debug = ["debug", pod, "--image=registry.example/tools:1.2.3", "--container=debugger"];
    refused(guarded.kubectl_as(ALICE, &debug, "")?, "ADM04")?;
    let_in(guarded.kubectl_as(ON_CALL, &debug, "")?)?;

    let resize = |memory: &str| {
        let resources = json!({"requests": {"memory": memory}, "limits": {"memory": memory}});
        let change = json!({"spec": {"containers": [{"name": "app", "resources": resources}]}}).to_string();
        guarded.kubectl_as(ALICE, &["patch", "pod", pod, "--subresource=resize", "--patch", &change], "")
    };
    refused(resize("2Ti")?, "RES07")?;
    let_in(resize("256Mi")?)?;

    let image = "app=registry.example/app:1.4.3";
    refused(guarded.kubectl_as(ALICE, &["set", "image", &format!("pod/{pod}"), image], "")?, "ADM07")?;
    let_in(guarded.kubectl_as(ALICE, &["label", "pod", pod, "looked-at=true"], "")?)
}

fn pods_without_an_owner(guarded: &Guarded<'_>) -> Result<()> {
    let run = ["run", "bare", "--image=registry.example/app:1.4.2"];
    refused(guarded.kubectl_as(ALICE, &run, "")?, "AVL27")?;
    let alone = with(deployment("alone"), "/kind", json!("ReplicaSet"));
    ensure!(guarded.rejects(&alone)?.refused_by() == ["AVL27"], "a ReplicaSet of nobody is let in");
    let_in(guarded.kubectl_as(ON_CALL, &run, "")?)?;
    // Nobody says that it should have another image.
    let_in(guarded.kubectl_as(ALICE, &["set", "image", "pod/bare", "bare=registry.example/app:1.4.3"], "")?)
}

/// `--raw` sends one request for them all, which kubectl itself never does.
fn removals(guarded: &Guarded<'_>, pod: &str) -> Result<()> {
    let all = ["delete", "--raw", "/api/v1/namespaces/running/pods?labelSelector=app%3Dweb"];
    warned_of(guarded.kubectl_as(ALICE, &all, "")?, "ADM08")?;
    let next = running_pod_but(guarded, pod)?;
    let_in(guarded.kubectl_as(ALICE, &["delete", "pod", &next], "")?)
}

fn running_pod_but(guarded: &Guarded<'_>, gone: &str) -> Result<String> {
    eventually(PATIENCE, || {
        let path = "/api/v1/namespaces/running/pods?labelSelector=app%3Dweb";
        let listed = guarded.cluster().call(Method::GET, path, None)?.success()?;
        let names = listed.body["items"].as_array().into_iter().flatten();
        let mut names = names.filter_map(|pod: &Value| pod["metadata"]["name"].as_str());
        Ok(names.find(|name| *name != gone).map(ToOwned::to_owned))
    })
    .context("no Pod comes back")
}

/// A request that was let in, and then failed for another reason.
fn passed(output: Output, reason: &str) -> Result<()> {
    let shown = output.failure()?;
    ensure!(shown.contains(reason) && !shown.contains("denied the request"), "not `{reason}`: {shown}");
    Ok(())
}
