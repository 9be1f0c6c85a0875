//! Whose field it is: the Pod's, a container's or a volume's.

use std::fmt;

use crate::object::pod::{Pod, PodContainer};
use crate::object::security_context::{PodSecurityContext, SecurityContext};
use crate::policy::shown;

/// Whose field it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'t> {
    /// The Pod's.
    Pod,
    /// That of the container of this name.
    Container(&'t str),
    /// That of the volume of this name.
    Volume(&'t str),
}

impl<'t> Owner<'t> {
    /// The name; the Pod is without.
    pub fn name(self) -> Option<&'t str> {
        match self {
            Self::Pod => None,
            Self::Container(name) | Self::Volume(name) => Some(name),
        }
    }

    /// The owner as messages of policies begin: what it is, and its name.
    pub fn shown(self) -> impl fmt::Display {
        // Files may leave out a name; the path then says which one it is.
        let name = self.name().filter(|name| !name.is_empty());
        fmt::from_fn(move |f| match (self, name) {
            (Self::Pod, _) => f.write_str("Pod"),
            (_, None) => fmt::Display::fmt(&self, f),
            (_, Some(name)) => write!(f, "{self} `{}`", shown(name)),
        })
    }
}

impl fmt::Display for Owner<'_> {
    /// What the owner is, without its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pod => "pod",
            Self::Container(_) => "container",
            Self::Volume(_) => "volume",
        })
    }
}

/// All containers of a Pod, with their own security settings.
pub(super) fn containers<'a, 't>(
    pod: &'a Pod<'t>,
) -> impl Iterator<Item = (&'a PodContainer<'t>, Option<SecurityContext<'t>>)> {
    pod.containers.iter().map(|container| (container, container.security_context()))
}

/// A security setting of all containers that have it.
pub(super) fn of_containers<'t, T>(
    pod: &Pod<'t>,
    of_container: fn(SecurityContext<'t>) -> Option<T>,
) -> impl Iterator<Item = (Owner<'t>, T)> {
    containers(pod).filter_map(move |(container, own)| {
        Some((Owner::Container(container.display_name()), of_container(own?)?))
    })
}

/// A security setting of the Pod, then of all containers that have it.
pub(super) fn everywhere<'t, T>(
    pod: &Pod<'t>,
    of_pod: fn(PodSecurityContext<'t>) -> Option<T>,
    of_container: fn(SecurityContext<'t>) -> Option<T>,
) -> impl Iterator<Item = (Owner<'t>, T)> {
    let own = pod.security_context().and_then(of_pod);
    own.map(|setting| (Owner::Pod, setting)).into_iter().chain(of_containers(pod, of_container))
}
