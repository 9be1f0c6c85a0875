//! Secrets and configuration: where credentials may stand.

mod credential_in_env;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[Entry::of::<credential_in_env::CredentialInEnv>()];
