//! What a scenario works with: a namespace of its own, and Seawall in front of it.

use std::fs;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use super::api::Answer;
use super::authority::Authority;
use super::control_plane::{ControlPlane, EVERYTHING_ALLOWED};
use super::manifests;
use super::output::Output;
use super::ports;
use super::registration::{Registration, SCENARIO, server_name};
use super::seawall::{Addresses, Seawall};
use super::wait::{PATIENCE, eventually};

/// The year until which the first certificate of a scenario is valid.
pub(crate) const VALID_UNTIL: i32 = 2090;

/// A namespace that only one scenario uses.
pub(crate) struct Scene<'c> {
    cluster: &'c ControlPlane,
    /// The name of the scenario and of its namespace.
    pub(crate) name: String,
    /// Issues the certificates of the scenario's webhook.
    pub(crate) authority: Authority,
}

/// A scene with one replica of Seawall in front of it.
pub(crate) struct Guarded<'s> {
    // First the registration: a webhook that nobody answers would be in the way.
    _registration: Registration<'s>,
    pub(crate) seawall: Seawall,
    /// The address of the webhook.
    pub(crate) address: SocketAddr,
    scene: &'s Scene<'s>,
}

/// Somebody who writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User<'u> {
    pub(crate) name: &'u str,
    pub(crate) groups: &'u [&'u str],
}

impl<'c> Scene<'c> {
    /// Makes the namespace and waits until Pods can be created in it.
    pub(crate) fn new(cluster: &'c ControlPlane, name: &str) -> Result<Self> {
        let scene = Self { cluster, name: name.to_owned(), authority: Authority::new()? };
        scene.add_namespace(name, &json!({}))?;
        Ok(scene)
    }

