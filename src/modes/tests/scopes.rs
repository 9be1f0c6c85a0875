//! Where rules and exceptions apply, and where that is not known.

use super::*;

#[test]
fn every_condition_of_a_scope_must_hold() {
    let pod = || Case::of(object_of("v1", "Pod", "shop"));
    let namespace = |labels: Value| {
        Case::of(
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop", "labels": labels } }),
        )
    };
    let node =
        || Case::of(json!({ "apiVersion": "v1", "kind": "PersistentVolume", "metadata": { "name": "a" } }));
    let delete = || Case { operation: Operation::Delete, ..Case::by("ann", &[]) };
    let labels = |key: &str, value: &str| {
        let selector = LabelSelector {
            match_labels: [(key.to_owned(), value.to_owned())].into(),
            match_expressions: vec![],
        };
        Scope { labels: Some(selector), ..everywhere() }
    };
    let expression = |requirement| {
        let selector = LabelSelector { match_labels: Labels::new(), match_expressions: vec![requirement] };
        Scope { labels: Some(selector), ..everywhere() }
    };
    let kind =
        |names: &[&str]| Scope { kinds: names.iter().map(|it| (*it).to_owned()).collect(), ..everywhere() };
    let users = |names: &[&str]| Scope { users: globs(names), ..everywhere() };
    let groups = |names: &[&str]| Scope { groups: globs(names), ..everywhere() };
    let key = || "tier".to_owned();
    let front = || vec!["front".to_owned()];
    for (case, scope, holds) in [
        (Case::default(), everywhere(), true),
        (Case::default(), in_namespaces(&["other", "sh*"]), true),
        (Case::default(), in_namespaces(&["sho"]), false),
        (node(), in_namespaces(&["*"]), false),
        (namespace(json!({})), in_namespaces(&["shop"]), true),
        (Case::default(), kind(&["Deployment"]), true),
        (Case::default(), kind(&["Pod", "Deployment.apps"]), true),
        (Case::default(), kind(&["Deployment.example.com"]), false),
        (pod(), kind(&["Deployment"]), false),
        (Case::default(), Scope { names: globs(&["we?"]), ..everywhere() }, true),
        (Case::default(), Scope { names: globs(&["we"]), ..everywhere() }, false),
        (delete(), Scope { operations: vec![Operation::Delete], ..everywhere() }, true),
        (
            Case::default(),
            Scope { operations: vec![Operation::Update, Operation::Delete], ..everywhere() },
            false,
        ),
        (Case::by("ann", &[]), users(&["ann"]), true),
        (Case::by("system:serviceaccount:ci:deployer", &[]), users(&["system:serviceaccount:ci:*"]), true),
        (Case::by("ann", &[]), users(&["bob"]), false),
        (Case::default(), users(&["*"]), false),
        (Case::by("ann", &["dev", "ops"]), groups(&["ops"]), true),
        (Case::by("ann", &["dev"]), groups(&["ops"]), false),
        (Case::by("ann", &[]), groups(&["*"]), false),
        (Case::default(), labels("tier", "front"), true),
        (Case::default(), labels("tier", "back"), false),
        (Case::default(), expression(LabelRequirement::In(key(), front())), true),
        (Case::default(), expression(LabelRequirement::NotIn(key(), front())), false),
        (Case::default(), expression(LabelRequirement::NotIn("other".to_owned(), front())), true),
        (Case::default(), expression(LabelRequirement::Exists(key())), true),
        (Case::default(), expression(LabelRequirement::DoesNotExist(key())), false),
        (Case { namespace: Some("sandbox"), ..Case::default() }, in_sandboxes(), true),
        (Case { namespace: Some("prod"), ..Case::default() }, in_sandboxes(), false),
        (namespace(json!({ "env": "sandbox" })), in_sandboxes(), true),
        (namespace(json!({ "env": "prod" })), in_sandboxes(), false),
        (node(), in_sandboxes(), false),
        (Case::default(), Scope { kinds: vec!["Deployment".to_owned()], ..in_namespaces(&["other"]) }, false),
    ] {
        let expected = if holds { Mode::Off } else { Mode::Deny };
        let expected = if case.operation == Operation::Delete && !holds { Mode::Warn } else { expected };
        assert_eq!(case.mode(&selector_of(scope)), expected, "{}", case.object);
    }
}

