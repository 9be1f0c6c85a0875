//! The volumes of a Pod, and how they follow what they are made of.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use http::Method;
use k8s_openapi::api::core::v1::{
    ConfigMap, KeyToPath, Pod, Secret, ServiceAccountTokenProjection, Volume as Source,
};
use serde_json::json;

use super::super::volume::{File, Files, Volume};
use super::environment::Surroundings;
use super::sandbox::knows_all_users;

/// The volumes of one Pod.
pub(super) struct Volumes {
    dir: PathBuf,
    followed: BTreeMap<String, Volume>,
    tokens: BTreeMap<String, Token>,
}

/// A token that was asked for.
struct Token {
    text: String,
    since: Instant,
    life: Duration,
}

impl Volumes {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir, followed: BTreeMap::new(), tokens: BTreeMap::new() }
    }

    /// Brings the files of all volumes to what the API has; an error means that this has to be tried again.
    pub(super) fn refresh(&mut self, around: &Surroundings<'_>) -> Result<()> {
        let spec = around.pod.spec.as_ref().context("no spec")?;
        for source in spec.volumes.iter().flatten() {
            let dir = self.dir(&source.name);
            if source.empty_dir.is_some() {
                empty_dir(&dir, Owner::of(around.pod).group)?;
                continue;
            }
            let files = self.files(source, around).with_context(|| format!("volume {}", source.name))?;
            if let Some(volume) = self.followed.get_mut(&source.name) {
                volume.replace(files)?;
            } else {
                self.followed.insert(source.name.clone(), Volume::with_files(dir, files)?);
            }
        }
        Ok(())
    }

    /// Where a volume is on this machine, and whether containers may never write to it.
    pub(super) fn find(&self, name: &str) -> (PathBuf, bool) {
        (self.dir(name), self.followed.contains_key(name))
    }

    fn dir(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn files(&mut self, source: &Source, around: &Surroundings<'_>) -> Result<Files> {
        let owner = Owner::of(around.pod);
        let mut files = Files::new();
        if let Some(map) = &source.config_map {
            let entries = config_map(around, &map.name, map.optional)?;
            add(&mut files, entries, map.items.as_deref(), map.default_mode, map.optional, &owner)?;
        } else if let Some(secret) = &source.secret {
            let name = secret.secret_name.as_deref().unwrap_or_default();
            let entries = secret_data(around, name, secret.optional)?;
            add(&mut files, entries, secret.items.as_deref(), secret.default_mode, secret.optional, &owner)?;
        } else if let Some(projected) = &source.projected {
            let mode = projected.default_mode;
            for part in projected.sources.iter().flatten() {
                if let Some(map) = &part.config_map {
                    let entries = config_map(around, &map.name, map.optional)?;
                    add(&mut files, entries, map.items.as_deref(), mode, map.optional, &owner)?;
                } else if let Some(secret) = &part.secret {
                    let entries = secret_data(around, &secret.name, secret.optional)?;
                    add(&mut files, entries, secret.items.as_deref(), mode, secret.optional, &owner)?;
                } else if let Some(token) = &part.service_account_token {
                    let text = self.token(around, token)?;
                    files.insert(token.path.clone(), owner.of_token(text));
                } else if let Some(api) = &part.downward_api {
                    for item in api.items.iter().flatten() {
                        let selector = item.field_ref.as_ref().context("only fields are understood")?;
                        let content = around.field(selector)?.into_bytes();
                        files.insert(item.path.clone(), owner.of_file(content, item.mode.or(mode)));
                    }
                } else {
                    bail!("a source of this kind is not understood");
                }
            }
        } else {
            bail!("a volume of this kind is not understood");
        }
        Ok(files)
    }

    /// A token of the Pod's ServiceAccount, bound to the Pod; asked for anew after four fifths of its life.
    fn token(
        &mut self,
        around: &Surroundings<'_>,
        projection: &ServiceAccountTokenProjection,
    ) -> Result<String> {
        let fresh = |token: &&Token| token.since.elapsed() < token.life.mul_f32(0.8);
        if let Some(token) = self.tokens.get(&projection.path).filter(fresh) {
            return Ok(token.text.clone());
        }
        let metadata = &around.pod.metadata;
        let account = around.pod.spec.as_ref().and_then(|spec| spec.service_account_name.as_deref());
        let path = format!(
            "/api/v1/namespaces/{}/serviceaccounts/{}/token",
            metadata.namespace.as_deref().unwrap_or_default(),
            account.unwrap_or("default")
        );
        let seconds = projection.expiration_seconds.unwrap_or(3_600);
        let request = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {
                "audiences": projection.audience.iter().collect::<Vec<_>>(),
                "expirationSeconds": seconds,
                "boundObjectRef": {
                    "apiVersion": "v1", "kind": "Pod", "name": metadata.name, "uid": metadata.uid,
                },
            },
        });
        let answer = around.kubelet.call(Method::POST, &path, Some(&request))?.success()?;
        let text = answer.body["status"]["token"].as_str().context("no token")?.to_owned();
        let life = Duration::from_secs(seconds.unsigned_abs());
        let token = Token { text: text.clone(), since: Instant::now(), life };
        self.tokens.insert(projection.path.clone(), token);
        Ok(text)
    }
}

