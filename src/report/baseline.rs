//! An earlier report as a baseline: what it has is known, and only what is new counts.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Finding, ObjectId};

/// The findings of an earlier report.
#[derive(Debug, Default)]
pub struct Baseline {
    /// How often each is there and has not been met again: a policy may find several things at one place.
    left: HashMap<Key, usize>,
}

/// What is wrong with a report.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// A line that no report has.
    #[error("{line}: no line of a report of `--output json`: {why}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What it lacks, or where it ends to be JSON.
        why: String,
    },
    /// A finding that does not say where it is, because an older Seawall has reported it.
    #[error("{line}: the finding has no `place`: report again with this version")]
    Placeless {
        /// The line, counted from 1.
        line: usize,
    },
    /// The report ends before its last line: what else it would have had is not known.
    #[error("{line}: the report ends without its totals: it is not complete")]
    Cut {
        /// The line behind the last one, counted from 1.
        line: usize,
    },
}

/// By what a finding is known again: neither its line nor its mode, nor its words.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    code: String,
    kind: String,
    namespace: Option<String>,
    name: Option<String>,
    place: String,
}

/// What is read of a line.
#[derive(Deserialize)]
struct Row {
    policy: Option<PolicyOf>,
    object: Option<ObjectOf>,
    place: Option<String>,
    totals: Option<IgnoredAny>,
    unlisted: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct PolicyOf {
    code: String,
}

#[derive(Deserialize)]
struct ObjectOf {
    kind: String,
    namespace: Option<String>,
    name: Option<String>,
}

impl Baseline {
    /// Reads a report as [`json`](super::json) writes it.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let mut baseline = Self::default();
        let (mut count, mut is_complete) = (0, false);
        for (index, text) in text.lines().enumerate() {
            let line = index + 1;
            count = line;
            let wrong = |why: &str| BaselineError::Line { line, why: why.to_owned() };
            if is_complete {
                return Err(wrong("it stands behind the totals"));
            }
            let row: Row = serde_json::from_str(text).map_err(|error| match error.classify() {
                // The words of the decoder may quote the text.
                serde_json::error::Category::Data => wrong("a field has another type"),
                _ => wrong("no JSON"),
            })?;
            if row.totals.is_some() {
                is_complete = true;
                continue;
            }
            if row.unlisted.is_some() {
                continue;
            }
            let Some((PolicyOf { code }, object)) = row.policy.zip(row.object) else {
                return Err(wrong("neither a finding nor totals"));
            };
            let ObjectOf { kind, namespace, name } = object;
            let place = row.place.ok_or(BaselineError::Placeless { line })?;
            *baseline.left.entry(Key { code, kind, namespace, name, place }).or_default() += 1;
        }
        if is_complete { Ok(baseline) } else { Err(BaselineError::Cut { line: count + 1 }) }
    }

    /// Whether the report has a finding. It is met: one that is there twice today was twice in the report, or one of
    /// them is new.
    pub fn meet(&mut self, finding: &Finding<'_>) -> bool {
        let Finding { code, object, place, .. } = finding;
        let ObjectId { kind, namespace, name, .. } = object;
        let key = Key {
            code: (*code).to_owned(),
            kind: (*kind).to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.map(str::to_owned),
            place: place.clone(),
        };
        let Some(left) = self.left.get_mut(&key).filter(|left| **left > 0) else { return false };
        *left -= 1;
        true
    }

    /// Not all objects of a kind are looked at: nobody knows which of its findings are gone.
    pub fn forget(&mut self, kind: &str) {
        self.left.retain(|key, _| key.kind != kind);
    }

