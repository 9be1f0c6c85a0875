//! What policies report.

use super::facts::Unknown;
use super::fix::Fix;
use crate::object::Place;
use crate::tree::NodeId;

/// One thing that is wrong, at one place of the object under review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(crate) node: NodeId,
    /// Path below the node to a field that is missing; empty if the node itself is wrong.
    pub(crate) absent: Box<str>,
    /// What is wrong: lower case, no full stop, values in backticks, never a secret.
    pub message: String,
    /// How bad it is, for policies that can tell worse from bad; larger is worse.
    pub magnitude: Option<i64>,
    /// It may pass with the rest of what is being applied: what to say of that.
    pub(crate) passing: Option<&'static str>,
    /// What mends it, all of it together; empty where that is for the author to decide.
    pub(crate) fixes: Vec<Fix>,
}

impl Finding {
    /// Says how it is mended, where there is only one way. Several changes belong together.
    pub fn fix(&mut self, fix: Fix) -> &mut Self {
        self.fixes.push(fix);
        self
    }

    /// Says that it is about an object that is not there. At creation it may only come later, with the rest of what is
    /// being applied: such a finding warns at most then, and says so.
    pub fn awaited(&mut self) -> &mut Self {
        self.passing("not seen yet")
    }

    /// Says that it may pass with the rest of what is being applied, and with what: something that takes the place of
    /// another is often written before that is removed. At creation it warns at most, and says so.
    pub fn passing(&mut self, with: &'static str) -> &mut Self {
        self.passing = Some(with);
        self
    }

    /// Says how bad it is, so that an update that makes it worse is told from one that leaves it as it was.
    pub fn magnitude(&mut self, magnitude: i64) {
        self.magnitude = Some(magnitude);
    }
}

/// How many findings of one policy in one object are kept: whoever wrote more does not need them listed, and an object
/// made of violations must not cost more than its size.
const KEPT: usize = 500;

/// Where a policy puts what it finds.
#[derive(Debug, Default)]
pub struct Findings {
    pub(crate) found: Vec<Finding>,
    pub(crate) unknown: Vec<Unknown>,
    /// How many findings there were beyond those kept.
    pub(crate) cut: usize,
    /// Takes the place of a finding that is not kept.
    spare: Option<Finding>,
}

impl Findings {
    /// Reports that something is wrong at a place: a lens, a value, or a field that is missing.
    pub fn report<'t>(&mut self, place: impl Into<Place<'t>>, message: impl Into<String>) -> &mut Finding {
        let place = place.into();
        let finding = Finding {
            node: place.node().id(),
            absent: place.absent_path().into(),
            message: message.into(),
            magnitude: None,
            passing: None,
            fixes: Vec::new(),
        };
        if self.found.len() >= KEPT {
            self.cut += 1;
            return self.spare.insert(finding);
        }
        // `Vec::push` returns nothing yet; the element just pushed is the last one.
        let index = self.found.len();
        self.found.push(finding);
        &mut self.found[index]
    }

    /// Unwraps a fact; one that is not known makes the policy *not evaluated* for this subject.
    pub fn known<T>(&mut self, fact: Result<T, Unknown>) -> Option<T> {
        fact.map_err(|unknown| self.unknown.push(unknown)).ok()
    }

    /// Whether the policy has nothing to say.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty() && self.unknown.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.found.clear();
        self.unknown.clear();
        self.cut = 0;
    }
}
