//! Texts in, errors or tables out.
use super::*;

#[test]
fn look() {
    println!("{}", serde_json::to_string_pretty(&schema()).unwrap());
    let text = r#"
apiVersion: seawall.dev/v2
kind: configuration
profile: prodction
maxMode: off
docsUrl: foo
ratchet: maybe
polices: {}
policies:
  latest-image-tag: { mode: dney, params: { tags: latest } }
  IMG01: { mode: deny, params: { tagz: [latest] } }
  IMG1: off
  ADM01: { params: {x: 1} }
  AVL06: 5
  img01: off
  SEC: warn
  AVL: { mode: deny, params: {y: 2}}
rules:
  - policys: [IMG01]
    mode: warn
  - policies: [latest-imag-tag]
    scope: { namespaces: ["[a"], kinds: [deployment], operations: [update], objectSelector: {matchLabels: {a: true}} }
    mode: off
    from: 2026-13-01
  - policies: [IMG]
    params: {tagz: [a]}
  - policies: []
  - policies: [IMG01]
    scope: { namespaces: [], namespaceSelector: {matchExpressions: [{key: a, operator: In}, {key: b, operator: Is, values: [a]}]}, kinds: [Deploymet] }
  - policies: [IMG01]
    name: x
exceptions:
  - policies: [IMG01]
    scope: {}
    reason: " "
    expires: tomorrow
exceptionFiles: a
"#;
    println!(
        "{}",
        parse(text, "seawall.yaml", &Overrides::default(), "2026-11-21T00:00:00Z".parse().unwrap())
            .unwrap_err()
    );
}
