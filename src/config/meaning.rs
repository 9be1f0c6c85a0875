//! What the configuration means: the table it describes, and what makes no sense in it although its form is
//! right.

use globset::Glob;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::error::{ConfigError, ConfigErrors};
use super::raw;
use super::schema::params_checker;
use super::source::{Source, Steps};
use super::validate::closest;
use super::words::{GlobText, Selector, Switch};
use crate::catalogue;
use crate::modes::{
    Exception, LabelRequirement, LabelSelector, ModeTable, Origin, PolicySetting, Rule, Scope, TableError,
    TableSpec,
};
use crate::object::kinds;
use crate::object::lifecycle;
use crate::object::workload::{Workload, Workloads};
use crate::policy::Entry;
use crate::registration::Settings;

/// What is being put together: the table so far, and everything that is wrong or odd.
pub(super) struct Meaning {
    pub(super) spec: TableSpec,
    pub(super) registration: Settings,
    pub(super) errors: Vec<ConfigError>,
    pub(super) warnings: Vec<ConfigError>,
    now: Timestamp,
    /// Where the origins of settings stand, to the column.
    places: Vec<(Origin, ConfigError)>,
}

/// The steps to an element of a list.
pub(super) fn element(list: &str, index: usize) -> Steps {
    vec![list.to_owned(), index.to_string()]
}

pub(super) fn below(steps: &[String], step: &str) -> Steps {
    let mut steps = steps.to_vec();
    steps.push(step.to_owned());
    steps
}

