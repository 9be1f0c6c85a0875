//! Kinds of the API group `batch`: work that ends.

use super::lens::{Text, lens};
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
        "template" => template: PodTemplate,
    }

    /// [`CronJob`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/).
    CronJob {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: CronJobSpec,
    }

    /// Which Job is made, and when.
    CronJobSpec {
        "concurrencyPolicy" => concurrency_policy: Text = "Allow",
        "jobTemplate" => job_template: Job,
    }
}
