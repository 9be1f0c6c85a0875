//! What one review comes to.

use super::container_at;
use crate::modes::{Because, ContainerAt, Mode, Upcoming};
use crate::object::shape::ShapeError;
use crate::policy::{Finding, Meta, Unknown};
use crate::tree::Node;
use crate::tree::path::FieldPath;

/// Everything that was found, and everything that could not be.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Findings with a mode other than `off`, the strictest first.
    pub findings: Vec<Judged>,
    /// Findings that went because another policy says the same better: nobody is told of them, but they are there, and
    /// would speak if that other finding was gone.
    pub yielded: Vec<Judged>,
    /// Policies that could not answer, and what they would have had to know.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Policies that panicked, with the strictest mode that they could have had.
    pub panicked: Vec<(&'static Meta, Mode)>,
    /// The time was over before all policies had run: the strictest mode among those that had not.
    pub unfinished: Option<Mode>,
    /// The object does not have the shape of its kind; no policy was run.
    pub malformed: Option<ShapeError>,
    /// Why no policy was run at all, where it is for another reason than the object's shape.
    pub unjudged: Option<CannotJudge>,
    /// The strictest mode that any policy could have had.
    pub bound: Mode,
}

/// A finding and its mode.
#[derive(Debug)]
pub struct Judged {
    /// The policy that found it.
    pub policy: &'static Meta,
    pub(crate) finding: Finding,
    /// What happens because of it.
    pub mode: Mode,
    /// What decided the mode.
    pub because: Because,
    /// A stricter mode that will hold from a date on.
    pub upcoming: Option<Upcoming>,
}

/// A policy that could not answer.
#[derive(Debug)]
pub struct NotEvaluated {
    /// The policy.
    pub policy: &'static Meta,
    /// What was missing.
    pub what: Missing,
}

/// What a policy would have needed to answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// A fact about other objects.
    #[error(transparent)]
    Fact(#[from] Unknown),
    /// Time.
    #[error("the time for the review was over")]
    Time,
}

/// The decision that a verdict amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing that the writer must see.
    Allow,
    /// Let through with warnings.
    Warn,
    /// Refused.
    Deny,
    /// Nobody knows: the failure policy of the webhook decides.
    CannotJudge(CannotJudge),
}

/// Why a review has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CannotJudge {
    /// The deadline passed before every policy that could refuse had run.
    Deadline,
    /// A policy that could refuse panicked.
    Panic,
    /// The object does not have the shape of its kind.
    Shape,
    /// The review is larger than what is read.
    TooLarge,
    /// The operation is none that is known.
    Operation,
}

impl CannotJudge {
    /// A word for metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::Panic => "panic",
            Self::Shape => "shape",
            Self::TooLarge => "too_large",
            Self::Operation => "operation",
        }
    }
}

impl Judged {
    /// The field, as the API server prints paths.
    pub fn path(&self) -> &str {
        self.finding.path()
    }

    /// What is wrong there.
    pub fn message(&self) -> &str {
        self.finding.message()
    }

    /// The field, with elements of lists named by their keys, so that it is the same in another version of the object.
    /// `object` is the object that was judged.
    pub fn place(&self, object: Node<'_>) -> String {
        let node = object.tree().node(self.finding.node).unwrap_or(object);
        self.finding.path_by(&FieldPath::below(object, node).by_name())
    }

    /// The container of `object` that it is in, if it is in one.
    pub fn container<'t>(&self, object: Node<'t>) -> Option<ContainerAt<'t>> {
        container_at(object.tree().node(self.finding.node)?)
    }
}

impl Verdict {
    /// The verdict on what nobody could judge; `bound` is the strictest mode that a policy could have had.
    pub fn unjudged(reason: CannotJudge, bound: Mode) -> Self {
        Self { unjudged: Some(reason), bound, ..Self::default() }
    }

    /// What the verdict amounts to. One refusal is enough, whatever else could not be judged.
    pub fn decision(&self) -> Decision {
        let strictest = self.findings.iter().map(|finding| finding.mode).max().unwrap_or_default();
        if strictest == Mode::Deny {
            return Decision::Deny;
        }
        if let Some(reason) = self.unjudged {
            return Decision::CannotJudge(reason);
        }
        if self.malformed.is_some() {
            return Decision::CannotJudge(CannotJudge::Shape);
        }
        if self.panicked.iter().any(|(_, mode)| *mode == Mode::Deny) {
            return Decision::CannotJudge(CannotJudge::Panic);
        }
        if self.unfinished == Some(Mode::Deny) {
            return Decision::CannotJudge(CannotJudge::Deadline);
        }
        if strictest == Mode::Warn { Decision::Warn } else { Decision::Allow }
    }

    /// Findings with this mode.
    pub fn with_mode(&self, mode: Mode) -> impl Iterator<Item = &Judged> {
        self.findings.iter().filter(move |finding| finding.mode == mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn finding(mode: Mode) -> Judged {
        Judged {
            policy: catalogue::find("IMG01").unwrap().meta,
            finding: Finding::new(crate::tree::ROOT, "", ""),
            mode,
            because: Because::Profile,
            upcoming: None,
        }
    }

    #[test]
    fn one_refusal_is_enough_and_doubt_only_counts_where_it_could_have_refused() {
        let meta = catalogue::find("IMG01").unwrap().meta;
        let shape = || ShapeError {
            path: "spec".to_owned(),
            expected: "an object",
            found: "a list",
            node: crate::tree::ROOT,
        };
        let cannot = Decision::CannotJudge;
        for (modes, panicked, unfinished, malformed, expected) in [
            (&[][..], None, None, false, Decision::Allow),
            (&[Mode::Audit][..], None, None, false, Decision::Allow),
            (&[Mode::Audit, Mode::Warn][..], None, None, false, Decision::Warn),
            (&[Mode::Warn, Mode::Deny][..], None, None, false, Decision::Deny),
            (&[][..], Some(Mode::Deny), None, false, cannot(CannotJudge::Panic)),
            (&[][..], Some(Mode::Warn), None, false, Decision::Allow),
            (&[Mode::Deny][..], Some(Mode::Deny), None, false, Decision::Deny),
            (&[Mode::Warn][..], None, Some(Mode::Deny), false, cannot(CannotJudge::Deadline)),
            (&[Mode::Warn][..], None, Some(Mode::Warn), false, Decision::Warn),
            (&[Mode::Deny][..], None, Some(Mode::Deny), false, Decision::Deny),
            (&[][..], None, None, true, cannot(CannotJudge::Shape)),
        ] {
            let verdict = Verdict {
                findings: modes.iter().map(|mode| finding(*mode)).collect(),
                panicked: panicked.map(|mode| (meta, mode)).into_iter().collect(),
                unfinished,
                malformed: malformed.then(shape),
                ..Verdict::default()
            };
            assert_eq!(verdict.decision(), expected, "{verdict:?}");
        }
    }
}