#[test]
fn a_kind_has_the_groups_that_it_has_elsewhere() {
    for (api_version, kind, wanted, holds) in [
        ("apps/v1", "Deployment", "Deployment.extensions", true),
        ("extensions/v1beta1", "Deployment", "Deployment.apps", true),
        ("extensions/v1beta1", "Deployment", "Deployment.example.com", false),
        ("example.com/v1", "Database", "Database.example.com", true),
        ("example.com/v1", "Database", "Database.example.org", false),
    ] {
        let spec = selector_of(Scope { kinds: vec![wanted.to_owned()], ..everywhere() });
        let expected = if holds { Mode::Off } else { Mode::Deny };
        assert_eq!(
            Case::of(object_of(api_version, kind, "shop")).mode(&spec),
            expected,
            "{api_version} {wanted}"
        );
    }
}

#[test]
fn unknown_labels_never_refuse_unless_they_do_not_matter() {
    use Mode::{Audit, Deny, Off, Warn};
    let in_prod = || rule("IMG01", Deny, in_sandboxes());
    let unnamed =
        || Case::of(json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "a" } }));
    for case in [Case::default(), unnamed()] {
        for (before, unknown, expected) in [
            (Off, Deny, Warn),
            (Audit, Deny, Warn),
            (Deny, Off, Warn),
            (Deny, Deny, Deny),
            (Off, Audit, Audit),
            (Warn, Audit, Warn),
        ] {
            let spec =
                rules(vec![rule("IMG01", before, everywhere()), rule("IMG01", unknown, in_sandboxes())]);
            assert_eq!(case.mode(&spec), expected, "{before} {unknown}");
            case.ask(&spec, |view, policy| assert_eq!(view.bound(policy), expected));
        }
    }
    let certain = rules(vec![in_prod(), rule("IMG01", Deny, everywhere())]);
    assert_eq!(Case::default().mode(&certain), Deny, "a later rule is certain");
    let params = with_tags(&["dev"], rule("IMG01", None, in_sandboxes()));
    assert_eq!(Case::default().mode(&rules(vec![params])), Warn, "with other parameters it may be right");
    let params = || with_tags(&["dev"], rule("IMG01", Deny, in_sandboxes()));
    let certain = with_tags(&["dev"], rule("IMG01", None, everywhere()));
    assert_eq!(Case::default().mode(&rules(vec![params(), certain])), Deny);
    let excepted = TableSpec {
        exceptions: vec![exception("2027-01-01T00:00:00Z", in_sandboxes())],
        ..TableSpec::default()
    };
    assert_eq!(
        Case::default().mode(&excepted),
        Warn,
        "an exception that may apply is none, but nothing is refused"
    );
    assert_eq!(Case::default().because(&excepted), Because::MaybeExcepted(0));
    Case::default().ask(&excepted, |view, policy| assert_eq!(view.bound(policy), Warn));
    let certain = vec![
        exception("2027-01-01T00:00:00Z", in_sandboxes()),
        exception("2027-01-01T00:00:00Z", in_namespaces(&["shop"])),
    ];
    let certain = TableSpec { exceptions: certain, ..TableSpec::default() };
    assert_eq!(
        (Case::default().mode(&certain), Case::default().because(&certain)),
        (Audit, Because::Exception(1))
    );
    let expired = vec![exception("2026-01-01T00:00:00Z", in_sandboxes())];
    assert_eq!(Case::default().mode(&TableSpec { exceptions: expired, ..TableSpec::default() }), Deny);
}

