//! Fixes applied to the texts that objects were read from, and judged before anyone relies on them.
//!
//! A fix counts only if the texts with it read as the objects with it, its finding is gone, and nothing new is found
//! in any object of the set. All fixes are tried together; where that fails, halves of them, down to the ones that
//! are to blame.

mod edit;
mod patch;
mod rewrite;
mod style;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::{Manifest, ManifestSet, check};
use crate::engine::Rules;
use crate::modes::Mode;
use crate::policy::Fix;
use crate::tree::positions::Position;
pub use rewrite::rewrite;

/// How often the set is fixed again because fixes led to findings with fixes.
const MAX_ROUNDS: usize = 8;

/// How many combinations of fixes are tried before those that are left are declined.
const MAX_ATTEMPTS: usize = 1000;

/// What fixing a set came to.
#[derive(Debug)]
pub struct Fixed {
    /// The set with all fixes that hold.
    pub set: ManifestSet,
    /// How many findings are gone.
    pub count: usize,
    /// What could not be fixed although its policy says how.
    pub declined: Vec<Declined>,
}

/// A finding whose fix is not offered.
#[derive(Clone, Debug)]
pub struct Declined {
    /// Name of the file.
    pub source: Arc<str>,
    /// Where the finding is in it.
    pub position: Position,
    /// The policy.
    pub code: &'static str,
    /// The field.
    pub path: String,
    /// Why.
    pub reason: Reason,
}

/// Why a fix is not offered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// What would be edited stands elsewhere, where others use it too.
    #[error("the field comes through a YAML alias or merge key")]
    Alias,
    /// An edit of something with an anchor, or of a text so written that no edit means just that.
    #[error("an edit of this text would change more than the field")]
    Unfaithful,
    /// Comments or unusual writing in the way.
    #[error("the text is written in a way that cannot be edited safely")]
    Unsafe,
    /// It does not help.
    #[error("the finding would remain")]
    Remains,
    /// It does harm.
    #[error("it would lead to {code} at `{path}`")]
    New {
        /// The policy that would find something.
        code: &'static str,
        /// The field.
        path: String,
    },
    /// Too many fixes stand in each other's way.
    #[error("too many fixes were tried: fix fewer files at a time")]
    TooMany,
}

/// What tells findings apart: the object's position in the set, the policy, the field.
type Key = (usize, &'static str, String);

/// A finding with a fix.
struct Candidate<'a> {
    key: Key,
    manifest: &'a Manifest,
    fixes: Vec<Fix>,
    declined: Declined,
}

/// Applies the fixes of all findings that would be warned of or refused, as far as they hold.
///
/// `set` must have been read with [`ManifestSet::read_to_fix`].
pub fn fix(set: &ManifestSet, rules: &Rules, namespace: Option<&str>, now: Timestamp) -> Fixed {
    let mut fixed = Fixed { set: set.with(HashMap::new()), count: 0, declined: Vec::new() };
    let mut attempts = MAX_ATTEMPTS;
    for _ in 0..MAX_ROUNDS {
        let mut round = Round::of(&fixed.set, rules, namespace, now, attempts);
        let next = round.run();
        attempts = round.attempts;
        fixed.declined = round.declined.into_values().collect();
        let Some((set, count)) = next else { break };
        fixed.set = set;
        fixed.count += count;
    }
    fixed
}

struct Round<'a> {
    set: &'a ManifestSet,
    rules: &'a Rules,
    namespace: Option<&'a str>,
    now: Timestamp,
    /// How often each finding is there; policies may report several at one field.
    before: HashMap<Key, usize>,
    candidates: Vec<Candidate<'a>>,
    /// Combinations that may still be tried.
    attempts: usize,
    declined: BTreeMap<usize, Declined>,
}

impl<'a> Round<'a> {
    fn of(
        set: &'a ManifestSet,
        rules: &'a Rules,
        namespace: Option<&'a str>,
        now: Timestamp,
        attempts: usize,
    ) -> Self {
        let found = judge(set, rules, namespace, now);
        let (before, candidates) = (found.counts, found.candidates);
        Self { set, rules, namespace, now, before, candidates, attempts, declined: BTreeMap::new() }
    }

    /// The set with the fixes that hold, and how many there are; `None` if there is none.
    fn run(&mut self) -> Option<(ManifestSet, usize)> {
        // First what can be written at all: a text is read faster than the set is judged.
        let mut by_source = BTreeMap::<usize, Vec<usize>>::new();
        for (index, candidate) in self.candidates.iter().enumerate() {
            by_source.entry(candidate.manifest.at.0).or_default().push(index);
        }
        let mut writable = Vec::new();
        for group in by_source.values() {
            let mut accepted = Vec::new();
            self.settle(group, &mut accepted, &mut |round, trial| round.texts(trial).map(drop));
            writable.extend(accepted);
        }
        let (mut accepted, mut fixed) = (Vec::new(), None);
        self.settle(&writable, &mut accepted, &mut |round, trial| {
            fixed = Some(round.attempt(trial)?);
            Ok(())
        });
        Some((fixed?, accepted.len()))
    }

