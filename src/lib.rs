//! Seawall: a validating admission webhook for Kubernetes that keeps the known ways of taking production
//! down out of a cluster.

pub mod certificates;
pub mod metrics;
pub mod server;
pub mod tree;
