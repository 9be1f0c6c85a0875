//! No message has a piece of what it is about: credentials of every form, wherever they can stand, and all that the
//! policies of the theme say of them.

use libtest_mimic::Trial;
use seawall::catalogue;
use seawall::policy::{Entry, Theme};
use serde_json::{Value, json};

use crate::judge;
use crate::{ensure, trial};

/// How long a piece is, in bytes, that must not be shown.
const PIECE: usize = 6;

/// A credential of each kind, with as much of itself as could be told from words.
const CREDENTIALS: &[&str] = &[
    "Tr0ub4dor3x7Qw9Lm2Vb",
    "0f8fad5b-d9cb-469f-a165-708677289590",
    "P@55w0rd!23",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "glpat-0123456789abcdefghij",
    "xoxb-0123456789-abcdef",
    "AIzaSy0123456789abcdefghijABCDEFGHIJ012",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "abc8Q~0123456789abcdefghijABCDEFGHIJ012",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA0Z3VS5JJcds3xfn",
    "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFb3dJQkFBS0NBUUVB",
    "postgres://shopper:hunter2hunter2@pgmaster:5432/orders",
    "shopper:hunter2hunter2@tcp(pgmaster:3306)/orders",
    "Server=pgmaster;User=shopper;Pwd=hunter2hunter2;",
    "https://hooks.slack.com/services/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",
    "Bearer a1B2c3D4e5F6g7H8i9J0",
    "ENC[AES256_GCM,data:c2VjcmV0c2VjcmV0]",
    "10.1.2.3 db.prod.example.com hunter2",
    "ünïcödé-pässwörd-ẞ",
];

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let entries = catalogue::all().filter(|entry| entry.meta.theme == Theme::Configuration);
    entries.map(|entry| trial(format!("{}: shows no credential", entry.meta.name), move || keeps(entry)))
}

fn keeps(entry: &'static Entry) -> Result<(), String> {
    let objects: Vec<_> = CREDENTIALS.iter().flat_map(|credential| objects(credential)).collect();
    let messages = judge::messages(entry, &objects)?;
    for credential in CREDENTIALS {
        let mut shown =
            pieces(credential).filter(|piece| messages.iter().any(|message| message.contains(piece)));
        let shown = shown.find(|_| !is_of_address(entry, credential));
        ensure(shown.is_none(), || format!("a message shows {shown:?} of {credential:?}"))?;
    }
    // A policy that says nothing of any of them keeps nothing to itself.
    let finds = ["CFG01", "CFG02", "CFG03", "CFG08", "CFG12", "CFG20", "CFG21"].contains(&entry.meta.code);
    ensure(!finds || !messages.is_empty(), || "nothing is found".to_owned())
}

/// An address is what one has to look for, and no secret; nothing else of the text is shown.
fn is_of_address(entry: &Entry, credential: &str) -> bool {
    entry.meta.code == "CFG17" && credential.starts_with("10.1.2.3 ")
}

/// Every piece of the text; what is in it of characters that take several bytes is none on its own.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    (0..text.len()).filter_map(|start| text.get(start..start + PIECE))
}

/// The text wherever one can be written: as a value, among others, behind names that tell and that do not.
fn objects(text: &str) -> Vec<Value> {
    let line = format!("a: b\npassword: {text}\nc: {text}\n");
    let command = |script: &str| json!(["sh", "-c", script]);
    let container = json!({
        "name": "web",
        "env": [
            { "name": "A", "value": text },
            { "name": "DB_PASSWORD", "value": text },
            { "name": "DB_PASSWORD", "value": text },
            { "name": "API_TOKEN", "value": text },
            { "name": "NODE_TLS_REJECT_UNAUTHORIZED", "value": text },
            { "name": "GITHUB_TOKEN", "value": text },
            { "name": "VAULT_TOKEN", "value": text },
        ],
        "command": ["server", "--password", text, format!("--api-key={text}"), format!("PGPASSWORD={text}")],
        "args": [text, line, format!("-D{text}=x"), format!("curl -u app:{text} http://api/")],
        "livenessProbe": { "exec": { "command": command(&format!("redis-cli -a '{text}' ping")) } },
        "lifecycle": { "preStop": { "exec": { "command": ["mysql", format!("-p{text}")] } } },
    });
    let spec = json!({ "containers": [container] });
    let data = json!({ "a": text, "file": line, "db_password": text, "token": text });
    let applied = json!({ "kind": "Secret", "stringData": data }).to_string();
    let annotations = json!({ "kubectl.kubernetes.io/last-applied-configuration": applied });
    vec![
        judge::pod(&spec),
        judge::deployment(&spec),
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "web" }, "data": data }),
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": "web", "annotations": annotations },
            "stringData": data,
        }),
        json!({
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": { "name": "web" },
            "spec": { "provider": { "fake": { "data": [{ "value": text }] }, "webhook": { "url": text } } },
        }),
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": { "name": "web", "labels": { "environment": "dev" } },
            "spec": { "externalName": text },
        }),
    ]
}
