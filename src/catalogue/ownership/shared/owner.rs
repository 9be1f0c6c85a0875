//! By what an object shows that Git or a Helm release owns it.

use crate::object::Text;
use crate::object::meta::Object;

/// Keys of labels and annotations that GitOps controllers and Helm put on what they own.
pub(in super::super) fn default_keys() -> Vec<String> {
    let keys = [
        "argocd.argoproj.io/tracking-id",
        "argocd.argoproj.io/instance",
        "configsync.gke.io/resource-id",
        "helm.toolkit.fluxcd.io/name",
        "kustomize.toolkit.fluxcd.io/name",
        "meta.helm.sh/release-name",
    ];
    keys.map(str::to_owned).into()
}

/// The label or annotation that says who owns the object. What a controller makes of an owned object carries its
/// labels, not its ownership.
pub(in super::super) fn mark<'t>(object: Object<'t>, keys: &[String]) -> Option<Text<'t>> {
    if object.controller().is_some() {
        return None;
    }
    let metadata = object.metadata()?;
    let (annotations, labels) = (metadata.annotations(), metadata.labels());
    keys.iter().find_map(|key| annotations.get(key).or_else(|| labels.get(key)))
}
