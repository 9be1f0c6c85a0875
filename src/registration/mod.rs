//! Which calls the API server sends to Seawall: computed from the configuration, and kept that way in a cluster.

mod keeper;
mod pace;
mod target;

pub use keeper::{Bundle, Keeper, Report, State};
pub use target::{Cause, Fields, Names};
