//! What a scan found, for metrics and reports: a count of everything, and of each namespace the worst of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::{Audited, Sink};
use crate::engine::Judged;
use crate::modes::Mode;
use crate::policy::Meta;

/// How many findings of a namespace are kept: a report is one object, and etcd takes 1.5 MiB.
pub const KEPT: usize = 100;

/// How long a path may be that is kept, in bytes: keys of annotations are part of it.
const MAX_PATH: usize = 256;

/// Findings of a scan. However much there is, memory is bounded by the number of namespaces.
#[derive(Debug, Default)]
pub struct Gathered {
    /// How many findings there are, by the code of the policy and its mode.
    pub counts: BTreeMap<(&'static str, Mode), usize>,
    /// How many objects were judged.
    pub objects: usize,
    /// Policies that panicked, by code: each is a defect of Seawall.
    pub panicked: BTreeMap<&'static str, u64>,
    /// What was found in each namespace; under the empty name, in what is in none.
    pub namespaces: BTreeMap<String, OfNamespace>,
    /// Whether anybody wants to read more than counts.
    keeps: bool,
}

/// What was found in a namespace.
#[derive(Debug, Default)]
pub struct OfNamespace {
    /// How many findings there are, by mode.
    pub counts: BTreeMap<Mode, usize>,
    /// How many times a policy could not answer.
    pub not_evaluated: usize,
    kept: Vec<Kept>,
}

/// A finding that is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The policy.
    pub policy: &'static Meta,
    /// The mode that applies.
    pub mode: Mode,
    /// API version of the object.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where in the object.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl OfNamespace {
    /// How many findings there are.
    pub fn len(&self) -> usize {
        self.counts.values().sum()
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.not_evaluated == 0
    }

    /// The worst findings, the strictest mode and the highest severity first; at most [`KEPT`].
    pub fn worst(&self) -> &[Kept] {
        &self.kept[..self.kept.len().min(KEPT)]
    }

    fn keep(&mut self, kept: Kept) {
        self.kept.push(kept);
        // Twice as many are let in before some are thrown out, so that sorting costs little for each.
        if self.kept.len() >= 2 * KEPT {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.kept.sort_by_key(|kept| Reverse((kept.mode, kept.policy.severity)));
        self.kept.truncate(KEPT);
    }
}

impl Gathered {
    /// Nothing yet. Only counts are kept where nobody wants to read more.
    pub fn new(keeps: bool) -> Self {
        Self { keeps, ..Self::default() }
    }

    /// Puts what has been kept in order, when nothing comes any more.
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.namespaces.retain(|_, found| !found.is_empty());
        self.namespaces.values_mut().for_each(OfNamespace::settle);
        self
    }

    fn finding(&mut self, audited: &Audited<'_>, finding: &Judged) {
        *self.counts.entry((finding.policy.code, finding.mode)).or_default() += 1;
        if !self.keeps {
            return;
        }
        let found = self.namespaces.entry(audited.namespace.unwrap_or_default().to_owned()).or_default();
        *found.counts.entry(finding.mode).or_default() += 1;
        found.keep(Kept {
            policy: finding.policy,
            mode: finding.mode,
            api_version: audited.api_version.to_owned(),
            kind: audited.kind.to_owned(),
            name: audited.name.unwrap_or_default().to_owned(),
            path: cut(finding.path()),
            message: finding.message().to_owned(),
        });
    }
}

impl Sink for Gathered {
    fn take(&mut self, audited: &Audited<'_>) -> ControlFlow<()> {
        self.objects += 1;
        for finding in &audited.verdict.findings {
            self.finding(audited, finding);
        }
        for (policy, _) in &audited.verdict.panicked {
            *self.panicked.entry(policy.code).or_default() += 1;
        }
        let not_evaluated = audited.verdict.not_evaluated.len() + audited.verdict.panicked.len();
        if not_evaluated > 0 && self.keeps {
            let namespace = audited.namespace.unwrap_or_default().to_owned();
            self.namespaces.entry(namespace).or_default().not_evaluated += not_evaluated;
        }
        ControlFlow::Continue(())
    }
}

fn cut(path: &str) -> String {
    let end = path.floor_char_boundary(MAX_PATH);
    path[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;
    use crate::engine::{Missing, NotEvaluated, Verdict};
    use crate::modes::Because;
    use crate::policy::Finding;
    use crate::tree::json;

    fn policy(code: &str) -> &'static Meta {
        catalogue::all().map(|entry| entry.meta).find(|meta| meta.code == code).unwrap()
    }

    fn take(found: &mut Gathered, namespace: Option<&str>, name: &str, findings: &[(&str, Mode)]) {
        let tree = json::read(b"{}").unwrap();
        let root = tree.root().unwrap();
        let findings = findings.iter().map(|(code, mode)| Judged {
            policy: policy(code),
            finding: Finding::new(root.id(), &"é".repeat(200), "is wrong"),
            mode: *mode,
            because: Because::Profile,
            upcoming: None,
        });
        let verdict = Verdict { findings: findings.collect(), ..Verdict::default() };
        let audited = Audited { api_version: "v1", kind: "Pod", namespace, name: Some(name), root, verdict };
        assert!(found.take(&audited).is_continue());
    }

    #[test]
    fn of_a_namespace_the_worst_is_kept_and_all_is_counted() {
        let mut found = Gathered::new(true);
        for index in 0..3 * KEPT {
            take(&mut found, Some("shop"), &format!("mild-{index}"), &[("AVL03", Mode::Audit)]);
        }
        take(&mut found, Some("shop"), "late", &[("AVL03", Mode::Deny), ("AVL05", Mode::Deny)]);
        take(&mut found, Some("clean"), "web", &[]);
        take(&mut found, None, "role", &[("RBA07", Mode::Warn)]);
        let found = found.settled();
        assert_eq!(found.objects, 3 * KEPT + 3);
        assert_eq!(found.counts[&("AVL03", Mode::Audit)], 3 * KEPT);
        assert_eq!(found.namespaces.keys().collect::<Vec<_>>(), ["", "shop"]);
        let shop = &found.namespaces["shop"];
        assert_eq!((shop.len(), shop.worst().len()), (3 * KEPT + 2, KEPT));
        let first: Vec<_> = shop.worst()[..3].iter().map(|it| (it.policy.code, it.name.as_str())).collect();
        assert_eq!(first, [("AVL05", "late"), ("AVL03", "late"), ("AVL03", "mild-0")]);
        assert!(shop.worst()[0].path.len() <= MAX_PATH, "whole characters of it");
    }

    #[test]
    fn what_could_not_be_answered_is_worth_a_report() {
        let tree = json::read(b"{}").unwrap();
        let missing = NotEvaluated { policy: policy("AVL03"), what: Missing::Time };
        let verdict = Verdict { not_evaluated: vec![missing], ..Verdict::default() };
        let (root, namespace) = (tree.root().unwrap(), Some("shop"));
        let audited = Audited { api_version: "v1", kind: "Pod", namespace, name: None, root, verdict };
        let mut found = Gathered::new(true);
        assert!(found.take(&audited).is_continue());
        assert_eq!(found.settled().namespaces["shop"].not_evaluated, 1);
    }
}
