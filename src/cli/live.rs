//! `seawall check --with-cluster`: the cluster behind the files, as it is now.

use std::io::Write;
use std::path::PathBuf;

use crate::app;
use crate::cluster::{ListError, Snapshot, Unlisted, list_facts};
use crate::engine::Rules;
use crate::manifests::{self, ManifestSet};
use crate::report::Plain;

/// Which cluster stands behind the files.
#[derive(Debug, clap::Args)]
pub(super) struct ClusterArgs {
    /// Judge the files beside what the cluster has: an object of the files takes the place of the one with its kind,
    /// namespace and name, and everything else is as the cluster has it, also what the files have no longer. Objects
    /// that exist are judged as new ones are: what the ratchet would let an update keep is found here, and `--baseline`
    /// can say that it is known. Nothing is written, and only what policies ask for is read, in the namespaces of the
    /// files. Objects that name no namespace go to that of the context.
    #[arg(long, conflicts_with_all = ["fix", "diff"])]
    with_cluster: bool,
    /// File with the cluster and the credentials; else KUBECONFIG, ~/.kube/config, or the Pod's own.
    #[arg(long, value_name = "FILE", requires = "with_cluster")]
    kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig, if it is not the current one.
    #[arg(long, value_name = "NAME", requires = "with_cluster")]
    context: Option<String>,
}

/// What is known of a cluster.
pub(super) struct Live {
    pub(super) facts: Snapshot,
    /// The namespaces that have been asked about.
    pub(super) namespaces: Vec<String>,
    /// The namespace of objects that name none.
    pub(super) default_namespace: String,
    /// A kind could not be read although that is allowed.
    pub(super) failed: bool,
}

impl ClusterArgs {
    /// Reads what policies have to know beside the objects of a set, if a cluster is wanted.
    pub(super) fn read(
        &self,
        set: &ManifestSet,
        rules: &Rules,
        namespace: Option<&str>,
    ) -> anyhow::Result<Option<Live>> {
        if !self.with_cluster {
            return Ok(None);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.list(set, rules, namespace)).map(Some)
    }

    async fn list(&self, set: &ManifestSet, rules: &Rules, namespace: Option<&str>) -> anyhow::Result<Live> {
        let client = app::reach(self.kubeconfig.as_deref(), self.context.as_deref()).await?;
        let default_namespace = namespace.unwrap_or(client.default_namespace()).to_owned();
        let namespaces = manifests::namespaces(set, rules, Some(&default_namespace));
        let mut kinds = app::followed(rules);
        // Without namespaces, those of all would be listed.
        kinds.retain(|kind| !kind.namespaced || !namespaces.is_empty());
        let (facts, unlisted) = list_facts(&client, &kinds, &namespaces).await?;
        for Unlisted { kind, error } in &unlisted {
            let reason = Plain(error);
            writeln!(
                anstream::stderr(),
                "warning: {kind} objects of the cluster cannot be read: {reason}: policies that need them are not \
                 evaluated"
            )?;
        }
        let failed = unlisted.iter().any(|it| !matches!(it.error, ListError::Refused(_)));
        Ok(Live { facts, namespaces, default_namespace, failed })
    }
}
