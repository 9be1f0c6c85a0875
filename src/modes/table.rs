//! The mode table, compiled: what is asked once per policy and review.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::scope::CompiledScope;
use super::view::{self, View};
use super::{Exception, Mode, Origin, PolicySetting, Rule, TableSpec};
use crate::catalogue;
use crate::object::kinds::Kind;
use crate::object::workload::Workloads;
use crate::policy::{Compiled, Context, Entry, Facts, Findings, Subject};

/// The immutable table: for every policy of the catalogue its modes and its compiled parameters.
pub struct ModeTable {
    pub(super) rows: Vec<Row>,
    pub(super) rules: Vec<CompiledRule>,
    pub(super) exceptions: Vec<CompiledException>,
    pub(super) profile: Origin,
    pub(super) max_mode: (Mode, Origin),
    pub(super) ratchet: bool,
    pub(super) enforce_pods_of_controllers: bool,
    workloads: Workloads,
}

impl std::fmt::Debug for ModeTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rows, rules, exceptions, .. } = self;
        write!(
            f,
            "ModeTable({} policies, {} rules, {} exceptions)",
            rows.len(),
            rules.len(),
            exceptions.len()
        )
    }
}

/// One policy in the table.
pub(super) struct Row {
    pub(super) entry: &'static Entry,
    pub(super) base: Mode,
    /// The setting that decided the base; `None` if it was the profile.
    pub(super) setting: Option<Origin>,
    /// The policy with the parameters that hold where no rule gives others.
    pub(super) compiled: Compiled,
    pub(super) rules: Vec<RowRule>,
    /// Exceptions that name the policy.
    pub(super) exceptions: Vec<usize>,
}

/// What a rule says about a policy.
pub(super) struct RowRule {
    pub(super) rule: usize,
    /// The policy with the rule's parameters over those of its settings.
    pub(super) compiled: Option<Compiled>,
}

pub(super) struct CompiledRule {
    pub(super) scope: CompiledScope,
    pub(super) mode: Option<Mode>,
    pub(super) from: Option<Timestamp>,
    pub(super) origin: Origin,
}

pub(super) struct CompiledException {
    pub(super) scope: CompiledScope,
    pub(super) expires: Timestamp,
    pub(super) owner: String,
    pub(super) reason: String,
    pub(super) origin: Origin,
}

/// A setting that makes no sense; the configuration shows it at its line.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{origin}: {message}")]
pub struct TableError {
    /// The setting.
    pub origin: Origin,
    /// What is wrong with it.
    pub message: String,
}

