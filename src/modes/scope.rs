//! Where a rule or an exception applies. Scope lives here and nowhere else: no policy selects or exempts.

use std::collections::BTreeMap;

use globset::{Glob, GlobMatcher};

use crate::object::image::ImageReference;
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::object::pod_spec::Container;
use crate::policy::{Operation, Subject};

/// A scope; every condition that is set must hold, and an empty scope is everywhere.
#[derive(Debug, Default)]
pub struct Scope {
    /// Names of namespaces; a Namespace object counts as being in itself.
    pub namespaces: Vec<Glob>,
    /// Labels of the namespace.
    pub namespace_labels: Option<LabelSelector>,
    /// Kinds, as `Deployment` or `Deployment.apps`.
    pub kinds: Vec<String>,
    /// Names of objects.
    pub names: Vec<Glob>,
    /// Operations.
    pub operations: Vec<Operation>,
    /// User names; only a webhook knows them.
    pub users: Vec<Glob>,
    /// Groups of which the user is in one; only a webhook knows them.
    pub groups: Vec<Glob>,
    /// Labels of the object.
    pub labels: Option<LabelSelector>,
    /// Names of containers: the rule then applies to findings in these containers only.
    pub containers: Vec<Glob>,
    /// Image references: likewise, to findings in containers that run them.
    pub images: Vec<Glob>,
}

/// Whether a scope holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// It does not.
    No,
    /// It does.
    Yes,
    /// It depends on the container that a finding is in.
    PerContainer,
    /// It depends on the namespace, which is not known, or on labels, which are not.
    Unknown,
}

/// The object whose labels a scope asks for.
#[derive(Clone, Copy)]
pub(super) enum Labelled<'t> {
    /// The object under review; for a subresource that is sent without labels, the one that it belongs to.
    Object(Option<Object<'t>>),
    /// That is not known.
    Unknown,
}

/// Labels by key.
pub type Labels = BTreeMap<String, String>;

/// A label selector of the configuration: all conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// Labels that must have just this value.
    pub match_labels: Labels,
    /// Further conditions.
    pub match_expressions: Vec<LabelRequirement>,
}

/// One condition of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelRequirement {
    /// The label has one of these values.
    In(String, Vec<String>),
    /// The label is absent or has none of these values.
    NotIn(String, Vec<String>),
    /// The label is there.
    Exists(String),
    /// The label is not there.
    DoesNotExist(String),
}

impl LabelSelector {
    /// Whether labels, looked up one by one, are selected.
    pub fn matches<'v>(&self, value_of: impl Fn(&str) -> Option<&'v str>) -> bool {
        self.match_labels.iter().all(|(key, wanted)| value_of(key) == Some(wanted))
            && self.match_expressions.iter().all(|requirement| match requirement {
                LabelRequirement::In(key, values) => {
                    value_of(key).is_some_and(|value| values.iter().any(|it| it == value))
                }
                LabelRequirement::NotIn(key, values) => {
                    !value_of(key).is_some_and(|value| values.iter().any(|it| it == value))
                }
                LabelRequirement::Exists(key) => value_of(key).is_some(),
                LabelRequirement::DoesNotExist(key) => value_of(key).is_none(),
            })
    }
}

/// The container that a finding is in.
#[derive(Clone, Copy, Debug)]
pub struct ContainerAt<'t> {
    /// Its name.
    pub name: &'t str,
    /// Its image as written.
    pub image: &'t str,
}

impl<'t> ContainerAt<'t> {
    /// Name and image of a container.
    pub fn of(container: Container<'t>) -> Self {
        Self {
            name: container.name().map_or("", |name| *name),
            image: container.image().map_or("", |image| *image),
        }
    }
}

/// A scope with its globs compiled.
#[derive(Debug)]
pub(super) struct CompiledScope {
    namespaces: Vec<GlobMatcher>,
    namespace_labels: Option<LabelSelector>,
    kinds: Vec<String>,
    names: Vec<GlobMatcher>,
    operations: Vec<Operation>,
    users: Vec<GlobMatcher>,
    groups: Vec<GlobMatcher>,
    labels: Option<LabelSelector>,
    containers: Vec<GlobMatcher>,
    images: Vec<GlobMatcher>,
}

impl CompiledScope {
    pub(super) fn new(scope: &Scope) -> Self {
        // A field added to `Scope` must be decided on here.
        let Scope {
            namespaces,
            namespace_labels,
            kinds,
            names,
            operations,
            users,
            groups,
            labels,
            containers,
            images,
        } = scope;
        Self {
            namespaces: compile(namespaces),
            namespace_labels: namespace_labels.clone(),
            kinds: kinds.clone(),
            names: compile(names),
            operations: operations.clone(),
            users: compile(users),
            groups: compile(groups),
            labels: labels.clone(),
            containers: compile(containers),
            images: compile(images),
        }
    }

