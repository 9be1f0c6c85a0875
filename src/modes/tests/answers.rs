//! What is said about an answer, and about a table that cannot be made.

use super::*;

#[test]
fn answers_name_what_decided() {
    let path = |spec: &TableSpec, case: &Case| {
        case.ask(spec, |view, policy| {
            let explanation = view.explain(policy, case.container);
            assert_eq!(explanation.decided_by.as_ref(), view.origin(policy, explanation.ruling.because));
            explanation.decided_by.map(|origin| origin.path)
        })
    };
    let pod_delete =
        Case { object: object_of("v1", "Pod", "shop"), operation: Operation::Delete, ..Case::by("ann", &[]) };
    let mut spec = TableSpec { profile: (Profile::Production, at("profile")), ..TableSpec::default() };
    let plain = Case::default();
    assert_eq!((plain.because(&spec), path(&spec, &plain)), (Because::Profile, Some("profile".to_owned())));
    assert_eq!((pod_delete.because(&spec), path(&spec, &pod_delete)), (Because::DrainsMustPass, None));
    spec.policies = vec![setting("IMG", Mode::Warn), setting("IMG01", Mode::Deny)];
    assert_eq!((plain.because(&spec), path(&spec, &plain)), (Because::Setting, Some("IMG01".to_owned())));
    spec.rules =
        vec![rule("AVL", Mode::Off, everywhere()), rule("IMG", Mode::Deny, in_namespaces(&["shop"]))];
    assert_eq!((plain.because(&spec), path(&spec, &plain)), (Because::Rule(1), Some("rule".to_owned())));
    spec.exceptions = vec![exception("2027-01-01T00:00:00Z", in_namespaces(&["shop"]))];
    assert_eq!(
        (plain.because(&spec), path(&spec, &plain)),
        (Because::Exception(0), Some("exception".to_owned()))
    );
    spec.max_mode = (Mode::Off, at("maxMode"));
    assert_eq!((plain.because(&spec), path(&spec, &plain)), (Because::MaxMode, Some("maxMode".to_owned())));
}

#[test]
fn explanations_show_every_source_in_order() {
    let spec = TableSpec {
        policies: vec![setting("IMG", Mode::Deny)],
        rules: vec![
            rule("IMG", Mode::Off, in_namespaces(&["other"])),
            rule("IMG", Mode::Warn, in_sandboxes()),
            from("2027-01-01T00:00:00Z", rule("IMG", Mode::Off, everywhere())),
            rule("IMG", Mode::Deny, in_containers(&["a"])),
        ],
        exceptions: vec![
            exception("2026-01-01T00:00:00Z", in_namespaces(&["shop"])),
            exception("2027-01-01T00:00:00Z", in_namespaces(&["shop"])),
            exception("2027-01-01T00:00:00Z", in_namespaces(&["other"])),
        ],
        max_mode: (Mode::Off, at("maxMode")),
        ..TableSpec::default()
    };
    let steps = Case::default().ask(&spec, |view, policy| view.explain(policy, None).steps);
    let steps: Vec<_> = steps.iter().map(|step| (step.applies, step.says.as_str())).collect();
    assert_eq!(
        steps,
        [
            (true, "deny"),
            (false, "off, elsewhere"),
            (false, "warn, but the namespace or labels are not known"),
            (false, "off, but only from 2027-01-01"),
            (false, "deny, in some containers"),
            (false, "nothing any more, expired 2026-01-01: team, reason"),
            (true, "audit until 2027-01-01: team, reason"),
            (true, "at most off: maxMode"),
        ]
    );
}

#[test]
fn wrong_specs_are_reported_whole() {
    let mut settings = setting("IMG01", Mode::Deny);
    settings.params = Some(json!({ "tags": "latest" }));
    let bad_rule = Rule { params: Some(json!({ "tagz": [] })), ..rule("AVL06", None, everywhere()) };
    let spec = TableSpec {
        policies: vec![settings, setting("IMG1", Mode::Deny)],
        rules: vec![bad_rule, with_tags(&[], rule("IMG01", None, everywhere()))],
        ..TableSpec::default()
    };
    let errors = ModeTable::build(&spec).unwrap_err();
    let mut errors: Vec<_> =
        errors.iter().map(|error| (error.origin.path.as_str(), error.message.as_str())).collect();
    errors.sort_unstable();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors[0].0 == "IMG01" && errors[0].1.starts_with("parameters of `latest-image-tag`"));
    assert_eq!(errors[1], ("IMG1", "there is no policy `IMG1`; did you mean `IMG01`?"));
    assert!(
        errors[2].0 == "rule" && errors[2].1.starts_with("parameters of `budget-covers-autoscaler-minimum`")
    );
}
