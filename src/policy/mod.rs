//! The contract between a policy and everything else.
//!
//! A policy is a function of its parameters, the [subject](Subject) and the [facts](Facts). It reports
//! [findings](Findings) and nothing else: it cannot fail, knows no mode, and gives the same answer to the same
//! question. `policy!` writes its metadata from its documentation; an [`Entry`] is how
//! a theme lists it.

mod amount;
mod docs;
mod facts;
mod finding;
mod fix;
mod layered;
mod macros;
mod meta;
pub mod params;
mod subject;
mod target;
mod text;
mod words;

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::object::View;
use crate::object::key::Key;

pub use docs::{Docs, first_paragraph_of_fix};
pub use facts::{Facts, NoFacts, Unknown, Within};
pub use finding::{Finding, Findings, Message};
pub(crate) use fix::{Action, PatchOperation, patch};
pub use fix::{Fix, Literal};
pub use layered::{Fallback, Layered};
pub(crate) use macros::policy;
pub use meta::{Kebab, Meta, Needs, Number, Reach, Severity, Theme, Yield};
pub use params::NoParams;
pub use subject::{GroupKind, GroupVersionKind, Request, Subject};
pub use target::{KindLens, LongRunningContainer, Target};
pub(crate) use text::{shown, shown_within};

pub use crate::object::operation::Operation;

/// What every policy file imports.
pub(crate) mod prelude {
    pub(crate) use schemars::JsonSchema;
    pub(crate) use serde::{Deserialize, Serialize};

    pub(crate) use super::text::{shown, shown_within};
    pub(crate) use super::{Check, Context, Findings, Fix, LongRunningContainer, NoParams, Subject, policy};
    pub(crate) use crate::object::kinds;
}

/// What a policy decides on, besides its parameters.
pub struct Context<'t> {
    /// What is being reviewed.
    pub subject: &'t Subject<'t>,
    /// What is known about other objects.
    pub facts: &'t dyn Facts,
}

impl<'t> Context<'t> {
    /// The object as it is before an update or a deletion, through the lens through which the policy is given the
    /// other one.
    pub fn before<L: View<'t>>(&self) -> Option<L> {
        self.subject.old.and_then(|old| L::view(old.node()))
    }

    /// All objects of the lens's kind in the namespace of the subject.
    pub fn beside<L: KindLens>(&self) -> Result<Vec<L::At<'t>>, Unknown> {
        self.facts.list::<L>(self.subject.namespace.into(), None)
    }

    /// Those of them that are found by a key.
    pub fn beside_by<L: KindLens>(&self, key: Key<'_>) -> Result<Vec<L::At<'t>>, Unknown> {
        self.facts.list::<L>(self.subject.namespace.into(), Some(key))
    }
}

/// The metadata that `policy!` derives.
pub trait Described {
    /// What the policy looks at: it is called once for each such thing of the subject.
    type On: Target;
    /// Everything there is to say about the policy.
    const META: Meta;
}

/// One check.
pub trait Check: Described {
    /// The parameters that a configuration may set.
    type Params: Default + DeserializeOwned + Serialize + JsonSchema + Send + Sync + 'static;

    /// Reports what is wrong with one item.
    fn check(
        params: &Self::Params,
        item: <Self::On as Target>::Item<'_>,
        context: &Context<'_>,
        out: &mut Findings,
    );
}

/// A policy with its parameters set.
pub type Compiled = Arc<dyn Fn(&Context<'_>, &mut Findings) + Send + Sync>;

/// A policy as the catalogue lists it: its type is erased, so that all are handled alike.
pub struct Entry {
    /// Everything there is to say about the policy.
    pub meta: &'static Meta,
    compile: fn(&serde_json::Value) -> Result<Compiled, serde_json::Error>,
    schema: fn() -> schemars::Schema,
}

impl Entry {
    /// The entry of a policy.
    pub const fn of<P: Check + 'static>() -> Self {
        Self { meta: const { &P::META }, compile: compile::<P>, schema: params_schema::<P> }
    }

    /// Sets the parameters: an object with some of the keys that the schema names, the others take their
    /// defaults.
    pub fn compile(&self, params: &serde_json::Value) -> Result<Compiled, serde_json::Error> {
        (self.compile)(params)
    }

    /// JSON Schema of the parameters, with their defaults.
    pub fn params_schema(&self) -> schemars::Schema {
        (self.schema)()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.meta.code)
    }
}

fn compile<P: Check + 'static>(params: &serde_json::Value) -> Result<Compiled, serde_json::Error> {
    let params: P::Params = serde::Deserialize::deserialize(params)?;
    Ok(Arc::new(move |context, out| {
        P::On::each(context.subject, |item| P::check(&params, item, context, out));
    }))
}

fn params_schema<P: Check>() -> schemars::Schema {
    schemars::schema_for!(P::Params)
}
