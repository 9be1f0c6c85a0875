//! The configuration as it is written. The published schema and its reference are made from these types and
//! their documentation.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::words::{GlobText, Moment, NamespaceName, Seconds, Selector, Settings, Switch};
use crate::modes::{Mode, Profile};
use crate::policy::Operation;

/// Values of `apiVersion`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(super) enum ApiVersion {
    #[serde(rename = "seawall.dev/v1")]
    V1,
}

/// Values of `kind` in the configuration.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(super) enum ConfigurationKind {
    Configuration,
}

/// Values of `kind` in a file of exceptions.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(super) enum ExceptionsKind {
    Exceptions,
}

/// The configuration of Seawall: which policy has which mode where.
///
/// Sources in order, later wins: `profile`, `policies`, `rules` in order, exceptions (they only lower, to
/// `audit`), and last `maxMode`, which caps everything. A field that is `null` counts as absent;
/// only in a `scope` and in `failClosed` it is an error, because what was left empty there would hold everywhere.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Configuration {
    /// The version of this format.
    #[serde(rename = "apiVersion")]
    pub(super) _api_version: ApiVersion,
    /// What the file holds.
    #[serde(rename = "kind")]
    pub(super) _kind: ConfigurationKind,
    /// How severities become modes: the mode of every policy about which nothing else is said.
    ///
    /// `baseline`: high `deny`, medium `audit`, low `off`. `production`: high `deny`, medium `warn`, low `audit`.
    /// `strict`: high and medium `deny`, low `warn`. `none`: everything `off`. Opt-in policies are `off` in all.
    #[serde(default)]
    pub(super) profile: Profile,
    /// The strictest mode that anything can have. `audit` is the dry run: findings are recorded and counted,
    /// nobody sees or is refused anything. `warn` never refuses.
    #[serde(default = "Switch::deny")]
    pub(super) max_mode: Switch,
    /// The address that a denial gives for reading more; without it, none is given.
    #[schemars(regex(pattern = "^https?://"))]
    pub(super) docs_url: Option<String>,
    /// Whether an update may keep what the object violated before: such findings are lowered to `warn`, new and
    /// worse ones keep their mode.
    #[serde(default = "yes")]
    pub(super) ratchet: bool,
    /// How objects are judged that Kubernetes' own controllers make for an owner that is itself reviewed.
    #[serde(default)]
    pub(super) pods_of_controllers: PodsOfControllers,
    /// Modes and parameters of policies, everywhere; where several select a policy, the later one wins.
    ///
    /// The keys are codes such as `IMG01`, names such as `latest-image-tag`, prefixes of themes such as `SEC`, or
    /// `all`; the values a mode alone or an object with `mode` and `params`. An opt-in policy is off until its own code or
    /// name stands here or in a rule: themes and `all` then mean it too.
    #[serde(default)]
    pub(super) policies: Settings,
    /// Modes and parameters of policies in a scope, in order; where several apply, the later one wins.
    #[serde(default)]
    pub(super) rules: Vec<Option<Rule>>,
    /// Dated permissions to violate policies: they lower findings to `audit` until they expire.
    #[serde(default)]
    pub(super) exceptions: Vec<Option<Exception>>,
    /// Further files with exceptions (`kind: Exceptions`), so that teams can own theirs: paths relative to this
    /// file, in which `*`, `?`, `[…]` and `{…}` stand for parts of one name of a file or directory.
    #[serde(default, rename = "exceptionFiles")]
    pub(super) _exception_files: Vec<GlobText>,
    /// Custom resources whose Pods are judged as those of a Deployment are.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(super) workloads: Vec<Option<Workload>>,
    /// How the API server is told to call Seawall. What it calls for is computed from the enabled policies.
    #[serde(default)]
    pub(super) registration: Registration,
}

/// A file of exceptions, named by `exceptionFiles` of the configuration.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "fields have the names of the format")]
pub(super) struct Exceptions {
    /// The version of this format.
    #[serde(rename = "apiVersion")]
    pub(super) _api_version: ApiVersion,
    /// What the file holds.
    #[serde(rename = "kind")]
    pub(super) _kind: ExceptionsKind,
    /// The exceptions, just as in the configuration.
    #[serde(default)]
    pub(super) exceptions: Vec<Option<Exception>>,
}

/// How objects are judged that Kubernetes' own controllers make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PodsOfControllers {
    /// At most `audit`: the template was judged, and a drain or a scale-up is never refused.
    #[default]
    Audit,
    /// As if people had made them.
    Enforce,
}