    /// The control plane.
    pub(crate) fn cluster(&self) -> &'c ControlPlane {
        self.cluster
    }

    /// A further namespace with labels; its requests go to this scenario's webhook too.
    pub(crate) fn add_namespace(&self, name: &str, labels: &Value) -> Result<()> {
        let mut labels = labels.clone();
        labels[SCENARIO] = json!(self.name);
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
        self.cluster.call(Method::POST, "/api/v1/namespaces", Some(&namespace))?.success()?;
        let account = format!("/api/v1/namespaces/{name}/serviceaccounts/default");
        eventually(PATIENCE, || {
            Ok(self.cluster.call(Method::GET, &account, None).ok().filter(Answer::is_success))
        })
        .context("no default ServiceAccount appears")?;
        Ok(())
    }

    /// A folder for the files of one replica.
    pub(crate) fn dir(&self, replica: &str) -> Result<PathBuf> {
        let dir = self.cluster.dir().join(format!("{}-{replica}", self.name));
        fs::create_dir_all(&dir)?;
        Ok(dir)
    }

    /// Starts one replica and waits until the API server calls it.
    pub(crate) fn guard(&self, configuration: &str) -> Result<Guarded<'_>> {
        self.guard_with(configuration, &[])
    }

    /// The same with further arguments for `seawall serve`.
    pub(crate) fn guard_with(&self, configuration: &str, arguments: &[&str]) -> Result<Guarded<'_>> {
        let address = ports::service_address()?;
        let addresses = Addresses { webhook: address, admin: ports::loopback()? };
        let identity = self.authority.issue(&server_name(&self.name), VALID_UNTIL)?;
        let seawall = Seawall::start(&self.dir("one")?, addresses, configuration, &identity, arguments)?;
        let registration = self.register(address)?;
        self.wait_until_called(&[&seawall])?;
        Ok(Guarded { _registration: registration, seawall, address, scene: self })
    }

    /// Makes the API server send this scenario's requests to an address.
    pub(crate) fn register(&self, address: SocketAddr) -> Result<Registration<'_>> {
        Registration::new(self.cluster, &self.name, address, &self.authority.certificate)
    }

    /// Writes, without effect, until one of the replicas has seen a review: the API server learns of
    /// registrations with a delay.
    pub(crate) fn wait_until_called(&self, replicas: &[&Seawall]) -> Result<()> {
        let canary = manifests::deployment("canary");
        eventually(PATIENCE, || {
            self.dry_run(&canary)?;
            for replica in replicas {
                if replica.metric("seawall_reviews_total", &[])? > 0.0 {
                    return Ok(Some(()));
                }
            }
            Ok(None)
        })
        .context("the API server does not call the webhook")
    }

    /// The path of the collection that an object belongs to.
    pub(crate) fn collection(&self, object: &Value) -> String {
        manifests::collection(object, &self.name)
    }

    /// The path of an object.
    pub(crate) fn path(&self, object: &Value) -> String {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        format!("{}/{name}", self.collection(object))
    }

    pub(crate) fn create(&self, object: &Value) -> Result<Answer> {
        self.cluster.call(Method::POST, &self.collection(object), Some(object))
    }

    /// Creates with `dryRun=All`.
    pub(crate) fn dry_run(&self, object: &Value) -> Result<Answer> {
        self.cluster.call(Method::POST, &format!("{}?dryRun=All", self.collection(object)), Some(object))
    }

    pub(crate) fn read(&self, object: &Value) -> Result<Answer> {
        self.cluster.call(Method::GET, &self.path(object), None)
    }

    pub(crate) fn delete(&self, object: &Value) -> Result<Answer> {
        self.cluster.call(Method::DELETE, &self.path(object), None)
    }

    /// A JSON merge patch.
    pub(crate) fn merge(&self, object: &Value, patch: &Value) -> Result<Answer> {
        let headers = [("Content-Type", "application/merge-patch+json")];
        self.cluster.call_with(Method::PATCH, &self.path(object), Some(patch), &headers)
    }

    /// kubectl in the scene's namespace.
    pub(crate) fn kubectl(&self, arguments: &[&str], input: &str) -> Result<Output> {
        let arguments: Vec<&str> =
            ["--namespace", &self.name].into_iter().chain(arguments.iter().copied()).collect();
        self.cluster.kubectl(&arguments, input)
    }

    /// kubectl as somebody else.
    pub(crate) fn kubectl_as(&self, user: User<'_>, arguments: &[&str], input: &str) -> Result<Output> {
        let flags = user.flags();
        let flags = flags.iter().map(String::as_str);
        self.kubectl(&flags.chain(arguments.iter().copied()).collect::<Vec<_>>(), input)
    }

    /// Creates what must be accepted without a word.
    pub(crate) fn accepts(&self, object: &Value) -> Result<()> {
        let answer = self.create(object)?.success()?;
        ensure!(answer.warnings.is_empty(), "accepted with warnings: {:?}", answer.warnings);
        Ok(())
    }

    /// Creates what must be refused.
    pub(crate) fn rejects(&self, object: &Value) -> Result<Answer> {
        let answer = self.create(object)?;
        ensure!(answer.status == 403, "answered {}: {}", answer.status, answer.message());
        Ok(answer)
    }

    /// Creates what must be accepted with warnings.
    pub(crate) fn warns(&self, object: &Value) -> Result<Vec<String>> {
        let answer = self.create(object)?.success()?;
        ensure!(!answer.warnings.is_empty(), "accepted without a warning");
        Ok(answer.warnings)
    }
}

impl<'s> Deref for Guarded<'s> {
    type Target = Scene<'s>;

    fn deref(&self) -> &Scene<'s> {
        self.scene
    }
}

impl User<'_> {
    /// The flags of kubectl for this user.
    pub(crate) fn flags(self) -> Vec<String> {
        let groups = self.groups.iter().copied().chain([EVERYTHING_ALLOWED]);
        let groups = groups.map(|group| format!("--as-group={group}"));
        [format!("--as={}", self.name)].into_iter().chain(groups).collect()
    }
}
