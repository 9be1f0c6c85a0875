//! Where a Pod refers to Secrets and ConfigMaps.

use super::environment::Variable;
use super::kinds::{self, Kind};
use super::lens::{Place, Text};
use super::pod_spec::{EnvFromSource, PodSpec};
use super::volume::ConfigMapVolumeSource;

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
        self.kind().name
    }

    /// The kind.
    pub fn kind(self) -> &'static Kind {
        match self {
            Self::Secret => &kinds::SECRET,
            Self::ConfigMap => &kinds::CONFIG_MAP,
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
    /// Whether a Pod starts without it.
    pub optional: bool,
    /// The field that refers.
    pub place: Place<'t>,
}

impl<'t> Reference<'t> {
    /// The one key from which a variable takes its value.
    pub(super) fn of_variable(variable: Variable<'t>) -> Option<Self> {
        let from = variable.value_from()?;
        let secret = from.secret_key_ref().map(|it| (Source::Secret, it));
        let (source, selector) = secret.or_else(|| Some((Source::ConfigMap, from.config_map_key_ref()?)))?;
        Some(Self {
            source,
            name: selector.name()?,
            key: selector.key(),
            optional: *selector.optional(),
            place: selector.into(),
        })
    }

    /// The object of which every key becomes a variable.
    pub(super) fn of_all(from: EnvFromSource<'t>) -> Option<Self> {
        let secret = from.secret_ref().map(|it| (Source::Secret, it));
        let (source, object) = secret.or_else(|| Some((Source::ConfigMap, from.config_map_ref()?)))?;
        let optional = *object.optional();
        Some(Self { source, name: object.name()?, key: None, optional, place: object.into() })
    }
}

impl<'t> PodSpec<'t> {
    /// The Secrets and ConfigMaps that are mounted as files.
    pub fn volume_references(self) -> impl Iterator<Item = Reference<'t>> {
        self.volumes().iter().flat_map(|volume| {
            let secret = volume.secret().and_then(|it| {
                let (place, optional) = (it.into(), *it.optional());
                Some(Reference {
                    source: Source::Secret,
                    name: it.secret_name()?,
                    key: None,
                    optional,
                    place,
                })
            });
            let config = volume.config_map().and_then(ConfigMapVolumeSource::reference);
            let sources = volume.projected().into_iter().flat_map(|it| it.sources().iter());
            let projected = sources.filter_map(|source| match source.secret() {
                Some(it) => {
                    let (place, optional) = (it.into(), *it.optional());
                    Some(Reference { source: Source::Secret, name: it.name()?, key: None, optional, place })
                }
                None => source.config_map()?.reference(),
            });
            secret.into_iter().chain(config).chain(projected)
        })
    }

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

impl<'t> ConfigMapVolumeSource<'t> {
    fn reference(self) -> Option<Reference<'t>> {
        let (place, optional) = (self.into(), *self.optional());
        Some(Reference { source: Source::ConfigMap, name: self.name()?, key: None, optional, place })
    }
}
