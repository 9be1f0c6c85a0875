//! From a verdict to an AdmissionResponse, within the limits of the API server.
//!
//! All warnings of a request share 4,096 characters with those of the API and of other webhooks; past that they
//! are cut to 256 characters each and then dropped. An empty warning or one with a control character is dropped
//! too. kubectl shows the causes of a refusal only for `reason: Invalid`, so that all a person must read stands
//! in the message.

use std::fmt::Write as _;

use serde::Serialize;

use super::{ApiVersion, FailurePolicy};
use crate::engine::{CannotJudge, Decision, Judged, Verdict};
use crate::modes::{Because, Mode, date};

/// Characters that the warnings of one answer may take together: what leaves others their share.
const WARNINGS_TOTAL: usize = 3_000;
/// Characters of one warning; the API server cuts longer ones once the total is exceeded.
const WARNING_LENGTH: usize = 256;
/// Findings that the message of a refusal lists; the rest is counted.
const FINDINGS_IN_MESSAGE: usize = 20;
/// Causes of a refusal, for programs.
const CAUSES: usize = 200;

/// Every audit annotation with its meaning, for the reference.
pub const ANNOTATIONS: &[(&str, &str)] = &[
    ("configuration", "The digest of the configuration that decided."),
    ("decision", "`allow`, `warn`, `deny` or `cannot_judge`."),
    (
        "findings",
        "Codes of the policies that found something, by mode: `deny=IMG01,SEC01 audit=RES03`; left out if none did.",
    ),
];

/// An answer, ready to be written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer<'a> {
    api_version: &'static str,
    kind: &'static str,
    /// The response itself.
    pub response: Response<'a>,
}

/// `AdmissionReview.response`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response<'a> {
    uid: &'a str,
    /// Whether the request may go on.
    pub allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'a>>,
    /// What the writer is told although the request may go on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    audit_annotations: AuditAnnotations<'a>,
}

#[derive(Debug, Serialize)]
struct Status<'a> {
    #[serde(rename = "status")]
    outcome: &'static str,
    code: u16,
    reason: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details<'a>>,
}

#[derive(Debug, Serialize)]
struct Details<'a> {
    causes: Vec<Cause<'a>>,
}

#[derive(Debug, Serialize)]
struct Cause<'a> {
    reason: &'a str,
    message: &'a str,
    field: &'a str,
}

/// Keys are prefixed with the name of the webhook by the API server.
#[derive(Debug, Serialize)]
struct AuditAnnotations<'a> {
    #[serde(rename = "configuration")]
    digest: &'a str,
    decision: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    findings: String,
}

/// What an answer is made from, besides the verdict.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The version of the review.
    pub api_version: ApiVersion,
    /// The uid of the review.
    pub uid: &'a str,
    /// The kind of the object, for messages.
    pub kind: &'a str,
    /// Whether the object is or carries a Pod.
    pub carries_pod: bool,
    /// What is to happen to what cannot be judged.
    pub failure_policy: FailurePolicy,
    /// The digest of the configuration.
    pub digest: &'a str,
    /// Where readers find the pages of the policies; empty if nowhere.
    pub docs_url: &'a str,
}

impl<'a> Answer<'a> {
    /// The answer to a review that was judged, as far as it could be.
    pub fn new(terms: &Terms<'a>, verdict: &'a Verdict) -> Self {
        let decision = verdict.decision();
        match decision {
            Decision::CannotJudge(reason) => Self::cannot_judge(terms, reason, verdict),
            Decision::Deny => {
                Self::build(terms, decision, Some(refusal(terms, verdict)), verdict, Vec::new())
            }
            Decision::Allow | Decision::Warn => Self::build(terms, decision, None, verdict, Vec::new()),
        }
    }

    /// The answer to a review that nobody could judge: what the failure policy says, and never silently.
    ///
    /// A Pod carrier that is too large is refused in any case: padding must not be a way through.
    fn cannot_judge(terms: &Terms<'a>, reason: CannotJudge, verdict: &'a Verdict) -> Self {
        let why = match reason {
            CannotJudge::Deadline => "the time for the review was over".to_owned(),
            CannotJudge::Panic => "a policy failed, which is a defect of Seawall".to_owned(),
            CannotJudge::TooLarge => "it is larger than what is read".to_owned(),
            CannotJudge::Operation => "its operation is none that Seawall knows".to_owned(),
            CannotJudge::Shape => {
                verdict.malformed.as_ref().map_or_else(|| "it is malformed".to_owned(), ToString::to_string)
            }
        };
        let padded = reason == CannotJudge::TooLarge && terms.carries_pod;
        let message = format!("this {} could not be judged: {why}", terms.kind);
        let decision = Decision::CannotJudge(reason);
        // What no policy could have refused, or shown, is not refused or shown for lack of a judgement either.
        if verdict.bound < Mode::Warn {
            return Self::build(terms, decision, None, verdict, Vec::new());
        }
        if verdict.bound == Mode::Deny && (terms.failure_policy == FailurePolicy::Fail || padded) {
            let status = Status::refusal(500, "InternalError", message, None);
            return Self::build(terms, decision, Some(status), verdict, Vec::new());
        }
        Self::build(terms, decision, None, verdict, vec![message])
    }

