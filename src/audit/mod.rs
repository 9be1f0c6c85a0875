//! The engine over what exists in a cluster: one scan, object by object.
//!
//! It holds one page of objects at a time, writes nothing, and leaves to whoever asks what becomes of a verdict.

mod gathered;
mod reports;
mod scope;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::pin::pin;
use std::time::Duration;

use jiff::Timestamp;
use kube::Client;
use kube::core::ApiResource;
use tokio::select;
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::cluster::{ListError, MAX_LENGTH, PAGE, Page, Pages, Unlisted};
use crate::engine::{Rules, Verdict};
use crate::object::View as _;
use crate::object::kinds::Kind;
use crate::object::meta::Object;
use crate::policy::{Facts, GroupVersionKind, Subject};
use crate::tree::Node;
pub use gathered::{Gathered, KEPT, Kept, OfNamespace};
pub use reports::{Published, ReportError, publish};
pub use scope::Scope;
use scope::Target;

/// How many objects are judged before others on the same thread get their turn.
const AT_ONCE: usize = 32;

/// An object and what was found in it.
pub struct Audited<'a> {
    /// Its API version, as it was listed.
    pub api_version: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// Its namespace, if it has one.
    pub namespace: Option<&'a str>,
    /// Its name.
    pub name: Option<&'a str>,
    /// The object; its tree holds others too.
    pub root: Node<'a>,
    /// What was found.
    pub verdict: Verdict,
}

/// How far a scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The kind that is being listed.
    pub kind: &'a str,
    /// Its place among all that are listed, from 0.
    pub position: usize,
    /// How many kinds there are.
    pub kinds: usize,
    /// Objects that have been seen, of all kinds.
    pub objects: usize,
    /// How many more there are of this kind, where the API server says so.
    pub remaining: Option<u64>,
}

/// What becomes of verdicts.
pub trait Sink {
    /// Takes an object that was judged; a break ends the scan.
    fn take(&mut self, audited: &Audited<'_>) -> ControlFlow<()>;

    /// Is told before each page how far the scan is.
    fn progress(&mut self, _progress: Progress<'_>) {}
}

/// How fast a scan is.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many objects are asked for at once.
    pub page: u32,
    /// How long the answer may be, in bytes; in memory it is up to ten times as long.
    pub length: usize,
    /// How long the API server is left alone after a whole page; after a part of one, for that part of it.
    pub pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { page: PAGE, length: MAX_LENGTH, pause: Duration::ZERO }
    }
}

/// What a scan came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Objects that were judged.
    pub objects: usize,
    /// Objects that were not, because the template of their owner is the decision, and their owner's kind was judged.
    pub owned: usize,
    /// Kinds that could not be listed, or not to their end.
    pub unlisted: Vec<Unlisted>,
    /// The scan ended before it had seen everything: it was asked to, or the API server no longer answers.
    pub is_cut: bool,
}

/// The instant, and what is known beside each object.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// What is known of other objects.
    pub facts: &'a dyn Facts,
    /// The instant as of which all is judged.
    pub now: Timestamp,
}

/// Judges everything in scope that exists, until `stop` says otherwise: at the next page.
///
/// Kinds that own others come first. A Pod of a ReplicaSet says nothing that its owner does not say; it is judged where
/// its owner's kind could not be.
pub async fn scan(
    client: &Client,
    rules: &Rules,
    beside: Beside<'_>,
    scope: &Scope,
    pace: Pace,
    sink: &mut (impl Sink + Send),
    stop: impl Future<Output = ()> + Send,
) -> Summary {
    let targets = scope.targets(rules);
    let (summary, judged) = (Summary::default(), Vec::new());
    let mut scan = Scan { client, rules, beside, scope, pace, sink, summary, judged };
    let ended = {
        let mut stop = pin!(stop);
        let all = async {
            for (position, target) in targets.iter().enumerate() {
                scan.target(target, position, targets.len()).await?;
            }
            ControlFlow::Continue(())
        };
        select! {
            biased;
            () = &mut stop => ControlFlow::Break(()),
            ended = all => ended,
        }
    };
    scan.summary.is_cut = ended.is_break();
    scan.summary
}

/// A scan under way.
struct Scan<'a, S> {
    client: &'a Client,
    rules: &'a Rules,
    beside: Beside<'a>,
    scope: &'a Scope,
    pace: Pace,
    sink: &'a mut S,
    summary: Summary,
    /// The kinds of which everything has been judged.
    judged: Vec<&'static Kind>,
}

impl<S: Sink + Send> Scan<'_, S> {
    /// Judges what there is of one kind.
    async fn target(&mut self, target: &Target, position: usize, kinds: usize) -> ControlFlow<()> {
        let (kind, mut is_whole) = (&target.resource.kind, true);
        for part in target.parts(self.scope) {
            let mut pages = Pages::new(self.client.clone(), &part, self.pace.page).within(self.pace.length);
            let mut remaining = None;
            loop {
                let objects = self.summary.objects + self.summary.owned;
                self.sink.progress(Progress { kind, position, kinds, objects, remaining });
                let page = match pages.next().await {
                    Ok(Some(page)) => page,
                    Ok(None) => break,
                    // There is nothing to judge, and nothing that could have been judged for what it owns.
                    Err(ListError::Absent) => {
                        is_whole = false;
                        break;
                    }
                    Err(error) => {
                        is_whole = false;
                        let is_over = matches!(error, ListError::Unreachable(_));
                        self.summary.unlisted.push(Unlisted { kind: kind.clone(), error });
                        if is_over {
                            return ControlFlow::Break(());
                        }
                        break;
                    }
                };
                remaining = page.remaining;
                self.page(target, &page).await?;
                let count = u32::try_from(page.items().count()).unwrap_or(u32::MAX);
                sleep(self.pace.pause * count.min(self.pace.page) / self.pace.page.max(1)).await;
            }
        }
        self.judged.extend(target.known.filter(|_| is_whole));
        ControlFlow::Continue(())
    }

    async fn page(&mut self, target: &Target, page: &Page<'_>) -> ControlFlow<()> {
        for (index, item) in page.items().enumerate() {
            if index % AT_ONCE == AT_ONCE - 1 {
                yield_now().await;
            }
            self.object(target, item)?;
        }
        ControlFlow::Continue(())
    }

    fn object(&mut self, target: &Target, root: Node<'_>) -> ControlFlow<()> {
        let Some(object) = Object::view(root) else { return ControlFlow::Continue(()) };
        let ApiResource { api_version, kind, .. } = &target.resource;
        let written_as = GroupVersionKind::new(api_version, kind);
        let table = self.rules.table();
        let subject = Subject::of_manifest(object, written_as, object.namespace(), self.beside.now)
            .knowing(table.workloads());
        if table.reviewed_owner(&subject).is_some_and(|owner| self.judged.contains(&owner)) {
            self.summary.owned += 1;
            return ControlFlow::Continue(());
        }
        let Subject { name, namespace, .. } = subject;
        let verdict = self.rules.evaluate(&subject, self.beside.facts, &|| false);
        self.summary.objects += 1;
        self.sink.take(&Audited { api_version, kind, namespace, name, root, verdict })
    }
}
