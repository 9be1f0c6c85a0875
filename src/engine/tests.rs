//! The loop as a whole: what a panic, a deadline and the order of policies come to.

use std::cell::Cell;

use jiff::Timestamp;

use super::*;
use crate::modes::{Origin, PolicySetting, Profile, TableSpec};
use crate::object::View as _;
use crate::object::key::Key;
use crate::object::kinds::Kind;
use crate::object::meta::Object;
use crate::policy::{NoFacts, Unknown, Within};
use crate::tree::{Tree, json};

fn rules(settings: &[(&str, Mode)]) -> Rules {
    let mut spec = TableSpec::default();
    spec.profile.0 = Profile::None;
    spec.policies = settings
        .iter()
        .map(|(selector, mode)| PolicySetting {
            selector: (*selector).to_owned(),
            mode: Some(*mode),
            params: None,
            origin: Origin::default_value("test"),
        })
        .collect();
    Rules::new(ModeTable::build(&spec).unwrap(), "test")
}

fn pod() -> Tree {
    json::read(
        br#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},
             "spec":{"containers":[{"name":"web","image":"nginx","securityContext":{"privileged":true}}]}}"#,
    )
    .unwrap()
}

fn subject(tree: &Tree) -> Subject<'_> {
    Subject::of_object(Object::view(tree.root().unwrap()).unwrap(), Timestamp::UNIX_EPOCH)
}

#[test]
fn a_panic_is_told_apart_from_an_answer() {
    let tree = pod();
    let subject = subject(&tree);
    let context = Context { subject: &subject, facts: &NoFacts };
    let panics: Compiled = Box::new(|_: &Context<'_>, out: &mut Findings| {
        out.report(crate::object::Place::from(out_of_nothing()), "never seen");
    });
    let answers: Compiled = Box::new(|_: &Context<'_>, _: &mut Findings| {});
    assert!(!fenced(&panics, &context, &mut Findings::default()));
    assert!(fenced(&answers, &context, &mut Findings::default()));
}

#[test]
fn policies_behind_one_that_panics_are_run() {
    struct Broken;
    impl Facts for Broken {
        fn find(
            &self,
            _: &'static Kind,
            _: Within<'_>,
            _: Option<Key<'_>>,
        ) -> Result<Vec<Object<'_>>, Unknown> {
            panic!("a defect")
        }

        fn namespace(&self, _: &str) -> Result<Object<'_>, Unknown> {
            panic!("a defect")
        }
    }
    let tree = json::read(
        br#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},
             "spec":{"template":{"spec":{"securityContext":{"runAsUser":7},
             "containers":[{"name":"web","image":"nginx","securityContext":{"privileged":true}}]}}}}"#,
    )
    .unwrap();
    let rules = rules(&[("IMG01", Mode::Deny), ("SEC18", Mode::Deny), ("SEC01", Mode::Warn)]);
    let verdict = rules.evaluate(&subject(&tree), &Broken, &|| false);
    let found: Vec<_> = verdict.findings.iter().map(|it| (it.policy.code, it.mode)).collect();
    assert_eq!(found, [("IMG01", Mode::Deny), ("SEC01", Mode::Warn)]);
    let panicked: Vec<_> = verdict.panicked.iter().map(|(policy, mode)| (policy.code, *mode)).collect();
    assert_eq!(panicked, [("SEC18", Mode::Deny)]);
}

fn out_of_nothing() -> crate::tree::Node<'static> {
    panic!("a defect")
}

#[test]
fn findings_come_strictest_first() {
    let tree = pod();
    let verdict = rules(&[("IMG01", Mode::Warn), ("SEC01", Mode::Deny), ("RES03", Mode::Audit)]).evaluate(
        &subject(&tree),
        &NoFacts,
        &|| false,
    );
    let found: Vec<_> = verdict.findings.iter().map(|it| (it.policy.code, it.mode)).collect();
    assert_eq!(found, [("SEC01", Mode::Deny), ("IMG01", Mode::Warn), ("RES03", Mode::Audit)]);
}

#[test]
fn what_may_refuse_runs_before_the_time_is_over() {
    let tree = pod();
    let rules = rules(&[("IMG01", Mode::Warn), ("SEC01", Mode::Deny), ("RES03", Mode::Audit)]);
    let looks = Cell::new(0);
    let after_one_theme = || {
        looks.set(looks.get() + 1);
        looks.get() > 1
    };
    let verdict = rules.evaluate(&subject(&tree), &NoFacts, &after_one_theme);
    assert_eq!(verdict.findings.iter().map(|it| it.policy.code).collect::<Vec<_>>(), ["SEC01"]);
    assert_eq!(verdict.not_evaluated.iter().map(|it| it.policy.code).collect::<Vec<_>>(), ["IMG01", "RES03"]);
    assert_eq!((verdict.unfinished, verdict.decision()), (Some(Mode::Warn), Decision::Deny));
}

#[test]
fn the_clock_is_read_once_a_theme() {
    let tree = pod();
    let looks = Cell::new(0);
    let rules = rules(&[("IMG", Mode::Deny)]);
    rules.evaluate(&subject(&tree), &NoFacts, &|| {
        looks.set(looks.get() + 1);
        false
    });
    assert_eq!(looks.get(), 1);
}

#[test]
fn an_object_of_the_wrong_shape_is_seen_by_no_policy() {
    let tree =
        json::read(br#"{"apiVersion":"v1","kind":"Pod","spec":{"containers":{"image":"nginx"}}}"#).unwrap();
    let verdict = rules(&[("all", Mode::Deny)]).evaluate(&subject(&tree), &NoFacts, &|| false);
    assert_eq!(verdict.malformed.unwrap().to_string(), "`spec.containers` is an object, must be a list");
    assert!(verdict.findings.is_empty());
}

#[test]
fn an_unknown_fact_is_reported_and_not_guessed() {
    let tree = json::read(
        br#"{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"web","namespace":"shop"},
             "spec":{"minAvailable":2,"selector":{}}}"#,
    )
    .unwrap();
    let verdict = rules(&[("AVL06", Mode::Deny)]).evaluate(&subject(&tree), &NoFacts, &|| false);
    assert_eq!(verdict.decision(), Decision::Allow);
    let missing: Vec<_> = verdict.not_evaluated.iter().map(|it| (it.policy.code, it.what.as_str())).collect();
    assert_eq!(missing, [("AVL06", "HorizontalPodAutoscaler objects not known")]);
}
