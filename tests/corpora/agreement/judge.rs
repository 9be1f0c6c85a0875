//! Policies over the objects of a case.

use std::collections::HashMap;

use libtest_mimic::Failed;
use seawall::config::{self, Overrides};
use seawall::engine::Rules;
use seawall::manifests::{self, ManifestSet};
use seawall::policy::Meta;
use serde_json::{Map, Value, json};

use super::Case;
use super::settings::parameters;
use crate::webhook::now;

/// Rules for every selection of policies and parameters that there has been.
#[derive(Default)]
pub(super) struct Judge(HashMap<String, Rules>);

impl Judge {
    /// What the policies find.
    pub(super) fn found(
        &mut self,
        tool: &str,
        policies: &[&Meta],
        case: &Case,
    ) -> Result<Vec<String>, Failed> {
        let rules = self.rules(policies, parameters(tool, &case.check, &case.settings))?;
        let judged = set(&case.objects).objects().count();
        let set = set(case.objects.iter().chain(&case.beside));
        let verdicts = manifests::check(&set, rules, None, now()).map(|checked| checked.verdict).take(judged);
        Ok(verdicts
            .flat_map(|verdict| verdict.findings)
            .map(|finding| finding.message().to_owned())
            .collect())
    }

    fn rules(&mut self, policies: &[&Meta], mut parameters: Map<String, Value>) -> Result<&Rules, Failed> {
        let settings: Map<_, _> = policies
            .iter()
            .map(|meta| {
                let parameters = parameters.remove(meta.code).unwrap_or_else(|| json!({}));
                (meta.code.to_owned(), json!({ "mode": "deny", "params": parameters }))
            })
            .collect();
        if !parameters.is_empty() {
            let codes: Vec<_> = parameters.keys().collect();
            return Err(format!("parameters of policies that do not answer to the check: {codes:?}").into());
        }
        let configuration = json!({
            "apiVersion": "seawall.dev/v1",
            "kind": "Configuration",
            "profile": "none",
            "podsOfControllers": "enforce",
            "policies": settings,
        });
        let text = configuration.to_string();
        if !self.0.contains_key(&text) {
            let loaded = config::parse(&text, "agreement", &Overrides::default(), now())
                .map_err(|errors| format!("{text}: {errors}"))?;
            self.0.insert(text.clone(), Rules::new(loaded.config.table, "test"));
        }
        Ok(&self.0[&text])
    }
}

fn set<'v>(objects: impl IntoIterator<Item = &'v Value>) -> ManifestSet {
    let texts: Vec<_> = objects.into_iter().map(Value::to_string).collect();
    ManifestSet::read(&["-".into()], &mut texts.join("\n---\n").as_bytes())
}
