//! `seawall check`.

use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::support::{files, run, run_in, seawall};

const LATEST: &str = "\
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers:
    - name: web
      image: nginx:latest
";

const MODES: &str =
    "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: none\npolicies: { IMG01: MODE }\n";

/// Exit code of a check of a Pod with the image `nginx:latest`, where `IMG01` has a mode.
fn code(mode: &str, flags: &str) -> i32 {
    let config = MODES.replace("MODE", mode);
    let directory = files(&[("pod.yaml", LATEST), ("seawall.yaml", &config)]);
    run_in(directory.path(), &format!("check pod.yaml --config seawall.yaml {flags}"), "").code
}

#[test]
fn the_exit_code_says_whether_something_is_at_or_above_the_bar() {
    for (mode, flags, expected) in [
        ("deny", "", 1),
        ("deny", "--fail-on deny", 1),
        ("deny", "--fail-on warn", 1),
        ("warn", "", 0),
        ("warn", "--fail-on warn", 1),
        ("audit", "--fail-on warn", 0),
        ("\"off\"", "--fail-on warn", 0),
        ("deny", "--ignore IMG01", 0),
        ("deny", "--ignore latest-image-tag", 0),
        ("deny", "--ignore img", 0),
        ("\"off\"", "--select IMG01", 1),
        ("warn", "--select IMG", 1),
        ("warn", "--select all", 1),
        ("deny", "--select AVL06,ADM01", 0),
        ("deny", "--select IMG01,ADM01 --ignore IMG01", 0),
    ] {
        assert_eq!(code(mode, flags), expected, "IMG01: {mode}, {flags}");
    }
}

#[test]
fn what_cannot_be_done_is_2_and_nothing_is_half_done() {
    let directory = files(&[
        ("good.yaml", LATEST),
        ("broken.yaml", "a: [\n"),
        ("empty/readme.txt", ""),
        ("nothing.yaml", "# Nothing.\n"),
        ("values.yaml", "replicas: 3\n"),
        ("none.yaml", "apiVersion: v1\nkind: PodList\nitems: []\n"),
        ("wrong.yaml", "apiVersion: seawall.dev/v1\nkind: Configuration\nprofil: strict\n"),
    ]);
    for (arguments, expected) in [
        ("check", "required"),
        ("check good.yaml --output xml", "--output"),
        ("check good.yaml --fail-on sometimes", "--fail-on"),
        ("check good.yaml --profile lax", "--profile"),
        ("check good.yaml --no-such-flag", "--no-such-flag"),
        ("check good.yaml --select IMG99", "IMG99"),
        ("check good.yaml --ignore latest-image-tga", "latest-image-tag"),
        ("check good.yaml missing.yaml", "missing.yaml"),
        ("check good.yaml broken.yaml", "broken.yaml:"),
        ("check good.yaml empty", "empty"),
        ("check -", "no Kubernetes object in -: nothing was checked"),
        (
            "check values.yaml nothing.yaml",
            "no Kubernetes object in values.yaml, nothing.yaml: nothing was checked",
        ),
        ("check none.yaml", "no Kubernetes object in none.yaml"),
        ("check good.yaml --config missing.yaml", "missing.yaml"),
        ("check good.yaml --config wrong.yaml", "wrong.yaml:3"),
        ("chekc good.yaml", "check"),
        (
            "check good.yaml --pod-security privileged",
            "`privileged` is no level: must be `baseline` or `restricted`",
        ),
        ("check good.yaml --pod-security restricted:1.30", "did you mean `v1.30`?"),
        ("check good.yaml --pod-security restricted:", "must be `latest` or like `v1.37`"),
        ("check good.yaml --kubernetes-version 1.30", "did you mean `v1.30`?"),
        ("check good.yaml --pod-security baseline --select IMG01", "cannot be used with"),
        ("check good.yaml --pod-security baseline --ignore IMG01", "cannot be used with"),
        ("check good.yaml --pod-security baseline --profile strict", "cannot be used with"),
        ("check good.yaml --pod-security baseline --config wrong.yaml", "cannot be used with"),
    ] {
        let run = run_in(directory.path(), arguments, "");
        assert_eq!(run.code, 2, "{arguments}: {run:?}");
        assert_eq!(run.stdout, "", "{arguments}");
        assert!(run.stderr.contains(expected), "{arguments}: {}", run.stderr);
    }
}

