//! The sources of the table, one after the other.

use super::*;

#[test]
fn profiles_map_severity_to_mode() {
    use Mode::{Audit, Deny, Off, Warn};
    for (profile, [high, medium, low]) in [
        (Profile::Baseline, [Deny, Audit, Off]),
        (Profile::Production, [Deny, Warn, Audit]),
        (Profile::Strict, [Deny, Deny, Warn]),
        (Profile::None, [Off, Off, Off]),
    ] {
        let spec = TableSpec { profile: (profile, at("profile")), ..TableSpec::default() };
        assert_eq!([Case::code("IMG01").mode(&spec), Case::code("ADM01").mode(&spec)], [high, low]);
        let severities = [(Severity::High, high), (Severity::Medium, medium), (Severity::Low, low)];
        for (severity, mode) in severities {
            let image = crate::catalogue::find("IMG01").unwrap().meta;
            let meta = |opt_in| Meta { severity, opt_in, ..meta_like(image) };
            assert_eq!(profile.mode(&meta(false)), mode, "{profile:?} {severity:?}");
            assert_eq!(profile.mode(&meta(true)), Off, "opt-in policies are off");
        }
    }
}

fn meta_like(meta: &Meta) -> Meta {
    Meta { ..*meta }
}

#[test]
fn later_settings_win() {
    use Mode::{Audit, Deny, Off, Warn};
    for (settings, expected) in [
        (vec![], [Deny, Deny]),
        (vec![setting("all", Off)], [Off, Off]),
        (vec![setting("IMG", Warn)], [Warn, Deny]),
        (vec![setting("img01", Warn)], [Warn, Deny]),
        (vec![setting("latest-image-tag", Warn), setting("IMG", Audit)], [Audit, Deny]),
        (vec![setting("all", Audit), setting("IMG01", Warn)], [Warn, Audit]),
        (vec![setting("IMG01", Warn), setting("IMG01", None)], [Warn, Deny]),
    ] {
        let spec = TableSpec { policies: settings, ..TableSpec::default() };
        assert_eq!([Case::code("IMG01").mode(&spec), Case::code("AVL06").mode(&spec)], expected);
    }
}

#[test]
fn later_rules_win_once_they_hold() {
    use Mode::{Audit, Deny, Off, Warn};
    let (past, future, far) = ("2026-11-21T12:00:00Z", "2026-11-21T12:00:01Z", "2027-11-21T00:00:00Z");
    let plain = |mode: Mode| rule("IMG01", mode, everywhere());
    let later = |mode, date| Some(Upcoming { mode, from: instant(date) });
    for (rules_in_order, mode, upcoming) in [
        (vec![plain(Warn), plain(Off)], Off, None),
        (vec![rule("AVL", Off, everywhere())], Deny, None),
        (vec![plain(Off), rule("IMG01", None, everywhere())], Off, None),
        (vec![plain(Off), rule("IMG01", Warn, in_namespaces(&["other"]))], Off, None),
        (vec![from(past, plain(Warn))], Warn, None),
        (vec![from(future, plain(Warn))], Deny, None),
        (vec![plain(Audit), from(future, plain(Warn))], Audit, later(Warn, future)),
        (vec![from(future, plain(Deny)), plain(Audit)], Audit, None),
        // The ladder: the next step is told, in whichever order the steps are written.
        (vec![plain(Off), from(future, plain(Warn)), from(far, plain(Deny))], Off, later(Warn, future)),
        (vec![plain(Warn), from(future, plain(Warn)), from(far, plain(Deny))], Warn, later(Deny, far)),
        (vec![plain(Off), from(far, plain(Deny)), from(future, plain(Warn))], Off, later(Warn, future)),
    ] {
        let spec = rules(rules_in_order);
        Case::default().mode(&spec);
        let ruling = Case::default().ask(&spec, |view, policy| view.ruling(policy, None));
        assert_eq!((ruling.mode, ruling.upcoming), (mode, upcoming));
    }
}

