//! `seawall check --baseline` and `--write-exceptions`: taking Seawall up where much is found already.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Run, files, run_in, seawall};

const TERMS: &str = "--owner team-shop --reason adoption --expires 2999-01-01";

/// A Deployment with two containers, as JSON; the images and what else there is are given.
fn deployment(name: &str, images: [&str; 2], more: &str) -> String {
    let [web, side] = images;
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {name}, namespace: shop }}\nspec:\n  template:\n    \
         spec:\n      {more}\n      containers:\n        - {{ name: web, image: \"{web}\" }}\n        \
         - {{ name: side, image: \"{side}\" }}\n---\n"
    )
}

fn configuration(exceptions: &str) -> String {
    format!(
        "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: none\npolicies: {{ IMG01: deny, SEC32: deny }}\n\
         {exceptions}"
    )
}

fn codes(run: &Run) -> Vec<(bool, String)> {
    let lines = run.json();
    let findings = lines.iter().filter(|line| line["policy"].is_object());
    findings
        .map(|line| (line["known"].as_bool().unwrap(), line["place"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn what_the_baseline_has_is_known_and_only_what_is_new_counts() {
    let before = deployment("web", ["a:latest", "b:latest"], "");
    // The first container has moved down, the second is mended, and there is one more.
    let after = before.replace("name: web, image", "name: new, image").replace(
        "name: side, image: \"b:latest\"",
        "name: side, image: \"b:1.2.3\" }\n        - { name: web, image: \"a:latest\"",
    );
    let directory = files(&[("before.yaml", &before), ("after.yaml", &after)]);
    let check = |arguments: &str| run_in(directory.path(), &format!("check --select IMG01 {arguments}"), "");
    std::fs::write(directory.path().join("base.jsonl"), check("before.yaml --output json").stdout).unwrap();

    let same = check("before.yaml --baseline base.jsonl");
    let expected = "2 known findings of base.jsonl not repeated\n1 object: 0 denied, 0 warnings\n";
    assert_eq!((same.code, same.stdout.as_str()), (0, expected));

    let changed = check("after.yaml --baseline base.jsonl");
    assert_eq!(changed.code, 1);
    let expected = "1 known finding of base.jsonl not repeated\n1 finding of base.jsonl is gone\n\
                    1 object: 1 denied, 0 warnings\n";
    assert!(changed.stdout.ends_with(expected), "{}", changed.stdout);
    assert!(changed.stdout.contains("spec.template.spec.containers[0].image"), "{}", changed.stdout);
    assert!(changed.stdout.contains("= why"), "the first finding that is shown is explained");

    let machine = check("after.yaml --baseline base.jsonl --output json");
    let place = |name: &str| format!("spec.template.spec.containers[name={name}].image");
    assert_eq!(codes(&machine), [(false, place("new")), (true, place("web"))]);
    let totals = &machine.json().pop().unwrap()["totals"];
    assert_eq!((&totals["deny"], &totals["known"], &totals["gone"]), (&json!(1), &json!(1), &json!(1)));
}

#[test]
fn what_is_only_warned_of_is_known_too() {
    let directory = files(&[
        ("web.yaml", &deployment("web", ["a:latest", "b:1.2.3"], "")),
        ("seawall.yaml", &configuration("").replace("IMG01: deny", "IMG01: warn")),
    ]);
    let check = |arguments: &str| {
        let arguments = format!("check web.yaml --config seawall.yaml --fail-on warn {arguments}");
        run_in(directory.path(), &arguments, "")
    };
    let report = check("--output json");
    assert_eq!(report.code, 1);
    std::fs::write(directory.path().join("base.jsonl"), report.stdout).unwrap();
    assert_eq!(check("--baseline base.jsonl").code, 0);
}

#[test]
fn a_place_shows_no_text_of_the_object() {
    let secret = "correct-horse-battery";
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{ name: web }}\nspec:\n  containers:\n    - name: web\n      \
         args: [\"--password={secret}\"]\n"
    );
    let directory = files(&[("pod.yaml", &pod)]);
    let run = run_in(directory.path(), "check pod.yaml --select CFG --output json", "");
    let places: Vec<_> = codes(&run).into_iter().map(|(_, place)| place).collect();
    assert!(places.contains(&"spec.containers[name=web].args[0]".to_owned()), "{places:?}");
    assert!(!run.stdout.contains(secret), "{}", run.stdout);
}

#[test]
fn a_baseline_that_is_none_ends_the_run_before_anything_is_judged() {
    let directory = files(&[
        ("web.yaml", &deployment("web", ["a:latest", "b:1"], "")),
        ("text.txt", "deny[IMG01]: image\n"),
        ("empty.jsonl", ""),
        ("cut.jsonl", "{\"policy\":{\"code\":\"IMG01\"},\"object\":{\"kind\":\"Pod\"},\"place\":\"\"}\n"),
    ]);
    for (file, expected) in [
        ("missing.jsonl", "error: --baseline missing.jsonl: "),
        ("text.txt", "error: --baseline text.txt:1: no line of a report of `--output json`"),
        ("empty.jsonl", "error: --baseline empty.jsonl:1: the report ends without its totals"),
        ("cut.jsonl", "error: --baseline cut.jsonl:2: the report ends without its totals"),
    ] {
        let run = run_in(directory.path(), &format!("check web.yaml --baseline {file}"), "");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{file}");
        assert!(run.stderr.starts_with(expected), "{}", run.stderr);
    }
}

#[test]
fn the_exceptions_let_through_what_is_there_and_nothing_else() {
    let there = [
        deployment("web", ["a:latest", "b:latest"], "hostNetwork: true"),
        deployment("api", ["a:1.2.3", "b:latest"], ""),
    ]
    .concat();
    let directory = files(&[
        ("web.yaml", &there),
        ("plain.yaml", &configuration("")),
        ("seawall.yaml", &configuration("exceptionFiles: [there.yaml]\n")),
    ]);
    let run = |arguments: &str, stdin: &str| run_in(directory.path(), arguments, stdin);
    let written =
        run(&format!("check web.yaml --config plain.yaml --write-exceptions there.yaml {TERMS}"), "");
    assert_eq!(written.code, 0, "{written:?}");
    let note = "3 exceptions for 4 findings until 2999-01-01 in there.yaml; `exceptionFiles` of the configuration has to \
                name it\n";
    assert_eq!(written.stderr, note);
    let text = std::fs::read_to_string(directory.path().join("there.yaml")).unwrap();
    assert_eq!(
        text,
        "\
apiVersion: seawall.dev/v1
kind: Exceptions
exceptions:
  - policies: [IMG01]
    scope:
      namespaces: [shop]
      kinds: [Deployment.apps]
      names: [api]
      containers: [side]
    owner: team-shop
    reason: adoption
    expires: \"2999-01-01\"
  - policies: [SEC32]
    scope:
      namespaces: [shop]
      kinds: [Deployment.apps]
      names: [web]
    owner: team-shop
    reason: adoption
    expires: \"2999-01-01\"
  - policies: [IMG01]
    scope:
      namespaces: [shop]
      kinds: [Deployment.apps]
      names: [web]
      containers: [side, web]
    owner: team-shop
    reason: adoption
    expires: \"2999-01-01\"
"
    );
    let valid = run("config check seawall.yaml", "");
    assert_eq!((valid.code, valid.stderr.as_str()), (0, ""), "{valid:?}");
    let excepted = run("check web.yaml --config seawall.yaml", "");
    assert_eq!(
        (excepted.code, excepted.stdout.as_str()),
        (0, "2 objects: 0 denied, 0 warnings, 4 audited (not shown)\n")
    );
    for (what, new) in [
        ("another name", there.replace("name: api", "name: api2")),
        ("another namespace", there.replace("namespace: shop", "namespace: shop2")),
        ("another container", there.replace("name: side", "name: sidecar")),
        ("another kind", there.replace("kind: Deployment", "kind: DaemonSet")),
        ("another policy", deployment("api", ["a:1.2.3", "b:latest"], "hostNetwork: true")),
    ] {
        let run = run("check - --config seawall.yaml", &new);
        assert_eq!(run.code, 1, "{what}: {}", run.stdout);
    }
}

#[test]
fn whatever_is_found_in_the_bad_examples_can_be_excepted() {
    let bad = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/bad");
    let directory = files(&[
        ("plain.yaml", "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: strict\n"),
        (
            "seawall.yaml",
            "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: strict\nexceptionFiles: [a.yaml]\n",
        ),
    ]);
    let run =
        |arguments: &str| run_in(directory.path(), &format!("check {bad} --fail-on warn {arguments}"), "");
    let write = |file: &str| run(&format!("--config plain.yaml --write-exceptions {file} {TERMS}"));
    let first = write("a.yaml");
    assert_eq!(first.code, 0, "{}", first.stderr);
    let totals = first.stdout.lines().last().unwrap();
    assert!(!totals.contains(" 0 denied"), "{totals}");
    let after = run("--config seawall.yaml");
    assert_eq!((after.code, after.stderr.as_str()), (0, ""), "{}", after.stdout);
    assert!(after.stdout.contains(": 0 denied, 0 warnings, "), "{}", after.stdout);

    assert_eq!(write("b.yaml").code, 0);
    let text = |file: &str| std::fs::read_to_string(directory.path().join(file)).unwrap();
    assert_eq!(text("a.yaml"), text("b.yaml"));
}

#[test]
fn what_yields_is_covered_with_what_it_yields_to() {
    // A privileged container is root as well; one policy speaks for both, until it is excepted.
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: web, namespace: shop }\nspec:\n  containers:\n    \
        - { name: web, image: \"a:1\", securityContext: { privileged: true, runAsUser: 0 } }\n";
    let configuration = |more: &str| {
        format!(
            "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: none\npolicies: {{ all: deny }}\n{more}"
        )
    };
    let directory = files(&[
        ("pod.yaml", pod),
        ("plain.yaml", &configuration("")),
        ("seawall.yaml", &configuration("exceptionFiles: [a.yaml]\n")),
    ]);
    let run = |arguments: &str| run_in(directory.path(), &format!("check pod.yaml {arguments}"), "");
    let before = run("--config plain.yaml --output json");
    let shown: Vec<Value> = before.json();
    let shown: Vec<_> = shown.iter().filter_map(|line| line["policy"]["code"].as_str()).collect();
    assert_eq!(run(&format!("--config plain.yaml --write-exceptions a.yaml {TERMS}")).code, 0);
    let text = std::fs::read_to_string(directory.path().join("a.yaml")).unwrap();
    let covered = text.split(|it: char| !it.is_ascii_alphanumeric()).filter(|word| word.starts_with("SEC"));
    let hidden = covered.into_iter().any(|code| !shown.contains(&code));
    assert!(hidden, "nothing yields here any longer, so that this shows nothing: {text}");
    let after = run("--config seawall.yaml");
    assert_eq!(after.code, 0, "{}", after.stdout);
}

#[test]
fn what_cannot_be_excepted_is_said_and_decides_the_exit_code() {
    let pod = |metadata: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{ {metadata} }}\nspec: {{ containers: [{{ name: web, image: \"a:latest\" }}] }}\n---\n"
        )
    };
    let wrong = "apiVersion: v1\nkind: Pod\nmetadata: { name: wrong, namespace: shop }\nspec: []\n";
    let named = pod("name: web, namespace: shop");
    for (manifests, flags, code, expected) in [
        (named.clone(), "", 0, "1 exception for 1 finding"),
        (named.clone() + &pod("namespace: shop"), "", 1, "1 finding not excepted"),
        (pod("generateName: web-, namespace: shop"), "", 0, "1 exception for 1 finding"),
        (named.clone() + wrong, "", 1, "1 exception for 1 finding"),
        (wrong.to_owned(), "", 1, "there is nothing to except"),
        (pod("name: web, namespace: shop").replace("latest", "1.2.3"), "", 0, "there is nothing to except"),
        (
            named.clone() + &pod("name: web"),
            "",
            2,
            "1 object names no namespace and would be excepted in every one",
        ),
        (named + &pod("name: web"), "--namespace bank", 0, "2 exceptions for 2 findings"),
    ] {
        let directory = files(&[("pod.yaml", &manifests)]);
        let arguments = format!("check pod.yaml --select IMG01 --write-exceptions a.yaml {TERMS} {flags}");
        let run = run_in(directory.path(), &arguments, "");
        assert_eq!(run.code, code, "{manifests}: {run:?}");
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert_eq!(
            directory.path().join("a.yaml").exists(),
            run.stderr.contains("exceptions for") || run.stderr.contains("exception for")
        );
    }
}

#[test]
fn the_terms_are_asked_for_by_their_flags_and_nothing_is_overwritten() {
    let directory =
        files(&[("web.yaml", &deployment("web", ["a:latest", "b:1"], "")), ("there.yaml", "mine\n")]);
    for (flags, expected) in [
        ("--write-exceptions a.yaml", "--write-exceptions needs --owner, --reason, --expires\n"),
        (
            "--write-exceptions a.yaml --owner team --expires 2999-01-01",
            "--write-exceptions needs --reason\n",
        ),
        (
            "--write-exceptions a.yaml --owner team --reason it --expires soon",
            "--expires soon: must be a date such as",
        ),
        (
            "--write-exceptions a.yaml --owner team --reason it --expires 2020-01-01",
            "--expires 2020-01-01: is over already",
        ),
        (&format!("--write-exceptions there.yaml {TERMS}"), "--write-exceptions there.yaml: exists already"),
        (&format!("--write-exceptions none/a.yaml {TERMS}"), "--write-exceptions none/a.yaml: "),
        ("--owner team", "--write-exceptions"),
        (&format!("--write-exceptions a.yaml {TERMS} --fix"), "cannot be used with"),
        (&format!("--write-exceptions a.yaml {TERMS} --baseline there.yaml"), "cannot be used with"),
    ] {
        let run = run_in(directory.path(), &format!("check web.yaml --select IMG01 {flags}"), "");
        assert_eq!(run.code, 2, "{flags}: {run:?}");
        assert!(run.stderr.contains(expected), "{flags}: {}", run.stderr);
    }
    assert_eq!(std::fs::read_to_string(directory.path().join("there.yaml")).unwrap(), "mine\n");
    assert!(!directory.path().join("a.yaml").exists());
}

#[test]
fn an_empty_term_is_a_missing_one() {
    let directory = files(&[("web.yaml", &deployment("web", ["a:latest", "b:1"], ""))]);
    let output = seawall()
        .current_dir(directory.path())
        .args([
            "check",
            "web.yaml",
            "--write-exceptions",
            "a.yaml",
            "--owner",
            " ",
            "--reason",
            "",
            "--expires",
            "2999-01-01",
        ])
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.ends_with("--write-exceptions needs --owner, --reason\n"), "{stderr}");
    assert!(!Path::new(directory.path()).join("a.yaml").exists());
}

#[test]
fn a_cluster_behind_the_files_is_asked_for_and_never_guessed() {
    let directory = files(&[("web.yaml", &deployment("web", ["a:1", "b:1"], ""))]);
    for (flags, expected) in [
        ("--kubeconfig config", "--with-cluster"),
        ("--context staging", "--with-cluster"),
        ("--with-cluster --fix", "cannot be used with"),
        ("--with-cluster --diff", "cannot be used with"),
        ("--with-cluster --kubeconfig missing.yaml", "--kubeconfig missing.yaml"),
    ] {
        let run = run_in(directory.path(), &format!("check web.yaml {flags}"), "");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{flags}: {run:?}");
        assert!(run.stderr.contains(expected), "{flags}: {}", run.stderr);
    }
}
