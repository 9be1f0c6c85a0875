//! `seawall config` and `seawall modes`.

use crate::support::{files, run, run_in};

#[test]
fn every_error_of_a_configuration_comes_at_once_with_its_line() {
    let config = "\
apiVersion: seawall.dev/v1
kind: Configuration
profil: strict
maxMode: sometimes
policies:
  latest-image-tga: warn
rules:
  - policies: [IMG]
    mode: dney
exceptions:
  - policies: [IMG01]
    scope: { namespaces: [shop] }
    owner: team-shop
    reason: moved in from the old cluster
";
    let directory = files(&[("seawall.yaml", config)]);
    let run = run_in(directory.path(), "config check seawall.yaml", "");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    for (place, hint) in [
        ("seawall.yaml:3:", "profile"),
        ("seawall.yaml:4:", "maxMode"),
        ("seawall.yaml:6:", "latest-image-tag"),
        ("seawall.yaml:9:", "deny"),
        ("seawall.yaml:11:", "expires"),
    ] {
        let line = run.stderr.lines().find(|line| line.contains(place));
        assert!(line.is_some_and(|line| line.contains(hint)), "{place} {hint}: {}", run.stderr);
    }
}

#[test]
fn a_good_configuration_has_a_digest() {
    let run = run("config check examples/seawall.yaml");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.starts_with("examples/seawall.yaml: valid, digest "), "{}", run.stdout);
}

#[test]
fn the_schema_is_one_json_object() {
    let schema: serde_json::Value = serde_json::from_str(&run("config schema").stdout).unwrap();
    assert!(schema["properties"]["maxMode"].is_object(), "{schema}");
}

#[test]
fn an_explanation_names_the_line_that_decided() {
    let config = "\
apiVersion: seawall.dev/v1
kind: Configuration
policies:
  IMG01: warn
rules:
  - scope: { namespaces: [sandbox-*] }
    policies: [IMG]
    mode: audit
";
    let directory = files(&[("seawall.yaml", config)]);
    let explain = |flags: &str| {
        let flags = format!("modes explain --config seawall.yaml --kind Pod --policy {flags}");
        let run = run_in(directory.path(), &flags, "");
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{flags}");
        run.stdout
    };
    for (flags, mode, place) in [
        ("IMG01 --namespace shop", "warn", "seawall.yaml:4"),
        ("latest-image-tag --namespace sandbox-ann", "audit", "seawall.yaml:6"),
        ("SEC01 --namespace shop", "deny", "default profile"),
        ("IMG01 --owner-kind ReplicaSet", "audit", "made by a controller"),
        ("IMG01 --owner-kind ReplicaSet --user ann", "warn", "seawall.yaml:4"),
        ("IMG01 --owner-kind ConfigMap", "warn", "seawall.yaml:4"),
        ("IMG01 --namespace shop --max-mode audit", "audit", "command line --max-mode"),
    ] {
        let explanation = explain(flags);
        let answer = explanation.lines().next().unwrap();
        assert!(
            answer.contains(&format!(": {mode}, decided by")) && answer.contains(place),
            "{flags}: {explanation}"
        );
    }
}

#[test]
fn a_policy_that_never_looks_has_no_mode() {
    for (flags, expected) in [
        (
            "AVL06 --kind Pod",
            "AVL06 budget-covers-autoscaler-minimum: does not look at Pod, only at PodDisruptionBudget, ",
        ),
        ("ADM01", "ADM01 exec-into-pod: does not look at Deployment.apps, only at PodExecOptions\n"),
        ("ADM01 --kind PodExecOptions", "ADM01 exec-into-pod: does not look at CREATE, only at CONNECT\n"),
        (
            "ADM01 --kind PodExecOptions --operation CONNECT",
            "ADM01 exec-into-pod: audit, decided by the profile",
        ),
        (
            "IMG01 --kind Deployment --group example.com",
            "IMG01 latest-image-tag: does not look at Deployment.example.com, ",
        ),
        (
            "IMG01 --kind Deployment --group extensions",
            "IMG01 latest-image-tag: deny, decided by the profile",
        ),
    ] {
        let run = run(&format!("modes explain --policy {flags}"));
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{flags}");
        assert!(run.stdout.starts_with(expected), "{flags}: {}", run.stdout);
    }
}

#[test]
fn what_is_asked_about_must_exist() {
    for (arguments, expected) in [
        ("modes explain --policy IMG99", "IMG99"),
        ("modes explain --policy latest-image-tga", "latest-image-tag"),
        ("modes explain --policy IMG01 --kind Gadget", "--group"),
        ("modes explain --policy IMG01 --owner-kind Rollout", "--owner-kind Rollout"),
        ("modes explain --policy IMG01 --operation PATCH", "PATCH"),
        ("modes explain", "--policy"),
        ("config check missing.yaml", "missing.yaml"),
        ("policies show IMG99", "IMG99"),
    ] {
        let run = run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments}");
        assert!(run.stderr.contains(expected), "{arguments}: {}", run.stderr);
    }
}