/// Mode and parameters of the policies that a key of `policies` selects.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct Setting {
    /// The mode; without one the earlier sources decide.
    pub(super) mode: Option<Switch>,
    /// Parameters of the policy; those that are not named keep their values.
    pub(super) params: Option<Map<String, Value>>,
}

/// A custom resource that carries the template of Pods, such as a Rollout of Argo.
///
/// Every policy about Pods looks at the template, and findings name their place in the custom resource. The Pods are
/// taken to run until somebody stops them unless the template has another `restartPolicy`: a Job of another kind should
/// say so. An object without a template, because it refers to a Deployment, has none to judge.
///
/// What the custom resource's controller makes from the template, such as the ReplicaSets of a Rollout, is judged in
/// full, whatever `podsOfControllers` says: only Kubernetes' own controllers are known by name. A rule about its
/// account (`users`) can lower that.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Workload {
    /// API group.
    #[schemars(
        length(max = 253),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$")
    )]
    pub(super) group: String,
    /// The version that the webhook is sent: the API server converts every other one to it.
    #[schemars(length(max = 63), regex(pattern = r"^v[1-9][0-9]*((alpha|beta)[1-9][0-9]*)?$"))]
    pub(super) version: String,
    /// The name in `kind`. A kind has one entry, and with it one template.
    #[schemars(length(max = 63), regex(pattern = r"^[A-Z][A-Za-z0-9]*$"))]
    pub(super) kind: String,
    /// The name in URLs. Objects of the kind live in namespaces.
    #[schemars(length(max = 63), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub(super) plural: String,
    /// Where the Pod template (`metadata` and `spec`) is: keys from the root of the object, with a dot between them;
    /// no lists.
    #[schemars(length(max = 253), regex(pattern = r"^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)*$"))]
    pub(super) pod_template: String,
}

/// Mode, parameters or both, of some policies in a scope.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Rule {
    /// What the rule is called in explanations.
    #[schemars(length(min = 1, max = 100))]
    pub(super) name: Option<String>,
    /// Where the rule applies; everywhere if nothing is said.
    #[serde(default)]
    pub(super) scope: Scope,
    /// The policies it is about.
    #[schemars(length(min = 1))]
    pub(super) policies: Vec<Selector>,
    /// The mode; without one the earlier sources decide, and the rule only sets parameters.
    pub(super) mode: Option<Switch>,
    /// Parameters, over those of `policies`: each of the rule's policies must know them.
    pub(super) params: Option<Map<String, Value>>,
    /// The date or instant from which the rule holds. Until then, findings that would become stricter say so.
    pub(super) from: Option<Moment>,
}

/// A dated permission to violate policies: it lowers findings to `audit`, until it expires.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Exception {
    /// The policies that may be violated.
    #[schemars(length(min = 1))]
    pub(super) policies: Vec<Selector>,
    /// Where they may be violated; at least one condition.
    #[schemars(extend("minProperties" = 1))]
    pub(super) scope: Scope,
    /// Who answers for it: a team, an address, a channel.
    #[schemars(regex(pattern = r"\S"))]
    pub(super) owner: String,
    /// Why it is needed.
    #[schemars(regex(pattern = r"\S"))]
    pub(super) reason: String,
    /// The date or instant from which it does nothing any more and is reported as expired.
    pub(super) expires: Moment,
}

