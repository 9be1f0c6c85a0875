//! `NSP07 mixed-environments`: what is being tried out must not share a cluster with what has to run.

use crate::policy::prelude::*;

policy! {
    /// A Namespace belongs to another environment than its cluster.
    ///
    /// Its label says which; without one its name does, by a whole word: `shop-test` is one for testing, `latest` and
    /// `contest` are not. The cluster is one for production unless the parameters say otherwise: where it is not,
    /// `environments` are its own and `others` those that must stay away.
    ///
    /// ## Why
    /// A namespace is not a boundary: nodes, network, the API server and its storage are shared. The load test of a feature
    /// takes the nodes of the shop, its jobs reach the wrong database by a name that is right elsewhere, and its CRDs and
    /// webhooks are everybody's.
    ///
    /// ## Fix
    /// Put it into a cluster of its environment.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop, labels: { environment: staging } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop, labels: { environment: production } }
    /// ```
    pub(super) MixedEnvironments = {
        code: "NSP07",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: &[&kinds::NAMESPACE],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/security/multi-tenancy/#isolation"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// What the environment of the cluster is called, in whatever case. A label must be one of these.
    environments: Vec<String>,
    /// Words that no name may have.
    others: Vec<String>,
    /// Keys of the labels that say which environment it is; the first that is there counts.
    label_keys: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            environments: owned(&["production", "prod", "prd", "live"]),
            others: owned(&[
                "dev",
                "develop",
                "development",
                "nonprod",
                "preprod",
                "preview",
                "qa",
                "sandbox",
                "stage",
                "staging",
                "stg",
                "test",
                "testing",
                "uat",
            ]),
            label_keys: owned(&["environment", "env"]),
        }
    }
}

impl Check for MixedEnvironments {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(namespace) = subject.object else { return };
        let is_one_of = |list: &[String], word: &str| list.iter().any(|it| it.eq_ignore_ascii_case(word));
        let own = shown_within(params.environments.first().map_or("", String::as_str), 20);
        if let Some(label) = params.label_keys.iter().find_map(|key| namespace.label(key)) {
            if !is_one_of(&params.environments, &label) {
                out.report(label, format_args!("Namespace for `{}` in a cluster for `{own}`", shown(&label)));
            }
            return;
        }
        let Some(name) = namespace.metadata().and_then(|metadata| metadata.name()) else { return };
        let mut words = name.split(|char: char| !char.is_ascii_alphanumeric());
        if let Some(word) = words.find(|word| is_one_of(&params.others, word)) {
            let word = shown_within(word, 20);
            out.report(name, format_args!("Namespace for `{word}`, by its name, in a cluster for `{own}`"));
        }
    }
}
