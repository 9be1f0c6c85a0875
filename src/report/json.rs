//! Findings as JSON lines: one object a finding, then one with totals. Its fields are an interface.

use serde::Serialize;

use super::{Finding, Totals};

/// Every field of a line with its meaning, for the reference; `.` leads into an object.
pub const FIELDS: &[(&str, &str)] = &[
    (
        "file",
        "The file as it was reached from the command line, or `stdin`; `null` for an object of a cluster.",
    ),
    (
        "line",
        "The line of the value that is wrong, or of what lacks a field; counted from 1. `null` as `file` is.",
    ),
    ("column", "The column there, in Unicode code points; counted from 1. `null` as `file` is."),
    ("object.apiVersion", "As the object says."),
    ("object.kind", "As the object says."),
    ("object.namespace", "As the object says, else as `--namespace` does."),
    ("object.name", "As the object says."),
    ("policy.code", "The code of the policy; `INVALID` for an object that the API server would not decode."),
    ("policy.name", "The name of the policy."),
    ("severity", "`high`, `medium` or `low`."),
    ("mode", "`deny`, `warn` or `audit`: what becomes of the finding."),
    ("upcoming.mode", "The stricter mode that the finding will have; `upcoming` is `null` if there is none."),
    ("upcoming.from", "The instant from which it will have it, in UTC, as `2027-01-01T00:00:00Z`."),
    ("path", "The field, as the API server prints paths; empty for the object as a whole."),
    (
        "place",
        "The same, with elements of lists named by their keys, as `containers[name=app]`: by it a finding is known again \
         with `--baseline`.",
    ),
    ("message", "What is wrong there."),
    (
        "fix",
        "What mends it, where there is one way only: a JSON Patch (RFC 6902) of the object as it is. Apply one and \
         check again: two may add the same missing object. `check --fix` does.",
    ),
    ("known", "Whether the report of `--baseline` has it, so that it does not count."),
    ("unlisted.kind", "`audit` only: a kind of which not all objects could be judged, in a line of its own."),
    ("unlisted.reason", "Why: what the API server said."),
    ("totals.objects", "Objects that were judged; this and what follows stand in the last line."),
    ("totals.deny", "Findings with mode `deny`, apart from known ones; so with the next two."),
    ("totals.warn", "Findings with mode `warn`."),
    ("totals.audit", "Findings with mode `audit`."),
    ("totals.known", "Findings that the report of `--baseline` has, whatever their mode."),
    ("totals.gone", "Findings of that report which are not there any longer."),
    (
        "totals.notEvaluated",
        "Times that a policy could not answer, because a fact that it needs was not known.",
    ),
    ("totals.skipped", "Documents that are no Kubernetes objects."),
    (
        "totals.owned",
        "`audit` only: objects that were not judged, because the template of their owner is, such as the Pods of a \
         Deployment.",
    ),
    ("totals.unlisted", "`audit` only: kinds of which not all objects could be judged."),
    ("totals.complete", "`audit` only: `false` if it was interrupted, or the API server no longer answered."),
];

/// The line of one finding.
#[derive(Serialize)]
struct Row<'a> {
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    object: ObjectOf<'a>,
    policy: PolicyOf<'a>,
    severity: &'a str,
    mode: &'a str,
    upcoming: Option<UpcomingOf<'a>>,
    path: &'a str,
    place: &'a str,
    message: &'a str,
    fix: Option<&'a serde_json::Value>,
    known: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectOf<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct UpcomingOf<'a> {
    mode: &'a str,
    from: String,
}

#[derive(Serialize)]
struct PolicyOf<'a> {
    code: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct UnlistedLine<'a> {
    unlisted: UnlistedOf<'a>,
}

#[derive(Serialize)]
struct UnlistedOf<'a> {
    kind: &'a str,
    reason: &'a str,
}

/// The last line.
#[derive(Serialize)]
struct LastLine<'a> {
    totals: &'a Totals,
}

/// One finding as a line, without the line break.
pub fn finding(finding: &Finding<'_>) -> String {
    let object = &finding.object;
    let row = Row {
        file: finding.at.map(|at| at.file),
        line: finding.at.map(|at| at.position.line),
        column: finding.at.map(|at| at.position.column),
        object: ObjectOf {
            api_version: object.api_version,
            kind: object.kind,
            namespace: object.namespace,
            name: object.name,
        },
        policy: PolicyOf { code: finding.code, name: finding.name },
        severity: finding.severity.as_str(),
        mode: finding.mode.as_str(),
        upcoming: finding
            .upcoming
            .map(|later| UpcomingOf { mode: later.mode.as_str(), from: later.from.to_string() }),
        path: finding.path,
        place: &finding.place,
        message: finding.message,
        fix: finding.fix.as_ref(),
        known: finding.known,
    };
    to_line(&row)
}

/// A line about a kind of which not all objects could be judged.
pub fn unlisted(kind: &str, reason: &str) -> String {
    to_line(&UnlistedLine { unlisted: UnlistedOf { kind, reason } })
}

/// The totals as the last line.
pub fn totals(totals: &Totals) -> String {
    to_line(&LastLine { totals })
}

fn to_line(value: &impl Serialize) -> String {
    // Strings and numbers only: there is nothing that could fail.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::modes::{Mode, Upcoming};
    use crate::policy::Severity;
    use crate::report::{At, ObjectId, OfCluster};
    use crate::tree::positions::Position;

    /// The names of all fields below a value.
    fn names(prefix: &str, value: &Value) -> Vec<String> {
        let Some(fields) = value.as_object() else { return vec![prefix.to_owned()] };
        let separator = if prefix.is_empty() { "" } else { "." };
        fields.iter().flat_map(|(key, value)| names(&format!("{prefix}{separator}{key}"), value)).collect()
    }

    #[test]
    fn every_field_is_documented_in_its_order() {
        let line = finding(&Finding {
            at: Some(At { file: "web.yaml", position: Position { line: 7, column: 3 } }),
            object: ObjectId { api_version: "v1", kind: "Pod", namespace: None, name: Some("web") },
            code: "IMG01",
            name: "latest-image-tag",
            severity: Severity::High,
            mode: Mode::Warn,
            upcoming: Some(Upcoming { mode: Mode::Deny, from: jiff::Timestamp::UNIX_EPOCH }),
            path: "spec.containers[0].image",
            place: "spec.containers[name=web].image".to_owned(),
            message: "it moves",
            fix: Some(serde_json::json!([{ "op": "remove", "path": "/spec" }])),
            known: false,
        });
        let of_cluster = Totals { cluster: Some(OfCluster::default()), ..Totals::default() };
        let lines = [line, unlisted("Secret", "not yours"), totals(&of_cluster)];
        let written = lines.iter().flat_map(|line| names("", &serde_json::from_str(line).unwrap()));
        let documented = FIELDS.iter().map(|(name, _)| (*name).to_owned());
        assert_eq!(written.collect::<Vec<_>>(), documented.collect::<Vec<_>>());
    }
}
