//! `JOB05 unbounded-job`: work that ends has to end when it goes wrong, too.

use crate::object::batch::{CronJob, Job, JobSpec};
use crate::policy::prelude::*;

policy! {
    /// A Job may run for ever, or try again too often.
    ///
    /// A deadline of its Pods counts as one of the Job, because the number of tries is limited. Where failures are
    /// counted for each index, that number is judged. Jobs that a CronJob has made pass: its template is judged.
    ///
    /// ## Why
    /// A Job that waits for a lock or for an answer that never comes is neither done nor failed: nobody is told, its
    /// resources are taken, and a CronJob that forbids overlapping never starts the next run. One that tries again a
    /// hundred times sends the mail a hundred times.
    ///
    /// ## Fix
    /// Set `activeDeadlineSeconds` to what the work may take at most, and keep `backoffLimit` small.
    ///
    /// ## Exceptions
    /// Training and other work that takes days, by name.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata: { name: import, namespace: shop }
    /// spec: { template: { spec: { restartPolicy: Never, containers: [{ name: import, image: "import:1.0.0" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata: { name: import, namespace: shop }
    /// spec:
    ///   activeDeadlineSeconds: 3600
    ///   template: { spec: { restartPolicy: Never, containers: [{ name: import, image: "import:1.0.0" }] } }
    /// ```
    pub(super) UnboundedJob = {
        code: "JOB05",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &[&kinds::JOB, &kinds::CRON_JOB],
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// How often a Job may try again.
    max_retries: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self { max_retries: 6 }
    }
}

impl Check for UnboundedJob {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let template = || subject.lens::<CronJob<'static>>()?.spec()?.job_template();
        let Some(spec) = subject.lens::<Job<'static>>().or_else(template).and_then(Job::spec) else { return };
        let owner = subject.judged().and_then(|job| job.controller()?.kind());
        if owner.is_none_or(|kind| *kind != "CronJob") {
            params.judge(spec, out);
        }
    }
}

impl Params {
    fn judge(&self, spec: JobSpec<'_>, out: &mut Findings) {
        let of_pods = || spec.template()?.spec()?.active_deadline_seconds();
        if spec.active_deadline_seconds().or_else(of_pods).is_none() {
            out.report(
                spec.missing("activeDeadlineSeconds"),
                "may run for ever: a run that hangs never fails",
            );
        }
        let retries = spec.backoff_limit_per_index().unwrap_or(spec.backoff_limit());
        if *retries > self.max_retries.into() {
            out.report(retries, format_args!("tries again {retries} times, more than {}", self.max_retries))
                .magnitude(*retries);
        }
    }
}
