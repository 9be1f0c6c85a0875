//! `JOB03 unexpiring-job`: a Job that is done stays until somebody deletes it.

use crate::object::batch::{CronJob, Job};
use crate::object::meta::Object;
use crate::policy::prelude::*;

policy! {
    /// A Job of its own is not deleted when it is done, or one of a CronJob is deleted before its history is over.
    ///
    /// Jobs with an owner pass, because they go with it; so do hooks of Helm and Argo CD, which delete their Jobs
    /// themselves. A CronJob keeps as many Jobs as its history limits say, for people to look at:
    /// `ttlSecondsAfterFinished` in its template takes them away.
    ///
    /// ## Why
    /// Jobs that are done and their Pods stay in the API server for good. A pipeline that makes one at every run
    /// fills it with thousands: lists take seconds, quotas of objects are used up, and the next Job cannot be
    /// created.
    ///
    /// ## Fix
    /// Set `ttlSecondsAfterFinished` in a Job; leave it out of a CronJob and set `failedJobsHistoryLimit` instead.
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
    ///   ttlSecondsAfterFinished: 86400
    ///   template: { spec: { restartPolicy: Never, containers: [{ name: import, image: "import:1.0.0" }] } }
    /// ```
    pub(super) UnexpiringJob = {
        code: "JOB03",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &[&kinds::JOB, &kinds::CRON_JOB],
        equivalents: ["kube-linter:job-ttl-seconds-after-finished"],
        references: ["https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/"],
    }
}

/// Annotations of those that delete their Jobs themselves.
const HOOKS: [&str; 2] = ["helm.sh/hook", "argocd.argoproj.io/hook"];

impl Check for UnexpiringJob {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        if let Some(spec) = subject.lens::<Job<'static>>().and_then(Job::spec) {
            if spec.ttl_seconds_after_finished().is_none() && !subject.judged().is_some_and(is_looked_after) {
                out.report(
                    spec.missing("ttlSecondsAfterFinished"),
                    "stays when it is done, and so do its Pods",
                );
            }
        } else if let Some(cron_job) = subject.lens::<CronJob<'static>>().and_then(CronJob::spec) {
            let spec = cron_job.job_template().and_then(Job::spec);
            if let Some(seconds) = spec.and_then(|spec| spec.ttl_seconds_after_finished()) {
                out.report(seconds, "takes Jobs away that the history limits of the CronJob keep")
                    .fix(Fix::remove(seconds));
            }
        }
    }
}

fn is_looked_after(job: Object<'_>) -> bool {
    job.controller().is_some() || HOOKS.iter().any(|hook| job.annotation(hook).is_some())
}
