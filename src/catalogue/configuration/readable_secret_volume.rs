//! `CFG06 readable-secret-volume`: files of a Secret are for the program that needs them.

use std::borrow::Cow;

use crate::object::pod::Pod;
use crate::object::volume::KeyToPath;
use crate::object::{Int, List, Place};
use crate::policy::prelude::*;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserializer, Serializer};

policy! {
    /// A volume gives the files of a Secret to more users than need them.
    ///
    /// Every bit of `defaultMode`, or of the `mode` of an item, that `maxMode` does not have is one too many. A volume
    /// that says nothing has `0644`: all users may read it. Projected volumes count where a Secret is among their
    /// sources. An `fsGroup` adds reading for the group, which the default allows. The mount itself is always
    /// read-only.
    ///
    /// ## Why
    /// Whatever runs in the container can read the files: a shell of an attacker, a helper that runs as another user,
    /// a sidecar that mounts the same volume. Tools for keys refuse such files altogether: `ssh` ignores a key that
    /// others may read.
    ///
    /// ## Fix
    /// Set `defaultMode: 0440` and `fsGroup` to the group of the program, or `0400` where it runs as root.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// volumes: [{ name: db, secret: { secretName: db } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// securityContext: { fsGroup: 1000 }
    /// volumes: [{ name: db, secret: { secretName: db, defaultMode: 0440 } }]
    /// ```
    pub(super) ReadableSecretVolume = {
        code: "CFG06",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/configuration/secret/#secret-files-permissions"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// What users may do with the files at most, as `chmod` has it, in quotes.
    max_mode: Mode,
}

/// The permissions of a file; in configuration a string of three or four octal digits.
#[derive(Clone, Copy, Debug)]
struct Mode(i64);

impl Default for Params {
    fn default() -> Self {
        Self { max_mode: Mode(0o440) }
    }
}

impl Check for ReadableSecretVolume {
    type Params = Params;

    fn check(Params { max_mode }: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for volume in pod.spec.volumes().iter() {
            if let Some(secret) = volume.secret() {
                let is_used =
                    secret.items().is_empty() || secret.items().iter().any(|item| item.mode().is_none());
                max_mode.check_items(secret.items(), out);
                if is_used {
                    max_mode.check(secret.default_mode(), out);
                }
            }
            let Some(projected) = volume.projected() else { continue };
            let mut is_used = false;
            for secret in projected.sources().iter().filter_map(|source| source.secret()) {
                is_used |=
                    secret.items().is_empty() || secret.items().iter().any(|item| item.mode().is_none());
                max_mode.check_items(secret.items(), out);
            }
            if is_used {
                max_mode.check(projected.default_mode(), out);
            }
        }
    }
}

impl Mode {
    fn check_items(self, items: List<'_, KeyToPath<'_>>, out: &mut Findings) {
        items.iter().filter_map(|item| item.mode()).for_each(|mode| self.check(mode, out));
    }

    fn check(self, mode: Int<'_>, out: &mut Findings) {
        let Self(max) = self;
        if *mode & 0o777 & !max != 0 {
            let message =
                format!("files of a Secret have mode `{:04o}`, at most `{max:04o}` is needed", *mode);
            out.report(Place::from(mode), message).magnitude((*mode & 0o777 & !max).count_ones().into());
        }
    }
}

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mode = i64::from_str_radix(&text, 8).ok().filter(|_| (3..=4).contains(&text.len()));
        let error = || serde::de::Error::custom(format!("`{text}` is no mode of a file, such as `0440`"));
        mode.filter(|mode| (0..=0o777).contains(mode)).map(Self).ok_or_else(error)
    }
}

impl Serialize for Mode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:04o}", self.0))
    }
}

impl JsonSchema for Mode {
    fn schema_name() -> Cow<'static, str> {
        "Mode".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^0?[0-7]{3}$" })
    }
}
