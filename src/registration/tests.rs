//! Which requests reach which webhook, found out as the API server does: rule by rule, selector by selector.

use std::collections::BTreeMap;

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhook;
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;

use super::*;
use crate::catalogue;
use crate::modes::{
    LabelRequirement, LabelSelector, Mode, ModeTable, Origin, PolicySetting, Profile, TableSpec,
};
use crate::object::kinds;
use crate::object::operation::Operation;
use crate::object::workload::Workload;

/// A table in which the policies have these modes, and all others are off.
fn table(settings: &[(&str, Mode)]) -> ModeTable {
    spec(settings, |_| {})
}

fn spec(settings: &[(&str, Mode)], change: impl FnOnce(&mut TableSpec)) -> ModeTable {
    let origin = Origin::flag("a test");
    let settings = settings.iter().map(|(selector, mode)| PolicySetting {
        selector: (*selector).to_owned(),
        mode: Some(*mode),
        params: None,
        origin: origin.clone(),
    });
    let mut spec = TableSpec {
        profile: (Profile::None, origin.clone()),
        policies: settings.collect(),
        ..TableSpec::default()
    };
    change(&mut spec);
    ModeTable::build(&spec).unwrap()
}

fn webhooks(table: &ModeTable, settings: &Settings) -> Vec<ValidatingWebhook> {
    let service = Endpoint::Service("guards/seawall".parse().unwrap());
    plan(table, settings, &service, "guards")
}

fn closed(policies: &[&str], within: Option<LabelRequirement>) -> Settings {
    let policies = policies.iter().map(|it| (*it).to_owned()).collect();
    Settings { fail_closed: Some(FailClosed { policies, within }), ..Settings::default() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|it| (*it).to_owned()).collect()
}

/// The rules of a webhook, a line each.
fn lines(webhook: &ValidatingWebhook) -> Vec<String> {
    let join = |words: &Option<Vec<String>>| words.as_ref().unwrap().join(",");
    let rules = webhook.rules.as_ref().unwrap().iter();
    rules
        .map(|rule| {
            let (group, version) = (join(&rule.api_groups), join(&rule.api_versions));
            format!("{} {group}/{version} {}", join(&rule.operations), join(&rule.resources))
        })
        .collect()
}

#[test]
fn rules_are_what_the_enabled_policies_look_at() {
    for (settings, expected) in [
        (&[("ADM01", Mode::Warn)][..], &["CONNECT /v1 pods/exec"][..]),
        (
            &[("ADM05", Mode::Audit)],
            &[
                "UPDATE /v1 replicationcontrollers/scale",
                "UPDATE apps/v1 deployments/scale,replicasets/scale,statefulsets/scale",
            ],
        ),
        (
            &[("IMG01", Mode::Deny)],
            &[
                "CREATE,UPDATE /v1 pods,podtemplates,replicationcontrollers",
                "UPDATE /v1 pods/ephemeralcontainers,pods/resize",
                "CREATE,UPDATE apps/v1 daemonsets,deployments,replicasets,statefulsets",
                "CREATE,UPDATE batch/v1 cronjobs,jobs",
            ],
        ),
    ] {
        let webhooks = webhooks(&table(settings), &Settings::default());
        assert_eq!(webhooks.len(), 1);
        assert_eq!(lines(&webhooks[0]), expected, "{settings:?}");
    }
}

