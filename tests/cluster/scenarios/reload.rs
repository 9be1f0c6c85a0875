//! Changes under load: new configuration, new certificates, and replicas that come and go.

use anyhow::{Context as _, Result, ensure};

use crate::Scenario;
use crate::support::configurations::{REFUSES, WARNS};
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::mutable_deployment;
use crate::support::ports;
use crate::support::registration::server_name;
use crate::support::relay::Relay;
use crate::support::scene::{Scene, VALID_UNTIL};
use crate::support::seawall::{Addresses, Seawall};
use crate::support::wait::{PATIENCE, eventually};
use crate::support::writers::Writers;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("reload::configuration", configuration),
    ("reload::certificate", certificate),
    ("reload::rolling_restart", rolling_restart),
];

fn configuration(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "configuration")?;
    let mut guarded = scene.guard(REFUSES)?;
    let writers = Writers::start(&scene)?;
    let bad = mutable_deployment("bad");
    ensure!(guarded.dry_run(&bad)?.refused_by() == ["IMG01"], "not refused at first");

    guarded.seawall.configure(WARNS)?;
    eventually(PATIENCE, || Ok(guarded.dry_run(&bad)?.is_success().then_some(())))
        .context("the new configuration is not taken")?;
    writers.go_on()?;

    guarded.seawall.configure("apiVersion: seawall.dev/v1\nkind: Configuration\nprofil: none\n")?;
    guarded.seawall.wait_for_metric("seawall_config_reloads_total", &[("result", "failure")], 0.0)?;
    ensure!(!guarded.dry_run(&bad)?.warnings.is_empty(), "the last good configuration is gone");
    let (status, detail) = guarded.seawall.readiness()?;
    ensure!(status == 200 && detail.contains("profil"), "readiness {status} says: {detail}");
    writers.go_on()?;

    guarded.seawall.configure(REFUSES)?;
    eventually(PATIENCE, || Ok((guarded.dry_run(&bad)?.refused_by() == ["IMG01"]).then_some(())))
        .context("nothing is taken after a bad configuration")?;
    let (_, detail) = guarded.seawall.readiness()?;
    ensure!(!detail.contains("profil"), "readiness still says: {detail}");
    writers.go_on()?;
    writers.finish()?;
    Ok(())
}

fn certificate(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "certificate")?;
    let mut guarded = scene.guard(REFUSES)?;
    let writers = Writers::start(&scene)?;
    let expiry = "seawall_certificate_expiry_timestamp_seconds";
    let before = guarded.seawall.metric(expiry, &[])?;

    let identity = scene.authority.issue(&server_name(&scene.name), VALID_UNTIL + 1)?;
    guarded.seawall.certify(&identity)?;
    guarded.seawall.wait_for_metric(expiry, &[], before)?;
    writers.go_on()?;
    // Connections that are open know nothing of the new certificate; one that is new has to trust it.
    let served = scene.authority.certificate_of(guarded.address, &server_name(&scene.name))?;
    ensure!(served == identity.der, "a new connection gets another certificate");
    writers.finish()?;
    Ok(())
}

/// Two replicas behind one Service are replaced one after the other while people write.
fn rolling_restart(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "rolling")?;
    let identity = scene.authority.issue(&server_name(&scene.name), VALID_UNTIL)?;
    let start = |name: &str, addresses: Addresses| {
        Seawall::start(&scene.dir(name)?, addresses, REFUSES, &identity, &["--drain-delay", "2"])
    };
    let addresses = || anyhow::Ok(Addresses { webhook: ports::loopback()?, admin: ports::loopback()? });
    let (first, second) = (addresses()?, addresses()?);
    let (mut one, mut two) = (start("one", first)?, start("two", second)?);
    let service = ports::service_address()?;
    let relay = Relay::start(cluster.runtime(), service, &[first, second])?;
    relay.wait_until_ready()?;
    let _registration = scene.register(service)?;
    scene.wait_until_called(&[&one, &two])?;
    let writers = Writers::start(&scene)?;
    writers.go_on()?;
    let before = relay.connections();
    ensure!(before.iter().all(|&count| count > 0), "a replica has nothing to do: {before:?}");

    one.terminate()?;
    let status = one.wait()?;
    ensure!(status.success(), "the first replica ended with {status}");
    writers.go_on()?;

    let _successor = start("three", first)?;
    relay.wait_until_ready()?;
    two.terminate()?;
    let status = two.wait()?;
    ensure!(status.success(), "the second replica ended with {status}");
    writers.go_on()?;
    let after = relay.connections();
    ensure!(after[0] > before[0], "nobody calls the successor: {before:?}, then {after:?}");

    writers.finish()?;
    Ok(())
}
