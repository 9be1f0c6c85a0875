//! What several policies of the theme ask.

pub(super) mod bound;
pub(super) mod rights;
pub(super) mod token;
pub(super) mod written;
