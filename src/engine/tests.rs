//! The loop as a whole: what a panic, a deadline and the order of policies come to.

use std::cell::Cell;
use std::sync::Arc;

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
    let panics: Compiled = Arc::new(|_: &Context<'_>, out: &mut Findings| {
        out.report(crate::object::Place::from(out_of_nothing()), "never seen");
    });
    let answers: Compiled = Arc::new(|_: &Context<'_>, _: &mut Findings| {});
    assert!(!fenced(&panics, &context, &mut Findings::of(None)));
    assert!(fenced(&answers, &context, &mut Findings::of(None)));
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
    let missing: Vec<_> =
        verdict.not_evaluated.iter().map(|it| format!("{}: {}", it.policy.code, it.what)).collect();
    assert_eq!(missing, ["AVL06: HorizontalPodAutoscaler objects not known"]);
}

#[test]
fn what_exists_is_judged_by_what_needs_no_request() {
    for (policies, expected) in [
        (&[("NSP03", Mode::Deny)][..], "Namespace"),
        (&[("NSP03", Mode::Off)], ""),
        // Who runs a command in a Pod, and who changes an object by hand, only a request shows.
        (&[("ADM01", Mode::Deny)], ""),
        (&[("META06", Mode::Deny)], ""),
    ] {
        let judged: Vec<_> = rules(policies).judges().iter().map(|kind| kind.name).collect();
        assert_eq!(judged.join(" "), expected, "{policies:?}");
    }
    let carriers = rules(&[("IMG01", Mode::Warn)]).judges();
    assert_eq!(carriers, kinds::ANY_POD_CARRIER, "those that the configuration declares are among them");
}

#[test]
fn what_is_missing_may_come_later_than_what_is_being_created() {
    struct Empty;
    impl Facts for Empty {
        fn find(
            &self,
            _: &'static Kind,
            _: Within<'_>,
            _: Option<Key<'_>>,
        ) -> Result<Vec<Object<'_>>, Unknown> {
            Ok(Vec::new())
        }
    }
    let object = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":3,
        "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"web:1"}]}}}}"#;
    let with_one = object.replace("\"replicas\":3", "\"replicas\":1");
    let request = |operation: &str, old: &str| {
        let text = format!(
            r#"{{"operation":"{operation}","kind":{{"group":"apps","version":"v1","kind":"Deployment"}},
                "name":"web","namespace":"shop","object":{object},"oldObject":{old}}}"#
        );
        json::read(text.as_bytes()).unwrap()
    };
    let rules = rules(&[("AVL03", Mode::Deny)]);
    let (created, updated) = (request("CREATE", "null"), request("UPDATE", &with_one));
    let in_file = json::read(object.as_bytes()).unwrap();
    let review = |tree| crate::admission::request::subject(Tree::root(tree).unwrap(), Timestamp::UNIX_EPOCH);
    for (subject, mode, because, says_so) in [
        (review(&created).unwrap(), Mode::Warn, Because::NotSeenYet, true),
        (review(&updated).unwrap(), Mode::Deny, Because::Setting, false),
        (subject(&in_file), Mode::Deny, Because::Setting, false),
    ] {
        let verdict = rules.evaluate(&subject, &Empty, &|| false);
        let [finding] = verdict.findings.as_slice() else { panic!("{:?}", verdict.findings.len()) };
        assert_eq!((finding.mode, finding.because), (mode, because));
        assert_eq!(finding.message().ends_with(": not seen yet"), says_so, "{}", finding.message());
    }
}

#[test]
fn labels_of_subresources_have_to_be_known_where_a_rule_asks_for_them() {
    let mut spec = TableSpec::default();
    spec.profile.0 = Profile::None;
    let rule = |labels: bool| crate::modes::Rule {
        scope: crate::modes::Scope {
            labels: labels.then(crate::modes::LabelSelector::default),
            ..crate::modes::Scope::default()
        },
        policies: vec!["ADM01".to_owned()],
        mode: Some(Mode::Deny),
        params: None,
        from: None,
        origin: Origin::default_value("test"),
    };
    for (labels, expected) in [(false, vec![]), (true, vec!["Pod"])] {
        spec.rules = vec![rule(labels)];
        let rules = Rules::new(ModeTable::build(&spec).unwrap(), "test");
        assert_eq!(rules.reads().iter().map(|kind| kind.name).collect::<Vec<_>>(), expected);
    }
}
