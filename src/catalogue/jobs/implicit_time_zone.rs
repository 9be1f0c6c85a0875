//! `JOB07 implicit-time-zone`: three in the morning is not the same everywhere.

use crate::object::batch::CronJob;
use crate::policy::prelude::*;

policy! {
    /// A CronJob runs at an hour of a time zone that it does not name, or names it in its schedule.
    ///
    /// A schedule that is the same at every hour, such as `*/5 * * * *` or `@hourly`, needs none.
    ///
    /// ## Why
    /// Without `timeZone` the one of the controller manager counts, which is UTC with most providers and something
    /// else in a cluster of one's own. The backup runs in the middle of the day, or moves when the cluster does.
    /// `TZ=` in a schedule was never supported: newer versions of Kubernetes refuse it.
    ///
    /// ## Fix
    /// Set `timeZone`, such as `Etc/UTC` or `Europe/Berlin`.
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
    ///   timeZone: Etc/UTC
    ///   jobTemplate: { spec: { template: { spec: { containers: [{ name: backup, image: "backup:1.0.0" }] } } } }
    /// ```
    pub(super) ImplicitTimeZone = {
        code: "JOB07",
        since: "0.1.0",
        severity: Low,
        on: CronJob,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones"],
    }
}

impl Check for ImplicitTimeZone {
    type Params = NoParams;

    fn check(_: &NoParams, job: CronJob<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = job.spec() else { return };
        let Some(schedule) = spec.schedule() else { return };
        // As the API server looks for it: `TZ=` and `CRON_TZ=`, wherever they stand.
        if schedule.contains("TZ") {
            out.report(schedule, "names its time zone in the schedule instead of `timeZone`");
        } else if spec.time_zone().is_none() && depends_on_hour(&schedule) {
            let schedule = shown(&schedule);
            out.report(
                spec.missing("timeZone"),
                format_args!("`{schedule}` is meant in a time zone that nothing names"),
            );
        }
    }
}

/// Whether a schedule is another one in another time zone.
fn depends_on_hour(schedule: &str) -> bool {
    let schedule = schedule.trim();
    if schedule.starts_with('@') {
        return schedule != "@hourly" && !schedule.starts_with("@every");
    }
    schedule.split_whitespace().skip(1).any(|field| !matches!(field, "*" | "?"))
}
