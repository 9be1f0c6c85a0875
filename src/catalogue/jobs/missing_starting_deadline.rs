//! `JOB01 missing-starting-deadline`: a run that comes too late may do more harm than one that does not come.

use crate::object::batch::CronJob;
use crate::policy::prelude::*;

policy! {
    /// A CronJob does not say until when a missed run may still start, or says so little that it may never start.
    ///
    /// The controller looks every ten seconds: with a deadline below that a run may be missed although nothing is
    /// wrong.
    ///
    /// ## Why
    /// Without `startingDeadlineSeconds` a run that was missed, because the control plane was down or the run before it
    /// was still at work, starts whenever it can: the nightly import at noon. After an outage the CronJobs of a whole
    /// cluster start at once, all late, when it has the least to spare.
    ///
    /// ## Fix
    /// Set `startingDeadlineSeconds` to how late a run may start and still be of use.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: { name: backup, namespace: shop }
    /// spec:
    ///   schedule: "0 3 * * *"
    ///   jobTemplate: { spec: { template: { spec: { containers: [{ name: backup, image: "backup:1.0.0" }] } } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: { name: backup, namespace: shop }
    /// spec:
    ///   schedule: "0 3 * * *"
    ///   startingDeadlineSeconds: 3600
    ///   jobTemplate: { spec: { template: { spec: { containers: [{ name: backup, image: "backup:1.0.0" }] } } } }
    /// ```
    pub(super) MissingStartingDeadline = {
        code: "JOB01",
        since: "0.1.0",
        severity: Low,
        on: CronJob,
        equivalents: ["kube-score:cronjob-has-deadline", "datree:CRONJOB_MISSING_STARTINGDEADLINESECOND_KEY"],
        references: [
            "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The least number of seconds.
    min_seconds: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self { min_seconds: 10 }
    }
}

impl Check for MissingStartingDeadline {
    type Params = Params;

    fn check(params: &Params, job: CronJob<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = job.spec() else { return };
        match spec.starting_deadline_seconds() {
            None => {
                out.report(
                    spec.missing("startingDeadlineSeconds"),
                    "a run that was missed may start at any time later",
                );
            }
            Some(seconds) if *seconds < params.min_seconds.into() => {
                let least = params.min_seconds;
                out.report(seconds, format_args!("less than {least} s to start a run: it may be missed"));
            }
            Some(_) => {}
        }
    }
}
