//! What there is of a kind, page by page: the memory that it takes is that of one page, however large the cluster is.

mod ask;
#[cfg(test)]
mod tests;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResourceList;
use kube::Client;
use kube::core::params::{GetParams, ListParams};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind, Request, Resource as _};

use crate::object::View as _;
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::object::workload::Workload;
use crate::tree::{Node, Tree, json};
pub(crate) use ask::MAX_LENGTH;
use ask::{Asking, Unanswered};

/// How many objects are asked for at once: as many as `kubectl` does.
pub const PAGE: u32 = 500;

/// How often a list may be begun again because the rest of it has expired.
const MAX_RESTARTS: u32 = 5;

/// Why a kind cannot be listed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Who asks may not list it; what the API server says.
    #[error("{0}")]
    Refused(String),
    /// The cluster does not have the kind.
    #[error("the cluster does not have it")]
    Absent,
    /// The API server answers, but not with a list; other kinds may still be listed.
    #[error("{0}")]
    Failed(String),
    /// The API server does not answer.
    #[error("{0}")]
    Unreachable(String),
}

/// A kind that cannot be listed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {error}")]
pub struct Unlisted {
    /// Its name.
    pub kind: String,
    /// Why.
    pub error: ListError,
}

/// What is listed.
#[derive(Clone, Debug)]
pub struct Listed<'a> {
    /// The kind, by its names in the API.
    pub resource: ApiResource,
    /// Where.
    pub place: Place<'a>,
    /// Which labels the objects have, as `kubectl --selector` takes it.
    pub labels: Option<&'a str>,
    /// Which fields they have, as `kubectl --field-selector` takes it.
    pub fields: Option<&'a str>,
    /// Whether nothing but what all objects have is asked for.
    pub only_metadata: bool,
}

/// Where objects are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In the whole cluster.
    Everywhere,
    /// In this namespace.
    Namespace(&'a str),
    /// The Namespace of this name itself, which takes no permission to list them; selectors do not apply.
    Itself(&'a str),
}

impl<'a> Listed<'a> {
    /// All there is of a kind.
    pub fn all(resource: ApiResource) -> Self {
        Self { resource, place: Place::Everywhere, labels: None, fields: None, only_metadata: false }
    }

    /// The same in each of these namespaces, or in all if there are none. What lives in no namespace is listed anyway;
    /// of Namespaces, those of these names.
    pub fn within(&self, is_namespaced: bool, namespaces: &'a [String]) -> Vec<Self> {
        let is_namespace = self.resource.kind == kinds::NAMESPACE.name && self.resource.group.is_empty();
        let at = |place| Self { place, ..self.clone() };
        let each = |place: fn(&'a str) -> Place<'a>| namespaces.iter().map(|name| at(place(name))).collect();
        match (namespaces, is_namespace, is_namespaced) {
            ([], ..) | (_, false, false) => vec![self.clone()],
            (_, true, _) => each(Place::Itself),
            (_, false, true) => each(Place::Namespace),
        }
    }
}

/// The names of a kind in the API.
pub fn resource_of(kind: &Kind) -> ApiResource {
    let Kind { group, version, name, plural, .. } = kind;
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, name), plural)
}

/// The names of a kind in the API that the configuration declares.
pub fn resource_of_workload(workload: &Workload) -> ApiResource {
    let Workload { group, version, kind, plural, .. } = workload;
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
}

/// Objects as the API server lists them, one page after the other.
pub struct Pages {
    asking: Asking,
    resource: ApiResource,
    request: Request,
    params: ListParams,
    only_metadata: bool,
    /// The only object that is asked for.
    name: Option<String>,
    /// The page that was read last; the next one takes its memory.
    tree: Tree,
    /// Where the last object stands that was handed out. The API server lists in this order.
    last: String,
    restarts: u32,
    is_over: bool,
}

/// Some of the objects.
pub struct Page<'a> {
    tree: &'a Tree,
    is_object: bool,
    /// How many of them have been handed out before.
    seen: usize,
    /// How many are still to come, where the API server says it.
    pub remaining: Option<u64>,
}

impl Page<'_> {
    /// The objects. Their type is that of the list: they do not say it themselves.
    pub fn items(&self) -> impl Iterator<Item = Node<'_>> {
        items(self.tree, self.is_object).skip(self.seen)
    }
}

/// The objects of a list, or the only one there is.
fn items(tree: &Tree, is_object: bool) -> impl Iterator<Item = Node<'_>> {
    let (object, list) = if is_object { (tree.root(), None) } else { (None, tree.root()) };
    let items = list.and_then(|list| list.field("items"));
    object.into_iter().chain(items.into_iter().flat_map(Node::children))
}

