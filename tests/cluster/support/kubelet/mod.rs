//! A stand-in for a node: it takes Pods as the API server has them and runs them as processes of this machine.
//!
//! What is different from a real node is listed in `docs/testing.md`. What it does not understand in a Pod, it says
//! in the Pod's status, and does not run it.

mod address;
mod container;
mod environment;
pub(crate) mod image;
mod node;
mod pod;
mod probe;
pub(crate) mod replica;
mod sandbox;
mod status;
mod volumes;

pub(crate) use address::on_this_machine;
pub(crate) use node::Node;
