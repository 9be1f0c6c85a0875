//! The engine over files: every object judged, with all others as what is known.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::{Manifest, ManifestSet, Root};
use crate::engine::{Rules, Verdict};
use crate::object::View;
use crate::object::key::{self, Key};
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::policy::{Facts, Layered, Subject, Unknown, Within};
use crate::tree::NodeId;
use crate::tree::positions::Position;

/// An object of a file and what was found in it.
pub struct Checked<'a> {
    /// The document that it stands in.
    pub manifest: &'a Manifest,
    /// The object and its type.
    pub root: Root<'a>,
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// Its namespace: as it says, or the default one.
    pub namespace: Option<&'a str>,
    /// Whether it goes to a namespace that nothing names.
    pub lacks_namespace: bool,
    /// What was found.
    pub verdict: Verdict,
}

impl Checked<'_> {
    /// Where a node of the object stands in the file: the value that is wrong, or what lacks a field.
    pub(crate) fn position(&self, node: NodeId) -> Position {
        let node = self.manifest.tree().node(node).unwrap_or(self.root.node);
        self.manifest.positions().of(node)
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
    check_over(set, rules, namespace, None, now)
}

/// The same over a cluster: what it has stands behind the set, and an object of the set takes the place of the one with
/// its kind, namespace and name.
///
/// An object that the cluster has too is judged as if it were new all the same: what is known of it is what other
/// objects are judged with, and not what an update would be compared to.
pub fn check_over<'a>(
    set: &'a ManifestSet,
    rules: &'a Rules,
    namespace: Option<&'a str>,
    cluster: Option<&'a dyn Facts>,
    now: Timestamp,
) -> impl Iterator<Item = Checked<'a>> {
    let files = ManifestFacts::new(set, namespace);
    set.objects().filter_map(move |(manifest, root)| {
        let object = Object::view(root.node)?;
        let subject =
            Subject::of_manifest(object, root.written_as(), namespace_of(root, object, namespace), now)
                .knowing(rules.table().workloads());
        let Subject { name, namespace, .. } = subject;
        let lacks_namespace = namespace.is_none() && subject.kind().is_some_and(|kind| kind.namespaced);
        let verdict = match cluster {
            Some(cluster) => rules.evaluate(&subject, &Layered::new(&files, cluster), &|| false),
            None => rules.evaluate(&subject, &files, &|| false),
        };
        Some(Checked { manifest, root, name, namespace, lacks_namespace, verdict })
    })
}

/// The namespaces that objects of a set go to, and those that it makes, in order.
pub fn namespaces(set: &ManifestSet, rules: &Rules, namespace: Option<&str>) -> Vec<String> {
    let names = set.objects().filter_map(|(_, root)| {
        let object = Object::view(root.node)?;
        let subject = Subject::of_manifest(
            object,
            root.written_as(),
            namespace_of(root, object, namespace),
            Timestamp::UNIX_EPOCH,
        );
        let subject = subject.knowing(rules.table().workloads());
        let kind = subject.kind()?;
        if *kind == kinds::NAMESPACE { subject.name } else { subject.namespace.filter(|_| kind.namespaced) }
    });
    names.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

/// A set of manifests as if it were the whole cluster.
pub struct ManifestFacts<'a> {
    everywhere: HashMap<&'static Kind, Vec<Object<'a>>>,
    by_place: HashMap<Place<'a>, Vec<Object<'a>>>,
    by_key: HashMap<(Place<'a>, Key<'a>), Vec<Object<'a>>>,
    by_key_everywhere: HashMap<(&'static Kind, Key<'a>), Vec<Object<'a>>>,
}

/// Kind and namespace.
type Place<'a> = (&'static Kind, Option<&'a str>);

impl<'a> ManifestFacts<'a> {
    /// Indexes a set; `namespace` is that of objects that name none.
    pub fn new(set: &'a ManifestSet, namespace: Option<&'a str>) -> Self {
        let (mut everywhere, mut by_place) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        let (mut by_key, mut by_key_everywhere) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for (_, root) in set.objects() {
            let (Some(object), Some(kind)) = (Object::view(root.node), root.known_kind()) else { continue };
            let place = (kind, namespace_of(root, object, namespace));
            everywhere.entry(kind).or_default().push(object);
            by_place.entry(place).or_default().push(object);
            key::each(kind, object, &mut |key| {
                push_once(by_key.entry((place, key)).or_default(), object);
                push_once(by_key_everywhere.entry((kind, key)).or_default(), object);
            });
        }
        Self { everywhere, by_place, by_key, by_key_everywhere }
    }
}

/// Adds an object to those of a key, which it may have several times: an Ingress has the host of each of its rules.
fn push_once<'a>(found: &mut Vec<Object<'a>>, object: Object<'a>) {
    if found.last().is_none_or(|last| last.node() != object.node()) {
        found.push(object);
    }
}

impl Facts for ManifestFacts<'_> {
    fn find(
        &self,
        kind: &'static Kind,
        within: Within<'_>,
        by: Option<Key<'_>>,
    ) -> Result<Vec<Object<'_>>, Unknown> {
        let found = match (within, by) {
            (Within::Namespace(namespace), None) => self.by_place.get(&(kind, namespace)),
            (Within::Namespace(namespace), Some(key)) => self.by_key.get(&((kind, namespace), key)),
            (Within::Cluster, None) => self.everywhere.get(kind),
            (Within::Cluster, Some(key)) => self.by_key_everywhere.get(&(kind, key)),
        };
        Ok(found.cloned().unwrap_or_default())
    }
}

/// The namespace that an object of a file goes to.
fn namespace_of<'a>(root: Root<'a>, object: Object<'a>, default: Option<&'a str>) -> Option<&'a str> {
    let is_namespaced = root.known_kind().is_none_or(|kind| kind.namespaced);
    object.namespace().or(default).filter(|_| is_namespaced)
}