    /// Whether the scope holds for a subject; `namespace` is its Namespace object, if that is known.
    pub(super) fn matches(
        &self,
        subject: &Subject<'_>,
        labelled: Labelled<'_>,
        namespace: Option<Object<'_>>,
    ) -> Match {
        let name = subject.name.unwrap_or_default();
        let labels_hold = |selector: &LabelSelector, object: Option<Object<'_>>| {
            selector.matches(|key| object.and_then(|object| object.label(key)).map(|value| *value))
        };
        let is_namespace = subject.kind() == Some(&kinds::NAMESPACE);
        let within = if is_namespace { subject.name } else { subject.namespace };
        let is_unnamed = within.is_none() && is_in_unnamed_namespace(subject);
        let holds = (is_unnamed || any(&self.namespaces, within))
            && any(&self.names, Some(name))
            && (self.operations.is_empty() || self.operations.contains(&subject.operation))
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| names_kind(kind, subject)))
            && self.labels.as_ref().is_none_or(|selector| match labelled {
                Labelled::Object(object) => labels_hold(selector, object),
                Labelled::Unknown => true,
            })
            && self.writer_matches(subject);
        if !holds {
            return Match::No;
        }
        if is_unnamed && self.asks_for_namespace() {
            return Match::Unknown;
        }
        if let Some(selector) = &self.namespace_labels {
            match namespace {
                None if within.is_some() => return Match::Unknown,
                None => return Match::No,
                Some(_) if !labels_hold(selector, namespace) => return Match::No,
                Some(_) => {}
            }
        }
        if self.asks_for_labels() && matches!(labelled, Labelled::Unknown) {
            return Match::Unknown;
        }
        if self.asks_for_container() { Match::PerContainer } else { Match::Yes }
    }

    /// Whether the scope has conditions on the namespace.
    pub(super) fn asks_for_namespace(&self) -> bool {
        !self.namespaces.is_empty() || self.namespace_labels.is_some()
    }

    /// Whether the scope has conditions on the labels of the object.
    pub(super) fn asks_for_labels(&self) -> bool {
        self.labels.is_some()
    }

    /// Whether the scope has conditions on the container of a finding.
    pub(super) fn asks_for_container(&self) -> bool {
        !self.containers.is_empty() || !self.images.is_empty()
    }

    /// Whether the scope's conditions on containers hold for the container of a finding; a finding outside of
    /// all containers meets none.
    pub(super) fn matches_container(&self, container: Option<ContainerAt<'_>>) -> bool {
        let Some(container) = container else { return false };
        let image = || {
            // The form that nobody writes but everybody means is worked out only if the written one is not meant.
            any(&self.images, Some(container.image)) || any(&self.images, Some(&written_out(container.image)))
        };
        any(&self.containers, Some(container.name)) && image()
    }

    fn writer_matches(&self, subject: &Subject<'_>) -> bool {
        if self.users.is_empty() && self.groups.is_empty() {
            return true;
        }
        let Some(request) = &subject.request else { return false };
        let in_group = || {
            let mut groups = request.groups.into_iter().flat_map(crate::object::List::iter);
            self.groups.is_empty() || groups.any(|group| any(&self.groups, Some(*group)))
        };
        any(&self.users, Some(request.user)) && in_group()
    }
}

fn compile(globs: &[Glob]) -> Vec<GlobMatcher> {
    globs.iter().map(Glob::compile_matcher).collect()
}

/// Whether one of the globs matches; no globs are no condition, and what is absent matches none.
fn any(globs: &[GlobMatcher], text: Option<&str>) -> bool {
    globs.is_empty() || text.is_some_and(|text| globs.iter().any(|glob| glob.is_match(text)))
}

/// An image reference with Docker Hub's short forms written out.
fn written_out(image: &str) -> String {
    let reference = ImageReference::parse(image);
    let mut text = reference.repository().to_string();
    for (mark, part) in [(':', reference.tag), ('@', reference.digest)] {
        if let Some(part) = part {
            text.push(mark);
            text.push_str(part);
        }
    }
    text
}

/// Whether the object has a namespace that nobody has named yet: files may leave it to whoever applies them.
fn is_in_unnamed_namespace(subject: &Subject<'_>) -> bool {
    subject.request.is_none() && subject.kind().is_some_and(|kind| kind.namespaced)
}

fn names_kind(wanted: &str, subject: &Subject<'_>) -> bool {
    let (kind, group) = wanted.split_once('.').map_or((wanted, None), |(kind, group)| (kind, Some(group)));
    let is_same_group = |group: &str| {
        // Two groups may hold the same kind: the workloads of `extensions` are those of `apps`.
        let known = kinds::find(group, kind);
        group == subject.group_kind.group || known.is_some() && known == subject.kind()
    };
    let parent = subject.request.and_then(|request| request.resource);
    let is_parent = |parent: &Kind| parent.name == kind && group.is_none_or(|group| group == parent.group);
    kind == subject.group_kind.kind && group.is_none_or(is_same_group) || parent.is_some_and(is_parent)
}
