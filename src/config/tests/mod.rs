//! Texts in; errors, warnings or tables out.

mod files;

use super::*;
use crate::catalogue;
use crate::modes::Run;
use crate::policy::{NoFacts, Subject};
use crate::tree::json;

const HEAD: &str = "apiVersion: seawall.dev/v1\nkind: Configuration\n";

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// Reads a configuration without its first two lines.
fn read(body: &str) -> Result<Loaded, ConfigErrors> {
    parse(&format!("{HEAD}{body}"), "seawall.yaml", &Overrides::default(), now())
}

fn errors(body: &str) -> Vec<String> {
    read(body).unwrap_err().to_string().lines().map(str::to_owned).collect()
}

/// The mode of a policy for a Deployment in a namespace.
fn mode(loaded: &Loaded, code: &str, namespace: &str) -> Mode {
    mode_of("apps/v1", "Deployment", loaded, code, namespace)
}

fn mode_of(api_version: &str, kind: &str, loaded: &Loaded, code: &str, namespace: &str) -> Mode {
    let object = serde_json::json!({
        "apiVersion": api_version, "kind": kind, "metadata": { "name": "web", "namespace": namespace },
    });
    let tree = json::read(object.to_string().as_bytes()).unwrap();
    let object = crate::object::View::view(tree.root().unwrap()).unwrap();
    let subject = Subject::of_object(object, now());
    let table = &loaded.config.table;
    let (policy, _) = table.policies().find(|(_, entry)| entry.meta.code == code).unwrap();
    table.view(&subject, &NoFacts).ruling(policy, None).mode
}

#[test]
fn reports_everything_at_once_with_its_place() {
    let body = "profile: prodction
polices: {}
policies:
  latest-image-tag: { mode: dney, params: { tags: latest } }
  IMG01: { params: { tagz: [latest] } }
rules:
  - policies: [latest-imag-tag]
    mode: off
    from: 2026-13-01
  - policies: [IMG01]
    name: says nothing
exceptions:
  - policies: [IMG01]
    scope: { names: [web] }
    reason: none
    expires: 2027-01-01
";
    assert_eq!(
        errors(body),
        [
            "seawall.yaml:3:10: profile: must be one of `baseline`, `production`, `strict`, `none`; did you mean `production`?",
            "seawall.yaml:4:1: polices: unknown field; did you mean `policies`?",
            "seawall.yaml:6:29: policies.latest-image-tag.mode: must be one of `off`, `audit`, `warn`, `deny`; did you mean `deny`?",
            "seawall.yaml:6:51: policies.latest-image-tag.params.tags: must be a list, not a string",
            "seawall.yaml:7:22: policies.IMG01.params.tagz: unknown field; did you mean `tags`?",
            "seawall.yaml:9:16: rules[0].policies[0]: there is no policy `latest-imag-tag`; did you mean `latest-image-tag`?",
            "seawall.yaml:11:11: rules[0].from: must be a date such as `2026-12-01` or an instant such as `2026-12-01T09:00:00Z`",
            "seawall.yaml:12:5: rules[1]: a rule needs a `mode`, `params` or both",
            "seawall.yaml:15:5: exceptions[0]: `owner` is missing",
        ]
    );
}

