//! Patterns for the names of images.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::object::image::{ImageReference, Repository, is_registry};

/// A registry (`ghcr.io`), what is below a path of one (`ghcr.io/acme/*`), one repository (`ghcr.io/acme/web`), or some
/// of its tags (`ghcr.io/acme/web:1.*`).
///
/// It is read as an image reference is, `nginx` as `docker.io/library/nginx`, and has to match from the first letter to
/// the last: `ghcr.io/acme` is not the beginning of `ghcr.io/acme-evil`. A `*` in a registry stands for anything there,
/// one in a path for anything, slashes too.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(with = "String", inline)]
pub(crate) struct ImagePattern {
    text: String,
    registry: Glob,
    path: Glob,
    tag: Option<Glob>,
}

/// A text with `*` for any number of bytes.
#[derive(Clone, Debug)]
struct Glob {
    text: String,
    has_star: bool,
}

impl ImagePattern {
    /// Reads a pattern; `None` for one that matches nothing.
    pub(crate) fn new(text: &str) -> Option<Self> {
        if text.is_empty() || text.contains('@') || text.contains(char::is_whitespace) {
            return None;
        }
        let alone = text.split(':').next().unwrap_or_default();
        let (registry, rest) = match text.split_once('/') {
            Some((first, rest)) if is_registry(first) || first == "*" => (first, rest),
            None if is_registry(alone) || text == "*" => (text, "*"),
            _ => ("docker.io", text),
        };
        let last = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (path, tag) = match rest[last..].find(':') {
            Some(colon) => (&rest[..last + colon], Some(&rest[last + colon + 1..])),
            None => (rest, None),
        };
        let registry = canonical(registry);
        let path = match path {
            "*" => path.to_owned(),
            path if path.is_empty() || path.ends_with('/') => format!("{path}*"),
            path => Repository::new(registry, path).path().concat(),
        };
        let registry = Glob::new(registry.to_ascii_lowercase());
        let tag = tag.map(|tag| Glob::new(tag.to_owned()));
        Some(Self { text: text.to_owned(), registry, path: Glob::new(path), tag })
    }

    /// Whether the image is one of those that are meant.
    pub(crate) fn matches(&self, image: &ImageReference<'_>) -> bool {
        let repository = image.repository();
        let [library, path] = repository.path();
        // Most images have another path, and only the official ones have it in two parts.
        let is_path = match library {
            "" => self.path.matches(path.bytes()),
            library => self.path.matches(library.bytes().chain(path.bytes())),
        };
        let registry = || canonical(repository.registry()).bytes().map(|byte| byte.to_ascii_lowercase());
        is_path
            && self.registry.matches(registry())
            && self.tag.as_ref().is_none_or(|tag| image.tag.is_some_and(|it| tag.matches(it.bytes())))
    }

    /// The pattern as written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// One name for each registry: the port of HTTPS goes without saying, and Docker Hub answers to several.
fn canonical(registry: &str) -> &str {
    const DOCKER_HUB: [&str; 3] = ["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];
    let registry = registry.strip_suffix(":443").unwrap_or(registry);
    if DOCKER_HUB.iter().any(|it| it.eq_ignore_ascii_case(registry)) { "docker.io" } else { registry }
}

impl Glob {
    fn new(text: String) -> Self {
        Self { has_star: text.contains('*'), text }
    }

    /// Whether this is what a text says, which knows its length.
    fn matches(&self, mut text: impl Iterator<Item = u8> + Clone) -> bool {
        let mut pattern = self.text.bytes();
        if !self.has_star {
            return text.size_hint().0 == pattern.len() && pattern.eq(text);
        }
        // What follows the last star, and the text from which on it has to match.
        let mut retry = None;
        loop {
            let here = text.clone();
            match (pattern.next(), text.next()) {
                // A star at the end takes the rest, and most patterns have one.
                (Some(b'*'), _) if pattern.len() == 0 => return true,
                (Some(b'*'), _) => {
                    text = here.clone();
                    retry = Some((pattern.clone(), here));
                }
                (None, None) => return true,
                (Some(expected), Some(byte)) if expected == byte => {}
                _ => {
                    let Some((after, rest)) = &mut retry else { return false };
                    // The star takes one byte more, and then all that cannot stand behind it.
                    let first = after.clone().next().filter(|first| *first != b'*');
                    loop {
                        if rest.next().is_none() {
                            return false;
                        }
                        if first.is_none() || rest.clone().next() == first {
                            break;
                        }
                    }
                    (pattern, text) = (after.clone(), rest.clone());
                }
            }
        }
    }
}

impl fmt::Display for ImagePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for ImagePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ImagePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` names no images")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_what_is_meant_and_nothing_beside_it() {
        for (pattern, image, expected) in [
            ("k8s.gcr.io", "k8s.gcr.io/pause:3.5", true),
            ("k8s.gcr.io", "k8s.gcr.io.evil.example/pause", false),
            ("k8s.gcr.io", "K8s.gcr.io:443/a/b", true),
            ("k8s.gcr.io/", "k8s.gcr.io/a/b", true),
            ("registry.example:5000", "registry.example:5000/a", true),
            ("registry.example:5000", "registry.example/a", false),
            ("*.example", "eu.registry.example/a", true),
            ("*.example", "evil.io/x.example/a", false),
            ("gcr.io/my/*", "gcr.io/my/a/b", true),
            ("gcr.io/my/", "gcr.io/my/a", true),
            ("gcr.io/my/*", "gcr.io/my-evil/a", false),
            ("gcr.io/my", "gcr.io/my/a", false),
            ("gcr.io/my", "gcr.io/my:1", true),
            ("gcr.io/*/web-*", "gcr.io/a/b/web-1:2", true),
            ("nginx", "docker.io/library/nginx:1", true),
            ("nginx", "bitnami/nginx", false),
            ("docker.io", "nginx", true),
            ("docker.io", "bitnami/nginx", true),
            ("docker.io/*", "bitnami/nginx", true),
            ("docker.io/library/*", "nginx", true),
            ("docker.io/library/*", "bitnami/nginx", false),
            ("index.docker.io/bitnami/*", "bitnami/nginx", true),
            ("bitnami/", "bitnami/nginx", true),
            ("docker.io", "registry-1.docker.io/library/nginx", true),
            ("docker.io", "Registry.hub.docker.com:443/library/nginx", true),
            ("docker.io", "docker.io.example/nginx", false),
            ("ubuntu:20.14", "ubuntu:20.14", true),
            ("ubuntu:20.14", "ubuntu", false),
            ("ubuntu:20.14", "ubuntu:20.145", false),
            ("*/tools/*:1.*", "ghcr.io/tools/a:1.2", true),
            ("*", "ghcr.io/a/b", true),
            ("*", "nginx", true),
            ("gcr.io/*a*b", "gcr.io/xaxxb", true),
            ("gcr.io/*a*b", "gcr.io/xaxxbx", false),
            ("gcr.io/*aab", "gcr.io/aaab", true),
            ("gcr.io/a**b", "gcr.io/axb", true),
            ("gcr.io/a**b", "gcr.io/axc", false),
        ] {
            let read = ImagePattern::new(pattern).unwrap();
            assert_eq!(read.matches(&ImageReference::parse(image)), expected, "{pattern} {image} {read:?}");
        }
        for nothing in ["", "a b", "a@sha256:0"] {
            assert!(ImagePattern::new(nothing).is_none(), "{nothing}");
        }
    }
}
