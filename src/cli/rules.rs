//! What is judged by, for everything that judges objects.

use std::path::PathBuf;

use super::load;
use crate::catalogue::pod_security::standards::{Standard, Version};
use crate::config::{Loaded, Overrides};
use crate::modes::Profile;

/// Which policies judge, and how.
#[derive(Debug, clap::Args)]
pub(super) struct RulesArgs {
    /// Configuration file; without it the profile decides alone.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Profile instead of the configuration's.
    #[arg(long, value_name = "NAME")]
    profile: Option<Profile>,
    /// Report these policies, whatever the configuration says, and no others: codes, names, prefixes of themes or
    /// `all`, separated by commas. Their findings count as denied.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    select: Vec<String>,
    /// Do not report these policies.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Report what this Pod Security Standard would refuse, and nothing else: `baseline` or `restricted`, as the newest
    /// Kubernetes judges it, or as that of a version does, such as `restricted:v1.30`.
    #[arg(
        long,
        value_name = "LEVEL[:VERSION]",
        conflicts_with_all = ["config", "profile", "select", "ignore"]
    )]
    pod_security: Option<Standard>,
    /// The version of Kubernetes that the objects are meant for, such as `v1.38`: API versions that it no longer serves
    /// are found, and Pod security is judged as it does. Without, the newest that is known is meant, and for API
    /// versions the one after it.
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<Version>,
}

impl RulesArgs {
    /// Reads the configuration, with what the flags say over it.
    pub(super) fn load(&self) -> anyhow::Result<Loaded> {
        let overrides = Overrides {
            profile: self.profile,
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            pod_security: self.pod_security,
            kubernetes_version: self.kubernetes_version,
            ..Overrides::default()
        };
        load(self.config.as_deref(), &overrides)
    }
}