/// Where a rule or an exception applies: every condition that is set must hold, and one of the values of each.
///
/// In patterns, `*` stands for any text, `?` for one character, `[…]` for one of some characters and `{a,b}` for
/// one of some texts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Scope {
    /// Patterns of names of namespaces. A Namespace object counts as being in itself.
    #[schemars(length(min = 1))]
    pub(super) namespaces: Vec<GlobText>,
    /// Labels of the namespace. While they are not known, the strictest mode that may apply is taken, but at
    /// most `warn`; so it is with `namespaces` where a file does not say which one an object goes to.
    pub(super) namespace_selector: Option<LabelSelector>,
    /// Kinds, as `Deployment` or, with the group, `Deployment.apps`.
    #[schemars(length(min = 1), inner(regex(pattern = r"^[A-Z][A-Za-z0-9]*(\.[a-z0-9.-]+)?$")))]
    pub(super) kinds: Vec<String>,
    /// Patterns of names of objects.
    #[schemars(length(min = 1))]
    pub(super) names: Vec<GlobText>,
    /// Operations.
    #[schemars(length(min = 1))]
    pub(super) operations: Vec<Operation>,
    /// Patterns of names of users, such as `system:serviceaccount:ci:*`. Only the webhook knows who writes.
    #[schemars(length(min = 1))]
    pub(super) users: Vec<GlobText>,
    /// Patterns of names of groups, of which the user is in one. Only the webhook knows who writes.
    #[schemars(length(min = 1))]
    pub(super) groups: Vec<GlobText>,
    /// Labels of the object; for `scale`, `exec` and other subresources those of the object that they belong to. Whoever
    /// may write an object chooses them. Where they are not known, a rule refuses nothing, and an exception lowers to
    /// `warn`.
    pub(super) object_selector: Option<LabelSelector>,
    /// Patterns of names of containers: only findings in these containers are meant.
    #[schemars(length(min = 1))]
    pub(super) containers: Vec<GlobText>,
    /// Patterns of image references, as written or with Docker Hub's short forms written out: only findings in
    /// containers that run these images are meant.
    #[schemars(length(min = 1))]
    pub(super) images: Vec<GlobText>,
}

/// How the API server is told to call Seawall: the part of the ValidatingWebhookConfiguration that people decide.
/// Kinds, operations and subresources are those that the enabled policies look at, and nothing more;
/// `seawall webhook-config` prints the result.
///
/// Never reviewed, whatever is said here: the namespace `kube-system`, Seawall's own, and what the API server
/// itself, nodes and the scheduler write.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Registration {
    /// How long the API server waits for an answer, in seconds: so much longer may a write take that is reviewed.
    #[serde(default)]
    pub(super) timeout_seconds: Seconds,
    /// What is refused while nobody answers. Without it, everything goes through then, unjudged.
    pub(super) fail_closed: Option<FailClosed>,
    /// Names of further namespaces in which nothing is reviewed. `rules` can do the same in a way that can be
    /// explained; this also spares the calls.
    #[serde(default)]
    pub(super) exclude_namespaces: Vec<NamespaceName>,
    /// Labels that a namespace must have for anything in it to be reviewed. Objects in no namespace are reviewed
    /// all the same.
    pub(super) namespace_selector: Option<LabelSelector>,
    /// Labels that an object must have to be reviewed. Whoever writes an object writes its labels, and so chooses
    /// to be reviewed or not; connections such as `exec` have no labels and are then never reviewed.
    pub(super) object_selector: Option<LabelSelector>,
}

/// What the API server refuses while nobody answers: requests of the kinds and operations that some policies look
/// at, in some namespaces.
///
/// Only policies count that may refuse something, under `maxMode` too: what blocks nothing while Seawall answers
/// blocks nothing while it does not. Where namespaces are named, objects in none fail open; a Namespace object
/// counts as being in itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FailClosed {
    /// The policies for whose kinds and operations it holds.
    #[serde(default = "all_policies")]
    #[schemars(length(min = 1))]
    pub(super) policies: Vec<Selector>,
    /// The names of the namespaces for which it holds; without it and `namespaceSelector`, everywhere.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) namespaces: Vec<NamespaceName>,
    /// The same by labels, with exactly one condition: it is negated for all other namespaces.
    pub(super) namespace_selector: Option<LabelSelector>,
}

/// A label selector as the Kubernetes API has it: all its conditions must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct LabelSelector {
    /// Labels that must have just this value.
    #[schemars(extend("minProperties" = 1))]
    pub(super) match_labels: BTreeMap<String, String>,
    /// Further conditions.
    #[schemars(length(min = 1))]
    pub(super) match_expressions: Vec<Requirement>,
}

/// A condition on one label.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Requirement {
    /// The key of the label.
    #[schemars(length(min = 1))]
    pub(super) key: String,
    /// How the label is compared.
    pub(super) operator: Operator,
    /// The values of `In` and `NotIn`; the other operators have none.
    #[serde(default)]
    pub(super) values: Vec<String>,
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(super) enum Operator {
    /// The label has one of the values.
    In,
    /// The label is absent or has none of the values.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is not there.
    DoesNotExist,
}

impl Switch {
    fn deny() -> Self {
        Self(Mode::Deny)
    }
}

fn yes() -> bool {
    true
}

fn all_policies() -> Vec<Selector> {
    vec![Selector("all".to_owned())]
}