#[test]
fn every_file_that_cannot_be_read_is_named() {
    let directory = files(&[("a.yaml", "a: [\n"), ("b.yaml", "{\n")]);
    let run = run_in(directory.path(), "check a.yaml b.yaml c.yaml", "");
    assert!(["a.yaml:", "b.yaml:", "c.yaml:"].iter().all(|name| run.stderr.contains(name)), "{}", run.stderr);
}

#[test]
fn manifests_are_judged_for_a_version_of_kubernetes() {
    let budget = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: { name: web }\n";
    let claim = "apiVersion: resource.k8s.io/v1beta1\nkind: ResourceClaim\nmetadata: { name: gpu }\n";
    let sysctl = "apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers: [{ name: a }]\n  \
        securityContext: { sysctls: [{ name: net.ipv4.tcp_rmem, value: \"1\" }] }\n";
    let configuration = "apiVersion: seawall.dev/v1\nkind: Configuration\npolicies:\n  \
        APH05: { params: { targetVersion: v1.24 } }\n";
    let directory = files(&[
        ("budget.yaml", budget),
        ("claim.yaml", claim),
        ("sysctl.yaml", sysctl),
        ("seawall.yaml", configuration),
    ]);
    for (arguments, codes) in [
        ("budget.yaml --select APH", &["APH05"][..]),
        ("budget.yaml --select APH --kubernetes-version v1.25", &["APH05"]),
        ("budget.yaml --select APH --kubernetes-version v1.24", &["APH01"]),
        ("budget.yaml --select APH --kubernetes-version v1.9", &[]),
        ("budget.yaml --select APH05 --config seawall.yaml", &[]),
        ("budget.yaml --select APH05 --config seawall.yaml --kubernetes-version v1.25", &["APH05"]),
        ("claim.yaml --select APH", &["APH05"]),
        ("claim.yaml --select APH --kubernetes-version v1.37", &["APH01"]),
        ("claim.yaml --select APH --ignore APH01 --kubernetes-version v1.37", &[]),
        ("sysctl.yaml --select SEC12", &[]),
        ("sysctl.yaml --select SEC12 --kubernetes-version v1.31", &["SEC12"]),
        ("sysctl.yaml --pod-security baseline --kubernetes-version v1.31", &["SEC37"]),
        ("sysctl.yaml --pod-security baseline:v1.32 --kubernetes-version v1.31", &[]),
    ] {
        let run = run_in(directory.path(), &format!("check {arguments} --output json"), "");
        let found = run.json();
        let said: Vec<_> = found.iter().filter_map(|line| line["policy"]["code"].as_str()).collect();
        assert_eq!(said, codes, "{arguments}: {run:?}");
    }
}