#[test]
fn custom_workloads_are_asked_about_where_pods_are() {
    let workload = |version: &str, kind: &str| Workload {
        group: "argoproj.io".to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        plural: format!("{}s", kind.to_lowercase()),
        pod_template: words(&["spec", "template"]),
    };
    let declared = |modes: &[(&str, Mode)]| {
        spec(modes, |it| {
            it.workloads = [workload("v1alpha1", "Rollout"), workload("v1", "Job")].into_iter().collect();
        })
    };
    for (modes, expected) in [
        (
            &[("SEC01", Mode::Deny)][..],
            &["CREATE,UPDATE argoproj.io/v1 jobs", "CREATE,UPDATE argoproj.io/v1alpha1 rollouts"][..],
        ),
        (
            &[("PRB01", Mode::Warn)],
            &["CREATE,UPDATE argoproj.io/v1 jobs", "CREATE,UPDATE argoproj.io/v1alpha1 rollouts"],
        ),
        (&[("ADM01", Mode::Deny), ("ADM05", Mode::Deny), ("NSP09", Mode::Deny)], &[]),
    ] {
        let open = webhooks(&declared(modes), &Settings::default());
        let custom: Vec<_> =
            lines(&open[0]).into_iter().filter(|line| line.contains("argoproj.io")).collect();
        assert_eq!(custom, expected, "{modes:?}");
        assert_eq!(open[0].match_policy.as_deref(), Some("Equivalent"));
    }
    // They live in namespaces, so that those decide what fails closed.
    let shop = closed(&["SEC"], Some(FailClosed::named(words(&["shop"]))));
    let webhooks = webhooks(&declared(&[("SEC01", Mode::Deny)]), &shop);
    assert_eq!(webhooks.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), [CLOSED, REST]);
    assert!(
        webhooks
            .iter()
            .all(|it| lines(it).contains(&"CREATE,UPDATE argoproj.io/v1alpha1 rollouts".to_owned()))
    );
    // What the controller of a custom resource makes is not known to have been judged.
    let conditions = webhooks[0].match_conditions.as_ref().unwrap();
    assert!(
        conditions
            .iter()
            .all(|it| !it.expression.contains("CustomWorkload") && !it.expression.contains("argoproj"))
    );
}

#[test]
fn where_everything_is_off_nothing_is_called() {
    for settings in [Settings::default(), closed(&["all"], None)] {
        assert_eq!(webhooks(&table(&[]), &settings), []);
        assert_eq!(webhooks(&spec(&[("all", Mode::Deny)], |it| it.max_mode.0 = Mode::Off), &settings), []);
    }
}

#[test]
fn a_webhook_is_open_or_closed() {
    let shop = Some(FailClosed::named(words(&["shop"])));
    let images = table(&[("IMG01", Mode::Deny), ("ADM01", Mode::Deny)]);
    for (settings, expected) in [
        (Settings::default(), &[OPEN][..]),
        (closed(&["img"], None), &[OPEN, CLOSED]),
        (closed(&["all"], None), &[CLOSED]),
        (closed(&["all"], shop.clone()), &[CLOSED, REST]),
        (closed(&["ADM01"], shop), &[OPEN, CLOSED, REST]),
        (closed(&["RES01"], None), &[OPEN]),
    ] {
        let webhooks = webhooks(&images, &settings);
        let names: Vec<_> = webhooks.iter().map(|webhook| webhook.name.as_str()).collect();
        assert_eq!(names, expected, "{settings:?}");
        for webhook in webhooks {
            let path = webhook.client_config.service.unwrap().path.unwrap();
            let expected =
                if webhook.name == CLOSED { ("Fail", "/validate/closed") } else { ("Ignore", "/validate") };
            assert_eq!((webhook.failure_policy.as_deref().unwrap(), path.as_str()), expected);
            assert_eq!((webhook.side_effects.as_str(), webhook.timeout_seconds), ("None", Some(3)));
        }
    }
}

#[test]
fn what_refuses_nothing_does_not_fail_closed() {
    let settings = closed(&["all"], None);
    for table in
        [table(&[("all", Mode::Warn)]), spec(&[("all", Mode::Deny)], |it| it.max_mode.0 = Mode::Warn)]
    {
        let webhooks = webhooks(&table, &settings);
        assert!(webhooks.iter().all(|webhook| webhook.name == OPEN), "{webhooks:?}");
    }
}

#[test]
fn cluster_scoped_kinds_stay_open_where_namespaces_are_closed() {
    let webhooks = webhooks(
        &table(&[("NSP09", Mode::Deny)]),
        &closed(&["all"], Some(FailClosed::named(words(&["shop"])))),
    );
    let of = |name: &str| -> Vec<String> {
        let webhook = webhooks.iter().find(|webhook| webhook.name == name).unwrap();
        webhook.rules.iter().flatten().flat_map(|rule| rule.resources.clone().unwrap()).collect()
    };
    assert_eq!(
        of(OPEN),
        [
            "persistentvolumes",
            "customresourcedefinitions",
            "clustersecretstores",
            "clusterrolebindings",
            "clusterroles"
        ]
    );
    // A Namespace is in itself: the API server matches selectors with its own labels.
    assert!(of(CLOSED).contains(&"namespaces".to_owned()) && of(REST) == of(CLOSED));
}

