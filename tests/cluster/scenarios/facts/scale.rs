//! What it takes to know a large cluster. The figures are printed; what is asserted are counts.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::Method;
use seawall::catalogue;
use seawall::policy::Needs;
use serde_json::{Map, Value, json};

use crate::support::api::{self, Answer};
use crate::support::api_server::ApiServer;
use crate::support::audit::Call;
use crate::support::authority::Authority;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{CONTAINER, collection, deployment, with};
use crate::support::ports;
use crate::support::scene::VALID_UNTIL;
use crate::support::seawall::{Addresses, Seawall};
use crate::support::settings;
use crate::support::wait::eventually;

/// Who watches.
const USER: &str = "facts-scale";
/// How long it is looked at while nothing happens: longer than the longest pause between two attempts.
const IDLE: Duration = Duration::from_secs(35);
/// How many objects are written at the same time.
const WRITERS: usize = 48;
/// A hundred thousand objects take their time.
const PATIENCE: Duration = Duration::from_mins(10);

/// All objects are known after a start; a change is seen; and while nothing happens, nothing is asked but what watches are.
///
/// There are as many `StatefulSet`s as `SEAWALL_SCALE` says: they carry what Pods do, and nobody makes anything of them
/// here. There is a Deployment for five of them, and a namespace for twenty.
pub(super) fn of_a_large_cluster(cluster: &ControlPlane) -> Result<()> {
    let many = settings::scale()?;
    // Without controllers, which would take longer than everything else.
    let api_server = ApiServer::start(cluster, USER, &[])?;
    let authority = Authority::new()?;
    let identity = authority.issue(USER, VALID_UNTIL)?;
    let kubeconfig = format!("--kubeconfig={}", api_server.kubeconfig(USER, &["system:masters"])?);
    let configuration = configuration();
    let start = |replica: &str| {
        let addresses = Addresses { webhook: ports::loopback()?, admin: ports::loopback()? };
        let dir = cluster.dir().join(format!("{USER}-{replica}"));
        std::fs::create_dir_all(&dir)?;
        let arguments = [&kubeconfig, "--facts-memory=4096"];
        let seawall = Seawall::launch(&dir, addresses, &configuration, &identity, &arguments)?;
        seawall.wait_until_ready(PATIENCE)
    };
    let there_before = start("one")?;
    let empty = memory(&there_before)?;

    let began = Instant::now();
    let counts = fill(cluster, &api_server, many)?;
    let written = began.elapsed();
    wait_until_known(&there_before, &counts)?;
    let grown = memory(&there_before)?;
    drop(there_before);

    let asked = api_server.audited(USER)?.len();
    let began = Instant::now();
    let seawall = start("two")?;
    let ready = began.elapsed();
    wait_until_known(&seawall, &counts).context("after a start")?;
    let calls = api_server.audited(USER)?.split_off(asked);
    let pages = calls.iter().filter(|call| call.verb == "list").count();
    let streams =
        calls.iter().filter(|call| call.uri.contains("sendInitialEvents") && call.code == 200).count();
    ensure!((pages == 0) == (streams > 0), "{streams} streams, and {pages} pages of lists");
    let is_bounded = |call: &Call| call.verb != "list" || call.uri.contains("limit=");
    ensure!(calls.iter().all(is_bounded), "a list that is as long as it gets: {calls:#?}");
    let full = memory(&seawall)?;
    let processor = seawall.metric("process_cpu_seconds_total", &[])?;

    let late = with(workload("StatefulSet", "late"), "/metadata/namespace", json!("scale-0"));
    let before = known(&seawall, "StatefulSet")?;
    let began = Instant::now();
    api_server.call(Method::POST, &collection(&late, "scale-0"), Some(&late))?.success()?;
    eventually(PATIENCE, || Ok((known(&seawall, "StatefulSet")? > before).then_some(())))?;
    let seen = began.elapsed();

    let asked = api_server.audited(USER)?.len();
    thread::sleep(IDLE);
    let calls: Vec<Call> = api_server.audited(USER)?.split_off(asked);
    let others: Vec<&Call> = calls.iter().filter(|call| call.verb != "watch").collect();
    // A kind that is not there is asked for now and then, which is a list where the API server offers no streams.
    let needless = others.iter().filter(|call| call.code != 404).count();
    ensure!(needless == 0, "asked while nothing happens: {others:#?}");

    let objects: usize = counts.iter().map(|(_, count)| count).sum();
    let each = full.saturating_sub(empty) * 1024 / objects;
    let said = format!(
        "{objects} objects, written in {written:.1?}: {counts:?}
{streams} streams, {pages} pages of lists
ready {ready:.1?} after the start, of which {processor:.1} s on a processor; a change is seen after {seen:.0?}
resident, in KiB: {empty} without objects, {full} after the start, {grown} where all came as changes
{each} bytes an object
requests in {IDLE:?} in which nothing happens: {}, of which {} not to watch",
        calls.len(),
        others.len()
    );
    print(&said);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "figures are for those who ask for them, with `--nocapture`")]
