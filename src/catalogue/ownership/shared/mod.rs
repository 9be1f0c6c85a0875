//! What policies about ownership have in common.

pub(super) mod break_glass;
pub(super) mod change;
pub(super) mod freeze;
pub(super) mod labels;
pub(super) mod owner;