impl ModeTable {
    /// Compiles a table over the whole catalogue; every error is returned, not only the first.
    pub fn build(spec: &TableSpec) -> Result<Self, Vec<TableError>> {
        let mut errors = Vec::new();
        spec.check_selectors(&mut errors);
        let rows = catalogue::all().map(|entry| Row::build(entry, spec, &mut errors)).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            rows,
            rules: spec.rules.iter().map(CompiledRule::new).collect(),
            exceptions: spec.exceptions.iter().map(CompiledException::new).collect(),
            profile: spec.profile.1.clone(),
            max_mode: spec.max_mode.clone(),
            ratchet: spec.ratchet,
            enforce_pods_of_controllers: spec.enforce_pods_of_controllers,
            workloads: spec.workloads.clone(),
        })
    }

    /// The policies in the table, in the order of the catalogue; their index is what a [`View`] is asked by.
    pub fn policies(&self) -> impl Iterator<Item = (usize, &'static Entry)> {
        self.rows.iter().map(|row| row.entry).enumerate()
    }

    /// A policy by its index.
    pub fn policy(&self, index: usize) -> &'static Entry {
        self.rows[index].entry
    }

    /// The mode that a policy has by its settings or the profile, and the policy with the parameters of its settings.
    pub fn settings(&self, policy: usize) -> (Mode, &Compiled) {
        let row = &self.rows[policy];
        (row.base, &row.compiled)
    }

    /// Whether any rule or exception names a policy.
    pub fn is_scoped(&self, policy: usize) -> bool {
        let row = &self.rows[policy];
        !row.rules.is_empty() || !row.exceptions.is_empty()
    }

    /// The strictest mode that any scope gives a policy, under the cap.
    pub fn strictest(&self, policy: usize) -> Mode {
        let row = &self.rows[policy];
        let rules = row.rules.iter().filter_map(|rule| self.rules[rule.rule].mode);
        rules.chain([row.base]).max().unwrap_or_default().min(self.max_mode.0)
    }

    /// Whether an UPDATE may keep the violations that the object already had.
    pub fn has_ratchet(&self) -> bool {
        self.ratchet
    }

    /// Whether objects that Kubernetes' own controllers make are judged as if people had made them.
    pub fn enforces_pods_of_controllers(&self) -> bool {
        self.enforce_pods_of_controllers
    }

    /// The kind of the owner whose template is the decision about an object that exists and is or carries a Pod, such as
    /// a ReplicaSet for a Pod. The object itself says who that is: who made it is not written anywhere.
    pub fn reviewed_owner(&self, subject: &Subject<'_>) -> Option<&'static Kind> {
        let carries_pod = subject.kind().is_some_and(Kind::carries_pod);
        let object = subject.judged().filter(|_| carries_pod && !self.enforce_pods_of_controllers)?;
        view::reviewed_owner(object)
    }

    /// The custom resources whose Pods are judged like any other's.
    pub fn workloads(&self) -> &Workloads {
        &self.workloads
    }

    /// Whether any rule or exception has conditions on namespaces.
    pub fn asks_for_namespaces(&self) -> bool {
        let rules = self.rules.iter().map(|it| &it.scope);
        rules.chain(self.exceptions.iter().map(|it| &it.scope)).any(CompiledScope::asks_for_namespace)
    }

    /// Whether any rule or exception has conditions on the labels of objects.
    pub(super) fn asks_for_labels(&self) -> bool {
        let rules = self.rules.iter().map(|it| &it.scope);
        rules.chain(self.exceptions.iter().map(|it| &it.scope)).any(CompiledScope::asks_for_labels)
    }

    /// Whether any rule or exception that is about a policy has such conditions.
    pub fn asks_for_labels_of(&self, policy: usize) -> bool {
        let row = &self.rows[policy];
        let rules = row.rules.iter().map(|rule| &self.rules[rule.rule].scope);
        rules
            .chain(row.exceptions.iter().map(|it| &self.exceptions[*it].scope))
            .any(CompiledScope::asks_for_labels)
    }

    /// The table as it looks from one subject.
    pub fn view<'a>(&'a self, subject: &'a Subject<'a>, facts: &'a dyn Facts) -> View<'a> {
        View::new(self, subject, facts)
    }

    /// Exceptions that have expired: who owns them, and where they stand.
    pub fn expired_exceptions(&self, now: Timestamp) -> impl Iterator<Item = (&str, &Origin)> {
        self.exceptions
            .iter()
            .filter(move |exception| exception.expires <= now)
            .map(|exception| (exception.owner.as_str(), &exception.origin))
    }
}

impl TableSpec {
    fn check_selectors(&self, errors: &mut Vec<TableError>) {
        let settings = self.policies.iter().map(|it| (std::slice::from_ref(&it.selector), &it.origin));
        let rules = self.rules.iter().map(|it| (it.policies.as_slice(), &it.origin));
        let exceptions = self.exceptions.iter().map(|it| (it.policies.as_slice(), &it.origin));
        for (selectors, origin) in settings.chain(rules).chain(exceptions) {
            for selector in selectors.iter().filter(|selector| !is_known(selector)) {
                errors.push(TableError { origin: origin.clone(), message: unknown_policy(selector) });
            }
        }
    }
}

impl TableSpec {
    /// Whether a setting or a rule names this very policy. An opt-in policy that none does is off: `all` and a theme do
    /// not turn it on, because it needs parameters of the organisation's own or contradicts another.
    fn names(&self, entry: &Entry) -> bool {
        let settings = self.policies.iter().map(|it| &it.selector);
        let rules = self.rules.iter().flat_map(|it| &it.policies);
        settings.chain(rules).any(|selector| entry.meta.is_named_by(selector))
    }
}

