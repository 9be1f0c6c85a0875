//! The webhooks that a configuration needs: computed from what its enabled policies look at, and nothing more.

mod conditions;
mod endpoint;
pub mod manifest;
mod plan;
mod rules;
mod settings;
#[cfg(test)]
mod tests;

pub use endpoint::{Endpoint, EndpointError, Service};
pub use plan::{CLOSED, OPEN, REST, plan};
pub use settings::{FailClosed, NEVER_REVIEWED, Settings};
