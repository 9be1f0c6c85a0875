//! `NSP12 populated-namespace-deletion`: a namespace must not be deleted in one step with what is in it.

use crate::object::kinds::Kind;
use crate::policy::prelude::*;
use crate::policy::{Request, Unknown};

policy! {
    /// A Namespace is deleted that nobody has marked for it.
    ///
    /// One without workloads, CronJobs and volume claims goes without. The request does not tell what is in it: where other
    /// objects are not known, every Namespace needs the mark. Where previews come and go, a rule leaves them out, or what
    /// makes them marks them at once. One that is already being deleted is let go, and so is what Kubernetes removes by
    /// itself.
    ///
    /// ## Why
    /// It takes every Deployment, Secret and volume claim along, at once and for good: one command in the wrong context, and
    /// the work of weeks is gone.
    ///
    /// ## Fix
    /// Mark the Namespace first: `kubectl annotate namespace NAME seawall.dev/deletable=true`.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: DELETE
    /// kind: { group: "", version: v1, kind: Namespace }
    /// name: shop
    /// userInfo: { username: alice }
    /// oldObject: { apiVersion: v1, kind: Namespace, metadata: { name: shop } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: DELETE
    /// kind: { group: "", version: v1, kind: Namespace }
    /// name: shop
    /// userInfo: { username: alice }
    /// oldObject:
    ///   { apiVersion: v1, kind: Namespace, metadata: { name: shop, annotations: { seawall.dev/deletable: "true" } } }
    /// ```
    pub(super) PopulatedNamespaceDeletion = {
        code: "NSP12",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: &[&kinds::NAMESPACE],
        operations: [Delete],
        needs: Request,
        reads: CONTENTS,
        yields_to: ["NSP09" in Object],
        equivalents: [],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Key of the label or annotation that marks a Namespace that may be deleted.
    key: String,
    /// The value that it must have.
    value: String,
}

impl Default for Params {
    fn default() -> Self {
        Self { key: "seawall.dev/deletable".to_owned(), value: "true".to_owned() }
    }
}

/// What is missed when it is gone.
const CONTENTS: &[&Kind] = &[
    &kinds::DEPLOYMENT,
    &kinds::STATEFUL_SET,
    &kinds::DAEMON_SET,
    &kinds::REPLICA_SET,
    &kinds::REPLICATION_CONTROLLER,
    &kinds::CRON_JOB,
    &kinds::PERSISTENT_VOLUME_CLAIM,
];

impl Check for PopulatedNamespaceDeletion {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(namespace) = subject.old else { return };
        if namespace.is_being_deleted() || subject.request.is_some_and(Request::is_cleanup) {
            return;
        }
        if namespace.mark(&params.key, &params.value).is_some() {
            return;
        }
        let name = namespace.name().unwrap_or_default();
        let contents = match contents(name, context) {
            Ok(Some(contents)) => contents,
            Ok(None) => return,
            Err(_) => "all that is in it".to_owned(),
        };
        let name = shown_within(name, 20);
        out.report(namespace, format_args!("`{name}` goes with {contents}, and nothing says that it may"));
    }
}

/// What is in a namespace, in a few words; `None` if there is nothing.
fn contents(namespace: &str, context: &Context<'_>) -> Result<Option<String>, Unknown> {
    let (mut first, mut count) = (None, 0);
    for kind in CONTENTS {
        let objects = context.facts.objects(kind, Some(namespace))?;
        count += objects.len();
        first = first.or_else(|| Some((kind.name, objects.first()?.name()?)));
    }
    Ok(first.map(|(kind, name)| {
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        format!("{kind} `{}`{more}", shown_within(name, 20))
    }))
}