/// Whom files belong to.
struct Owner {
    user: Option<u32>,
    group: Option<u32>,
}

impl Owner {
    fn of(pod: &Pod) -> Self {
        let spec = pod.spec.as_ref();
        let of_pod = spec.and_then(|spec| spec.security_context.as_ref());
        let id = |id: Option<i64>| id.and_then(|id| u32::try_from(id).ok()).filter(|_| knows_all_users());
        // A user only if all containers have the same.
        let users = spec.iter().flat_map(|spec| &spec.containers).map(|container| {
            let own = container.security_context.as_ref();
            own.and_then(|own| own.run_as_user).or_else(|| of_pod?.run_as_user)
        });
        let mut users: Vec<Option<i64>> = users.collect();
        users.dedup();
        Self {
            user: id(users.first().copied().flatten().filter(|_| users.len() == 1)),
            group: id(of_pod.and_then(|of_pod| of_pod.fs_group)),
        }
    }

    fn of_file(&self, content: Vec<u8>, mode: Option<i32>) -> File {
        let mode = mode.and_then(|mode| u32::try_from(mode).ok()).unwrap_or(0o644);
        // The group of the Pod's volumes can read all of them.
        let mode = if self.group.is_some() { mode | 0o440 } else { mode };
        File { content, mode, owner: (None, self.group) }
    }

    /// A token is for its user alone, where the Pod says who that is.
    fn of_token(&self, text: String) -> File {
        let mode = match (self.user, self.group) {
            (None, None) => 0o644,
            (_, Some(_)) => 0o640,
            (Some(_), None) => 0o600,
        };
        File { content: text.into_bytes(), mode, owner: (self.user, self.group) }
    }
}

type Entries = BTreeMap<String, Vec<u8>>;

fn config_map(around: &Surroundings<'_>, name: &str, optional: Option<bool>) -> Result<Entries> {
    let namespace = around.pod.metadata.namespace.as_deref().unwrap_or_default();
    let found: Option<ConfigMap> =
        around.kubelet.read(&format!("/api/v1/namespaces/{namespace}/configmaps/{name}"))?;
    match found {
        Some(found) => {
            let text = found.data.into_iter().flatten().map(|(key, value)| (key, value.into_bytes()));
            Ok(text
                .chain(found.binary_data.into_iter().flatten().map(|(key, value)| (key, value.0)))
                .collect())
        }
        None if optional == Some(true) => Ok(Entries::new()),
        None => bail!("there is no ConfigMap {name}"),
    }
}

fn secret_data(around: &Surroundings<'_>, name: &str, optional: Option<bool>) -> Result<Entries> {
    let namespace = around.pod.metadata.namespace.as_deref().unwrap_or_default();
    let found: Option<Secret> =
        around.kubelet.read(&format!("/api/v1/namespaces/{namespace}/secrets/{name}"))?;
    match found {
        Some(found) => Ok(found.data.into_iter().flatten().map(|(key, value)| (key, value.0)).collect()),
        None if optional == Some(true) => Ok(Entries::new()),
        None => bail!("there is no Secret {name}"),
    }
}

/// All entries under their keys, or those that are listed under the paths that are said there.
fn add(
    files: &mut Files,
    mut entries: Entries,
    items: Option<&[KeyToPath]>,
    mode: Option<i32>,
    optional: Option<bool>,
    owner: &Owner,
) -> Result<()> {
    let Some(items) = items.filter(|items| !items.is_empty()) else {
        files.extend(entries.into_iter().map(|(key, content)| (key, owner.of_file(content, mode))));
        return Ok(());
    };
    for item in items {
        match entries.remove(&item.key) {
            Some(content) => {
                files.insert(item.path.clone(), owner.of_file(content, item.mode.or(mode)));
            }
            None if optional == Some(true) => {}
            None => bail!("there is no key {}", item.key),
        }
    }
    Ok(())
}

fn empty_dir(dir: &Path, group: Option<u32>) -> Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    if group.is_some() {
        chown(dir, None, group)?;
    }
    // Files in it belong to the group of the Pod's volumes.
    let mode = if group.is_some() { 0o2777 } else { 0o777 };
    Ok(fs::set_permissions(dir, Permissions::from_mode(mode))?)
}
