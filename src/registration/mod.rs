//! The webhooks that a configuration needs: computed from what its enabled policies look at, and nothing more; and the
//! loop that keeps those of a cluster that way.

mod compare;
mod conditions;
mod endpoint;
mod keeper;
pub mod manifest;
mod pace;
mod plan;
mod rules;
mod settings;
mod target;
#[cfg(test)]
mod tests;

pub use endpoint::{Endpoint, EndpointError, Service, is_label, server_name};
pub use keeper::{Bundle, Keeper, Report, State, Verifies};
pub use plan::{CLOSED, OPEN, REST, plan};
pub use settings::{FailClosed, NEVER_REVIEWED, Settings};
pub use target::{Cause, Fields, Names};
