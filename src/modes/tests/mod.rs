//! What the table answers, source by source: here what the questions are made of.

mod answers;
mod scopes;
mod sources;

use serde_json::{Value, json};

use super::*;
use crate::object::key::Key;
use crate::object::meta::Object;
use crate::object::{List, View as _, kinds};
use crate::policy::{Facts, GroupKind, NoFacts, Operation, Request, Subject, Unknown, Within};
use crate::tree::{Tree, json as reader};

const NOW: &str = "2026-11-21T12:00:00Z";

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn at(path: &str) -> Origin {
    Origin { file: "seawall.yaml".into(), line: 1, path: path.to_owned() }
}

fn setting(selector: &str, mode: impl Into<Option<Mode>>) -> PolicySetting {
    PolicySetting { selector: selector.to_owned(), mode: mode.into(), params: None, origin: at(selector) }
}

fn rule(policy: &str, mode: impl Into<Option<Mode>>, scope: Scope) -> Rule {
    let (policies, origin) = (vec![policy.to_owned()], at("rule"));
    Rule { scope, policies, mode: mode.into(), params: None, from: None, origin }
}

fn from(date: &str, rule: Rule) -> Rule {
    Rule { from: Some(instant(date)), ..rule }
}

fn with_tags(tags: &[&str], rule: Rule) -> Rule {
    Rule { params: Some(json!({ "tags": tags })), ..rule }
}

fn exception(expires: &str, scope: Scope) -> Exception {
    let (owner, reason) = ("team".to_owned(), "reason".to_owned());
    let policies = vec!["all".to_owned()];
    Exception { scope, policies, owner, reason, expires: instant(expires), origin: at("exception") }
}

fn globs(texts: &[&str]) -> Vec<globset::Glob> {
    texts.iter().map(|text| globset::Glob::new(text).unwrap()).collect()
}

fn everywhere() -> Scope {
    Scope::default()
}

fn in_namespaces(names: &[&str]) -> Scope {
    Scope { namespaces: globs(names), ..everywhere() }
}

fn in_containers(names: &[&str]) -> Scope {
    Scope { containers: globs(names), ..everywhere() }
}

fn sandbox() -> LabelSelector {
    let requirement = LabelRequirement::In("env".to_owned(), vec!["sandbox".to_owned()]);
    LabelSelector { match_labels: Labels::new(), match_expressions: vec![requirement] }
}

fn in_sandboxes() -> Scope {
    Scope { namespace_labels: Some(sandbox()), ..everywhere() }
}

/// An object that is known, by whichever name it is asked for: a Namespace, or what a subresource belongs to.
struct Known(Tree);

impl Known {
    fn labelled(env: &str) -> Self {
        Self(tree(&json!({ "kind": "Namespace", "metadata": { "name": "shop", "labels": { "env": env } } })))
    }
}

impl Facts for Known {
    fn find(
        &self,
        kind: &'static kinds::Kind,
        _: Within<'_>,
        _: Option<Key<'_>>,
    ) -> Result<Vec<Object<'_>>, Unknown> {
        let known = object(&self.0);
        if known.kind().is_some_and(|it| *it == kind.name) {
            Ok(vec![known])
        } else {
            Err(Unknown::Kind(kind))
        }
    }

    fn namespace(&self, _: &str) -> Result<Object<'_>, Unknown> {
        Ok(object(&self.0))
    }
}

fn tree(value: &Value) -> Tree {
    reader::read(value.to_string().as_bytes()).unwrap()
}

fn object(tree: &Tree) -> Object<'_> {
    Object::view(tree.root().unwrap()).unwrap()
}

/// What is asked about: by default the creation of the Deployment `web` in `shop`, by nobody.
struct Case {
    object: Value,
    operation: Operation,
    writer: Option<(&'static str, &'static [&'static str])>,
    code: &'static str,
    container: Option<ContainerAt<'static>>,
    namespace: Option<&'static str>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            object: object_of("apps/v1", "Deployment", "shop"),
            operation: Operation::Create,
            writer: None,
            code: "IMG01",
            container: None,
            namespace: None,
        }
    }
}

fn object_of(api_version: &str, kind: &str, namespace: &str) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": { "name": "web", "namespace": namespace, "labels": { "tier": "front" } },
    })
}

impl Case {
    fn of(object: Value) -> Self {
        Self { object, ..Self::default() }
    }

    fn by(user: &'static str, groups: &'static [&'static str]) -> Self {
        Self { writer: Some((user, groups)), ..Self::default() }
    }

    fn code(code: &'static str) -> Self {
        Self { code, ..Self::default() }
    }

    fn container(name: &'static str, image: &'static str) -> Self {
        Self { container: Some(ContainerAt { name, image }), ..Self::default() }
    }

    fn ask<T>(&self, spec: &TableSpec, ask: impl FnOnce(&View<'_>, usize) -> T) -> T {
        let table = ModeTable::build(spec).unwrap();
        let (policy, _) = table.policies().find(|(_, entry)| entry.meta.code == self.code).unwrap();
        let judged = tree(&self.object);
        let groups = self.writer.map(|(_, groups)| tree(&json!({ "groups": groups })));
        let object = object(&judged);
        let mut subject = Subject::of_object(object, instant(NOW));
        if let Some((user, _)) = self.writer {
            let groups = groups.as_ref().and_then(Tree::root).map(|user| List::of(user, "groups"));
            let is_delete = self.operation == Operation::Delete;
            subject = Subject::of_request(
                self.operation,
                GroupKind { ..subject.group_kind },
                "",
                subject.name,
                subject.namespace,
                if is_delete { (None, Some(object)) } else { (Some(object), None) },
                Request {
                    user,
                    groups,
                    field_manager: None,
                    dry_run: false,
                    written_as: None,
                    resource: None,
                    unnamed: false,
                },
                instant(NOW),
            );
        }
        subject.operation = self.operation;
        match self.namespace {
            Some(env) => ask(&table.view(&subject, &Known::labelled(env)), policy),
            None => ask(&table.view(&subject, &NoFacts), policy),
        }
    }

    fn mode(&self, spec: &TableSpec) -> Mode {
        self.ask(spec, |view, policy| {
            let ruling = view.ruling(policy, self.container);
            assert!(ruling.mode <= view.bound(policy), "the bound holds");
            assert_eq!(ruling, view.explain(policy, self.container).ruling, "the explanation agrees");
            if view.is_settled(view.table.is_scoped(policy)) {
                let settled = view.at_most(view.table.settings(policy).0);
                assert_eq!((settled, view.runs(policy).count()), (ruling.mode, 1), "the short way agrees");
            }
            ruling.mode
        })
    }

    fn because(&self, spec: &TableSpec) -> Because {
        self.ask(spec, |view, policy| view.ruling(policy, self.container).because)
    }
}

fn rules(rules: Vec<Rule>) -> TableSpec {
    TableSpec { rules, ..TableSpec::default() }
}

fn selector_of(scope: Scope) -> TableSpec {
    rules(vec![rule("all", Mode::Off, scope)])
}
