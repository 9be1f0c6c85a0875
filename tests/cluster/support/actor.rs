//! Somebody who calls the API under a name of their own, from any thread.

use anyhow::Result;
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::Handle;

use super::api::{self, Answer};
use super::control_plane::ControlPlane;

/// A user of the API.
#[derive(Clone)]
pub(crate) struct Actor {
    client: kube::Client,
    runtime: Handle,
    /// Who it is; the administrator says so, and the API server grants what this user may do.
    identity: Vec<(&'static str, String)>,
}

impl Actor {
    /// A user with groups.
    pub(crate) fn new(cluster: &ControlPlane, user: &str, groups: &[&str]) -> Self {
        let user = ("Impersonate-User", user.to_owned());
        let groups = groups.iter().map(|&group| ("Impersonate-Group", group.to_owned()));
        Self {
            client: cluster.client(),
            runtime: cluster.runtime().handle().clone(),
            identity: [user].into_iter().chain(groups).collect(),
        }
    }

    /// The object at a path, if it is there.
    pub(crate) fn read<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        let answer = self.call(Method::GET, path, None)?;
        if answer.status == 404 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_value(answer.success()?.body)?))
    }

    /// The objects of a collection, as the API server's cache has them.
    pub(crate) fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut answer =
            self.call(Method::GET, &format!("{path}{joint}resourceVersion=0"), None)?.success()?;
        Ok(serde_json::from_value(answer.body["items"].take())?)
    }

    /// One call.
    pub(crate) fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        self.call_as(method, path, body, "application/json")
    }

    /// A strategic merge patch, which knows that conditions are told apart by their type.
    pub(crate) fn patch(&self, path: &str, change: &Value) -> Result<Answer> {
        self.call_as(Method::PATCH, path, Some(change), "application/strategic-merge-patch+json")
    }

    fn call_as(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        content_type: &str,
    ) -> Result<Answer> {
        let own = self.identity.iter().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<(&str, &str)> = own.chain([("Content-Type", content_type)]).collect();
        self.runtime.block_on(api::call(&self.client, method, path, body.map(Value::to_string), &headers))
    }
}
