//! What the chart lets Seawall do in the cluster: what it does, and nothing else.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use k8s_openapi::api::rbac::v1::PolicyRule;
use seawall::catalogue;
use serde_json::{Map, json};

use crate::Scenario;
use crate::support::audit::Call;
use crate::support::control_plane::ControlPlane;
use crate::support::release::Release;
use crate::support::scene::Scene;
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[("rights::all_are_used_and_suffice", all_are_used_and_suffice)];

/// One thing that somebody may do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Right {
    verb: String,
    group: String,
    /// With its subresource, if it is about one.
    resource: String,
    /// The only object that it is about, if there is but one.
    name: Option<String>,
    /// The only namespace in which it holds, if there is but one.
    namespace: Option<String>,
}

/// Everything that Seawall does in its life, held against what it may do.
fn all_are_used_and_suffice(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "entitled")?;
    // Read is only what enabled policies ask for, and audited what they look at: here all of them.
    let all = catalogue::all().map(|entry| (entry.meta.code.to_owned(), json!("audit")));
    let all: Map<_, _> = all.collect();
    let release = Release::install(
        &scene,
        &json!({
            "config": { "policies": all },
            "rbac": { "secretNames": true },
            "audit": { "enabled": true, "secrets": true },
        }),
    )?;
    let map = release.get("/api/v1", "configmaps", &release.name)?.success()?.body;
    let good = map["data"]["seawall.yaml"].as_str().context("no configuration")?.to_owned();
    release.configure("profil: none\n")?;
    release.wait_for_event("ConfigurationRefused", 0)?;
    release.rotate("leaf")?;
    release.wait_for_event("CertificateRenewed", 0)?;
    release.tamper(&json!([{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]))?;
    release.wait_for_event("RegistrationRepaired", 0)?;
    release.configure(&good)?;
    release.wait_for_event("ConfigurationTaken", 0)?;

    let audits = || release.metric("seawall_audits_total", &[("result", "complete")]);
    eventually(2 * PATIENCE, || Ok((audits()? >= 1.0).then_some(()))).context("nothing is audited")?;

    let rights = rights(cluster, &release)?;
    let calls = cluster.audited_account(&release.namespace, &release.name)?;
    for call in &calls {
        ensure!(![401, 403].contains(&call.code), "refused: {call:?}");
    }
    // A kind that this cluster does not have is asked for, and then not watched until somebody installs it.
    let is_absent = |right: &Right| {
        calls
            .iter()
            .any(|call| (&call.group, &call.resource, call.code) == (&right.group, &right.resource, 404))
    };
    // Where the API server sends all objects at the beginning of a watch, none of them has to be listed.
    let is_streamed = |right: &Right| {
        let streams = calls.iter().filter(|call| call.uri.contains("sendInitialEvents"));
        right.verb == "list"
            && streams.into_iter().any(|it| (&it.group, &it.resource) == (&right.group, &right.resource))
    };
    let used = |right: &Right| {
        let is_used = calls.iter().any(|call| right.allows(call) && call.code < 300);
        is_used || is_absent(right) || is_streamed(right)
    };
    let unused: Vec<_> = rights.iter().filter(|right| !used(right)).collect();
    ensure!(unused.is_empty(), "granted, and of no use: {unused:#?}");

    release.uninstall()?;
    let calls = cluster.audited_account(&release.namespace, &release.name)?;
    let beyond: Vec<_> = calls.iter().filter(|call| !rights.iter().any(|it| it.allows(call))).collect();
    ensure!(beyond.is_empty(), "called, and not granted: {beyond:#?}");
    Ok(())
}

/// What the roles of a release grant, as they are in the cluster.
fn rights(cluster: &ControlPlane, release: &Release<'_>) -> Result<BTreeSet<Right>> {
    let api = "/apis/rbac.authorization.k8s.io/v1";
    let role = release.get(api, "roles", &release.name)?.success()?.body;
    let cluster_role = cluster.call(Method::GET, &format!("{api}/clusterroles/{}", release.name), None)?;
    let cluster_role = cluster_role.success()?.body;
    let mut rights = BTreeSet::new();
    for (role, namespace) in [(role, Some(release.namespace.as_str())), (cluster_role, None)] {
        for rule in role["rules"].as_array().context("no rules")? {
            ensure!(rule["nonResourceURLs"].is_null(), "about no resource: {rule}");
            add(&mut rights, serde_json::from_value(rule.clone())?, namespace);
        }
    }
    Ok(rights)
}

/// Everything that one rule is about, one by one.
fn add(rights: &mut BTreeSet<Right>, rule: PolicyRule, namespace: Option<&str>) {
    let names = rule.resource_names.unwrap_or_default().into_iter().map(Some);
    let names: Vec<Option<String>> = if names.len() == 0 { vec![None] } else { names.collect() };
    for group in rule.api_groups.iter().flatten() {
        for resource in rule.resources.iter().flatten() {
            for verb in &rule.verbs {
                rights.extend(names.iter().map(|name| Right {
                    verb: verb.clone(),
                    group: group.clone(),
                    resource: resource.clone(),
                    name: name.clone(),
                    namespace: namespace.map(ToOwned::to_owned),
                }));
            }
        }
    }
}

impl Right {
    /// Whether a call is one of those that this is about. A wildcard is no right that could be used up.
    fn allows(&self, call: &Call) -> bool {
        let resource = match call.subresource.as_str() {
            "" => call.resource.clone(),
            subresource => format!("{}/{subresource}", call.resource),
        };
        self.verb == call.verb
            && self.group == call.group
            && self.resource == resource
            && self.name.as_ref().is_none_or(|name| *name == call.name)
            && self.namespace.as_ref().is_none_or(|namespace| *namespace == call.namespace)
    }
}
