use proptest::prelude::*;
use serde_json::Value;

use super::super::build::NodeId;
use super::super::{MAX_DEPTH, json};
use super::*;

/// The documents as JSON, and the errors with their places.
fn outcome(text: &str) -> Vec<String> {
    read(text)
        .map(|document| match document {
            Ok(document) => json::to_value(document.tree.root().unwrap()).to_string(),
            Err(error) => format!("{}: {error}", error.position()),
        })
        .collect()
}

#[track_caller]
fn assert_table(table: &[(&str, &[&str])]) {
    for (text, expected) in table {
        assert_eq!(outcome(text), *expected, "{text}");
    }
}

#[test]
fn types_as_kubectl_does() {
    assert_table(&[
        ("[yes, on, y, NO, off, 'yes', \"no\"]", &[r#"[true,true,true,false,false,"yes","no"]"#]),
        ("mode: 0644", &[r#"{"mode":420}"#]),
        ("[0o644, 0b11, 1_000, 0xff]", &["[420,3,1000,255]"]),
        ("a: 12345678901234567890", &[r#"{"a":12345678901234567890}"#]),
        (
            "[1:30, 2001-01-01, 2001-12-14t21:59:43.10-05:00]",
            &[r#"["1:30","2001-01-01","2001-12-14t21:59:43.10-05:00"]"#],
        ),
        ("y: 1\n1: a\n~: c\n1.10: d\n.inf: e", &[r#"{"true":1,"1":"a","null":"c","1.1":"d",".inf":"e"}"#]),
        ("? |\n  yes\n: |\n  1\n", &[r#"{"yes\n":"1\n"}"#]),
        ("a:\nb: ~\nc: !!str\nd:\n-\n", &[r#"{"a":null,"b":null,"c":"","d":[null]}"#]),
        (
            "[!!str 1, !!int '1', ! 1, !own 1, !!float 1, !!bool 'on', !!timestamp 2001-01-01]",
            &[r#"["1",1,"1","1",1,true,"2001-01-01"]"#],
        ),
        ("!!set {a, b}", &[r#"{"a":null,"b":null}"#]),
        ("%TAG !y! tag:yaml.org,2002:\n---\n!y!str 1", &[r#""1""#]),
        ("a: \"\\ud83d\\ude00\"", &[r#"{"a":"😀"}"#]),
        ("[.inf]", &["1:2: `.inf` and `.nan` cannot be sent to an API server"]),
        (
            "a: !!int x",
            &["1:10: the value does not fit its tag, or the tag is `!!binary`, which JSON cannot hold"],
        ),
    ]);
}

#[test]
fn reads_documents_one_by_one() {
    assert_table(&[
        ("", &[]),
        ("# nothing\n", &[]),
        ("---\n---\n# c\n---\na: 1\n...\n---\n", &[r#"{"a":1}"#]),
        ("\u{feff}a: 1", &[r#"{"a":1}"#]),
        ("a: &x 1\n---\nb: *x", &[r#"{"a":1}"#, "3:4: while parsing node, found unknown anchor"]),
        (
            "a: [1\n---\nb: {{ .Values.x }}\n---\nc: 3",
            &[
                "1:4: unclosed bracket '['",
                "3:5: a key must be a string, or a scalar that can be read as one",
                r#"{"c":3}"#,
            ],
        ),
        ("~", &["null"]),
    ]);
}

#[test]
fn leaves_out_managed_fields() {
    assert_table(&[
        ("metadata: {a: 1, managedFields: [&x {b: 1}], c: *x}", &[r#"{"metadata":{"a":1,"c":{"b":1}}}"#]),
        (
            "x: &x {managedFields: 1, a: 2}\nmetadata: {<<: *x}",
            &[r#"{"x":{"managedFields":1,"a":2},"metadata":{"a":2}}"#],
        ),
    ]);
}

#[test]
fn resolves_aliases_and_merges() {
    assert_table(&[
        ("a: &a {x: [1, 2]}\nb: *a\nc: [*a]", &[r#"{"a":{"x":[1,2]},"b":{"x":[1,2]},"c":[{"x":[1,2]}]}"#]),
        ("&k a: &v b\n*v : *k", &[r#"{"a":"b","b":"a"}"#]),
        ("- &x 1\n- *x\n- &x 2\n- *x", &["[1,1,2,2]"]),
        ("b: &b {x: 1, w: 2}\nc: {<<: *b, w: 3, z: 4}", &[r#"{"b":{"x":1,"w":2},"c":{"w":3,"z":4,"x":1}}"#]),
        (
            "- &p {x: 1}\n- &q {x: 2, w: 2}\n- {<<: [*p, *q, {w: 3, z: 3}]}",
            &[r#"[{"x":1},{"x":2,"w":2},{"x":1,"w":2,"z":3}]"#],
        ),
        ("- &p {x: 1}\n- &q {<<: *p, w: 2}\n- {<<: *q, x: 3}", &[r#"[{"x":1},{"w":2,"x":1},{"x":3,"w":2}]"#]),
        ("'<<': {x: 1}\n!!merge <<: {w: 1}", &[r#"{"<<":{"x":1},"w":1}"#]),
        ("a: <<", &[r#"{"a":"<<"}"#]),
        (
            "<<: 1",
            &["1:5: `<<` takes a mapping or a list of mappings, by alias if they merge others in turn"],
        ),
        (
            "<<: [{a: 1}, [b]]",
            &["1:14: `<<` takes a mapping or a list of mappings, by alias if they merge others in turn"],
        ),
        (
            "<<: {<<: {a: 1}}",
            &["1:6: `<<` takes a mapping or a list of mappings, by alias if they merge others in turn"],
        ),
        (
            "a: 1\n<<: {a: 2}",
            &["2:5: the key `a` at 1:1 is merged again by the `<<` behind it: put `<<` first"],
        ),
        ("&x [1, *x]", &["1:8: the alias stands within its own anchor at 1:4"]),
    ]);
}

#[test]
fn refuses_duplicate_keys_with_both_places() {
    let many = (0..100).map(|i| format!("k{i}: {i}\n")).collect::<Vec<_>>().concat();
    for (text, expected) in [
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", "4:3: the key `b` stands twice in one object, first at 2:3"),
        ("yes: 1\n'true': 2\n", "2:1: the key `true` stands twice in one object, first at 1:1"),
        ("<<: {}\n<<: {}\n", "2:1: the key `<<` stands twice in one object, first at 1:1"),
        ("<<: {a: 1, a: 2}\n", "1:12: the key `a` stands twice in one object, first at 1:6"),
        (&format!("{many}k57: 1"), "101:1: the key `k57` stands twice in one object, first at 58:1"),
        ("\"a\\e\": 1\n\"a\\e\": 1\n", "2:1: the key `a\\u{1b}` stands twice in one object, first at 1:1"),
    ] {
        assert_eq!(outcome(text), [expected], "{text}");
    }
}

#[test]
fn refuses_keys_that_are_no_strings() {
    for text in ["? [a]\n: 1", "{a: 1}: 1", "- &x [1]\n- *x : 1", "18446744073709551615: 1"] {
        assert!(
            outcome(text)[0].ends_with("a key must be a string, or a scalar that can be read as one"),
            "{text}"
        );
    }
}

#[test]
fn bounds_what_aliases_add() {
    let grow = |first: &str, line: fn(usize, &str) -> String| {
        let lines = (1..12).map(|i| line(i, &vec![format!("*a{}", i - 1); 9].join(", ")));
        std::iter::once(first.to_owned()).chain(lines).collect::<Vec<_>>().concat()
    };
    let long = "x".repeat(20_000);
    let nodes = grow("a0: &a0 [x, x, x, x, x, x, x, x, x]\n", |i, list| format!("a{i}: &a{i} [{list}]\n"));
    let text = grow(&format!("a0: &a0 {long}\n"), |i, list| format!("a{i}: &a{i} [{list}]\n"));
    let merges = grow("a0: &a0 {x: 1}\n", |i, list| format!("a{i}: &a{i} {{<<: [{list}]}}\n"));
    let keys = format!("k: &k {long}\nmaps:\n{}", "- {*k : 1}\n".repeat(100));
    for bomb in [nodes, text, keys, merges] {
        let error = read(&bomb).find_map(Result::err).unwrap();
        assert!(matches!(error, YamlError::TooManyAliases { .. }), "{error}");
    }
    // A list of defaults that every service repeats is no attack.
    let defaults = (0..50).map(|i| format!("  k{i}: {i}\n")).collect::<Vec<_>>().concat();
    let services = (0..200).map(|i| format!("s{i}: {{<<: *d, image: i}}\n")).collect::<Vec<_>>().concat();
    assert!(read(&format!("d: &d\n{defaults}{services}")).all(|document| document.is_ok()));
}

#[test]
fn refuses_deep_nesting_as_json_does() {
    let flow = |n: usize| "[".repeat(n) + &"]".repeat(n);
    let block = |n: usize| "- ".repeat(n) + "a";
    for n in [1, MAX_DEPTH - 1] {
        assert!(json::read(flow(n).as_bytes()).is_ok());
        assert!(read(&flow(n)).all(|it| it.is_ok()) && read(&block(n)).all(|it| it.is_ok()), "{n}");
    }
    for n in [MAX_DEPTH, 3_000, 100_000] {
        assert!(json::read(flow(n).as_bytes()).is_err());
        assert!(read(&flow(n)).all(|it| it.is_err()) && read(&block(n)).all(|it| it.is_err()), "{n}");
    }
    // An alias stands deeper than its anchor, and every merge within a merge is a level of its own.
    let alias = format!("- &a {}\n- [[*a]]", flow(MAX_DEPTH - 3));
    assert!(matches!(read(&alias).next(), Some(Err(YamlError::TooDeep { .. }))));
    let chain =
        (1..MAX_DEPTH + 2).map(|i| format!("a{i}: &a{i} {{<<: *a{}}}\n", i - 1)).collect::<Vec<_>>().concat();
    assert!(matches!(
        read(&format!("# {}\na0: &a0 {{x: 1}}\n{chain}", "-".repeat(1_000_000))).next(),
        Some(Err(YamlError::TooDeep { .. }))
    ));
}

#[test]
fn gives_up_after_many_broken_documents() {
    let errors = outcome(&"[\n---\n".repeat(10_000));
    assert_eq!(errors.len(), MAX_ERRORS);
    assert!(errors[MAX_ERRORS - 1].ends_with("the rest of the text is skipped"));
}

#[test]
fn knows_where_everything_stands() {
    let text = "# c\nä: &x\n  - b\n  -  |\n    text\nc: *x\nd: {<<: {é: 1}, f: }\n---\nlast: 'q'\n";
    let positions: Vec<String> = read(text)
        .map(Result::unwrap)
        .flat_map(|Document { tree, positions }| {
            (0..u32::try_from(tree.len()).unwrap())
                .map(|id| tree.node(NodeId(id)).unwrap())
                .map(|node| match positions.key_of(node) {
                    Some(key) => format!("{} {key} {}", node.key(), positions.of(node)),
                    None => positions.of(node).to_string(),
                })
                .collect::<Vec<_>>()
        })
        .collect();
    let expected = [
        "2:1",
        "ä 2:1 3:3",
        "3:5",
        "5:5",
        "c 6:1 6:4",
        "3:5",
        "5:5",
        "d 7:1 7:4",
        "f 7:17 7:18",
        "é 7:10 7:13",
        "9:1",
        "last 9:1 9:7",
    ];
    assert_eq!(positions, expected);
}

/// JSON may have control characters in strings as they are, YAML may not.
const PRINTABLE: &str = "\\PC{0,8}";

/// Any value of a tree.
fn any_value() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        PRINTABLE.prop_map(Value::from),
        "[-+.0-9a-zA-Z<>~_:# ]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(PRINTABLE, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Equal, where `1.0` and `1` are one number: readers keep the value, not its spelling.
fn same_numbers(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_numbers(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| b.get(key).is_some_and(|it| same_numbers(value, it)))
        }
        (Value::Number(a), Value::Number(b)) => {
            a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()
        }
        (a, b) => a == b,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_text_reads_the_same_either_way(value in any_value(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let from_json = json::read(text.as_bytes()).unwrap();
        let from_yaml = read(&text).next().unwrap().unwrap().tree;
        prop_assert!(same_numbers(&json::to_value(from_json.root().unwrap()), &value));
        prop_assert!(same_numbers(&json::to_value(from_yaml.root().unwrap()), &value));
    }

    #[test]
    fn positions_of_json_are_those_of_yaml(value in any_value()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let read = |mut documents: super::super::document::Documents<'_>| documents.next().unwrap().unwrap();
        let document = read(super::super::document::read(&text, super::super::document::Claim::Json));
        let other = super::read(&text).next().unwrap().unwrap();
        for id in 0..u32::try_from(document.tree.len()).unwrap() {
            let (node, twin) = (document.tree.node(NodeId(id)).unwrap(), other.tree.node(NodeId(id)).unwrap());
            prop_assert_eq!(document.positions.key_of(node), other.positions.key_of(twin));
            prop_assert_eq!(document.positions.of(node), other.positions.of(twin));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        prop_assert!(read(&text).count() <= text.len());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = json::read(&bytes);
    }

    #[test]
    fn any_yaml_like_text_is_read_or_refused(text in "([-?:{}\\[\\],&*!a<'\"|>% \n]|: |- |---|<<: |&a |\\*a ){0,60}") {
        use super::super::document::{self, Claim};
        for claim in [Claim::Json, Claim::Yaml] {
            prop_assert!(document::read(&text, claim).count() <= text.len());
        }
    }
}
