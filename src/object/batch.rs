//! Kinds of the API group `batch`: work that ends.

use super::lens::{Int, Text, lens};
use super::meta::ObjectMeta;
use super::pod_spec::PodTemplate;

lens! {
    /// [`Job`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/), or the template of
    /// one.
    Job {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: JobSpec,
    }

    /// What is run to its end.
    JobSpec {
        "activeDeadlineSeconds" => active_deadline_seconds: Int,
        "backoffLimit" => backoff_limit: Int = 6,
        "backoffLimitPerIndex" => backoff_limit_per_index: Int,
        "ttlSecondsAfterFinished" => ttl_seconds_after_finished: Int,
        "template" => template: PodTemplate,
    }

    /// [`CronJob`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/).
    CronJob {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: CronJobSpec,
    }

    /// Which Job is made, and when.
    CronJobSpec {
        "schedule" => schedule: Text,
        "timeZone" => time_zone: Text,
        "startingDeadlineSeconds" => starting_deadline_seconds: Int,
        "concurrencyPolicy" => concurrency_policy: Text = "Allow",
        "jobTemplate" => job_template: Job,
    }
}