#[test]
fn says_what_is_wrong() {
    for (body, expected) in [
        ("maxMode: 5\n", "3:10: maxMode: must be one of `off`, `audit`, `warn`, `deny`"),
        ("profile: prod\n", "did you mean `production`?"),
        ("ratchet: maybe\n", "3:10: ratchet: must be a boolean, not a string"),
        ("docsUrl: docs\n", "3:10: docsUrl: must match `^https?://`"),
        (
            "profile: strict\nprofile: none\n",
            "4:1: the key `profile` stands twice in one object, first at 3:1",
        ),
        ("rules: [\n", "3:8: "),
        ("---\na: 1\n", "4:1: a second document: put everything into one"),
        (
            "policies: { IMG1: off }\n",
            "3:13: policies.IMG1: there is no policy `IMG1`; did you mean `IMG01`?",
        ),
        ("policies: { ADM01: { params: { a: 1 } } }\n", "params: the policy has no parameters"),
        ("policies: { IMG01: {} }\n", "policies.IMG01: must not be empty"),
        (
            "rules: [{ policies: [AVL06], params: { tags: [a] } }]\n",
            "rules[0].params: AVL06 `budget-covers-autoscaler-minimum`: the policy has no parameters",
        ),
        (
            "rules: [{ policies: [IMG01], params: { tagz: [a] } }]\n",
            "rules[0].params.tagz: IMG01 `latest-image-tag`: unknown field; did you mean `tags`?",
        ),
        ("rules: [{ policies: [], mode: off }]\n", "rules[0].policies: must not be empty"),
        ("rules: [{ mode: off }]\n", "rules[0]: `policies` is missing"),
        ("rules: [null]\n", "rules[0]: must be an object, not nothing"),
        (
            "rules: [{ policies: [all], mode: off, scope: { namespaces: ['[a'] } }]\n",
            "scope.namespaces[0]: not a pattern for names: unclosed character class",
        ),
        (
            "rules: [{ policies: [all], mode: off, scope: { namespaces: [] } }]\n",
            "scope.namespaces: must not be empty",
        ),
        (
            "rules: [{ policies: [all], mode: off, scope: }]\n",
            "rules[0].scope: must be an object, not nothing",
        ),
        (
            "rules: [{ policies: [all], mode: off, scope: { namespaces: null } }]\n",
            "3:60: rules[0].scope.namespaces: must be a list, not nothing",
        ),
        (
            "rules: [{ policies: [all], mode: off, scope: { names: [a], namespaceSelector: } }]\n",
            "rules[0].scope.namespaceSelector: must be an object, not nothing",
        ),
        (
            "rules: [{ policies: [all], mode: off, scope: { objectSelector: { matchLabels: { a: } } } }]\n",
            "matchLabels.a: must be a string, not nothing",
        ),
        (
            "exceptions: [{ policies: [all], scope: { names: [a], users: ~ }, owner: me, reason: x, expires: 2027-01-01 }]\n",
            "exceptions[0].scope.users: must be a list, not nothing",
        ),
        (
            "rules: [{ policies: [all], mode: off, scope: { kinds: [deployment] } }]\n",
            "scope.kinds[0]: must be a kind such as `Deployment`",
        ),
        (
            "rules: [{ policies: [all], mode: off, scope: { operations: [update] } }]\n",
            "did you mean `UPDATE`?",
        ),
        (
            "rules: [{ policies: [all], mode: off, scope: { objectSelector: { matchLabels: { a: true } } } }]\n",
            "matchLabels.a: must be a string, not a boolean: put it in quotes",
        ),
        (
            "rules: [{ policies: [all], mode: off, scope: { objectSelector: { matchExpressions: [{ key: a, operator: In }] } } }]\n",
            "matchExpressions[0]: `In` and `NotIn` need `values`",
        ),
        (
            "rules: [{ policies: [all], mode: off, scope: { objectSelector: { matchExpressions: [{ key: a, operator: Exists, values: [b] }] } } }]\n",
            "matchExpressions[0]: `Exists` and `DoesNotExist` take no `values`",
        ),
        (
            "exceptions: [{ policies: [all], scope: {}, owner: me, reason: x, expires: 2027-01-01 }]\n",
            "exceptions[0].scope: must not be empty",
        ),
        (
            "exceptions: [{ policies: [all], scope: { names: [a] }, owner: ' ', reason: x, expires: 2027-01-01 }]\n",
            "exceptions[0].owner: must not be empty",
        ),
        (
            "exceptions: [{ policies: [all], scope: { names: [a] }, owner: me, reason: x, expires: 2027-01-01T10:00 }]\n",
            "exceptions[0].expires: must be a date",
        ),
    ] {
        let errors = errors(body);
        assert!(errors.len() == 1 && errors[0].contains(expected), "{body}{errors:?}");
    }
}

#[test]
fn wants_the_right_kind_of_file() {
    for (text, expected) in [
        ("", "seawall.yaml: the file is empty: `apiVersion` and `kind` are needed"),
        ("profile: strict", "seawall.yaml:1:1: `apiVersion` is missing\nseawall.yaml:1:1: `kind` is missing"),
        (
            "apiVersion: seawall.dev/v2\nkind: Configuration",
            "seawall.yaml:1:13: apiVersion: must be `seawall.dev/v1`",
        ),
        ("apiVersion: seawall.dev/v1\nkind: Exceptions", "seawall.yaml:2:7: kind: must be `Configuration`"),
        ("[]", "seawall.yaml:1:1: must be an object, not a list"),
    ] {
        let errors = parse(text, "seawall.yaml", &Overrides::default(), now()).unwrap_err();
        assert_eq!(errors.to_string(), expected);
    }
}

#[test]
fn never_shows_values_of_parameters() {
    let secret = "hunter2";
    let text = format!(
        "policies: {{ IMG01: {{ params: {{ tags: {{ {secret}: {secret} }} }} }} }}\ndocsUrl: {secret}\n"
    );
    assert!(!errors(&text).join("\n").contains(secret));
}

