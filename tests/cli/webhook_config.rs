//! `seawall webhook-config`.

use jiff::Timestamp;
use seawall::certificates::dev;
use serde_json::{Value, json};

use crate::support::{files, run, run_in};

const CONFIGURATION: &str = "\
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: { IMG01: deny, ADM01: warn }
registration:
  timeoutSeconds: 2
  failClosed: { namespaces: [shop] }
";

/// A bundle of one authority.
fn authority() -> String {
    dev::self_signed(["seawall"], Timestamp::UNIX_EPOCH).unwrap().ca_pem
}

#[test]
fn the_object_is_what_the_configuration_needs() {
    let authority = authority();
    let directory = files(&[("seawall.yaml", CONFIGURATION), ("ca.crt", &authority)]);
    let print = |flags: &str| {
        let run = run_in(directory.path(), &format!("webhook-config --config seawall.yaml {flags}"), "");
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{flags}");
        run.stdout
    };
    let text = print("--service guards/wall:8443 --ca-bundle ca.crt");
    let start = "\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: seawall
webhooks:
  - name: validate.seawall.dev
    clientConfig:
      service:
        namespace: guards
        name: wall
        port: 8443
        path: /validate
      caBundle: ";
    assert!(text.starts_with(start), "{text}");

    let object = print("--service guards/wall:8443 --ca-bundle ca.crt --name wall --output json");
    let object: Value = serde_json::from_str(&object).unwrap();
    assert_eq!(object["metadata"]["name"], "wall");
    let webhooks = object["webhooks"].as_array().unwrap();
    let shown: Vec<_> = webhooks
        .iter()
        .map(|it| {
            let config = &it["clientConfig"];
            assert!(config["caBundle"].as_str().is_some_and(|bundle| bundle.starts_with("LS0tLS1CRUdJTi")));
            (it["name"].as_str().unwrap(), it["failurePolicy"].as_str().unwrap(), &config["service"]["path"])
        })
        .collect();
    let (open, closed) = (json!("/validate"), json!("/validate/closed"));
    assert_eq!(
        shown,
        [
            ("validate.seawall.dev", "Ignore", &open),
            ("closed.validate.seawall.dev", "Fail", &closed),
            ("rest.validate.seawall.dev", "Ignore", &open),
        ]
    );
    assert_eq!(webhooks[0]["timeoutSeconds"], 2);
    assert_eq!(
        webhooks[0]["namespaceSelector"]["matchExpressions"][0]["values"],
        json!(["kube-system", "guards"])
    );

    // Under a cap that refuses nothing, nothing fails closed.
    let capped: Value = serde_json::from_str(&print("--max-mode warn --output json")).unwrap();
    assert_eq!(capped["webhooks"].as_array().unwrap().len(), 1, "{capped}");
}

#[test]
fn a_static_manifest_has_a_name_and_an_address_of_its_own() {
    let run = run("webhook-config --static --url https://127.0.0.1:8443/ --name wall --output json");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let object: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(object["metadata"]["name"], "wall.static.k8s.io");
    assert_eq!(object["webhooks"][0]["clientConfig"], json!({"url": "https://127.0.0.1:8443/validate"}));
    // It leaves out what it is told to, and no namespace by default that somebody could make.
    let excluded =
        |object: &Value| object["webhooks"][0]["namespaceSelector"]["matchExpressions"][0]["values"].clone();
    assert_eq!(excluded(&object), json!(["kube-system"]));
    let run =
        crate::support::run("webhook-config --static --url https://127.0.0.1 --service a/b --output json");
    assert_eq!(excluded(&serde_json::from_str(&run.stdout).unwrap()), json!(["kube-system", "a"]));
}

#[test]
fn where_nothing_is_on_it_says_so() {
    let run = run("webhook-config --profile none");
    assert_eq!(run.code, 0);
    assert!(run.stdout.ends_with("webhooks: []\n"), "{}", run.stdout);
    assert!(run.stderr.contains("warning: every policy is off"), "{}", run.stderr);
}

#[test]
fn a_mistake_is_named_by_its_flag() {
    let authority = authority();
    let key = authority.replace("CERTIFICATE", "PRIVATE KEY");
    let directory = files(&[
        (
            "bad.yaml",
            "apiVersion: seawall.dev/v1\nkind: Configuration\nregistration: { timeoutSeconds: 60 }\n",
        ),
        ("empty.crt", ""),
        ("both.pem", &format!("{authority}{key}")),
        ("broken.pem", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
    ]);
    for (flags, expected) in [
        ("--config missing.yaml", "--config missing.yaml"),
        ("--config bad.yaml", "bad.yaml:3:33: registration.timeoutSeconds: must be at most 30"),
        ("--service seawall", "--service"),
        ("--url http://seawall", "--url"),
        ("--url https://seawall:99999", "'--url <URL>': `99999` is not a port"),
        ("--static", "--url"),
        ("--name Seawall", "--name"),
        ("--name seawall.static.k8s.io", "--name seawall.static.k8s.io: only with --static"),
        ("--ca-bundle missing.crt", "cannot read missing.crt (--ca-bundle)"),
        ("--ca-bundle empty.crt", "empty.crt (--ca-bundle) holds no certificate"),
        ("--ca-bundle both.pem", "both.pem (--ca-bundle) has a private key"),
        ("--ca-bundle broken.pem", "broken.pem (--ca-bundle) is not valid PEM"),
        ("--output toml", "--output"),
    ] {
        let run = run_in(directory.path(), &format!("webhook-config {flags}"), "");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{flags}: {run:?}");
        assert!(run.stderr.contains(expected), "{flags}: {}", run.stderr);
    }
}
