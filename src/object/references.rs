//! Where a Pod refers to Secrets and ConfigMaps.

use super::lens::{Place, Text};
use super::pod_spec::{Container, PodSpec};

/// What a reference is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A Secret.
    Secret,
    /// A ConfigMap.
    ConfigMap,
}

impl Source {
    /// The name of the kind.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }
}

/// A reference to an object of the same namespace.
#[derive(Clone, Copy)]
pub struct Reference<'t> {
    /// What it is to.
    pub source: Source,
    /// The name of that object.
    pub name: Text<'t>,
    /// The key, if only one is meant.
    pub key: Option<Text<'t>>,
    /// The field that refers.
    pub place: Place<'t>,
}

impl<'t> Container<'t> {
    /// The Secrets and ConfigMaps from which environment variables take their values.
    pub fn env_references(self) -> impl Iterator<Item = Reference<'t>> {
        let one = self.env().iter().filter_map(|variable| {
            let from = variable.value_from()?;
            let secret = from.secret_key_ref().map(|it| (Source::Secret, it));
            let (source, selector) =
                secret.or_else(|| Some((Source::ConfigMap, from.config_map_key_ref()?)))?;
            Some(Reference { source, name: selector.name()?, key: selector.key(), place: selector.into() })
        });
        let all = self.env_from().iter().filter_map(|from| {
            let secret = from.secret_ref().map(|it| (Source::Secret, it));
            let (source, object) = secret.or_else(|| Some((Source::ConfigMap, from.config_map_ref()?)))?;
            Some(Reference { source, name: object.name()?, key: None, place: object.into() })
        });
        one.chain(all)
    }
}

impl<'t> PodSpec<'t> {
    /// The Secrets that are mounted as files: the name, and each key that is asked for by name.
    pub fn mounted_secrets(self) -> impl Iterator<Item = (Text<'t>, impl Iterator<Item = Text<'t>>)> {
        self.volumes().iter().flat_map(|volume| {
            let own = volume.secret().and_then(|it| Some((it.secret_name()?, it.items())));
            let sources = volume.projected().into_iter().flat_map(|it| it.sources().iter());
            let projected = sources.filter_map(|source| {
                let secret = source.secret()?;
                Some((secret.name()?, secret.items()))
            });
            let keyed = |(name, items): (Text<'t>, super::List<'t, super::volume::KeyToPath<'t>>)| {
                (name, items.iter().filter_map(|item| item.key()))
            };
            own.into_iter().chain(projected).map(keyed)
        })
    }
}