    /// Writes the answer as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Vec::with_capacity(512);
        // Strings and numbers into memory: there is nothing that could fail.
        let _ = serde_json::to_writer(&mut json, self);
        json
    }

    fn build(
        terms: &Terms<'a>,
        decision: Decision,
        status: Option<Status<'a>>,
        verdict: &'a Verdict,
        mut warnings: Vec<String>,
    ) -> Self {
        warnings.extend(verdict.with_mode(Mode::Warn).map(warning));
        Self {
            api_version: terms.api_version.as_str(),
            kind: "AdmissionReview",
            response: Response {
                uid: terms.uid,
                allowed: status.is_none(),
                status,
                warnings: fitted(warnings),
                audit_annotations: AuditAnnotations {
                    digest: terms.digest,
                    decision: decision.as_str(),
                    findings: summary(verdict),
                },
            },
        }
    }
}

impl Decision {
    /// A word for annotations, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
            Self::CannotJudge(_) => "cannot_judge",
        }
    }
}

impl<'a> Status<'a> {
    fn refusal(code: u16, reason: &'static str, message: String, details: Option<Details<'a>>) -> Self {
        Self { outcome: "Failure", code, reason, message, details }
    }
}

fn refusal<'a>(terms: &Terms<'_>, verdict: &'a Verdict) -> Status<'a> {
    let denied: Vec<&Judged> = verdict.with_mode(Mode::Deny).collect();
    let causes = denied.iter().take(CAUSES).map(|finding| Cause {
        reason: finding.policy.code,
        message: finding.message(),
        field: finding.path(),
    });
    let details = Details { causes: causes.collect() };
    let mut message = String::with_capacity(256 * denied.len().min(FINDINGS_IN_MESSAGE));
    let mut explained: Vec<&str> = Vec::new();
    for finding in denied.iter().take(FINDINGS_IN_MESSAGE) {
        let (policy, path, what) = (finding.policy, finding.path(), finding.message());
        let separator = if path.is_empty() { "" } else { ": " };
        let _ = write!(message, "\n[{} {}] {path}{separator}{what}", policy.code, policy.name);
        if !explained.contains(&policy.code) {
            explained.push(policy.code);
            let _ = write!(message, "\n    fix: {}", policy.fix_line());
        }
    }
    if let Some(more) = denied.len().checked_sub(FINDINGS_IN_MESSAGE).filter(|more| *more > 0) {
        let _ = write!(message, "\nand {more} more");
    }
    if !terms.docs_url.is_empty() {
        let _ = write!(message, "\nread more: {}", terms.docs_url);
    }
    Status::refusal(403, "Forbidden", message, Some(details))
}

/// One finding as a warning.
fn warning(finding: &Judged) -> String {
    let (path, message) = (finding.path(), finding.message());
    let separator = if path.is_empty() { "" } else { ": " };
    let mut text = format!("[{}] {path}{separator}{message}", finding.policy.code);
    if finding.because == Because::Grandfathered {
        text.push_str(" (it was there before)");
    }
    if let Some(later) = finding.upcoming.filter(|later| later.mode == Mode::Deny) {
        let _ = write!(text, " (refused from {})", date(later.from));
    }
    text
}

/// Cuts warnings to what the API server passes on; what does not fit is counted.
fn fitted(warnings: Vec<String>) -> Vec<String> {
    let mut fitted: Vec<String> = Vec::with_capacity(warnings.len());
    let total = warnings.len();
    let mut room = WARNINGS_TOTAL;
    for (position, warning) in warnings.into_iter().enumerate() {
        let warning = one_line(warning);
        let length = warning.chars().count();
        if length > room {
            fitted.push(format!("and {} more findings, see `seawall check`", total - position));
            break;
        }
        // The API server shows equal warnings once.
        if !fitted.contains(&warning) {
            room -= length;
            fitted.push(warning);
        }
    }
    fitted
}

/// A text without control characters and not longer than one warning may be.
fn one_line(text: String) -> String {
    if text.len() <= WARNING_LENGTH && !text.contains(char::is_control) {
        return text;
    }
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut line: String = chars.by_ref().take(WARNING_LENGTH - 1).collect();
    // One more character fits; if there are more than that, it says so.
    line.extend(match (chars.next(), chars.next()) {
        (last, None) => last,
        (_, Some(_)) => Some('…'),
    });
    line
}

/// Which policies found something, for the API server's audit log: `deny=IMG01,SEC01 audit=RES03`.
fn summary(verdict: &Verdict) -> String {
    let mut summary = String::new();
    for mode in [Mode::Deny, Mode::Warn, Mode::Audit] {
        let mut codes: Vec<&str> = verdict.with_mode(mode).map(|finding| finding.policy.code).collect();
        codes.dedup();
        if !codes.is_empty() {
            let separator = if summary.is_empty() { "" } else { " " };
            let _ = write!(summary, "{separator}{mode}={}", codes.join(","));
        }
    }
    summary
}
