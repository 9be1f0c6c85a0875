//! Seawall: a validating admission webhook for Kubernetes that keeps the known ways of taking production
//! down out of a cluster.

pub mod admission;
pub mod app;
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
pub mod report;
pub mod server;
pub mod tree;