#[test]
fn means_what_it_says() {
    let loaded = read(
        "profile: baseline
policies:
  all: warn
  IMG: { mode: off }
  AVL06: null
rules:
rules:
"
        .trim_end_matches("rules:\n"),
    )
    .unwrap();
    assert_eq!([mode(&loaded, "IMG01", "shop"), mode(&loaded, "AVL06", "shop")], [Mode::Off, Mode::Warn]);

    let loaded = read(
        "policies: { IMG01: off, latest-image-tag: audit }
rules:
  - { name: shop, scope: { namespaces: ['shop-*'] }, policies: [IMG], mode: deny }
  - { policies: [IMG01], mode: 'off', from: 2026-11-22 }
  - { policies: [IMG01], mode: warn, from: '2026-11-21T13:00:00+01:00', scope: { namespaces: [shop-b] } }
exceptions:
  - { policies: [IMG01], scope: { namespaces: [shop-c] }, owner: me, reason: x, expires: 2026-11-22 }
  - { policies: [IMG01], scope: { namespaces: [shop-d] }, owner: you, reason: x, expires: 2026-11-21 }
",
    )
    .unwrap();
    for (namespace, expected) in [
        ("other", Mode::Audit),
        ("shop-a", Mode::Deny),
        ("shop-b", Mode::Warn),
        ("shop-c", Mode::Audit),
        ("shop-d", Mode::Deny),
    ] {
        assert_eq!(mode(&loaded, "IMG01", namespace), expected, "{namespace}");
    }
    let warnings: Vec<_> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "seawall.yaml:3:13: policies.IMG01: does nothing: `latest-image-tag` in line 3 means this policy too, and \
             the later one wins",
            "seawall.yaml:10:82: exceptions[1].expires: the exception of you has expired and does nothing"
        ]
    );
}

#[test]
fn warns_of_policies_that_a_later_line_overrides() {
    for (policies, expected) in [
        (
            "policies:\n  IMG01: deny\n  latest-image-tag: warn\n",
            Some("seawall.yaml:4:3: policies.IMG01: does nothing: `latest-image-tag` in line 5 "),
        ),
        (
            "policies:\n  IMG01: deny\n  all: warn\n",
            Some("seawall.yaml:4:3: policies.IMG01: does nothing: `all` in line 5 "),
        ),
        ("policies:\n  all: warn\n  IMG: audit\n  IMG01: deny\n  SEC01: off\n", None),
    ] {
        let warnings: Vec<_> = read(policies).unwrap().warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings.len(), usize::from(expected.is_some()), "{warnings:?}");
        assert!(warnings.iter().all(|it| it.starts_with(expected.unwrap())), "{warnings:?}");
    }
}

#[test]
fn warns_of_scopes_that_are_empty_by_a_slip() {
    let loaded =
        read("rules: [{ policies: [IMG], mode: off, scope: { kinds: [Deploymet, Pod, Deployment.extensions, Service] } }]\n")
            .unwrap();
    let warnings: Vec<_> = loaded.warnings.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        warnings,
        [
            "none of the policies here looks at `Deploymet`; did you mean `Deployment`?",
            "none of the policies here looks at `Service`"
        ]
    );
}

