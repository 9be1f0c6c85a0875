//! Whether a Pod has the token of its account.

use crate::object::View as _;
use crate::object::kinds;
use crate::object::pod::Pod;
use crate::object::rbac::ServiceAccount;
use crate::policy::Context;

/// What the names of the volumes begin with by which the API server puts tokens into Pods.
const VOLUME: &str = "kube-api-access-";

/// The account that a Pod has unless it names one.
pub(in crate::catalogue::rbac) const DEFAULT: &str = "default";

/// Whether the token is put into the containers, as far as the Pod itself tells. One that has been made tells all:
/// it has the volume or not.
pub(in crate::catalogue::rbac) fn is_mounted(pod: &Pod<'_>) -> bool {
    let is_made = *pod.carrier == kinds::POD && pod.metadata.is_some_and(|metadata| metadata.uid().is_some());
    let has_volume = || {
        let mut names = pod.spec.volumes().iter().filter_map(|volume| volume.name());
        names.any(|name| name.starts_with(VOLUME))
    };
    *pod.spec.automount_service_account_token() && (!is_made || has_volume())
}

/// Whether the account of the Pod is known to put no tokens into Pods that say nothing themselves.
pub(in crate::catalogue::rbac) fn is_switched_off(pod: &Pod<'_>, context: &Context<'_>) -> bool {
    let name = pod.spec.account().map_or(DEFAULT, |name| *name);
    let accounts = context.facts.objects(&kinds::SERVICE_ACCOUNT, context.subject.namespace);
    let is_it = |account: &ServiceAccount<'_>| {
        account.metadata().and_then(|metadata| metadata.name()).is_some_and(|it| *it == name)
    };
    let mut accounts =
        accounts.into_iter().flatten().filter_map(|account| ServiceAccount::view(account.node()));
    accounts.find(is_it).is_some_and(|account| !*account.automount_service_account_token())
}
