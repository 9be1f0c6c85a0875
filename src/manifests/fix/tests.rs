use serde_json::{Value, json};

use super::*;
use crate::tree::document::{self, Claim};
use crate::tree::json::to_value;

/// The text with its first document changed.
fn edited(text: &str, change: impl FnOnce(&mut Value)) -> Result<String, Reason> {
    let document = document::read(text, Claim::Yaml).next().unwrap().map_err(|_| Reason::Unfaithful)?;
    let mut value = to_value(document.tree.root().unwrap());
    change(&mut value);
    rewrite(text, Claim::Yaml, &BTreeMap::from([(0, value)]))
}

fn check_table(table: &[(&str, &str)], change: impl Fn(&mut Value)) {
    for (before, after) in table {
        assert_eq!(edited(before, &change).as_deref(), Ok(*after), "{before}");
        assert_eq!(edited(after, |_| {}).as_deref(), Ok(*after), "{after}");
    }
}

#[test]
fn an_object_with_what_is_in_it_is_added_in_the_style_of_its_neighbours() {
    let change = |value: &mut Value| {
        value["c"][0]["s"] = json!({ "a": false, "d": ["ALL"] });
    };
    check_table(
        &[
            ("c:\n- n: x\n", "c:\n- n: x\n  s:\n    a: false\n    d:\n    - ALL\n"),
            ("c:\n  - n: x", "c:\n  - n: x\n    s:\n      a: false\n      d:\n        - ALL"),
            ("c:\r\n- n: x\r\n", "c:\r\n- n: x\r\n  s:\r\n    a: false\r\n    d:\r\n    - ALL\r\n"),
            (
                "m:\n    k: v\nc:\n- n: x # why\n# end\n- n: y\n",
                "m:\n    k: v\nc:\n- n: x # why\n  s:\n      a: false\n      d:\n      - ALL\n# end\n- n: y\n",
            ),
            (
                "c:\n- n: |\n    x\n\n- n: y\n",
                "c:\n- n: |\n    x\n  s:\n    a: false\n    d:\n    - ALL\n\n- n: y\n",
            ),
            (
                "c:\n- n: |+\n    x\n\n- n: y\n",
                "c:\n- n: |+\n    x\n\n  s:\n    a: false\n    d:\n    - ALL\n- n: y\n",
            ),
            ("c:\n- n: |-\n    x", "c:\n- n: |-\n    x\n  s:\n    a: false\n    d:\n    - ALL"),
            ("c:\n- s:\n  n: x\n", "c:\n- s:\n    a: false\n    d:\n    - ALL\n  n: x\n"),
            ("c:\n- n:\n    k:\n# end\n", "c:\n- n:\n    k:\n  s:\n    a: false\n    d:\n    - ALL\n# end\n"),
            ("c:\n- n: x\n  s: {} # none\n", "c:\n- n: x\n  s: # none\n    a: false\n    d:\n    - ALL\n"),
            ("c:\n- n: x\n  s: null\n", "c:\n- n: x\n  s:\n    a: false\n    d:\n    - ALL\n"),
            ("c:\n- { n: x }\n", "c:\n- { n: x, s: { a: false, d: [ALL] } }\n"),
            ("c: [{n: x}]\n", "c: [{n: x, s: {a: false, d: [ALL]}}]\n"),
            ("c: [{n: x,}] # c\n", "c: [{n: x, s: {a: false, d: [ALL]},}] # c\n"),
            ("c:\n- {}\n", "c:\n- { s: { a: false, d: [ALL] } }\n"),
            ("c:\n- { n: x, s: {} }\n", "c:\n- { n: x, s: { a: false, d: [ALL] } }\n"),
            (
                "c: [\n  {\n    n: x # why\n  }\n]\n",
                "c: [\n  {\n    n: x, # why\n    s: { a: false, d: [ALL] }\n  }\n]\n",
            ),
            (
                "c: [\n  {\n    n: x, # why\n  }\n]\n",
                "c: [\n  {\n    n: x, # why\n    s: { a: false, d: [ALL] },\n  }\n]\n",
            ),
            ("c: [{\n    n: x }]\n", "c: [{\n    n: x,\n    s: { a: false, d: [ALL] } }]\n"),
            (r#"{"c":[{"n":"x"}]}"#, r#"{"c":[{"n":"x","s":{"a":false,"d":["ALL"]}}]}"#),
            (
                r#"{"c": [{"n": "x", "m": "y"}]}"#,
                r#"{"c": [{"n": "x", "m": "y", "s": {"a": false, "d": ["ALL"]}}]}"#,
            ),
            (
                "{\n  \"c\": [\n    {\n      \"n\": \"x\"\n    }\n  ]\n}\n",
                "{\n  \"c\": [\n    {\n      \"n\": \"x\",\n      \"s\": {\n        \"a\": false,\n        \"d\": [\n          \"ALL\"\n        ]\n      }\n    }\n  ]\n}\n",
            ),
            (
                "{\n\t\"c\": [\n\t\t{\n\t\t\t\"s\": {}\n\t\t}\n\t]\n}\n",
                "{\n\t\"c\": [\n\t\t{\n\t\t\t\"s\": {\n\t\t\t\t\"a\": false,\n\t\t\t\t\"d\": [\n\t\t\t\t\t\"ALL\"\n\t\t\t\t]\n\t\t\t}\n\t\t}\n\t]\n}\n",
            ),
            (
                "---\n# top\nc:\n- &x\n  n: x\n...\n",
                "---\n# top\nc:\n- &x\n  n: x\n  s:\n    a: false\n    d:\n    - ALL\n...\n",
            ),
        ],
        change,
    );
}

#[test]
fn values_keep_their_quotes_and_comments() {
    check_table(
        &[
            ("a: true # why\nb: x\n", "a: false # why\nb: z\n"),
            ("b: 'x'\na: yes", "b: 'z'\na: false"),
            ("{ b: \"x\", a: true }", "{ b: \"z\", a: false }"),
            ("a: !!bool true\nb: \"x\"\n", "a: !!bool false\nb: \"z\"\n"),
            ("? a\n: true\nb: x\n", "? a\n: false\nb: z\n"),
            ("{\"a\":true,\"b\":\"x\"}", "{\"a\":false,\"b\":\"z\"}"),
            ("a:\nb: x\n", "a: false\nb: z\n"),
            ("a: &t true\nb: x\n", "a: &t false\nb: z\n"),
        ],
        |value| {
            value["a"] = json!(false);
            value["b"] = json!("z");
        },
    );
}

#[test]
fn lists_are_appended_to() {
    check_table(
        &[
            ("a:\n- X\nb: 1\n", "a:\n- X\n- ALL\nb: 1\n"),
            ("a:\n    - \"X\" # x\n", "a:\n    - \"X\" # x\n    - \"ALL\"\n"),
            ("a: [X]", "a: [X, ALL]"),
            ("a: [ 'X' ]\n", "a: [ 'X', 'ALL' ]\n"),
            ("a: [\n  X,\n  ]\n", "a: [\n  X,\n  ALL,\n  ]\n"),
            ("{\"a\":[\"X\"]}", "{\"a\":[\"X\",\"ALL\"]}"),
        ],
        |value| value["a"].as_array_mut().unwrap().push(json!("ALL")),
    );
    check_table(
        &[("a: []\n", "a:\n- ALL\n"), ("{ a: [] }", "{ a: [ALL] }"), ("{\"a\": []}", "{\"a\": [\"ALL\"]}")],
        |value| value["a"].as_array_mut().unwrap().push(json!("ALL")),
    );
}

#[test]
fn fields_are_removed_and_comments_around_them_are_not() {
    check_table(
        &[
            ("s:\n  p: true # why\n  a: 1\n", "s:\n  a: 1\n"),
            (
                "s:\n  # first\n  a: 1\n  # last\n  p: true\n# end\n",
                "s:\n  # first\n  a: 1\n  # last\n# end\n",
            ),
            ("s:\n  a: 1\n  p: true", "s:\n  a: 1"),
            ("s:\n  p: true # why\nt: 1\n", "s: {} # why\nt: 1\n"),
            ("s: { p: true }\n", "s: {}\n"),
            ("s: { p: true, a: 1 }\n", "s: { a: 1 }\n"),
            ("s: { a: 1, p: true }\n", "s: { a: 1 }\n"),
            ("{\"s\":{\"p\":true}}", "{\"s\":{}}"),
            ("s:\n  p:\n    x: [1,\n      2]\n  a: 1\n", "s:\n  a: 1\n"),
        ],
        |value| drop(value["s"].as_object_mut().unwrap().remove("p")),
    );
    let change = |value: &mut Value| drop(value[0].as_object_mut().unwrap().remove("p"));
    check_table(
        &[("- p: true\n  a: 1\n", "- a: 1\n"), ("- a: 1\n  p: true\n- b: 1", "- a: 1\n- b: 1")],
        change,
    );
}

#[test]
fn what_cannot_be_edited_safely_is_left_alone() {
    let set = |value: &mut Value| value["b"]["x"] = json!(2);
    let add = |value: &mut Value| value["b"]["y"] = json!(2);
    for (text, expected) in [
        ("a: &m { x: 1 }\nb: *m\n", Reason::Alias),
        ("a: &m { x: 1 }\nb: { <<: *m, z: 1 }\n", Reason::Alias),
        ("b: &m { x: 1 }\na: *m\n", Reason::Unfaithful),
        ("b:\n  x: >\n    1\n", Reason::Unsafe),
    ] {
        assert_eq!(edited(text, set), Err(expected), "{text}");
    }
    for (text, expected) in [
        ("a: &m\n  x: 1\nb: *m\n", Reason::Alias),
        ("b: &m\n  x: 1\na: *m\n", Reason::Unfaithful),
        ("b: &m {}\na: 1\n", Reason::Unsafe),
        ("b:\n  ? x\n  : 1\n", Reason::Unfaithful),
        ("b: { x }\n", Reason::Unsafe),
    ] {
        assert_eq!(edited(text, add), Err(expected), "{text}");
    }
    let remove = |value: &mut Value| drop(value[0].as_object_mut().unwrap().remove("p"));
    assert_eq!(edited("- p: 1\n  # of a\n  a: 1\n", remove), Err(Reason::Unsafe));
}

#[test]
fn other_documents_and_the_mark_at_the_start_stay() {
    let text = "\u{feff}# 1\na: 1\n---\n# nothing\n---\nb: 1 # 2\n---\nc: 1";
    let value = |key: &str| json!({ key: 2 });
    let values = BTreeMap::from([(0, value("a")), (2, value("c"))]);
    assert_eq!(
        rewrite(text, Claim::Yaml, &values).as_deref(),
        Ok("\u{feff}# 1\na: 2\n---\n# nothing\n---\nb: 1 # 2\n---\nc: 2")
    );
    let values = BTreeMap::from([(1, json!({ "a": 3 }))]);
    assert_eq!(rewrite("{\"a\":1}\n{\"a\":2}", Claim::Json, &values).as_deref(), Ok("{\"a\":1}\n{\"a\":3}"));
}

#[test]
fn only_the_fixes_that_are_to_blame_are_declined() {
    let container = |name| format!("{{name: c{name}, securityContext: {{privileged: true}}}}");
    let containers: Vec<_> = (0..16).map(container).collect();
    let text = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{}]}}}}",
        containers.join(", ")
    );
    let set = ManifestSet::read_to_fix(&["-".into()], &mut text.as_bytes());
    let table = crate::modes::ModeTable::build(&crate::modes::TableSpec::default()).unwrap();
    let rules = Rules::new(table, "test");
    let harm = Reason::New { code: "SEC99", path: String::new() };
    for (culprits, pair, expected) in [
        (&[][..], None, &[][..]),
        (&[3], None, &[3]),
        (&[0, 1, 15], None, &[0, 1, 15]),
        (&[7], Some((2, 9)), &[7, 9]),
    ] {
        let mut round = Round::of(&set, &rules, None, Timestamp::UNIX_EPOCH, MAX_ATTEMPTS);
        let all: Vec<_> = (0..round.candidates.len()).collect();
        let mut accepted = Vec::new();
        round.settle(&all, &mut accepted, &mut |_, trial| {
            let has = |it: usize| trial.contains(&it);
            let bad = culprits.iter().any(|it| has(*it)) || pair.is_some_and(|(a, b)| has(a) && has(b));
            if bad { Err(harm.clone()) } else { Ok(()) }
        });
        assert_eq!(round.declined.keys().copied().collect::<Vec<_>>(), expected);
        assert!(round.declined.values().all(|it| it.reason == harm));
        assert_eq!(accepted, all.iter().copied().filter(|it| !expected.contains(it)).collect::<Vec<_>>());
    }
    let mut round = Round::of(&set, &rules, None, Timestamp::UNIX_EPOCH, 3);
    round.settle(&(0..16).collect::<Vec<_>>(), &mut Vec::new(), &mut |_, _| Err(harm.clone()));
    assert_eq!((round.declined.len(), round.attempts), (16, 0));
    assert!(round.declined.values().all(|it| it.reason == Reason::TooMany));
}
