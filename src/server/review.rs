//! One review, from its body to its answer: what ties admission, engine, metrics and the decision log together.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use bytes::Bytes;
use jiff::Timestamp;

use super::decision_log::{DecisionLog, Line};
use super::{Answer, Endpoint, Exchange, Reviewer};
use crate::admission::FailurePolicy;
use crate::admission::request::Review;
use crate::admission::response::{self, Terms};
use crate::cluster::Snapshot;
use crate::engine::{CannotJudge, Decision, Rules, Verdict};
use crate::metrics::Metrics;
use crate::modes::Because;
use crate::policy::Operation;
use crate::tree::{Tree, json};

/// What a configuration comes to: swapped as a whole.
pub struct Active {
    /// The rules.
    pub rules: Rules,
    /// Where readers find the pages of the policies; empty if nowhere.
    pub docs_url: String,
    /// Namespaces that are never reviewed.
    pub excluded: Vec<String>,
}

/// Judges reviews.
pub struct Webhook {
    /// The configuration in use.
    pub active: Arc<ArcSwap<Active>>,
    /// What is known of the cluster.
    pub facts: Arc<ArcSwap<Snapshot>>,
    /// Where reviews are counted.
    pub metrics: Metrics,
    /// Where decisions are written.
    pub log: DecisionLog,
    /// The only clock there is: each review takes its instant from it.
    pub clock: fn() -> Timestamp,
}

thread_local! {
    /// The memory for one review's tree, kept from review to review.
    static TREE: RefCell<Tree> = RefCell::new(Tree::new());
}

impl Reviewer for Webhook {
    fn review(&self, exchange: Exchange<'_>) -> Answer {
        let mut tree = TREE.take();
        let answer = self.answer(&mut tree, exchange, |review, rules| self.judge(review, rules, exchange));
        // The memory is handed back only by reviews that end well; after a panic the next one starts afresh.
        tree.clear();
        TREE.set(tree);
        answer
    }

    fn cannot_judge(&self, exchange: Exchange<'_>) -> Answer {
        self.answer(&mut Tree::new(), exchange, |review, rules| {
            Verdict::unjudged(CannotJudge::Panic, rules.bound(&review.subject, &**self.facts.load()))
        })
    }
}

impl Webhook {
    fn answer(
        &self,
        tree: &mut Tree,
        exchange: Exchange<'_>,
        judge: impl FnOnce(&Review<'_>, &Rules) -> Verdict,
    ) -> Answer {
        if exchange.oversize {
            json::read_prefix_into(tree, exchange.body);
        } else if let Err(error) = json::read_into(tree, exchange.body) {
            return self.malformed(&error.to_string());
        }
        // One load for the whole review: verdict, digest and log line belong to one configuration.
        let active = self.active.load();
        let review = match Review::read(tree, (self.clock)()) {
            Ok(review) => review.knowing(active.rules.table().workloads()),
            Err(error) => return self.malformed(&error.to_string()),
        };
        let verdict = judge(&review, &active.rules);
        let subject = &review.subject;
        let terms = Terms {
            api_version: review.api_version,
            uid: review.uid,
            kind: subject.group_kind.kind,
            carries_pod: subject.kind().is_some_and(|kind| kind.carries_pod()),
            failure_policy: match exchange.endpoint {
                Endpoint::Open => FailurePolicy::Ignore,
                Endpoint::Closed => FailurePolicy::Fail,
            },
            digest: active.rules.digest(),
            docs_url: &active.docs_url,
        };
        let answer = response::Answer::new(&terms, &verdict).to_json();
        self.count(&review, &verdict);
        let took = exchange.received.elapsed();
        self.log.record(&Line::new(subject, review.uid, active.rules.digest(), &verdict, took));
        Answer { status: 200, body: answer.into() }
    }

    fn judge(&self, review: &Review<'_>, rules: &Rules, exchange: Exchange<'_>) -> Verdict {
        let facts = self.facts.load();
        if review.subject.operation == Operation::Unknown {
            return Verdict::unjudged(CannotJudge::Operation, rules.strictest());
        }
        if exchange.oversize {
            return Verdict::unjudged(CannotJudge::TooLarge, rules.bound(&review.subject, &**facts));
        }
        let expired = || Instant::now() >= exchange.deadline;
        rules.evaluate(&review.subject, &**facts, &expired)
    }

    /// Not an AdmissionReview: the API server never sends such a thing, so the client is told what is wrong.
    fn malformed(&self, message: &str) -> Answer {
        self.metrics.requests_refused.with_label_values(&["malformed"]).inc();
        let body = serde_json::json!({ "error": format!("not an AdmissionReview: {message}") });
        Answer { status: 400, body: Bytes::from(body.to_string()) }
    }

    fn count(&self, review: &Review<'_>, verdict: &Verdict) {
        let (subject, decision) = (&review.subject, verdict.decision());
        let kind = subject.kind().map_or("other", |kind| kind.name);
        self.metrics.review(subject.operation.as_str(), kind, decision.as_str());
        if let Decision::CannotJudge(reason) = decision {
            self.metrics.cannot_judge.with_label_values(&[reason.as_str()]).inc();
        }
        for finding in &verdict.findings {
            self.metrics.findings.with_label_values(&[finding.policy.code, finding.mode.as_str()]).inc();
            match finding.because {
                Because::Grandfathered => self.metrics.grandfathered.inc(),
                Because::Exception(_) => self.metrics.excepted.inc(),
                _ => {}
            }
        }
        for missing in &verdict.not_evaluated {
            self.metrics.not_evaluated.with_label_values(&[missing.policy.code]).inc();
        }
        for (policy, _) in &verdict.panicked {
            self.metrics.policy_panics.with_label_values(&[policy.code]).inc();
            tracing::error!(
                policy.code,
                request.uid = review.uid,
                "a policy panicked: this is a defect of Seawall"
            );
        }
    }
}
