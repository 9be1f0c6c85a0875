//! Seawall: a validating admission webhook for Kubernetes that keeps the known ways of taking production
//! down out of a cluster.
//!
//! From the ground up; a module imports from those below it only:
//! - [`tree`], [`metrics`]: the form everything judged is read into; what is counted
//! - [`object`]: typed lenses on the tree, with the API's names and defaults
//! - [`policy`], [`catalogue`]: what a policy is; all of them, one file each
//! - [`modes`], [`engine`]: which mode applies where; the one loop over policies
//! - [`config`], [`admission`], [`manifests`], [`report`], [`cluster`], [`certificates`], [`registration`]: the
//!   edges
//! - [`server`], [`audit`]: the two ports, and one review as a whole; what exists in a cluster, object by object
//! - [`app`], [`cli`]: where everything meets; what a user types

pub mod admission;
pub mod app;
pub mod audit;
pub mod catalogue;
pub mod certificates;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod engine;
pub mod manifests;
pub mod metrics;
pub mod modes;
pub mod object;
pub mod policy;
pub mod registration;
pub mod report;
pub mod server;
pub mod tree;
