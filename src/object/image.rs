//! Image references, taken apart as container runtimes do.
//!
//! Grammar: `[registry[:port]/]repository[:tag][@digest]`, from `distribution/reference`. The first component is
//! a registry only if it has a dot, a colon or a capital, which no repository has, or is `localhost`; otherwise the
//! registry is Docker Hub, whose official images live below `library/`.

use std::fmt;

/// The registry of a reference that names none.
const DOCKER_HUB: &str = "docker.io";

/// The parts of an image reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageReference<'t> {
    /// Host and port; `docker.io` if none is given.
    pub registry: &'t str,
    /// Path below the registry as written; see [`ImageReference::repository`] for the full name.
    pub path: &'t str,
    /// What follows the colon, if anything does.
    pub tag: Option<&'t str>,
    /// `algorithm:hex`, if the reference is pinned.
    pub digest: Option<&'t str>,
    /// Whether the registry stands in the text; where it does not, the node may look elsewhere first.
    pub names_registry: bool,
}

impl<'t> ImageReference<'t> {
    /// Takes a reference apart. Every text has parts; whether it is valid is for the runtime to say.
    pub fn parse(text: &'t str) -> Self {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash belongs to the port of the registry.
        let last = name.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match name[last..].find(':') {
            Some(colon) => (&name[..last + colon], Some(&name[last + colon + 1..])),
            None => (name, None),
        };
        let named = name.split_once('/').filter(|(first, _)| is_registry(first));
        let (registry, path) = named.unwrap_or((DOCKER_HUB, name));
        let registry = if registry == "index.docker.io" { DOCKER_HUB } else { registry };
        Self {
            registry,
            path,
            tag: tag.filter(|tag| !tag.is_empty()),
            digest: digest.filter(|it| it.contains(':')),
            names_registry: named.is_some(),
        }
    }

    /// The full name, for lists of registries and repositories: `docker.io/library/nginx`.
    pub fn repository(&self) -> Repository<'t> {
        Repository::new(self.registry, self.path)
    }

    /// The last component of the path: the name people use.
    pub fn basename(&self) -> &'t str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
}

/// Whether the first component of a reference with several is a registry.
pub(crate) fn is_registry(component: &str) -> bool {
    let is_of_registries = |char: char| matches!(char, '.' | ':' | 'A'..='Z');
    component.contains(is_of_registries) || component == "localhost"
}

/// Registry and path with Docker Hub's short forms written out.
#[derive(Clone, Copy)]
pub struct Repository<'t> {
    registry: &'t str,
    path: &'t str,
}

impl<'t> Repository<'t> {
    /// The full name of what is written so.
    pub fn new(registry: &'t str, path: &'t str) -> Self {
        Self { registry, path }
    }

    /// Host and port.
    pub fn registry(self) -> &'t str {
        self.registry
    }

    /// The path below the registry, in the two parts of which it is made.
    pub fn path(self) -> [&'t str; 2] {
        let is_official = self.registry == DOCKER_HUB && !self.path.contains('/');
        [if is_official { "library/" } else { "" }, self.path]
    }
}

impl fmt::Display for Repository<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [library, path] = self.path();
        write!(f, "{}/{library}{path}", self.registry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_references_apart() {
        let digest = "sha256:0123";
        for (text, repository, tag, pinned) in [
            ("nginx", "docker.io/library/nginx", None, None),
            ("nginx:1.27", "docker.io/library/nginx", Some("1.27"), None),
            ("index.docker.io/nginx", "docker.io/library/nginx", None, None),
            ("bitnami/redis:7", "docker.io/bitnami/redis", Some("7"), None),
            ("registry:5000/app", "registry:5000/app", None, None),
            ("registry:5000/team/app:v1", "registry:5000/team/app", Some("v1"), None),
            ("localhost/app:v1", "localhost/app", Some("v1"), None),
            ("Registry/team/app:V1", "Registry/team/app", Some("V1"), None),
            ("ghcr.io/a/b/c:x@sha256:0123", "ghcr.io/a/b/c", Some("x"), Some(digest)),
            ("app:latest@sha256:0123", "docker.io/library/app", Some("latest"), Some(digest)),
            ("app@sha256:0123", "docker.io/library/app", None, Some(digest)),
            ("app:", "docker.io/library/app", None, None),
            ("app@", "docker.io/library/app", None, None),
            ("", "docker.io/library/", None, None),
        ] {
            let image = ImageReference::parse(text);
            assert_eq!(image.repository().to_string(), repository, "{text}");
            assert_eq!((image.tag, image.digest), (tag, pinned), "{text}");
        }
    }
}
