//! `CFG21 credential-like-config-key`: what a ConfigMap calls a password probably is one.

use super::credential::{name, value};
use crate::object::configuration::ConfigMap;
use crate::policy::prelude::*;

policy! {
    /// A ConfigMap has a key that speaks of a credential, and a value that may be one.
    ///
    /// The key ends as names of credentials do (`db_password`, `apiKey`), in `data` or at the beginning of a line of a
    /// file there (`password: …`, `db.password=…`, `"apiKey": "…"`); or it has a word such as `token`, and its value
    /// looks made up or drawn at random. References, paths, switches and what is to be filled in pass. What is told by
    /// its form is `credential-in-config-map`'s.
    ///
    /// ## Why
    /// Nearly everybody may read ConfigMaps: the default role `view` grants it, and leaves Secrets out for this very
    /// reason. But names mislead too (the token of a tokenizer, the key of a cache): which words count, and which keys
    /// do not, is for those to say who know the configuration.
    ///
    /// ## Fix
    /// Put the credential into a Secret, mount it beside the file or refer to it from there, and change it: it is
    /// known.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: { name: web }
    /// data: { DB_PASSWORD: hunter2 }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: { name: web }
    /// data: { DB_PASSWORD_FILE: /etc/db/password, enable_password_rotation: "false" }
    /// ```
    pub(super) CredentialLikeConfigKey = {
        code: "CFG21",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: ConfigMap,
        yields_to: ["CFG03" in Field],
        equivalents: ["polaris:sensitiveConfigmapContent", "trivy:KSV-0109", "trivy:KSV-01010", "kubescape:C-0012"],
        references: ["https://kubernetes.io/docs/concepts/configuration/configmap/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// How keys with a credential end. Case does not count, and `-`, `.` and a capital letter within a word count as
    /// `_`.
    names: name::Endings,
    /// Words in keys that speak of a credential, if the value may be one too.
    words: Vec<String>,
    /// Keys that are something else, of the ConfigMap or of a line; they are compared to the letter.
    known: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            names: name::Endings::default(),
            words: name::LOOSE.map(str::to_owned).into(),
            known: Vec::new(),
        }
    }
}

impl Check for CredentialLikeConfigKey {
    type Params = Params;

    fn check(params: &Params, map: ConfigMap<'_>, _: &Context<'_>, out: &mut Findings) {
        for (key, value) in map.data().iter() {
            if !value.contains('\n') && params.tells(key, &value) {
                out.report(value, "has a key that speaks of a credential, and may be one");
                continue;
            }
            let lines =
                value.lines().enumerate().filter_map(|(index, line)| Some((index, assignment(line)?)));
            if let Some((index, (key, _))) =
                lines.into_iter().find(|(_, (key, value))| params.tells(key, value))
            {
                let (key, line) = (shown(key), index + 1);
                out.report(value, format_args!("sets `{key}` to what may be a credential, in line {line}"));
            }
        }
    }
}

impl Params {
    fn tells(&self, key: &str, value: &str) -> bool {
        let may_be_one = || value::is_random(value) || value::is_made_up(value);
        (self.names.end(key) || name::has_word(key, &self.words) && may_be_one())
            && value::is_literal(value)
            && !self.known.iter().any(|known| known == key)
    }
}

/// The key and the value of a line, as properties, YAML and JSON have them; none of a comment.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_start_matches("- ");
    if line.starts_with(['#', ';', '/']) {
        return None;
    }
    let (key, value) = line.split_once([':', '='])?;
    let quotes = ['"', '\''];
    let key = key.trim().trim_matches(quotes);
    let value = value.trim().trim_end_matches(',').trim();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    // What follows a value in brackets or with blanks within is no value, but more of a language.
    let is_value =
        !value.starts_with(['{', '[', '|', '>', '&', '*', '!', '@']) && !value.contains(['(', ' ']);
    (is_value && !key.is_empty() && key.bytes().all(is_name)).then_some((key, value.trim_matches(quotes)))
}
