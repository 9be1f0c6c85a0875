//! Labels and annotations that must be there.

use std::collections::BTreeMap;

use crate::object::{Map, Place, Text};
use crate::policy::params::Patterns;
use crate::policy::prelude::*;
use crate::tree::{Node, path};

/// Keys, and for each the expressions of which its value must match one; any value will do where there is none.
pub(in super::super) type Required = BTreeMap<String, Patterns>;

/// Where labels or annotations stand.
pub(in super::super) struct Entries<'t> {
    /// `metadata`, or what lacks it.
    pub(in super::super) within: Node<'t>,
    /// The path from there, such as `metadata.labels`.
    pub(in super::super) path: &'static str,
    /// The entries themselves, if there are any.
    pub(in super::super) map: Option<Map<'t, Text<'t>>>,
}

/// Reports every entry that is missing or has another value. `what` is a label or an annotation.
pub(in super::super) fn report_missing(
    required: &Required,
    entries: &Entries<'_>,
    what: &str,
    out: &mut Findings,
) {
    for (key, values) in required {
        match entries.map.and_then(|map| map.get(key)) {
            Some(value) if values.is_empty() && value.is_empty() => {
                out.report(value, format_args!("{what} `{}` is empty", shown(key)));
            }
            Some(value) if values.is_empty() || values.is_match(&value) => {}
            Some(value) => {
                let (key, text) = (shown(key), shown(&value));
                out.report(value, format_args!("{what} `{key}` must not be `{text}` here"));
            }
            None => {
                let place = Place::missing(entries.within, entries.path);
                let path = path::of_entry(place.absent_path(), key);
                out.report(
                    Place::absent(place.node(), &path),
                    format_args!("{what} `{}` is missing", shown(key)),
                );
            }
        }
    }
}
