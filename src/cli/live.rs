//! `seawall check --with-cluster`: the cluster behind the files, as it is now.

use std::io::Write;
use std::path::PathBuf;

use crate::app;
use crate::cluster::{ListError, Snapshot, Unlisted, list_facts};
use crate::engine::Rules;
use crate::manifests::{self, ManifestSet};
use crate::object::kinds;
use crate::policy::Fallback;
use crate::report::Plain;

/// Which cluster stands behind the files.
#[derive(Debug, clap::Args)]
pub(super) struct ClusterArgs {
    /// Judge the files beside what the cluster has: an object of the files takes the place of the one with its kind,
    /// namespace and name, and everything else is as the cluster has it, also what the files have no longer. Objects
    /// that exist are judged as new ones are: what the ratchet would let an update keep is found here, and `--baseline`
    /// can say that it is known. Nothing is written, and only what policies ask for is read; where that may not be read
    /// in all namespaces, in those of the files. Objects that name no namespace go to that of the context.
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
    everything: Snapshot,
    /// Of what may not be listed in all namespaces, what is in those of the files.
    nearby: Snapshot,
    /// The namespace of objects that name none.
    pub(super) namespace: String,
    /// Something could not be read although that is allowed.
    pub(super) failed: bool,
}

impl Live {
    pub(super) fn facts(&self) -> Fallback<'_> {
        Fallback(&self.everything, &self.nearby)
    }
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
        let namespace = namespace.unwrap_or(client.default_namespace()).to_owned();
        let mut followed = app::followed(rules);
        let (everything, mut unlisted) = list_facts(&client, &followed, &[]).await?;
        // Most people may read a few namespaces and not all.
        let namespaces = manifests::namespaces(set, rules, Some(&namespace));
        let is_refused = |it: &Unlisted| matches!(it.error, ListError::Refused(_));
        followed.retain(|kind| {
            let is_near = kind.namespaced || **kind == kinds::NAMESPACE;
            is_near && unlisted.iter().any(|it| it.kind == kind.name && is_refused(it))
        });
        let mut nearby = Snapshot::default();
        if !followed.is_empty() && !namespaces.is_empty() {
            unlisted.retain(|it| !followed.iter().any(|kind| it.kind == kind.name));
            let (found, not_even_there) = list_facts(&client, &followed, &namespaces).await?;
            nearby = found;
            unlisted.extend(not_even_there);
        }
        for Unlisted { kind, error } in &unlisted {
            let reason = Plain(error);
            writeln!(
                anstream::stderr(),
                "warning: {kind} objects of the cluster cannot be read: {reason}: policies that need them are not \
                 evaluated"
            )?;
        }
        let failed = unlisted.iter().any(|it| !is_refused(it));
        Ok(Live { everything, nearby, namespace, failed })
    }
}
