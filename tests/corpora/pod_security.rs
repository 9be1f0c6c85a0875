//! `psa` and `psa_messages`: the Pod Security Standards as their reference implementation judges them.
//!
//! Findings are those of the policy, and their messages begin with the id of the check that failed. `psa` is a trial
//! for each level and version.

use std::sync::LazyLock;

use libtest_mimic::{Completion, Failed, Trial};
use seawall::catalogue::pod_security::standards::{Standard, Version};
use seawall::config::{self, Overrides};
use seawall::engine::Rules;
use seawall::manifests::{self, ManifestSet};
use serde_json::{Value, json};

use crate::support::{absent, rows, text};
use crate::webhook::now;

/// Pods of the restricted level that fail more than the one check that they are made for, by the beginning of their
/// name: what a container needs for the one failure is refused by others too.
const ALSO_FAILS: &[(&str, &str)] = &[
    ("privileged", "allowprivilegeescalation"),
    ("allowprivilegeescalation3", "capabilities_restricted"),
    ("windowshostprocess", "hostnamespaces"),
];

/// Fixtures are named after checks whose successor at the restricted level has taken their place.
const SUCCESSORS: &[(&str, &str)] = &[
    ("hostpathvolumes", "restrictedvolumes"),
    ("seccompprofile_baseline", "seccompprofile_restricted"),
    ("capabilities_baseline", "capabilities_restricted"),
    ("procmount", "procmount_restricted"),
];

/// A minor version, and how many Pods the reference refuses and allows from there on.
type From = (u32, usize, usize);

/// How many Pods there are at a level.
const COUNTS: &[(&str, &[From])] = &[
    ("baseline", &[(0, 29, 11), (34, 34, 14)]),
    (
        "restricted",
        &[(0, 53, 14), (8, 57, 14), (19, 62, 16), (22, 66, 16), (23, 69, 17), (29, 69, 19), (34, 74, 22)],
    ),
];

/// The newest version of which there are cases. They hold for later versions too, but for what a Pod with a user
/// namespace of its own may do from the next one on.
const NEWEST: u32 = 34;

static PSA: LazyLock<Result<Option<Vec<Value>>, String>> =
    LazyLock::new(|| rows("psa").map_err(|error| error.message().unwrap_or("unreadable").to_owned()));

/// A trial for each level and version that is known.
pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    COUNTS.iter().flat_map(|(level, counts)| {
        (0..=Version::NEWEST).filter_map(move |minor| {
            let (_, refused, allowed) = counts.iter().rev().find(|(from, ..)| *from <= minor)?;
            let cases = if minor > NEWEST { "those of v1.34: " } else { "" };
            let name = format!("psa {level}:v1.{minor} ({cases}{refused} refused, {allowed} allowed)");
            Some(Trial::ignorable_test(name, move || run(level, minor, (*refused, *allowed))))
        })
    })
}

fn run(level: &str, minor: u32, counts: (usize, usize)) -> Result<Completion, Failed> {
    let Some(rows) = PSA.as_ref()? else { return Ok(absent("psa")) };
    let cases = format!("v1.{}", minor.min(NEWEST));
    let is_it = |row: &&Value| row["expected"]["level"] == level && row["expected"]["version"] == *cases;
    let (allowed, refused): (Vec<_>, Vec<_>) =
        rows.iter().filter(is_it).partition(|row| row["expected"]["verdict"] == "allow");
    if (refused.len(), allowed.len()) != counts {
        return Err(format!("{} refused, {} allowed", refused.len(), allowed.len()).into());
    }
    let rules = rules(&format!("{level}:v1.{minor}"))?;
    let is_relaxed = |row: &Value| {
        minor > NEWEST
            && level == "baseline"
            && row["expected"]["check"] == "procmount"
            && row["object"]["spec"]["hostUsers"] == false
    };
    let wrong = refused.into_iter().chain(allowed).filter_map(|row| {
        Some(format!("{}: {}", text(row, "id"), judge(&rules, row, is_relaxed(row)).err()?))
    });
    let wrong: Vec<_> = wrong.collect();
    if wrong.is_empty() { Ok(Completion::Completed) } else { Err(wrong.join("\n").into()) }
}

