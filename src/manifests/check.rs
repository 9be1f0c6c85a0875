//! The engine over files: every object judged, with all others as what is known.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Manifest, ManifestSet};
use crate::engine::{Judged, Rules, Verdict};
use crate::object::View;
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::policy::{Facts, Subject, Unknown};
use crate::tree::positions::Position;

/// An object of a file and what was found in it.
pub struct Checked<'a> {
    /// The document that it stands in.
    pub manifest: &'a Manifest,
    /// The object.
    pub object: Object<'a>,
    /// Its namespace: as it says, or the default one.
    pub namespace: Option<&'a str>,
    /// What was found.
    pub verdict: Verdict,
}

impl Checked<'_> {
    /// Where a finding stands in the file: the value that is wrong, or what lacks a field.
    pub fn position(&self, finding: &Judged) -> Position {
        let node = self.manifest.tree().node(finding.node).unwrap_or(self.object.node());
        self.manifest.positions().of(node)
    }

    /// Where the object starts.
    pub fn start(&self) -> Position {
        self.manifest.positions().of(self.object.node())
    }
}

/// Judges every object of a set as if it were being created, with the others beside it.
///
/// `namespace` is that of objects that name none, as for `kubectl --namespace`.
pub fn check<'a>(
    set: &'a ManifestSet,
    rules: &'a Rules,
    namespace: Option<&'a str>,
    now: Timestamp,
) -> impl Iterator<Item = Checked<'a>> {
    let facts = ManifestFacts::new(set, namespace);
    set.objects().filter_map(move |(manifest, node)| {
        let object = Object::view(node)?;
        let mut subject = Subject::of_object(object, now);
        subject.namespace = namespace_of(object, namespace);
        let verdict = rules.evaluate(&subject, &facts, &|| false);
        Some(Checked { manifest, object, namespace: subject.namespace, verdict })
    })
}

/// A set of manifests as if it were the whole cluster.
pub struct ManifestFacts<'a> {
    by_place: HashMap<Place<'a>, Vec<Object<'a>>>,
}

/// Group, kind and namespace.
type Place<'a> = (&'static str, &'static str, Option<&'a str>);

impl<'a> ManifestFacts<'a> {
    /// Indexes a set; `namespace` is that of objects that name none.
    pub fn new(set: &'a ManifestSet, namespace: Option<&'a str>) -> Self {
        let mut by_place: HashMap<Place<'a>, Vec<Object<'a>>> = HashMap::new();
        for object in set.objects().filter_map(|(_, node)| Object::view(node)) {
            let kind =
                kinds::find(object.group().unwrap_or_default(), object.kind().map_or("", |kind| *kind));
            if let Some(kind) = kind {
                let place = (kind.group, kind.name, namespace_of(object, namespace));
                by_place.entry(place).or_default().push(object);
            }
        }
        Self { by_place }
    }
}

impl Facts for ManifestFacts<'_> {
    fn objects(&self, kind: &'static Kind, namespace: Option<&str>) -> Result<Vec<Object<'_>>, Unknown> {
        Ok(self.by_place.get(&(kind.group, kind.name, namespace)).cloned().unwrap_or_default())
    }

    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown> {
        let namespaces = self.by_place.get(&("", "Namespace", Some(name)));
        let found = namespaces.and_then(|namespaces| namespaces.first().copied());
        found.ok_or_else(|| Unknown { what: format!("Namespace `{name}`") })
    }
}

/// The namespace that an object of a file goes to. A Namespace counts as being in itself.
fn namespace_of<'a>(object: Object<'a>, default: Option<&'a str>) -> Option<&'a str> {
    let kind = kinds::find(object.group().unwrap_or_default(), object.kind().map_or("", |kind| *kind));
    match kind {
        Some(kind) if *kind == kinds::NAMESPACE => object.name(),
        Some(kind) if !kind.namespaced => None,
        _ => object.namespace().or(default),
    }
}
