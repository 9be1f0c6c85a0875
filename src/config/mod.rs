//! The configuration: one YAML file, and further files with exceptions.
//!
//! A text is read into a tree, checked against the published schema, then for its meaning. Every error is
//! reported, each with its file, line, column and path; what one stage refuses is left out for the next, so
//! that all errors come at once.

mod digest;
mod error;
mod files;
mod meaning;
mod raw;
pub mod reference;
mod registration;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod validate;
pub mod watch;
mod words;
mod workloads;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use digest::Digest;
pub use error::{ConfigError, ConfigErrors};
pub use schema::{exceptions_schema, schema};

use crate::catalogue;
use crate::catalogue::pod_security::standards::{Standard, Version};
use crate::modes::{Mode, ModeTable, Origin, PolicySetting, Profile, TableSpec};
use crate::policy::Theme;
use crate::registration::Settings;
use files::{Text, Texts};
use meaning::Meaning;
use source::Source;
use validate::Checker;

/// A configuration that has been read and checked.
#[derive(Debug)]
pub struct Config {
    /// The mode of every policy everywhere.
    pub table: ModeTable,
    /// The base of the address that a denial gives for reading more; empty if there is none.
    pub docs_url: String,
    /// How the API server is told to call Seawall.
    pub registration: Settings,
    /// What the table and the registration were made from, in short.
    pub digest: Digest,
}

/// What flags say over the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--profile`.
    pub profile: Option<Profile>,
    /// `--max-mode`.
    pub max_mode: Option<Mode>,
    /// `--select`: if it names policies, these have `deny` whatever the configuration says, and all others `off`.
    pub select: Vec<String>,
    /// `--ignore`: these policies are `off`.
    pub ignore: Vec<String>,
    /// `--pod-security`: this standard is demanded, and nothing else, whatever the configuration says.
    pub pod_security: Option<Standard>,
    /// `--kubernetes-version`: policies that go by a version of Kubernetes go by this one, unless a rule says another.
    pub kubernetes_version: Option<Version>,
}

/// A configuration with what there is to say about it.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Every file that it was made from.
    pub files: Vec<PathBuf>,
    /// What deserves a second look, such as exceptions that have expired.
    pub warnings: Vec<ConfigError>,
}

/// Reads a configuration, or the defaults if there is no file.
pub fn load(path: Option<&Path>, overrides: &Overrides, now: Timestamp) -> Result<Loaded, ConfigErrors> {
    let texts = path.map_or_else(Texts::default, |path| Texts::gather(path, None));
    interpret(&texts, overrides, now)
}

/// Reads a configuration from a text; files that it names are not looked for.
pub fn parse(
    text: &str,
    file_name: &str,
    overrides: &Overrides,
    now: Timestamp,
) -> Result<Loaded, ConfigErrors> {
    interpret(&Texts::of_text(file_name, text), overrides, now)
}

/// Largest file of a configuration that is read, in bytes.
pub const MAX_FILE: u64 = files::MAX_FILE;

/// The instant that a date or an instant in a configuration stands for; `None` if it is neither.
pub fn instant(text: &str) -> Option<Timestamp> {
    words::Moment::parse(text).map(|moment| moment.0)
}

fn interpret(texts: &Texts, overrides: &Overrides, now: Timestamp) -> Result<Loaded, ConfigErrors> {
    let mut meaning = Meaning::new(now);
    let mut documents = Vec::new();
    let mut docs_url = String::new();
    if let Some(source) = texts.main.as_ref().and_then(|main| opened(main, true, &mut meaning)) {
        for (index, message) in &texts.bad_patterns {
            let steps = ["exceptionFiles".to_owned(), index.to_string()];
            meaning.errors.push(source.error(&steps, false, message));
        }
        if let Some(mut raw) = checked::<raw::Configuration>(&source, &schema::CONFIGURATION, &mut meaning) {
            docs_url = raw.docs_url.take().unwrap_or_default();
            meaning.configuration(&source, raw);
        }
        documents.push(source.value);
    }
    for text in &texts.exceptions {
        let Some(source) = opened(text, false, &mut meaning) else { continue };
        if let Some(raw) = checked::<raw::Exceptions>(&source, &schema::EXCEPTIONS, &mut meaning) {
            meaning.exceptions(&source, raw.exceptions);
        }
        documents.push(source.value);
    }
    overrides.apply(&mut meaning);
    let digest = Digest::of(&documents, overrides);
    let (table, registration, warnings) = meaning.finish()?;
    let config = Config { table, docs_url, registration, digest };
    Ok(Loaded { config, files: texts.paths(), warnings })
}