#[test]
fn unknown_labels_matter_only_in_the_containers_that_are_meant() {
    use Mode::{Deny, Off, Warn};
    let proxies = || Scope { containers: globs(&["proxy"]), ..in_sandboxes() };
    let proxy = || Case::container("proxy", "envoy");
    let web = || Case::container("web", "nginx");
    let excepted =
        TableSpec { exceptions: vec![exception("2027-01-01T00:00:00Z", proxies())], ..TableSpec::default() };
    for (spec, in_proxy, in_web) in [
        (excepted, Warn, Deny),
        (rules(vec![rule("IMG01", Off, proxies())]), Warn, Deny),
        (rules(vec![rule("IMG01", Off, everywhere()), rule("IMG01", Deny, proxies())]), Warn, Off),
    ] {
        assert_eq!(
            [proxy().mode(&spec), web().mode(&spec), Case::default().mode(&spec)],
            [in_proxy, in_web, in_web]
        );
        web().ask(&spec, |view, _| assert!(view.depends_on_container()));
    }
}

#[test]
fn a_file_that_names_no_namespace_escapes_no_rule() {
    use Mode::{Deny, Off, Warn};
    let object = |api_version: &str, kind: &str| json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": "web" } });
    let unnamed = || Case::of(object("apps/v1", "Deployment"));
    let in_shop = |mode| rule("IMG01", mode, in_namespaces(&["shop"]));
    let stricter = rules(vec![rule("IMG01", Off, everywhere()), in_shop(Deny)]);
    assert_eq!((unnamed().mode(&stricter), unnamed().because(&stricter)), (Warn, Because::LabelsUnknown(1)));
    assert_eq!(unnamed().mode(&rules(vec![in_shop(Off)])), Warn);
    let cluster_wide = Case::of(object("v1", "PersistentVolume"));
    assert_eq!(cluster_wide.mode(&stricter), Off, "it is in no namespace, and that is known");
    let requested = Case { object: object("apps/v1", "Deployment"), ..Case::by("ann", &[]) };
    assert_eq!(requested.mode(&stricter), Off, "a request says it");
    let asks = |spec: &TableSpec| ModeTable::build(spec).unwrap().asks_for_namespaces();
    assert!(asks(&stricter) && asks(&rules(vec![rule("IMG01", Off, in_sandboxes())])));
    assert!(!asks(&rules(vec![rule("IMG01", Off, in_containers(&["web"]))])));
}

#[test]
fn containers_and_images_narrow_a_rule_to_findings_in_them() {
    let images = |globs_of: &[&str]| Scope { images: globs(globs_of), ..everywhere() };
    for (case, scope, holds) in [
        (Case::container("proxy", "envoy"), in_containers(&["proxy"]), true),
        (Case::container("web", "envoy"), in_containers(&["proxy"]), false),
        (Case::default(), in_containers(&["*"]), false),
        (Case::container("a", "registry.corp/base/x:1"), images(&["registry.corp/*"]), true),
        (Case::container("a", "evil/registry.corp/x"), images(&["registry.corp/*"]), false),
        (Case::container("a", "nginx:1"), images(&["docker.io/library/nginx:*"]), true),
        (Case::container("a", "nginx:1@sha256:ab"), images(&["docker.io/library/nginx:1@sha256:ab"]), true),
        (Case::container("a", "nginx"), Scope { containers: globs(&["b"]), ..images(&["nginx"]) }, false),
        (Case::container("a", "nginx"), Scope { kinds: vec!["Pod".to_owned()], ..images(&["nginx"]) }, false),
    ] {
        let expected = if holds { Mode::Off } else { Mode::Deny };
        assert_eq!(case.mode(&selector_of(scope)), expected, "{:?}", case.container);
    }
}

