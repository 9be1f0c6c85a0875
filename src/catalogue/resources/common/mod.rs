//! What policies about resources have in common.

pub(super) mod empty_dirs;
pub(super) mod missing;
pub(super) mod ratios;
pub(super) mod supplied;
