//! What a check is, and what it finds.

use std::fmt;

use super::{Owner, Version};
use crate::object::pod::Pod;
use crate::object::{NumberOrText, Place};
use crate::policy::shown_within;

/// One check of a standard.
pub struct Check {
    /// The name under which Kubernetes knows it.
    pub id: &'static str,
    /// The minor version that brought it.
    pub since: u32,
    /// The milder check that is not run where this one is.
    pub overrides: Option<&'static str>,
    pub(super) offending: Offending,
}

/// Calls a function with every violation.
pub(super) type Offending = for<'t> fn(&Pod<'t>, Version, &mut dyn FnMut(Violation<'t>));

impl Check {
    /// Calls `report` for every field that the check does not allow at a version.
    ///
    /// A version that does not have the check yet is for the caller to tell: it is answered as if it had.
    pub fn each<'t>(&self, pod: &Pod<'t>, version: Version, report: &mut dyn FnMut(Violation<'t>)) {
        (self.offending)(pod, version, report);
    }
}

/// One field that a check does not allow.
#[derive(Clone, Copy)]
pub struct Violation<'t> {
    /// The field; for one that is demanded the place where it is missing.
    pub place: Place<'t>,
    /// Whose field it is.
    pub owner: Owner<'t>,
    /// What is wrong, as the end of a sentence that begins with the owner and, if there is a value, ends with it.
    pub says: &'static str,
    /// The value that is wrong, where it is not the only wrong one.
    pub value: Option<NumberOrText<'t>>,
}

impl<'t> Violation<'t> {
    /// A violation that needs no value to be understood.
    pub(super) fn new(place: impl Into<Place<'t>>, owner: Owner<'t>, says: &'static str) -> Self {
        Self { place: place.into(), owner, says, value: None }
    }

    /// A violation with the text that is wrong.
    pub(super) fn of_text(
        place: impl Into<Place<'t>>,
        owner: Owner<'t>,
        says: &'static str,
        value: &'t str,
    ) -> Self {
        Self { value: Some(NumberOrText::Text(value)), ..Self::new(place, owner, says) }
    }

    /// Where policies report it: the place, but for a directory of the node its path, which all of them point at.
    pub fn reported_at(&self) -> Place<'t> {
        let node = self.place.node();
        let path = if node.key() == "hostPath" { node.field("path") } else { None };
        path.map_or(self.place, Place::from)
    }

    /// The text that is wrong, shortened to so many characters.
    pub fn shown_value(&self, room: usize) -> impl fmt::Display {
        let text = if let Some(NumberOrText::Text(text)) = self.value { text } else { "" };
        shown_within(text, room)
    }
}
