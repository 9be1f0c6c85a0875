//! What an operator decides about the webhooks.

use crate::modes::{LabelRequirement, LabelSelector};

/// The namespace that no configuration can have reviewed: what the cluster needs to come up is there.
pub const NEVER_REVIEWED: &str = "kube-system";

/// The label by which the API server lets a namespace be selected by name; it sets it itself.
pub(super) const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// The section `registration` of the configuration, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long the API server waits for an answer, in seconds: 1 to 30.
    pub timeout_seconds: u8,
    /// What the API server refuses while nobody answers; without it, nothing.
    pub fail_closed: Option<FailClosed>,
    /// Names of namespaces that are not reviewed, besides `kube-system` and Seawall's own.
    pub exclude_namespaces: Vec<String>,
    /// What every namespace that is reviewed has to have besides.
    pub namespace_selector: Option<LabelSelector>,
    /// What every object that is reviewed has to have.
    pub object_selector: Option<LabelSelector>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout_seconds: 3,
            fail_closed: None,
            exclude_namespaces: Vec::new(),
            namespace_selector: None,
            object_selector: None,
        }
    }
}

/// What the API server refuses while nobody answers: the requests that these policies look at, in some namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailClosed {
    /// Codes, names, prefixes of themes or `all`. Of the policies that they select, those count that may refuse
    /// something: what can only warn must not block when it is gone.
    pub policies: Vec<String>,
    /// The namespaces, by one requirement, because it takes the negation of it to say which are the others;
    /// `None` for all, and then for what is in no namespace too.
    pub within: Option<LabelRequirement>,
}

impl FailClosed {
    /// The requirement that a namespace has one of these names.
    pub fn named(namespaces: Vec<String>) -> LabelRequirement {
        LabelRequirement::In(NAMESPACE_NAME.to_owned(), namespaces)
    }
}
