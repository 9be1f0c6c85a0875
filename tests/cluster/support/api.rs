//! Calls to the API as plain HTTP: what a client sees is what a scenario is about.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use http::{Method, Request};
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;

/// What the API server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The texts of all `Warning` headers.
    pub(crate) warnings: Vec<String>,
    /// The body: the object, or a `Status`.
    pub(crate) body: Value,
}

/// One entry of `status.details.causes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) reason: String,
    pub(crate) field: String,
    pub(crate) message: String,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// This answer, if the call succeeded.
    pub(crate) fn success(self) -> Result<Self> {
        ensure!(self.is_success(), "the API server answered {}: {}", self.status, self.message());
        Ok(self)
    }

    /// `message` of a `Status`.
    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// `details.causes` of a `Status`.
    pub(crate) fn causes(&self) -> Vec<Cause> {
        let text = |cause: &Value, key: &str| cause[key].as_str().unwrap_or_default().to_owned();
        let causes = self.body["details"]["causes"].as_array().into_iter().flatten();
        causes
            .map(|cause| Cause {
                reason: text(cause, "reason"),
                field: text(cause, "field"),
                message: text(cause, "message"),
            })
            .collect()
    }

    /// The codes of the policies that refused, as `details.causes` has them.
    pub(crate) fn refused_by(&self) -> Vec<String> {
        self.causes().into_iter().map(|cause| cause.reason).collect()
    }
}

/// A client with the credentials of a kubeconfig.
pub(crate) async fn connect(kubeconfig: &Path) -> Result<kube::Client> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    Ok(kube::Client::try_from(config)?)
}

/// One call.
pub(crate) async fn call(
    client: &kube::Client,
    method: Method,
    path: &str,
    body: Option<String>,
    headers: &[(&str, &str)],
) -> Result<Answer> {
    let mut request = Request::builder().method(&method).uri(path);
    if body.is_some() && !headers.iter().any(|(name, _)| *name == "Content-Type") {
        request = request.header("Content-Type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.unwrap_or_default().into_bytes()))?;
    let response = client.send(request).await.with_context(|| format!("{method} {path}"))?;
    let status = response.status().as_u16();
    let warnings = response.headers().get_all("warning").iter();
    let warnings = warnings.filter_map(|value| Some(text_of(value.to_str().ok()?))).collect();
    let bytes = response.into_body().collect_bytes().await?;
    // `/readyz` and its like answer with plain text.
    let body = serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
    Ok(Answer { status, warnings, body })
}

/// The text of a header such as `299 - "text with \" in it"`.
fn text_of(header: &str) -> String {
    let text = header.split_once('"').map_or(header, |(_, text)| text);
    let text = text.strip_suffix('"').unwrap_or(text);
    text.replace("\\\"", "\"").replace("\\\\", "\\")
}
