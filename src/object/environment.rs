//! The environment variables of a container, read once: a dozen policies look at each of them.

use super::lens::{Place, Text};
use super::pod_spec::{Container, EnvVar, EnvVarSource};

/// An environment variable.
#[derive(Clone, Copy)]
pub struct Variable<'t> {
    /// Field `name`.
    pub name: Option<Text<'t>>,
    /// Field `value`.
    pub value: Option<Text<'t>>,
    /// Field `valueFrom`.
    pub from: Option<EnvVarSource<'t>>,
    lens: EnvVar<'t>,
}

impl<'t> Variable<'t> {
    /// The variables that stand in a container.
    pub(super) fn all(container: Container<'t>) -> Vec<Self> {
        let env = container.env();
        let mut all = Vec::with_capacity(env.len());
        all.extend(env.iter().map(|lens| Self {
            name: lens.name(),
            value: lens.value(),
            from: lens.value_from(),
            lens,
        }));
        all
    }

    /// Name and value, where both are written out.
    pub fn written(&self) -> Option<(Text<'t>, Text<'t>)> {
        self.name.zip(self.value)
    }
}

impl<'t> From<&Variable<'t>> for Place<'t> {
    fn from(variable: &Variable<'t>) -> Self {
        variable.lens.into()
    }
}
