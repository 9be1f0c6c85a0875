//! Findings as JSON lines: one object a finding, then one with totals. Its fields are an interface.

use serde::Serialize;

use super::{Finding, Totals};

/// The line of one finding.
#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    object: ObjectOf<'a>,
    policy: PolicyOf<'a>,
    severity: &'a str,
    mode: &'a str,
    path: &'a str,
    message: &'a str,
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
struct PolicyOf<'a> {
    code: &'a str,
    name: &'a str,
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
        file: finding.file,
        line: finding.position.line,
        column: finding.position.column,
        object: ObjectOf {
            api_version: object.api_version,
            kind: object.kind,
            namespace: object.namespace,
            name: object.name,
        },
        policy: PolicyOf { code: finding.code, name: finding.name },
        severity: finding.severity.as_str(),
        mode: finding.mode.as_str(),
        path: finding.path,
        message: finding.message,
    };
    to_line(&row)
}

/// The totals as the last line.
pub fn totals(totals: &Totals) -> String {
    to_line(&LastLine { totals })
}

fn to_line(value: &impl Serialize) -> String {
    // Strings and numbers only: there is nothing that could fail.
    serde_json::to_string(value).unwrap_or_default()
}