/// The verdict is that of the reference, unless a later version lets the Pod pass; so is the check that fails, and no
/// other does.
fn judge(rules: &Rules, row: &Value, must_pass: bool) -> Result<(), String> {
    let expected = &row["expected"];
    let mut failed: Vec<String> = Vec::new();
    for (id, _) in found(&row["object"], rules)? {
        let id = id.to_lowercase();
        if !failed.contains(&id) {
            failed.push(id);
        }
    }
    if must_pass || text(expected, "verdict") == "allow" {
        return if failed.is_empty() { Ok(()) } else { Err(format!("failed {failed:?}")) };
    }
    let check = text(expected, "check");
    let name = text(row, "id").rsplit('/').next().unwrap_or_default();
    let is_check = |id: &String| {
        id == check || (expected["level"] == "restricted" && SUCCESSORS.contains(&(check, id.as_str())))
    };
    let may_fail = |id: &String| {
        is_check(id) || ALSO_FAILS.iter().any(|(start, other)| name.starts_with(start) && id == other)
    };
    if failed.iter().any(is_check) && failed.iter().all(may_fail) {
        return Ok(());
    }
    Err(format!("failed {failed:?} instead of {check}"))
}

/// The messages of the check name every container and every value that the reference names.
pub(crate) fn run_messages(row: &Value) -> Result<(), String> {
    let expected = &row["expected"];
    // A check of the standards by the name and the version of the function that is it.
    let function = text(expected, "go_func");
    let check = function.split(|char: char| char.is_ascii_digit()).next().unwrap_or_default();
    let check = check.trim_end_matches('_').to_lowercase();
    let standard = match text(expected, "check") {
        "allowPrivilegeEscalation" | "capabilities_restricted" | "runAsUser" => "restricted",
        _ => "baseline",
    };
    let mut object = row["object"].clone();
    // The API has no Pod without these; the cases have them.
    object["metadata"]["name"] = "sparse".into();
    if object["spec"].is_null() {
        object["spec"] = json!({ "containers": [] });
    }
    let rules = rules(&format!("{standard}:v{}", text(expected, "check_version")))?;
    let found = found(&object, &rules)?;
    let messages: Vec<String> = found
        .into_iter()
        .filter(|(id, _)| id.replace('_', "").to_lowercase() == check)
        .map(|(_, message)| message)
        .collect();
    let all = messages.join("\n");
    if messages.is_empty() != (text(expected, "verdict") == "allow") {
        return Err(format!("says {all:?}"));
    }
    let detail = text(expected, "detail");
    let quoted = detail.split('"').skip(1).step_by(2).map(|word| format!("`{word}`"));
    // Where the detail quotes nothing, it says which field has which value: `hostPID=true`, `runAsUser=0`.
    let fields = detail.split([' ', ',']).filter_map(|word| word.rsplit('.').next()?.split_once('='));
    let fields = fields.filter(|(_, value)| value.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let fields = fields.map(|(field, value)| format!("{field} to {value}"));
    let owners =
        ["pod"].into_iter().filter(|owner| detail.starts_with(owner)).map(|owner| format!(": {owner} "));
    let unsaid: Vec<_> = quoted.chain(fields).chain(owners).filter(|part| !all.contains(part)).collect();
    if unsaid.is_empty() { Ok(()) } else { Err(format!("does not say {unsaid:?}:\n{all}")) }
}

/// Rules that demand a standard and nothing else.
fn rules(standard: &str) -> Result<Rules, String> {
    let standard: Standard = standard.parse().map_err(|error| format!("{error}"))?;
    let overrides = Overrides { pod_security: Some(standard), ..Overrides::default() };
    let loaded = config::load(None, &overrides, now()).map_err(|errors| errors.to_string())?;
    Ok(Rules::new(loaded.config.table, "test"))
}

/// Check and message of every violation.
fn found(object: &Value, rules: &Rules) -> Result<Vec<(String, String)>, String> {
    let set = ManifestSet::read(&["-".into()], &mut object.to_string().as_bytes());
    let mut found = Vec::new();
    for checked in manifests::check(&set, rules, None, now()) {
        if let Some(error) = checked.verdict.malformed {
            return Err(error.to_string());
        }
        for finding in checked.verdict.findings {
            let (id, _) = finding.message().split_once(": ").ok_or("a message without its check")?;
            found.push((id.to_owned(), finding.message().to_owned()));
        }
    }
    Ok(found)
}
