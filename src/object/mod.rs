//! Kubernetes objects, seen through typed lenses on the tree.
//!
//! A lens is a `Copy` value with the API's names; it costs nothing to make and reads the tree when asked.
//! `lens!` declares the fields of a kind once, for accessors, for API defaults and for the
//! [shape check](shape). Everything that a Pod template needs before it reads like the Pod it becomes is in
//! [`pod`].

mod lens;

pub mod apps;
pub mod autoscaling;
pub mod backend;
pub mod batch;
pub mod cidr;
pub mod command;
pub mod configuration;
pub mod disruption;
pub mod environment;
pub mod external_secrets;
pub mod gateway;
pub mod gitops;
pub mod heap;
pub mod image;
pub mod key;
pub mod kinds;
pub mod lifecycle;
pub mod meta;
pub mod monitoring;
pub mod network;
pub mod node;
pub mod openshift;
pub mod operation;
pub mod pod;
pub mod pod_spec;
pub mod quantity;
pub mod quota;
pub mod rbac;
pub mod references;
pub mod resources;
pub mod scheduling;
pub mod secret_sources;
pub mod security_context;
pub mod selector;
pub mod shape;
pub mod share;
pub mod storage;
pub mod subresources;
pub mod vertical_autoscaling;
pub mod volume;
pub mod webhooks;
pub mod workload;

pub(crate) use lens::push_absent;
pub use lens::{At, Bool, Int, IntOrString, List, Map, NumberOrText, Place, Quantities, Text, View};
