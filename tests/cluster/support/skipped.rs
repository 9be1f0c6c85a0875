//! Why something cannot be run on this machine.

/// The error of what cannot be run here, with the reason.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Skipped(pub(crate) String);