#[test]
fn parameters_can_differ_from_container_to_container() {
    let proxy = Some(ContainerAt { name: "proxy", image: "" });
    let web = Some(ContainerAt { name: "web", image: "" });
    let everywhere_else = || with_tags(&["a"], rule("IMG01", None, everywhere()));
    let in_proxy = || with_tags(&["b"], rule("IMG01", None, in_containers(&["proxy"])));
    let future = || from("2027-01-01T00:00:00Z", everywhere_else());
    for (rules_in_order, runs, of_proxy, of_web) in [
        (vec![], vec![Run::Settings], Run::Settings, Run::Settings),
        (vec![rule("IMG01", Mode::Off, everywhere())], vec![Run::Settings], Run::Settings, Run::Settings),
        (vec![everywhere_else()], vec![Run::Rule(0)], Run::Rule(0), Run::Rule(0)),
        (vec![everywhere_else(), future()], vec![Run::Rule(0)], Run::Rule(0), Run::Rule(0)),
        (vec![in_proxy()], vec![Run::Settings, Run::Rule(0)], Run::Rule(0), Run::Settings),
        (vec![everywhere_else(), in_proxy()], vec![Run::Rule(0), Run::Rule(1)], Run::Rule(1), Run::Rule(0)),
        (vec![in_proxy(), everywhere_else()], vec![Run::Rule(1)], Run::Rule(1), Run::Rule(1)),
    ] {
        Case::default().ask(&rules(rules_in_order), |view, policy| {
            assert_eq!(view.runs(policy).map(|(run, _)| run).collect::<Vec<_>>(), runs);
            assert_eq!([view.run_of(policy, proxy), view.run_of(policy, web)], [of_proxy, of_web]);
        });
    }
}

#[test]
fn a_subresource_has_the_labels_and_the_kind_of_what_it_belongs_to() {
    use Mode::{Audit, Deny, Warn};
    let scale = tree(&json!({ "kind": "Scale", "metadata": { "name": "web" }, "spec": { "replicas": 1 } }));
    let web = |tier: &str| {
        let labels = json!({ "tier": tier });
        Known(tree(&json!({ "kind": "Deployment", "metadata": { "name": "web", "labels": labels } })))
    };
    let request = Request {
        user: "ann",
        groups: None,
        field_manager: None,
        dry_run: false,
        written_as: None,
        resource: Some(&kinds::DEPLOYMENT),
        unnamed: false,
    };
    let subject = Subject::of_request(
        Operation::Update,
        GroupKind { group: "autoscaling", kind: "Scale" },
        "scale",
        Some("web"),
        Some("shop"),
        (Some(object(&scale)), None),
        request,
        instant(NOW),
    );
    let selector = LabelSelector {
        match_labels: [("tier".to_owned(), "front".to_owned())].into(),
        match_expressions: vec![],
    };
    let by_label = || Scope { labels: Some(selector.clone()), ..everywhere() };
    let by_kind = |kind: &str| Scope { kinds: vec![kind.to_owned()], ..everywhere() };
    let nothing: &dyn Facts = &NoFacts;
    for (scope, facts, expected) in [
        (by_label(), &web("front") as &dyn Facts, Deny),
        (by_label(), &web("back"), Audit),
        (by_label(), nothing, Warn),
        (by_kind("Deployment"), nothing, Deny),
        (by_kind("Scale"), nothing, Deny),
        (by_kind("StatefulSet"), nothing, Audit),
        (Scope { labels: Some(selector.clone()), ..in_sandboxes() }, &Known::labelled("prod"), Audit),
    ] {
        let spec = rules(vec![rule("ADM05", Audit, everywhere()), rule("ADM05", Deny, scope)]);
        let table = ModeTable::build(&spec).unwrap();
        let (policy, _) = table.policies().find(|(_, entry)| entry.meta.code == "ADM05").unwrap();
        assert_eq!(table.view(&subject, facts).ruling(policy, None).mode, expected);
    }
}