#[test]
fn exceptions_lower_to_audit_until_they_expire() {
    use Mode::{Audit, Deny, Off, Warn};
    let (past, future) = ("2026-11-21T12:00:00Z", "2026-11-21T12:00:01Z");
    for (base, expires, scope, expected) in [
        (Deny, future, in_namespaces(&["shop"]), Audit),
        (Warn, future, in_namespaces(&["shop"]), Audit),
        (Off, future, in_namespaces(&["shop"]), Off),
        (Deny, past, in_namespaces(&["shop"]), Deny),
        (Deny, future, in_namespaces(&["other"]), Deny),
        (Deny, future, in_containers(&["web"]), Audit),
        (Deny, future, in_containers(&["proxy"]), Deny),
    ] {
        let exceptions = vec![exception(expires, scope)];
        let spec = TableSpec { policies: vec![setting("all", base)], exceptions, ..TableSpec::default() };
        assert_eq!(Case::container("web", "web:1").mode(&spec), expected, "{base} {expires}");
    }
    let spec =
        TableSpec { exceptions: vec![exception(past, in_namespaces(&["shop"]))], ..TableSpec::default() };
    let table = ModeTable::build(&spec).unwrap();
    assert_eq!(table.expired_exceptions(instant(NOW)).collect::<Vec<_>>(), [("team", &at("exception"))]);
    assert_eq!(table.expired_exceptions(instant("2026-01-01T00:00:00Z")).count(), 0);
    let ladder = from("2027-01-01T00:00:00Z", rule("IMG01", Deny, everywhere()));
    let exceptions = vec![exception(future, in_namespaces(&["shop"]))];
    let spec = TableSpec {
        policies: vec![setting("all", Warn)],
        rules: vec![ladder],
        exceptions,
        ..TableSpec::default()
    };
    assert_eq!(Case::default().ask(&spec, |view, policy| view.ruling(policy, None).upcoming), None);
}

#[test]
fn max_mode_caps_everything() {
    use Mode::{Audit, Deny, Off, Warn};
    for (max, expected) in [(Off, Off), (Audit, Audit), (Warn, Warn), (Deny, Deny)] {
        let max_mode = (max, at("maxMode"));
        let spec =
            TableSpec { max_mode, rules: vec![rule("all", Deny, everywhere())], ..TableSpec::default() };
        assert_eq!(Case::default().mode(&spec), expected);
        assert_eq!(ModeTable::build(&spec).unwrap().strictest(0), expected);
    }
    let dated =
        vec![rule("all", Audit, everywhere()), from("2027-01-01T00:00:00Z", rule("all", Deny, everywhere()))];
    let spec = TableSpec { max_mode: (Warn, at("maxMode")), rules: dated, ..TableSpec::default() };
    let upcoming = Case::default().ask(&spec, |view, policy| view.ruling(policy, None).upcoming);
    assert_eq!(upcoming.map(|it| it.mode), Some(Warn), "what will come is capped too");
    assert_eq!(ModeTable::build(&spec).unwrap().strictest(0), Warn, "a rule that will hold counts");
}

#[test]
fn what_controllers_make_of_a_reviewed_template_is_audited() {
    use Mode::{Audit, Deny};
    let owned = |api_version: &str, kind: &str, controller: bool| {
        let mut pod = object_of("v1", "Pod", "shop");
        pod["metadata"]["ownerReferences"] =
            json!([{ "apiVersion": api_version, "kind": kind, "name": "web", "controller": controller }]);
        pod
    };
    let replica_set_controller = "system:serviceaccount:kube-system:replicaset-controller";
    for (object, user, expected) in [
        (owned("apps/v1", "ReplicaSet", true), replica_set_controller, Audit),
        (owned("apps/v1", "ReplicaSet", true), "system:kube-controller-manager", Audit),
        (owned("apps/v1", "ReplicaSet", true), "system:serviceaccount:shop:replicaset-controller", Deny),
        (owned("apps/v1", "ReplicaSet", true), "ann", Deny),
        (owned("apps/v1", "ReplicaSet", false), replica_set_controller, Deny),
        (owned("example.com/v1", "ReplicaSet", true), replica_set_controller, Deny),
        (owned("argoproj.io/v1", "Rollout", true), replica_set_controller, Deny),
        (object_of("v1", "Pod", "shop"), replica_set_controller, Deny),
    ] {
        let case = Case { object, writer: Some((user, &[])), ..Case::default() };
        assert_eq!(case.mode(&TableSpec::default()), expected, "{user} {}", case.object);
        let enforced = TableSpec { enforce_pods_of_controllers: true, ..TableSpec::default() };
        assert_eq!(case.mode(&enforced), Deny);
    }
}

#[test]
fn drains_are_never_refused() {
    use Mode::{Deny, Warn};
    let pod = || object_of("v1", "Pod", "shop");
    for (object, operation, expected) in [
        (pod(), Operation::Delete, Warn),
        (pod(), Operation::Update, Deny),
        (object_of("policy/v1", "Eviction", "shop"), Operation::Create, Warn),
        (object_of("apps/v1", "Deployment", "shop"), Operation::Delete, Deny),
    ] {
        let case = Case { object, operation, ..Case::by("ann", &[]) };
        assert_eq!(case.mode(&TableSpec::default()), expected, "{operation:?} {}", case.object);
    }
}