#[test]
fn flags_win_over_the_file() {
    let body = "profile: none\nmaxMode: audit\nrules: [{ policies: [IMG01], mode: warn }]\n";
    let flags = |overrides: Overrides| {
        let loaded = parse(&format!("{HEAD}{body}"), "seawall.yaml", &overrides, now()).unwrap();
        [mode(&loaded, "IMG01", "shop"), mode(&loaded, "AVL06", "shop")]
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let none = Overrides::default;
    for (overrides, expected) in [
        (none(), [Mode::Audit, Mode::Off]),
        (Overrides { max_mode: Some(Mode::Deny), ..none() }, [Mode::Warn, Mode::Off]),
        (
            Overrides { max_mode: Some(Mode::Deny), profile: Some(Profile::Strict), ..none() },
            [Mode::Warn, Mode::Deny],
        ),
        (Overrides { select: words(&["all"]), ..none() }, [Mode::Deny, Mode::Deny]),
        (Overrides { select: words(&["avl"]), ..none() }, [Mode::Off, Mode::Deny]),
        (Overrides { ignore: words(&["IMG01"]), ..none() }, [Mode::Off, Mode::Off]),
        (Overrides { select: words(&["all"]), ignore: words(&["AVL06"]), ..none() }, [Mode::Deny, Mode::Off]),
    ] {
        assert_eq!(flags(overrides.clone()), expected, "{overrides:?}");
    }
    let misspelt = Overrides { select: words(&["IMG1"]), ..none() };
    let errors = load(None, &misspelt, now()).unwrap_err();
    assert_eq!(errors.to_string(), "--select: there is no policy `IMG1`; did you mean `IMG01`?");
}

#[test]
fn digest_is_of_what_is_said() {
    let digest = |body: &str| read(body).unwrap().config.digest.to_string();
    let plain = digest("profile: strict\npolicies: { IMG01: off, AVL06: off }\n");
    assert_eq!(plain.len(), 12);
    assert_eq!(plain, digest("# why\nprofile: 'strict'\npolicies:\n  IMG01: false\n  AVL06: no\nrules:\n"));
    assert_ne!(plain, digest("profile: strict\npolicies: { AVL06: off, IMG01: off }\n"), "later wins");
    let registration = digest("registration: { timeoutSeconds: 2 }\n");
    assert_ne!(registration, digest("registration: { timeoutSeconds: 3 }\n"), "what is judged at all");
    let flag = Overrides { max_mode: Some(Mode::Warn), ..Overrides::default() };
    assert_ne!(
        load(None, &flag, now()).unwrap().config.digest,
        load(None, &Overrides::default(), now()).unwrap().config.digest
    );
}

#[test]
fn rules_without_mode_only_set_parameters() {
    let loaded = read("rules: [{ policies: [IMG01], params: { tags: [dev] } }]\n").unwrap();
    assert_eq!(mode(&loaded, "IMG01", "shop"), Mode::Deny);
    let tree = json::read(br#"{"apiVersion":"v1","kind":"Pod"}"#).unwrap();
    let subject = Subject::of_object(crate::object::View::view(tree.root().unwrap()).unwrap(), now());
    let (policy, _) = loaded.config.table.policies().find(|(_, entry)| entry.meta.code == "IMG01").unwrap();
    assert_eq!(loaded.config.table.view(&subject, &NoFacts).run_of(policy, None), Run::Rule(0));
}

#[test]
fn schemas_compile_and_know_every_policy() {
    assert!(schema::EXCEPTIONS.problems(&serde_json::json!({})).len() == 2);
    let schema = schema();
    for entry in catalogue::all() {
        assert!(schema::params_checker(entry).problems(&serde_json::json!({})).is_empty(), "{entry:?}");
        for word in [entry.meta.code, entry.meta.name] {
            let read = read(&format!("policies: {{ {word}: {{ params: {{}} }} }}\n"));
            assert!(read.is_ok(), "{word}");
            assert!(schema["$defs"]["Settings"]["properties"][word]["title"].is_string(), "{word}");
        }
    }
}

#[test]
fn every_field_is_documented() {
    for schema in [schema(), exceptions_schema()] {
        let definitions = schema["$defs"].as_object().unwrap();
        for (name, definition) in
            definitions.iter().map(|(name, it)| (name.as_str(), it)).chain([("root", &schema)])
        {
            for (field, schema) in definition["properties"].as_object().into_iter().flatten() {
                assert!(schema["description"].is_string() || name == "Settings", "{name}.{field}");
            }
        }
    }
}

#[test]
fn the_example_is_valid() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/seawall.yaml");
    let loaded = load(Some(&path), &Overrides::default(), now()).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.warnings, []);
    let modes = ["shop", "cilium", "legacy-shop"].map(|namespace| mode(&loaded, "IMG01", namespace));
    assert_eq!(modes, [Mode::Deny, Mode::Audit, Mode::Deny], "the exception is for one container");
    let modes =
        ["cilium-of-a-tenant", "csi-of-a-tenant", "a-tenant-csi"].map(|it| mode(&loaded, "SEC01", it));
    assert_eq!(modes, [Mode::Deny; 3], "whoever may name a namespace cannot name one that is exempted");
    assert_eq!(mode_of("apps/v1", "DaemonSet", &loaded, "SEC01", "monitoring"), Mode::Audit);
    assert_eq!(mode_of("v1", "Pod", &loaded, "SEC01", "monitoring"), Mode::Deny, "a bare Pod is no agent");
}

#[test]
fn what_the_example_has_commented_out_is_valid_too() {
    let example = include_str!("../../../examples/seawall.yaml");
    let (before, rule) = example.split_once("  # - name: KEDA\n").unwrap();
    let (rule, after) = rule.split_once("\n\n").unwrap();
    let rule = rule.lines().map(|line| line.replacen("# ", "", 1) + "\n").collect::<String>();
    let text = format!("{before}  - name: KEDA\n{rule}\n{after}");
    let text = text.replace("# workloads:\n#   - {", "workloads:\n  - {");
    let loaded = parse(&text, "seawall.yaml", &Overrides::default(), now()).unwrap();
    assert_eq!(loaded.warnings, []);
    assert!(loaded.config.table.workloads().find("argoproj.io", "Rollout").is_some());
    assert_ne!(
        loaded.config.digest,
        parse(example, "seawall.yaml", &Overrides::default(), now()).unwrap().config.digest
    );
}