    /// How many findings of the report have not been met.
    pub fn gone(&self) -> usize {
        self.left.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modes::Mode;
    use crate::policy::Severity;
    use crate::report::{At, Totals, json};
    use crate::tree::positions::Position;

    fn finding<'a>(code: &'a str, kind: &'a str, namespace: Option<&'a str>, place: &str) -> Finding<'a> {
        Finding {
            at: Some(At { file: "web.yaml", position: Position { line: 7, column: 3 } }),
            object: ObjectId { api_version: "v1", kind, namespace, name: Some("web") },
            code,
            name: "latest-image-tag",
            severity: Severity::High,
            mode: Mode::Warn,
            upcoming: None,
            path: "spec.containers[0].image",
            place: place.to_owned(),
            message: "it moves",
            fix: None,
            known: false,
        }
    }

    fn report(findings: &[Finding<'_>]) -> String {
        let lines = findings.iter().map(json::finding).chain([json::totals(&Totals::default())]);
        lines.map(|line| line + "\n").collect()
    }

    const IMAGE: &str = "spec.containers[name=web].image";

    #[test]
    fn a_finding_is_known_by_policy_object_and_place() {
        let known = || finding("IMG01", "Pod", Some("shop"), IMAGE);
        let named = |name| ObjectId { name, ..known().object };
        let text = report(&[known()]);
        for (now, expected) in [
            (known(), true),
            (Finding { at: None, ..known() }, true),
            (Finding { mode: Mode::Deny, message: "another word", path: "", ..known() }, true),
            (Finding { object: ObjectId { api_version: "v2", ..known().object }, ..known() }, true),
            (finding("IMG02", "Pod", Some("shop"), IMAGE), false),
            (finding("IMG01", "Job", Some("shop"), IMAGE), false),
            (finding("IMG01", "Pod", Some("bank"), IMAGE), false),
            (finding("IMG01", "Pod", None, IMAGE), false),
            (finding("IMG01", "Pod", Some("shop"), "spec.containers[name=api].image"), false),
            (Finding { object: named(Some("api")), ..known() }, false),
            (Finding { object: named(None), ..known() }, false),
        ] {
            let mut baseline = Baseline::read(&text).unwrap();
            assert_eq!(baseline.meet(&now), expected, "{now:?}");
            assert_eq!(baseline.gone(), usize::from(!expected), "{now:?}");
        }
    }

    #[test]
    fn as_many_are_known_as_there_were() {
        let twice = [finding("IMG01", "Pod", None, IMAGE), finding("IMG01", "Pod", None, IMAGE)];
        let mut baseline = Baseline::read(&report(&twice)).unwrap();
        let met = [0; 3].map(|_| baseline.meet(&twice[0]));
        assert_eq!((met, baseline.gone()), ([true, true, false], 0));
    }

    #[test]
    fn what_could_not_be_listed_is_not_gone() {
        let found = [finding("IMG01", "Pod", None, IMAGE), finding("IMG01", "Job", None, IMAGE)];
        let text = format!("{}\n{}", json::unlisted("Secret", "not yours"), report(&found));
        let mut baseline = Baseline::read(&text).unwrap();
        baseline.forget("Pod");
        assert_eq!(baseline.gone(), 1);
    }

    #[test]
    fn what_is_no_whole_report_is_refused_by_its_line() {
        let line = json::finding(&finding("IMG01", "Pod", None, IMAGE));
        let totals = json::totals(&Totals::default());
        let older = line.replace("\"place\"", "\"spot\"");
        for (text, expected) in [
            (String::new(), "1: the report ends without its totals"),
            (format!("{line}\n"), "2: the report ends without its totals"),
            (format!("{line}\n{}", &line[..40]), "2: no line of a report of `--output json`: no JSON"),
            (format!("{line}\n\n{totals}"), "2: no line of a report of `--output json`: no JSON"),
            (
                format!("{line}\n{{\"policy\":\"hunter2\"}}"),
                "2: no line of a report of `--output json`: a field",
            ),
            (
                format!("{totals}\n{line}"),
                "2: no line of a report of `--output json`: it stands behind the totals",
            ),
            (format!("{line}\n[]"), "2: no line of a report"),
            (format!("{older}\n{totals}"), "1: the finding has no `place`"),
            ("{}".to_owned(), "1: no line of a report of `--output json`: neither a finding nor totals"),
        ] {
            let error = Baseline::read(&text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