impl Meaning {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            spec: TableSpec::default(),
            registration: Settings::default(),
            errors: Vec::new(),
            warnings: Vec::new(),
            now,
            places: Vec::new(),
        }
    }

    /// Takes in the configuration, apart from the files that it names.
    pub(super) fn configuration(&mut self, source: &Source, raw: raw::Configuration) {
        // A field added to the configuration must be decided on here.
        let raw::Configuration {
            _api_version: _,
            _kind: _,
            profile,
            max_mode,
            docs_url: _,
            ratchet,
            pods_of_controllers,
            policies,
            rules,
            exceptions,
            _exception_files: _,
            workloads,
            registration,
        } = raw;
        if source.value.get("profile").is_some() {
            self.spec.profile = (profile, source.origin(&["profile".to_owned()]));
        }
        if source.value.get("maxMode").is_some() {
            self.spec.max_mode = (max_mode.0, source.origin(&["maxMode".to_owned()]));
        }
        self.spec.ratchet = ratchet;
        self.spec.enforce_pods_of_controllers = pods_of_controllers == raw::PodsOfControllers::Enforce;
        // Scopes may name them.
        self.workloads(source, workloads);
        let mut modes: Vec<String> = Vec::new();
        for (selector, setting) in policies.0 {
            if setting.mode.is_some() {
                for before in &modes {
                    self.overridden(source, before, &selector);
                }
                modes.push(selector.clone());
            }
            self.setting(source, selector, setting);
        }
        for (index, rule) in rules.into_iter().enumerate() {
            if let Some(rule) = rule {
                self.rule(source, &element("rules", index), rule);
            }
        }
        self.exceptions(source, exceptions);
        self.registration(source, registration);
    }

    /// Takes in the exceptions of a file.
    pub(super) fn exceptions(&mut self, source: &Source, exceptions: Vec<Option<raw::Exception>>) {
        for (index, exception) in exceptions.into_iter().enumerate() {
            if let Some(exception) = exception {
                self.exception(source, &element("exceptions", index), exception);
            }
        }
    }

    /// The table, how Seawall is called, and what deserves a second look; or everything that is wrong.
    pub(super) fn finish(mut self) -> Result<(ModeTable, Settings, Vec<ConfigError>), ConfigErrors> {
        let table = ModeTable::build(&self.spec);
        if let Err(errors) = &table {
            self.errors.extend(errors.iter().map(|TableError { origin, message }| {
                let place = self.places.iter().find(|(it, _)| it == origin).map(|(_, place)| place.clone());
                let place = place.unwrap_or_else(|| ConfigError::of_flag(origin, ""));
                ConfigError { message: message.clone(), ..place }
            }));
        }
        match table {
            Ok(table) if self.errors.is_empty() => {
                Ok((table, self.registration, ConfigErrors::sorted(self.warnings).0))
            }
            _ => Err(ConfigErrors::sorted(self.errors)),
        }
    }

    fn origin(&mut self, source: &Source, steps: &[String], name: Option<String>) -> Origin {
        let mut origin = source.origin(steps);
        if let Some(name) = name {
            origin.path = format!("{} ({name})", origin.path);
        }
        self.places.push((origin.clone(), source.error(steps, true, "")));
        origin
    }

    /// Warns of a policy with a mode of its own that a later line gives another: people do not expect the order of a
    /// mapping to matter.
    fn overridden(&mut self, source: &Source, before: &str, later: &str) {
        if catalogue::find(before).is_some_and(|entry| entry.meta.is_selected_by(later)) {
            let steps = |selector: &str| below(&["policies".to_owned()], selector);
            let line = source.origin(&steps(later)).line;
            let message = format!(
                "does nothing: `{later}` in line {line} means this policy too, and the later one wins"
            );
            self.warnings.push(source.error(&steps(before), true, message));
        }
    }

    fn setting(&mut self, source: &Source, selector: String, setting: raw::Setting) {
        let raw::Setting { mode, params } = setting;
        let steps = vec!["policies".to_owned(), selector.clone()];
        // The schema has checked the parameters of a policy that is named; a theme has many.
        let is_checked = catalogue::find(&selector).is_some();
        let params = params.filter(|params| {
            is_checked || self.params(source, &steps, std::slice::from_ref(&selector), params)
        });
        let origin = self.origin(source, &steps, None);
        self.spec.policies.push(PolicySetting {
            selector,
            mode: mode.map(|Switch(mode)| mode),
            params: params.map(Value::Object),
            origin,
        });
    }

    fn rule(&mut self, source: &Source, steps: &[String], rule: raw::Rule) {
        let raw::Rule { name, scope, policies, mode, params, from } = rule;
        let policies = words(policies);
        if mode.is_none() && params.is_none() {
            self.errors.push(source.error(steps, false, "a rule needs a `mode`, `params` or both"));
        }
        let params = params.filter(|params| self.params(source, steps, &policies, params));
        self.kinds(source, steps, &policies, &scope.kinds);
        let origin = self.origin(source, steps, name);
        let scope = self.scope(source, &below(steps, "scope"), scope);
        self.spec.rules.push(Rule {
            scope,
            policies,
            mode: mode.map(|Switch(mode)| mode),
            params: params.map(Value::Object),
            from: from.map(|moment| moment.0),
            origin,
        });
    }

    fn exception(&mut self, source: &Source, steps: &[String], exception: raw::Exception) {
        let raw::Exception { policies, scope, owner, reason, expires } = exception;
        let policies = words(policies);
        if expires.0 <= self.now {
            let message = format!("the exception of {owner} has expired and does nothing");
            self.warnings.push(source.error(&below(steps, "expires"), true, message));
        }
        self.kinds(source, steps, &policies, &scope.kinds);
        let origin = self.origin(source, steps, None);
        let scope = self.scope(source, &below(steps, "scope"), scope);
        self.spec.exceptions.push(Exception { scope, policies, owner, reason, expires: expires.0, origin });
    }

    /// Whether parameters are right for each of the policies that they are for.
    fn params(
        &mut self,
        source: &Source,
        steps: &[String],
        selectors: &[String],
        params: &Map<String, Value>,
    ) -> bool {
        let errors = self.errors.len();
        let steps = below(steps, "params");
        let value = Value::Object(params.clone());
        for entry in selected(selectors) {
            for problem in params_checker(entry).problems(&value) {
                let steps: Steps = steps.iter().cloned().chain(problem.steps).collect();
                let message = format!("{} `{}`: {}", entry.meta.code, entry.meta.name, problem.message);
                self.errors.push(source.error(&steps, problem.at_key, message));
            }
        }
        self.errors.len() == errors
    }

    /// Warns of kinds that none of the policies looks at: most often a slip, and the scope then is empty.
    fn kinds(&mut self, source: &Source, steps: &[String], selectors: &[String], wanted: &[String]) {
        let (declared, looked_at): (Vec<_>, Vec<_>) = selected(selectors)
            .flat_map(|entry| entry.meta.kinds.iter().copied())
            .partition(|kind| **kind == kinds::CUSTOM_WORKLOAD);
        let workloads = if declared.is_empty() { &Workloads::default() } else { &self.spec.workloads };
        for (index, text) in wanted.iter().enumerate() {
            let (name, group) =
                text.split_once('.').map_or((text.as_str(), None), |(name, group)| (name, Some(group)));
            let fits = |kind: &&'static kinds::Kind| {
                kind.name == name && group.is_none_or(|group| kinds::find(group, name) == Some(*kind))
            };
            let is_declared = |it: &Workload| it.kind == name && group.is_none_or(|group| it.group == group);
            // What API versions with an end are written in has names that are no kinds here.
            let is_outdated = looked_at.contains(&&kinds::OUTDATED) && lifecycle::is_known(name);
            if looked_at.iter().any(fits) || workloads.iter().any(is_declared) || is_outdated {
                continue;
            }
            let declared = workloads.iter().map(|workload| workload.kind.as_str());
            let names: Vec<&str> = looked_at.iter().map(|kind| kind.name).chain(declared).collect();
            let hint = match closest(name, &names).filter(|it| *it != name) {
                Some(name) => format!("; did you mean `{name}`?"),
                None => String::new(),
            };
            let steps = below(&below(&below(steps, "scope"), "kinds"), &index.to_string());
            let message = format!("none of the policies here looks at `{text}`{hint}");
            self.warnings.push(source.error(&steps, false, message));
        }
    }

    fn scope(&mut self, source: &Source, steps: &[String], scope: raw::Scope) -> Scope {
        // A condition added to the scope must be decided on here.
        let raw::Scope {
            namespaces,
            namespace_selector,
            kinds,
            names,
            operations,
            users,
            groups,
            object_selector,
            containers,
            images,
        } = scope;
        Scope {
            namespaces: globs(namespaces),
            namespace_labels: namespace_selector
                .map(|it| self.selector(source, &below(steps, "namespaceSelector"), it)),
            kinds,
            names: globs(names),
            operations,
            users: globs(users),
            groups: globs(groups),
            labels: object_selector.map(|it| self.selector(source, &below(steps, "objectSelector"), it)),
            containers: globs(containers),
            images: globs(images),
        }
    }

    pub(super) fn selector(
        &mut self,
        source: &Source,
        steps: &[String],
        selector: raw::LabelSelector,
    ) -> LabelSelector {
        let raw::LabelSelector { match_labels, match_expressions } = selector;
        let expressions = match_expressions.into_iter().enumerate().map(|(index, requirement)| {
            let raw::Requirement { key, operator, values } = requirement;
            let compares = matches!(operator, raw::Operator::In | raw::Operator::NotIn);
            if compares == values.is_empty() {
                let steps = below(&below(steps, "matchExpressions"), &index.to_string());
                let message = if compares {
                    "`In` and `NotIn` need `values`"
                } else {
                    "`Exists` and `DoesNotExist` take no `values`"
                };
                self.errors.push(source.error(&steps, false, message));
            }
            match operator {
                raw::Operator::In => LabelRequirement::In(key, values),
                raw::Operator::NotIn => LabelRequirement::NotIn(key, values),
                raw::Operator::Exists => LabelRequirement::Exists(key),
                raw::Operator::DoesNotExist => LabelRequirement::DoesNotExist(key),
            }
        });
        LabelSelector { match_expressions: expressions.collect(), match_labels }
    }
}

fn selected(selectors: &[String]) -> impl Iterator<Item = &'static Entry> {
    catalogue::all().filter(move |entry| selectors.iter().any(|it| entry.meta.is_selected_by(it)))
}

pub(super) fn words(selectors: Vec<Selector>) -> Vec<String> {
    selectors.into_iter().map(|Selector(word)| word).collect()
}

fn globs(texts: Vec<GlobText>) -> Vec<Glob> {
    texts.into_iter().map(|GlobText(glob)| glob).collect()
}