#[test]
fn a_pod_security_standard_is_all_that_is_checked() {
    let pod = |name: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{ name: {name} }}\nspec: {{ containers: [{{ name: a }}]{more} }}\n"
        )
    };
    let sysctl = ", securityContext: { sysctls: [{ name: net.ipv4.tcp_rmem, value: \"1\" }] }";
    let template = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  template:\n    \
        spec: { hostPID: true, containers: [{ name: a, image: \"a:latest\" }] }\n";
    let directory = files(&[
        ("latest.yaml", LATEST),
        ("sysctl.yaml", &pod("sysctl", sysctl)),
        ("template.yaml", template),
        ("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: { name: a }\n"),
    ]);
    for (file, standard, checks) in [
        ("latest.yaml", "baseline", &[][..]),
        ("sysctl.yaml", "baseline", &[]),
        ("sysctl.yaml", "baseline:latest", &[]),
        ("sysctl.yaml", "baseline:v1.32", &[]),
        ("sysctl.yaml", "baseline:v1.31", &["sysctls"]),
        ("sysctl.yaml", "baseline:v1.99", &[]),
        ("sysctl.yaml", "restricted:v1.7", &["sysctls", "runAsNonRoot"]),
        ("template.yaml", "baseline:v1.0", &["hostNamespaces"]),
        (
            "template.yaml",
            "restricted",
            &[
                "hostNamespaces",
                "allowPrivilegeEscalation",
                "capabilities_restricted",
                "runAsNonRoot",
                "seccompProfile_restricted",
            ],
        ),
        ("service.yaml", "restricted", &[]),
    ] {
        let run =
            run_in(directory.path(), &format!("check {file} --pod-security {standard} --output json"), "");
        let found = run.json();
        let said: Vec<_> =
            found.iter().filter_map(|line| Some(line["message"].as_str()?.split_once(": ")?.0)).collect();
        assert_eq!(said, checks, "{file} {standard}");
        assert_eq!(run.code, i32::from(!checks.is_empty()), "{file} {standard}");
        let findings = &found[..found.len() - 1];
        assert!(findings.iter().all(|line| line["policy"]["code"] == "SEC37" && line["mode"] == "deny"));
    }
}

#[test]
fn json_is_one_object_a_line_and_totals_at_the_end() {
    let directory = files(&[("pod.yaml", LATEST)]);
    let run = run_in(directory.path(), "check pod.yaml --select IMG01 --output json --namespace shop", "");
    assert_eq!(
        run.json(),
        [
            json!({
                "file": "pod.yaml", "line": 7, "column": 14,
                "object": { "apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "web" },
                "policy": { "code": "IMG01", "name": "latest-image-tag" },
                "severity": "high", "mode": "deny", "upcoming": null, "path": "spec.containers[0].image",
                "place": "spec.containers[name=web].image",
                "message": "image `nginx:latest` has the moving tag `latest`", "fix": null, "known": false,
            }),
            json!({ "totals": {
                "objects": 1, "deny": 1, "warn": 0, "audit": 0, "known": 0, "gone": 0, "notEvaluated": 0,
                "skipped": 0,
            } }),
        ]
    );
}

#[test]
fn json_has_what_is_only_audited_and_text_does_not() {
    let config = MODES.replace("MODE", "audit");
    let directory = files(&[("pod.yaml", LATEST), ("seawall.yaml", &config)]);
    let text = run_in(directory.path(), "check pod.yaml --config seawall.yaml", "");
    assert_eq!(text.stdout, "1 object: 0 denied, 0 warnings, 1 audited (not shown)\n");
    let json = run_in(directory.path(), "check pod.yaml --config seawall.yaml --output json", "").json();
    assert_eq!((json.len(), &json[0]["mode"]), (2, &json!("audit")));
}

#[test]
fn items_of_a_list_have_its_kind() {
    let directory = files(&[(
        "pods.yaml",
        "apiVersion: v1
kind: PodList
items:
  - metadata: { name: web }
    spec:
      containers:
        - { name: web, image: \"nginx:latest\" }
",
    )]);
    let found = run_in(directory.path(), "check pods.yaml --select IMG01 --output json", "").json();
    assert_eq!(
        found[0]["object"],
        json!({ "apiVersion": "v1", "kind": "Pod", "namespace": null, "name": "web" })
    );
    assert_eq!((&found[0]["line"], &found[0]["path"]), (&json!(7), &json!("spec.containers[0].image")));
}

#[test]
fn a_later_refusal_is_told_with_its_date() {
    let config =
        MODES.replace("MODE", "warn") + "rules: [{ policies: [IMG01], mode: deny, from: 2999-01-01 }]\n";
    let directory = files(&[("pod.yaml", LATEST), ("seawall.yaml", &config)]);
    let check =
        |flags: &str| run_in(directory.path(), &format!("check pod.yaml --config seawall.yaml {flags}"), "");
    let text = check("").stdout;
    assert!(text.lines().next().unwrap().ends_with(" (denied from 2999-01-01)"), "{text}");
    assert_eq!(
        check("--output json").json()[0]["upcoming"],
        json!({ "mode": "deny", "from": "2999-01-01T00:00:00Z" })
    );
}

#[test]
fn an_object_of_the_wrong_shape_is_pointed_at_and_explained_once() {
    let wrong = "apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers: nginx\n";
    let directory = files(&[("pods.yaml", &format!("{wrong}---\n{wrong}"))]);
    let run = run_in(directory.path(), "check pods.yaml", "");
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (
            1,
            "\
deny[INVALID]: must be a list, is a string
  --> pods.yaml:5:15
   |  Pod web, spec.containers
   = why: The API server refuses the object; no policy was run.
   = fix: Correct the type of the field.

deny[INVALID]: must be a list, is a string
  --> pods.yaml:11:15
   |  Pod web, spec.containers

2 objects: 2 denied, 0 warnings
"
        )
    );
}

#[test]
fn an_object_without_a_namespace_escapes_no_rule_about_one() {
    let rules = "rules: [{ scope: { namespaces: [shop] }, policies: [IMG01], mode: deny }]\n";
    let config = MODES.replace("MODE", "\"off\"") + rules;
    let directory = files(&[("pod.yaml", LATEST), ("seawall.yaml", &config)]);
    let note =
        "1 object names no namespace: rules about namespaces are not certain for it, give --namespace\n";
    for (flags, code, result, noted) in [
        ("", 0, "0 denied, 1 warning", true),
        ("--namespace shop", 1, "1 denied, 0 warnings", false),
        ("--namespace other", 0, "0 denied, 0 warnings", false),
    ] {
        let run = run_in(directory.path(), &format!("check pod.yaml --config seawall.yaml {flags}"), "");
        assert_eq!((run.code, run.stdout.contains(note)), (code, noted), "{flags}: {}", run.stdout);
        assert!(run.stdout.ends_with(&format!("1 object: {result}\n")), "{flags}: {}", run.stdout);
    }
    assert!(!run_in(directory.path(), "check pod.yaml", "").stdout.contains(note));
}

#[test]
fn standard_input_is_a_file_like_any_other() {
    let run = run_in(Path::new("."), "check - --select IMG01 --output json", LATEST);
    assert_eq!((run.code, &run.json()[0]["file"]), (1, &json!("stdin")));
}

#[test]
fn a_directory_is_all_its_manifests_in_order() {
    let directory = files(&[
        ("b/two.yml", LATEST),
        ("a/one.yaml", LATEST),
        ("a/notes.txt", "a: ["),
        (".git/x.yaml", "a: ["),
    ]);
    let run = run_in(directory.path(), "check . --select IMG01 --output json", "");
    let found: Vec<_> =
        run.json().iter().filter_map(|line| Some(line["file"].as_str()?.to_owned())).collect();
    assert_eq!(found, ["./a/one.yaml", "./b/two.yml"]);
}

#[test]
fn objects_of_one_run_know_each_other() {
    let run = run("check examples/bad/web.yaml --select AVL06 --output json");
    let lines = run.json();
    assert_eq!((run.code, &lines.last().unwrap()["totals"]["notEvaluated"]), (1, &json!(0)), "{lines:?}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let documents = format!("{LATEST}---\n").repeat(5000);
    let directory = files(&[("many.yaml", &documents)]);
    let mut child = seawall()
        .args(["check", "many.yaml", "--select", "IMG01"])
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdout.take().unwrap().read_exact(&mut [0; 16]).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[test]
fn a_million_lines_are_read_and_judged() {
    use std::fmt::Write as _;
    let mut large = String::from("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: large }\ndata:\n");
    for line in 0..1_000_000 {
        writeln!(large, "  key{line}: x").unwrap();
    }
    let directory = files(&[("large.yaml", &large), ("pod.yaml", LATEST)]);
    let checked = run_in(directory.path(), "check . --select IMG01", "");
    assert_eq!(checked.code, 1, "{}", checked.stderr);
    assert!(checked.stdout.ends_with("2 objects: 1 denied, 0 warnings\n"), "{}", checked.stdout);
}

#[test]
fn a_declared_custom_resource_is_judged_where_its_template_is() {
    let rollout = "\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web, namespace: shop }
spec:
  strategy: { canary: {} }
  template:
    spec:
      containers:
        - name: web
          image: nginx:latest
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: api, namespace: shop }
spec:
  workloadRef: { apiVersion: apps/v1, kind: Deployment, name: api }
";
    let modes = MODES.replace("MODE", "deny");
    let declared = format!(
        "{modes}workloads:\n  - group: argoproj.io\n    version: v1alpha1\n    kind: Rollout\n    plural: rollouts\n    \
         podTemplate: spec.template\n"
    );
    let files = files(&[("rollout.yaml", rollout), ("without.yaml", &modes), ("with.yaml", &declared)]);
    let check = |flags: &str| run_in(files.path(), &format!("check rollout.yaml --output json {flags}"), "");
    let without = check("--config without.yaml");
    assert_eq!((without.code, without.json().len()), (0, 1), "{}", without.stdout);
    let with = check("--config with.yaml");
    assert_eq!(with.code, 1, "{}{}", with.stdout, with.stderr);
    let lines = with.json();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let finding = &lines[0];
    assert_eq!(finding["path"], "spec.template.spec.containers[0].image", "{finding}");
    assert_eq!((&finding["line"], &finding["column"]), (&json!(10), &json!(18)), "{finding}");
    let explain = "modes explain --config with.yaml --policy IMG01 --kind Rollout";
    let explained = run_in(files.path(), explain, "");
    assert!(explained.stdout.starts_with("IMG01 latest-image-tag: deny, decided by"), "{explained:?}");
    let elsewhere = run_in(files.path(), &explain.replace("with.yaml", "without.yaml"), "");
    assert_eq!(elsewhere.code, 2, "{elsewhere:?}");
}