fn print(said: &str) {
    println!("{said}");
}

/// Everything that has to be known of other objects.
fn configuration() -> String {
    let asking = catalogue::all().map(|entry| entry.meta).filter(|meta| meta.needs == Needs::Facts);
    let asking: Map<_, _> = asking.map(|meta| (meta.code.to_owned(), json!("audit"))).collect();
    json!({
        "apiVersion": "seawall.dev/v1", "kind": "Configuration", "profile": "none", "policies": asking,
    })
    .to_string()
}

/// Writes all objects; says how many there are of each kind.
fn fill(
    cluster: &ControlPlane,
    api_server: &ApiServer<'_>,
    many: usize,
) -> Result<[(&'static str, usize); 3]> {
    let namespaces = many.div_ceil(20);
    let counts = [("Namespace", namespaces), ("Deployment", many.div_ceil(5)), ("StatefulSet", many)];
    for (kind, count) in counts {
        let objects = (0..count).map(|number| {
            let object =
                workload(kind, &format!("{}-{number}", if kind == "Namespace" { "scale" } else { "web" }));
            let namespace = format!("scale-{}", number % namespaces);
            (collection(&object, &namespace), object)
        });
        let client = api_server.client();
        let write = async |(path, object): (String, Value)| {
            let answer = api::call(&client, Method::POST, &path, Some(object.to_string()), &[]).await;
            answer.and_then(Answer::success).map(drop)
        };
        let all = stream::iter(objects).map(write).buffer_unordered(WRITERS).try_collect::<()>();
        cluster.runtime().block_on(all)?;
    }
    // What the API server has made by itself.
    let list = api_server.call(Method::GET, "/api/v1/namespaces?limit=1", None)?.success()?.body;
    let more = list["metadata"]["remainingItemCount"].as_u64().context("no count")?;
    let [(_, _), others @ ..] = counts;
    let [deployments, stateful_sets] = others;
    Ok([("Namespace", usize::try_from(more)? + 1), deployments, stateful_sets])
}

/// An object with as much in it as in clusters.
fn workload(kind: &str, name: &str) -> Value {
    if kind == "Namespace" {
        return json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "labels": {"team": "shop"}}});
    }
    let variable = |number| json!({"name": format!("VARIABLE_{number}"), "value": format!("https://{name}.example/{number}")});
    let probe = json!({"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 5});
    let object = with(deployment(name), "/kind", json!(kind));
    let object = with(object, &format!("{CONTAINER}/env"), (0..12).map(variable).collect());
    let object = with(object, &format!("{CONTAINER}/livenessProbe"), probe.clone());
    let object = with(object, &format!("{CONTAINER}/readinessProbe"), probe);
    if kind == "StatefulSet" { with(object, "/spec/serviceName", json!(name)) } else { object }
}

fn wait_until_known(seawall: &Seawall, counts: &[(&str, usize)]) -> Result<()> {
    for (kind, count) in counts {
        eventually(PATIENCE, || Ok((known(seawall, kind)? == *count).then_some(())))
            .with_context(|| format!("{:?} of {count} {kind} objects are known", known(seawall, kind)))?;
    }
    Ok(())
}

fn known(seawall: &Seawall, kind: &str) -> Result<usize> {
    let count = seawall.metric("seawall_facts_objects", &[("kind", kind)])?;
    count.to_string().parse().context("no whole number")
}

/// Resident memory in KiB.
fn memory(seawall: &Seawall) -> Result<usize> {
    let bytes = seawall.metric("process_resident_memory_bytes", &[])?;
    (bytes / 1024.0).trunc().to_string().parse().context("no whole number")
}