    /// Adds to `accepted` what of a group holds together with it, in halves if not as a whole.
    fn settle(
        &mut self,
        group: &[usize],
        accepted: &mut Vec<usize>,
        attempt: &mut impl FnMut(&Self, &[usize]) -> Result<(), Reason>,
    ) {
        if group.is_empty() {
            return;
        }
        let trial = [accepted.as_slice(), group].concat();
        let outcome = match self.attempts.checked_sub(1) {
            Some(left) => {
                self.attempts = left;
                attempt(self, &trial)
            }
            None => Err(Reason::TooMany),
        };
        match outcome {
            Ok(()) => *accepted = trial,
            Err(reason) if group.len() == 1 || reason == Reason::TooMany => {
                for &index in group {
                    let declined = &self.candidates[index].declined;
                    self.declined.insert(index, Declined { reason: reason.clone(), ..declined.clone() });
                }
            }
            Err(_) => {
                let (first, second) = group.split_at(group.len() / 2);
                self.settle(first, accepted, attempt);
                self.settle(second, accepted, attempt);
            }
        }
    }

    /// The texts with some of the fixes, by their position among the sources.
    fn texts(&self, trial: &[usize]) -> Result<HashMap<usize, String>, Reason> {
        let mut by_document = BTreeMap::<_, (&Manifest, Vec<&Fix>)>::new();
        for &index in trial {
            let Candidate { manifest, fixes, .. } = &self.candidates[index];
            let (_, all) = by_document.entry(manifest.at).or_insert_with(|| (manifest, Vec::new()));
            all.extend(fixes);
        }
        let mut by_source = BTreeMap::<usize, Vec<_>>::new();
        for ((source, _), document) in by_document {
            by_source.entry(source).or_default().push(document);
        }
        let texts = by_source.into_iter().map(|(source, fixes)| Ok((source, self.text(source, &fixes)?)));
        texts.collect()
    }

    /// The text of a source with the fixes of some of its documents.
    fn text(&self, source: usize, fixes: &[(&Manifest, Vec<&Fix>)]) -> Result<String, Reason> {
        let source = &self.set.sources[source];
        let values = fixes.iter().map(|(manifest, fixes)| {
            let root = manifest.tree().root().ok_or(Reason::Unsafe)?;
            Ok((manifest.at.1, patch::applied(root, fixes).ok_or(Reason::Unsafe)?))
        });
        rewrite(&source.text, source.claim, &values.collect::<Result<_, _>>()?)
    }

    /// The set with some of the fixes, if nothing is found in it that was not found before, and what they fix is gone.
    fn attempt(&self, trial: &[usize]) -> Result<ManifestSet, Reason> {
        let set = self.set.with(self.texts(trial)?);
        if !set.errors.is_empty() {
            return Err(Reason::Unfaithful);
        }
        let after = judge(&set, self.rules, self.namespace, self.now).counts;
        let mut allowed = self.before.clone();
        for &index in trial {
            if let Some(count) = allowed.get_mut(&self.candidates[index].key) {
                *count = count.saturating_sub(1);
            }
        }
        for (key, count) in after {
            match allowed.get(&key) {
                Some(allowed) if count <= *allowed => {}
                Some(_) if trial.iter().any(|index| self.candidates[*index].key == key) => {
                    return Err(Reason::Remains);
                }
                _ => return Err(Reason::New { code: key.1, path: key.2 }),
            }
        }
        Ok(set)
    }
}

/// What is found in a set.
struct Judgement<'a> {
    counts: HashMap<Key, usize>,
    candidates: Vec<Candidate<'a>>,
}

fn judge<'a>(
    set: &'a ManifestSet,
    rules: &'a Rules,
    namespace: Option<&'a str>,
    now: Timestamp,
) -> Judgement<'a> {
    let mut found = Judgement { counts: HashMap::new(), candidates: Vec::new() };
    for (object, checked) in check(set, rules, namespace, now).enumerate() {
        if let Some(malformed) = &checked.verdict.malformed {
            found.counts.insert((object, "INVALID", malformed.path.clone()), 1);
        }
        for (policy, _) in &checked.verdict.panicked {
            found.counts.insert((object, policy.code, String::new()), 1);
        }
        // What comes to light because a finding that covered it is gone is not new.
        for judged in &checked.verdict.yielded {
            *found.counts.entry((object, judged.policy.code, judged.path().to_owned())).or_default() += 1;
        }
        for judged in &checked.verdict.findings {
            let (code, path) = (judged.policy.code, judged.path());
            *found.counts.entry((object, code, path.to_owned())).or_default() += 1;
            if judged.finding.fixes.is_empty() || judged.mode < Mode::Warn {
                continue;
            }
            let position = checked.position(judged.finding.node);
            let source = Arc::clone(checked.manifest.source());
            let reason = Reason::Remains;
            found.candidates.push(Candidate {
                key: (object, code, path.to_owned()),
                manifest: checked.manifest,
                fixes: judged.finding.fixes.clone(),
                declined: Declined { source, position, code, path: path.to_owned(), reason },
            });
        }
    }
    found
}
