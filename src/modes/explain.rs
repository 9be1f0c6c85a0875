//! Why a policy has the mode that it has: every source that was asked, in order.

use std::fmt;

use super::scope::{ContainerAt, Match};
use super::table::{CompiledException, CompiledRule, ModeTable, Row};
use super::view::{Because, Ruling, View};
use super::{Mode, Origin};

/// The answer of the table, with every source that had a say.
#[derive(Debug)]
pub struct Explanation {
    /// The mode and what decided it.
    pub ruling: Ruling,
    /// Where the deciding setting stands; `None` if no configuration decided.
    pub decided_by: Option<Origin>,
    /// Every source that was asked, in order.
    pub steps: Vec<Step>,
}

/// One source that was asked.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it stands; `None` for what no configuration says.
    pub origin: Option<Origin>,
    /// What it says.
    pub says: String,
    /// Whether it applies.
    pub applies: bool,
}

/// What is said of a scope that may hold or not.
const UNKNOWN: &str = "the namespace or labels are not known";

impl View<'_> {
    /// Explains the mode of findings of a policy in a container.
    pub fn explain(&self, policy: usize, container: Option<ContainerAt<'_>>) -> Explanation {
        let mut steps = Vec::new();
        let ruling = self.ruling_with_steps(policy, container, Some(&mut steps));
        Explanation { ruling, decided_by: self.origin(policy, ruling.because).cloned(), steps }
    }
}

impl Step {
    pub(super) fn base(table: &ModeTable, row: &Row) -> Self {
        let origin = row.setting.clone().unwrap_or_else(|| table.profile.clone());
        Self { origin: Some(origin), says: row.base.to_string(), applies: true }
    }

    pub(super) fn rule(rule: &CompiledRule, matched: Match, has_begun: bool) -> Self {
        let mode = rule.mode.map_or_else(|| "parameters only".to_owned(), |mode| mode.to_string());
        let says = match (matched, rule.from) {
            (Match::No, _) => format!("{mode}, elsewhere"),
            (Match::PerContainer, _) => format!("{mode}, in some containers"),
            (Match::Unknown, Some(from)) if !has_begun => {
                format!("{mode}, but only from {}, and {UNKNOWN}", date(from))
            }
            (Match::Unknown, _) => format!("{mode}, but {UNKNOWN}"),
            (Match::Yes, Some(from)) if !has_begun => format!("{mode}, but only from {}", date(from)),
            (Match::Yes, _) => mode,
        };
        Self { origin: Some(rule.origin.clone()), says, applies: matched == Match::Yes && has_begun }
    }

    pub(super) fn exception(exception: &CompiledException, matched: Match, has_expired: bool) -> Self {
        let CompiledException { owner, reason, expires, .. } = exception;
        let date = date(*expires);
        let says = match matched {
            _ if has_expired => format!("nothing any more, expired {date}: {owner}, {reason}"),
            Match::Unknown => format!("audit until {date}, but {UNKNOWN}: {owner}, {reason}"),
            Match::PerContainer => format!("audit until {date}, in some containers: {owner}, {reason}"),
            Match::Yes | Match::No => format!("audit until {date}: {owner}, {reason}"),
        };
        Self { origin: Some(exception.origin.clone()), says, applies: matched == Match::Yes && !has_expired }
    }

    pub(super) fn cap(table: &ModeTable, capped: Mode, because: Because) -> Self {
        let origin = (because == Because::MaxMode).then(|| table.max_mode.1.clone());
        Self { origin, says: format!("at most {capped}: {because}"), applies: true }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Profile => "the profile",
            Self::Setting => "the policy's setting",
            Self::Rule(_) => "a rule",
            Self::LabelsUnknown(_) => "a rule may apply, the namespace or labels are not known",
            Self::Exception(_) => "an exception",
            Self::MaybeExcepted(_) => "an exception may apply, the namespace or labels are not known",
            Self::Grandfathered => "the object already had this before the update",
            Self::NothingRelevantChanged => {
                "the update changes nothing but status, finalizers or deletion metadata"
            }
            Self::NotSeenYet => "what is missing may come later: at creation nothing is refused for it",
            Self::OwnedByController => "made by a controller of Kubernetes, its template is judged instead",
            Self::DrainsMustPass => "refusing to remove a Pod would block node drains",
            Self::MaxMode => "maxMode",
            Self::NotKept => "more findings than are kept",
        })
    }
}

/// The date of an instant, in UTC.
pub(crate) fn date(instant: jiff::Timestamp) -> String {
    instant.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
