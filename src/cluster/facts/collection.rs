//! The calls for all objects of a kind in the cluster.

use futures::StreamExt as _;
use futures::stream::BoxStream;
use kube::api::{ListParams, WatchParams};
use kube::core::{DynamicObject, ListMeta, Request, Resource as _, WatchEvent};
use kube::{Client, Error};
use serde::Deserialize;
use serde_json::Value;

use crate::cluster::resource_of;
use crate::object::kinds::Kind;

/// What is said on a watch. Objects are taken as they are: most of each is thrown away at once.
pub(super) type Events = BoxStream<'static, kube::Result<WatchEvent<Value>>>;

/// All objects of a kind.
pub(super) struct Collection {
    client: Client,
    resource: Request,
    /// Only the metadata of objects is asked for.
    is_metadata: bool,
}

/// A part of a list.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) metadata: ListMeta,
    pub(super) items: Vec<Value>,
}

impl Collection {
    pub(super) fn new(client: Client, kind: &Kind, is_metadata: bool) -> Self {
        let resource = Request::new(DynamicObject::url_path(&resource_of(kind), None));
        Self { client, resource, is_metadata }
    }

    pub(super) async fn list(&self, params: &ListParams) -> kube::Result<Page> {
        let request =
            if self.is_metadata { self.resource.list_metadata(params) } else { self.resource.list(params) };
        self.client.request(request.map_err(Error::BuildRequest)?).await
    }

    pub(super) async fn watch(&self, params: &WatchParams, version: &str) -> kube::Result<Events> {
        let request = if self.is_metadata {
            self.resource.watch_metadata(params, version)
        } else {
            self.resource.watch(params, version)
        };
        let events = self.client.request_events(request.map_err(Error::BuildRequest)?).await?;
        Ok(events.boxed())
    }
}