impl Overrides {
    fn apply(&self, meaning: &mut Meaning) {
        let Self { profile, max_mode, select, ignore, pod_security, kubernetes_version } = self;
        if let Some(version) = kubernetes_version {
            meaning.spec.policies.extend(version_settings(*version));
        }
        if let Some(standard) = pod_security {
            let version = if standard.version == Version::Latest { *kubernetes_version } else { None };
            let standard = Standard { version: version.unwrap_or(standard.version), ..*standard };
            meaning.spec =
                TableSpec::only(Standard::POLICY, json!(standard), &Origin::flag("--pod-security"));
        }
        if let Some(profile) = profile {
            meaning.spec.profile = (*profile, Origin::flag("--profile"));
        }
        if !select.is_empty() {
            meaning.spec.select(select, &Origin::flag("--select"));
        }
        if !ignore.is_empty() {
            meaning.spec.ignore(ignore, &Origin::flag("--ignore"));
        }
        if let Some(max_mode) = max_mode {
            meaning.spec.max_mode = (*max_mode, Origin::flag("--max-mode"));
        }
    }
}

/// The version of Kubernetes for every policy that goes by one: those about API versions and about Pod security.
fn version_settings(version: Version) -> impl Iterator<Item = PolicySetting> {
    catalogue::all().filter_map(move |entry| {
        let key = match entry.meta.theme {
            Theme::ApiVersions => "targetVersion",
            Theme::PodSecurity => "version",
            _ => return None,
        };
        entry.params_schema().get("properties")?.get(key)?;
        Some(PolicySetting {
            selector: entry.meta.code.to_owned(),
            mode: None,
            params: Some(json!({ key: version })),
            origin: Origin::flag("--kubernetes-version"),
        })
    })
}

/// The document in a file; what cannot be read is reported.
fn opened(text: &Text, is_main: bool, meaning: &mut Meaning) -> Option<Source> {
    let source = match &text.content {
        Ok(content) => Source::read(&text.name, content),
        Err(message) => {
            let flag = if is_main { "--config " } else { "" };
            Err(ConfigError::of_file(&format!("{flag}{}", text.name).into(), message))
        }
    };
    source.map_err(|error| meaning.errors.push(error)).ok()
}

/// A document as its type, without the parts that the schema refuses; these are reported.
fn checked<T: DeserializeOwned>(source: &Source, checker: &Checker, meaning: &mut Meaning) -> Option<T> {
    let problems = checker.problems(&source.value);
    let mut value = source.value.clone();
    for problem in &problems {
        blank(&mut value, &problem.steps);
    }
    let is_clean = problems.is_empty();
    meaning.errors.extend(
        problems.into_iter().map(|problem| source.error(&problem.steps, problem.at_key, problem.message)),
    );
    match serde_json::from_value(value) {
        Ok(raw) => Some(raw),
        Err(error) if is_clean => {
            meaning.errors.push(ConfigError::of_file(&source.file, error.to_string()));
            None
        }
        Err(_) => None,
    }
}

/// Takes out the unit that a refused place is in: a setting, a rule, an exception, or a field of the document.
fn blank(document: &mut Value, steps: &[String]) {
    let [field, rest @ ..] = steps else { return };
    let unit = match (field.as_str(), rest) {
        ("policies" | "rules" | "exceptions" | "workloads", [unit, ..]) => {
            document.get_mut(field).zip(Some(unit))
        }
        _ => Some((document, field)),
    };
    match unit {
        Some((Value::Array(elements), index)) => {
            if let Some(element) = index.parse().ok().and_then(|index: usize| elements.get_mut(index)) {
                *element = Value::Null;
            }
        }
        Some((Value::Object(fields), key)) => drop(fields.shift_remove(key)),
        _ => {}
    }
}