#[test]
fn nothing_is_asked_that_a_cluster_needs_to_come_up() {
    let never = [
        "leases",
        "events",
        "nodes",
        "certificatesigningrequests",
        "tokenreviews",
        "subjectaccessreviews",
        "selfsubjectaccessreviews",
        "localsubjectaccessreviews",
        "selfsubjectreviews",
        "bindings",
    ];
    for webhook in webhooks(&table(&[("all", Mode::Deny)]), &closed(&["SEC"], None)) {
        for resource in webhook.rules.unwrap().into_iter().flat_map(|rule| rule.resources.unwrap()) {
            let object = resource.split('/').next().unwrap();
            if resource == "nodes/proxy" {
                // Only people and monitoring reach nodes through the API server.
                continue;
            }
            assert!(!never.contains(&object) && !resource.ends_with("/status"), "{resource}");
        }
    }
}

#[test]
fn conditions_follow_what_is_reviewed() {
    let conditions = |table: &ModeTable| -> Vec<(String, String)> {
        let webhook = webhooks(table, &Settings::default()).remove(0);
        webhook.match_conditions.unwrap().into_iter().map(|it| (it.name, it.expression)).collect()
    };
    let made_for = "not-made-for-what-was-reviewed";
    for (table, expected) in [
        (table(&[("IMG01", Mode::Warn)]), Some("['Job', 'CronJob']")),
        // None of what it looks at can own anything.
        (table(&[("ADM01", Mode::Warn)]), None),
        (spec(&[("IMG01", Mode::Warn)], |it| it.enforce_pods_of_controllers = true), None),
    ] {
        let conditions = conditions(&table);
        assert_eq!(conditions.len(), 3 + usize::from(expected.is_some()));
        let last = conditions.iter().find(|(name, _)| name == made_for).map(|(_, expression)| expression);
        let names = expected.is_none_or(|owners| last.is_some_and(|it| it.contains(owners)));
        assert!(names && last.is_some() == expected.is_some(), "{last:?}");
    }
}

/// No request is meant twice; just those are meant that a policy needs in a namespace that is not excluded.
#[test]
fn no_write_costs_two_calls() {
    let everything: Vec<(&str, Mode)> = vec![("all", Mode::Deny)];
    let some = [("IMG", Mode::Deny), ("NSP09", Mode::Deny), ("ADM05", Mode::Warn), ("ADM01", Mode::Deny)];
    let tier = |requirement: fn(String) -> LabelRequirement| Some(requirement("tier".to_owned()));
    let with = |settings: Settings| Settings {
        exclude_namespaces: words(&["sandbox"]),
        namespace_selector: Some(LabelSelector {
            match_labels: BTreeMap::from([("region".to_owned(), "eu".to_owned())]),
            match_expressions: vec![LabelRequirement::DoesNotExist("paused".to_owned())],
        }),
        ..settings
    };
    let gold = || words(&["gold", "silver"]);
    let all_settings = [
        Settings::default(),
        closed(&["all"], None),
        closed(&["IMG", "NSP09"], Some(FailClosed::named(words(&["shop", "bank"])))),
        with(closed(&["ADM05", "NSP"], Some(LabelRequirement::In("tier".to_owned(), gold())))),
        with(closed(&["all"], Some(LabelRequirement::NotIn("tier".to_owned(), gold())))),
        closed(&["ADM01", "IMG01"], tier(LabelRequirement::Exists)),
        with(closed(&["all"], tier(LabelRequirement::DoesNotExist))),
    ];
    let mut met = 0;
    for table in [table(&everything), table(&some)] {
        for settings in &all_settings {
            let webhooks = webhooks(&table, settings);
            for (request, is_needed) in requests(&table) {
                for labels in namespaces() {
                    let labels = request.is_in_namespace.then_some(&labels);
                    let called: Vec<_> =
                        webhooks.iter().filter(|webhook| request.reaches(webhook, labels)).collect();
                    let is_excluded = labels.is_some_and(|labels| is_excluded(settings, labels));
                    let expected = usize::from(is_needed && !is_excluded);
                    assert_eq!(called.len(), expected, "{request:?} in {labels:?} under {settings:?}");
                    met += called.iter().filter(|webhook| webhook.name == REST).count();
                }
            }
        }
    }
    assert!(met > 100, "the third webhook met {met} requests");
}

