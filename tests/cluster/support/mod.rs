//! A real control plane, Seawall in front of it, and the words in which scenarios are told.

pub(crate) mod admin;
pub(crate) mod api;
pub(crate) mod api_server;
pub(crate) mod authority;
pub(crate) mod binaries;
pub(crate) mod control_plane;
pub(crate) mod kubectl;
pub(crate) mod manifests;
pub(crate) mod ports;
pub(crate) mod printed;
pub(crate) mod process;
pub(crate) mod registration;
pub(crate) mod relay;
pub(crate) mod scene;
pub(crate) mod seawall;
pub(crate) mod settings;
pub(crate) mod volume;
pub(crate) mod wait;
pub(crate) mod writers;
