//! `realworld`: what the policies about credentials find in manifests of real projects, each finding read by somebody.
//!
//! A finding belongs to a class that has been reviewed: it is a credential, or a mistake that is known. One that is in
//! none fails, and so does a class whose number is no longer right.

use libtest_mimic::{Completion, Trial};
use seawall::config::{self, Overrides};
use seawall::engine::Rules;
use seawall::manifests::{self, ManifestSet};
use serde_json::Value;

use crate::support::{absent, rows, text};
use crate::webhook::now;

const CORPUS: &str = "realworld";

const POLICIES: [&str; 5] = ["CFG01", "CFG02", "CFG03", "CFG20", "CFG21"];

/// Findings that somebody has read.
struct Class {
    policy: &'static str,
    /// What the message has in it.
    says: &'static str,
    /// What the values have in them, one of these.
    values: &'static [&'static str],
    /// What they are.
    what: &'static str,
    /// Whether the policy is right about them.
    is_right: bool,
    count: usize,
}

const REVIEWED: &[Class] = &[
    Class {
        policy: "CFG01",
        says: "PASSWORD` has a credential as its value",
        values: &["admin", "changeme", "fake_password", "minio123", "password", "sg"],
        what: "passwords of databases and dashboards, most of them the same for everybody",
        is_right: true,
        count: 11,
    },
    Class {
        policy: "CFG01",
        says: "`MINIO_SECRET_KEY` has a credential as its value",
        values: &["minio123"],
        what: "the password of an object store",
        is_right: true,
        count: 2,
    },
    Class {
        policy: "CFG01",
        says: "has a URL with a password in its value",
        values: &["postgres://postgres:password@"],
        what: "how to reach a database",
        is_right: true,
        count: 2,
    },
    Class {
        policy: "CFG02",
        says: "has a URL with a password in it",
        values: &["http://admin:admin@"],
        what: "a script that fills a dashboard",
        is_right: true,
        count: 1,
    },
    Class {
        policy: "CFG20",
        says: "`REGISTRY_HTTP_SECRET` has a value that looks like a credential",
        values: &["Ple4seCh4nge"],
        what: "a secret that asks to be changed",
        is_right: true,
        count: 1,
    },
];

pub(crate) fn trial() -> Trial {
    Trial::ignorable_test("credentials", || {
        let Some(rows) = rows(CORPUS)? else { return Ok(absent(CORPUS)) };
        let select = POLICIES.map(str::to_owned).into();
        let loaded = config::load(None, &Overrides { select, ..Overrides::default() }, now());
        let rules = Rules::new(loaded.map_err(|errors| errors.to_string())?.config.table, "test");
        let mut counts = [0; REVIEWED.len()];
        let mut wrong = Vec::new();
        for row in &rows {
            for (policy, path, message) in found(&row["object"], &rules) {
                let value = at(&row["object"], &path).as_str().unwrap_or_default();
                let is_it = |class: &Class| {
                    let has_value = class.values.iter().any(|it| value.contains(it));
                    class.policy == policy && message.contains(class.says) && has_value
                };
                match REVIEWED.iter().position(is_it) {
                    Some(class) => counts[class] += 1,
                    None => wrong.push(format!("{policy} {} {path}: {message}", text(row, "id"))),
                }
            }
        }
        for (class, count) in REVIEWED.iter().zip(counts) {
            let Class { policy, what, is_right, .. } = class;
            show(&format!("{policy} {count} {} {what}", if *is_right { "right" } else { "wrong" }));
            if class.count != count {
                wrong.push(format!("{policy} {what}: {count} instead of {}", class.count));
            }
        }
        if wrong.is_empty() { Ok(Completion::Completed) } else { Err(wrong.join("\n").into()) }
    })
}

#[expect(clippy::print_stdout, reason = "the table is what one runs the trial for")]
fn show(line: &str) {
    println!("{line}");
}

/// Code, path and message of each finding.
fn found(object: &Value, rules: &Rules) -> Vec<(&'static str, String, String)> {
    let set = ManifestSet::read(&["-".into()], &mut object.to_string().as_bytes());
    let checked = manifests::check(&set, rules, None, now());
    let findings = checked.into_iter().flat_map(|checked| checked.verdict.findings);
    findings
        .map(|finding| (finding.policy.code, finding.path().to_owned(), finding.message().to_owned()))
        .collect()
}

/// What stands at a path.
fn at<'v>(object: &'v Value, path: &str) -> &'v Value {
    let mut value = object;
    let mut rest = path;
    while !rest.is_empty() {
        let (key, after) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
            None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
        };
        value = match key.parse::<usize>() {
            Ok(index) if value.is_array() => &value[index],
            _ => &value[key],
        };
        rest = after.trim_start_matches('.');
    }
    value
}
