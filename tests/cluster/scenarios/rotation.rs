//! Certificates that the chart leaves to Seawall, replaced while people write.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::authority::certificate_of;
use crate::support::control_plane::ControlPlane;
use crate::support::kubelet::replica::Replica;
use crate::support::release::{ADMIN, Release};
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};
use crate::support::writers::Writers;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("rotation::leader_killed", leader_killed),
    ("rotation::certificate_and_authority", certificate_and_authority),
];

/// The port of reviews of a Pod.
const WEBHOOK: u16 = 8443;
/// What the Lease is taken for.
const LEASE: Duration = Duration::from_secs(15);

/// An hour is the usual overlap; nobody waits for that here.
fn values() -> Value {
    json!({"extraArgs": ["--tls-overlap=4"]})
}

/// Whoever writes notices nothing, and every write is reviewed.
fn certificate_and_authority(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "rotated")?;
    let release = Release::install(&scene, &values())?;
    let replicas = release.wait_for_replicas(2)?;
    let authority = release.bundle()?;
    let first = served_by_all(&release, &replicas)?;
    let writers = Writers::start_warned(&scene)?;
    writers.go_on()?;

    release.rotate("leaf")?;
    let second = another_served_by_all(&release, &replicas, &first)?;
    ensure!(release.bundle()? == authority, "the authority was replaced with the certificate");
    writers.go_on()?;

    release.rotate("ca")?;
    let both = bundle_of(&release, &replicas, 2)?;
    ensure!(both.contains(authority.trim()), "the old authority is gone before its certificate");
    let third = another_served_by_all(&release, &replicas, &second)?;
    let next = bundle_of(&release, &replicas, 1)?;
    ensure!(next.trim() != authority.trim(), "the old authority stays, and the new one is gone");
    ensure!(served_by_all(&release, &replicas)? == third, "and yet another certificate");
    let by_the_old = certificate_of(replicas[0].address(WEBHOOK), &name(&release), authority.as_bytes());
    ensure!(by_the_old.is_err(), "the old authority verifies what is served");
    writers.go_on()?;
    writers.finish()?;

    let secret = release.get("/api/v1", "secrets", &format!("{}-tls", release.name))?.success()?.body;
    let annotations = &secret["metadata"]["annotations"];
    ensure!(annotations["seawall.dev/rotate"].is_null(), "the Secret still asks for it: {annotations}");
    let renewals = release.wait_for_event("CertificateRenewed", 1)?;
    ensure!(renewals.iter().all(|note| note.contains("valid until")), "events say: {renewals:?}");
    release.wait_for_readiness(|detail| !detail.contains("certificate: "))?;
    for replica in &replicas {
        let loads = replica.metric(ADMIN, "seawall_certificate_reloads_total", &[("result", "success")])?;
        ensure!(loads >= 2.0, "{} has taken {loads} certificates, or was restarted", replica.name);
    }
    Ok(())
}

/// What a replica has begun, another ends.
fn leader_killed(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "handed-over")?;
    let release = Release::install(&scene, &values())?;
    let replicas = release.wait_for_replicas(2)?;
    let authority = release.bundle()?;
    let first = served_by_all(&release, &replicas)?;
    let leader = release.leader()?.context("nobody leads")?;
    let other = replicas.iter().find(|it| it.name != leader.name).context("nobody follows")?;
    let writers = Writers::start(&scene)?;
    writers.go_on()?;

    release.rotate("ca")?;
    eventually(PATIENCE, || {
        let authorities = secret(&release, "ca.crt")?;
        Ok((authorities.matches("BEGIN CERTIFICATE").count() == 2).then_some(()))
    })
    .context("the rotation does not begin")?;
    release.node.hold(true);
    leader.signal("KILL")?;
    let before = secret(&release, "tls.crt")?;
    let last = lease(&release, "renewTime")?;

    eventually(PATIENCE, || Ok(release.leader()?.filter(|it| it.name == other.name)))
        .context("the other does not take over")?;
    let waited = lease(&release, "acquireTime")?.duration_since(last).unsigned_abs();
    ensure!(waited >= LEASE, "there might have been two leaders: taken over after {waited:?}");
    ensure!(waited < LEASE * 2, "taken over after {waited:?}");
    let survivor = std::slice::from_ref(other);
    let next = bundle_of(&release, survivor, 1)?;
    ensure!(next.trim() != authority.trim(), "the rotation was undone");
    ensure!(served_by_all(&release, survivor)? != first, "the old certificate is still served");
    ensure!(secret(&release, "tls.crt")? != before, "the leader had done everything before it was killed");
    writers.go_on()?;
    writers.finish()?;

    release.node.hold(false);
    release.wait_for_replicas(2)?;
    served_by_all(&release, &replicas)?;
    let leader = release.leader()?.context("nobody leads")?;
    ensure!(leader.name == other.name, "who comes back takes the Lease away");
    Ok(())
}

/// The name that the API server asks for.
fn name(release: &Release<'_>) -> String {
    format!("{}.{}.svc", release.name, release.namespace)
}

/// The certificates that replicas serve; an error if the API server would refuse one of them at this moment.
fn served(release: &Release<'_>, replicas: &[Arc<Replica>]) -> Result<BTreeSet<Vec<u8>>> {
    let authorities = release.bundle()?;
    let served = replicas.iter().map(|replica| {
        certificate_of(replica.address(WEBHOOK), &name(release), authorities.as_bytes())
            .with_context(|| format!("what {} serves is not verified by caBundle", replica.name))
    });
    served.collect()
}

/// The one certificate that all replicas serve.
fn served_by_all(release: &Release<'_>, replicas: &[Arc<Replica>]) -> Result<Vec<u8>> {
    let mut served = served(release, replicas)?;
    ensure!(served.len() == 1, "replicas serve {} certificates", served.len());
    served.pop_first().context("no replica")
}

/// Waits until all replicas serve another certificate than before, and the same.
fn another_served_by_all(release: &Release<'_>, replicas: &[Arc<Replica>], before: &[u8]) -> Result<Vec<u8>> {
    eventually(PATIENCE, || {
        let mut served = served(release, replicas)?;
        // While only one has taken it, there are two.
        let is_one = served.len() == 1;
        Ok(served.pop_first().filter(|served| is_one && served != before))
    })
    .context("no other certificate is served by all")
}

/// Waits until so many authorities are trusted.
fn bundle_of(release: &Release<'_>, replicas: &[Arc<Replica>], count: usize) -> Result<String> {
    let is_of = |bundle: &String| bundle.matches("BEGIN CERTIFICATE").count() == count;
    eventually(PATIENCE, || {
        served(release, replicas)?;
        Ok(Some(release.bundle()?).filter(is_of))
    })
    .with_context(|| format!("caBundle does not come to hold {count}"))
}

/// What stands in the Secret of the certificate.
fn secret(release: &Release<'_>, key: &str) -> Result<String> {
    let secret = release.get("/api/v1", "secrets", &format!("{}-tls", release.name))?.success()?;
    let secret: k8s_openapi::api::core::v1::Secret = serde_json::from_value(secret.body)?;
    let value = secret.data.and_then(|mut data| data.remove(key)).with_context(|| key.to_owned())?;
    Ok(String::from_utf8(value.0)?)
}

/// A time in the Lease.
fn lease(release: &Release<'_>, field: &str) -> Result<Timestamp> {
    let lease = release.get("/apis/coordination.k8s.io/v1", "leases", &release.name)?.success()?.body;
    Ok(lease["spec"][field].as_str().context("no such time")?.parse()?)
}