/// What is done to what.
#[derive(Debug)]
struct Request {
    group: &'static str,
    version: &'static str,
    resource: &'static str,
    operation: Operation,
    is_in_namespace: bool,
}

type Labels = BTreeMap<&'static str, &'static str>;

/// Every request there can be with the kinds that have a name, and whether a policy of the table looks at it.
fn requests(table: &ModeTable) -> Vec<(Request, bool)> {
    let mut requests = Vec::new();
    for kind in kinds::ALL {
        for resource in kind.resources() {
            for operation in [Operation::Create, Operation::Update, Operation::Delete, Operation::Connect] {
                let is_possible = resource.operations.contains(&operation);
                let looks = catalogue::all().enumerate().any(|(policy, entry)| {
                    table.strictest(policy) > Mode::Off
                        && entry.meta.kinds.contains(kind)
                        && entry.meta.operations.contains(&operation)
                });
                let request = Request {
                    group: resource.group,
                    version: resource.version,
                    resource: resource.name,
                    operation,
                    is_in_namespace: kind.namespaced || *kind == &kinds::NAMESPACE,
                };
                requests.push((request, is_possible && looks));
            }
        }
    }
    requests
}

/// The labels of some namespaces, as the API server has them.
fn namespaces() -> Vec<Labels> {
    let mut all = Vec::new();
    for name in ["kube-system", "guards", "sandbox", "shop", "bank", "other"] {
        for tier in [None, Some("gold"), Some("bronze")] {
            for further in [&[][..], &[("region", "eu")], &[("region", "eu"), ("paused", "")]] {
                let mut labels = Labels::from([("kubernetes.io/metadata.name", name)]);
                labels.extend(tier.map(|tier| ("tier", tier)));
                labels.extend(further.iter().copied());
                all.push(labels);
            }
        }
    }
    all
}

fn is_excluded(settings: &Settings, labels: &Labels) -> bool {
    let name = labels["kubernetes.io/metadata.name"];
    matches!(name, "kube-system" | "guards")
        || settings.exclude_namespaces.iter().any(|it| it == name)
        || settings.namespace_selector.as_ref().is_some_and(|it| !it.matches(|key| labels.get(key).copied()))
}

impl Request {
    fn reaches(&self, webhook: &ValidatingWebhook, namespace: Option<&Labels>) -> bool {
        let has = |words: &Option<Vec<String>>, word: &str| words.iter().flatten().any(|it| it == word);
        let by_rule = webhook.rules.iter().flatten().any(|rule| {
            has(&rule.api_groups, self.group)
                && has(&rule.api_versions, self.version)
                && has(&rule.resources, self.resource)
                && has(&rule.operations, self.operation.as_str())
        });
        by_rule
            && namespace.is_none_or(|labels| selects(webhook.namespace_selector.as_ref().unwrap(), labels))
    }
}

/// As `labels.Selector` of the API machinery has it.
fn selects(selector: &meta::LabelSelector, labels: &Labels) -> bool {
    let value = |key: &String| labels.get(key.as_str()).copied();
    selector.match_labels.iter().flatten().all(|(key, wanted)| value(key) == Some(wanted))
        && selector.match_expressions.iter().flatten().all(|it| {
            let is_listed = |value: &str| it.values.iter().flatten().any(|wanted| wanted == value);
            match (it.operator.as_str(), value(&it.key)) {
                ("In", value) => value.is_some_and(is_listed),
                ("NotIn", value) => !value.is_some_and(is_listed),
                ("Exists", value) => value.is_some(),
                ("DoesNotExist", value) => value.is_none(),
                (other, _) => panic!("no operator: {other}"),
            }
        })
}