impl Row {
    fn build(entry: &'static Entry, spec: &TableSpec, errors: &mut Vec<TableError>) -> Self {
        let is_asleep = entry.meta.opt_in && !spec.names(entry);
        let selects = |selectors: &[String]| selectors.iter().any(|it| entry.meta.is_selected_by(it));
        let settings: Vec<&PolicySetting> =
            spec.policies.iter().filter(|it| entry.meta.is_selected_by(&it.selector)).collect();
        let deciding = settings.iter().rev().find(|setting| setting.mode.is_some() && !is_asleep);
        let mut params = Value::Object(serde_json::Map::new());
        for setting in &settings {
            overlay(&mut params, setting.params.as_ref());
        }
        let mut compile = |params: &Value, origin: &Origin| match entry.compile(params) {
            Ok(compiled) => Some(compiled),
            Err(error) => {
                // Some messages have several lines; where an error is shown, it has one.
                let error = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
                let message = format!("parameters of `{}`: {error}", entry.meta.name);
                errors.push(TableError { origin: origin.clone(), message });
                None
            }
        };
        let with_params = settings.iter().rev().find(|setting| setting.params.is_some());
        let base =
            deciding.and_then(|setting| setting.mode).unwrap_or_else(|| spec.profile.0.mode(entry.meta));
        let has_rules = !is_asleep && spec.rules.iter().any(|rule| selects(&rule.policies));
        let is_off = base == Mode::Off && !has_rules;
        // Nobody runs it, and defaults are right: most tables have many of these.
        let is_idle = is_off && params.as_object().is_some_and(serde_json::Map::is_empty);
        let compiled = if is_idle {
            None
        } else {
            compile(&params, with_params.map_or(&spec.profile.1, |setting| &setting.origin))
        };
        let rules = spec.rules.iter().enumerate().filter(|(_, rule)| selects(&rule.policies) && !is_asleep);
        let rules = rules
            .map(|(index, rule)| RowRule {
                rule: index,
                // Wrong parameters of the settings are reported once, not again for each rule.
                compiled: rule.params.as_ref().filter(|_| compiled.is_some()).and_then(|over| {
                    let mut params = params.clone();
                    overlay(&mut params, Some(over));
                    compile(&params, &rule.origin)
                }),
            })
            .collect();
        let exceptions = spec.exceptions.iter().enumerate().filter(|(_, it)| selects(&it.policies));
        Self {
            entry,
            base,
            setting: deciding.map(|setting| setting.origin.clone()),
            // Off everywhere; or the table of which this is a row is not returned.
            compiled: compiled.unwrap_or_else(|| Arc::new(|_: &Context<'_>, _: &mut Findings| {})),
            rules,
            exceptions: exceptions.map(|(index, _)| index).collect(),
        }
    }
}

impl CompiledRule {
    fn new(rule: &Rule) -> Self {
        let Rule { scope, policies: _, mode, params: _, from, origin } = rule;
        Self { scope: CompiledScope::new(scope), mode: *mode, from: *from, origin: origin.clone() }
    }
}

impl CompiledException {
    fn new(exception: &Exception) -> Self {
        let Exception { scope, policies: _, owner, reason, expires, origin } = exception;
        Self {
            scope: CompiledScope::new(scope),
            expires: *expires,
            owner: owner.clone(),
            reason: reason.clone(),
            origin: origin.clone(),
        }
    }
}

/// Sets the keys of `over` in `params`; keys that it does not have keep their values.
fn overlay(params: &mut Value, over: Option<&Value>) {
    if let (Value::Object(params), Some(Value::Object(over))) = (params, over) {
        params.extend(over.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
}

fn is_known(selector: &str) -> bool {
    catalogue::all().any(|entry| entry.meta.is_selected_by(selector))
}

/// Says that there is no such policy, and which one may have been meant.
pub(crate) fn unknown_policy(selector: &str) -> String {
    let names = catalogue::all().flat_map(|entry| [entry.meta.name, entry.meta.code]);
    let closest = names
        .map(|name| (strsim::damerau_levenshtein(name, selector), name))
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .min();
    match closest {
        Some((_, name)) => format!("there is no policy `{selector}`; did you mean `{name}`?"),
        None => format!("there is no policy `{selector}`; `seawall policies list` shows all"),
    }
}
