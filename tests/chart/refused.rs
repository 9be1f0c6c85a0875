//! What the schema refuses, and whether the message says what to mend.

use crate::{Outcome, Stop, helm, none_of};

/// Arguments that are wrong, and what a person has to read of them.
const WRONG: &[(&str, &[&str])] = &[
    ("--set=replicas=3", &["additional properties 'replicas' not allowed"]),
    ("--set=image.tagg=x", &["/image", "additional properties 'tagg' not allowed"]),
    ("--set=maxMode=block", &["/maxMode", "'audit', 'warn', 'deny'"]),
    ("--set=replicaCount=two", &["/replicaCount", "got string, want integer"]),
    ("--set=hostNetwork=yes", &["/hostNetwork", "got string, want boolean"]),
    ("--set=ports.webhook=70000", &["/ports/webhook", "maximum: got 70,000, want 65,535"]),
    ("--set=podDisruptionBudget.maxUnavailable=0", &["/podDisruptionBudget/maxUnavailable"]),
    ("--set=image.digest=sha256:abc", &["/image/digest", "does not match pattern"]),
    ("--set=certificates.mode=files", &["/certificates/secretName", "minLength"]),
    ("--set-json=registration.webhooks=[{}]", &["/registration/webhooks", "maxItems"]),
    ("--set-json=certificates.certManager.issuerRef={\"kind\":\"ClusterIssuer\"}", &["issuerRef", "'name'"]),
    // The configuration: misspelt, of the wrong type, or said elsewhere.
    ("--set=config.profle=strict", &["/config", "additional properties 'profle' not allowed"]),
    ("--set=config.maxMode=deny", &["/config", "additional properties 'maxMode' not allowed"]),
    ("--set=config.profile=lax", &["/config/profile"]),
    (
        "--set=config.policies.IMG01.mod=deny",
        &["/config/policies/IMG01", "additional properties 'mod' not allowed"],
    ),
    ("--set-json=config.rules=[{\"polices\":[\"all\"]}]", &["/config/rules/0", "'polices' not allowed"]),
    (
        "--set-json=config.rules=[{\"policies\":[\"all\"],\"scope\":{\"namespace\":[\"a\"]}}]",
        &["/config/rules/0/scope", "'namespace' not allowed"],
    ),
    ("--set-json=infrastructureRules=[{\"name\":\"x\"}]", &["/infrastructureRules/0", "policies"]),
    // A registration that is not that of the configuration.
    (
        "--set=registration.static=true,config.profile=strict",
        &["set registration.webhooks", "webhook-config"],
    ),
    ("--set=resources.limits.memory=lots", &["/resources/limits/memory"]),
];

pub(crate) fn misspelt() -> Outcome {
    let mut faults = Vec::new();
    for (argument, wanted) in WRONG {
        match helm::template("seawall", &[argument]) {
            Ok(_) => faults.push(format!("{argument} is taken")),
            Err(Stop::Failed(said)) => {
                let missing: Vec<_> = wanted.iter().filter(|it| !said.contains(**it)).collect();
                if !missing.is_empty() {
                    faults.push(format!("{argument}: nothing of {missing:?} in\n{said}"));
                }
            }
            Err(skipped) => return Err(skipped),
        }
    }
    none_of(&faults)
}
