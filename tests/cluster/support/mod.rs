//! A real control plane, Seawall in front of it, and the words in which scenarios are told.

pub(crate) mod actor;
pub(crate) mod admin;
pub(crate) mod api;
pub(crate) mod audit;
pub(crate) mod authority;
pub(crate) mod binaries;
pub(crate) mod control_plane;
pub(crate) mod helm;
pub(crate) mod installation;
pub(crate) mod kubectl;
pub(crate) mod kubelet;
pub(crate) mod manifests;
pub(crate) mod places;
pub(crate) mod ports;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod registration;
pub(crate) mod relay;
pub(crate) mod scene;
pub(crate) mod seawall;
pub(crate) mod settings;
pub(crate) mod skipped;
pub(crate) mod volume;
pub(crate) mod wait;
pub(crate) mod writers;
