//! `STO06 database-deployment`: what keeps data needs a StatefulSet.

use super::databases;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Deployment runs a database, a queue or a registry.
    ///
    /// Images are told by the last part of their path, which has to be just this name: `redis`, not `redis-exporter`. The main
    /// containers and sidecars are looked at. A Redis that is told to write nothing to a disk (`--save ""`) is a cache, and
    /// passes.
    ///
    /// ## Why
    /// The Pods of a Deployment are alike, come in any order and share their volumes: at a rollout two databases open the same
    /// files, or the second waits for the disk of the first, and after a restart a member of a cluster has another name.
    ///
    /// ## Fix
    /// Use a StatefulSet with `volumeClaimTemplates`, an operator, or a database outside the cluster.
    ///
    /// ## Exceptions
    /// Caches that are configured by a file, and databases for tests.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: db, namespace: shop }
    /// spec: { template: { spec: { containers: [{ name: db, image: "postgres:17.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: db-exporter, namespace: shop }
    /// spec: { template: { spec: { containers: [{ name: exporter, image: "prometheuscommunity/postgres-exporter:v0.16.0" }] } } }
    /// ```
    pub(super) DatabaseDeployment = {
        code: "STO06",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        kinds: &[&kinds::DEPLOYMENT],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Names of images that keep data, without registry, path and tag.
    images: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { images: databases::images() }
    }
}

impl Check for DatabaseDeployment {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for (_, image) in databases::of(pod, &params.images) {
            let name = shown(image.reference.basename());
            out.report(
                image.text,
                format_args!("`{name}` keeps data, and a Deployment treats its Pods as alike"),
            );
        }
    }
}
