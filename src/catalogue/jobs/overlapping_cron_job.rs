//! `JOB04 overlapping-cron-job`: a run must not start while the one before it is still at work.

use crate::object::batch::CronJob;
use crate::policy::prelude::*;

policy! {
    /// A CronJob allows its runs to overlap: `concurrencyPolicy` is `Allow`, which is also the default.
    ///
    /// ## Why
    /// A run that takes longer than its interval meets the next one. Two backups write to one file, two importers
    /// take the same rows; and a run that hangs is joined by another one at every interval, until the nodes or the
    /// connections of the database are used up.
    ///
    /// ## Fix
    /// Set `concurrencyPolicy: Forbid` to skip a run, or `Replace` to end the one that is still at work.
    ///
    /// ## Exceptions
    /// Jobs that may run several times at once, because each takes its own part of the work.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: { name: backup, namespace: shop }
    /// spec:
    ///   schedule: "0 * * * *"
    ///   concurrencyPolicy: Allow
    ///   jobTemplate: { spec: { template: { spec: { containers: [{ name: backup, image: "backup:1.0.0" }] } } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: { name: backup, namespace: shop }
    /// spec:
    ///   schedule: "0 * * * *"
    ///   concurrencyPolicy: Forbid
    ///   jobTemplate: { spec: { template: { spec: { containers: [{ name: backup, image: "backup:1.0.0" }] } } } }
    /// ```
    pub(super) OverlappingCronJob = {
        code: "JOB04",
        since: "0.1.0",
        severity: Low,
        on: CronJob,
        equivalents: ["datree:CRONJOB_MISSING_CONCURRENCYPOLICY_KEY"],
        references: ["https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy"],
    }
}

impl Check for OverlappingCronJob {
    type Params = NoParams;

    fn check(_: &NoParams, job: CronJob<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(concurrency) = job.spec().map(|spec| spec.concurrency_policy()) else { return };
        if *concurrency == "Allow" {
            out.report(concurrency, "a run may start while the one before it is still at work");
        }
    }
}
