//! Exceptions for what is found today, as narrow as the configuration can say it, so that everything that comes later
//! can be refused at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{ObjectId, yaml};
use crate::engine::{Judged, Verdict};
use crate::modes::Mode;
use crate::object::View as _;
use crate::object::meta::Object;
use crate::policy::GroupVersionKind;
use crate::tree::Node;

/// What every written exception says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who answers for them.
    pub owner: String,
    /// Why they are needed.
    pub reason: String,
    /// The date or instant from which they do nothing, as the configuration reads it.
    pub expires: String,
}

/// Exceptions for the findings of some objects.
#[derive(Debug)]
pub struct Exceptions {
    /// The mildest mode that is covered.
    bar: Mode,
    objects: BTreeMap<Place, BTreeMap<&'static str, Containers>>,
    covered: usize,
    nameless: usize,
    unplaced: usize,
}

/// An object, as a scope names it; exceptions are written in this order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    namespace: Option<String>,
    kind: String,
    name: String,
}

/// Where in its object a policy has found something.
#[derive(Debug)]
enum Containers {
    /// Not only in containers.
    Any,
    /// In the containers of these names.
    Of(BTreeSet<String>),
}

impl Exceptions {
    /// For findings with this mode or a stricter one.
    pub fn new(bar: Mode) -> Self {
        Self { bar, objects: BTreeMap::new(), covered: 0, nameless: 0, unplaced: 0 }
    }

    /// Covers what was found in an object; `root` is the object itself.
    ///
    /// What yields to a finding is covered with it: it would speak as soon as that one is excepted. An object without a
    /// name is not covered, because everything of its kind would be; nor one that goes to a namespace that nothing
    /// names.
    pub fn cover(&mut self, object: ObjectId<'_>, lacks_namespace: bool, root: Node<'_>, verdict: &Verdict) {
        let bar = self.bar;
        let reaches = |judged: &&Judged| judged.mode >= bar;
        let findings = verdict.findings.iter().filter(reaches).count();
        if findings == 0 {
            return;
        }
        if lacks_namespace {
            self.unplaced += 1;
            return;
        }
        let Some(name) = object.name.filter(|name| !name.is_empty()) else {
            self.nameless += findings;
            return;
        };
        self.covered += findings;
        let place = Place {
            namespace: object.namespace.map(literal),
            kind: GroupVersionKind::new(object.api_version, object.kind).group_kind().to_string(),
            name: if is_generated(root) { literal(name) + GENERATED } else { literal(name) },
        };
        let codes = self.objects.entry(place).or_default();
        for judged in verdict.findings.iter().chain(&verdict.yielded).filter(reaches) {
            let container = judged.container(root).map(|it| it.name).filter(|name| !name.is_empty());
            let containers =
                codes.entry(judged.policy.code).or_insert_with(|| Containers::Of(BTreeSet::new()));
            match (containers, container) {
                (Containers::Of(names), Some(name)) => drop(names.insert(literal(name))),
                (containers, _) => *containers = Containers::Any,
            }
        }
    }

    /// How many findings are covered.
    pub fn covered(&self) -> usize {
        self.covered
    }

    /// How many findings are not, because their objects have no name.
    pub fn nameless(&self) -> usize {
        self.nameless
    }

    /// How many objects are not covered because nothing names their namespace.
    pub fn unplaced(&self) -> usize {
        self.unplaced
    }

    /// How many exceptions there are, and the file with them, as `exceptionFiles` of the configuration reads
    /// it.
    pub fn render(&self, terms: &Terms) -> (usize, String) {
        let exceptions: Vec<_> =
            self.objects.iter().flat_map(|(place, codes)| of_object(place, codes, terms)).collect();
        let count = exceptions.len();
        let file = json!({
            "apiVersion": "seawall.dev/v1",
            "kind": "Exceptions",
            "exceptions": exceptions,
        });
        (count, yaml::render(&file))
    }
}

/// One exception for what is found in the object as a whole, and one for each set of containers.
fn of_object(place: &Place, codes: &BTreeMap<&'static str, Containers>, terms: &Terms) -> Vec<Value> {
    let mut by_containers: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for (code, containers) in codes {
        let names = match containers {
            Containers::Any => Vec::new(),
            Containers::Of(names) => names.iter().map(String::as_str).collect(),
        };
        by_containers.entry(names).or_default().push(code);
    }
    let exceptions = by_containers.into_iter().map(|(containers, codes)| {
        let Place { namespace, kind, name } = place;
        let mut scope = json!({});
        if let Some(namespace) = namespace {
            scope["namespaces"] = json!([namespace]);
        }
        scope["kinds"] = json!([kind]);
        scope["names"] = json!([name]);
        if !containers.is_empty() {
            scope["containers"] = json!(containers);
        }
        let Terms { owner, reason, expires } = terms;
        json!({ "policies": codes, "scope": scope, "owner": owner, "reason": reason, "expires": expires })
    });
    exceptions.collect()
}

/// What the API server appends to `generateName`, as a pattern: five characters.
const GENERATED: &str = "?????";

/// Whether the API server makes the object's name, from one that only begins it.
fn is_generated(root: Node<'_>) -> bool {
    let metadata = Object::view(root).and_then(Object::metadata);
    metadata.is_some_and(|metadata| metadata.name().is_none())
}

/// A pattern that nothing but the text matches.
fn literal(text: &str) -> String {
    // A backslash takes the meaning of what follows it, and is not among what is escaped.
    globset::escape(&text.replace('\\', r"\\"))
}

#[cfg(test)]
mod tests {
    use globset::Glob;

    use super::*;

    #[test]
    fn a_name_means_itself_alone() {
        for (name, others) in [
            ("web", &["web-1", "we", "WEB"][..]),
            ("system:a*b", &["system:ab", "system:axb"]),
            ("a[bc]", &["ab", "ac"]),
            ("{a,b}", &["a", "b"]),
            (r"a\b", &["ab", r"a\\b"]),
            (r"a\*", &["a*", r"a\b"]),
            ("a?", &["ab"]),
        ] {
            let pattern = Glob::new(&literal(name)).unwrap().compile_matcher();
            assert!(pattern.is_match(name), "{name}: {}", pattern.glob());
            assert!(!others.iter().any(|other| pattern.is_match(other)), "{name}: {}", pattern.glob());
        }
    }
}
