//! `JOB06 standalone-job`: what is to be run again should be written down.

use crate::object::batch::Job;
use crate::policy::prelude::*;

policy! {
    /// A Job does not come from a CronJob.
    ///
    /// Off unless it is selected, because migrations and hooks of releases are Jobs of their own. A run by hand of a
    /// CronJob (`kubectl create job --from`) has it as owner and passes. Who owns a Job is what the Job says.
    ///
    /// ## Why
    /// A Job that somebody started once is in no repository: when it has to be run again, nobody knows how.
    ///
    /// ## Fix
    /// Write a CronJob, with `suspend: true` if it has no schedule, and run it by `kubectl create job --from`.
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
    /// metadata:
    ///   name: import-29384756
    ///   namespace: shop
    ///   ownerReferences: [{ apiVersion: batch/v1, kind: CronJob, name: import, uid: "1", controller: true }]
    /// spec: { template: { spec: { restartPolicy: Never, containers: [{ name: import, image: "import:1.0.0" }] } } }
    /// ```
    pub(super) StandaloneJob = {
        code: "JOB06",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Job,
        equivalents: ["kyverno:restrict-jobs", "kubescape:C-0026"],
    }
}

impl Check for StandaloneJob {
    type Params = NoParams;

    fn check(_: &NoParams, job: Job<'_>, _: &Context<'_>, out: &mut Findings) {
        let owners = job.metadata().map(|metadata| metadata.owner_references());
        let mut kinds = owners.into_iter().flat_map(|owners| owners.iter()).filter_map(|owner| owner.kind());
        if !kinds.any(|kind| *kind == "CronJob") {
            out.report(job.missing("metadata.ownerReferences"), "does not come from a CronJob");
        }
    }
}