/// Where an object is stored, as far as it differs between objects of a kind.
fn place(item: Node<'_>) -> String {
    let Some(object) = Object::view(item) else { return String::new() };
    let name = object.name().unwrap_or_default();
    object.namespace().map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

impl Pages {
    /// From the beginning, with so many objects a page.
    pub fn new(client: Client, listed: &Listed<'_>, size: u32) -> Self {
        let mut params = ListParams::default().limit(size.max(1));
        params.label_selector = listed.labels.map(str::to_owned);
        params.field_selector = listed.fields.map(str::to_owned);
        let (namespace, name) = match listed.place {
            Place::Everywhere => (None, None),
            Place::Namespace(namespace) => (Some(namespace), None),
            Place::Itself(name) => (None, Some(name)),
        };
        Self {
            asking: Asking::new(client),
            resource: listed.resource.clone(),
            request: Request::new(DynamicObject::url_path(&listed.resource, namespace)),
            params,
            only_metadata: listed.only_metadata,
            name: name.map(str::to_owned),
            tree: Tree::new(),
            last: String::new(),
            restarts: 0,
            is_over: false,
        }
    }

    /// The same with answers of so many bytes at most: the pages are smaller where objects are larger.
    #[must_use]
    pub fn within(mut self, bytes: usize) -> Self {
        self.asking.max_length = bytes;
        self
    }

    /// The next page; `None` after the last one, and after an error.
    pub async fn next(&mut self) -> Result<Option<Page<'_>>, ListError> {
        if self.is_over {
            return Ok(None);
        }
        self.is_over = true;
        self.read().await?;
        let metadata = self.tree.root().and_then(|root| root.field("metadata"));
        let field = |name| metadata.and_then(|it| it.field(name));
        let token = field("continue").and_then(Node::as_str).filter(|token| !token.is_empty());
        let remaining = field("remainingItemCount").and_then(Node::as_i64).and_then(|it| it.try_into().ok());
        self.params.continue_token = token.map(str::to_owned);
        self.is_over = token.is_none();
        // Only what was begun again brings objects for a second time.
        let is_known = |item: &Node<'_>| self.restarts > 0 && place(*item) <= self.last;
        let is_object = self.name.is_some();
        let seen = items(&self.tree, is_object).take_while(is_known).count();
        if let Some(last) = items(&self.tree, is_object).skip(seen).last() {
            self.last = place(last);
        }
        Ok(Some(Page { tree: &self.tree, is_object, seen, remaining }))
    }

    /// Reads a page: a smaller one if it is too long, and a later version of the list if this one has expired.
    async fn read(&mut self) -> Result<(), ListError> {
        loop {
            let (request, params) = (&self.request, &self.params);
            let ask = || match &self.name {
                Some(name) => request.get(name, &GetParams::default()),
                None if self.only_metadata => request.list_metadata(params),
                None => request.list(params),
            };
            match self.asking.ask(ask).await {
                Ok(text) => {
                    return json::read_into(&mut self.tree, &text).map_err(|error| {
                        ListError::Failed(format!("the answer of the API server cannot be read: {error}"))
                    });
                }
                Err(Unanswered::TooLong) if params.limit > Some(1) => {
                    self.params.limit = params.limit.map(|limit| (limit / 4).max(1));
                }
                Err(Unanswered::Expired(token)) if self.restarts < MAX_RESTARTS => {
                    self.restarts += 1;
                    self.params.continue_token = token;
                }
                Err(error) => return Err(self.of_kind(error.into_error()).await),
            }
        }
    }

    /// Permissions come first: of a kind that the cluster does not have the API server says that it may not be listed.
    /// Which kinds there are may be asked by everybody.
    async fn of_kind(&self, error: ListError) -> ListError {
        let ApiResource { group, api_version, plural, .. } = &self.resource;
        if !matches!(error, ListError::Refused(_)) || group.is_empty() {
            return error;
        }
        let question = || {
            let request = http::Request::get(format!("/apis/{api_version}"));
            request.body(Vec::new()).map_err(kube::core::request::Error::BuildRequest)
        };
        let is_there = match self.asking.ask(question).await {
            Ok(text) => {
                let kinds: Option<APIResourceList> = serde_json::from_slice(&text).ok();
                kinds.is_none_or(|it| it.resources.iter().any(|it| it.name == *plural))
            }
            Err(error) => !matches!(error.into_error(), ListError::Absent),
        };
        if is_there { error } else { ListError::Absent }
    }
}
