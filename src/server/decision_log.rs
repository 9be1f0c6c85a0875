//! The decision log: one structured line a review. Never the body of an object, never a secret's value.
//!
//! Lines are gathered in memory and written by a thread of their own, so that a slow reader of standard output
//! never holds up a review; when it does not keep up, lines are dropped and counted.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::engine::{Decision, Verdict};
use crate::modes::Because;
use crate::policy::Subject;

/// How long lines are gathered: short, so that writing them never keeps a processor for long.
const GATHERED: Duration = Duration::from_millis(5);
/// Bytes of lines that may wait to be written.
const CAPACITY: usize = 4 * 1024 * 1024;
/// Findings that one line lists.
const FINDINGS: usize = 50;

/// Every field of a JSON line with its meaning, for the reference; `[]` is each element of a list.
pub const DECISION_FIELDS: &[(&str, &str)] = &[
    ("timestamp", "When the review arrived."),
    ("level", "`debug` if the request may go on without a word, else `info`."),
    ("message", "Always `reviewed`."),
    ("decision", "`allow`, `warn`, `deny` or `cannot_judge`."),
    ("reason", "Why it could not be judged: `deadline`, `panic`, `shape`, `too_large` or `operation`."),
    ("request.uid", "The uid that the API server gave to the review."),
    ("request.operation", "`CREATE`, `UPDATE`, `DELETE` or `CONNECT`."),
    ("request.user", "Who asked."),
    ("request.dryRun", "`true` for a dry run, else left out."),
    ("object.group", "The API group; empty for the core group."),
    ("object.kind", "The kind."),
    ("object.namespace", "The namespace."),
    ("object.name", "The name; left out while the API server has yet to make one."),
    ("subresource", "Such as `scale` or `exec`."),
    ("configuration", "The digest of the configuration that decided."),
    (
        "findings[].policy",
        "The code of the policy; of a review with more than 50 findings the first 50 are listed.",
    ),
    ("findings[].mode", "`deny`, `warn` or `audit`."),
    ("findings[].because", "What decided the mode, where it was not the profile."),
    ("findings[].path", "The field, as the API server prints paths."),
    ("findings[].message", "What is wrong there; never the value of a secret."),
    ("notEvaluated[]", "Codes of policies that lacked a fact."),
    ("duration_us", "Microseconds from the head of the request to the answer."),
];

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFormat {
    /// One JSON object.
    Json,
    /// One sentence.
    Text,
}

/// Where decisions are written to.
pub struct DecisionLog {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
    format: LineFormat,
}

struct Shared {
    lines: Mutex<Vec<u8>>,
    dropped: AtomicU64,
    stop: AtomicBool,
}

/// One decision.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line<'a> {
    timestamp: Timestamp,
    level: &'static str,
    message: &'static str,
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(rename = "request.uid")]
    uid: &'a str,
    #[serde(rename = "request.operation")]
    operation: &'static str,
    #[serde(rename = "request.user")]
    user: &'a str,
    #[serde(rename = "request.dryRun", skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    #[serde(rename = "object.group")]
    group: &'a str,
    #[serde(rename = "object.kind")]
    kind: &'a str,
    #[serde(rename = "object.namespace", skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    #[serde(rename = "object.name", skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    subresource: &'a str,
    configuration: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<LineFinding<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_evaluated: Vec<&'static str>,
    #[serde(rename = "duration_us")]
    duration_us: u64,
}

#[derive(Serialize)]
struct LineFinding<'a> {
    policy: &'static str,
    mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    path: &'a str,
    message: &'a str,
}

impl<'a> Line<'a> {
    pub(super) fn new(
        subject: &Subject<'a>,
        uid: &'a str,
        configuration: &'a str,
        verdict: &'a Verdict,
        took: Duration,
    ) -> Self {
        let decision = verdict.decision();
        let findings = verdict.findings.iter().take(FINDINGS).map(|finding| LineFinding {
            policy: finding.policy.code,
            mode: finding.mode.as_str(),
            because: (finding.because != Because::Profile).then(|| finding.because.to_string()),
            path: finding.path(),
            message: finding.message(),
        });
        Self {
            timestamp: subject.now,
            level: if decision == Decision::Allow { "debug" } else { "info" },
            message: "reviewed",
            decision: decision.as_str(),
            reason: match decision {
                Decision::CannotJudge(reason) => Some(reason.as_str()),
                _ => None,
            },
            uid,
            operation: subject.operation.as_str(),
            user: subject.request.map_or("", |request| request.user),
            dry_run: subject.request.is_some_and(|request| request.dry_run),
            group: subject.group_kind.group,
            kind: subject.group_kind.kind,
            namespace: subject.namespace,
            name: subject.name,
            subresource: subject.subresource,
            configuration,
            findings: findings.collect(),
            not_evaluated: verdict.not_evaluated.iter().map(|it| it.policy.code).collect(),
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        }
    }

    fn write_text(&self, out: &mut Vec<u8>) {
        let Self { timestamp, decision, operation, kind, user, .. } = self;
        // Names are a client's text: they must not begin a line of their own.
        let [user, kind, namespace, name] =
            [*user, *kind, self.namespace.unwrap_or("-"), self.name.unwrap_or("-")].map(str::escape_debug);
        // Writing into memory cannot fail.
        let _ = write!(out, "{timestamp:.3} {decision} {operation} {kind} {namespace}/{name} by {user}");
        for LineFinding { policy, mode, because: _, path, message } in &self.findings {
            let _ = write!(out, "\n    {mode} {policy} {path}: {message}");
        }
    }
}

