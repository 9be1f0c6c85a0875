//! What is being reviewed.

use std::fmt;

use super::target::KindLens;
use crate::object::apps::Replicated;
use crate::object::kinds::{self, Kind};
use crate::object::lifecycle;
use crate::object::meta::{Object, group_of};
use crate::object::operation::Operation;
use crate::object::pod::Pod;
use crate::object::subresources::Scale;
use crate::object::workload::{Workload, Workloads};
use crate::object::{Int, List, Text, View as _};
use jiff::Timestamp;

/// An API group and the name of a kind in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupKind<'t> {
    /// Empty for the core group.
    pub group: &'t str,
    /// The name in `kind`.
    pub kind: &'t str,
}

impl fmt::Display for GroupKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        if self.group.is_empty() { Ok(()) } else { write!(f, ".{}", self.group) }
    }
}

/// An API version and the name of a kind in it: the type of an object as somebody wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupVersionKind<'t> {
    /// Empty for the core group.
    pub group: &'t str,
    /// The version, without the group.
    pub version: &'t str,
    /// The name in `kind`.
    pub kind: &'t str,
}

impl<'t> GroupVersionKind<'t> {
    /// The type of an object with this `apiVersion` and `kind`.
    pub fn new(api_version: &'t str, kind: &'t str) -> Self {
        let group = group_of(api_version);
        let version = api_version.rsplit('/').next().unwrap_or_default();
        Self { group, version, kind }
    }

    /// The type without its version.
    pub fn group_kind(self) -> GroupKind<'t> {
        GroupKind { group: self.group, kind: self.kind }
    }
}

impl fmt::Display for GroupVersionKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.group.is_empty() {
            write!(f, "{}/", self.group)?;
        }
        write!(f, "{} {}", self.version, self.kind)
    }
}

/// Who writes, and how. Only a webhook knows it.
#[derive(Clone, Copy)]
pub struct Request<'t> {
    /// `userInfo.username`, which the API server has authenticated.
    pub user: &'t str,
    /// `userInfo.groups`; `None` if there are none.
    pub groups: Option<List<'t, Text<'t>>>,
    /// `options.fieldManager`: what the client says that it is.
    pub field_manager: Option<&'t str>,
    /// Whether nothing will be stored.
    pub dry_run: bool,
    /// `requestKind`: the type that the client wrote, which the API server may have converted since.
    pub written_as: Option<GroupVersionKind<'t>>,
    /// `resource`: the kind of the object that the request is about, which for a subresource is that of its parent.
    pub resource: Option<&'static Kind>,
    /// Whether the object has no name in the request: it is one of a whole collection that is being deleted, or gets
    /// its name from the API server.
    pub unnamed: bool,
}

impl Request<'_> {
    /// Whether a person writes, or whatever signs in as one: the name is neither that of a ServiceAccount nor that of
    /// a part of Kubernetes, which clients cannot choose. k3s and OpenShift call their first administrator
    /// `system:admin`.
    pub fn is_by_person(&self) -> bool {
        !self.user.is_empty() && (!self.user.starts_with("system:") || self.user == "system:admin")
    }

    /// Whether a part of Kubernetes writes: a component of the control plane, a node, or a controller in the namespace
    /// of the cluster's own.
    pub fn is_by_kubernetes(&self) -> bool {
        const PREFIXES: [&str; 5] = [
            "system:apiserver",
            "system:cloud-controller-manager",
            "system:kube-",
            "system:node:",
            "system:serviceaccount:kube-system:",
        ];
        PREFIXES.iter().any(|prefix| self.user.starts_with(prefix))
    }
}

/// Users as which Kubernetes removes what has lost its reason to be there. To refuse them would leave a Namespace
/// or an owner half deleted.
const CLEANERS: [&str; 5] = [
    "system:kube-controller-manager",
    "system:serviceaccount:kube-system:cronjob-controller",
    "system:serviceaccount:kube-system:generic-garbage-collector",
    "system:serviceaccount:kube-system:namespace-controller",
    "system:serviceaccount:kube-system:ttl-after-finished-controller",
];

impl Request<'_> {
    /// Whether Kubernetes itself asks: the namespace controller, the garbage collector and others that remove what has
    /// lost its reason to be there.
    pub fn is_cleanup(self) -> bool {
        CLEANERS.contains(&self.user)
    }
}

/// The object under review, its request and the instant of the review.
pub struct Subject<'t> {
    /// What is being done.
    pub operation: Operation,
    /// The kind of the object; for a subresource that of what was sent to it.
    pub group_kind: GroupKind<'t>,
    /// The subresource, such as `scale`; empty for the object itself.
    pub subresource: &'t str,
    /// The name of the object, or of the parent of a subresource.
    pub name: Option<&'t str>,
    /// The namespace; `None` where there is none or where a file does not say.
    pub namespace: Option<&'t str>,
    /// The object as it will be; `None` for DELETE.
    pub object: Option<Object<'t>>,
    /// The object as it is; only for UPDATE and DELETE.
    pub old: Option<Object<'t>>,
    /// Who writes; `None` where objects are judged that nobody is writing.
    pub request: Option<Request<'t>>,
    /// The instant of the review. Policies know no other clock.
    pub now: Timestamp,
    written_as: Option<GroupVersionKind<'t>>,
    kind: Option<&'static Kind>,
    workload: Option<&'t Workload>,
    pod: Option<Pod<'t>>,
}

