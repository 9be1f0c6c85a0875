//! The cases of a fixture. A fixture is a list; each case says what must come of it and why it is there:
//!
//! ```yaml
//! - deny: a registry port is not a tag     # or `allow:`, or `unknown:` for what cannot be judged
//!   pod: { … }                             # a Pod specification, judged in a Pod, in a Deployment and in a Rollout
//!   object: { … }                          # or an object
//!   objects: [ … ]                         # or several: the first is judged, the others are known
//!   request: { … }                         # or an AdmissionRequest, as far as it matters; `objects` are known then
//!   params: { … }                          # parameters, if not the defaults
//!   finds: { path: message }               # all that is found; for `pod` the path starts below its spec
//! ```

use libtest_mimic::Trial;
use seawall::policy::Entry;
use seawall::tree::{json, yaml};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::judge::{self, Found, Known, Said};
use crate::{ensure, trial};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) deny: Option<String>,
    pub(crate) allow: Option<String>,
    pub(crate) unknown: Option<String>,
    #[serde(default = "no_params")]
    params: Value,
    pod: Option<Value>,
    object: Option<Value>,
    objects: Option<Vec<Value>>,
    request: Option<Value>,
    finds: Option<Found>,
}

fn no_params() -> Value {
    json!({})
}

/// The trials of a policy's fixture.
pub(crate) fn trials(entry: &'static Entry) -> Vec<Trial> {
    let name = entry.meta.name;
    match read(name) {
        Ok(cases) => cases
            .into_iter()
            .map(|case| trial(format!("{name}: {}", case.title()), move || case.run(entry)))
            .collect(),
        Err(error) => vec![trial(format!("{name}: fixture"), move || Err(error))],
    }
}

/// The cases of the fixture of this name.
pub(crate) fn read(name: &str) -> Result<Vec<Case>, String> {
    let path = format!("{}/tests/policies/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let document = yaml::read(&text).next().ok_or("the fixture is empty")?;
    let document = document.map_err(|error| format!("{path}:{}: {error}", error.position()))?;
    let root = document.tree.root().ok_or("the fixture is empty")?;
    serde_json::from_value(json::to_value(root)).map_err(|error| format!("{path}: {error}"))
}

impl Case {
    fn title(&self) -> String {
        let said = [("deny", &self.deny), ("allow", &self.allow), ("unknown", &self.unknown)];
        let said = said.into_iter().find_map(|(word, title)| Some(format!("{word} {}", title.as_ref()?)));
        said.unwrap_or_else(|| "a case that says nothing".to_owned())
    }

    /// Runs the case in every form that it stands for.
    fn run(&self, entry: &'static Entry) -> Result<(), String> {
        let known = if self.unknown.is_some() { Known::Nothing } else { Known::All };
        match (&self.pod, &self.object, &self.objects, &self.request) {
            (Some(pod), None, None, None) => {
                let in_pod = judge::objects(entry, &self.params, &[judge::pod(pod)], known)?;
                self.compare(entry, in_pod, "spec.").map_err(|error| format!("in a Pod: {error}"))?;
                if !entry.meta.kinds.contains(&&seawall::object::kinds::DEPLOYMENT) {
                    return Ok(());
                }
                let in_template = judge::objects(entry, &self.params, &[judge::deployment(pod)], known)?;
                let said = self.compare(entry, in_template, "spec.template.spec.");
                said.map_err(|error| format!("in a Deployment: {error}"))?;
                if !entry.meta.kinds.contains(&&seawall::object::kinds::CUSTOM_WORKLOAD) {
                    return Ok(());
                }
                let in_rollout = judge::objects(entry, &self.params, &[judge::rollout(pod)], known)?;
                let said = self.compare(entry, in_rollout, "spec.template.spec.");
                said.map_err(|error| format!("in a custom resource: {error}"))
            }
            (None, Some(object), None, None) => {
                let said = judge::objects(entry, &self.params, std::slice::from_ref(object), known)?;
                self.compare(entry, said, "")
            }
            (None, None, Some(objects), None) => {
                self.compare(entry, judge::objects(entry, &self.params, objects, known)?, "")
            }
            (None, None, beside, Some(request)) => {
                let beside = beside.as_deref().unwrap_or_default();
                self.compare(entry, judge::request(entry, &self.params, request, beside)?, "")
            }
            _ => Err("give one of `pod`, `object`, `objects`, `request`".to_owned()),
        }
    }

    fn compare(&self, entry: &Entry, said: Said, below: &str) -> Result<(), String> {
        match (said, &self.finds) {
            (Said::Unknown, None) if self.unknown.is_some() => Ok(()),
            (Said::Found(found), None) if self.allow.is_some() && found.is_empty() => Ok(()),
            (Said::Found(found), expected) if self.deny.is_some() && !found.is_empty() => {
                found.values().try_for_each(|message| obeys_rules(message))?;
                let expected = expected.as_ref().ok_or("a case with `deny` says what it `finds`")?;
                let expected: Found = expected
                    .iter()
                    .map(|(path, message)| (format!("{below}{path}"), message.clone()))
                    .collect();
                ensure(found == expected, || format!("found {found:#?}\ninstead of {expected:#?}"))
            }
            (said, _) => Err(format!("{} said {said:#?}", entry.meta.name)),
        }
    }
}

/// What holds for every message: the API server cuts warnings at 120 characters, and sentences are put together
/// from messages.
fn obeys_rules(message: &str) -> Result<(), String> {
    let length = message.chars().count();
    ensure(length <= 120, || format!("{length} characters: {message}"))?;
    ensure(!message.ends_with('.'), || format!("ends with a full stop: {message}"))?;
    ensure(message.matches('`').count().is_multiple_of(2), || format!("unpaired backticks: {message}"))?;
    let starts_small = message.starts_with(|first: char| first.is_lowercase() || first == '`');
    // A message may start with the name of a kind.
    let kind = message.split(' ').next().unwrap_or_default();
    let is_kind = seawall::object::kinds::ALL.iter().any(|it| it.name == kind);
    ensure(starts_small || is_kind, || format!("starts with a capital: {message}"))
}