impl DecisionLog {
    /// A log that writes to standard output.
    pub fn to_stdout(format: LineFormat) -> std::io::Result<Self> {
        Self::start(format, std::io::stdout())
    }

    /// A log that writes to `out`, on a thread of its own.
    pub fn start(format: LineFormat, mut out: impl Write + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            lines: Mutex::default(),
            dropped: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        });
        let writer = std::thread::Builder::new().name("decision-log".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || {
                let mut lines = Vec::new();
                while !shared.stop.load(Ordering::Acquire) {
                    // The first line after a pause wakes the thread; a server without reviews sleeps.
                    std::thread::park();
                    if !shared.stop.load(Ordering::Acquire) {
                        std::thread::sleep(GATHERED);
                    }
                    shared.write_to(&mut out, &mut lines);
                }
                shared.write_to(&mut out, &mut lines);
            }
        })?;
        Ok(Self { shared, writer: Some(writer), format })
    }

    pub(super) fn record(&self, line: &Line<'_>) {
        let mut lines = self.shared.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() > CAPACITY {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let is_first = lines.is_empty();
        match self.format {
            // Strings and numbers into memory: there is nothing that could fail.
            LineFormat::Json => drop(serde_json::to_writer(&mut *lines, line)),
            LineFormat::Text => line.write_text(&mut lines),
        }
        lines.push(b'\n');
        drop(lines);
        if let Some(writer) = self.writer.as_ref().filter(|_| is_first) {
            writer.thread().unpark();
        }
    }
}

impl Shared {
    fn write_to(&self, out: &mut impl Write, spare: &mut Vec<u8>) {
        spare.clear();
        spare.shrink_to(CAPACITY / 16);
        std::mem::swap(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner), spare);
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(
                dropped,
                "standard output does not keep up with the decision log: lines were dropped"
            );
        }
        if !spare.is_empty() && out.write_all(spare).and_then(|()| out.flush()).is_err() {
            tracing::warn!("the decision log cannot be written to standard output");
        }
    }
}

impl Drop for DecisionLog {
    /// Writes what is still waiting.
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        if let Some(writer) = self.writer.take() {
            writer.thread().unpark();
            // The thread only ends early if it panicked, and then there is nothing left to wait for.
            let _ = writer.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{CannotJudge, Judged, Missing, NotEvaluated};
    use crate::modes::{Because, Mode};
    use crate::policy::Finding;
    use crate::tree::{ROOT, json};

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    const REVIEW: &[u8] = br#"{"kind":{"group":"apps","kind":"Deployment"},"operation":"CREATE","name":"web",
        "namespace":"shop","subResource":"scale","dryRun":true,"userInfo":{"username":"ann"}}"#;

    /// What one review is written as.
    fn written(verdict: &Verdict) -> String {
        let tree = json::read(REVIEW).unwrap();
        let subject =
            crate::admission::request::subject(tree.root().unwrap(), Timestamp::UNIX_EPOCH).unwrap();
        let memory = Memory::default();
        let log = DecisionLog::start(LineFormat::Json, memory.clone()).unwrap();
        let took = Duration::from_micros(7);
        log.record(&Line::new(&subject, "u", "abc", verdict, took));
        drop(log);
        String::from_utf8(memory.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn what_is_waiting_is_written_at_the_end() {
        assert_eq!(
            written(&Verdict::default()),
            concat!(
                r#"{"timestamp":"1970-01-01T00:00:00Z","level":"debug","message":"reviewed","decision":"allow","#,
                r#""request.uid":"u","request.operation":"CREATE","request.user":"ann","request.dryRun":true,"#,
                r#""object.group":"apps","object.kind":"Deployment","object.namespace":"shop","#,
                r#""object.name":"web","subresource":"scale","configuration":"abc","duration_us":7}"#,
                "\n"
            )
        );
    }

    #[test]
    fn every_field_is_documented_in_its_order() {
        let policy = crate::catalogue::find("IMG01").unwrap().meta;
        let verdict = Verdict {
            findings: vec![Judged {
                policy,
                finding: Finding::new(ROOT, "spec", "wrong"),
                mode: Mode::Warn,
                because: Because::Setting,
                upcoming: None,
            }],
            not_evaluated: vec![NotEvaluated { policy, what: Missing::Time }],
            unjudged: Some(CannotJudge::Panic),
            ..Verdict::default()
        };
        let line: serde_json::Value = serde_json::from_str(&written(&verdict)).unwrap();
        let names = line.as_object().unwrap().iter().flat_map(|(name, value)| match value.as_array() {
            None => vec![name.clone()],
            Some(elements) => match elements[0].as_object() {
                None => vec![format!("{name}[]")],
                Some(fields) => fields.keys().map(|field| format!("{name}[].{field}")).collect(),
            },
        });
        let documented = DECISION_FIELDS.iter().map(|(name, _)| (*name).to_owned());
        assert_eq!(names.collect::<Vec<_>>(), documented.collect::<Vec<_>>());
    }
}