impl<'t> Subject<'t> {
    /// An object on its own, judged as if it were being created.
    pub fn of_object(object: Object<'t>, now: Timestamp) -> Self {
        Self::of_manifest(object, type_of(object), object.namespace(), now)
    }

    /// An object of a file, judged as if it were being created: its type and its namespace may stand elsewhere.
    pub(crate) fn of_manifest(
        object: Object<'t>,
        written_as: GroupVersionKind<'t>,
        namespace: Option<&'t str>,
        now: Timestamp,
    ) -> Self {
        Self {
            operation: Operation::Create,
            group_kind: written_as.group_kind(),
            subresource: "",
            name: object.name(),
            namespace,
            object: Some(object),
            old: None,
            request: None,
            now,
            written_as: Some(written_as),
            kind: None,
            workload: None,
            pod: None,
        }
        .prepared()
    }

    /// The subject for those who know these custom resources too. Kinds that Seawall knows by name are not looked for.
    #[must_use]
    pub fn knowing(mut self, workloads: &'t Workloads) -> Self {
        if self.kind.is_some_and(|kind| *kind != kinds::OUTDATED) {
            return self;
        }
        self.workload = workloads.find(self.group_kind.group, self.group_kind.kind);
        self.prepared()
    }

    /// Looks up the kind and visits the Pod: to be called when all other fields are set.
    pub(crate) fn prepared(mut self) -> Self {
        self.kind = kinds::find(self.group_kind.group, self.group_kind.kind);
        if self.kind == Some(&kinds::NAMESPACE) {
            // The API server sends it so for requests; files leave it out.
            self.namespace = self.name;
        }
        let judged = self.judged();
        self.pod = match (self.kind, self.workload) {
            (Some(kind), _) => judged.and_then(|object| Pod::of(kind, object)),
            (None, Some(workload)) => {
                self.kind = Some(&kinds::CUSTOM_WORKLOAD);
                let template = judged.and_then(|object| workload.template(object));
                template.and_then(|template| Pod::from_template(&kinds::CUSTOM_WORKLOAD, template))
            }
            (None, None) => {
                let written = self.written_as();
                let outdated = lifecycle::find(written.group, written.version, written.kind);
                self.kind = outdated.map(|_| &kinds::OUTDATED);
                None
            }
        };
        self
    }

    /// The subject as it was before an update: the old object in place of the new one.
    pub(crate) fn before(&self) -> Option<Self> {
        let old = self.old?;
        // As what it was written, nobody knows.
        Some(Self { object: Some(old), old: None, pod: None, written_as: None, ..*self }.prepared())
    }

    /// A subject from its parts.
    #[expect(clippy::too_many_arguments, reason = "one for each part of an AdmissionRequest")]
    pub(crate) fn of_request(
        operation: Operation,
        group_kind: GroupKind<'t>,
        subresource: &'t str,
        name: Option<&'t str>,
        namespace: Option<&'t str>,
        (object, old): (Option<Object<'t>>, Option<Object<'t>>),
        request: Request<'t>,
        now: Timestamp,
    ) -> Self {
        Self {
            operation,
            group_kind,
            subresource,
            name,
            namespace,
            object,
            old,
            request: Some(request),
            now,
            written_as: request.written_as,
            kind: None,
            workload: None,
            pod: None,
        }
        .prepared()
    }

    /// The object that is judged: the new one, or the one that is being deleted.
    pub fn judged(&self) -> Option<Object<'t>> {
        self.object.or(self.old)
    }

    /// The type as the client or the file has it; after a conversion by the API server that of the object is another
    /// one.
    pub fn written_as(&self) -> GroupVersionKind<'t> {
        let of_object = || self.judged().map_or(GroupVersionKind::new("", ""), type_of);
        self.written_as.unwrap_or_else(of_object)
    }

    /// The kind, if Seawall knows it by name; [`kinds::CUSTOM_WORKLOAD`] if only the configuration does, and
    /// [`kinds::OUTDATED`] if all that is known of it is an API version with an end.
    pub fn kind(&self) -> Option<&'static Kind> {
        self.kind
    }

    /// What the configuration says of the kind, if only it knows it.
    pub fn workload(&self) -> Option<&'t Workload> {
        self.workload
    }

    /// How many Pods are asked for: by a Deployment or a StatefulSet, or through `scale`.
    pub fn replicas(&self) -> Option<Int<'t>> {
        let node = self.object?.node();
        match self.lens::<Scale<'static>>() {
            Some(scale) => Some(scale.spec()?.replicas()),
            None => Some(Replicated::view(node)?.spec()?.replicas()),
        }
    }

    /// The Pod that the object is or carries.
    pub fn pod(&self) -> Option<&Pod<'t>> {
        self.pod.as_ref()
    }

    /// The object through the lens of its kind; `None` if it is of another kind.
    pub fn lens<L: KindLens>(&self) -> Option<L::At<'t>> {
        if self.kind? != L::KIND {
            return None;
        }
        L::at(self.judged()?.node())
    }
}

fn type_of(object: Object<'_>) -> GroupVersionKind<'_> {
    let [api_version, kind] = [object.api_version(), object.kind()].map(|text| text.map_or("", |text| *text));
    GroupVersionKind::new(api_version, kind)
}
